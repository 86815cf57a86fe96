//! The card: whole values, with the evidence behind each (NIC-19..26, G13, design 5).

use super::super::card::{opened, read};
use super::super::{batches, customers, inbound, notes, queue, trust};
use super::*;
use crate::domain::money::Money;
use crate::domain::shown::{Card, Compared, Consent, Point, Proof, Trust, Why};
use crate::domain::text::SafeText;
use crate::domain::update::Field;

impl Desk {
    fn shown(&self) -> Card {
        read(&self.db, &self.agent, self.kevin).unwrap()
    }

    fn master_has(&mut self, now: Micros, mobile: &str) {
        let row = NewCustomer { phones: vec![phone("mobile", mobile)], ..kevin() };
        customers::import(&mut self.db, &self.admin, now, &[row]).unwrap();
    }

    /// What Twilio has said of a text to Kevin in the end.
    fn delivered(&mut self, now: Micros, status: Delivery, code: Option<i64>) {
        self.allowed_text(now, "hello");
        let epoch = self.epoch();
        let due = now + WINDOW.undo;
        let claimed = self.claim(epoch, due, Destination::Twilio).remove(0);
        let sid = format!("SM{}", now.0);
        let seen = Seen { error_code: code, ..outbound(&sid, text_of(&claimed), status, due) };
        inbound::accepted(&mut self.db, epoch, due, claimed.jobs[0], None, &seen).unwrap();
    }
}

fn safe(text: &str) -> SafeText {
    SafeText::new(text)
}

/// A contact field as the master has it, without evidence.
fn masters(value: &str) -> Point {
    Point { value: safe(value), why: None, trust: Trust::default(), compared: Compared::Same }
}

#[test]
fn nic_19_to_24_everything_on_one_card() {
    let mut desk = Desk::new();
    let row = NewCustomer {
        company: Some("Island\u{202e} Traders".into()),
        payment: Some("pending".into()),
        amount_due: Some(Money { minor: 449_129, currency: "MUR".parse().unwrap() }),
        timezone: Some("Indian/Mauritius".into()),
        tags: vec!["motor".into(), "instalments".into()],
        phones: vec![phone("mobile", KEVINS), phone("home", "+2302345678")],
        emails: vec![email("email", "kevin@example.com"), email("work", "kevin@work.example")],
        ..kevin()
    };
    customers::import(&mut desk.db, &desk.admin, at(1), &[row]).unwrap();
    let pinned = notes::add(&mut desk.db, &desk.agent, at(2), desk.kevin, "hard of hearing").unwrap();
    notes::pin(&mut desk.db, &desk.agent, at(3), desk.kevin, Some(pinned)).unwrap();
    let kim = NewCustomer { name: "Kim".into(), phones: vec![phone("mobile", KEVINS)], ..Default::default() };
    customers::add(&mut desk.db, &desk.agent, at(4), &kim).unwrap();
    let expected = Card {
        id: desk.kevin,
        name: safe("Kevin Anderson Curepipe"),
        company: safe("Island\u{202e} Traders"),
        policy: safe("LIB/C7013"),
        payment: safe("pending"),
        due: safe("MUR 4,491.29"),
        stage: "new".into(),
        timezone: "Indian/Mauritius".into(),
        tags: vec![safe("motor"), safe("instalments")],
        mobile: Some(masters(KEVINS)),
        email: Some(masters("kevin@example.com")),
        others: vec![(safe("home"), safe("+2302345678")), (safe("work"), safe("kevin@work.example"))],
        consent: Some(Consent::NeverAsked),
        pin: Some((pinned, safe("hard of hearing"))),
        shared: 1,
        industry: String::new(),
        values: Vec::new(),
    };
    assert_eq!(desk.shown(), expected);
}

#[test]
fn nobody_is_on_the_card_with_nothing() {
    let mut desk = Desk::new();
    let sam = NewCustomer { name: "Sam".into(), ..NewCustomer::default() };
    let sam = customers::add(&mut desk.db, &desk.agent, NOW, &sam).unwrap();
    let card = read(&desk.db, &desk.agent, sam).unwrap();
    assert_eq!((card.mobile, card.email, card.consent, card.shared), (None, None, None, 0));
    let nobody = CustomerId(uuid::Uuid::nil());
    assert!(matches!(read(&desk.db, &desk.agent, nobody), Err(Error::NotFound { .. })));
    assert!(matches!(opened(&mut desk.db, &desk.agent, NOW, nobody), Err(Error::NotFound { .. })));
}

