//! A contact update: the form's rules (NIC-32..46), its reasons and its states.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::email::Email;
use super::mail_domain;
use super::phone::{E164, PhonePolicy};
use super::redact::redacted_debug;

/// NIC-43.
pub const MAX_NOTES: usize = 500;

/// NIC's two contact fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Mobile,
    Email,
}

impl Field {
    pub const ALL: [Self; 2] = [Self::Mobile, Self::Email];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Email => "email",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a contact was changed (NIC-35..41).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    Provided,
    Incorrect,
    Missing,
    Bounced,
    Requested,
    Other,
}

impl Reason {
    /// In the order of the form: the digits 1 to 6 choose them.
    pub const ALL: [Self; 6] =
        [Self::Provided, Self::Incorrect, Self::Missing, Self::Bounced, Self::Requested, Self::Other];

    /// The word in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provided => "provided",
            Self::Incorrect => "incorrect",
            Self::Missing => "missing",
            Self::Bounced => "bounced",
            Self::Requested => "requested",
            Self::Other => "other",
        }
    }

    /// The full label, as NIC shows it and as it goes over the wire.
    pub fn label(self) -> &'static str {
        match self {
            Self::Provided => "Customer provided new contact",
            Self::Incorrect => "Current contact is incorrect",
            Self::Missing => "Current contact is missing",
            Self::Bounced => "Email bounced / SMS failed",
            Self::Requested => "Customer requested update",
            Self::Other => "Other",
        }
    }

    /// Reads a word, a full label, the form's digit, or the short words people say
    /// (`gave`, `wrong`, `asked`).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if let Some(reason) =
            Self::ALL.into_iter().find(|r| r.as_str() == text || r.label().to_lowercase() == text)
        {
            return Some(reason);
        }
        match text.as_str() {
            "1" | "gave" | "new" => Some(Self::Provided),
            "2" | "wrong" => Some(Self::Incorrect),
            "3" | "empty" => Some(Self::Missing),
            "4" | "failed" | "bounce" => Some(Self::Bounced),
            "5" | "asked" => Some(Self::Requested),
            "6" => Some(Self::Other),
            _ => None,
        }
    }
}

/// The state of an update (NIC-69..71). `Held` and `AwaitingApproval` are set by an admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Pending,
    AwaitingApproval,
    Held,
    Synced,
    Rejected,
    Withdrawn,
}

impl Status {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::AwaitingApproval, Self::Held, Self::Synced, Self::Rejected, Self::Withdrawn];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::AwaitingApproval => "awaiting approval",
            Self::Held => "held",
            Self::Synced => "synced",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Does the capture count for the effective contact?
    pub fn counts(self) -> bool {
        match self {
            Self::Pending | Self::Held | Self::Synced => true,
            Self::AwaitingApproval | Self::Rejected | Self::Withdrawn => false,
        }
    }
}

/// Has our copy of an update reached the upstream? (design 2)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Upload {
    NotUploaded,
    Uploading,
    Uploaded,
    Refused,
    NotConfirmed,
}

impl Upload {
    pub const ALL: [Self; 5] =
        [Self::NotUploaded, Self::Uploading, Self::Uploaded, Self::Refused, Self::NotConfirmed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotUploaded => "not uploaded",
            Self::Uploading => "uploading",
            Self::Uploaded => "uploaded",
            Self::Refused => "refused",
            Self::NotConfirmed => "not confirmed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|upload| upload.as_str() == text)
    }
}

/// What was typed into the form, unchecked.
#[derive(Clone, Copy, Default)]
pub struct Form<'a> {
    pub mobile: &'a str,
    pub email: &'a str,
    pub reason: &'a str,
    pub notes: &'a str,
}

/// One field to change: the checked value beside what was typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Change<T> {
    pub value: T,
    pub raw: String,
}

/// The raw text is as private as the value, whose type redacts itself.
impl<T: fmt::Debug> fmt::Debug for Change<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A form that may be saved. Cannot be built without a change and a reason.
#[derive(Clone, PartialEq)]
pub struct NewUpdate {
    mobile: Option<Change<E164>>,
    email: Option<Change<Email>>,
    reason: Reason,
    notes: String,
}

