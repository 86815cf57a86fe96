//! The terminal is taken and given back on every way out, and the keys get through whole: in a real
//! pseudo-terminal. The desk here is a small one: [`desk`], which this test program runs as a
//! second copy of itself. And the pseudo-terminal's own tools are shown to work, on `sh` and `cat`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use cordboard::domain::time::Micros;
use cordboard::tui::input::{Assembler, Input};
use cordboard::tui::{hangup, keys, terminal};
use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::style::Stylize;
use ratatui::text::{Line, Text};
use rustix::process::{Pid, Signal, kill_process};
use support::pty::{Pty, lines, only_our_sequences};
use support::svg::svg;
use tokio::signal::unix::{SignalKind, signal};

const SIZE: (u16, u16) = (80, 24);
/// Says to the second copy that it is the desk.
const PLAN: &str = "CORDBOARD_TEST_DESK";

/// The second copy; nothing in an ordinary run.
#[test]
fn desk() {
    if let Ok(plan) = std::env::var(PLAN) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::process::exit(runtime.block_on(run(plan == "typing")));
    }
}

/// `q` leaves with 0, `e` with 5, `p` panics, `t` panics elsewhere, `x` stops listening, `y` copies,
/// Ctrl+Z suspends. A desk that is typing keeps all but Ctrl+C and Ctrl+U in its box.
async fn run(typing: bool) -> i32 {
    let mut guard = match terminal::enter(Some(env!("CARGO_BIN_EXE_cordboard").into())) {
        Ok(guard) => guard,
        Err(error) => {
            println!("{error}");
            return 2;
        }
    };
    let mut endings = hangup::watch().unwrap();
    let mut resizes = signal(SignalKind::window_change()).unwrap();
    let clock = keys::Clock::start(Micros::from_secs(0));
    let mut arriving = keys::start(clock).unwrap();
    let mut assembler = Assembler::new();
    assembler.set_typing(typing);
    let mut text = String::new();
    loop {
        let drawn = guard.terminal().draw(|frame| {
            let area = frame.area();
            let (pid, length) = (std::process::id(), text.matches('m').count());
            let first = format!("desk ready, pid {pid}, {}x{}, {length} of m", area.width, area.height);
            let lines = [Line::from(first.bold()), Line::from(format!("[{text}]"))];
            frame.render_widget(Text::from_iter(lines), area);
            frame.set_cursor_position((1, 1));
        });
        if drawn.is_err() {
            return hangup::lost().await.why.exit_code().into();
        }
        let due = assembler.deadline().map(|due| clock.instant(due).into());
        let first = tokio::select! {
            ending = endings.next() => return ending.why.exit_code().into(),
            first = arriving.recv() => match first {
                Some(first) => Some(first),
                None => return hangup::lost().await.why.exit_code().into(),
            },
            () = tokio::time::sleep_until(due.unwrap_or_else(tokio::time::Instant::now)), if due.is_some() => None,
            _ = resizes.recv() => None,
        };
        let mut inputs = Vec::new();
        let mut next = first;
        while let Some(each) = next {
            inputs.extend(
                each.bytes.iter().flat_map(|byte| assembler.feed(*byte, each.at)).collect::<Vec<_>>(),
            );
            next = arriving.try_recv().ok();
        }
        inputs.extend(assembler.expire(clock.now()));
        for input in inputs {
            match input {
                Input::Key { key, .. } if key.modifiers == KeyModifiers::CONTROL => match key.code {
                    KeyCode::Char('c') => return 0,
                    KeyCode::Char('u') => text.clear(),
                    KeyCode::Char('z') => guard.suspend().unwrap(),
                    code => text.push_str(&format!("<Ctrl {code}>")),
                },
                Input::Key { key, .. } => match key.code {
                    KeyCode::Char('q') if !typing => return 0,
                    KeyCode::Char('e') if !typing => return 5,
                    KeyCode::Char('p') if !typing => panic!("a panic in the loop"),
                    KeyCode::Char('t') if !typing => {
                        let _ = std::thread::spawn(|| panic!("a panic elsewhere")).join();
                    }
                    KeyCode::Char('x') if !typing => loop {
                        terminal::copy("stuck").ok();
                        std::thread::park();
                    },
                    KeyCode::Char('y') if !typing => terminal::copy("5737 2333").unwrap(),
                    KeyCode::Char(c) => text.push(c),
                    KeyCode::Enter => text.push('/'),
                    code => text.push_str(&format!("<{code}>")),
                },
                Input::Paste(pasted) => {
                    text.push_str(&format!("{{{}}}", pasted.replace('\n', "/")));
                }
            }
        }
    }
}

