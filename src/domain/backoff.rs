//! How long to wait before the next try: exponential with full jitter, so that desks which failed
//! together do not come back together.

use std::time::Duration;

/// The outbox waits at most this long after the first failure.
pub const BASE: Duration = Duration::from_secs(1);

/// And never longer than this.
pub const CAP: Duration = Duration::from_secs(5 * 60);

/// The wait after failure number `attempt` (1 is the first): `jitter` (0 to 1, drawn by the caller)
/// of a ceiling that starts at `base` and doubles with each failure up to `cap`.
pub fn delay(attempt: u32, jitter: f64, base: Duration, cap: Duration) -> Duration {
    let doublings = attempt.saturating_sub(1);
    let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
    let ceiling = base.saturating_mul(factor).min(cap);
    let share = if jitter.is_nan() { 1.0 } else { jitter.clamp(0.0, 1.0) };
    ceiling.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let table =
            [(0, 1), (1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (32, 300), (33, 300), (u32::MAX, 300)];
        for (attempt, secs) in table {
            assert_eq!(delay(attempt, 1.0, BASE, CAP), Duration::from_secs(secs), "{attempt}");
        }
    }

    #[test]
    fn jitter_takes_a_share_of_it() {
        assert_eq!(delay(3, 0.0, BASE, CAP), Duration::ZERO);
        assert_eq!(delay(3, 0.25, BASE, CAP), Duration::from_secs(1));
        assert_eq!(delay(3, 7.0, BASE, CAP), Duration::from_secs(4));
        assert_eq!(delay(3, -7.0, BASE, CAP), Duration::ZERO);
        assert_eq!(delay(3, f64::NAN, BASE, CAP), Duration::from_secs(4));
    }

    proptest! {
        #[test]
        fn never_beyond_the_ceiling(attempt in any::<u32>(), jitter in any::<f64>()) {
            prop_assert!(delay(attempt, jitter, BASE, CAP) <= delay(attempt, 1.0, BASE, CAP));
            prop_assert!(delay(attempt, 1.0, BASE, CAP) <= delay(attempt.saturating_add(1), 1.0, BASE, CAP));
            prop_assert!(delay(attempt, 1.0, BASE, CAP) <= CAP);
        }
    }
}
