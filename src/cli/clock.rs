//! The one place that reads the clock; everything below is handed the time.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::time::Micros;

/// The time now.
pub fn now() -> Micros {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    let now = SystemTime::now();
    Micros::default() + now.duration_since(UNIX_EPOCH).unwrap_or_default()
}
