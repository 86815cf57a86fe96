//! Phone numbers: what is accepted, in which form it is stored and shown (NIC-44, NIC-128, TWS-66,
//! TTX-30..38, G1). `read` cleans what was typed, `policy` judges it, `error` says why not.
//! A number that is not valid is never formatted as if it were.

mod address;
mod error;
mod place;
mod policy;
mod read;
mod region;
#[cfg(test)]
mod tests;

use std::fmt;

pub use address::Address;
pub use error::{PhoneError, PhoneFault};
pub use place::Origin;
pub use policy::{PhonePolicy, PhoneReport};
pub(super) use read::ascii_digit;
pub use region::{Accept, Region, UnknownAccept, UnknownRegion};

/// A number in E.164 (`+23057372333`). `Debug` shows no digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(String);

impl E164 {
    /// Reads the stored or remote form: `+`, then 4 to 15 digits. No policy is applied.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let plain = (4..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("E164(redacted)")
    }
}
