//! The customer record: every act of a person on it (TWS-2..6, CVIA-5, TTX-44, G4, G5), what it leaves
//! behind, and what it refuses.

use super::super::customers::{add, import, read, resolve};
use super::super::undo::{newest, take_back};
use super::super::{effective, record};
use super::*;
use crate::domain::customer::Stage;
use crate::domain::form::{Form, FormField, GENERAL, Key, Kind};
use crate::domain::ids::ContactPointId;
use crate::domain::record::{Edit, NewPoint, PointChange, PointKind, Values, create, edit};
use crate::domain::shown::Record;

/// Undo of a contact update has nothing to do with it.
const UNDO: Duration = Duration::from_secs(5);

fn form() -> Form {
    let field = |key: &str, kind| FormField {
        key: Key::read(key),
        label: key.to_owned(),
        kind,
        required: false,
        sensitive: false,
        hint: String::new(),
    };
    let fields = vec![field("born", Kind::Date), field("car", Kind::Text)];
    Form { name: GENERAL.to_owned(), title: "General".to_owned(), fields }
}

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(key, value)| (Key::read(key), (*value).to_owned())).collect()
}

impl Desk {
    fn record(&self) -> Record {
        record::read(&self.db, &self.agent, self.kevin).unwrap()
    }

    fn value(&self, key: &str) -> Option<String> {
        self.record().values().remove(&Key::read(key))
    }

    /// What somebody typed over what they had seen.
    fn typed(seen: &Record, pairs: &[(&str, &str)]) -> Edit {
        edit(&form(), &seen.values(), &values(pairs), &POLICY).unwrap()
    }

    fn save(&mut self, actor: &Actor, seconds: u64, edit: &Edit) -> Result<()> {
        record::edit(&mut self.db, actor, at(seconds), self.kevin, edit)
    }

    fn change(&mut self, seconds: u64, pairs: &[(&str, &str)]) {
        let edit = Self::typed(&self.record(), pairs);
        let agent = self.agent.clone();
        self.save(&agent, seconds, &edit).unwrap();
    }

    /// `u`: the kind of what was taken back.
    fn undo(&mut self, seconds: u64) -> Option<String> {
        let agent = self.agent.clone();
        let newest = newest(&self.db, &agent, at(seconds), UNDO).unwrap()?;
        let undone = take_back(&mut self.db, &agent, at(seconds), UNDO, newest.seq, &newest.kind).unwrap();
        assert_eq!(undone.customer, newest.customer);
        Some(undone.kind)
    }

    fn tags(&self) -> Vec<String> {
        self.record().tags.iter().map(ToString::to_string).collect()
    }

    fn confirmed(&self) -> Actor {
        Actor { confirmed: true, ..self.agent.clone() }
    }

    fn points(&self) -> Vec<(String, String, bool)> {
        let point = |point: &crate::domain::shown::RecordPoint| {
            (point.label.to_string(), point.value.to_string(), point.retired_at.is_some())
        };
        self.record().points.iter().map(point).collect()
    }

