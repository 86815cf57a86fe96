//! The places of the form, what is wrong in them, and the reason that suggests itself.

use super::FormScreen;
use crate::domain::email::Email;
use crate::domain::mail_domain;
use crate::domain::phone::{E164, PhonePolicy};
use crate::domain::shown::{Consent, Point, Proof};
use crate::domain::update::{Field, FieldError, Form, NewUpdate, Reason, verified};

/// Where the caret can be, in the order of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    Mobile,
    Email,
    Reason,
    Notes,
    /// How the caller was identified.
    Verified,
    /// May we text this number?
    Texting,
}

impl At {
    pub fn of(field: Field) -> Self {
        match field {
            Field::Mobile => Self::Mobile,
            Field::Email => Self::Email,
        }
    }

    /// The place that a refusal names.
    pub fn named(name: &str) -> Option<Self> {
        let places = [
            ("mobile", Self::Mobile),
            ("email", Self::Email),
            ("reason", Self::Reason),
            ("notes", Self::Notes),
            ("verified", Self::Verified),
        ];
        places.into_iter().find(|(known, _)| *known == name).map(|(_, at)| at)
    }
}

impl FormScreen {
    /// The question about texts is asked for a new number, and where it never was.
    pub(super) fn asks_texting(&self) -> bool {
        !self.mobile.text().trim().is_empty() || self.card.consent == Some(Consent::NeverAsked)
    }

    pub(super) fn places(&self) -> Vec<At> {
        let verified = (!self.ways.is_empty()).then_some(At::Verified);
        let texting = self.asks_texting().then_some(At::Texting);
        let asked = verified.into_iter().chain(texting);
        [At::Mobile, At::Email, At::Reason, At::Notes].into_iter().chain(asked).collect()
    }

    pub(super) fn point(&self, field: Field) -> Option<&Point> {
        match field {
            Field::Mobile => self.card.mobile.as_ref(),
            Field::Email => self.card.email.as_ref(),
        }
    }

    /// The number that was understood, if it is a right one.
    pub(super) fn number(&self, policy: &PhonePolicy) -> Option<E164> {
        policy.accept(self.mobile.text()).ok()
    }

    pub(super) fn address(&self) -> Option<Email> {
        Email::parse(self.email.text()).ok()
    }

    /// The update, or all that is wrong in the order of the form.
    pub(super) fn check(&self, policy: &PhonePolicy) -> Result<NewUpdate, Vec<FieldError>> {
        let reason = self.reason().map_or("", Reason::as_str);
        let form =
            Form { mobile: self.mobile.text(), email: self.email.text(), reason, notes: self.notes.text() };
        let checked = form.check(policy);
        let mut errors = self.unchanged(policy);
        errors.extend(verified(self.verified.as_deref(), self.must_verify).err());
        match checked {
            Ok(new) if errors.is_empty() => return Ok(new),
            Ok(_) => {}
            Err(found) => errors.extend(found),
        }
        errors.sort_by_key(|error| At::named(error.field));
        Err(errors)
    }

    /// What the master says already cannot be captured: the store refuses it too.
    fn unchanged(&self, policy: &PhonePolicy) -> Vec<FieldError> {
        let masters = |field| self.point(field).filter(|point| point.why.is_none());
        let same = |field, value: Option<&str>| {
            value.is_some() && masters(field).map(|point| point.value.as_str()) == value
        };
        let number = self.number(policy);
        let address = self.address();
        let mobile = same(Field::Mobile, number.as_ref().map(E164::as_str));
        let email = same(Field::Email, address.as_ref().map(Email::as_str));
        [(mobile, Field::Mobile), (email, Field::Email)]
            .into_iter()
            .filter(|(same, _)| *same)
            .map(|(_, field)| FieldError {
                field: field.as_str(),
                why: "this is what is on file already: nothing to change".to_owned(),
            })
            .collect()
    }

