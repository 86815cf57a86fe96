//! The timeline: whole values, pages, and that everything that happens is on it.

use super::super::timeline::of;
use super::super::{inbound, notes, pulled};
use super::*;
use crate::domain::shown::{self, Change, Entry, What};
use crate::domain::text::SafeText;
use crate::domain::update::Reason;

impl Desk {
    fn timeline(&self, before: Option<i64>, limit: u32) -> Vec<Entry> {
        of(&self.db, &self.agent, self.kevin, before, limit).unwrap()
    }
}

fn safe(text: &str) -> SafeText {
    SafeText::new(text)
}

#[test]
fn everything_that_happens_is_on_it() {
    let mut desk = Desk::new();
    let note = notes::add(&mut desk.db, &desk.agent, at(1), desk.kevin, "two\nlines").unwrap();
    notes::pin(&mut desk.db, &desk.agent, at(2), desk.kevin, Some(note)).unwrap();
    desk.capture(at(3), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    let sent = desk.allowed_text(at(4), "hello");
    let epoch = desk.epoch();
    inbound::polled(
        &mut desk.db,
        epoch,
        at(5),
        vec![super::inbound("SM1", "merci", Delivery::Received, at(5))],
    )
    .unwrap();
    let elsewhere = pulled::Row {
        upstream_id: 901,
        client_ref: None,
        customer_id: "7013".into(),
        policy_number: "LIB/C7013".into(),
        customer_name: "Kevin Anderson Curepipe".into(),
        mobile: Some((Some(OTHER.into()), "+23058440011".into())),
        email: None,
        reason: Reason::Incorrect,
        notes: "one digit wrong".into(),
        agent_number: 31,
        agent_name: "Emily Davis".into(),
        captured_at: Some(at(6)),
        synced: false,
        synced_at: None,
        synced_by: None,
    };
    pulled::pulled(&mut desk.db, epoch, at(6), &[elsewhere]).unwrap();

    let timeline = desk.timeline(None, 9);
    let who: Vec<(&str, Micros)> = timeline.iter().map(|entry| (entry.by.as_str(), entry.at)).collect();
    let (brown, nobody) = ("David Brown", "");
    assert_eq!(
        who,
        [("Emily Davis", at(6)), (nobody, at(5)), (brown, at(4)), (brown, at(3)), (brown, at(1))]
    );
    let change = |field: &str, old: &str, new: &str| Change {
        field: field.into(),
        old: Some(safe(old)),
        new: safe(new),
    };
    let answer: MessageId =
        desk.db.conn().query_row("select id from message where sid = 'SM1'", [], |r| r.get(0)).unwrap();
    let text = |id, inbound, body: &str, status: &str, at| shown::Text {
        id,
        inbound,
        body: safe(body),
        status: status.into(),
        error_code: None,
        segments: None,
        at,
        held_until: None,
        job: None,
        by: SafeText::default(),
        reason: SafeText::default(),
        price: None,
        again: false,
        media: Vec::new(),
    };
    let what: Vec<What> = timeline.into_iter().map(|entry| entry.what).collect();
    let expected = [
        What::Update {
            fields: vec![change("mobile", OTHER, "+23058440011")],
            reason: "incorrect".into(),
            notes: safe("one digit wrong"),
            status: "pending".into(),
            upload: "uploaded".into(),
        },
        What::Text(shown::Text { segments: Some(1), ..text(answer, true, "merci", "received", at(5)) }),
        What::Text(shown::Text {
            held_until: Some(at(9)),
            job: Some(2),
            ..text(sent, false, "hello", "waiting", at(4))
        }),
        What::Update {
            fields: vec![
                change("mobile", KEVINS, OTHER),
                change("email", "kevin@example.com", "new@example.com"),
            ],
            reason: "provided".into(),
            notes: safe("asked on the phone"),
            status: "pending".into(),
            upload: "not uploaded".into(),
        },
        What::Note { id: note, body: SafeText::multiline("two\nlines"), pinned: true },
    ];
    assert_eq!(what, expected);
}

#[test]
fn pages_follow_each_other_without_a_gap() {
    let mut desk = Desk::new();
    for n in 0..7 {
        notes::add(&mut desk.db, &desk.agent, at(n), desk.kevin, &format!("note {n}")).unwrap();
    }
    desk.run("update interaction set kind = 'meeting', subject_id = null where seq = 4");
    let whole = desk.timeline(None, 99);
    assert_eq!(whole.len(), 7);
    assert_eq!(whole[3].what, What::Other { kind: "meeting".into() });
    let mut paged = Vec::new();
    while let page = desk.timeline(paged.last().map(|entry: &Entry| entry.seq), 3)
        && !page.is_empty()
    {
        paged.extend(page);
    }
    assert_eq!(paged, whole);
}