redacted_debug!(NewUpdate, mobile, email, reason);

/// One refused field and why, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub field: &'static str,
    pub why: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl Form<'_> {
    /// Checks every field and names each that is wrong (NIC-35, NIC-43..46).
    ///
    /// # Errors
    /// All refused fields, in the order of the form.
    pub fn check(&self, policy: &PhonePolicy) -> Result<NewUpdate, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut refuse = |field, why: String| errors.push(FieldError { field, why });

        let mobile = filled(self.mobile)
            .and_then(|raw| policy.accept(raw).map_err(|e| refuse("mobile", e.to_string())).ok())
            .map(|value| Change { value, raw: self.mobile.to_owned() });
        let email = filled(self.email)
            .and_then(|raw| Email::parse(raw).map_err(|e| refuse("email", e.to_string())).ok())
            .map(|value| Change { value, raw: self.email.to_owned() });
        if filled(self.mobile).is_none() && filled(self.email).is_none() {
            refuse("mobile", "give a new mobile, a new e-mail or both".to_owned());
        }
        let reason = Reason::parse(self.reason);
        if reason.is_none() {
            refuse("reason", reason_sentence(self.reason));
        }
        let length = self.notes.chars().count();
        if length > MAX_NOTES {
            refuse("notes", format!("{length} characters; at most {MAX_NOTES} are kept, shorten them"));
        }

        match reason {
            Some(reason) if errors.is_empty() => {
                Ok(NewUpdate { mobile, email, reason, notes: self.notes.to_owned() })
            }
            _ => Err(errors),
        }
    }
}

impl NewUpdate {
    /// Values that are on file already, of somebody merged or of before: they were checked when they came in.
    pub fn of_known(mobile: Option<E164>, email: Option<Email>, notes: String) -> Self {
        let mobile = mobile.map(|value| Change { raw: value.as_str().to_owned(), value });
        let email = email.map(|value| Change { raw: value.as_str().to_owned(), value });
        Self { mobile, email, reason: Reason::Other, notes }
    }

    pub fn reason(&self) -> Reason {
        self.reason
    }

    pub fn notes(&self) -> &str {
        &self.notes
    }

    pub fn mobile(&self) -> Option<&Change<E164>> {
        self.mobile.as_ref()
    }

    pub fn email(&self) -> Option<&Change<Email>> {
        self.email.as_ref()
    }

    /// The changes as plain text: field, value, what was typed.
    pub fn changes(&self) -> impl Iterator<Item = (Field, &str, &str)> {
        let mobile = self.mobile.iter().map(|c| (Field::Mobile, c.value.as_str(), c.raw.as_str()));
        let email = self.email.iter().map(|c| (Field::Email, c.value.as_str(), c.raw.as_str()));
        mobile.chain(email)
    }
}

/// How the caller was identified, where the office asks for it.
///
/// # Errors
/// It must be said and was not.
pub fn verified(by: Option<&str>, required: bool) -> Result<Option<String>, FieldError> {
    match by.and_then(filled) {
        None if required => {
            let why = "say how the caller was identified before anything is changed".to_owned();
            Err(FieldError { field: "verified", why })
        }
        by => Ok(by.map(str::to_owned)),
    }
}

/// What makes a new value worth a second look; it is noted and blocks nothing (NIC-138).
pub fn doubt(field: Field, value: &str, others_with_it: i64) -> Option<String> {
    match field {
        Field::Mobile if others_with_it >= SHARED => {
            Some(format!("{others_with_it} other customers have this mobile"))
        }
        Field::Email if Email::parse(value).is_ok_and(|email| mail_domain::is_throw_away(&email)) => {
            Some("mailboxes of this domain last for minutes".to_owned())
        }
        Field::Mobile | Field::Email => None,
    }
}

/// A family on one number is ordinary; so many are not one (G13).
const SHARED: i64 = 5;

fn filled(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

fn reason_sentence(given: &str) -> String {
    let choices: Vec<String> =
        Reason::ALL.iter().zip(1..).map(|(r, n)| format!("{n} {} ({})", r.as_str(), r.label())).collect();
    let lead = if given.trim().is_empty() { "a reason is required" } else { "no such reason" };
    format!("{lead}; choose {}", choices.join(", "))
}
