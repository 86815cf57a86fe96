//! Two customers who are one person: what goes over, what stays, and that all of it comes back.

mod outside;
mod whole;

use super::super::merge::{self, Takes};
use super::super::{card, customers, inbound, notes, search, timeline};
use super::*;
use crate::domain::ids::MergeId;
use crate::domain::merge::{Part, Side};
use crate::domain::shown::{Choice, What};
use crate::domain::text::SafeText;
use crate::domain::update::Field;

const TWIN: &str = "Kevin Curepipe";

/// Kevin once more, under another master id: with another number, and what the first record lacks.
fn twin() -> NewCustomer {
    NewCustomer {
        name: TWIN.into(),
        company: Some("Curepipe Motors".into()),
        policy_number: Some("LIB/C8013".into()),
        master_id: Some("8013".into()),
        city: Some("Curepipe".into()),
        phones: vec![phone("mobile", OTHER), phone("home", "+2304671234")],
        emails: vec![email("email", "k2@example.com")],
        tags: vec!["motor".into()],
        custom: own_fields(&[("plate", "1234 JN 20")]),
        ..NewCustomer::default()
    }
}

fn own_fields(fields: &[(&str, &str)]) -> serde_json::Map<String, serde_json::Value> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
}

impl Desk {
    /// A desk with Kevin twice.
    fn with_twin() -> (Self, CustomerId) {
        let mut desk = Self::new();
        let admin = desk.admin.clone();
        customers::import(&mut desk.db, &admin, NOW, &[twin()]).unwrap();
        let twin = customers::resolve(&desk.db, &admin, "LIB/C8013", None).unwrap();
        (desk, twin)
    }

    fn merge_with(&mut self, n: u64, gone: CustomerId, takes: &[(Part, Side)]) -> Result<MergeId> {
        let (supervisor, kept) = (self.supervisor.clone(), self.kevin);
        let takes: Takes = takes.iter().copied().collect();
        merge::merge(&mut self.db, &supervisor, at(n), (kept, gone), &takes, UPSTREAM)
    }

    fn merge(&mut self, n: u64, gone: CustomerId) -> MergeId {
        self.merge_with(n, gone, &[]).unwrap()
    }

    fn split(&mut self, n: u64, id: MergeId) -> Result<merge::Split> {
        let supervisor = self.supervisor.clone();
        merge::split(&mut self.db, &supervisor, at(n), id)
    }

    fn meant(&self, name: &str) -> Option<CustomerId> {
        let number = E164::parse(name);
        customers::resolve(&self.db, &self.agent, name, number.as_ref().map(E164::as_str)).ok()
    }

    fn looked_up(&self, query: &str) -> Vec<CustomerId> {
        let found = search::lookup(&self.db, &self.agent, at(99), 0, query, 9).unwrap();
        found.hits.into_iter().map(|hit| hit.id).collect()
    }

    fn capture_for(&mut self, n: u64, customer: CustomerId, mobile: &str, email: &str) -> UpdateId {
        self.try_capture(n, customer, mobile, email).unwrap()
    }

    fn try_capture(&mut self, n: u64, customer: CustomerId, mobile: &str, email: &str) -> Result<UpdateId> {
        let new = Form { mobile, email, reason: "gave", notes: "" }.check(&POLICY).unwrap();
        let about = Capture {
            shown: super::super::effective::shown(&self.db, customer).unwrap(),
            ..Capture::default()
        };
        let agent = self.agent.clone();
        super::super::updates::capture(&mut self.db, &agent, at(n), customer, &new, &about, UPSTREAM)
    }

    fn note_on(&mut self, n: u64, customer: CustomerId, body: &str) -> crate::domain::ids::NoteId {
        let agent = self.agent.clone();
        notes::add(&mut self.db, &agent, at(n), customer, body).unwrap()
    }

    fn poll(&mut self, n: u64, from: &str, sid: &str, body: &str) {
        let epoch = self.epoch();
        let seen = Seen { from: number(from).into(), ..inbound(sid, body, Delivery::Received, at(n)) };
        inbound::polled(&mut self.db, epoch, at(n), vec![seen]).unwrap();
    }

