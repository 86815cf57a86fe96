//! Customers and what happened to them, as the card's tests show them.

use uuid::Uuid;

use crate::domain::ids::{InteractionId, MessageId, NoteId, UpdateId};
use crate::domain::shown::{Card, Change, Compared, Consent, Entry, Point, Proof, Text, Trust, What, Why};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::tui::screens::form::tests::kevin;
use crate::tui::testing::NOW;

pub fn ago(minutes: i64) -> Micros {
    Micros(NOW.0 - minutes * 60_000_000)
}

pub fn days(days: i64) -> Micros {
    ago(days * 24 * 60 + 83)
}

pub fn point(value: &str, proof: Proof, by: &str, at: Micros) -> Point {
    let at = (proof != Proof::Unknown).then_some(at);
    let trust = Trust { proof, by: SafeText::new(by), at };
    Point { value: SafeText::new(value), why: None, trust, compared: Compared::Same }
}

/// NIC-19 to 24: everything that is on file, a mobile of today and an e-mail that bounced.
pub fn card() -> Card {
    let why = Why {
        update: UpdateId(Uuid::from_u128(17)),
        by: SafeText::new("Priya Nunkoo"),
        at: ago(192),
        reason: "provided".to_owned(),
        notes: SafeText::new("new contract, the old number goes at the end of the month"),
        was: Some(SafeText::new("+23057120001")),
        status: "pending".to_owned(),
        upload: "not uploaded".to_owned(),
        verified_by: SafeText::default(),
        read_back: false,
        doubt: SafeText::default(),
    };
    Card {
        id: kevin(),
        name: SafeText::new("Kevin Anderson Curepipe"),
        company: SafeText::new("Curepipe & Sons Ltd"),
        policy: SafeText::new("LIB/C7013"),
        payment: SafeText::new("pending"),
        due: SafeText::new("MUR 4,491.29"),
        stage: "client".to_owned(),
        timezone: "Indian/Mauritius".to_owned(),
        tags: vec![SafeText::new("motor"), SafeText::new("instalments")],
        mobile: Some(Point {
            why: Some(why),
            compared: Compared::Unchanged,
            ..point("+23057372333", Proof::Unknown, "", NOW)
        }),
        email: Some(point("v.khanna@example.com", Proof::Bad, "bounced", days(2))),
        others: vec![
            (SafeText::new("home"), SafeText::new("+2302108888")),
            (SafeText::new("work"), SafeText::new("+23052500199")),
            (SafeText::new("e-mail"), SafeText::new("kevin@curepipe.example")),
        ],
        consent: Some(Consent::Yes { method: "voice".to_owned(), at: days(271) }),
        pin: Some((NoteId(Uuid::from_u128(18)), SafeText::new("Hard of hearing on the left, go slow."))),
        shared: 2,
        industry: String::new(),
        values: Vec::new(),
    }
}

pub fn entry(seq: i64, at: Micros, by: &str, what: What) -> Entry {
    let id = InteractionId(Uuid::from_u128(seq.unsigned_abs().into()));
    Entry { seq, id, at, by: SafeText::new(by), what }
}

pub fn note(seq: i64, at: Micros, body: &str, pinned: bool) -> Entry {
    let id = NoteId(Uuid::from_u128(seq.unsigned_abs().into()));
    entry(seq, at, "David Brown", What::Note { id, body: SafeText::multiline(body), pinned })
}

pub fn text(seq: i64, at: Micros, status: &str, body: &str) -> Entry {
    let text = Text {
        id: MessageId(Uuid::from_u128(seq.unsigned_abs().into())),
        inbound: status == "received",
        body: SafeText::multiline(body),
        status: if status == "held" { "waiting" } else { status }.to_owned(),
        error_code: None,
        segments: Some(1),
        at,
        held_until: (status == "held").then(|| NOW + std::time::Duration::from_secs(4)),
        job: None,
        by: SafeText::default(),
        reason: SafeText::default(),
        price: None,
        again: false,
        media: Vec::new(),
    };
    entry(seq, at, if text.inbound { "" } else { "David Brown" }, What::Text(text))
}

pub fn failed(seq: i64, at: Micros, code: i64, body: &str) -> Entry {
    let mut entry = text(seq, at, "undelivered", body);
    if let What::Text(text) = &mut entry.what {
        text.error_code = Some(code);
    }
    entry
}

pub fn change(field: &str, old: Option<&str>, new: &str) -> Change {
    Change { field: field.to_owned(), old: old.map(SafeText::new), new: SafeText::new(new) }
}

pub fn captured(seq: i64, at: Micros, fields: Vec<Change>, reason: &str, notes: &str, status: &str) -> Entry {
    let what = What::Update {
        fields,
        reason: reason.to_owned(),
        notes: SafeText::multiline(notes),
        status: status.to_owned(),
        upload: "uploaded".to_owned(),
    };
    entry(seq, at, "Priya Nunkoo", what)
}

pub fn other(seq: i64, at: Micros, kind: &str) -> Entry {
    entry(seq, at, "", What::Other { kind: kind.to_owned() })
}

/// Of every kind one, newest first.
pub fn history() -> Vec<Entry> {
    vec![
        text(19, ago(0), "held", "Your QR code is on its way."),
        note(18, ago(2), "Hard of hearing on the left, go slow.", true),
        captured(
            17,
            ago(192),
            vec![change("mobile", Some("+23057120001"), "+23057372333")],
            "provided",
            "new contract, the old number goes at the end of the month",
            "pending",
        ),
        failed(16, days(16), 30005, "Your QR code for LIB/C7013 is ready: pay it before Friday, please."),
        other(15, days(16), "mail"),
        text(14, days(31), "received", "merci"),
        text(13, days(31), "delivered", "Your receipt for October is ready."),
        other(12, days(40), "call"),
        captured(
            11,
            days(271),
            vec![
                change("mobile", None, "+23057120001"),
                change("email", Some("kevin@old-mail.example"), "v.khanna@example.com"),
            ],
            "incorrect",
            "",
            "synced",
        ),
        note(10, days(290), "Old job gone, new mail soon.\nRing after six.", false),
        other(9, days(400), "meeting"),
    ]
}
