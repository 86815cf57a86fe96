//! The cast as the desk finds it when the curtain rises.

use super::*;
use crate::domain::consent::{Block, Purpose};
use crate::domain::job::{Destination, State};
use crate::domain::role::Action;
use crate::domain::shown::{Consent, InboxFilter, InboxView, Proof, QueueFilter, Sign, What};
use crate::domain::update::{Status, Upload};
use crate::sandbox;
use crate::store::messages::{self, Message, Whose};
use crate::store::updates::{Filter, Update};
use crate::store::{
    batches, card, claims, consent, destinations, doctor, effective, inbox, open, outbox, queue, search,
    timeline, undo,
};

/// 2026-01-01; the summer time of no country begins or ends near it.
const NOW: Micros = Micros::from_secs(1_767_225_600);

/// Has no part before the curtain: he was never asked.
const JEAN_MARC: &str = "LIB/C8101";

struct Scene {
    db: Db,
    world: World,
    people: People,
    _folder: tempfile::TempDir,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let at = Location { database: folder.path().join("desk.db"), key_file: folder.path().join("desk.key") };
    let mut db = open::create(&at).unwrap();
    let mut world = World::new(sandbox::Config::honest());
    let people = People::hire(&mut db, NOW - days(401)).unwrap();
    let config = Config {
        sms: crate::config::Sms { numbers: vec![E164::parse("+23052500100").unwrap()], ..Default::default() },
        ..Config::default()
    };
    play(&mut db, &mut world, &at, &people, &config, NOW).unwrap();
    Scene { db, world, people, _folder: folder }
}

impl Scene {
    fn updates(&self, status: Status) -> Vec<Update> {
        let filter = Filter { status: Some(status), ..Filter::default() };
        let mut all = Vec::new();
        let each = |update| {
            all.push(update);
            Ok(())
        };
        updates::for_each(&self.db, &self.people.admin, Action::ReadUpdates, &filter, each).unwrap();
        all
    }

    fn texts(&self, policy: &str) -> Vec<(bool, String, Option<i64>, u64)> {
        let customer = customers::resolve(&self.db, &self.people.agent, policy, None).unwrap();
        let shown = |text: Message| {
            (text.inbound, text.status, text.error_code, (NOW.since(text.at).as_secs() + 43_200) / 86_400)
        };
        let texts = messages::list(&self.db, &self.people.agent, Whose::Customer(customer), 100).unwrap();
        texts.into_iter().map(shown).collect()
    }

    fn found(&self, query: &str) -> Vec<search::Hit> {
        search::lookup(&self.db, &self.people.agent, NOW, 0, query, 10).unwrap().hits
    }

    fn may_text(&self, policy: &str) -> std::result::Result<(), Block> {
        let customer = customers::resolve(&self.db, &self.people.agent, policy, None).unwrap();
        let shown = effective::shown(&self.db, customer).unwrap();
        let number = E164::parse(&shown.mobile.unwrap().value).unwrap();
        consent::ask(&self.db, &self.people.agent, &number, Some(customer), Purpose::Service)
            .unwrap()
            .map(drop)
    }
}

#[test]
fn the_file_is_sound_and_nothing_is_under_way() {
    let scene = scene();
    let wrong: Vec<_> =
        doctor::examine(&scene.db).unwrap().into_iter().filter(|check| check.wrong.is_some()).collect();
    assert_eq!(wrong, []);
    let open: Vec<_> = outbox::list(&scene.db, &scene.people.admin, false, 100).unwrap();
    assert_eq!(open.iter().map(|job| job.state).collect::<Vec<_>>(), [State::Unconfirmed]);
    for to in Destination::ALL {
        assert_eq!(claims::next_due(&scene.db, to).unwrap(), None);
        // The past had no mail.
        let mail = to == Destination::Mail;
        let health = if mail { destinations::Health::NotSetUp } else { destinations::Health::Online };
        assert_eq!(destinations::known(&scene.db, to).unwrap().health, health, "{to}");
    }
    // What the servers did before the curtain is no part of the ledger, and they still have it.
    assert_eq!((scene.world.ledger().entries().len(), scene.world.faults().len()), (0, 0));
    assert_eq!(scene.world.now(), NOW);
    let uploaded = scene.updates(Status::Pending).iter().filter(|u| u.upload == Upload::Uploaded).count();
    assert_eq!(scene.world.updates().len(), uploaded + scene.updates(Status::Synced).len());
    assert_eq!(
        scene.world.messages().last().unwrap().body.as_deref(),
        Some("Hello, is this the insurance? I have a new phone")
    );
}

