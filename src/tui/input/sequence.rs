//! The grammar of what a terminal sends behind an Esc.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// No key and no short answer is longer.
pub(super) const LONGEST: usize = 64;
/// Where an answer that never ends is let go.
const LONGEST_STRING: usize = 4_096;

/// What the characters behind an Esc are so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    More,
    Key(KeyEvent),
    /// A paste begins: its text follows as keys.
    Paste,
    /// An answer, or the end of a paste.
    Nothing,
    Broken,
}

/// A character that can stand right behind the Esc of a sequence: of keys and reports, or of an
/// answer in words (OSC, DCS, APC, PM, SOS).
pub(super) fn opens(c: char) -> bool {
    matches!(c, '[' | 'O') || opens_string(c)
}

fn opens_string(c: char) -> bool {
    matches!(c, ']' | 'P' | '_' | '^' | 'X')
}

/// Reads the characters behind an Esc, of which all but the last were `More`.
pub(super) fn read(text: &str) -> Reading {
    let mut chars = text.chars();
    let (Some(first), Some(last)) = (chars.next(), text.chars().last()) else { return Reading::More };
    let inner = chars.as_str();
    match first {
        _ if inner.is_empty() => Reading::More,
        'O' => named(last).map_or(Reading::Broken, Reading::Key),
        '[' => control(inner, last),
        _ => string(inner, last),
    }
}

/// `text` is one sequence of keys or reports, no less and no more.
pub(super) fn is_whole(text: &str) -> bool {
    let ends = |at: usize| !matches!(read(&text[..at]), Reading::More | Reading::Broken);
    let inner = text.char_indices().map(|(at, _)| at).skip(1);
    text.starts_with(['[', 'O'])
        && ends(text.len())
        && inner.clone().all(|at| read(&text[..at]) == Reading::More)
}

fn string(inner: &str, last: char) -> Reading {
    if last == '\x07' || inner.ends_with("\x1b\\") || inner.len() > LONGEST_STRING {
        Reading::Nothing
    } else if inner[..inner.len() - last.len_utf8()].ends_with('\x1b') {
        Reading::Broken
    } else {
        Reading::More
    }
}

fn control(inner: &str, last: char) -> Reading {
    // The Linux console's F1 to F5.
    if let Some(key) = inner.strip_prefix('[') {
        return match last {
            _ if key.is_empty() => Reading::More,
            'A'..='E' => Reading::Key(KeyCode::F(1 + last as u8 - b'A').into()),
            _ => Reading::Broken,
        };
    }
    // The mouse as it was before it had numbers: three bytes follow.
    if let Some(report) = inner.strip_prefix('M') {
        return if report.chars().count() < 3 { Reading::More } else { Reading::Nothing };
    }
    match last {
        ' '..='?' if inner.len() < LONGEST => Reading::More,
        '@'..='~' => finished(&inner[..inner.len() - 1], last),
        _ => Reading::Broken,
    }
}

fn finished(parameters: &str, last: char) -> Reading {
    let mut numbers = parameters.split(';').map(|n| n.split(':').next().and_then(|n| n.parse::<u8>().ok()));
    let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
    let key = match (last, first) {
        ('~', Some(200)) => return Reading::Paste,
        ('~', Some(number)) => numbered(number),
        ('Z', None) => Some(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)),
        (_, None | Some(1)) if parameters.bytes().all(|b| matches!(b, b'0'..=b':' | b';')) => named(last),
        _ => None,
    };
    let Some(mut key) = key else { return Reading::Nothing };
    key.modifiers |= modifiers(second.unwrap_or(1));
    Reading::Key(key)
}

fn named(last: char) -> Option<KeyEvent> {
    let code = match last {
        'A' => KeyCode::Up,
        'B' => KeyCode::Down,
        'C' => KeyCode::Right,
        'D' => KeyCode::Left,
        'F' => KeyCode::End,
        'H' => KeyCode::Home,
        'P' => KeyCode::F(1),
        'Q' => KeyCode::F(2),
        'R' => KeyCode::F(3),
        'S' => KeyCode::F(4),
        _ => return None,
    };
    Some(code.into())
}

fn numbered(number: u8) -> Option<KeyEvent> {
    let code = match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23 | 24 => KeyCode::F(number - 12),
        _ => return None,
    };
    Some(code.into())
}

fn modifiers(mask: u8) -> KeyModifiers {
    let mask = mask.saturating_sub(1);
    [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)]
        .into_iter()
        .filter(|(bit, _)| mask & bit != 0)
        .map(|(_, modifier)| modifier)
        .collect()
}
