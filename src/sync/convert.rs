//! Between the wire's JSON and the store's terms. Liberal on the way in, exact on the way out.

use super::engine::Settings;
use crate::domain::customer::{NewCustomer, NewEmail, NewPhone};
use crate::domain::delivery::Delivery;
use crate::domain::email::Email;
use crate::domain::payment::By;
use crate::domain::phone::{Accept, Address, E164, PhonePolicy};
use crate::domain::text::Body;
use crate::domain::time::Micros;
use crate::domain::update::{Field, Reason};
use crate::store::claims::Text;
use crate::store::master;
use crate::store::media::Part;
use crate::store::messages::Seen;
use crate::store::payments::Latest;
use crate::store::pulled::Row;
use crate::store::updates::Update;
use crate::wire;

/// A listed or fetched message; `None` without a sid or an address.
pub(super) fn message(wire: &wire::Message, policy: &PhonePolicy) -> Option<Seen> {
    let from = address(wire.from.as_deref()?, policy)?;
    let to = address(wire.to.as_deref()?, policy)?;
    seen(wire, from, to, wire.body.clone().unwrap_or_default())
}

/// Digits of the shortest number: what has fewer is a short code.
const NUMBER: usize = 7;

/// One person is one address, however their number is written: a STOP has to close the number that texts
/// go to.
fn address(text: &str, policy: &PhonePolicy) -> Option<Address> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let dialled = text.chars().all(|c| c.is_ascii_digit() || " +-./()\u{a0}".contains(c));
    if E164::parse(text).is_some() || !dialled || digits.len() < NUMBER {
        return Address::parse(text);
    }
    let anywhere = PhonePolicy { accept: Accept::International, ..*policy };
    let number = anywhere.accept(text).or_else(|_| anywhere.accept(&format!("+{digits}")));
    number.map_or_else(|_| Address::parse(text), |number| Some(number.into()))
}

/// The answer to a create: what it leaves out is what was sent.
pub(super) fn created(wire: &wire::Message, text: &Text) -> Option<Seen> {
    seen(wire, text.from.clone().into(), text.to.clone().into(), text.body.0.clone())
}

fn seen(wire: &wire::Message, from: Address, to: Address, body: String) -> Option<Seen> {
    let date = |text: &Option<String>| text.as_deref().and_then(Micros::parse_rfc2822);
    Some(Seen {
        sid: wire.sid.clone()?,
        inbound: wire.direction.as_deref() == Some("inbound"),
        from,
        to,
        body: Body(body),
        status: Delivery::parse(wire.status.as_deref().unwrap_or("accepted")),
        error_code: wire.error_code,
        error_message: wire.error_message.clone(),
        segments: wire.num_segments.as_deref().and_then(|n| n.parse().ok()),
        media: wire.num_media.as_deref().and_then(|n| n.parse().ok()).unwrap_or(0),
        price: wire.price.clone(),
        price_unit: wire.price_unit.clone(),
        created: date(&wire.date_created),
        sent: date(&wire.date_sent),
    })
}

/// A file of a message; `None` without a sid to fetch it by.
pub(super) fn media(wire: &wire::Media) -> Option<Part> {
    let kind = wire.content_type.clone().unwrap_or_default();
    Some(Part { sid: Some(wire.sid.clone()?), kind, ..Part::default() })
}

/// NIC's own form of an update (NIC-53..65): reason as its full label, mobiles as configured.
pub(super) fn new_update(update: &Update, settings: &Settings) -> wire::NewUpdate {
    let mobile = |value: &Option<String>| {
        let value = value.as_deref()?;
        match E164::parse(value) {
            Some(number) if settings.national => Some(settings.policy.national_digits(&number)),
            _ => Some(value.to_owned()),
        }
    };
    wire::NewUpdate {
        customer_id: update.master_id.clone().unwrap_or_else(|| update.customer.to_string()),
        policy_number: update.policy_number.clone(),
        customer_name: update.customer_name.clone(),
        old_mobile: mobile(&update.old_mobile),
        new_mobile: mobile(&update.new_mobile),
        old_email: update.old_email.clone(),
        new_email: update.new_email.clone(),
        update_reason: update.reason.label().to_owned(),
        notes: (!update.notes.is_empty()).then(|| update.notes.clone()),
        agent_id: update.agent_number,
        agent_name: update.agent_name.clone(),
        client_ref: update.id.to_string(),
        captured_at: update.captured_at.rfc3339(),
    }
}

