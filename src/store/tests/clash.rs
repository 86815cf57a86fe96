//! Clashes with the master (design 5, NIC-132..135, G12): found, shown, decided, never overwritten silently.

use proptest::prelude::*;

use super::super::clash::{Resolved, Which, apply, differences, list, resolve};
use super::super::customers::import;
use super::super::effective::shown;
use super::super::{batches, master, merge, queue, record};
use super::*;
use crate::domain::clash::Policy;
use crate::domain::shown::{Clash, Take, Witness};
use crate::domain::text::SafeText;
use crate::domain::update::{Field, Status};

const THIRD: &str = "+23058440012";
const OURS_TYPED: &str = "5844 0010";

impl Desk {
    /// The master's file says so.
    fn file_says(&mut self, now: Micros, mobile: &str) {
        let row = NewCustomer { phones: vec![phone("mobile", mobile)], ..kevin() };
        import(&mut self.db, &self.admin, now, &[row]).unwrap();
    }

    fn clash_list(&self) -> Vec<Clash> {
        list(&self.db, &self.admin).unwrap().all
    }

    fn clash_which(&self) -> Which {
        let clash = self.clash_list().remove(0);
        Which {
            customer: clash.customer,
            field: Field::parse(&clash.field).unwrap(),
            newest: clash.witnesses.last().unwrap().seq,
            theirs: clash.theirs,
        }
    }

    fn clash_decide(&mut self, now: Micros, take: &Take) -> Result<Resolved> {
        let which = self.clash_which();
        resolve(&mut self.db, &self.admin, now, &which, take, "asked the branch", NO_UPSTREAM)
    }

    fn clash_mobile(&self) -> String {
        shown(&self.db, self.kevin).unwrap().mobile.unwrap().value
    }

    fn clash_statuses(&self) -> Vec<Status> {
        self.updates(&Filter::default()).iter().map(|update| update.status).collect()
    }

    /// What the feed brings of Kevin.
    fn feed_says(&mut self, now: Micros, changed: i64, mobile: Option<&str>) {
        let epoch = self.epoch();
        let phones = mobile.iter().map(|mobile| phone("mobile", mobile)).collect();
        let row = master::Row {
            customer: NewCustomer { phones, emails: Vec::new(), ..kevin() },
            changed: Some(Micros(changed)),
            empty: if mobile.is_none() { vec![Field::Mobile] } else { Vec::new() },
        };
        master::page(&mut self.db, epoch, now, &[row], None).unwrap();
    }
}

/// A mobile was captured, and the master has a third one by now.
fn in_clash() -> Desk {
    let mut desk = Desk::new();
    desk.capture(at(1), OURS_TYPED, "", NO_UPSTREAM).unwrap();
    desk.file_says(at(2), THIRD);
    desk
}

/// NIC-135: was, ours, theirs, who, when, why; meanwhile ours counts.
#[test]
fn nic_135_a_clash_is_shown_whole_and_nothing_is_overwritten() {
    let mut desk = in_clash();
    let safe = |text: &str| Some(SafeText::new(text));
    let witness = Witness {
        seq: 1,
        at: at(1),
        agent: 24,
        agent_name: SafeText::new("David Brown"),
        old: safe(KEVINS),
        new: SafeText::new(OTHER),
        reason: "provided".into(),
        notes: SafeText::new("asked on the phone"),
        verified_by: None,
        status: "pending".into(),
    };
    let clash = Clash {
        customer: desk.kevin,
        policy: SafeText::new("LIB/C7013"),
        name: SafeText::new("Kevin Anderson Curepipe"),
        field: "mobile".into(),
        since: at(2),
        was: safe(KEVINS),
        ours: SafeText::new(OTHER),
        theirs: safe(THIRD),
        read: Some(at(2)),
        changed: None,
        witnesses: vec![witness.clone()],
        held: 0,
    };
    assert_eq!(desk.clash_list(), std::slice::from_ref(&clash));
    assert_eq!((desk.clash_mobile().as_str(), queue::clashes(&desk.db, &desk.admin).unwrap()), (OTHER, 1));
    // The same value from somebody else is a second witness of one clash (G12).
    let supervisor = desk.supervisor.clone();
    desk.capture_as(&supervisor, at(3), OURS_TYPED, "", NO_UPSTREAM).unwrap();
    let second = Witness {
        seq: 2,
        at: at(3),
        agent: 7,
        agent_name: SafeText::new("Ana Silva"),
        old: safe(OTHER),
        ..witness.clone()
    };
    assert_eq!(desk.clash_list(), [Clash { witnesses: vec![witness, second], ..clash }]);
    desk.assert_sound();
}