    fn point(&self, value: &str) -> ContactPointId {
        self.record().points.iter().find(|point| point.value.as_str() == value).unwrap().id
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn tws_3_every_field_is_edited_and_taken_back() {
    let mut desk = Desk::new();
    let pairs = [
        ("name", "Kevin A. Curepipe"),
        ("given-name", "Kevin"),
        ("family-name", "Curepipe"),
        ("company", "Island Traders"),
        ("industry", "retail"),
        ("policy-number", "LIB/C7099"),
        ("street", "1 Royal Road"),
        ("city", "Curepipe"),
        ("state", "Plaines Wilhems"),
        ("zip", "74413"),
        ("country", "MU"),
        ("timezone", "Indian/Mauritius"),
        ("preferred-method", "sms"),
        ("preferred-time", "after five"),
        ("assigned-agent", "David Brown"),
        ("born", "1980-03-14"),
        ("car", "blue"),
    ];
    let before = desk.record().values();
    desk.change(1, &pairs);
    let mut expected = values(&pairs);
    expected.extend(values(&[("mobile", KEVINS), ("email", "kevin@example.com")]));
    assert_eq!(desk.record().values(), expected);
    assert_eq!(desk.record().changed_by.as_str(), "David Brown");
    assert_eq!(desk.names("LIB/C7099 island"), ["Kevin A. Curepipe"]);
    assert_eq!(desk.one::<String>("select action from audit order by seq desc limit 1"), "customer edited");
    desk.assert_sound();
    assert_eq!(desk.undo(2).as_deref(), Some("edit"));
    assert_eq!(desk.record().values(), before);
    assert_eq!(desk.names("LIB/C7013"), ["Kevin Anderson Curepipe"]);
    assert_eq!(desk.undo(3), None, "what takes back is not taken back");
    desk.assert_sound();
}

#[test]
fn an_agent_is_named_by_number_and_must_be_there() {
    let mut desk = Desk::new();
    desk.change(1, &[("assigned-agent", "#7")]);
    assert_eq!(desk.value("assigned-agent").as_deref(), Some("Ana Silva"));
    let edit = Desk::typed(&desk.record(), &[("assigned-agent", "Nobody"), ("city", "Vacoas")]);
    let agent = desk.agent.clone();
    assert!(refused(desk.save(&agent, 2, &edit)).contains("nobody here is called \"Nobody\""));
    assert_eq!((desk.value("assigned-agent").as_deref(), desk.value("city")), (Some("Ana Silva"), None));
    desk.change(3, &[("assigned-agent", "")]);
    assert_eq!(desk.value("assigned-agent"), None);
}

#[test]
fn what_another_desk_saved_meanwhile_is_never_overwritten() {
    let mut desk = Desk::new();
    let seen = desk.record();
    let (agent, supervisor) = (desk.agent.clone(), desk.supervisor.clone());
    desk.save(&supervisor, 1, &Desk::typed(&seen, &[("city", "Vacoas"), ("car", "red")])).unwrap();
    let late = Desk::typed(&seen, &[("city", "Curepipe"), ("zip", "74413"), ("car", "blue")]);
    match desk.save(&agent, 2, &late) {
        Err(Error::Overwrites { by, fields }) => {
            assert_eq!((by.as_str(), fields), ("Ana Silva", vec!["car".to_owned(), "city".into()]));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((desk.value("city").as_deref(), desk.value("zip")), (Some("Vacoas"), None), "nothing of it");
    // Fields that nobody else touched are no quarrel.
    desk.save(&agent, 3, &Desk::typed(&seen, &[("zip", "74413")])).unwrap();
    // Once looked at, it is the editor's decision.
    desk.save(&agent, 4, &Desk::typed(&desk.record(), &[("city", "Curepipe")])).unwrap();
    assert_eq!(desk.value("city").as_deref(), Some("Curepipe"));
    // And what was changed since cannot be taken back over the other's head.
    desk.save(&supervisor, 5, &Desk::typed(&desk.record(), &[("city", "Moka")])).unwrap();
    let newest = newest(&desk.db, &agent, at(6), UNDO).unwrap().unwrap();
    let late = take_back(&mut desk.db, &agent, at(6), UNDO, newest.seq, &newest.kind);
    assert!(matches!(late, Err(Error::Overwrites { .. })), "{late:?}");
    assert_eq!(desk.value("city").as_deref(), Some("Moka"));
    desk.assert_sound();
}

#[test]
fn what_a_file_brought_is_edited_as_it_was_shown() {
    let mut desk = Desk::new();
    let custom = serde_json::json!({ "Rank": 3, "name": "a column called so" });
    let row = NewCustomer { custom: custom.as_object().cloned().unwrap(), ..kevin() };
    import(&mut desk.db, &desk.admin, NOW, &[row]).unwrap();
    assert_eq!(desk.value("Rank").as_deref(), Some("3"));
    assert_eq!(desk.value("name").as_deref(), Some("Kevin Anderson Curepipe"));
    desk.change(1, &[("Rank", "4")]);
    assert_eq!(desk.value("Rank").as_deref(), Some("4"));
    assert_eq!(desk.undo(2).as_deref(), Some("edit"));
    let kept: String = desk.one("select custom from customer where policy_number = 'LIB/C7013'");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), custom);
}

#[test]
fn tws_2_a_new_customer_is_found_and_taken_back() {
    let mut desk = Desk::new();
    let typed =
        values(&[("name", "Sam Lee"), ("mobile", "5844 0010"), ("assigned-agent", "24"), ("car", "red")]);
    let new = create(&form(), &typed, &POLICY).unwrap();
    let sam = add(&mut desk.db, &desk.agent, at(1), &new).unwrap();
    let record = record::read(&desk.db, &desk.agent, sam).unwrap();
    let expected =
        [("name", "Sam Lee"), ("mobile", OTHER), ("assigned-agent", "David Brown"), ("car", "red")];
    assert_eq!(record.values(), values(&expected));
    assert_eq!(desk.names("sam"), ["Sam Lee"]);
    assert_eq!(desk.undo(2).as_deref(), Some("new customer"));
    assert_eq!(desk.names("sam"), [""; 0]);
    desk.assert_sound();
}

#[test]
fn tws_4_and_ttx_44_a_deletion_asks_keeps_everything_and_is_undone() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    let unasked = record::delete(&mut desk.db, &agent, at(1), desk.kevin);
    assert!(matches!(unasked, Err(Error::AskAgain)), "{unasked:?}");
    let confirmed = desk.confirmed();
    record::delete(&mut desk.db, &confirmed, at(1), desk.kevin).unwrap();
    assert_eq!(desk.names("kevin"), [""; 0]);
    assert!(resolve(&desk.db, &agent, "LIB/C7013", None).is_err());
    assert!(resolve(&desk.db, &agent, KEVINS, Some(KEVINS)).is_err(), "his number is not his any more");
    let late = refused(record::tag(&mut desk.db, &agent, at(2), desk.kevin, &["motor".into()], &[]));
    assert!(late.starts_with("David Brown has deleted this customer"), "{late}");
    assert!(record::delete(&mut desk.db, &confirmed, at(2), desk.kevin).is_err());
    desk.assert_sound();
    assert_eq!(desk.undo(3).as_deref(), Some("deletion"));
    assert_eq!(desk.names("kevin"), ["Kevin Anderson Curepipe"]);
    desk.assert_sound();

    record::delete(&mut desk.db, &confirmed, at(4), desk.kevin).unwrap();
    for name in ["LIB/C7013", "kevin anderson curepipe", KEVINS] {
        let found = record::resolve_deleted(&desk.db, &agent, name, None).unwrap();
        assert_eq!(found, desk.kevin, "{name}");
    }
    record::restore(&mut desk.db, &agent, at(5), desk.kevin).unwrap();
    assert_eq!(
        refused(record::restore(&mut desk.db, &agent, at(6), desk.kevin)),
        "this customer is not deleted"
    );
    assert_eq!(read(desk.db.conn(), desk.kevin).unwrap().policy_number.as_deref(), Some("LIB/C7013"));
    desk.assert_sound();
}

#[test]
fn tws_5_and_15_a_stage_is_set_and_found_by() {
    let mut desk = Desk::new();
    let (agent, kevin) = (desk.agent.clone(), desk.kevin);
    record::stage(&mut desk.db, &agent, at(1), kevin, Stage::New, Stage::Client).unwrap();
    assert_eq!((desk.record().stage.as_str(), desk.names("stage:cli").len()), ("client", 1));
    let late = record::stage(&mut desk.db, &agent, at(2), kevin, Stage::New, Stage::Inactive);
    assert!(matches!(late, Err(Error::Overwrites { .. })), "{late:?}");
    assert_eq!(desk.undo(3).as_deref(), Some("stage"));
    assert_eq!((desk.names("stage:client").len(), desk.names("stage:new").len()), (0, 1));
    desk.assert_sound();
}

#[test]
fn tws_6_and_ttx_53_tags_are_put_on_taken_off_and_found_by() {
    let mut desk = Desk::new();
    let (agent, kevin) = (desk.agent.clone(), desk.kevin);
    let tags = |typed: &[&str]| typed.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    record::tag(&mut desk.db, &agent, at(1), kevin, &tags(&["#Motor", "First time buyer", "MOTOR"]), &[])
        .unwrap();
    assert_eq!(desk.tags(), ["motor", "first time buyer"]);
    for query in ["#motor", "#mot", "#first-time", "#MOTOR kevin", "#motor #first"] {
        assert_eq!(desk.names(query), ["Kevin Anderson Curepipe"], "{query}");
    }
    assert_eq!(desk.names("#kevin"), [""; 0]);
    desk.assert_sound();
    record::tag(&mut desk.db, &agent, at(2), kevin, &[], &tags(&["Motor"])).unwrap();
    assert_eq!((desk.tags(), desk.names("#motor").len()), (tags(&["first time buyer"]), 0));
    assert_eq!(desk.undo(3).as_deref(), Some("tags"));
    assert_eq!(desk.tags(), ["motor", "first time buyer"]);
    refused(record::tag(&mut desk.db, &agent, at(4), kevin, &tags(&["fine", "not, fine"]), &[]));
    assert_eq!(desk.tags(), ["motor", "first time buyer"], "all or nothing");
    let many: Vec<String> = (0..29).map(|n| format!("tag {n}")).collect();
    assert!(refused(record::tag(&mut desk.db, &agent, at(5), kevin, &many, &[])).contains("at most 30 tags"));
    desk.assert_sound();
}

impl Desk {
    fn change_point(&mut self, seconds: u64, change: PointChange) -> Result<()> {
        let agent = self.agent.clone();
        self.save(&agent, seconds, &Edit::default().with([change]))
    }

