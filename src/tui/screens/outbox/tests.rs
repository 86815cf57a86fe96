//! The outbox: its sentences, its questions, its pictures.

use super::*;
use crate::domain::role::Role;
use crate::domain::shown::{State as Heads, Undone};
use crate::tui::model::Model;
use crate::tui::msg::{Effect, Msg};
use crate::tui::testing::{NOW, OFFSET, actor, desk, picture, press, settings};
use crate::tui::update::update;

fn job(seq: i64, kind: &str, state: State) -> Job {
    Job {
        seq,
        kind: kind.to_owned(),
        state: state.as_str().to_owned(),
        name: SafeText::new("Kevin Anderson Curepipe"),
        about: SafeText::new(if kind == "text" { "+23057372333" } else { "mobile and email" }),
        not_before: NOW,
        attempts: 0,
        reason: SafeText::new(""),
        behind: None,
        at: Micros(NOW.0 - 120_000_000),
        mine: true,
    }
}

fn later(secs: i64) -> Micros {
    Micros(NOW.0 + secs * 1_000_000)
}

#[test]
fn every_state_is_a_sentence() {
    use State::*;
    let why = |reason: &str, job: Job| Job { reason: SafeText::new(reason), ..job };
    let at = |secs: i64, job: Job| Job { not_before: later(secs), ..job };
    let tried = |job: Job| Job { attempts: 2, ..job };
    let text = |state| job(1, "text", state);
    let online = Heads::default();
    let offline = Heads { offline: Some(NOW), ..Heads::default() };
    let no_texting = Heads { no_texting: Some("no account".to_owned()), ..Heads::default() };
    let no_upload = Heads { no_upload: Some("no token".to_owned()), ..Heads::default() };
    let table = [
        (&online, at(4, text(Waiting)), "sends in 4 s"),
        (&online, at(4, job(1, "update", Waiting)), "uploads in 4 s"),
        (&online, text(Waiting), "sends next"),
        (&online, job(1, "mark", Waiting), "uploads next"),
        (&online, Job { behind: Some(12), ..at(4, text(Waiting)) }, "waits behind line 12"),
        (&offline, Job { behind: Some(12), ..text(Waiting) }, "waits behind line 12"),
        (&offline, at(4, text(Waiting)), "waits for network"),
        (&no_texting, at(4, text(Waiting)), "waits: texting is not set up"),
        (&no_texting, job(1, "update", Waiting), "uploads next"),
        (&no_upload, job(1, "mark", Waiting), "waits: uploading is not set up"),
        (&online, at(3600 * 17, why("quiet hours", text(Waiting))), "waits: quiet hours, till 29 Nov 07:32"),
        (&online, at(3600, text(Waiting)), "waits till 15:32"),
        (&online, at(12, tried(why("no connection", text(Waiting)))), "tries again in 12 s: no connection"),
        (&online, at(600, tried(why("busy", text(Waiting)))), "tries again till 14:42: busy"),
        (&online, text(Claimed), "sending"),
        (&online, job(1, "update", InFlight), "uploading"),
        (&online, text(Accepted), "sent"),
        (&online, job(1, "mark", Accepted), "uploaded"),
        (&online, text(Ambiguous), "not confirmed: being looked up"),
        (&online, text(Unconfirmed), "not confirmed: may have arrived"),
        (&online, why("21211 invalid number", text(Rejected)), "failed: 21211 invalid number"),
        (&online, text(Rejected), "failed"),
        (&online, why("killed three times", text(Parked)), "set aside, a person decides: killed three times"),
        (&online, why("the customer said no", text(Canceled)), "canceled: the customer said no"),
        (&online, why("wrong number", text(Discarded)), "thrown away: wrong number"),
        (&online, why("it waited too long", text(Expired)), "too late: it waited too long"),
        (&online, Job { state: "new".to_owned(), ..text(Waiting) }, "new"),
    ];
    let (settings, me) = (settings(), actor(Role::Agent));
    for (state, job, said) in table {
        let theme = settings.theme;
        let look = Look { settings: &settings, theme, now: NOW, offset: OFFSET, me: &me, state, wide: false };
        assert_eq!(sentence(&job, &look), said);
    }
}