    fn mobile_of(&self, customer: CustomerId) -> Option<String> {
        let shown = super::super::effective::shown(&self.db, customer).unwrap();
        shown.get(Field::Mobile).map(|mobile| mobile.value.clone())
    }
}

/// Both master ids, both policies, every number and address, old ones too.
#[test]
fn whoever_is_meant_by_either_record_is_the_one_who_was_kept() {
    let (mut desk, twin) = Desk::with_twin();
    desk.capture_for(1, twin, "5844 0055", "");
    let old = OTHER;
    let names = ["LIB/C8013", "8013", "+23058440055", "k2@example.com", "+2304671234", old];
    for name in names {
        assert_eq!(desk.meant(name), Some(twin), "{name}");
    }
    let merge = desk.merge(2, twin);
    let ours = ["LIB/C7013", "7013", KEVINS, "kevin@example.com"];
    let id = twin.to_string();
    for name in names.into_iter().chain(ours).chain([id.as_str()]) {
        assert_eq!(desk.meant(name), Some(desk.kevin), "{name}");
    }
    for query in ["C8013", "8013", "58440055", "4671234", "k2@example.com", "..0010", "C7013", "motor"] {
        assert_eq!(desk.looked_up(query), [desk.kevin], "{query}");
    }
    assert_eq!(card::read(&desk.db, &desk.agent, twin).unwrap().id, desk.kevin);
    desk.assert_sound();

    desk.split(3, merge).unwrap();
    for name in names {
        assert_eq!(desk.meant(name), Some(twin), "{name}");
    }
    assert_eq!((desk.looked_up("C8013"), desk.looked_up("C7013")), (vec![twin], vec![desk.kevin]));
    desk.assert_sound();
}