#[test]
fn only_supervisors_and_admins_see_all_clashes_and_only_admins_decide() {
    let mut desk = in_clash();
    assert!(list(&desk.db, &desk.supervisor).is_ok());
    assert!(matches!(list(&desk.db, &desk.agent), Err(Error::Denied(_))));
    let which = desk.clash_which();
    for actor in [desk.agent.clone(), desk.supervisor.clone()] {
        let got = resolve(&mut desk.db, &actor, at(3), &which, &Take::Theirs, "", NO_UPSTREAM);
        assert!(matches!(got, Err(Error::Denied(_))));
    }
    assert_eq!(desk.clash_list().len(), 1);
}

#[test]
fn theirs_counts_from_now_on_and_a_later_change_of_the_master_simply_wins() {
    let mut desk = in_clash();
    assert_eq!(desk.clash_decide(at(3), &Take::Theirs).unwrap(), Resolved { settled: vec![1], update: None });
    assert_eq!((desk.clash_list(), desk.clash_mobile().as_str()), (vec![], THIRD));
    assert_eq!(desk.clash_statuses(), [Status::Rejected]);
    desk.file_says(at(4), "+23058440013");
    assert_eq!((desk.clash_list(), desk.clash_mobile().as_str()), (vec![], "+23058440013"));
    desk.assert_sound();
}

/// Ours is captured once more, in full knowledge of theirs: it goes into a batch like any other.
#[test]
fn ours_is_entered_in_the_master_and_retires_there() {
    let mut desk = in_clash();
    assert!(batches::create(&mut desk.db, &desk.admin, at(3), &[1]).is_err(), "a clash goes into no batch");
    assert_eq!(
        desk.clash_decide(at(3), &Take::Ours).unwrap(),
        Resolved { settled: vec![1], update: Some(2) }
    );
    assert_eq!((desk.clash_list(), desk.clash_mobile().as_str()), (vec![], OTHER));
    assert_eq!(desk.clash_statuses(), [Status::Rejected, Status::Pending]);
    let update = desk.updates(&Filter::default()).remove(1);
    assert_eq!((update.old_mobile.as_deref(), update.new_mobile.as_deref()), (Some(THIRD), Some(OTHER)));
    assert_eq!(update.notes, "clash with the master decided: asked the branch");
    // The master still says theirs: that was known.
    desk.file_says(at(4), THIRD);
    assert_eq!(desk.clash_list(), []);
    let batch = batches::create(&mut desk.db, &desk.admin, at(5), &[2]).unwrap();
    assert_eq!((batch.updates.as_slice(), batch.lines), (&[2][..], 1));
    desk.file_says(at(6), OTHER);
    assert_eq!((desk.clash_list(), desk.clash_mobile().as_str()), (vec![], OTHER));
    assert_eq!(
        desk.one::<String>("select group_concat(why) from contact_update_retirement"),
        "resolved,converged"
    );
    desk.assert_sound();
}

#[test]
fn another_value_is_a_capture_of_its_own_and_the_masters_own_value_is_theirs() {
    let mut desk = in_clash();
    assert_eq!(desk.clash_decide(at(3), &Take::Other("+23058440014".into())).unwrap().update, Some(2));
    assert_eq!(desk.clash_mobile(), "+23058440014");
    let mut desk = in_clash();
    assert_eq!(desk.clash_decide(at(3), &Take::Other(THIRD.into())).unwrap().update, None);
    assert_eq!(desk.clash_mobile(), THIRD);
    let mut desk = in_clash();
    assert!(matches!(desk.clash_decide(at(3), &Take::Other("12".into())), Err(Error::Refused(_))));
    assert_eq!(desk.clash_list().len(), 1, "nothing was done");
    desk.assert_sound();
}

