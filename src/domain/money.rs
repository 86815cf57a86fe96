//! Amounts of money: integer minor units with a currency, never a float.

/// An amount such as MUR 4,491.29 (NIC-23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Cents, or whatever the currency's smallest unit is.
    pub minor: i64,
    /// ISO 4217, upper case.
    pub currency: Currency,
}

/// Three upper-case letters of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency(pub [u8; 3]);