/// A row of the upstream's list; `None` if it says neither who nor what.
pub(super) fn row(wire: &wire::UpdateRow, settings: &Settings) -> Option<Row> {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let number = |text: &Option<String>| filled(text).map(|text| normal_number(&text, &settings.policy));
    let address = |text: &Option<String>| filled(text).map(|text| normal_address(&text));
    let mobile = number(&wire.new_mobile).map(|new| (number(&wire.old_mobile), new));
    let email = address(&wire.new_email).map(|new| (address(&wire.old_email), new));
    if mobile.is_none() && email.is_none() {
        return None;
    }
    let time = |text: &Option<String>| text.as_deref().and_then(Micros::parse_rfc3339);
    Some(Row {
        upstream_id: wire.id?,
        client_ref: wire.client_ref.as_deref().and_then(|id| id.parse().ok()),
        customer_id: wire.customer_id.clone()?,
        policy_number: wire.policy_number.clone().unwrap_or_default(),
        customer_name: wire.customer_name.clone().unwrap_or_default(),
        mobile,
        email,
        reason: wire.update_reason.as_deref().and_then(Reason::parse).unwrap_or(Reason::Other),
        notes: wire.notes.as_deref().unwrap_or_default().chars().take(500).collect(),
        agent_number: wire.agent_id.unwrap_or(0),
        agent_name: wire.agent_name.clone().unwrap_or_default(),
        captured_at: time(&wire.captured_at),
        synced: wire.status.as_deref() == Some("synced"),
        synced_at: time(&wire.synced_at),
        synced_by: wire.synced_by,
    })
}

/// The upstream's latest contact by one way, in our own form; what is no number or address is none.
pub(super) fn latest(wire: &wire::LatestContact, by: By, settings: &Settings) -> Latest {
    let anywhere = PhonePolicy { accept: Accept::International, ..settings.policy };
    let value = match by {
        By::Text => wire.latest_mobile.as_deref().and_then(|text| anywhere.accept(text).ok()),
        By::Mail => None,
    };
    let address = match by {
        By::Mail => wire.latest_email.as_deref().and_then(|text| Email::parse(text).ok()),
        By::Text => None,
    };
    let value = value.map(|number| number.as_str().to_owned());
    match value.or(address.map(|address| address.as_str().to_owned())) {
        Some(value) => Latest::Value(value),
        None => Latest::None,
    }
}

/// A customer of the master's feed; `None` without an id or a name. A value that cannot be read was not said.
pub(super) fn customer(wire: &wire::MasterCustomer, settings: &Settings) -> Option<master::Row> {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let mut empty = Vec::new();
    let mut value = |field: Field, said: &Option<Option<String>>| match said {
        None => None,
        Some(value) => filled(value).or_else(|| {
            empty.push(field);
            None
        }),
    };
    let mobile = value(Field::Mobile, &wire.mobile);
    let email = value(Field::Email, &wire.email);
    let anywhere = PhonePolicy { accept: Accept::International, ..settings.policy };
    let phones = mobile.and_then(|raw| {
        let value = anywhere.accept(&raw).ok()?;
        Some(NewPhone { label: "mobile".to_owned(), value, raw })
    });
    let emails = email.and_then(|raw| {
        let value = Email::parse(&raw).ok()?;
        Some(NewEmail { label: "email".to_owned(), value, raw })
    });
    Some(master::Row {
        customer: NewCustomer {
            name: filled(&wire.name)?,
            master_id: Some(filled(&wire.id)?),
            policy_number: filled(&wire.policy_number),
            phones: phones.into_iter().collect(),
            emails: emails.into_iter().collect(),
            ..NewCustomer::default()
        },
        changed: wire.updated_at.as_deref().and_then(Micros::parse_rfc3339),
        empty,
    })
}

fn normal_number(text: &str, policy: &PhonePolicy) -> String {
    let anywhere = PhonePolicy { accept: Accept::International, ..*policy };
    anywhere.accept(text).map_or_else(|_| text.to_owned(), |number| number.as_str().to_owned())
}

fn normal_address(text: &str) -> String {
    Email::parse(text).map_or_else(|_| text.to_owned(), |email| email.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phone::Region;

    /// Bad input: one sender written in several ways is one sender; what is no number stays as it is (G8).
    #[test]
    fn a_number_in_three_formats_is_one_number() {
        let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
        let table = [
            ("+23057372333", "+23057372333"),
            ("+230 5737 2333", "+23057372333"),
            ("23057372333", "+23057372333"),
            ("5737 2333", "+23057372333"),
            ("+1 (202) 555-0143", "+12025550143"),
            ("12025550143", "+12025550143"),
            ("+12025550143", "+12025550143"),
            ("12345", "12345"),
            ("888777", "888777"),
            ("MYBANK", "MYBANK"),
            ("whatsapp:+12025550143", "whatsapp:+12025550143"),
        ];
        for (text, expected) in table {
            assert_eq!(address(text, &policy).unwrap().as_str(), expected, "{text}");
        }
        assert_eq!(address(" ", &policy), None);
    }
}