#[test]
fn an_update_of_both_fields_stays_for_the_one_without_a_clash() {
    let mut desk = Desk::new();
    desk.capture(at(1), OURS_TYPED, "new@example.com", NO_UPSTREAM).unwrap();
    desk.file_says(at(2), THIRD);
    desk.clash_decide(at(3), &Take::Theirs).unwrap();
    assert_eq!(desk.clash_statuses(), [Status::Pending]);
    let batch = batches::create(&mut desk.db, &desk.admin, at(4), &[1]).unwrap();
    assert_eq!(batch.lines, 1, "the e-mail only");
    desk.assert_sound();
}

/// What was decided is what was seen: a newer capture, another value of the master, somebody else's decision.
#[test]
fn a_decision_about_something_else_is_refused() {
    let refused = |desk: &mut Desk, which: &Which| {
        let got = resolve(&mut desk.db, &desk.admin, at(9), which, &Take::Ours, "", NO_UPSTREAM);
        matches!(got, Err(Error::Refused(_)))
    };
    let mut desk = in_clash();
    let which = desk.clash_which();
    desk.capture(at(3), "5844 0015", "", NO_UPSTREAM).unwrap();
    assert!(refused(&mut desk, &which), "a newer capture");
    let which = desk.clash_which();
    desk.file_says(at(4), "+23058440016");
    assert!(refused(&mut desk, &which), "another value of the master");
    let which = desk.clash_which();
    desk.clash_decide(at(5), &Take::Theirs).unwrap();
    assert!(refused(&mut desk, &which), "decided by somebody else");
    desk.assert_sound();
}

/// The master says ours, or what was: the clash is over without a decision.
#[test]
fn a_master_that_comes_round_ends_its_clash() {
    for (value, counts) in [(OTHER, OTHER), (KEVINS, OTHER)] {
        let mut desk = in_clash();
        desk.file_says(at(3), value);
        assert_eq!((desk.clash_list(), desk.clash_mobile().as_str()), (vec![], counts), "{value}");
        desk.assert_sound();
    }
}

/// Marked by itself: ours was entered. If the master is read again and says something else, it is in clash.
#[test]
fn a_mark_says_that_ours_was_entered_until_the_master_is_read_again() {
    let mut desk = in_clash();
    desk.mark(at(3), &[1], NO_UPSTREAM);
    assert_eq!((desk.clash_list(), desk.clash_mobile().as_str()), (vec![], OTHER));
    desk.assert_sound();
    desk.file_says(at(4), THIRD);
    assert_eq!(desk.clash_list().len(), 1);
    desk.assert_sound();
}

#[test]
fn a_customer_deleted_or_merged_meanwhile() {
    let mut desk = in_clash();
    let which = desk.clash_which();
    let admin = Actor { confirmed: true, ..desk.admin.clone() };
    record::delete(&mut desk.db, &admin, at(3), desk.kevin).unwrap();
    assert_eq!(desk.clash_list(), []);
    let got = resolve(&mut desk.db, &admin, at(4), &which, &Take::Theirs, "", NO_UPSTREAM);
    assert!(matches!(got, Err(Error::Refused(why)) if why.contains("deleted")));

    let mut desk = in_clash();
    let twin = NewCustomer { master_id: Some("8013".into()), policy_number: None, ..kevin() };
    import(&mut desk.db, &desk.admin, at(3), &[twin]).unwrap();
    let twin = super::super::customers::resolve(&desk.db, &desk.admin, "8013", None).unwrap();
    let takes = merge::Takes::new();
    merge::merge(&mut desk.db, &desk.admin, at(4), (twin, desk.kevin), &takes, NO_UPSTREAM).unwrap();
    desk.assert_sound();
    assert_eq!(desk.clash_list().len(), 1, "its updates wait as before");
    assert!(
        matches!(desk.clash_decide(at(5), &Take::Ours), Err(Error::Refused(why)) if why.contains("merged"))
    );
    desk.clash_decide(at(6), &Take::Theirs).unwrap();
    assert_eq!(desk.clash_list(), []);
    desk.assert_sound();
}