fn itself() -> String {
    std::env::current_exe().unwrap().to_str().unwrap().to_owned()
}

fn started(plan: &str) -> Pty {
    let pty = Pty::start(&[&itself(), "--exact", "desk", "--nocapture"], &[(PLAN, plan)], SIZE);
    pty.wait_for("desk ready");
    pty
}

/// Under a shell that stays, so that one sees the terminal as it was left.
fn under_a_shell() -> Pty {
    let script = "\"$@\"; echo \"left with $?\"; exec cat";
    let command = ["sh", "-c", script, "sh", &itself(), "--exact", "desk", "--nocapture"];
    let pty = Pty::start(&command, &[(PLAN, "desk")], SIZE);
    let screen = pty.wait_for("desk ready");
    assert!(screen.alternate_screen() && screen.bracketed_paste() && !pty.is_cooked());
    assert_eq!(pty.cursor(), Some((1, 1)));
    pty
}

fn pid(pty: &Pty) -> Pid {
    let raw = pty.screen().split_once("pid ").unwrap().1.split_once(',').unwrap().0.parse().unwrap();
    Pid::from_raw(raw).unwrap()
}

fn assert_given_back(pty: &Pty, code: u8) {
    let screen = pty.wait_for(&format!("left with {code}"));
    assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
    assert!(!pty.screen().contains("desk ready"), "nothing of the desk stays:\n{}", pty.screen());
    assert!(pty.is_cooked());
    let bytes = String::from_utf8(pty.raw_bytes()).unwrap();
    assert_eq!(bytes.matches("\x1b[?1049l").count(), 1, "given back once: {bytes:?}");
    only_our_sequences(bytes.as_bytes()).unwrap();
}

#[test]
fn the_terminal_is_given_back_on_every_way_out() {
    for (keys, code) in [("q", 0), ("e", 5), ("\x03", 0)] {
        let mut pty = under_a_shell();
        pty.send(keys);
        assert_given_back(&pty, code);
    }
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 143), (Signal::HUP, 129)] {
        let pty = under_a_shell();
        kill_process(pid(&pty), signal).unwrap();
        assert_given_back(&pty, code);
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_said_once() {
    for (key, message, code) in [("p", "a panic in the loop", 101), ("t", "a panic elsewhere", 101)] {
        let mut pty = under_a_shell();
        pty.send(key);
        assert_given_back(&pty, code);
        let bytes = String::from_utf8(pty.raw_bytes()).unwrap();
        let (desk, after) = bytes.split_once("\x1b[?1049l").unwrap();
        assert_eq!((desk.matches(message).count(), after.matches(message).count()), (0, 1), "{bytes:?}");
    }
}

#[test]
fn a_killed_desk_gives_the_terminal_back_too() {
    let pty = under_a_shell();
    kill_process(pid(&pty), Signal::KILL).unwrap();
    let screen = pty.wait_for("cordboard was killed.");
    assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
    assert!(pty.is_cooked());
}

#[test]
fn a_vanished_terminal_ends_the_desk_at_once() {
    let mut pty = started("desk");
    pty.hangup();
    assert_eq!(pty.wait_exit_within(Duration::from_secs(2)), 129);
}

#[test]
fn a_vanished_terminal_ends_also_a_desk_that_does_not_listen() {
    let mut pty = started("desk");
    pty.send("x");
    pty.wait_for_bytes("\x1b]52;c;");
    pty.hangup();
    assert_eq!(pty.wait_exit(), 129);
}

#[test]
fn ctrl_z_and_fg() {
    let mut pty = Pty::start(&["sh", "-i"], &[(PLAN, "desk"), ("PS1", "prompt> ")], SIZE);
    pty.wait_for("prompt>");
    pty.send(&format!("{} --exact desk --nocapture\r", itself()));
    pty.wait_for("desk ready");
    pty.send("m");
    pty.wait_for("[m]");
    for _ in 0..2 {
        pty.mark();
        pty.send("\x1a");
        pty.wait_for_bytes("prompt>");
        let screen = pty.wait_for("Stopped");
        assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
        pty.send("fg\r");
        let screen = pty.wait_for("[m]");
        assert!(screen.alternate_screen() && screen.bracketed_paste());
        assert!(lines(&screen)[0].starts_with("desk ready"), "drawn in full");
        assert_eq!(pty.cursor(), Some((1, 1)));
    }
    pty.send("q");
    pty.wait_until("the shell", |screen| !screen.alternate_screen());
}

#[test]
fn ctrl_z_without_a_shell_goes_on() {
    let mut pty = started("desk");
    pty.send("\x1a");
    pty.wait_for_bytes("\x1b[?1049l");
    // To a terminal that reads lines this is the end of its input.
    pty.send("\x04");
    pty.send("m");
    pty.wait_for("[m]");
    pty.send("q");
    assert_eq!(pty.wait_exit(), 0);
}

#[test]
fn a_paste_while_it_is_stopped_does_not_freeze_it() {
    let mut pty = started("desk");
    pty.mark();
    pty.send("\x1a");
    pty.wait_for_bytes("\x1b[?1049l");
    // More than a line of the kernel's holds.
    pty.send(&"m".repeat(20_000));
    // All of it, or the lines that the kernel kept.
    pty.wait_until("the end", |screen| {
        let first = &lines(screen)[0];
        [" 20000 of m", " 4095 of m", " 8190 of m"].iter().any(|end| first.contains(end))
    });
    assert_eq!(pty.exit_by("q"), 0);
}

#[test]
fn a_burst_is_read_to_its_end() {
    let mut pty = started("typing");
    for length in [1_023, 1_024, 1_025, 3_000, 4_000] {
        pty.send(&"m".repeat(length));
        pty.wait_for(&format!(" {length} of m"));
        pty.send("\x15");
        pty.wait_for("[]");
    }
}

#[test]
fn without_a_terminal_there_is_a_sentence() {
    let output = Command::new(itself())
        .args(["--exact", "desk", "--nocapture"])
        .env(PLAN, "desk")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("The desk needs a terminal"), "{said}");
    assert!(!said.contains('\x1b'), "{said:?}");
}