#[test]
fn nic_26_a_captured_value_says_who_when_and_why() {
    let mut desk = Desk::new();
    let update = desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
    let why = Why {
        update,
        by: safe("David Brown"),
        at: at(1),
        reason: "provided".into(),
        notes: safe("asked on the phone"),
        was: Some(safe(KEVINS)),
        status: "pending".into(),
        upload: "not uploaded".into(),
        verified_by: SafeText::default(),
        read_back: false,
        doubt: SafeText::default(),
    };
    let mobile =
        Point { value: safe(OTHER), why: Some(why), trust: Trust::default(), compared: Compared::Unchanged };
    assert_eq!(desk.shown().mobile, Some(mobile));
    // What it has replaced is no other number of theirs.
    assert_eq!(desk.shown().others, []);
}

/// A refusal of Twilio's says the same as an undelivered text (NIC-137).
#[test]
fn nic_137_a_number_that_twilio_refuses_is_bad() {
    for (code, proof) in [(21614, Proof::Bad), (21211, Proof::Bad), (21408, Proof::Unknown)] {
        let mut desk = Desk::new();
        desk.allowed_text(at(0), "hello");
        let epoch = desk.epoch();
        let claimed = desk.claim(epoch, at(6), Destination::Twilio).remove(0);
        let no = verdict(claimed.jobs[0], Step::Reject);
        inbound::rejected(&mut desk.db, epoch, at(6), &no, text_of(&claimed), Some(code)).unwrap();
        assert_eq!(desk.shown().mobile.unwrap().trust.proof, proof, "{code}");
    }
}

/// Whose value it is does not matter: a captured one is no contact point of the master's.
#[test]
fn nic_136_a_captured_address_bounces_and_a_read_back_makes_it_good() {
    let mut desk = Desk::new();
    desk.capture(at(1), "", "new@example.com", NO_UPSTREAM).unwrap();
    assert_eq!(
        trust::bounced(&mut desk.db, &desk.admin, at(2), "new@Example.COM", "no such user").unwrap(),
        1
    );
    let bad = Trust { proof: Proof::Bad, by: safe("no such user"), at: Some(at(2)) };
    assert_eq!(desk.shown().email.unwrap().trust, bad);

    let new = Form { email: "new@example.com", reason: "bounced", ..Form::default() }.check(&POLICY).unwrap();
    let about = Capture {
        shown: super::super::effective::shown(&desk.db, desk.kevin).unwrap(),
        verified_by: Some("date of birth".into()),
        read_back: vec![Field::Email],
        ..Capture::default()
    };
    let agent = desk.agent.clone();
    super::super::updates::capture(&mut desk.db, &agent, at(3), desk.kevin, &new, &about, NO_UPSTREAM)
        .unwrap();
    let email = desk.shown().email.unwrap();
    assert_eq!(email.trust, Trust { proof: Proof::Good, by: safe("read back"), at: Some(at(3)) });
    let why = email.why.unwrap();
    assert_eq!((why.verified_by, why.read_back), (safe("date of birth"), true));
    desk.assert_sound();
}

/// What an earlier release noted on the contact points themselves is a proof like any other now.
#[test]
fn what_was_known_before_proofs_is_still_known() {
    let (_folder, location) = super::index::older(10, 1);
    let key = std::fs::read_to_string(&location.key_file).unwrap();
    let before = rusqlite::Connection::open(&location.database).unwrap();
    before.execute_batch(&format!("pragma key = \"x'{}'\"", key.trim())).unwrap();
    before
        .execute_batch(
            "insert into contact_point (id, customer_id, kind, label, value, raw, origin, trust, trust_reason,
                trust_at, seen_at, created_at)
             select randomblob(16), id, 'email', 'email', 'x@example.com', '', 'master', 'bad', 'mailbox full',
                1767225600000000, 0, 0 from customer;
             insert into effective_contact (customer_id, field, value) select id, 'email', 'x@example.com'
                from customer",
        )
        .unwrap();
    drop(before);
    let db = super::super::open::open(&location).unwrap();
    let customer = db.conn().query_row("select id from customer", [], |row| row.get(0)).unwrap();
    let agent = Actor { role: Role::Agent, ..Actor::machine() };
    let card = read(&db, &agent, customer).unwrap();
    let bad = Trust { proof: Proof::Bad, by: safe("mailbox full"), at: Some(NOW) };
    assert_eq!(card.email.unwrap().trust, bad);
}

