//! Makes ids: UUIDv7 from the given time and a source of randomness that a simulation can seed.

use ring::rand::{SecureRandom, SystemRandom};
use uuid::{Builder, Uuid};

use crate::domain::time::Micros;

/// Where ids come from.
pub struct Ids(Source);

enum Source {
    System(SystemRandom),
    Seeded(u64),
}

impl Ids {
    /// Unpredictable ids.
    pub fn system() -> Self {
        Self(Source::System(SystemRandom::new()))
    }

    /// The same ids every time, for replaying a simulation.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(seed))
    }

    pub(super) fn next(&mut self, now: Micros) -> Uuid {
        let millis = u64::try_from(now.0 / 1000).unwrap_or(0);
        let mut random = [0u8; 10];
        self.fill(&mut random);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Fills `out` with random bytes, for salts.
    pub(super) fn fill(&mut self, out: &mut [u8]) {
        match &mut self.0 {
            Source::System(random) => {
                // The system's generator fails only where the machine has none at all.
                let filled = random.fill(out);
                assert!(filled.is_ok(), "the operating system has no random numbers");
            }
            Source::Seeded(state) => {
                for chunk in out.chunks_mut(8) {
                    let bytes = split_mix(state).to_le_bytes();
                    chunk.copy_from_slice(&bytes[..chunk.len()]);
                }
            }
        }
    }
}

/// SplitMix64: enough to tell simulated ids apart.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_and_repeat_with_the_seed() {
        let now = Micros::from_secs(1_700_000_000);
        let (mut a, mut b) = (Ids::seeded(7), Ids::seeded(7));
        let first = a.next(now);
        assert_eq!(first.get_version_num(), 7);
        assert_eq!(first, b.next(now));
        assert_ne!(first, a.next(now));
        assert_ne!(Ids::system().next(now), Ids::system().next(now));
    }
}
