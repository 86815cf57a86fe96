//! Bytes become characters, and characters keys, as terminals have sent them since the VT100.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Puts UTF-8 together. What is none is left out.
#[derive(Default)]
pub(super) struct Decoder {
    /// Of a character that is not complete.
    begun: Vec<u8>,
}

impl Decoder {
    /// Takes a byte; answers with the character that it completes.
    pub(super) fn take(&mut self, byte: u8) -> Option<char> {
        self.begun.push(byte);
        match std::str::from_utf8(&self.begun) {
            Ok(text) => {
                let c = text.chars().next();
                self.begun.clear();
                c
            }
            Err(why) if why.error_len().is_none() => None,
            Err(_) if self.begun.len() == 1 => {
                self.begun.clear();
                None
            }
            // The byte may begin another.
            Err(_) => {
                self.begun.clear();
                self.take(byte)
            }
        }
    }
}

/// The key that sends this character.
pub(super) fn key(c: char) -> KeyEvent {
    let ctrl = |letter: u8| KeyEvent::new(KeyCode::Char(char::from(letter)), KeyModifiers::CONTROL);
    match c {
        '\x1b' => KeyCode::Esc.into(),
        '\r' => KeyCode::Enter.into(),
        '\t' => KeyCode::Tab.into(),
        '\x7f' => KeyCode::Backspace.into(),
        '\0' => ctrl(b' '),
        '\x01'..='\x1a' => ctrl(c as u8 - 1 + b'a'),
        '\x1c'..='\x1f' => ctrl(c as u8 - 0x1c + b'4'),
        c if c.is_uppercase() => KeyEvent::new(KeyCode::Char(c), KeyModifiers::SHIFT),
        c => KeyCode::Char(c).into(),
    }
}
