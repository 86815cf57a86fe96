//! A cat on the keyboard: random keys, pastes, hostile bytes and window sizes against a demo desk,
//! once in a pseudo-terminal and once on the model with the store's own answers. Nothing panics,
//! nothing but our sequences reaches the terminal, and the desk answers afterwards.
//!
//! A million keys in the terminal, 3,000 on the model, where each has its frame; `CORDBOARD_KEYS` for
//! another number of them, `CORDBOARD_SEED` for others.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cordboard::cli::demo::stage::Stage;
use cordboard::domain::role::Origin;
use cordboard::domain::shown::DraftOf;
use cordboard::domain::time::Micros;
use cordboard::store::open::Location;
use cordboard::store::threads::Store;
use cordboard::tui::key::{Code, Key};
use cordboard::tui::model::Model;
use cordboard::tui::msg::{Effect, Failure, Msg, Seq, Tone, Write};
use cordboard::tui::runner::Runner;
use cordboard::tui::{channel, update, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use support::office::{desk, office};
use support::pty::{Pty, only_our_sequences};
use support::rng::Rng;

const SEED: u64 = 7;
const IN_A_TERMINAL: usize = 1_000_000;
const ON_THE_MODEL: usize = 3_000;
const SIZE: (u16, u16) = (120, 40);
/// Looks at the desk after so many tokens.
const ROUND: usize = 500;

/// What a customer or a stranger may have put into the clipboard.
const HOSTILE: &str =
    "\u{1b}]0;owned\u{7}\u{202e}evil\u{200b}\u{301}\u{301}\u{301}\u{e0041}\u{9b}2J王小明👨‍👩‍👧é\u{feff}";
/// Whole sequences: keys of several terminals, then answers nobody asked for.
const SEQUENCES: [&str; 44] = [
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1bOA",
    "\x1bOB",
    "\x1b[H",
    "\x1b[F",
    "\x1b[1~",
    "\x1b[4~",
    "\x1b[2~",
    "\x1b[3~",
    "\x1b[5~",
    "\x1b[6~",
    "\x1b[Z",
    "\x1bOP",
    "\x1bOQ",
    "\x1bOR",
    "\x1bOS",
    "\x1b[15~",
    "\x1b[17~",
    "\x1b[18~",
    "\x1b[19~",
    "\x1b[20~",
    "\x1b[21~",
    "\x1b[24~",
    "\x1b[1;5C",
    "\x1b[1;3D",
    "\x1b\r",
    "\x1bx",
    "\x1b\x7f",
    "\x1b[[A",
    "\x1b[I",
    "\x1b[O",
    "\x1b[24;80R",
    "\x1b[?62;22c",
    "\x1b[>0;276;0c",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "\x1bP>|XTerm(379)\x1b\\",
    "\x1b[<0;10;20M",
    "\x1b[0n",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b[8;24;80t",
];
const LETTERS: &str = "mentbruapcgiol/?:!y*xshfdjk vq[]{}|~\\éß王👍";

struct Dice(Rng);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.below(end as u64)).unwrap()
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        self.0.pick(all)
    }

    fn letter(&mut self) -> char {
        let letters: Vec<char> = LETTERS.chars().collect();
        *self.pick(&letters)
    }

    fn cells(&mut self, most: usize) -> u16 {
        u16::try_from(1 + self.below(most)).unwrap()
    }

    /// Now and then tiny, mostly usual.
    fn size(&mut self) -> (u16, u16) {
        match self.below(4) {
            0 => (self.cells(60), self.cells(20)),
            1 => (1, 1),
            2 => *self.pick(&[(80, 24), (60, 16), (120, 40), (200, 60)]),
            _ => (self.cells(200), self.cells(60)),
        }
    }

    fn pasted(&mut self) -> String {
        match self.below(50) {
            0 => "paste 5737 2333 ".repeat(6_250),
            1..=10 => HOSTILE.to_owned(),
            11..=20 => format!("{}\n{}", self.letter(), self.letter()),
            _ => format!("5737 {}", self.below(10_000)),
        }
    }
}

/// From the environment, or as usual.
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn dice(usual: usize) -> (Dice, usize) {
    let seed = number("CORDBOARD_SEED", SEED);
    let keys = usize::try_from(number("CORDBOARD_KEYS", usual as u64)).unwrap();
    eprintln!("CORDBOARD_SEED={seed} CORDBOARD_KEYS={keys}");
    (Dice(Rng(seed)), keys)
}