#[test]
fn nic_138_what_looks_wrong_is_noted_and_blocks_nothing() {
    let mut desk = Desk::new();
    for n in 0..5 {
        let name = format!("Customer {n}");
        let other = NewCustomer { name, phones: vec![phone("mobile", OTHER)], ..NewCustomer::default() };
        customers::add(&mut desk.db, &desk.agent, NOW, &other).unwrap();
    }
    desk.capture(at(1), "5844 0010", "x@mailinator.com", NO_UPSTREAM).unwrap();
    let card = desk.shown();
    let doubt = |point: Option<Point>| point.unwrap().why.unwrap().doubt;
    assert_eq!(doubt(card.mobile), safe("5 other customers have this mobile"));
    assert_eq!(doubt(card.email), safe("mailboxes of this domain last for minutes"));
    // The admin sees it beside the notes.
    let facts = queue::facts(&desk.db, &desk.admin, 1).unwrap();
    let notes: Vec<&str> = facts.lines.iter().map(|line| line.facts[0].notes.as_str()).collect();
    assert_eq!(
        notes,
        [
            "asked on the phone  CHECK: 5 other customers have this mobile",
            "asked on the phone  CHECK: mailboxes of this domain last for minutes"
        ]
    );
    desk.capture(at(2), "5844 0011", "x@example.com", NO_UPSTREAM).unwrap();
    assert_eq!(doubt(desk.shown().mobile), safe(""));
    desk.assert_sound();
}

#[test]
fn design_5_a_capture_is_compared_with_what_the_master_has_now() {
    let third = "+23058440012";
    // Captures on top of each other compare with what the first had seen.
    let table: [(&[&str], &str, Compared); 6] = [
        (&[OTHER], KEVINS, Compared::Unchanged),
        (&[OTHER], third, Compared::Clash),
        (&[OTHER, "+23058440011"], KEVINS, Compared::Unchanged),
        (&[OTHER, "+23058440011"], third, Compared::Clash),
        // The master was told of the first only.
        (&[OTHER, "+23058440011"], OTHER, Compared::Unchanged),
        (&[OTHER, "+23058440011", "+23058440013"], KEVINS, Compared::Unchanged),
    ];
    for (captures, master, compared) in table {
        let mut desk = Desk::new();
        for (value, n) in captures.iter().zip(1..) {
            desk.capture(at(n), value, "", NO_UPSTREAM).unwrap();
        }
        desk.master_has(at(9), master);
        assert_eq!(desk.shown().mobile.unwrap().compared, compared, "{captures:?} and {master}");
    }
}

/// The second corrects the first: whatever becomes of the first, nobody else has changed the master.
#[test]
fn the_card_and_the_queue_compare_alike() {
    let mut desk = Desk::new();
    desk.capture(at(1), OTHER, "", NO_UPSTREAM).unwrap();
    desk.capture(at(2), "+23058440011", "", NO_UPSTREAM).unwrap();
    batches::reject(&mut desk.db, &desk.admin, at(3), 1, "a slip").unwrap();
    desk.master_has(at(4), KEVINS);
    let clashes = queue::clashes(&desk.db, &desk.admin).unwrap();
    assert_eq!((desk.shown().mobile.unwrap().compared, clashes), (Compared::Unchanged, 0));
}

/// What the master has once said, it does not take back unseen.
#[test]
fn a_master_that_went_back_is_a_clash() {
    let mut desk = Desk::new();
    desk.capture(at(1), OTHER, "", NO_UPSTREAM).unwrap();
    desk.master_has(at(2), OTHER);
    desk.capture(at(3), "+23058440011", "", NO_UPSTREAM).unwrap();
    assert_eq!(desk.shown().mobile.unwrap().compared, Compared::Unchanged);
    desk.master_has(at(4), KEVINS);
    assert_eq!(desk.shown().mobile.unwrap().compared, Compared::Clash);
}

#[test]
fn the_newest_evidence_decides_whether_a_number_works() {
    let mut desk = Desk::new();
    let proof = |desk: &Desk| desk.shown().mobile.unwrap().trust;
    let trust = |proof, by: &str, at| Trust { proof, by: safe(by), at: Some(at) };
    desk.delivered(at(10), Delivery::Delivered, None);
    let good = trust(Proof::Good, "text delivered", at(15));
    assert_eq!(proof(&desk), good);
    // Off today proves nothing, nor does a text that nobody has answered for.
    desk.delivered(at(20), Delivery::Undelivered, Some(30003));
    desk.delivered(at(30), Delivery::Sent, None);
    assert_eq!(proof(&desk), good);
    desk.delivered(at(40), Delivery::Undelivered, Some(30005));
    assert_eq!(proof(&desk), trust(Proof::Bad, "undelivered 30005", at(40)));
    assert_eq!(trust::bounced(&mut desk.db, &desk.agent, at(50), KEVINS, "wrong person").unwrap(), 1);
    assert_eq!(proof(&desk), trust(Proof::Bad, "wrong person", at(50)));
    desk.delivered(at(60), Delivery::Read, None);
    assert_eq!(proof(&desk), trust(Proof::Good, "text delivered", at(60)));
}

