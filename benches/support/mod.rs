//! What the benches share: percentiles, and lines that put a figure beside its goal.
#![allow(dead_code, reason = "each bench uses its own part")]

pub mod screen;
pub mod town;

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The value that `share` percent of the sorted values do not exceed.
pub fn percentile(sorted: &[Duration], share: usize) -> Duration {
    let rank = (sorted.len() * share).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Not counted: statements are compiled once.
const WARMING: u64 = 10;

/// Processor time of so many rounds, sorted.
pub fn measure(rounds: u64, work: impl Fn(u64)) -> Vec<Duration> {
    (0..WARMING).for_each(|n| work(rounds + n));
    let mut times: Vec<Duration> = (0..rounds)
        .map(|n| {
            let began = processor();
            work(n);
            processor() - began
        })
        .collect();
    times.sort();
    times
}

pub fn processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

/// A figure without a goal.
pub fn figure(what: &str, value: &str) {
    println!("  {what:<44} {value:>12}");
}

/// A figure, its goal, and whether it is reached. Answers with the last.
pub fn verdict(what: &str, value: &str, goal: &str, reached: bool) -> bool {
    let word = if reached { "reached" } else { "MISSED" };
    println!("  {what:<44} {value:>12}  goal {goal:<10} {word}");
    reached
}

/// Times, sorted, whose p99 is to be within `goal`.
pub fn tell(what: &str, times: &[Duration], goal: Duration) -> bool {
    let (p50, p99) = (percentile(times, 50), percentile(times, 99));
    let value = format!("p50 {} p99 {}", millis(p50), millis(p99));
    verdict(what, &value, &format!("<= {}", millis(goal)), p99 <= goal)
}

pub fn millis(value: Duration) -> String {
    format!("{:.1} ms", value.as_secs_f64() * 1000.0)
}
