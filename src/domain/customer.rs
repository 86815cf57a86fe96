//! The customer on file: the fields every tenant has, and the words they may hold.

use serde_json::{Map, Value};

use super::email::Email;
use super::ids::CustomerId;
use super::money::Money;
use super::phone::E164;
use super::redact::redacted_debug;
use super::time::Micros;

/// TWS-15. The life of a customer with us; not the payment state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    #[default]
    New,
    Contacted,
    Qualified,
    Nurturing,
    Client,
    Inactive,
}

impl Stage {
    pub const ALL: [Self; 6] =
        [Self::New, Self::Contacted, Self::Qualified, Self::Nurturing, Self::Client, Self::Inactive];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Contacted => "contacted",
            Self::Qualified => "qualified",
            Self::Nurturing => "nurturing",
            Self::Client => "client",
            Self::Inactive => "inactive",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// TWS-20: how the customer prefers to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactMethod {
    Sms,
    Email,
    Phone,
}

impl ContactMethod {
    pub const ALL: [Self; 3] = [Self::Sms, Self::Email, Self::Phone];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// TTX-17: where the record came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    #[default]
    Manual,
    Import,
    Api,
    Form,
}

impl Source {
    pub const ALL: [Self; 4] = [Self::Manual, Self::Import, Self::Api, Self::Form];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Import => "import",
            Self::Api => "api",
            Self::Form => "form",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// How the last contact was made; also in person, which nobody prefers.
pub const LAST_CONTACT_METHODS: [&str; 4] = ["sms", "email", "phone", "in-person"];

/// A phone or e-mail beside the text it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPhone {
    pub label: String,
    pub value: E164,
    pub raw: String,
}

redacted_debug!(NewPhone, label);

/// See [`NewPhone`].
#[derive(Clone, PartialEq, Eq)]
pub struct NewEmail {
    pub label: String,
    pub value: Email,
    pub raw: String,
}

redacted_debug!(NewEmail, label);

/// A phone or e-mail that counted once.
#[derive(Clone, PartialEq, Eq)]
pub struct OldContact {
    /// `phone` or `email`.
    pub kind: &'static str,
    pub label: String,
    pub value: String,
    pub raw: String,
    pub until: Micros,
}

redacted_debug!(OldContact, kind, label, until);

/// A checked customer record that is not stored yet (NIC-19..24, TWS-10..27, TTX-8..23).
/// Only `name` is required (G22).
#[derive(Clone, Default, PartialEq)]
pub struct NewCustomer {
    pub name: String,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub company: Option<String>,
    pub industry: Option<String>,
    pub policy_number: Option<String>,
    /// The master system's id, if it knows this customer.
    pub master_id: Option<String>,
    pub phones: Vec<NewPhone>,
    pub emails: Vec<NewEmail>,
    /// NIC-24, such as `pending` or `paid`: the master's own word.
    pub payment: Option<String>,
    pub amount_due: Option<Money>,
    pub stage: Stage,
    pub street: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zip: Option<String>,
    pub country: Option<String>,
    /// IANA zone. Absent means unknown, never UTC (G25).
    pub timezone: Option<String>,
    pub preferred_method: Option<ContactMethod>,
    pub preferred_time: Option<String>,
    /// The number or the name of a user.
    pub assigned_agent: Option<String>,
    pub source: Source,
    pub tags: Vec<String>,
    /// Everything else, by its own header.
    pub custom: Map<String, Value>,
    /// What only a file has that a cordboard wrote: a record that comes back stays itself.
    pub own: OwnFields,
}

redacted_debug!(NewCustomer);

/// See [`NewCustomer::own`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnFields {
    pub id: Option<CustomerId>,
    /// Of a merged customer, the ids beside the first.
    pub other_master_ids: Vec<String>,
    pub old_contacts: Vec<OldContact>,
    pub source: Option<Source>,
    pub created_at: Option<Micros>,
    pub last_contact_at: Option<Micros>,
    /// One of [`LAST_CONTACT_METHODS`].
    pub last_contact_method: Option<String>,
}
