//! The queue on a desk whose store is played by a list of rows.

mod deeds;

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::shown::{Batch, Change, Fact, LeftOut, Line as Lane, Marked, Sign};
use crate::domain::text::SafeText;
use crate::domain::time::Micros;
use crate::domain::update::Status;
use crate::tui::model::Model;
use crate::tui::msg::{Effect, Msg, Write};
use crate::tui::testing::{NOW, desk, picture, press};
use crate::tui::update::update;

const PENDING: Option<Status> = Some(Status::Pending);

pub fn row(seq: i64) -> Row {
    let id = Uuid::from_u128(seq.unsigned_abs().into());
    Row {
        seq,
        id: UpdateId(id),
        customer: CustomerId(id),
        policy: SafeText::new(&format!("LIB/C{:04}", 7000 + seq % 3000)),
        name: SafeText::new("Anna Curepipe"),
        fields: vec![change("mobile", Some("+23057120001"), "+23058123456")],
        reason: "provided".to_owned(),
        agent: 24,
        agent_name: SafeText::new("David Brown"),
        at: Micros(NOW.0 - 3_600_000_000),
        status: "pending".to_owned(),
        upload: "uploaded".to_owned(),
        sign: Sign::Fine,
        batch: None,
    }
}

fn change(field: &str, old: Option<&str>, new: &str) -> Change {
    Change { field: field.to_owned(), old: old.map(SafeText::new), new: SafeText::new(new) }
}

/// What the store says: a page of at most a hundred in the order asked for.
fn answer(all: &[Row], read: &Read) -> Page {
    let Read::Queue { filter, after } = read else { panic!("{read:?}") };
    let fits = |row: &&Row| filter.status.is_none_or(|status| status.as_str() == row.status);
    let fitting = all.iter().filter(fits);
    let matching = i64::try_from(fitting.clone().count()).unwrap().min(MANY);
    let rows: Vec<Row> = if filter.newest_first {
        let before = after.unwrap_or(i64::MAX);
        fitting.rev().filter(|row| row.seq < before).take(crate::tui::widgets::run::PAGE).cloned().collect()
    } else {
        let from = after.unwrap_or(0);
        fitting.filter(|row| row.seq > from).take(crate::tui::widgets::run::PAGE).cloned().collect()
    };
    let counts = Counts { matching, pending: matching, not_uploaded: 0 };
    Page { rows, counts, open_batch: None }
}

/// Answers every question about the queue until none is open.
fn serve(model: &mut Model, effects: Vec<Effect>, all: &[Row]) -> Vec<Effect> {
    let mut rest = Vec::new();
    let mut open = effects;
    while !open.is_empty() {
        for effect in std::mem::take(&mut open) {
            match effect {
                Effect::Read(seq, read @ Read::Queue { .. }) => {
                    let page = Page { open_batch: Some((17, 12)), ..answer(all, &read) };
                    open.extend(update(model, Msg::Answer(seq, Answer::Queue(page))));
                }
                Effect::Read(seq, Read::Facts(_)) => {
                    open.extend(update(model, Msg::Answer(seq, Answer::Facts(Facts::default()))));
                }
                Effect::Read(seq, Read::Counts(_)) => {
                    let matching = i64::try_from(all.len()).unwrap();
                    let counts = Counts { matching, pending: matching, not_uploaded: 0 };
                    open.extend(update(model, Msg::Answer(seq, Answer::Counts(counts))));
                }
                Effect::Read(seq, Read::Clashes) => {
                    open.extend(update(model, Msg::Answer(seq, Answer::Clashes(0))));
                }
                Effect::Read(_, Read::State | Read::Lookup(_)) | Effect::KeepDrafts => {}
                other => rest.push(other),
            }
        }
    }
    rest
}

fn opened(role: Role, all: &[Row]) -> Model {
    let mut model = desk(role);
    let effects = press(&mut model, "Esc g u");
    serve(&mut model, effects, all);
    model
}