    fn add_point(&mut self, seconds: u64, kind: PointKind, label: &str, raw: &str) -> Result<()> {
        self.change_point(seconds, PointChange::Add(NewPoint::read(kind, label, raw, &POLICY).unwrap()))
    }
}

fn relabel(point: ContactPointId, seen: &str, label: &str) -> PointChange {
    PointChange::Relabel { point, seen: seen.to_owned(), label: label.to_owned() }
}

fn retire(point: ContactPointId, seen: &str) -> PointChange {
    PointChange::Retire { point, seen: seen.to_owned() }
}

#[test]
fn more_numbers_come_change_their_label_and_go() {
    let mut desk = Desk::new();
    desk.add_point(1, PointKind::Phone, "home", "+230 234 5678").unwrap();
    desk.add_point(1, PointKind::Email, "work", "kevin@work.example").unwrap();
    let labels: Vec<String> = desk.points().into_iter().map(|(label, ..)| label).collect();
    assert_eq!(labels, ["mobile", "email", "home", "work"]);
    assert_eq!(desk.names("2345678"), ["Kevin Anderson Curepipe"]);
    let again = refused(desk.add_point(1, PointKind::Phone, "work", "+230 234 5678"));
    assert_eq!(again, "this is on file already, as home");

    let home = desk.point("+2302345678");
    desk.change_point(2, relabel(home, "home", "parents")).unwrap();
    desk.change_point(3, retire(home, "parents")).unwrap();
    assert_eq!(desk.points()[2], ("parents".to_owned(), "+2302345678".to_owned(), true));
    let late = desk.change_point(4, relabel(home, "home", "x"));
    assert!(matches!(late, Err(Error::Overwrites { .. })), "{late:?}");
    assert_eq!(desk.undo(5).as_deref(), Some("edit"));
    assert_eq!(desk.points()[2], ("parents".to_owned(), "+2302345678".to_owned(), false));
    assert_eq!(effective::differences(&desk.db).unwrap(), []);
    desk.assert_sound();
}

#[test]
fn fields_and_numbers_are_saved_together_or_not_at_all() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    let home = NewPoint::read(PointKind::Phone, "home", "+230 234 5678", &POLICY).unwrap();
    let edit = Desk::typed(&desk.record(), &[("city", "Vacoas")]).with([PointChange::Add(home)]);
    desk.save(&agent, 1, &edit).unwrap();
    assert_eq!((desk.value("city").as_deref(), desk.points().len()), (Some("Vacoas"), 3));
    assert!(desk.save(&agent, 2, &edit).is_err());
    assert_eq!(desk.points().len(), 3);
    assert_eq!(desk.undo(3).as_deref(), Some("edit"));
    assert_eq!((desk.value("city"), desk.points()[2].2), (None, true));
    desk.assert_sound();
}