/// What a terminal sends for one thing that happens at it; how many keys that was.
fn token(dice: &mut Dice) -> Vec<u8> {
    match dice.below(200) {
        0..=59 => dice.letter().to_string().into_bytes(),
        60..=89 => dice.below(10).to_string().into_bytes(),
        90..=104 => b"\r".to_vec(),
        105..=114 => b"\x1b".to_vec(),
        115..=124 => b"\t".to_vec(),
        125..=134 => b"\x7f".to_vec(),
        135..=149 => {
            vec![*dice.pick(b"\x01\x02\x04\x05\x0b\x0c\x0e\x10\x10\x10\x12\x13\x15\x17\x1f\x00")]
        }
        150..=179 => dice.pick(&SEQUENCES).as_bytes().to_vec(),
        180..=185 => format!("\x1b[200~{}\x1b[201~", dice.pasted().replace('\x1b', "")).into_bytes(),
        // A burst without brackets.
        186..=189 => dice.pasted().into_bytes().into_iter().filter(is_key).take(500).collect(),
        _ => vec![u8::try_from(dice.below(256)).unwrap()].into_iter().filter(is_key).collect(),
    }
}

/// Ctrl+C asks and leaves, Ctrl+\ kills a demo that is still starting, and at a second Ctrl+Z, while
/// the terminal is the shell's, the kernel throws away what was written: `terminal.rs` has those.
fn is_key(byte: &u8) -> bool {
    !matches!(byte, 0x03 | 0x1a | 0x1c)
}

fn demo(temporary: &str) -> Pty {
    let script = "cd \"$TMPDIR\" && exec \"$0\" demo";
    let env = [("TMPDIR", temporary)];
    let desk = Pty::start(&["sh", "-c", script, env!("CARGO_BIN_EXE_cordboard")], &env, SIZE);
    desk.wait_for("customers");
    desk
}

/// It may have been left (`:q`), which is not a fault; then another is opened.
fn still_there(desk: Pty, temporary: &str) -> Pty {
    let Some(code) = desk.exit() else { return desk };
    assert_eq!(code, 0, "{}", desk.screen());
    only_ours(&desk);
    demo(temporary)
}

#[test]
fn in_a_terminal() {
    let (mut dice, keys) = dice(IN_A_TERMINAL);
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().to_str().unwrap();
    let mut desk = demo(path);
    let mut sent = 0;
    while sent < keys {
        desk = still_there(desk, path);
        for _ in 0..ROUND {
            let token = token(&mut dice);
            // A slow line cuts a sequence anywhere.
            let cut = if dice.below(4) == 0 { dice.below(token.len() + 1) } else { 0 };
            for piece in [&token[..cut], &token[cut..]] {
                desk.send_bytes(piece);
            }
            sent += usize::from(desk.exit().is_none());
        }
        desk.resize(dice.size());
    }
    let mut desk = still_there(desk, path);
    answers(&mut desk);
    desk.type_keys(":q\r");
    assert_eq!(desk.wait_exit(), 0);
    assert!(desk.is_cooked());
    only_ours(&desk);
}

/// While the terminal is the desk's. Before, between and after the kernel itself echoes what is typed.
fn only_ours(desk: &Pty) {
    let bytes = desk.raw_bytes();
    let (take, give_back) = (b"\x1b[?1049h".as_slice(), b"\x1b[?1049l".as_slice());
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|window| window == what);
    let mut rest = bytes.as_slice();
    while let Some(start) = find(rest, take) {
        let end = find(&rest[start..], give_back).map_or(rest.len(), |end| start + end);
        only_our_sequences(&rest[start..end]).unwrap();
        rest = &rest[end..];
    }
}

/// Esc until the desk is there, then a look-up.
fn answers(desk: &mut Pty) {
    desk.resize(SIZE);
    desk.send("\x1b[201~\x07\x1b\\");
    let at_home = |desk: &Pty| {
        let screen = desk.screen();
        let (first, last) =
            (screen.lines().nth(1).unwrap_or_default(), screen.lines().last().unwrap_or_default());
        first.contains("Customers   Inbox")
            || first.contains("Do it:")
            || last.ends_with("DESK") && screen.contains(" > ")
    };
    for _ in 0..40 {
        if at_home(desk) && desk.screen().ends_with("DESK") {
            break;
        }
        // Longer than an Esc is held.
        std::thread::sleep(Duration::from_millis(120));
        desk.send("\x1b");
    }
    std::thread::sleep(Duration::from_millis(120));
    // One by one: on the desk a burst is a search, not a command.
    desk.type_keys(":");
    desk.wait_for("TYPING COMMAND");
    desk.type_keys("find LIB/C7013");
    desk.wait_for("find LIB/C7013");
    desk.type_keys("\r");
    desk.wait_until("Kevin", |screen| screen.contents().contains("Kevin Anderson"));
    std::thread::sleep(Duration::from_millis(60));
    desk.send("\x1b");
    desk.wait_until("the desk", |screen| screen.contents().trim_end().ends_with("DESK"));
    std::thread::sleep(Duration::from_millis(60));
}

