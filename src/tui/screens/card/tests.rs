//! The card: what an agent reads before speaking, and what each key makes of it.

pub(in crate::tui) mod cast;

use uuid::Uuid;

use super::*;
use crate::domain::consent::Purpose;
use crate::domain::ids::NoteId;
use crate::domain::shown::{Compared, Consent, Proof, State, Why};
use crate::domain::text::Body;
use crate::tui::model::{Model, Toast};
use crate::tui::msg::{Failure, Msg};
use crate::tui::saving::handed_over;
use crate::tui::screens::form::tests::kevin;
use crate::tui::screens::lookup;
use crate::tui::testing::{NOW, picture, press};
use crate::tui::update::{open, update};

use cast::{ago, captured, change, days, note, other, point, text};
pub use cast::{card, history};

/// Kevin's card over the look-up that led to it, all answered.
pub fn opened() -> Model {
    opened_on(&card(), &history())
}

fn opened_on(card: &Card, entries: &[Entry]) -> Model {
    let mut model = lookup::tests::found(&[("2333", lookup::tests::cast())]);
    let mut effects = Vec::new();
    open(&mut model, Screen::Card(CardScreen::new(card.id, None)), &mut effects);
    for effect in effects {
        let answer = match &effect {
            Effect::Read(seq, Read::Card(_)) => Msg::Answer(*seq, Answer::Card(Box::new(card.clone()))),
            Effect::Read(seq, Read::Timeline { .. }) => {
                Msg::Answer(*seq, Answer::Timeline(entries.to_owned()))
            }
            _ => continue,
        };
        update(&mut model, answer);
    }
    model
}

fn screen(model: &Model) -> &CardScreen {
    let found = model.stack.iter().find_map(|screen| match screen {
        Screen::Card(card) => Some(card),
        _ => None,
    });
    found.unwrap()
}

/// The desk before, but for this card, these questions and these sentences.
fn with(before: &Model, card: CardScreen, asked: u64, said: &[(Tone, &str)]) -> Model {
    let mut model = before.clone();
    *model.stack.last_mut().unwrap() = Screen::Card(card);
    model.seq += asked;
    model.unheard = said.len();
    model.log.extend(said.iter().map(|(tone, text)| Toast {
        tone: *tone,
        text: (*text).to_owned(),
        at: NOW,
    }));
    model
}

#[test]
fn nic_19_to_28_upz_48_the_card_in_pictures() {
    let model = opened();
    for (width, height) in [(80, 24), (120, 40), (60, 20)] {
        insta::assert_snapshot!(format!("card-{width}x{height}"), picture(&model, width, height));
    }
}

/// NIC-125: neither mobile nor e-mail, nothing ever happened.
#[test]
fn nic_125_an_empty_card() {
    let empty = Card {
        company: SafeText::default(),
        payment: SafeText::default(),
        due: SafeText::default(),
        timezone: String::new(),
        tags: Vec::new(),
        mobile: None,
        email: None,
        others: Vec::new(),
        consent: None,
        pin: None,
        shared: 0,
        industry: String::new(),
        values: Vec::new(),
        ..card()
    };
    let model = opened_on(&empty, &[]);
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("card-empty-{width}x{height}"), picture(&model, width, height));
    }
}

#[test]
fn tws_52_who_said_stop() {
    let why = "the customer texted STOP on 2025-11-26; only their own START opens this number again";
    let stopped = Card {
        mobile: Some(point("+23057372333", Proof::Good, "text delivered", days(31))),
        email: Some(point("kevin@curepipe.example", Proof::Unknown, "", NOW)),
        others: Vec::new(),
        consent: Some(Consent::No { since: days(2), why: why.to_owned(), stopped: true }),
        pin: None,
        shared: 1,
        industry: String::new(),
        values: Vec::new(),
        ..card()
    };
    let entries = vec![
        text(22, days(1), "canceled", "Your QR code is on its way."),
        text(21, days(2), "received", "STOP"),
        text(20, days(2), "unconfirmed", "Your QR code for LIB/C7013 is ready."),
    ];
    let model = opened_on(&stopped, &entries);
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("card-stop-{width}x{height}"), picture(&model, width, height));
    }
}

#[test]
fn the_filter_who_and_the_card_of_earlier() {
    for (name, keys) in [
        ("card-updates", "f f Tab Down"),
        ("card-who", "b"),
        ("card-who-email", "Down b"),
        ("card-before", "[ ["),
        ("card-timeline", "Tab End"),
    ] {
        let mut model = opened();
        press(&mut model, keys);
        for (width, height) in [(80, 24), (120, 40)] {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture(&model, width, height));
        }
    }
}

