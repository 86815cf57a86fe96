//! The cast as the desk finds it when the curtain rises.

use std::collections::BTreeMap;

use super::*;
use crate::domain::consent::{Block, Purpose};
use crate::domain::fold::{Comparison, compare};
use crate::domain::ids::CustomerId;
use crate::domain::job::{Destination, State};
use crate::domain::role::Action;
use crate::domain::update::{Field, Status, Upload};
use crate::sandbox;
use crate::store::messages::{self, Message, Whose};
use crate::store::updates::{Filter, Update};
use crate::store::{claims, consent, destinations, doctor, effective, notes, open, outbox, search};

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

    fn may_text(&self, policy: &str) -> std::result::Result<(), Block> {
        let customer = customers::resolve(&self.db, &self.people.agent, policy, None).unwrap();
        let shown = effective::shown(&self.db, customer).unwrap();
        let number = E164::parse(&shown.mobile.unwrap().value).unwrap();
        consent::ask(&self.db, &self.people.agent, &number, Some(customer), Purpose::Service)
            .unwrap()
            .map(drop)
    }

    /// What the master says now.
    fn master(&mut self, customer: CustomerId, field: Field) -> Option<String> {
        let card = customers::card(&mut self.db, &self.people.agent, NOW, customer).unwrap();
        let kind = if field == Field::Mobile { "phone" } else { "email" };
        let mut points =
            card.points.into_iter().filter(|point| point.kind == kind && point.retired_at.is_none());
        points.next().map(|point| point.value)
    }
}

fn fields(update: &Update) -> Vec<(Field, Option<&str>, &str)> {
    let mobile = update.new_mobile.as_deref().map(|new| (Field::Mobile, update.old_mobile.as_deref(), new));
    let email = update.new_email.as_deref().map(|new| (Field::Email, update.old_email.as_deref(), new));
    mobile.into_iter().chain(email).collect()
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
        assert_eq!(destinations::known(&scene.db, to).unwrap().health, destinations::Health::Online);
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
    let mut scene = scene();
    let pending = scene.updates(Status::Pending);
    assert_eq!((pending.len(), scene.updates(Status::Synced).len()), (45, 2));

    let uploads = |upload| pending.iter().filter(|update| update.upload == upload).count();
    assert_eq!((uploads(Upload::Uploaded), uploads(Upload::Refused)), (44, 1));

    let mut lines: BTreeMap<(CustomerId, Field), Vec<(String, &Update)>> = BTreeMap::new();
    for update in &pending {
        for (field, base, _) in fields(update) {
            lines.entry((update.customer, field)).or_default().push((base.unwrap_or("-").to_owned(), update));
        }
    }
    let several = |count: usize| lines.values().filter(|facts| facts.len() == count).collect::<Vec<_>>();
    let [two] = several(2)[..] else { panic!("{}", several(2).len()) };
    assert_eq!(two[0].0, two[1].0, "each had seen the same");
    assert_eq!(
        two.iter().map(|(_, update)| update.agent_name.as_str()).collect::<Vec<_>>(),
        ["David Brown", "Priya Nair"]
    );
    let [three] = several(3)[..] else { panic!("{}", several(3).len()) };
    let chain: Vec<_> =
        three.iter().map(|(base, update)| (base.as_str(), update.new_mobile.as_deref().unwrap())).collect();
    assert_eq!(
        chain,
        [
            ("+23057980110", "+23057980311"),
            ("+23057980311", "+23057980312"),
            ("+23057980312", "+23057980313"),
        ]
    );

    // What the first of a line was based on, what the newest says, and the master.
    let ends: Vec<_> = lines
        .iter()
        .map(|((customer, field), facts)| {
            let newest = fields(facts.last().unwrap().1).into_iter().find(|(of, ..)| of == field).unwrap().2;
            (*customer, *field, facts[0].0.clone(), newest.to_owned(), facts[0].1.policy_number.clone())
        })
        .collect();
    let mut clashes = Vec::new();
    for (customer, field, base, newest, policy) in ends {
        let master = scene.master(customer, field);
        let base = Some(base.as_str()).filter(|base| *base != "-");
        match compare(base, &newest, master.as_deref()) {
            Comparison::Unchanged => {}
            Comparison::Converged => panic!("{policy} is in the master already"),
            Comparison::Clash => clashes.push(policy),
        }
    }
    assert_eq!(clashes, [NADIA]);
}

#[test]
fn kevins_story_is_on_his_card() {
    let mut scene = scene();
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
    let card = customers::card(&mut scene.db, &scene.people.agent, NOW, kevins.customer).unwrap();
    assert_eq!(card.payment.as_deref(), Some("pending"));
    assert_eq!(card.amount_due.unwrap().to_string(), "MUR 4,491.29");
    assert_eq!(
        (card.mobile.unwrap().by, card.email.unwrap().value),
        (None, "v.khanna@example.com".to_owned())
    );
    let notes = notes::list(&scene.db, &scene.people.agent, kevins.customer).unwrap();
    assert_eq!(notes[0].body, "hard of hearing on the left, go slow");
    let hits = search::lookup(&scene.db, &scene.people.agent, "2333", 10).unwrap();
    let mut found: Vec<_> = hits.iter().filter_map(|hit| hit.policy_number.as_deref()).collect();
    found.sort_unstable();
    assert_eq!(found, [KEVIN, ANNA, JEAN_MARC, WANG]);
}

#[test]
fn the_others_are_as_announced() {
    let scene = scene();
    for policy in [KEVIN, ANNA, WANG, MARIE, LEILA, VENKATA, ABROAD] {
        assert_eq!(scene.may_text(policy), Ok(()), "{policy}");
    }
    assert!(matches!(scene.may_text(ONEIL), Err(Block::Stopped { .. })));
    assert!(matches!(scene.may_text(JEAN_MARC), Err(Block::NeverAsked { .. })));
    assert_eq!(scene.texts(VENKATA), [(false, "unconfirmed".to_owned(), None, 3)]);
    assert_eq!(scene.texts(LEILA).last().unwrap(), &(true, "received".to_owned(), None, 0));

    let without = search::lookup(&scene.db, &scene.people.agent, "Paul Appadoo", 10).unwrap();
    assert_eq!((without.len(), without[0].mobile.as_deref(), without[0].email.as_deref()), (1, None, None));
    let family = search::lookup(&scene.db, &scene.people.agent, "57009988", 10).unwrap();
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
