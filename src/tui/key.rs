//! One key press as the desk names it: what a terminal can send, without what it cannot.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::{Deserialize, Serialize};

/// A key with Ctrl or Alt. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    pub code: Code,
    #[serde(default, skip_serializing_if = "is_false")]
    pub ctrl: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub alt: bool,
}

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Code {
    Char(char),
    F(u8),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(flag: &bool) -> bool {
    !flag
}

const NAMES: [(Code, &str); 14] = [
    (Code::Enter, "Enter"),
    (Code::Esc, "Esc"),
    (Code::Tab, "Tab"),
    (Code::BackTab, "Shift+Tab"),
    (Code::Backspace, "Backspace"),
    (Code::Delete, "Del"),
    (Code::Up, "Up"),
    (Code::Down, "Down"),
    (Code::Left, "Left"),
    (Code::Right, "Right"),
    (Code::PageUp, "PgUp"),
    (Code::PageDown, "PgDn"),
    (Code::Home, "Home"),
    (Code::End, "End"),
];

impl Key {
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, alt: false }
    }

    /// The character it types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// What a terminal reported; `None` for keys that no action can have.
    pub fn read(event: &KeyEvent) -> Option<Self> {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        let code = match event.code {
            // Ctrl+letter is the same byte whatever the case.
            KeyCode::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
            KeyCode::Char(c) => Code::Char(c),
            KeyCode::F(n) => Code::F(n),
            KeyCode::Enter => Code::Enter,
            KeyCode::Esc => Code::Esc,
            KeyCode::Tab => Code::Tab,
            KeyCode::BackTab => Code::BackTab,
            KeyCode::Backspace => Code::Backspace,
            KeyCode::Delete => Code::Delete,
            KeyCode::Up => Code::Up,
            KeyCode::Down => Code::Down,
            KeyCode::Left => Code::Left,
            KeyCode::Right => Code::Right,
            KeyCode::PageUp => Code::PageUp,
            KeyCode::PageDown => Code::PageDown,
            KeyCode::Home => Code::Home,
            KeyCode::End => Code::End,
            _ => return None,
        };
        Some(Self { code, ctrl, alt })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl+")?;
        }
        if self.alt {
            f.write_str("Alt+")?;
        }
        match self.code {
            Code::Char(' ') => f.write_str("Space"),
            Code::Char(c) if self.ctrl => write!(f, "{}", c.to_ascii_uppercase()),
            Code::Char(c) => write!(f, "{c}"),
            Code::F(n) => write!(f, "F{n}"),
            other => f.write_str(NAMES.iter().find(|(code, _)| *code == other).map_or("", |(_, name)| name)),
        }
    }
}

/// Why a key name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no key: write it like s, F2, Ctrl+S, Alt+Enter, Space or PgDn")]
pub struct NoKey(pub String);

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let refuse = || NoKey(text.to_owned());
        let (mut ctrl, mut alt, mut rest) = (false, false, text);
        loop {
            let lower = rest.to_ascii_lowercase();
            if lower.starts_with("ctrl+") && rest.len() > 5 {
                (ctrl, rest) = (true, &rest[5..]);
            } else if lower.starts_with("alt+") && rest.len() > 4 {
                (alt, rest) = (true, &rest[4..]);
            } else {
                break;
            }
        }
        let named = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(rest)).map(|(code, _)| *code);
        let function = rest.strip_prefix(['F', 'f']).and_then(|n| n.parse::<u8>().ok());
        let mut chars = rest.chars();
        let code = match (named, function, chars.next(), chars.next()) {
            (Some(code), ..) => code,
            (_, Some(n @ 1..=12), ..) => Code::F(n),
            _ if rest.eq_ignore_ascii_case("space") => Code::Char(' '),
            (_, _, Some(c), None) if !c.is_control() => {
                Code::Char(if ctrl { c.to_ascii_lowercase() } else { c })
            }
            _ => return Err(refuse()),
        };
        Ok(Self { code, ctrl, alt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in
            ["s", "?", "+", "F2", "Ctrl+S", "Alt+Enter", "Space", "Shift+Tab", "PgDn", "Ctrl++", "Del"]
        {
            assert_eq!(name.parse::<Key>().unwrap().to_string(), name);
        }
        for (text, name) in
            [("ctrl+s", "Ctrl+S"), ("ALT+enter", "Alt+Enter"), ("f10", "F10"), ("space", "Space")]
        {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), name);
        }
        for text in ["", "F13", "F0", "Ctrl+", "Hyper+x", "ab", "\u{1b}"] {
            assert_eq!(text.parse::<Key>(), Err(NoKey(text.to_owned())));
        }
    }
}