/// `b` speaks of the value that is shown, also of one of before.
#[test]
fn who_tells_the_evidence_and_follows_the_card_back_in_time() {
    let why = card().mobile.and_then(|mobile| mobile.why).unwrap();
    let why = Why {
        verified_by: SafeText::new("date of birth"),
        read_back: true,
        doubt: SafeText::new("6 other customers have this mobile"),
        ..why
    };
    let mobile = card().mobile.map(|mobile| Point { why: Some(why), ..mobile });
    let noted = Card { mobile, ..card() };
    for (keys, said) in [
        ("b", "caller identified by date of birth"),
        ("b", "read back to the caller"),
        // NIC-138.
        ("", " CHECK 5737 2333: 6 other customers have this mobile. Is it right?"),
        ("[ b", "Mobile: Priya Nunkoo 02 Mar"),
        ("[ b", "Current contact is incorrect"),
        ("[ [ b", "Mobile as the master had it"),
        ("Down [ b", "was kevin@old-mail.example"),
    ] {
        let mut model = opened_on(&noted, &history());
        press(&mut model, keys);
        let drawn = picture(&model, 80, 24);
        assert!(drawn.contains(said), "{keys}\n{drawn}");
    }
}

/// NIC-126: names of 255 cells, in other scripts and with bytes that mean harm, move no column.
#[test]
fn nic_126_hostile_names_move_no_column() {
    let long = format!("{} \u{1b}[31m\u{202e}evil\u{7} علي بن محمد", "王小明".repeat(40));
    let hostile = Card {
        name: SafeText::new(&long),
        company: SafeText::new(&"株式会社".repeat(60)),
        policy: SafeText::new(&"LIB/C".repeat(50)),
        payment: SafeText::new("paid\u{9b}2J"),
        due: SafeText::new("MUR 999,999,999,999,999.00"),
        tags: vec![SafeText::new(&"标签".repeat(60)), SafeText::new("שרה")],
        mobile: Some(point("+23057372333", Proof::Bad, &"30005 ".repeat(40), days(2))),
        email: Some(point(&format!("{}@example.com", "é".repeat(240)), Proof::Good, "", days(2))),
        others: vec![(SafeText::new(&"家".repeat(30)), SafeText::new(&"9".repeat(60)))],
        pin: Some((NoteId(Uuid::from_u128(1)), SafeText::multiline(&"ע\u{202e}רים\n".repeat(60)))),
        shared: 100,
        industry: String::new(),
        values: Vec::new(),
        ..card()
    };
    let entries = vec![
        note(3, ago(1), &format!("{}\u{1b}]0;x\u{7}", "👩\u{200d}👩\u{200d}👧 ".repeat(40)), true),
        captured(
            2,
            days(3),
            vec![change("email", Some(&"a".repeat(250)), &format!("{}@example.com", "b".repeat(240)))],
            "other",
            &"王".repeat(500),
            "rejected",
        ),
        text(1, days(4), "weird\u{1b}[2J", &"سلام ".repeat(60)),
        other(0, days(5), "mail\u{1b}[31m"),
    ];
    let model = opened_on(&hostile, &entries);
    for (width, height) in [(80, 24), (120, 40), (60, 20)] {
        insta::assert_snapshot!(format!("card-hostile-{width}x{height}"), picture(&model, width, height));
    }
}

#[test]
fn enter_opens_with_what_the_preview_knew_and_asks_for_the_rest() {
    let before = lookup::tests::found(&[("2333", lookup::tests::cast())]);
    let mut model = before.clone();
    let effects = press(&mut model, "Enter");
    let read = |n: u64, what: Read| Effect::Read(Seq(before.seq + n), what);
    assert_eq!(
        effects,
        [
            Effect::Write(Seq(before.seq + 1), Write::Opened(kevin())),
            Effect::Doing(Some(kevin()), "viewing"),
            read(2, Read::Card(kevin())),
            read(3, Read::Timeline { of: kevin(), before: None }),
            read(4, Read::Drafts),
            read(5, Read::Others(kevin())),
        ]
    );
    let shown = CardScreen {
        waiting: Seq(before.seq + 2),
        waiting_entries: Seq(before.seq + 3),
        waiting_drafts: Seq(before.seq + 4),
        waiting_others: Seq(before.seq + 5),
        ..CardScreen::new(kevin(), Some((Box::new(card()), history())))
    };
    let mut after = before;
    after.seq += 5;
    after.stack.push(Screen::Card(shown));
    assert_eq!(model, after);
}