#[test]
fn keys_cost_few_bytes_and_all_are_ours() {
    let mut pty = started("desk");
    pty.mark();
    pty.type_keys("m");
    pty.wait_for("[m]");
    let bytes = pty.since_mark();
    assert!(bytes.len() <= 40, "{:?}", String::from_utf8_lossy(&bytes));
    pty.type_keys("gc\x1b");
    pty.wait_for("[mgc<Esc>]");
    pty.send("5737 2333");
    pty.wait_for("[mgc<Esc>{5737 2333}]");
    pty.send("\x15\x1b[200~new\rtext\x1b[201~");
    pty.wait_for("[{new/text}]");
    pty.send("y");
    pty.wait_for_bytes("\x1b]52;c;NTczNyAyMzMz\x1b\\");
    pty.resize((100, 30));
    pty.wait_for("100x30");
    assert_eq!(pty.styles().lines().next().map(|line| line.contains(": bold \"desk ready")), Some(true));
    pty.send("q");
    assert_eq!(pty.wait_exit(), 0);
    only_our_sequences(&pty.raw_bytes()).unwrap();
}

#[test]
fn a_line_that_splits_anywhere_types_the_same() {
    let mut pty = started("typing");
    let bytes = "a\x1b[Db\x1bOHc\x1b[1;5Cé王\x1b[15~\x1b[200~x\ry\x1b[201~z";
    for at in (1..bytes.len()).filter(|at| bytes.is_char_boundary(*at)) {
        pty.send(&bytes[..at]);
        // The gap is what is tested, not a wait.
        std::thread::sleep(Duration::from_millis(12));
        pty.send(&bytes[at..]);
        let screen = pty.wait_until("z", |screen| lines(screen)[1].ends_with("z]"));
        let text = lines(&screen)[1].replace(['{', '}'], "");
        assert_eq!(text, "[a<Left>b<Home>c<Ctrl Right>é王<F5>x/yz]", "split at {at}");
        pty.send("\x15");
        pty.wait_for("[]");
    }
}