#[test]
fn nic_136_a_bounced_address_is_bad_wherever_it_is() {
    let mut desk = Desk::new();
    let kim = NewCustomer { name: "Kim".into(), emails: kevin().emails, ..NewCustomer::default() };
    customers::add(&mut desk.db, &desk.agent, NOW, &kim).unwrap();
    let marked = trust::bounced(&mut desk.db, &desk.admin, at(1), "kevin@example.com", "mailbox full");
    assert_eq!(marked.unwrap(), 2);
    let bad = Trust { proof: Proof::Bad, by: safe("mailbox full"), at: Some(at(1)) };
    assert_eq!(desk.shown().email.unwrap().trust, bad);
    assert_eq!(desk.one::<String>("select action from audit order by seq desc limit 1"), "contact bounced");
    assert_eq!(trust::bounced(&mut desk.db, &desk.admin, at(1), "nobody@example.com", "gone").unwrap(), 0);
}

#[test]
fn consent_is_yes_never_asked_or_no_with_the_way_out() {
    let mut desk = Desk::new();
    let consent = |desk: &Desk| desk.shown().consent.unwrap();
    assert_eq!(consent(&desk), Consent::NeverAsked);
    desk.consent(KEVINS, Act::Grant);
    assert_eq!(consent(&desk), Consent::Yes { method: "voice".into(), at: NOW });
    desk.consent(KEVINS, Act::Revoke);
    let why = "the customer said no to texts on 2026-01-01; ask them, then press Enter".to_owned();
    assert_eq!(consent(&desk), Consent::No { since: NOW, why, stopped: false });
    desk.consent(KEVINS, Act::Grant);
    let epoch = desk.epoch();
    let stop = inbound("SM1", "STOP", Delivery::Received, at(5));
    super::super::inbound::polled(&mut desk.db, epoch, at(5), vec![stop]).unwrap();
    let why = "the customer texted STOP on 2026-01-01; only their own START opens this number again";
    assert_eq!(consent(&desk), Consent::No { since: at(5), why: why.into(), stopped: true });
}

#[test]
fn only_notes_of_the_customer_are_pinned_and_one_at_a_time() {
    let mut desk = Desk::new();
    let kim = NewCustomer { name: "Kim".into(), ..NewCustomer::default() };
    let kim = customers::add(&mut desk.db, &desk.agent, NOW, &kim).unwrap();
    let add = |desk: &mut Desk, whose, text| notes::add(&mut desk.db, &desk.agent, NOW, whose, text).unwrap();
    let his = desk.kevin;
    let (first, second) = (add(&mut desk, his, "first"), add(&mut desk, his, "second"));
    let hers = add(&mut desk, kim, "hers");
    let pin = |desk: &mut Desk, note| notes::pin(&mut desk.db, &desk.agent, at(1), desk.kevin, note);
    pin(&mut desk, Some(first)).unwrap();
    pin(&mut desk, Some(second)).unwrap();
    assert!(matches!(pin(&mut desk, Some(hers)), Err(Error::NotFound { what: "note", .. })));
    assert_eq!(desk.shown().pin, Some((second, safe("second"))));
    pin(&mut desk, None).unwrap();
    assert_eq!(desk.shown().pin, None);
    assert_eq!(desk.one::<String>("select action from audit order by seq desc limit 1"), "note unpinned");
}

#[test]
fn a_card_reads_without_a_write_and_opening_is_one() {
    let mut desk = Desk::new();
    desk.capture(at(1), OTHER, "", UPSTREAM).unwrap();
    let before = desk.one::<i64>("select count(*) from audit");
    desk.run("pragma query_only = on");
    let card = desk.shown();
    desk.run("pragma query_only = off");
    assert_eq!(card.name, safe("Kevin Anderson Curepipe"));
    opened(&mut desk.db, &desk.agent, at(2), desk.kevin).unwrap();
    assert_eq!(desk.one::<i64>("select count(*) from audit"), before + 1);
    assert_eq!(desk.one::<String>("select action from audit order by seq desc limit 1"), "card opened");
}