#[test]
fn nic_76_the_contact_fields_change_only_by_a_contact_update() {
    let mut desk = Desk::new();
    for (value, label) in [(KEVINS, "mobile"), ("kevin@example.com", "email")] {
        let point = desk.point(value);
        refused(desk.change_point(1, retire(point, label)));
        refused(desk.change_point(1, relabel(point, label, "old")));
    }
    let typed = values(&[("mobile", "5844 0010"), ("email", "k@new.example")]);
    assert!(edit(&form(), &desk.record().values(), &typed, &POLICY).is_err());
    // The master's others come back with its next file.
    let row = NewCustomer { phones: vec![phone("mobile", KEVINS), phone("home", "+2302345678")], ..kevin() };
    import(&mut desk.db, &desk.admin, at(4), &[row]).unwrap();
    let home = desk.point("+2302345678");
    assert!(refused(desk.change_point(5, retire(home, "home"))).contains("from the master"));
    assert_eq!(desk.value("mobile").as_deref(), Some(KEVINS));

    // Of a customer without an e-mail, the first one is NIC's.
    let nobody = NewCustomer { name: "Nobody's".into(), ..NewCustomer::default() };
    desk.kevin = add(&mut desk.db, &desk.agent, at(2), &nobody).unwrap();
    let first = refused(desk.add_point(3, PointKind::Email, "work", "a@example.com"));
    assert!(first.contains("contact update"), "{first}");
    assert_eq!(desk.points(), []);
    desk.assert_sound();
}