#[test]
fn each_key_changes_what_it_says_and_nothing_else() {
    let before = opened();
    let shown = screen(&before).clone();
    let asked = |n: u64| Seq(before.seq + n);
    let pin =
        |note: Option<u128>| Write::Pin { customer: kevin(), note: note.map(|n| NoteId(Uuid::from_u128(n))) };
    let copied = |text: &str| vec![Effect::Copy(Body(text.to_owned()))];
    let sent = [(Tone::Note, "Sent to your terminal's clipboard.")];
    let timeline = |chosen: usize| CardScreen { pane: Pane::Timeline, chosen, ..shown.clone() };
    for (keys, after, effects, said) in [
        ("b", CardScreen { who: true, ..shown.clone() }, vec![], &[][..]),
        ("b b", shown.clone(), vec![], &[]),
        ("b Esc", shown.clone(), vec![Effect::KeepDrafts], &[]),
        ("Down", CardScreen { field: Field::Email, ..shown.clone() }, vec![], &[]),
        ("End Up", shown.clone(), vec![], &[]),
        (
            "Down y",
            CardScreen { field: Field::Email, ..shown.clone() },
            copied("v.khanna@example.com"),
            &sent,
        ),
        ("y", shown.clone(), copied("+23057372333"), &sent),
        ("Tab Down j", timeline(2), vec![], &[]),
        ("PgDn", timeline(8), vec![], &[]),
        ("Tab End Down", timeline(10), vec![], &[]),
        ("Tab Shift+Tab", shown.clone(), vec![], &[]),
        ("Tab y", timeline(0), copied("Your QR code is on its way."), &sent),
        ("Tab j j y", timeline(2), copied("+23057372333"), &sent),
        ("f", CardScreen { show: Show::Texts, ..shown.clone() }, vec![], &[]),
        ("f f f", CardScreen { show: Show::Notes, ..shown.clone() }, vec![], &[]),
        ("Tab j f f f f", timeline(0), vec![], &[]),
        ("[", CardScreen { back: 1, ..shown.clone() }, vec![], &[]),
        ("[ [ ]", CardScreen { back: 1, ..shown.clone() }, vec![], &[]),
        ("[ Esc", shown.clone(), vec![Effect::KeepDrafts], &[]),
        (
            "[ [ [",
            CardScreen { back: 2, ..shown.clone() },
            vec![],
            &[(Tone::Note, "This is as far back as the card goes.")],
        ),
        ("]", shown.clone(), vec![], &[(Tone::Note, "This is the card of today.")]),
        (
            "p",
            CardScreen { saving: asked(1), saved: "Not pinned any more.", ..shown.clone() },
            vec![Effect::Write(asked(1), pin(None))],
            &[],
        ),
        (
            "Tab End Up p",
            CardScreen { saving: asked(1), saved: "Pinned: it stays in sight.", ..timeline(9) },
            vec![Effect::Write(asked(1), pin(Some(10)))],
            &[],
        ),
    ] {
        let mut model = before.clone();
        assert_eq!(press(&mut model, keys), effects, "{keys}");
        let asked = effects.iter().filter(|effect| matches!(effect, Effect::Write(..))).count();
        let mut expected = with(&before, after, asked as u64, said);
        handed_over(&mut expected, before.stack.len() - 1, &effects);
        assert_eq!(model, expected, "{keys}");
    }
}

#[test]
fn g23_do_not_text_asks_which_and_writes_it_before_it_says_so() {
    let before = opened();
    let shown = screen(&before).clone();
    for (keys, purposes) in [
        ("! Enter", Purpose::ALL.to_vec()),
        ("! Down Enter", vec![Purpose::Service]),
        ("! Down Tab j Down Up Down Enter", vec![Purpose::Marketing]),
    ] {
        let mut model = before.clone();
        let effects = press(&mut model, keys);
        let saving = Seq(before.seq + 1);
        let number = "+23057372333".to_owned();
        assert_eq!(
            effects,
            [Effect::Write(saving, Write::VoiceNo { number, customer: Some(kevin()), purposes })],
            "{keys}"
        );
        let saved = "Written down: those texts are not sent any more. u within 5 s if it was a slip.";
        let waits = CardScreen { saving, saved, ..shown.clone() };
        let mut expected = with(&before, waits.clone(), 1, &[]);
        handed_over(&mut expected, before.stack.len() - 1, &effects);
        assert_eq!(model, expected, "{keys}");
        let why = "The disk is full. Nothing was changed.";
        let failure = Failure { why: why.to_owned(), field: None, blocked: false, stale: false };
        let mut refused = model.clone();
        assert_eq!(update(&mut refused, Msg::Failed(saving, failure)), []);
        assert_eq!(refused, with(&before, waits, 1, &[(Tone::Bad, why)]));
        update(&mut model, Msg::Answer(saving, Answer::Saved));
        assert_eq!(model.log, [Toast { tone: Tone::Good, text: saved.to_owned(), at: NOW }]);
    }
    let mut model = before.clone();
    assert_eq!(press(&mut model, "! Esc"), [Effect::KeepDrafts]);
    assert_eq!(model, before);
}