/// Texts that go along wait while the contact is in clash; a person's own do not.
#[test]
fn texts_of_the_machine_wait_for_the_decision() {
    let mut desk = Desk::new();
    desk.consent(KEVINS, Act::Grant);
    desk.capture(at(1), "", "new@example.com", NO_UPSTREAM).unwrap();
    let theirs = NewCustomer { emails: vec![email("email", "third@example.com")], ..kevin() };
    import(&mut desk.db, &desk.admin, at(2), &[theirs]).unwrap();
    let text = NewText {
        from: number(OURS),
        to: number(KEVINS),
        customer: Some(desk.kevin),
        body: Body("Pay here: https://pay.example".into()),
        purpose: Purpose::Service,
    };
    let mut tx = desk.db.begin(&desk.agent, at(3)).unwrap();
    super::super::messages::queue_along(&mut tx, &text, WINDOW.due(at(3))).unwrap();
    tx.commit().unwrap();
    assert_eq!(desk.clash_list()[0].held, 1);
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(20), Destination::Twilio), []);
    assert_eq!(desk.one::<String>("select reason from job where kind = 'text'"), "the contact is in clash");
    desk.clash_decide(at(21), &Take::Theirs).unwrap();
    assert_eq!(desk.claim(epoch, at(21), Destination::Twilio).len(), 1, "at once");

    let mut desk = in_clash();
    desk.allowed_text(at(3), "I call you back at five");
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(20), Destination::Twilio).len(), 1, "a person's own");
}

#[test]
fn rules_decide_what_they_can_and_leave_the_rest_to_people() {
    let decided = |policy, captured: i64, changed: Option<i64>| {
        let mut desk = Desk::new();
        desk.capture(Micros(captured), OURS_TYPED, "", NO_UPSTREAM).unwrap();
        match changed {
            Some(changed) => desk.feed_says(at(2), changed, Some(THIRD)),
            None => desk.file_says(at(2), THIRD),
        }
        let epoch = desk.epoch();
        let count = apply(&mut desk.db, epoch, at(3), policy, NO_UPSTREAM).unwrap();
        desk.assert_sound();
        (count, desk.clash_list().len(), desk.clash_mobile())
    };
    let early = at(1).0;
    let late = at(1).0 + 1;
    let open = (0, 1, OTHER.to_owned());
    let theirs = (1, 0, THIRD.to_owned());
    let ours = (1, 0, OTHER.to_owned());
    assert_eq!(decided(Policy::Ask, early, Some(late)), open);
    assert_eq!(decided(Policy::MasterWins, late, None), theirs);
    assert_eq!(decided(Policy::NewestWins, early, Some(late)), theirs);
    assert_eq!(decided(Policy::NewestWins, late, Some(early)), ours);
    assert_eq!(decided(Policy::NewestWins, late, None), open);
}

/// The feed: older changes that come later say nothing, an empty field is a value like any other, and who
/// is not here yet comes in.
#[test]
fn nic_134_the_feed_in_any_order() {
    let mut desk = Desk::new();
    desk.capture(at(1), OURS_TYPED, "", NO_UPSTREAM).unwrap();
    desk.feed_says(at(2), 20, Some(THIRD));
    desk.feed_says(at(3), 10, Some(KEVINS));
    desk.feed_says(at(4), 20, Some(THIRD));
    assert_eq!(desk.clash_list().len(), 1);
    assert_eq!(desk.one::<Option<String>>("select value from master_seen").as_deref(), Some(THIRD));
    desk.feed_says(at(5), 30, None);
    let clash = desk.clash_list().remove(0);
    assert_eq!((clash.theirs, clash.changed, clash.read), (None, Some(Micros(30)), Some(at(5))));
    desk.clash_decide(at(6), &Take::Theirs).unwrap();
    assert_eq!(shown(&desk.db, desk.kevin).unwrap().mobile, None);
    desk.assert_sound();
    let feed = master::feed(&desk.db).unwrap();
    assert_eq!((feed.since, feed.cursor, feed.ended), (Some(Micros(30)), None, Some(at(5))));
}

/// The place in a walk is kept with its page.
#[test]
fn a_walk_goes_on_where_it_was() {
    let mut desk = Desk::new();
    let epoch = desk.epoch();
    let new = |n: i64| master::Row {
        customer: NewCustomer {
            name: format!("New {n}"),
            master_id: Some(n.to_string()),
            ..NewCustomer::default()
        },
        changed: Some(Micros(n)),
        empty: Vec::new(),
    };
    master::page(&mut desk.db, epoch, at(1), &[new(9), new(8)], Some("p2")).unwrap();
    let feed = master::feed(&desk.db).unwrap();
    assert_eq!((feed.cursor.as_deref(), feed.since, feed.began), (Some("p2"), None, Some(at(1))));
    master::failed(&mut desk.db, epoch, at(2), "away", false).unwrap();
    assert_eq!(master::feed(&desk.db).unwrap().cursor.as_deref(), Some("p2"));
    master::page(&mut desk.db, epoch, at(3), &[new(7), new(9)], None).unwrap();
    let feed = master::feed(&desk.db).unwrap();
    assert_eq!((feed.cursor, feed.since, feed.reason), (None, Some(Micros(9)), String::new()));
    assert_eq!(desk.one::<i64>("select count(*) from customer"), 4);
    // The master does not know its own cursor any more.
    master::page(&mut desk.db, epoch, at(4), &[new(10)], Some("p2")).unwrap();
    master::failed(&mut desk.db, epoch, at(5), "unknown cursor", true).unwrap();
    assert_eq!(master::feed(&desk.db).unwrap().cursor, None);
}

