//! Text: the body of a message, and text that is safe to show.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::redact::masked;

/// The body of a text message, exactly as it leaves or arrived. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Body(pub String);

impl Body {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} characters)", self.0.chars().count())
    }
}

/// Text from outside (names, bodies, server replies) made harmless for a screen, a title, a log or
/// stdout (design.md 7): nothing in it can move the cursor, change colours, reorder what stands
/// beside it, or hide. The raw text stays where it was, for export. `Debug` shows its length only.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct SafeText(String);

impl SafeText {
    /// For one line: line ends and tabs become spaces.
    pub fn new(raw: &str) -> Self {
        Self(neutralise(raw, ' '))
    }

    /// For a block: line ends stay as `\n`.
    pub fn multiline(raw: &str) -> Self {
        Self(neutralise(raw, '\n'))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Terminal cells of the widest line.
    pub fn width(&self) -> usize {
        self.0.split('\n').map(cells).max().unwrap_or(0)
    }

    /// One line of at most `width` cells; `..` marks a cut. A character is never cut in half.
    pub fn cut(&self, width: usize) -> String {
        let line = self.0.replace('\n', " ");
        if cells(&line) <= width {
            return line;
        }
        let mark = &".."[..width.min(2)];
        let mut left = width - mark.len();
        let kept = line.graphemes(true).take_while(|grapheme| {
            let fits = grapheme.width() <= left;
            left = left.saturating_sub(grapheme.width());
            fits
        });
        kept.chain([mark]).collect()
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A recording holds nothing of a person (design 7): what is written is the mask.
impl Serialize for SafeText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        masked(&self.0, to)
    }
}

impl<'de> Deserialize<'de> for SafeText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::multiline(&String::deserialize(from)?))
    }
}

impl fmt::Debug for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafeText({} characters)", self.0.chars().count())
    }
}

/// A character that a reader cannot see but a program obeys or compares: controls, bidi, zero-width,
/// fillers, tags. Refused in e-mail addresses, neutralised in [`SafeText`]. Joiners are not counted:
/// emoji and several scripts need them.
pub fn is_hidden(c: char) -> bool {
    c.is_control() || reorders(c) || is_blank_trick(c)
}

/// More than any script stacks; less than reaches into the line above.
const MAX_MARKS: usize = 3;

const REPLACEMENT: char = '\u{fffd}';

/// Counted per grapheme, as a terminal grid is filled.
fn cells(line: &str) -> usize {
    line.graphemes(true).map(UnicodeWidthStr::width).sum()
}

fn neutralise(raw: &str, line_end: char) -> String {
    let mut safe = Stacked { text: String::with_capacity(raw.len()), joiner: None, marks: MAX_MARKS };
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => safe.push(line_end),
            '\t' => safe.push(' '),
            c if c.is_control() || reorders(c) => safe.push(REPLACEMENT),
            c if is_blank_trick(c) => {}
            c => safe.push(c),
        }
    }
    safe.text
}

/// Overrides, embeddings, isolates and the old shaping controls; also what terminals may take as
/// annotation.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
}