#[test]
fn g13_a_family_on_one_number_is_named_and_allowed() {
    let mut desk = Desk::new();
    let agent = desk.agent.clone();
    let new = create(&form(), &values(&[("name", "Anna"), ("mobile", "5737 2333")]), &POLICY).unwrap();
    let named = |desk: &Desk, except| -> Vec<String> {
        let others = record::others_with(&desk.db, &agent, KEVINS, except).unwrap();
        others.iter().map(|(_, name)| name.to_string()).collect()
    };
    assert_eq!(named(&desk, None), ["Kevin Anderson Curepipe"]);
    let anna = add(&mut desk.db, &agent, at(1), &new).unwrap();
    assert_eq!(named(&desk, None), ["Kevin Anderson Curepipe", "Anna"]);
    assert_eq!(named(&desk, Some(anna)), ["Kevin Anderson Curepipe"]);
    let confirmed = desk.confirmed();
    record::delete(&mut desk.db, &confirmed, at(2), anna).unwrap();
    assert_eq!(named(&desk, None), ["Kevin Anderson Curepipe"]);
}

#[test]
fn an_act_is_ones_own_and_of_the_last_minutes() {
    let mut desk = Desk::new();
    let (agent, supervisor) = (desk.agent.clone(), desk.supervisor.clone());
    desk.change(1, &[("city", "Vacoas")]);
    assert_eq!(newest(&desk.db, &supervisor, at(2), UNDO).unwrap(), None);
    let others = take_back(&mut desk.db, &supervisor, at(2), UNDO, 1, "edit");
    assert!(matches!(others, Err(Error::Denied(_))), "{others:?}");
    assert!(newest(&desk.db, &agent, at(600), UNDO).unwrap().is_some());
    assert_eq!(newest(&desk.db, &agent, at(602), UNDO).unwrap(), None);
    // The newest of all kinds comes first.
    desk.capture(at(300), "5844 0010", "", NO_UPSTREAM).unwrap();
    assert_eq!(desk.undo(301).as_deref(), Some("update"));
    assert_eq!(desk.undo(302).as_deref(), Some("edit"));
}