fn keys(model: &mut Model, all: &[Row], keys: &str) -> Vec<Effect> {
    let effects = press(model, keys);
    serve(model, effects, all)
}

fn screen(model: &Model) -> &UpdatesScreen {
    let found = model.stack.iter().find_map(|screen| match screen {
        Screen::Updates(screen) => Some(screen),
        _ => None,
    });
    found.unwrap()
}

fn chosen(model: &Model) -> Vec<i64> {
    screen(model).chosen.iter().copied().collect()
}

fn said(model: &Model) -> &str {
    model.log.last().map_or("", |toast| toast.text.as_str())
}

fn written(effects: &[Effect]) -> Vec<&Write> {
    let writes = effects.iter().filter_map(|effect| match effect {
        Effect::Write(_, write) => Some(write),
        _ => None,
    });
    writes.collect()
}

fn saving(effects: &[Effect]) -> Seq {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Write(seq, _) => Some(*seq),
            _ => None,
        })
        .unwrap()
}

fn reply(model: &mut Model, all: &[Row], seq: Seq, answer: Answer) {
    let effects = update(model, Msg::Answer(seq, answer));
    serve(model, effects, all);
}

fn refused(model: &mut Model, seq: Seq, why: &str) {
    let failure = Failure { why: why.to_owned(), field: None, blocked: false, stale: false };
    update(model, Msg::Failed(seq, failure));
}

/// The queue of the mock-up.
fn cast() -> Vec<Row> {
    let mut rows: Vec<Row> = (1..=45).map(row).collect();
    let mut set = |at: usize, policy: &str, name: &str, field: Change, reason: &str, sign: Sign| {
        let row = &mut rows[at];
        row.policy = SafeText::new(policy);
        row.name = SafeText::new(name);
        row.fields = vec![field];
        row.reason = reason.to_owned();
        row.sign = sign;
    };
    let kevin = change("email", Some("v.khanna@example.com"), "kevin@curepipe.example");
    set(0, "LIB/C7013", "Kevin Anderson Curepipe", kevin, "bounced", Sign::Fine);
    set(1, "LIB/C7020", "Anna Curepipe", change("mobile", None, "+23058123456"), "missing", Sign::Fine);
    let name = "Maheswaree-Devi Ramgoolam-Appadoo de Beau Bassin";
    let third = change("mobile", Some("+23058440019"), "+23058440010");
    set(2, "LIB/C8101", name, third, "incorrect", Sign::Several(2));
    set(3, "LIB/C9000", "王小明 陳大文", change("mobile", None, "+23057009988"), "requested", Sign::Fine);
    let clash = change("mobile", Some("+23057001100"), "+23057001122");
    set(4, "LIB/C9001", "علي بن محمد", clash, "provided", Sign::Clash);
    let oneil = change("email", None, "a.very.long.address+tag@mail.example.org");
    set(5, "LIB/C9777", "J. O'Neil 👩\u{200d}👩\u{200d}👧", oneil, "provided", Sign::NotUploaded);
    set(
        6,
        "LIB/C9778",
        "Paul\u{1b}[31m Appadoo",
        change("email", None, "p@example.org"),
        "other",
        Sign::Refused,
    );
    rows[7].fields.push(change("email", None, "anna@example.org"));
    rows[7].batch = Some(17);
    rows
}

fn facts_of_third() -> Facts {
    let fact = |seq, at: &str, agent: &str, old: &str, new: &str, notes: &str| Fact {
        seq,
        at: Micros::parse_rfc3339(at).unwrap(),
        agent_name: SafeText::new(agent),
        old: Some(SafeText::new(old)),
        new: SafeText::new(new),
        notes: SafeText::new(notes),
    };
    Facts {
        word: None,
        lines: vec![Lane {
            field: "mobile".to_owned(),
            facts: vec![
                fact(2, "2025-11-24T05:10:00Z", "Priya Nunkoo", "+23057120001", "+23058440019", ""),
                fact(
                    3,
                    "2025-11-24T07:02:00Z",
                    "David Brown",
                    "+23058440019",
                    "+23058440010",
                    "one digit wrong",
                ),
            ],
            master: Some(SafeText::new("+23057120001")),
            master_seen: Some(Micros(NOW.0 - 120_000_000)),
            clash: false,
        }],
    }
}