/// The same on the model: quicker, with every frame looked at.
#[test]
fn on_the_model() {
    let (mut dice, keys) = dice(ON_THE_MODEL);
    let temporary = tempfile::tempdir().unwrap();
    let stage = Stage::start(Some(&temporary.path().join("demo")), Some("admin")).unwrap();
    let data = stage.home().join("data");
    let at = Location { database: data.join("desk.db"), key_file: data.join("desk.key") };
    let actor = stage.user().actor(Origin::Desk);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _inside = runtime.enter();
    let (to, mut inbox) = channel();
    let mut runner = Runner::new(office(&actor), Arc::new(Store::open(&at).unwrap()), to, None);
    let mut model = desk(&actor, temporary.path());
    let mut waiting = update::start(&mut model);
    for n in 0..keys {
        let asked = carry_out(&mut runner, std::mem::take(&mut waiting));
        let over = !asked;
        if over {
            model = desk(&actor, temporary.path());
            waiting = update::start(&mut model);
        }
        waiting.extend(update::update(&mut model, message(&mut dice, n)));
        // Most keys meet their answers, some overtake them.
        let patience = Duration::from_millis(if waiting.is_empty() || n % 3 != 0 { 0 } else { 2 });
        let first =
            runtime.block_on(async { tokio::time::timeout(patience, inbox.recv()).await.ok().flatten() });
        for msg in first.into_iter().chain(std::iter::from_fn(|| inbox.try_recv().ok())) {
            waiting.extend(update::update(&mut model, msg));
        }
        look_at(&model, n);
    }
    runtime.block_on(runner.finish());
}

/// `false` when the desk is left.
fn carry_out(runner: &mut Runner, effects: Vec<Effect>) -> bool {
    let mut stays = true;
    for effect in effects {
        match effect {
            Effect::Read(seq, what) => runner.read(seq, what),
            // Where a random path leads, nobody knows.
            Effect::Write(_, Write::Export { .. })
            | Effect::Sheet(..)
            | Effect::Intake(..)
            | Effect::Outgo(..) => {}
            Effect::Write(seq, what) => runner.write(seq, what),
            Effect::Draft { customer, of, body } => runner.draft(customer, of, body),
            Effect::DraftTo { number, body } => runner.draft(number, DraftOf::Text, body),
            Effect::KeepDrafts => runner.keep_drafts(),
            Effect::Leave(_) => stays = false,
            Effect::StopIntake
            | Effect::Doing(..)
            | Effect::Answering(_)
            | Effect::Copy(_)
            | Effect::Demo(_)
            | Effect::Suspend
            | Effect::Redraw => {}
        }
    }
    stays
}

fn message(dice: &mut Dice, n: usize) -> Msg {
    match dice.below(100) {
        0..=1 => Msg::Paste(dice.pasted()),
        2..=4 => {
            let (width, height) = dice.size();
            Msg::Resize(width, height)
        }
        5..=6 => Msg::Tick(support::now() + Duration::from_millis(n as u64), 4 * 3600),
        7 => Msg::Changed,
        8 => Msg::Say(*dice.pick(&[Tone::Good, Tone::Note, Tone::Bad]), HOSTILE.to_owned()),
        9 => Msg::Failed(Seq(dice.0.next() % (n as u64 + 1)), failure(dice)),
        10 => Msg::Tick(
            Micros(dice.0.next().cast_signed() / 4),
            i32::try_from(dice.below(86_400)).unwrap() - 43_200,
        ),
        _ => Msg::Key(key(dice)),
    }
}

fn failure(dice: &mut Dice) -> Failure {
    let field = dice.pick(&[None, Some("mobile"), Some("reason"), Some("no such field")]).map(str::to_owned);
    Failure { why: HOSTILE.to_owned(), field, blocked: dice.below(2) == 0, stale: dice.below(2) == 0 }
}

fn key(dice: &mut Dice) -> Key {
    use Code as C;
    let named = [
        C::Enter,
        C::Enter,
        C::Enter,
        C::Esc,
        C::Esc,
        C::Tab,
        C::Tab,
        C::BackTab,
        C::Backspace,
        C::Delete,
        C::Up,
        C::Down,
        C::Down,
        C::Left,
        C::Right,
        C::PageUp,
        C::PageDown,
        C::Home,
        C::End,
        C::F(1),
        C::F(2),
        C::F(8),
    ];
    match dice.below(10) {
        0..=3 => Key::plain(*dice.pick(&named)),
        4 => Key { ctrl: dice.below(2) == 0, alt: dice.below(2) == 0, ..Key::plain(*dice.pick(&named)) },
        5 => Key::ctrl(*dice.pick(&['p', 's', 'r', 'u', 'w', 'k', 'a', 'e', 'd', 'n'])),
        6 => Key { alt: true, ..Key::char(dice.letter()) },
        7 => Key::char(char::from_digit(u32::try_from(dice.below(10)).unwrap(), 10).unwrap()),
        _ => Key::char(dice.letter()),
    }
}

/// No control character stands in a cell, and the cursor stands on the screen.
fn look_at(model: &Model, n: usize) {
    let area = Rect::new(0, 0, model.size.0, model.size.1);
    let mut buffer = Buffer::empty(area);
    let cursor = view::draw(model, area, &mut buffer);
    assert!(cursor.is_none_or(|cursor| area.contains(cursor)), "{n}: the cursor is outside");
    let bad = buffer.content.iter().find(|cell| cell.symbol().contains(char::is_control));
    assert!(bad.is_none(), "{n}: {bad:?}");
}