/// What the kept one has stays, what is empty is filled, tags and own fields of both come together.
#[test]
fn what_differs_is_chosen_field_by_field() {
    let (mut desk, twin) = Desk::with_twin();
    let sides = merge::compare(&desk.db, &desk.agent, desk.kevin, twin).unwrap();
    let choice = |field: &str, left: &str, right: &str, gone| Choice {
        field: field.into(),
        left: SafeText::new(left),
        right: SafeText::new(right),
        gone,
    };
    assert_eq!(
        sides.choices,
        [
            choice("name", "Kevin Anderson Curepipe", TWIN, false),
            choice("mobile", KEVINS, OTHER, false),
            choice("email", "kevin@example.com", "k2@example.com", false),
            choice("company", "", "Curepipe Motors", true),
            choice("policy-number", "LIB/C7013", "LIB/C8013", false),
            choice("address", "", "Curepipe", true),
            choice("custom", "", "plate: 1234 JN 20", true),
        ]
    );
    let takes = [(Part::Name, Side::Gone), (Part::Company, Side::Kept), (Part::Mobile, Side::Gone)];
    let merge = desk.merge_with(1, twin, &takes).unwrap();
    let row = "select json_array(name, company, policy_number, city, json(tags), json(custom)) from customer
        where seq = 1";
    assert_eq!(
        desk.one::<String>(row),
        r#"["Kevin Curepipe",null,"LIB/C7013","Curepipe",["motor"],{"plate":"1234 JN 20"}]"#
    );
    // Only updates change the mobile (NIC): this one names the merge.
    let update = desk.updates(&Filter::default()).remove(0);
    let said = (update.new_mobile.as_deref(), update.old_mobile.as_deref(), update.reason.as_str());
    assert_eq!(said, (Some(OTHER), Some(KEVINS), "other"));
    assert_eq!(update.notes, "merged with Kevin Curepipe (LIB/C8013)");
    assert_eq!(desk.mobile_of(desk.kevin).as_deref(), Some(OTHER));
    assert_eq!(desk.states(), ["waiting"]);
    desk.assert_sound();

    let split = desk.split(2, merge).unwrap();
    assert_eq!((split.stay, split.changed_since, split.update_stays), (0, Vec::new(), false));
    assert_eq!(desk.one::<String>(row), r#"["Kevin Anderson Curepipe",null,"LIB/C7013",null,[],{}]"#);
    assert_eq!(desk.mobile_of(desk.kevin).as_deref(), Some(KEVINS));
    assert_eq!(desk.states(), ["canceled"]);
    assert_eq!(desk.updates(&Filter::default()).remove(0).status.as_str(), "withdrawn");
    desk.assert_sound();
}

/// A mobile that came along is there to be read and to be texted, but counts only if it was chosen.
#[test]
fn numbers_come_along_and_count_only_by_an_update() {
    let (mut desk, twin) = Desk::with_twin();
    let admin = desk.admin.clone();
    let bare = NewCustomer { name: TWIN.into(), ..NewCustomer::default() };
    desk.kevin = customers::add(&mut desk.db, &admin, at(0), &bare).unwrap();
    let keep = [(Part::Mobile, Side::Kept), (Part::Email, Side::Kept)];
    let merge = desk.merge_with(1, twin, &keep).unwrap();
    let shown = card::read(&desk.db, &desk.agent, desk.kevin).unwrap();
    assert_eq!((shown.mobile, shown.email), (None, None));
    let others: Vec<_> = shown.others.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect();
    assert_eq!(others, [("mobile", OTHER), ("home", "+2304671234"), ("email", "k2@example.com")]);
    desk.assert_sound();
    desk.split(2, merge).unwrap();
    assert_eq!(card::read(&desk.db, &desk.agent, desk.kevin).unwrap().others, []);

    // Left to itself, an empty field is filled: by an update again.
    desk.merge(3, twin);
    let mobile = card::read(&desk.db, &desk.agent, desk.kevin).unwrap().mobile.unwrap();
    assert_eq!((mobile.value.as_str(), mobile.why.unwrap().reason.as_str()), (OTHER, "other"));
    desk.assert_sound();
}

#[test]
fn the_timeline_is_one_and_is_parted_again_exactly() {
    let (mut desk, twin) = Desk::with_twin();
    desk.note_on(1, desk.kevin, "ours");
    let pinned = desk.note_on(2, twin, "theirs");
    let agent = desk.agent.clone();
    notes::pin(&mut desk.db, &agent, at(2), twin, Some(pinned)).unwrap();
    desk.poll(3, OTHER, "SM1", "merci");
    desk.capture_for(4, twin, "", "k3@example.com");
    let words = |desk: &Desk, customer| -> Vec<String> {
        let entries = timeline::of(&desk.db, &desk.agent, customer, None, 99).unwrap();
        let word = |what: &What| match what {
            What::Note { body, pinned, .. } => format!("{body}{}", if *pinned { " pinned" } else { "" }),
            What::Text(text) => text.body.to_string(),
            What::Update { fields, .. } => fields[0].new.to_string(),
            What::Mail(mail) => mail.to.to_string(),
            What::Other { kind } => kind.clone(),
        };
        entries.iter().map(|entry| word(&entry.what)).collect()
    };
    let theirs = ["k3@example.com", "merci", "theirs pinned"];
    assert_eq!(words(&desk, twin), theirs);
    let merge = desk.merge(5, twin);
    assert_eq!(words(&desk, desk.kevin), ["k3@example.com", "merci", "theirs pinned", "ours"]);
    assert_eq!(words(&desk, twin), words(&desk, desk.kevin), "by either id");
    let listed = notes::list(&desk.db, &desk.agent, twin).unwrap();
    assert_eq!(listed.iter().map(|note| note.body.as_str()).collect::<Vec<_>>(), ["theirs", "ours"]);
    assert_eq!(card::read(&desk.db, &desk.agent, desk.kevin).unwrap().pin.map(|(id, _)| id), Some(pinned));

    // What happens from now on is the kept one's, also what is begun with the other's id.
    desk.note_on(6, twin, "since");
    desk.poll(7, OTHER, "SM2", "still me");
    let split = desk.split(8, merge).unwrap();
    assert_eq!(split.stay, 2);
    assert_eq!(
        split.sentences(),
        [
            "Kevin Anderson Curepipe and Kevin Curepipe are two customers again",
            "2 entries from after the merge stay with Kevin Anderson Curepipe",
        ]
    );
    assert_eq!(words(&desk, twin), theirs);
    assert_eq!(words(&desk, desk.kevin), ["still me", "since", "ours"]);
    assert_eq!(card::read(&desk.db, &desk.agent, desk.kevin).unwrap().pin, None);
    desk.assert_sound();
}

#[test]
fn what_was_changed_since_stays_and_is_named() {
    let (mut desk, twin) = Desk::with_twin();
    let merge = desk.merge(1, twin);
    desk.run("update customer set company = 'Port Louis Motors' where seq = 1");
    let split = desk.split(2, merge).unwrap();
    assert_eq!(split.changed_since, ["company"]);
    assert!(split.sentences().contains(&"changed since the merge, and left as it is: company".to_owned()));
    assert_eq!(desk.one::<String>("select company from customer where seq = 1"), "Port Louis Motors");
    assert_eq!(desk.one::<Option<String>>("select city from customer where seq = 1"), None);
}

#[test]
fn the_last_merge_is_split_first() {
    let (mut desk, twin) = Desk::with_twin();
    let admin = desk.admin.clone();
    let third =
        NewCustomer { name: TWIN.into(), phones: vec![phone("mobile", "+23058440077")], ..twin_of("9013") };
    let third = add(&mut desk, &admin, third);
    let first = desk.merge(1, twin);
    let second = desk.merge(2, third);
    assert_eq!(desk.meant("9013"), Some(desk.kevin));
    refused(desk.split(3, first), &format!("a later merge stands on this one: split {second} first"));

    // Kevin himself goes: all three are found under whoever is left.
    let fourth = add(&mut desk, &admin, twin_of("6013"));
    let (kevin, takes) = (desk.kevin, Takes::new());
    let last = merge::merge(&mut desk.db, &admin, at(4), (fourth, kevin), &takes, NO_UPSTREAM).unwrap();
    for name in ["7013", "8013", "9013", "6013", OTHER, KEVINS] {
        assert_eq!(desk.meant(name), Some(fourth), "{name}");
    }
    assert_eq!(desk.looked_up("C8013"), [fourth]);
    desk.assert_sound();
    refused(desk.split(5, second), &format!("a later merge stands on this one: split {last} first"));
    for (n, id) in [(6, last), (7, second), (8, first)] {
        desk.split(n, id).unwrap();
        desk.assert_sound();
    }
    refused(desk.split(9, first), "this merge was split already");
    for (name, id) in [("7013", kevin), ("8013", twin), ("9013", third), ("6013", fourth)] {
        assert_eq!(desk.meant(name), Some(id), "{name}");
    }
}

fn twin_of(master_id: &str) -> NewCustomer {
    NewCustomer { name: TWIN.into(), master_id: Some(master_id.into()), ..NewCustomer::default() }
}

fn add(desk: &mut Desk, admin: &Actor, new: NewCustomer) -> CustomerId {
    let master_id = new.master_id.clone().unwrap();
    customers::import(&mut desk.db, admin, NOW, &[new]).unwrap();
    desk.meant(&master_id).unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, words: &str) {
    match result {
        Err(Error::Refused(why)) => assert_eq!(why, words),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nobody_is_merged_with_themselves_nor_by_an_agent() {
    let (mut desk, twin) = Desk::with_twin();
    refused(desk.merge_with(1, desk.kevin, &[]), "these two are one customer already");
    let (agent, kevin) = (desk.agent.clone(), desk.kevin);
    let both = (kevin, twin);
    let denied = merge::merge(&mut desk.db, &agent, at(1), both, &Takes::new(), UPSTREAM);
    assert!(matches!(denied, Err(Error::Denied(why)) if why.starts_with("a supervisor or an admin")));
    let id = desk.merge(2, twin);
    refused(desk.merge_with(3, twin, &[]), "these two are one customer already");
    let denied = merge::split(&mut desk.db, &agent, at(4), id);
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    let nobody = CustomerId(uuid::Uuid::from_u128(1));
    assert!(matches!(desk.merge_with(5, nobody, &[]), Err(Error::NotFound { .. })));
    let no_merge = MergeId(uuid::Uuid::from_u128(1));
    assert!(matches!(desk.split(6, no_merge), Err(Error::NotFound { .. })));
}

/// `u` right after it, by whoever did it, and by nobody else.
#[test]
fn a_merge_is_taken_back() {
    use super::super::undo::{newest, take_back};
    let (mut desk, twin) = Desk::with_twin();
    let (supervisor, admin) = (desk.supervisor.clone(), desk.admin.clone());
    let undo = Duration::from_secs(5);
    desk.merge(1, twin);
    let act = newest(&desk.db, &supervisor, at(100), undo).unwrap().unwrap();
    assert_eq!((act.kind.as_str(), act.customer, act.until), ("merge", Some(desk.kevin), at(601)));
    assert_eq!(newest(&desk.db, &supervisor, at(602), undo).unwrap(), None);
    assert_eq!(newest(&desk.db, &admin, at(2), undo).unwrap(), None);
    let denied = take_back(&mut desk.db, &admin, at(2), undo, act.seq, "merge");
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    let undone = take_back(&mut desk.db, &supervisor, at(100), undo, act.seq, "merge").unwrap();
    assert_eq!((undone.kind.as_str(), undone.customer), ("merge", Some(desk.kevin)));
    assert_eq!(desk.meant("8013"), Some(twin));
    assert_eq!(newest(&desk.db, &supervisor, at(101), undo).unwrap(), None);
    desk.assert_sound();
}

#[test]
fn doctor_sees_a_merge_that_leads_nowhere() {
    for damage in [
        "update customer set deleted_at = null where name = 'Kevin Curepipe'",
        "update customer set deleted_at = 1 where seq = 1",
        "update customer_ref set customer_id = (select gone from customer_merge) where ref = '8013'",
    ] {
        let (mut desk, twin) = Desk::with_twin();
        desk.merge(1, twin);
        desk.run(damage);
        let wrong: Vec<_> =
            doctor::examine(&desk.db).unwrap().into_iter().filter(|c| c.wrong.is_some()).collect();
        let name = "whoever was merged has one who stands for them";
        assert!(wrong.iter().any(|check| check.name == name), "{damage}: {wrong:?}");
    }
}

/// What one was typing about the other goes on.
#[test]
fn drafts_follow() {
    use super::super::drafts;
    use crate::domain::shown::DraftOf;
    let (mut desk, twin) = Desk::with_twin();
    let (agent, kevin) = (desk.agent.clone(), desk.kevin);
    let put = |desk: &mut Desk, n, whose, of, body: &str| {
        drafts::put(&mut desk.db, &agent, at(n), Some(whose), of, body).unwrap();
    };
    let get = |desk: &Desk, whose, of| {
        let draft = drafts::get(&desk.db, &agent, Some(whose), of).unwrap();
        draft.map(|draft| (draft.customer.unwrap(), draft.body))
    };
    put(&mut desk, 1, twin, DraftOf::Note, "theirs");
    put(&mut desk, 1, twin, DraftOf::Text, "their text");
    put(&mut desk, 1, kevin, DraftOf::Text, "our text");
    let merge = desk.merge(2, twin);
    assert_eq!(get(&desk, kevin, DraftOf::Note), Some((kevin, "theirs".into())));
    assert_eq!(get(&desk, twin, DraftOf::Text), Some((kevin, "our text".into())));
    let mine = drafts::mine(&desk.db, &agent).unwrap();
    assert!(mine.iter().all(|draft| draft.customer == Some(kevin)) && mine.len() == 3);
    // Typed on, under either id; sent, and the other's comes to light.
    put(&mut desk, 3, twin, DraftOf::Note, "theirs, and more");
    assert_eq!(get(&desk, kevin, DraftOf::Note), Some((kevin, "theirs, and more".into())));
    put(&mut desk, 3, kevin, DraftOf::Text, "");
    assert_eq!(get(&desk, kevin, DraftOf::Text), Some((kevin, "their text".into())));
    desk.split(4, merge).unwrap();
    assert_eq!(get(&desk, twin, DraftOf::Text), Some((twin, "their text".into())));
    assert_eq!(get(&desk, kevin, DraftOf::Note), Some((kevin, "theirs, and more".into())));
}