fn cast() -> Vec<Job> {
    let mut jobs = vec![
        Job { not_before: later(4), ..job(41, "text", State::Waiting) },
        Job { behind: Some(41), mine: false, ..job(42, "text", State::Waiting) },
        job(43, "update", State::InFlight),
        Job { attempts: 1, ..job(44, "text", State::Unconfirmed) },
        job(45, "mark", State::Parked),
        Job { attempts: 3, ..job(46, "update", State::Rejected) },
        job(47, "text", State::Accepted),
    ];
    jobs[1].name = SafeText::new("王小明 陳大文 and a name that is much longer than any column");
    jobs[2].name = SafeText::new("علي بن محمد");
    jobs[3].name = SafeText::new("Zoë 👩\u{200d}👩\u{200d}👧\u{1b}[31m");
    jobs[4].reason =
        SafeText::new("it was under way each of the three times the sync was killed; look at it, then retry");
    jobs[5].reason = SafeText::new("422 the upstream knows no customer of this number");
    jobs
}

fn opened(role: Role, jobs: &[Job]) -> Model {
    let mut model = desk(role);
    let effects = press(&mut model, "Esc g o");
    shown(&mut model, &effects, jobs);
    model
}

fn shown(model: &mut Model, effects: &[Effect], jobs: &[Job]) {
    let Some(Effect::Read(seq, Read::Outbox { .. })) = effects.last() else { panic!("{effects:?}") };
    update(model, Msg::Answer(*seq, Answer::Outbox(jobs.to_vec())));
}

fn screen(model: &Model) -> &OutboxScreen {
    match model.top() {
        Screen::Outbox(screen) => screen,
        other => panic!("{other:?}"),
    }
}

fn said(model: &Model) -> &str {
    model.log.last().map_or("", |toast| toast.text.as_str())
}

#[test]
fn the_outbox_in_pictures() {
    let mut model = opened(Role::Agent, &cast());
    press(&mut model, "j j j");
    for (width, height) in [(80, 24), (120, 40), (60, 16)] {
        insta::assert_snapshot!(format!("outbox-{width}x{height}"), picture(&model, width, height));
    }
    press(&mut model, "j Enter");
    insta::assert_snapshot!("outbox-retry-80x24", picture(&model, 80, 24));
    insta::assert_snapshot!("outbox-empty-80x24", picture(&opened(Role::Agent, &[]), 80, 24));
    let mut model = opened(Role::Agent, &cast()[..2]);
    let missing = "TWILIO_ACCOUNT_SID is not set: put it in the environment, or save it with `cordboard \
                   secret set TWILIO_ACCOUNT_SID`";
    model.state.no_texting = Some(missing.to_owned());
    insta::assert_snapshot!("outbox-not-set-up-80x24", picture(&model, 80, 24));
    model.settings.upstream = false;
    assert_eq!(
        picture(&model, 80, 24).lines().next().unwrap().split("   ").next(),
        Some("NOT SET UP TO TEXT")
    );
    model.state = Heads { refused: Some("twilio: 401: no such account".to_owned()), ..Heads::default() };
    let refused = picture(&model, 80, 24);
    assert!(refused.starts_with("REFUSED  "), "{refused}");
    assert!(refused.contains(" The credentials are refused. twilio: 401: no such account."), "{refused}");
}

#[test]
fn trying_again_names_the_line_and_asks_for_a_reason_where_a_person_decides() {
    let mut model = opened(Role::Supervisor, &cast());
    assert_eq!(press(&mut model, "End k Enter"), vec![]);
    let picture = picture(&model, 80, 24);
    for words in [
        "Try line 46 again?",
        "update of Kevin Anderson Curepipe: mobile and e-mail",
        "Last time: 422 the upstream",
    ] {
        assert!(picture.contains(words), "{words}");
    }
    let effects = press(&mut model, "Enter");
    let [Effect::Write(seq, write)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*write, Write::Retry { seq: 46, reason: String::new() });
    let effects = update(&mut model, Msg::Answer(*seq, Answer::Saved));
    assert_eq!(said(&model), "Line 46 is tried again.");
    shown(&mut model, &effects, &cast()[..5]);
    assert_eq!(screen(&model).here().map(|job| job.seq), Some(45));

    press(&mut model, "k Enter Enter");
    assert_eq!(said(&model), "Not sent again: a reason is needed.");
    press(&mut model, "Enter \"she did not get it\" Enter");
    let effects = press(&mut model, "Enter");
    let [Effect::Write(seq, write)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*write, Write::Retry { seq: 44, reason: "she did not get it".to_owned() });
    let why = "line 44 was tried again already: see line 48".to_owned();
    update(&mut model, Msg::Failed(*seq, Failure { why, field: None, blocked: false, stale: false }));
    assert_eq!(said(&model), "line 44 was tried again already: see line 48");
    assert_eq!(screen(&model).deed, None);
}