    /// The reason that was chosen, else the one that suggests itself.
    pub(super) fn reason(&self) -> Option<Reason> {
        self.reason.or_else(|| self.suggested().map(|(reason, _)| reason))
    }

    /// A reason that is clear from the card, and what it is filled in from. Two fields changed for two
    /// reasons suggest none.
    pub(super) fn suggested(&self) -> Option<(Reason, &'static str)> {
        let filled = |field| match field {
            Field::Mobile => !self.mobile.text().trim().is_empty(),
            Field::Email => !self.email.text().trim().is_empty(),
        };
        let mut changed: Vec<Field> = Field::ALL.into_iter().filter(|field| filled(*field)).collect();
        if changed.is_empty() {
            changed.push(self.on);
        }
        let mut reasons = changed.into_iter().map(|field| self.clear_reason(field));
        let first = reasons.next()??;
        reasons.all(|reason| reason.map(|(reason, _)| reason) == Some(first.0)).then_some(first)
    }

    fn clear_reason(&self, field: Field) -> Option<(Reason, &'static str)> {
        match (self.point(field), field) {
            (None, _) => Some((Reason::Missing, "filled in: none on file")),
            (Some(point), _) if point.trust.proof != Proof::Bad => None,
            (Some(_), Field::Mobile) => Some((Reason::Bounced, "filled in from the failed text")),
            (Some(_), Field::Email) => Some((Reason::Bounced, "filled in from the bounce")),
        }
    }

    /// The rest of the address, once the domain on file or a common one was begun.
    pub(super) fn ghost(&self) -> &str {
        if !self.email.at_end() {
            return "";
        }
        let known = self.card.email.as_ref().and_then(|point| point.value.as_str().rsplit_once('@'));
        let on_file = match (self.email.text().rsplit_once('@'), known) {
            (Some((name, typed)), Some((_, domain))) if !name.is_empty() => domain.strip_prefix(typed),
            _ => None,
        };
        on_file.unwrap_or_else(|| mail_domain::complete(self.email.text()))
    }

    /// The address as it was probably meant.
    pub(super) fn meant(&self) -> Option<String> {
        mail_domain::suggest(self.email.text())
    }

    /// What F8 reads back: where the caret is, else all that was typed; `None` beside a field whose
    /// text is not right yet.
    pub(super) fn aloud(&self, policy: &PhonePolicy) -> Vec<(Field, Option<String>)> {
        let filled = |field: &Field| match field {
            Field::Mobile => !self.mobile.text().trim().is_empty(),
            Field::Email => !self.email.text().trim().is_empty(),
        };
        let value = |field| match field {
            Field::Mobile => self.number(policy).map(|number| number.as_str().to_owned()),
            Field::Email => self.address().map(|address| address.as_str().to_owned()),
        };
        let here = Field::ALL.into_iter().find(|field| At::of(*field) == self.at).filter(filled);
        let fields: Vec<Field> = match here {
            Some(field) => vec![field],
            None => Field::ALL.into_iter().filter(filled).collect(),
        };
        fields.into_iter().map(|field| (field, value(field))).collect()
    }

    /// Spells it; the second press hides it, unless what was typed is another value now. A value that
    /// stood there to be read is noted as read back.
    pub(super) fn read_back(&mut self, policy: &PhonePolicy) {
        let read = self.aloud(policy).into_iter().filter_map(|(field, value)| Some((field, value?)));
        let new: Vec<(Field, String)> = read.filter(|value| !self.read.contains(value)).collect();
        self.spelled = !new.is_empty() || !self.spelled;
        self.read.retain(|(field, _)| !new.iter().any(|(known, _)| known == field));
        self.read.extend(new);
    }

    /// The fields whose value was read back as it is saved.
    pub(super) fn was_read_back(&self, new: &NewUpdate) -> Vec<Field> {
        let same =
            |field, value: &str| self.read.iter().any(|(known, read)| *known == field && read == value);
        new.changes().filter(|(field, value, _)| same(*field, value)).map(|(field, ..)| field).collect()
    }
}