/// The mock-up's moment: three chosen, the cursor on the third.
fn mock_up() -> Model {
    let all = cast();
    let mut model = opened(Role::Admin, &all);
    keys(&mut model, &all, "Space j Space");
    let effects = press(&mut model, "j Space");
    let Some(Effect::Read(seq, Read::Facts(3))) = effects.first() else { panic!("{effects:?}") };
    update(&mut model, Msg::Answer(*seq, Answer::Facts(facts_of_third())));
    if let Some(Screen::Updates(screen)) = model.stack.last_mut() {
        screen.clashes = 3;
        screen.heads.as_mut().unwrap().counts.not_uploaded = 2;
    }
    model
}

#[test]
fn nic_89_the_queue_as_an_admin_sees_it() {
    let mut model = mock_up();
    for (width, height) in [(80, 24), (120, 40), (60, 20), (60, 16)] {
        insta::assert_snapshot!(format!("updates-{width}x{height}"), picture(&model, width, height));
    }
    press(&mut model, "s");
    insta::assert_snapshot!("updates-mark-80x24", picture(&model, 80, 24));
    press(&mut model, "Esc f");
    press(&mut model, "\"anna 01-20 nov\"");
    insta::assert_snapshot!("updates-filter-80x24", picture(&model, 80, 24));
}

/// With many updates a count takes longer than the next change is away.
#[test]
fn clashes_are_counted_behind_the_list_one_count_at_a_time() {
    let count = |effects: &[Effect]| {
        let counts = effects.iter().filter_map(|effect| match effect {
            Effect::Read(seq, Read::Clashes) => Some(*seq),
            _ => None,
        });
        counts.collect::<Vec<_>>()
    };
    let mut model = desk(Role::Admin);
    let first = count(&press(&mut model, "Esc g u"));
    assert_eq!(first.len(), 1);
    assert_eq!(count(&update(&mut model, Msg::Changed)), []);
    assert_eq!(count(&update(&mut model, Msg::Changed)), []);
    let next = count(&update(&mut model, Msg::Answer(first[0], Answer::Clashes(3))));
    assert_eq!((screen(&model).clashes, next.len()), (3, 1));
    assert_eq!(count(&update(&mut model, Msg::Answer(next[0], Answer::Clashes(2)))), []);
    assert_eq!(screen(&model).clashes, 2);
    // One that failed leaves the last one standing, and the next change counts again.
    let failed = count(&update(&mut model, Msg::Changed));
    let failure = Failure { why: "no".to_owned(), field: None, blocked: false, stale: true };
    assert_eq!(count(&update(&mut model, Msg::Failed(failed[0], failure))), []);
    assert_eq!((screen(&model).clashes, count(&update(&mut model, Msg::Changed)).len()), (2, 1));
}