#[test]
fn what_a_file_of_an_earlier_release_holds_is_in_clash_after_the_migration() {
    let folder = folder();
    let location = location(folder.path());
    let mut desk = Desk::found(super::super::open::create(&location).unwrap(), location, folder);
    desk.capture(at(1), OURS_TYPED, "", NO_UPSTREAM).unwrap();
    desk.file_says(at(2), THIRD);
    let before = desk.clash_list();
    desk.run("delete from contact_clash");
    assert_eq!(differences(&desk.db).unwrap(), [(desk.kevin, Field::Mobile)]);
    super::super::clash::build(desk.db.conn()).unwrap();
    assert_eq!(desk.clash_list(), before);
}

#[derive(Clone, Debug)]
enum Move {
    Capture(usize),
    Master(Option<usize>),
    Decide(bool),
    Mark(i64),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        4 => (0..4_usize).prop_map(Move::Capture),
        4 => prop::option::weighted(0.9, 0..4_usize).prop_map(Move::Master),
        1 => any::<bool>().prop_map(Move::Decide),
        1 => (1..5_i64).prop_map(Move::Mark),
    ]
}

const NUMBERS: [&str; 4] = [KEVINS, OTHER, THIRD, "+23058440013"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Any order and repetition of captures, master values, decisions and marks: one effective contact,
    /// which is the newest open capture or else the master's value; every clash in the list; the
    /// projections equal what can be recomputed.
    #[test]
    fn any_order_gives_one_effective_contact(history in prop::collection::vec(moves(), 1..16)) {
        let mut desk = Desk::new();
        let mut master = Some(KEVINS);
        for (step, n) in history.iter().zip(1..) {
            match step {
                Move::Capture(which) => match desk.capture(at(n), NUMBERS[*which], "", NO_UPSTREAM) {
                    Ok(_) | Err(Error::Fields(_)) => {}
                    Err(other) => panic!("{other}"),
                },
                Move::Master(which) => {
                    master = which.map(|which| NUMBERS[which]);
                    for _ in 0..2 {
                        desk.feed_says(at(n), n.try_into().unwrap(), master);
                    }
                }
                Move::Decide(ours) if !desk.clash_list().is_empty() => {
                    desk.clash_decide(at(n), if *ours { &Take::Ours } else { &Take::Theirs }).unwrap();
                    prop_assert_eq!(desk.clash_list(), vec![]);
                }
                Move::Decide(_) => {}
                Move::Mark(seq) => drop(desk.mark(at(n), &[*seq], NO_UPSTREAM)),
            }
            let newest: Option<String> = desk.db.conn().query_row(
                "select (select f.new from contact_update u
                     join contact_update_field f on f.update_id = u.id
                     join contact_update_state s on s.update_id = u.id
                     where s.status in ('pending', 'held', 'synced') and not exists (select 1
                        from contact_update_retirement r where r.update_id = u.id)
                     order by u.seq desc limit 1)", [], |row| row.get(0)).unwrap();
            let expected = newest.clone().or(master.map(str::to_owned));
            prop_assert_eq!(shown(&desk.db, desk.kevin).unwrap().mobile.map(|mobile| mobile.value), expected);
            if let (Some(newest), Some(clash)) = (&newest, desk.clash_list().first()) {
                prop_assert_eq!(clash.ours.as_str(), newest.as_str());
                prop_assert_eq!(clash.theirs.as_ref().map(|theirs| theirs.as_str()), master);
                prop_assert_ne!(Some(newest.as_str()), master);
            }
        }
        desk.assert_sound();
    }
}