#[test]
fn the_queue_has_one_of_everything() {
    let scene = scene();
    let pending = scene.updates(Status::Pending);
    assert_eq!((pending.len(), scene.updates(Status::Synced).len()), (45, 2));

    let uploads = |upload| pending.iter().filter(|update| update.upload == upload).count();
    assert_eq!((uploads(Upload::Uploaded), uploads(Upload::Refused)), (44, 1));

    let page = queue::page(&scene.db, &scene.people.admin, &QueueFilter::default(), None, 100).unwrap();
    let clashes = queue::clashes(&scene.db, &scene.people.admin).unwrap();
    assert_eq!(
        (page.counts.matching, page.counts.pending, clashes, page.counts.not_uploaded),
        (47, 45, 1, 0)
    );
    assert_eq!(page.open_batch.map(|(number, _)| number), Some(1));
    let signed = |sign: Sign| {
        let rows = page.rows.iter().filter(|row| row.sign == sign);
        rows.map(|row| (row.policy.as_str(), row.agent_name.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(signed(Sign::Clash), [(NADIA, "David Brown")]);
    assert_eq!(signed(Sign::Refused), [("", "David Brown")]);
    assert_eq!(signed(Sign::Several(2)), [(KENNY, "David Brown"), (KENNY, "Priya Nair")]);
    assert_eq!(signed(Sign::Several(3)), [(RAJ, "David Brown"), (RAJ, "David Brown"), (RAJ, "Ana Silva")]);
    let kenny: Vec<_> = pending.iter().filter(|update| update.policy_number == KENNY).collect();
    assert_eq!(kenny[0].old_mobile, kenny[1].old_mobile, "each had seen the same");

    let exported = &batches::list(&scene.db, &scene.people.admin).unwrap()[0];
    assert_eq!((exported.updates.len(), exported.marked_at), (12, None));
    assert_eq!(NOW.since(exported.created_at).as_secs() / 86_400, 1);
}

#[test]
fn kevins_story_is_on_his_card() {
    let scene = scene();
    let delivered = |days| (false, "delivered".to_owned(), None, days);
    assert_eq!(
        scene.texts(KEVIN),
        [
            (false, "delivered".to_owned(), None, 320),
            (true, "received".to_owned(), None, 320),
            delivered(94),
            (false, "undelivered".to_owned(), Some(30005), 12),
            delivered(11),
        ]
    );
    assert_eq!(scene.may_text(KEVIN), Ok(()));
    let synced = scene.updates(Status::Synced);
    let kevins = &synced[0];
    assert_eq!(
        (
            kevins.agent_name.as_str(),
            kevins.old_mobile.as_deref(),
            kevins.new_mobile.as_deref(),
            kevins.synced_by
        ),
        ("P. Doe", Some(KEVINS_OLD), Some(KEVINS), Some(1))
    );
    let card = card::read(&scene.db, &scene.people.agent, kevins.customer).unwrap();
    assert_eq!((card.payment.as_str(), card.due.as_str(), card.shared), ("pending", "MUR 4,491.29", 0));
    let (mobile, email) = (card.mobile.unwrap(), card.email.unwrap());
    assert_eq!((mobile.why, mobile.trust.proof), (None, Proof::Good));
    assert_eq!((email.value.as_str(), email.trust.proof), ("v.khanna@example.com", Proof::Bad));
    assert_eq!(NOW.since(email.trust.at.unwrap()).as_secs() / 86_400, 2);
    assert_eq!(card.pin.unwrap().1.as_str(), "hard of hearing on the left, go slow");
    assert!(matches!(card.consent, Some(Consent::Yes { method, .. }) if method == "voice"));
    let entries = timeline::of(&scene.db, &scene.people.agent, kevins.customer, None, 100).unwrap();
    let kinds: Vec<_> = entries
        .iter()
        .map(|entry| match &entry.what {
            What::Text(text) if text.inbound => "in",
            What::Text(_) => "out",
            What::Note { .. } => "note",
            What::Update { .. } => "update",
            What::Mail(_) => "mail",
            What::Other { .. } => "other",
        })
        .collect();
    assert_eq!(kinds, ["out", "out", "out", "note", "update", "in", "out"]);
    let hits = scene.found("2333");
    let mut found: Vec<_> = hits.iter().filter_map(|hit| hit.policy_number.as_deref()).collect();
    found.sort_unstable();
    assert_eq!(found, [KEVIN, ANNA, JEAN_MARC, WANG]);
}

#[test]
fn the_others_are_as_announced() {
    let scene = scene();
    for policy in [KEVIN, ANNA, WANG, MARIE, VENKATA, ABROAD] {
        assert_eq!(scene.may_text(policy), Ok(()), "{policy}");
    }
    assert!(matches!(scene.may_text(LEILA), Err(Block::Held { .. })), "a near miss");
    assert!(matches!(scene.may_text(ONEIL), Err(Block::Stopped { .. })));
    assert!(matches!(scene.may_text(JEAN_MARC), Err(Block::NeverAsked { .. })));
    assert_eq!(scene.texts(VENKATA), [(false, "unconfirmed".to_owned(), None, 3)]);
    assert_eq!(scene.texts(LEILA).last().unwrap(), &(true, "received".to_owned(), None, 0));

    let filter = InboxFilter { view: InboxView::Unread, find: None };
    let reading = inbox::Reading { after: None, newest_first: true, limit: 10, desk: uuid::Uuid::nil() };
    let unread = inbox::conversations(&scene.db, &scene.people.agent, NOW, &filter, reading).unwrap();
    let unread: Vec<_> = unread.lines.iter().map(|line| line.last.as_str()).collect();
    assert_eq!(unread, ["Hello, is this the insurance? I have a new phone", "stop. thank you"]);
    for actor in [&scene.people.agent, &scene.people.supervisor, &scene.people.admin] {
        assert_eq!(undo::newest(&scene.db, actor, NOW, LEAVING.undo).unwrap(), None, "it is all history");
    }

    let without = scene.found("Paul Appadoo");
    assert_eq!((without.len(), without[0].mobile.as_deref(), without[0].email.as_deref()), (1, None, None));
    let family = scene.found("57009988");
    assert_eq!(family.len(), 3);
    let stranger =
        messages::list(&scene.db, &scene.people.agent, Whose::Number(&E164::parse(STRANGER).unwrap()), 10)
            .unwrap();
    assert_eq!((stranger.len(), stranger[0].customer.as_deref()), (1, None));
}

#[test]
fn local_parts_are_plain() {
    for (name, local) in [("Jean-Noël Labonté", "jean-noel.labonte"), ("Li Wei Chan", "li.wei.chan")] {
        assert_eq!(local_part(name), local);
    }
}