#[test]
fn a_screen_is_read_waited_for_and_resized() {
    let mut pty = Pty::start(&["sh"], &[("PS1", "$ ")], (60, 10));
    pty.wait_for("$");
    pty.send("tput bold; tput setaf 1; echo 'a 王 b'; tput sgr0; stty size\r");
    let screen = pty.wait_for("10 60");
    assert!(lines(&screen).contains(&"a 王 b".to_owned()), "{}", pty.screen());
    assert!(pty.styles().contains("0-5: bold fg=1 \"a 王 b\""), "{}", pty.styles());
    pty.resize((90, 20));
    pty.mark();
    pty.send("clear; stty size\r");
    pty.wait_for("20 90");
    assert!(String::from_utf8(pty.since_mark()).unwrap().contains("stty size"), "the echo is there");
    pty.wait_until("the prompt", |screen| screen.cursor_position() == (1, 2));
    assert_eq!(pty.cursor(), Some((1, 2)));
    assert!(pty.is_cooked());
    pty.send("exit 7\r");
    assert_eq!(pty.wait_exit(), 7);
}

#[test]
fn a_program_is_hung_up_and_killed() {
    let mut pty = Pty::start(&["cat"], &[], SIZE);
    pty.type_keys("hello\r");
    pty.wait_until("the line twice", |screen| lines(screen)[..2] == ["hello", "hello"]);
    pty.wait_gone("good-bye");
    pty.kill(Signal::KILL);
    assert_eq!(pty.wait_exit(), -1);
    let mut pty = Pty::start(&["cat"], &[], SIZE);
    pty.hangup();
    assert_eq!(pty.wait_exit(), -1, "by SIGHUP, not by an end of file");
}

#[test]
fn only_our_sequences_pass() {
    for good in [
        "plain\r\n\ttext é王👍",
        "\x1b[?1049h\x1b[?2004h\x1b[2J\x1b[?25l\x1b[1;1H\x1b[0;1;38;5;9mx\x1b[0m\x1b[K\x1b[?25h\x1b[?1049l\r\n",
        "\x1b[H\x1b[J\x1b]52;c;Zm9v\x1b\\",
    ] {
        only_our_sequences(good.as_bytes()).unwrap();
    }
    for bad in [
        "\x1b]0;title\x07",
        "\x1b]52;c;?\x1b\\",
        "\x1b[6n",
        "\x1b[?1000h",
        "\x1b[3J",
        "\x1bc",
        "\x1b",
        "\x07",
        "\u{9b}2J",
        "\u{202e}",
        "\x1b[?1049ha\nb",
        "\x1b[5A",
    ] {
        assert!(only_our_sequences(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert_eq!(
        only_our_sequences(b"ab\x1b[6n"),
        Err("byte 2: \"\\u{1b}[6n\" is none of our sequences".to_owned())
    );
    assert!(only_our_sequences(b"\xff").is_err());
}

#[test]
fn a_picture_has_a_text_per_cell() {
    let mut parser = vt100::Parser::new(2.try_into().unwrap(), 20.try_into().unwrap(), 0);
    parser.process(
        "\x1b[1;4;31ma<\x1b[0m王b\r\n\x1b[7;38;2;1;2;3mR\x1b[0m \x1b[2;3;48;5;16md\x1b[0m".as_bytes(),
    );
    let picture = svg(parser.screen());
    assert_eq!(picture, svg(parser.screen()));
    for part in [
        "viewBox=\"0 0 204 62\"",
        "<rect x=\"12\" y=\"28\" width=\"9\" height=\"1\" fill=\"#e06c75\"/>",
        "<text x=\"21\" y=\"26\" fill=\"#e06c75\" font-weight=\"bold\">&lt;</text>",
        "<text x=\"30\" y=\"26\" fill=\"#d8dee9\">王</text>\n<text x=\"48\" y=\"26\" fill=\"#d8dee9\">b</text>",
        "<rect x=\"12\" y=\"31\" width=\"9\" height=\"19\" fill=\"#010203\"/>\n<text x=\"12\" y=\"45\" fill=\"#15181e\">R</text>",
        "fill=\"#000000\"/>\n<text x=\"30\" y=\"45\" fill=\"#d8dee9\" font-style=\"italic\" opacity=\"0.6\">d</text>",
        "<rect x=\"39\" y=\"31\" width=\"9\" height=\"19\" fill=\"none\"",
    ] {
        assert!(picture.contains(part), "{part}\n{picture}");
    }
    if let Some(path) = std::env::var_os("CORDBOARD_PICTURE") {
        std::fs::write(path, picture).unwrap();
    }
}