#[test]
fn the_detail_says_what_the_master_says() {
    let mut model = mock_up();
    let mut show = |facts: Facts| {
        let Some(Screen::Updates(screen)) = model.stack.last_mut() else { panic!() };
        screen.facts = Some((3, facts));
        let shown = picture(&model, 80, 24);
        shown.lines().skip(15).take(5).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut facts = facts_of_third();
    let master = |facts: &mut Facts, value: Option<&str>| facts.lines[0].master = value.map(SafeText::new);
    master(&mut facts, Some("+23058440010"));
    assert_eq!(show(facts.clone())[3], "   in the master: 5844 0010, compared 14:30, the new value already");
    master(&mut facts, None);
    facts.lines[0].clash = true;
    assert_eq!(show(facts.clone())[3], "   in the master: nothing, compared 14:30, changed by somebody else");
    facts.lines[0].master_seen = None;
    assert_eq!(show(facts.clone())[3], "   not compared: no master feed");
    let old = facts.lines[0].facts[0].clone();
    facts.lines[0].facts.splice(0..0, [old.clone(), old.clone(), old]);
    assert_eq!(
        show(facts.clone())[1..],
        [
            "   3 earlier updates",
            "   24 Nov 09:10  Priya Nunkoo  5712 0001 -> 5844 0019",
            "   24 Nov 11:02  David Brown   5844 0019 -> 5844 0010  \"one digit wrong\"",
            "   not compared: no master feed",
        ]
    );
    let mut email = facts.lines[0].clone();
    email.field = "email".to_owned();
    facts.lines.push(email);
    assert_eq!(
        show(facts)[1..],
        [
            "   24 Nov 11:02  David Brown   mobile 5844 0019 -> 5844 0010  \"one digit wrong\"",
            "   not compared: no master feed",
            "   24 Nov 11:02  David Brown   e-mail 5844 0019 -> 5844 0010  \"one digit wrong\"",
            "   not compared: no master feed",
        ]
    );
}

#[test]
fn g21_nic_100_an_agent_sees_their_own_and_is_told_at_once_what_an_admin_does() {
    let all = cast();
    for (role, title) in [(Role::Agent, "Your contact updates"), (Role::Supervisor, "Contact updates")] {
        let mut model = opened(role, &all);
        assert!(picture(&model, 80, 24).lines().nth(1).unwrap().starts_with(title));
        keys(&mut model, &all, "Space");
        for key in ["x", "s", "h", "Del"] {
            let effects = keys(&mut model, &all, key);
            assert_eq!((effects, said(&model)), (vec![], "Only an admin may do this."), "{role:?} {key}");
            assert!(matches!(model.top(), Screen::Updates(_)));
            model.log.clear();
        }
    }
    insta::assert_snapshot!("updates-agent-80x24", picture(&opened(Role::Agent, &cast()), 80, 24));
}

#[test]
fn nothing_pending() {
    let mut model = opened(Role::Admin, &[]);
    insta::assert_snapshot!("updates-empty-80x24", picture(&model, 80, 24));
    for key in ["Space", "v", "j", "Enter", "y", "h", "Del", "End", "x"] {
        assert_eq!(keys(&mut model, &[], key), vec![], "{key}");
    }
    assert_eq!(said(&model), "Choose updates first: Space takes one, v a range, * all that match.");
    keys(&mut model, &[], "f \"held\" Enter");
    assert!(picture(&model, 80, 24).contains("Nothing matches. f changes the filter;"));
}

#[test]
fn choosing_and_letting_go() {
    let all: Vec<Row> = (1..=20).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    keys(&mut model, &all, "Space j Space j j");
    assert_eq!(chosen(&model), [1, 2]);
    keys(&mut model, &all, "v j j k");
    assert_eq!(chosen(&model), [1, 2, 4, 5]);
    keys(&mut model, &all, "v j j");
    assert_eq!(chosen(&model), [1, 2, 4, 5], "v ends it");
    keys(&mut model, &all, "v Home");
    assert_eq!(chosen(&model), [1, 2, 3, 4, 5, 6, 7]);
    keys(&mut model, &all, "Esc");
    assert_eq!(chosen(&model), [1, 2, 4, 5], "Esc lets go of the range only");
    keys(&mut model, &all, "Space");
    assert_eq!(chosen(&model), [2, 4, 5], "Space on a chosen one lets it go");
    keys(&mut model, &all, "Esc");
    assert_eq!((chosen(&model), said(&model)), (vec![], "3 not chosen any more. Esc goes back."));
    keys(&mut model, &all, "Esc");
    assert!(matches!(model.top(), Screen::Lookup(_)));
}

#[test]
fn a_range_keeps_what_it_took_over_refreshes_and_far_pages() {
    let all: Vec<Row> = (1..=900).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    keys(&mut model, &all, "v");
    for _ in 0..100 {
        keys(&mut model, &all, "PgDn");
    }
    let effects = update(&mut model, Msg::Changed);
    serve(&mut model, effects, &all);
    assert_eq!(chosen(&model), (1..=801).collect::<Vec<_>>());
    keys(&mut model, &all, "PgUp");
    assert_eq!(chosen(&model), (1..=793).collect::<Vec<_>>());
}

#[test]
fn what_is_chosen_outlives_refreshes_other_filters_and_the_card() {
    let mut all: Vec<Row> = (1..=20).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    keys(&mut model, &all, "j Space j j Space");
    let here = screen(&model).here().unwrap().seq;
    all[1].status = "synced".to_owned();
    all.push(row(21));
    let effects = update(&mut model, Msg::Changed);
    serve(&mut model, effects, &all);
    assert_eq!((chosen(&model), screen(&model).here().unwrap().seq), (vec![2, 4], here));
    let effects = press(&mut model, "Enter");
    assert!(matches!(model.top(), Screen::Card(card) if card.id == all[3].customer), "{effects:?}");
    keys(&mut model, &all, "Esc f \"synced\" Enter");
    assert_eq!(screen(&model).here().unwrap().seq, 2);
    assert_eq!(chosen(&model), [2, 4]);
    assert!(picture(&model, 80, 24).contains(" 2 chosen. x makes a batch;"));
}

#[test]
fn all_that_match_are_counted_back_and_frozen() {
    let all: Vec<Row> = (1..=45).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    let effects = keys(&mut model, &all, "*");
    let [Effect::Read(seq, Read::Matching(filter))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*filter, QueueFilter { status: PENDING, ..QueueFilter::default() });
    reply(&mut model, &all, *seq, Answer::Matching((1..=45).collect()));
    assert!(picture(&model, 80, 24).contains("Choose all 45 that match?"));
    let mut more = all.clone();
    more.push(row(46));
    keys(&mut model, &more, "Enter");
    assert_eq!(chosen(&model), (1..=45).collect::<Vec<_>>());
    let effects = keys(&mut model, &all, "*");
    let [Effect::Read(seq, _)] = &effects[..] else { panic!("{effects:?}") };
    reply(&mut model, &all, *seq, Answer::Matching(vec![]));
    assert_eq!(said(&model), "Nothing matches the filter, so there is nothing to choose.");
}

#[test]
fn nic_90_a_wrong_word_is_named_and_the_line_is_kept() {
    let all: Vec<Row> = (1..=9).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    assert_eq!(keys(&mut model, &all, "f \"31 nov\" Enter"), vec![]);
    assert!(said(&model).starts_with("\"31 nov\" is no day; write today"), "{}", said(&model));
    assert_eq!(screen(&model).filter, filter::standard());
    let effects = press(&mut model, "f Backspace Backspace Backspace Backspace Backspace Backspace \"0 nov");
    assert_eq!(effects, vec![]);
    let effects = press(&mut model, "Ctrl+U \"01-20 nov anna newest first\" Enter");
    let [Effect::Read(_, Read::Queue { filter, after: None })] = &effects[..] else { panic!("{effects:?}") };
    let day = |text: &str| Micros::parse_rfc3339(&format!("{text}T00:00:00+04:00"));
    let wanted = QueueFilter {
        upload: None,
        reason: None,
        status: PENDING,
        from: day("2025-11-01"),
        before: day("2025-11-21"),
        agent: None,
        find: Some("anna".to_owned()),
        newest_first: true,
    };
    assert_eq!(*filter, wanted);
}

#[test]
fn nic_100_an_agent_asks_for_nobody_else() {
    let all: Vec<Row> = (1..=9).map(row).collect();
    let mut model = opened(Role::Agent, &all);
    assert_eq!(keys(&mut model, &all, "f \"#7\" Enter"), vec![]);
    assert!(said(&model).starts_with("these are your own updates"), "{}", said(&model));
}

#[test]
fn answers_that_are_no_longer_asked_for_are_ignored() {
    let all: Vec<Row> = (1..=30).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    keys(&mut model, &all, "j Space");
    let before = screen(&model).clone();
    let stale = Failure { why: "newer".to_owned(), field: None, blocked: false, stale: true };
    for answer in [
        Answer::Queue(Page::default()),
        Answer::Facts(facts_of_third()),
        Answer::Matching(vec![1, 2]),
        Answer::Marked(Marked::default()),
        Answer::Saved,
    ] {
        assert_eq!(update(&mut model, Msg::Answer(Seq(9999), answer)), vec![]);
    }
    update(&mut model, Msg::Failed(Seq(9999), stale));
    assert_eq!((screen(&model), said(&model)), (&before, ""));
}

#[test]
fn nic_96_a_hundred_thousand_are_walked_without_having_them() {
    let all: Vec<Row> = (1..=100_000).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    assert!(picture(&model, 80, 24).contains("1-9 of 100,000"));
    keys(&mut model, &all, "End");
    assert_eq!(screen(&model).here().unwrap().seq, 100_000);
    assert!(picture(&model, 80, 24).contains("of 100,000"));
    keys(&mut model, &all, "PgUp PgUp v PgUp PgUp v");
    assert_eq!(chosen(&model), (99_968..=99_984).collect::<Vec<_>>());
    // A range does not leave what is in memory: what it takes has been seen.
    keys(&mut model, &all, "Home Home v End");
    let taken = chosen(&model).into_iter().collect::<BTreeSet<i64>>();
    assert!(taken.contains(&100) && !taken.contains(&5000));
}

#[test]
fn copying_asks_which_of_two() {
    let all = cast();
    let mut model = opened(Role::Supervisor, &all);
    let copied = |effects: &[Effect]| {
        let value = effects.iter().find_map(|effect| match effect {
            Effect::Copy(body) => Some(body.as_str().to_owned()),
            _ => None,
        });
        value.unwrap_or_default()
    };
    assert_eq!(copied(&keys(&mut model, &all, "y")), "kevin@curepipe.example");
    assert_eq!(copied(&keys(&mut model, &all, "j j j j j j j y")), "");
    assert!(picture(&model, 80, 24).contains("Copy which?"));
    assert_eq!(copied(&keys(&mut model, &all, "j Enter")), "anna@example.org");
}

/// NIC-106: a list does not wait for a million to be counted.
#[test]
fn nic_106_many_are_said_to_be_many_until_they_are_counted() {
    let all: Vec<Row> = (1..=12_000).map(row).collect();
    let mut model = desk(Role::Admin);
    let effects = press(&mut model, "Esc g u");
    let asked = |effects: &[Effect], wanted: fn(&Read) -> bool| {
        let found = effects.iter().find_map(|effect| match effect {
            Effect::Read(seq, read) if wanted(read) => Some((*seq, read.clone())),
            _ => None,
        });
        found.unwrap()
    };
    let (seq, read) = asked(&effects, |read| matches!(read, Read::Queue { .. }));
    let effects = update(&mut model, Msg::Answer(seq, Answer::Queue(answer(&all, &read))));
    assert!(picture(&model, 80, 24).contains("1-9 of 10,000+"), "{}", picture(&model, 80, 24));
    let (seq, _) = asked(&effects, |read| matches!(read, Read::Counts(_)));
    let counts = Counts { matching: 12_000, pending: 12_000, not_uploaded: 0 };
    update(&mut model, Msg::Answer(seq, Answer::Counts(counts)));
    assert!(picture(&model, 80, 24).contains("1-9 of 12,000"), "{}", picture(&model, 80, 24));
}