#[test]
fn throwing_away_needs_a_reason_and_keeps_to_its_line() {
    let mut model = opened(Role::Admin, &cast());
    press(&mut model, "Del Enter");
    assert_eq!(said(&model), "Not thrown away: a reason is needed.");
    press(&mut model, "Del");
    let effects = update(&mut model, Msg::Changed);
    shown(&mut model, &effects, &cast()[1..]);
    let effects = press(&mut model, "\"twice\" Enter");
    let [Effect::Write(_, write)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*write, Write::Discard { seq: 41, reason: "twice".to_owned() });
    assert_eq!(screen(&model).here().map(|job| job.seq), Some(42));
}

#[test]
fn what_cannot_be_done_is_said_at_once() {
    let mut model = opened(Role::Agent, &cast());
    for (keys, why) in [
        ("Enter", "It is still on its way: it leaves by itself as soon as it can."),
        ("j Del", "This belongs to somebody else; ask them, a supervisor or an admin."),
        ("j Del", "It has begun to leave and cannot be thrown away now."),
        (
            "j Enter",
            "It may already have arrived; a supervisor or an admin can send it again, with a reason.",
        ),
        ("End Enter", "It has left: there is nothing to try again."),
        ("Del", "It is settled already: there is nothing to throw away."),
    ] {
        assert_eq!(press(&mut model, keys), vec![], "{keys}");
        assert_eq!(said(&model), why);
        assert!(matches!(model.top(), Screen::Outbox(_)));
    }
}

#[test]
fn f_shows_what_is_settled_and_seconds_are_counted() {
    let mut model = opened(Role::Agent, &cast()[..1]);
    assert!(screen(&model).is_restless(NOW) && !screen(&model).is_restless(later(4)));
    let effects = press(&mut model, "f");
    assert!(matches!(effects[..], [Effect::Read(_, Read::Outbox { settled: true })]));
    shown(&mut model, &effects, &[]);
    assert!(picture(&model, 80, 24).contains("Nothing was ever put in."));
    let effects = press(&mut model, "f");
    assert!(matches!(effects[..], [Effect::Read(_, Read::Outbox { settled: false })]));
    let before = screen(&model).clone();
    update(&mut model, Msg::Answer(Seq(9999), Answer::Outbox(cast())));
    let stale = Failure { why: "newer".to_owned(), field: None, blocked: false, stale: true };
    update(&mut model, Msg::Failed(before.asked, stale));
    assert_eq!((screen(&model), said(&model)), (&before, ""));
}

#[test]
fn ten_thousand_lines_are_drawn_by_the_window() {
    let jobs: Vec<Job> = (1..=10_000).map(|seq| job(seq, "text", State::Waiting)).collect();
    let mut model = opened(Role::Agent, &jobs);
    press(&mut model, "End");
    assert!(picture(&model, 80, 24).contains("10000  text"));
    update(&mut model, Msg::Tick(later(1), OFFSET));
    assert!(picture(&model, 80, 24).contains("sends next"));
}

/// TWS-92: a text that waits is moved, or goes back into its composer.
#[test]
fn tws_92_a_text_that_waits_is_moved_or_edited() {
    let mut mine = job(7, "text", State::Waiting);
    mine.mine = true;
    mine.reason = SafeText::new("chosen for Sat 29 Nov 09:00");
    mine.not_before = later(20 * 3600);
    let mut model = opened(Role::Agent, &[mine.clone(), job(8, "update", State::Waiting)]);
    insta::assert_snapshot!("outbox-later-80x24", picture(&model, 80, 24));
    let effects = press(&mut model, "F6 \"fri 10\" Enter");
    let [Effect::Write(seq, write)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*write, Write::Reschedule { seq: 7, words: "fri 10".to_owned() });
    update(&mut model, Msg::Answer(*seq, Answer::Queued(later(9))));
    assert_eq!(said(&model), "Line 7 is moved.");
    let effects = press(&mut model, "e");
    let [Effect::Write(seq, write)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*write, Write::TakeBack { seq: 7, kind: "text".to_owned() });
    let undone =
        Undone { kind: "text".to_owned(), customer: None, name: SafeText::default(), body: "x".to_owned() };
    update(&mut model, Msg::Answer(*seq, Answer::Undone(undone)));
    assert!(matches!(model.top(), Screen::Text(_)));

    let mut model = opened(Role::Agent, &[job(8, "update", State::Waiting)]);
    assert_eq!(press(&mut model, "F6"), []);
    assert_eq!(said(&model), "Only a text that still waits can be changed.");
}
