//! Bytes of a terminal, split and timed in every way, against what a person meant.

use proptest::prelude::*;

use super::*;

/// Reads and when they happen, in milliseconds, through the assembler as the loop drives it.
fn play<'a>(typing: bool, reads: impl IntoIterator<Item = (u64, &'a [u8])>) -> Vec<Input> {
    let mut assembler = Assembler::new();
    assembler.set_typing(typing);
    let mut out = Vec::new();
    for (ms, bytes) in reads {
        let at = Micros::from_secs(1_000) + Duration::from_millis(ms);
        while let Some(due) = assembler.deadline().filter(|due| *due < at) {
            out.extend(assembler.expire(due));
        }
        for byte in bytes {
            out.extend(assembler.feed(*byte, at));
        }
        out.extend(assembler.expire(at));
    }
    while let Some(due) = assembler.deadline() {
        out.extend(assembler.expire(due));
    }
    out
}

/// One word per input. A key that must not act on the desk ends in `!`, an Enter that is a line
/// break is `Enter,`.
fn said(inputs: &[Input]) -> String {
    let word = |input: &Input| match input {
        Input::Key { key, after_esc, after_byte } => {
            let name = match key.code {
                KeyCode::Char(c) => c.to_string(),
                code => format!("{code:?}"),
            };
            let modifiers: String = key
                .modifiers
                .difference(KeyModifiers::SHIFT)
                .iter_names()
                .map(|(name, _)| format!("{name}-"))
                .collect();
            let line = *after_byte && key.code == KeyCode::Enter;
            format!("{modifiers}{name}{}{}", if line { "," } else { "" }, if *after_esc { "!" } else { "" })
        }
        Input::Paste(text) if text.len() > 99 => format!("{} bytes", text.len()),
        Input::Paste(text) => format!("{text:?}"),
    };
    inputs.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// What is in the box after that.
fn typed(inputs: &[Input]) -> String {
    let mut text = String::new();
    for input in inputs {
        match input {
            Input::Key { key, .. } => match (text_of(key), key.code) {
                (Some(c), _) => text.push(c),
                (None, code) => text.push_str(&format!("<{code:?}>")),
            },
            Input::Paste(pasted) => text.push_str(pasted),
        }
    }
    text
}

#[test]
fn on_the_desk() {
    for (name, reads, expected) in [
        ("a key", &[(0, "m")][..], "m"),
        ("keys of a person", &[(0, "g"), (80, "c")], "g c"),
        ("Esc", &[(0, "\x1b")], "Esc"),
        ("Esc, and n when it may act", &[(0, "\x1b"), (60, "n")], "Esc n"),
        ("Esc, and n too soon", &[(0, "\x1b"), (30, "n")], "Esc n!"),
        ("Esc and n glued by the line", &[(0, "\x1bn")], "Esc n!"),
        ("Esc twice", &[(0, "\x1b"), (200, "\x1b")], "Esc Esc"),
        ("Esc, then the timeline's bracket", &[(0, "\x1b"), (200, "["), (400, "]")], "Esc [ ]"),
        ("the bracket too soon", &[(0, "\x1b"), (30, "["), (200, "n")], "Esc [! n"),
        ("Alt+Enter", &[(0, "\x1b\r")], "ALT-Enter"),
        ("Alt+Enter in two pieces", &[(0, "\x1b"), (20, "\r")], "ALT-Enter"),
        ("Alt+Ctrl+S is no save", &[(0, "\x1b\x13")], "Esc CONTROL-s!"),
        ("an arrow", &[(0, "\x1b[A")], "Up"),
        ("an arrow split behind Esc", &[(0, "\x1b"), (45, "[A")], "Up"),
        ("an arrow in single bytes", &[(0, "\x1b"), (40, "["), (80, "A")], "Up"),
        ("an arrow split behind the bracket", &[(0, "\x1b["), (1_900, "A")], "Up"),
        ("Ctrl+Right, its end a second late", &[(0, "\x1b"), (40, "[1;5"), (1_040, "C")], "CONTROL-Right"),
        ("an arrow too late for its Esc", &[(0, "\x1b"), (1_900, "[A")], "Esc"),
        ("F1 too late for its Esc", &[(0, "\x1b"), (1_900, "OP")], "Esc"),
        ("F5 in pieces", &[(0, "\x1b"), (10, "[15"), (30, "~")], "F(5)"),
        ("F3 of vt220", &[(0, "\x1b"), (10, "[13~")], "F(3)"),
        ("Shift+Tab in pieces", &[(0, "\x1b"), (10, "[Z")], "BackTab"),
        ("the console's F2 in pieces", &[(0, "\x1b"), (10, "[["), (20, "B")], "F(2)"),
        ("a glued number", &[(0, "5737 2333")], "\"5737 2333\""),
        ("a number with its Enter", &[(0, "2333\r")], "\"2333\" Enter,"),
        ("a number, in packets", &[(0, "57"), (3, "37"), (6, "23")], "\"573723\""),
        ("words that would be commands", &[(0, "new\rtext")], "\"new\\ntext\""),
        ("three letters are keys", &[(0, "m57")], "m 5 7"),
        ("a key held down", &[(0, "jjjjjj")], "j j j j j j"),
        ("letters at a hand's pace", &[(0, "a"), (6, "b"), (12, "c"), (18, "d")], "a b c d"),
        ("a burst cut by an arrow", &[(0, "5737\x1b[D1")], "\"5737\" Left 1"),
        ("behind Esc a burst is text all the same", &[(0, "\x1bnhello")], "Esc \"nhello\""),
        ("a paste", &[(0, "\x1b[200~a\r\nb\rc\td\x07\x1b[201~")], "\"a\\nb\\nc\\td\""),
        ("a paste whose Esc came alone", &[(0, "\x1b"), (9, "[200~one\rtwo\x1b[201~")], "\"one\\ntwo\""),
        ("an empty paste", &[(0, "\x1b[200~\x1b[201~")], ""),
        ("Enter", &[(0, "a"), (15, "\r")], "a Enter"),
        ("Enter too soon", &[(0, "a"), (14, "\r")], "a Enter,"),
    ] {
        let bytes = reads.iter().map(|(ms, text)| (*ms, text.as_bytes()));
        assert_eq!(said(&play(false, bytes)), expected, "{name}");
    }
}

#[test]
fn while_typing() {
    for (name, reads, expected) in [
        ("glued letters stay letters", &[(0, "hello")][..], "h e l l o"),
        ("a glued Enter sends nothing", &[(0, "hi\r")], "h i Enter,"),
        ("a glued Enter inside", &[(0, "a\rb")], "a Enter, b"),
        ("Enter", &[(0, "hi"), (15, "\r")], "h i Enter"),
        ("Esc", &[(0, "a"), (100, "\x1b"), (160, "n")], "a Esc n"),
        (
            "a paste in pieces",
            &[(0, "\x1b"), (40, "[200~a"), (80, "\r"), (1_120, "b\x1b[20"), (1_500, "1~c")],
            "\"a\\nb\" c",
        ),
        (
            "a paste without end",
            &[(0, "\x1b[200~a"), (1_900, "\r"), (3_901, "b"), (4_000, "\r")],
            "\"a\\n\" b Enter",
        ),
        ("what looks like an end", &[(0, "\x1b[200~a\x1b\x1b[201b\x1b[201~")], "\"a[201b\""),
    ] {
        let bytes = reads.iter().map(|(ms, text)| (*ms, text.as_bytes()));
        assert_eq!(said(&play(true, bytes)), expected, "{name}");
    }
}

#[test]
fn answers_of_the_terminal_are_no_keys() {
    for (name, answer) in [
        ("colour, BEL", "\x1b]11;rgb:1e1e/1e1e/1e1e\x07"),
        ("colour, ST", "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\"),
        ("name and version", "\x1bP>|XTerm(379)\x1b\\"),
        ("third attributes", "\x1bP!|7E565445\x1b\\"),
        ("graphics", "\x1b_Gi=31;OK\x1b\\"),
        ("attributes", "\x1b[?62;22c"),
        ("second attributes", "\x1b[>0;276;0c"),
        ("a mode", "\x1b[?2026;2$y"),
        ("place of the cursor on its page", "\x1b[?24;80;1R"),
        ("the mouse of long ago", "\x1b[M !!"),
        ("status", "\x1b[0n"),
        ("place of the cursor", "\x1b[24;80R"),
        ("size", "\x1b[8;24;80t"),
        ("focus", "\x1b[I"),
        ("mouse", "\x1b[<0;10;20M"),
    ] {
        for typing in [false, true] {
            let whole = play(typing, [(0, answer.as_bytes()), (100, b"x")]);
            assert_eq!(said(&whole), "x", "{name}");
            let split =
                play(typing, [(0, &answer.as_bytes()[..1]), (9, &answer.as_bytes()[1..]), (200, b"x")]);
            assert_eq!(said(&split), "x", "{name}, its Esc alone");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_left_out() {
    for (name, bytes, expected) in [
        ("a control character of the second set", &b"a\xc2\x9bb"[..], "a b"),
        ("a byte that begins nothing", b"a\xffb", "a b"),
        ("a character that is not ended", b"a\xe7\x8eb", "a b"),
        ("one that is begun twice", b"\xe7\xe7\x8e\x8b", "王"),
        ("a surrogate", b"a\xed\xa0\x80b", "a b"),
    ] {
        assert_eq!(said(&play(true, [(0, bytes)])), expected, "{name}");
    }
}

#[test]
fn what_is_too_long_is_cut() {
    let text = format!("{}é{}", "x".repeat(LONGEST_PASTE - 1), "y".repeat(9));
    let marked = format!("\x1b[200~{text}\x1b[201~");
    assert_eq!(said(&play(false, [(0, marked.as_bytes())])), "99999 bytes");
    assert_eq!(said(&play(false, [(0, text.as_bytes())])), "99999 bytes");
    let typed_in = play(true, [(0, text.as_bytes())]);
    assert_eq!(typed(&typed_in), text, "what is not pasted is not cut");
}

#[test]
fn nothing_typed_is_in_a_log() {
    let inputs = play(false, [(0, &b"5"[..]), (50, b"5737 2333"), (99, b"\x1b[A")]);
    assert_eq!(
        format!("{inputs:?}"),
        "[Key(0 KeyModifiers(0x0) after_esc=false after_byte=false), Paste(9 characters), \
         Key(Up KeyModifiers(0x0) after_esc=false after_byte=false)]"
    );
}

/// Bytes as a terminal sends them, and what they are worth in a box.
fn token() -> impl Strategy<Value = (String, String)> {
    let same = |text: &str| (text.to_owned(), text.to_owned());
    let key = |bytes: &str, worth: &str| (bytes.to_owned(), worth.to_owned());
    prop_oneof![
        6 => "[a-zA-Z0-9 \\[\\]OP~é王😀]{1,6}".prop_map(move |text| same(&text)),
        1 => Just(key("\r", "\n")),
        1 => Just(key("\x7f", "<Backspace>")),
        1 => prop_oneof![
            Just(key("\x1b[D", "<Left>")),
            Just(key("\x1bOH", "<Home>")),
            Just(key("\x1b[3~", "<Delete>")),
            Just(key("\x1b[1;5C", "<Right>")),
            Just(key("\x1b[15~", "<F(5)>")),
        ],
        1 => "[a-z\r]{1,9}".prop_map(|text| (format!("\x1b[200~{text}\x1b[201~"), text.replace('\r', "\n"))),
    ]
}

proptest! {
    /// However a line cuts the bytes, with no gap longer than a sequence may take, the same text
    /// stands in the box.
    #[test]
    fn any_split_types_the_same(
        tokens in prop::collection::vec(token(), 1..12),
        cuts in prop::collection::vec((0_usize..200, 0_u64..50), 0..12),
    ) {
        let (bytes, worth): (Vec<_>, Vec<_>) = tokens.into_iter().unzip();
        let (bytes, worth) = (bytes.concat().into_bytes(), worth.concat());
        let mut cuts: Vec<_> = cuts.into_iter().map(|(at, gap)| (at % (bytes.len() + 1), gap)).collect();
        cuts.sort_unstable();
        let (mut reads, mut from, mut now) = (Vec::new(), 0, 0);
        for (at, gap) in cuts {
            if at > from {
                reads.push((now, &bytes[from..at]));
                (from, now) = (at, now + gap);
            }
        }
        reads.push((now, &bytes[from..]));
        prop_assert_eq!(typed(&play(true, reads)), worth);
    }

    /// At any pace, on the desk or typing: every letter and every Enter comes out, in order.
    #[test]
    fn nothing_typed_is_lost(
        typing: bool,
        reads in prop::collection::vec((0_u64..120, "[a-z0-9 é王\r]{1,8}"), 1..20),
    ) {
        let mut now = 0;
        let timed: Vec<(u64, &[u8])> = reads.iter().map(|(gap, text)| { now += gap; (now, text.as_bytes()) }).collect();
        let all: String = reads.iter().map(|(_, text)| text.replace('\r', "\n")).collect();
        prop_assert_eq!(typed(&play(typing, timed)), all);
    }

    /// Behind an Esc too: a hand's letters are all there, and act only when they may.
    #[test]
    fn letters_behind_esc_are_kept(gap in 0_u64..2_500, letter in "[a-z\\[\\]OPX_]", typing: bool) {
        let out = said(&play(typing, [(0, &b"\x1b"[..]), (gap, letter.as_bytes())]));
        let mark = if gap < 50 { "!" } else { "" };
        prop_assert_eq!(out, format!("Esc {letter}{mark}"));
    }
}