#[test]
fn without_a_mobile_a_note_or_a_value_the_keys_say_so() {
    let bare = Card { mobile: None, email: None, pin: None, ..card() };
    let before = opened_on(&bare, &[other(9, days(400), "meeting")]);
    let shown = screen(&before).clone();
    for (keys, said) in [
        ("!", "There is no mobile on this card to close."),
        ("p", "There is no note to pin: n writes one."),
        ("y", "There is nothing to copy here."),
        ("b", "There is nothing on file here, so nobody put it there."),
        ("[", "This is as far back as the card goes."),
    ] {
        let mut model = before.clone();
        assert_eq!(press(&mut model, keys), [], "{keys}");
        assert_eq!(model, with(&before, shown.clone(), 0, &[(Tone::Note, said)]), "{keys}");
    }
}

/// A page of the timeline: `newest` and the ninety-nine before it.
fn page(newest: i64) -> Vec<Entry> {
    let captured = |seq| {
        let mobile = vec![change("mobile", Some("+23057120001"), "+23058123456")];
        captured(seq, days(1), mobile, "other", "", "synced")
    };
    (0..100)
        .map(
            |back| {
                if back % 2 == 0 { other(newest - back, days(1), "call") } else { captured(newest - back) }
            },
        )
        .collect()
}

#[test]
fn a_long_timeline_is_fetched_as_it_is_walked_and_the_choice_stays() {
    let before = opened_on(&card(), &page(10_000));
    let shown = screen(&before).clone();
    let more = Seq(before.seq + 1);
    let mut model = before.clone();
    let effects = press(&mut model, "Tab End");
    assert_eq!(effects, [Effect::Read(more, Read::Timeline { of: kevin(), before: Some(9_901) })]);
    let asked = CardScreen { pane: Pane::Timeline, chosen: 99, waiting_more: more, ..shown.clone() };
    assert_eq!(model, with(&before, asked.clone(), 1, &[]));
    // It failed: the next step asks again.
    let mut failed = model.clone();
    let why = "The disk cannot be read.".to_owned();
    update(&mut failed, Msg::Failed(more, Failure { why, field: None, blocked: false, stale: false }));
    let again = Effect::Read(Seq(more.0 + 1), Read::Timeline { of: kevin(), before: Some(9_901) });
    assert_eq!(press(&mut failed, "Up"), [again]);
    // Once is enough, and an answer to something else is none.
    assert_eq!(press(&mut model, "Up Down"), []);
    update(&mut model, Msg::Answer(Seq(1), Answer::Timeline(Vec::new())));
    assert_eq!(model, with(&before, asked.clone(), 1, &[]));
    update(&mut model, Msg::Answer(more, Answer::Timeline(page(9_900)[..40].to_vec())));
    let entries: Vec<Entry> = page(10_000).into_iter().chain(page(9_900)[..40].to_vec()).collect();
    let whole = CardScreen { entries, complete: true, waiting_more: Seq::default(), ..asked };
    assert_eq!(model, with(&before, whole.clone(), 1, &[]));
    assert_eq!(press(&mut model, "Down Down"), []);
    // Something new came in: it is above, and the choice stays on its entry.
    update(&mut model, Msg::Changed);
    let waiting_entries = screen(&model).waiting_entries;
    update(&mut model, Msg::Answer(waiting_entries, Answer::Timeline(page(10_002))));
    let entries: Vec<Entry> = page(10_002).into_iter().chain(whole.entries[98..].to_vec()).collect();
    assert_eq!((&screen(&model).entries, screen(&model).chosen), (&entries, 103));
}

#[test]
fn going_back_in_time_goes_on_beyond_the_first_page() {
    let before = opened_on(&card(), &page(10_000));
    let mut model = before.clone();
    let effects = press(&mut model, &"[ ".repeat(50));
    let more = Seq(before.seq + 1);
    assert_eq!(effects, [Effect::Read(more, Read::Timeline { of: kevin(), before: Some(9_901) })]);
    update(&mut model, Msg::Answer(more, Answer::Timeline(page(9_900)[..40].to_vec())));
    press(&mut model, &"[ ".repeat(20));
    assert_eq!((screen(&model).back, &model.log), (70, &vec![]));
    press(&mut model, "[");
    assert_eq!(
        model.log.last().map(|toast| toast.text.as_str()),
        Some("This is as far back as the card goes.")
    );
}