/// Marks, spaces of no width, fillers that look like spaces, tags and spare variation selectors:
/// they carry nothing that a reader sees.
fn is_blank_trick(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}' | '\u{ad}' | '\u{34f}')
        || matches!(c, '\u{2060}'..='\u{2065}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0d}')
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{17b4}' | '\u{17b5}')
        || matches!(c, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Builds the text so that marks stand on something and do not pile up, and joiners only join.
struct Stacked {
    text: String,
    joiner: Option<char>,
    marks: usize,
}

impl Stacked {
    fn push(&mut self, c: char) {
        if matches!(c, '\u{200c}' | '\u{200d}') {
            self.joiner = Some(c);
            return;
        }
        if c.width() == Some(0) {
            if self.marks == MAX_MARKS {
                return;
            }
            self.marks += 1;
        } else {
            // A mark behind a line end would sit on the frame beside it.
            self.marks = if c == '\n' { MAX_MARKS } else { 0 };
        }
        // Emoji families and Persian need joiners; inside Latin words they only hide a difference.
        if let Some(joiner) = self.joiner.take()
            && !c.is_ascii()
            && self.text.chars().next_back().is_some_and(|before| !before.is_ascii())
        {
            self.text.push(joiner);
        }
        self.text.push(c);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table_of_tricks() {
        let table = [
            ("Jane Doe", "Jane Doe"),
            ("Zoë Ünal 陳 علي", "Zoë Ünal 陳 علي"),
            ("\u{1b}[31mred\u{1b}]0;title\u{7}", "\u{fffd}[31mred\u{fffd}]0;title\u{fffd}"),
            ("\u{9b}2Jx\u{7f}", "\u{fffd}2Jx\u{fffd}"),
            ("a\tb\r\nc\nd\re\u{2028}f\u{85}g", "a b c d e f g"),
            ("evil\u{202e}txt.exe", "evil\u{fffd}txt.exe"),
            ("\u{2066}x\u{2069}", "\u{fffd}x\u{fffd}"),
            ("pay\u{200d}pal\u{200b}\u{feff}\u{ad}", "paypal"),
            ("\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}", "\u{1f3f4}"),
            ("\u{3164}", ""),
            ("z\u{301}\u{302}\u{303}\u{304}\u{305}!", "z\u{301}\u{302}\u{303}!"),
            ("\u{301}x", "x"),
            ("👩\u{200d}👩\u{200d}👧\u{200d}👦", "👩\u{200d}👩\u{200d}👧\u{200d}👦"),
            ("❤\u{fe0f}\u{200d}🔥", "❤\u{fe0f}\u{200d}🔥"),
            ("👍🏽", "👍🏽"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("👩\u{200d}", "👩"),
        ];
        for (raw, safe) in table {
            assert_eq!(SafeText::new(raw).as_str(), safe, "{raw:?}");
        }
        assert_eq!(SafeText::multiline("a\r\nb\n\u{301}c\u{2029}d\te").as_str(), "a\nb\nc\nd e");
    }

    #[test]
    fn width_and_cut_count_cells() {
        let table = [
            ("Jane Doe", 8, 8, "Jane Doe"),
            ("Jane Doe", 8, 7, "Jane .."),
            ("陳大文", 6, 6, "陳大文"),
            ("陳大文", 6, 5, "陳.."),
            ("陳大文", 6, 3, ".."),
            ("ab👩\u{200d}👩\u{200d}👧x", 5, 4, "ab.."),
            ("ab👩\u{200d}👩\u{200d}👧x", 5, 5, "ab👩\u{200d}👩\u{200d}👧x"),
            ("Jane", 4, 1, "."),
            ("Jane", 4, 0, ""),
            ("", 0, 0, ""),
        ];
        for (raw, width, limit, cut) in table {
            let safe = SafeText::new(raw);
            assert_eq!((safe.width(), safe.cut(limit).as_str()), (width, cut), "{raw:?}");
        }
        let block = SafeText::multiline("one\nthree\nto");
        assert_eq!((block.width(), block.cut(9).as_str()), (5, "one thr.."));
    }

    #[test]
    fn debug_hides_the_text() {
        assert_eq!(format!("{:?}", SafeText::new("Jane")), "SafeText(4 characters)");
        assert_eq!(format!("{:?}", Body("Jane".into())), "Body(4 characters)");
    }

    /// Any text, with the tricky characters much more often than chance has them.
    fn hostile() -> impl Strategy<Value = String> {
        let tricky: Vec<char> =
            "\u{1b}\u{7f}\u{9b}\r\n\t\u{85}\u{2028}\u{202e}\u{2066}\u{200d}\u{200c}\u{301}\
                                 \u{302}\u{fe0f}\u{e0061}\u{1160}aé👩陳"
                .chars()
                .collect();
        let c = prop_oneof![any::<char>(), proptest::sample::select(tricky)];
        proptest::collection::vec(c, 0..40).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn nothing_hidden_comes_out(raw in hostile()) {
            let line = SafeText::new(&raw);
            prop_assert!(!line.as_str().chars().any(is_hidden));
            let block = SafeText::multiline(&raw);
            prop_assert!(!block.as_str().chars().any(|c| c != '\n' && is_hidden(c)));
        }

        #[test]
        fn marks_never_pile_up(raw in hostile()) {
            let mut run = MAX_MARKS;
            for c in SafeText::new(&raw).as_str().chars().filter(|c| !matches!(c, '\u{200c}' | '\u{200d}')) {
                run = if c.width() == Some(0) { run + 1 } else { 0 };
                prop_assert!(run <= MAX_MARKS);
            }
        }

        #[test]
        fn making_safe_twice_changes_nothing(raw in hostile()) {
            let line = SafeText::new(&raw);
            prop_assert_eq!(&SafeText::new(line.as_str()), &line);
            let block = SafeText::multiline(&raw);
            prop_assert_eq!(&SafeText::multiline(block.as_str()), &block);
        }

        #[test]
        fn a_cut_fits(raw in hostile(), width in 0_usize..30) {
            let cut = SafeText::multiline(&raw).cut(width);
            prop_assert!(cells(&cut) <= width);
            prop_assert!(!cut.chars().any(is_hidden));
        }
    }
}