#[test]
fn a_card_that_is_gone_says_so_once_and_leads_back() {
    let mut model = lookup::tests::found(&[("2333", lookup::tests::cast())]);
    let list = model.stack.clone();
    open(&mut model, Screen::Card(CardScreen::new(kevin(), None)), &mut Vec::new());
    let why = "This customer is not on file any more.";
    let failure = |stale: bool| Failure { why: why.to_owned(), field: None, blocked: false, stale };
    let waiting = screen(&model).waiting;
    update(&mut model, Msg::Failed(waiting, failure(true)));
    assert_eq!(model.log, []);
    for _ in 0..2 {
        let waiting = screen(&model).waiting;
        update(&mut model, Msg::Failed(waiting, failure(false)));
        update(&mut model, Msg::Changed);
        // Nothing is opened for nobody.
        assert_eq!(press(&mut model, "m e n t ! p y b [ f"), []);
    }
    assert_eq!(model.log, [Toast { tone: Tone::Bad, text: why.to_owned(), at: NOW }]);
    press(&mut model, "Esc");
    assert_eq!(model.stack.len(), list.len());
}

#[test]
fn the_row_above_the_keys_says_the_most_urgent_thing() {
    let fine = Card { email: Some(point("kevin@curepipe.example", Proof::Unknown, "", NOW)), ..card() };
    let draft = |of: DraftOf| Draft {
        customer: Some(kevin()),
        name: SafeText::new("Kevin"),
        of,
        body: "Hello".to_owned(),
        at: ago(3),
    };
    let presence = Presence { name: SafeText::new("Ana Silva"), doing: "updating".to_owned(), since: ago(2) };
    for (card, drafts, others, said) in [
        (
            card(),
            vec![draft(DraftOf::Text)],
            vec![presence],
            "Ana Silva is updating this customer too, for 2 min.",
        ),
        (
            card(),
            vec![draft(DraftOf::Text)],
            vec![],
            "A text you began 3 min ago is kept: t goes on with it.",
        ),
        (
            card(),
            vec![draft(DraftOf::Update)],
            vec![],
            "An update you began 3 min ago is kept: m goes on with it.",
        ),
        (card(), vec![draft(DraftOf::Note)], vec![], "ASK: the e-mail on file is dead."),
        (
            Card { mobile: None, ..fine.clone() },
            vec![],
            vec![],
            "ASK: no mobile on file. Press m to take one.",
        ),
        (
            Card { email: None, ..fine.clone() },
            vec![],
            vec![],
            "ASK: no e-mail on file. Press e to take one.",
        ),
        (fine, vec![], vec![], "f shows texts, updates or notes only"),
    ] {
        let mut model = opened_on(&card, &history());
        let CardScreen { waiting_drafts, waiting_others, .. } = *screen(&model);
        update(&mut model, Msg::Answer(waiting_drafts, Answer::Drafts(drafts)));
        update(&mut model, Msg::Answer(waiting_others, Answer::Others(others)));
        let picture = picture(&model, 80, 24);
        assert!(picture.contains(&format!(" {said}")), "{said}\n{picture}");
    }
}

#[test]
fn nic_28_the_state_of_a_value_is_a_word() {
    let model = opened();
    let state = State::default();
    let look = Look {
        settings: &model.settings,
        theme: model.settings.theme,
        now: model.now,
        offset: model.offset,
        me: &model.me,
        state: &state,
        wide: false,
    };
    let today = card().mobile.unwrap();
    let yesterday = |compared: Compared| Point {
        why: today.why.clone().map(|why| Why { at: days(1), ..why }),
        compared,
        ..point("+23057372333", Proof::Good, "text delivered", days(94))
    };
    for (point, said) in [
        (today.clone(), "Updated today"),
        (Point { compared: Compared::Clash, ..today.clone() }, "CLASH with master"),
        (yesterday(Compared::Same), "ok 94 days"),
        (yesterday(Compared::Clash), "CLASH with master"),
        (point("+23057372333", Proof::Bad, "", ago(0)), "BAD just now"),
        (point("+23057372333", Proof::Bad, "undelivered 30005", days(2)), "BAD undelivered 30005 2 days"),
        (point("+23057372333", Proof::Unknown, "", NOW), ""),
    ] {
        assert_eq!(state_of(&point, &look).content, said);
    }
}
