//! Puts ratatui's cells on the wire: one write per frame, and nothing when nothing changed.
//!
//! Ours instead of ratatui's own, which flushes two or three times per frame, asks the terminal
//! where its cursor is, and under NO_COLOR resets bold and reverse with every colour it leaves out.
//! The sequences here are the ones that a Linux console, tmux and every xterm know.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// What a window is taken for that does not say its size.
const USUAL: Size = Size::new(80, 24);

/// A terminal behind a writer, of which each frame takes one `write_all`.
pub struct Wire<W> {
    out: W,
    size: fn() -> io::Result<Size>,
    colours: bool,
    frame: Vec<u8>,
    cursor: Option<Position>,
    shown: Option<bool>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl<W: Write> Wire<W> {
    /// Writes to `out`; `size` asks for columns and rows before each frame. Without `colours` what
    /// is bold, dim, underlined or reversed stays so.
    pub fn new(out: W, size: fn() -> io::Result<Size>, colours: bool) -> Self {
        Self { out, size, colours, frame: Vec::new(), cursor: None, shown: None }
    }

    fn put(&mut self, text: &str) {
        self.frame.extend_from_slice(text.as_bytes());
    }

    fn go(&mut self, to: Position) {
        self.put(&format!("\x1b[{};{}H", u32::from(to.y) + 1, u32::from(to.x) + 1));
    }

    fn show(&mut self, shown: bool) {
        if self.shown != Some(shown) {
            self.put(if shown { "\x1b[?25h" } else { "\x1b[?25l" });
            self.shown = Some(shown);
        }
    }

    fn look(&mut self, look: Look) {
        let mut codes = String::from("\x1b[0");
        for (modifier, code) in [
            (Modifier::BOLD, ";1"),
            (Modifier::DIM, ";2"),
            (Modifier::ITALIC, ";3"),
            (Modifier::UNDERLINED, ";4"),
            (Modifier::REVERSED, ";7"),
        ] {
            if look.modifier.contains(modifier) {
                codes.push_str(code);
            }
        }
        if self.colours {
            codes.push_str(&colour(look.fg, 30));
            codes.push_str(&colour(look.bg, 40));
        }
        codes.push('m');
        self.put(&codes);
    }
}

/// The part of an SGR sequence for a colour; `base` is 30 for letters, 40 for what is behind them.
fn colour(colour: Color, base: u8) -> String {
    let dark = |n: u8| format!(";{}", base + n);
    let light = |n: u8| format!(";{}", base + 60 + n);
    match colour {
        Color::Reset => String::new(),
        Color::Black => dark(0),
        Color::Red => dark(1),
        Color::Green => dark(2),
        Color::Yellow => dark(3),
        Color::Blue => dark(4),
        Color::Magenta => dark(5),
        Color::Cyan => dark(6),
        Color::Gray => dark(7),
        Color::DarkGray => light(0),
        Color::LightRed => light(1),
        Color::LightGreen => light(2),
        Color::LightYellow => light(3),
        Color::LightBlue => light(4),
        Color::LightMagenta => light(5),
        Color::LightCyan => light(6),
        Color::White => light(7),
        Color::Indexed(n) => format!(";{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!(";{};2;{r};{g};{b}", base + 8),
    }
}

impl<W: Write> Backend for Wire<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut look = Look::default();
        let mut next = None;
        for (x, y, cell) in content {
            let at = Position { x, y };
            if next != Some(at) {
                self.go(at);
            }
            let wanted = Look { fg: cell.fg, bg: cell.bg, modifier: cell.modifier };
            if wanted != look {
                self.look(wanted);
                look = wanted;
            }
            let symbol = cell.symbol();
            let symbol = if symbol.contains(char::is_control) { "?" } else { symbol };
            self.put(symbol);
            // How wide the terminal takes an emoji to be is its own idea: say where the next one goes.
            let sure = symbol.width() == 1 && symbol.chars().count() == 1;
            next = sure.then_some(Position { x: x.saturating_add(1), y });
            self.cursor = None;
        }
        if look != Look::default() {
            self.put("\x1b[0m");
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false);
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true);
        Ok(())
    }

    /// Where we put it last. Asking the terminal would wait for an answer among the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or(Position::ORIGIN))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let to = position.into();
        if self.cursor != Some(to) {
            self.go(to);
            self.cursor = Some(to);
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.put(match region {
            ClearType::All => "\x1b[2J",
            ClearType::AfterCursor => "\x1b[J",
            ClearType::BeforeCursor => "\x1b[1J",
            ClearType::CurrentLine => "\x1b[2K",
            ClearType::UntilNewLine => "\x1b[K",
        });
        // After a stop or a stranger's output nothing is known about the cursor either.
        (self.cursor, self.shown) = (None, None);
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        let size = (self.size)()?;
        Ok(if size.width == 0 || size.height == 0 { USUAL } else { size })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        // Also a frame that failed is gone: half of it would only be written twice.
        let frame = std::mem::take(&mut self.frame);
        if frame.is_empty() { Ok(()) } else { self.out.write_all(&frame) }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use ratatui::Terminal;
    use ratatui::style::{Style, Stylize};
    use ratatui::text::Line;

    use super::*;

    /// Each write by itself.
    #[derive(Clone, Default)]
    struct Writes(Rc<RefCell<Vec<String>>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn drawn(colours: bool, frames: &[(Line<'_>, Option<(u16, u16)>)]) -> Vec<String> {
        let writes = Writes::default();
        let mut terminal =
            Terminal::new(Wire::new(writes.clone(), || Ok(Size::new(12, 2)), colours)).unwrap();
        for (line, cursor) in frames {
            terminal
                .draw(|frame| {
                    frame.render_widget(line, frame.area());
                    if let Some(cursor) = cursor {
                        frame.set_cursor_position(*cursor);
                    }
                })
                .unwrap();
        }
        writes.0.take()
    }

    #[test]
    fn a_frame_is_one_write_and_no_change_is_none() {
        let frames = ["ab", "ab", "ax", "ax"].map(|text| (Line::from(text), Some((1, 1))));
        assert_eq!(
            drawn(true, &frames),
            ["\x1b[1;1Hab\x1b[?25h\x1b[2;2H", "\x1b[1;2Hx\x1b[2;2H"],
            "the cursor is shown once and put back only when letters moved it"
        );
    }

    #[test]
    fn without_colours_reverse_and_bold_stay() {
        let line = || Line::from(vec!["a".red().bold(), "b".on_blue().reversed(), "c".into()]);
        let frame = [(line(), None)];
        assert_eq!(drawn(true, &frame), ["\x1b[1;1H\x1b[0;1;31ma\x1b[0;7;44mb\x1b[0mc\x1b[?25l"]);
        assert_eq!(drawn(false, &frame), ["\x1b[1;1H\x1b[0;1ma\x1b[0;7mb\x1b[0mc\x1b[?25l"]);
        let colours = [Color::LightRed, Color::Indexed(9), Color::Rgb(1, 2, 3)];
        let codes = colours.map(|each| colour(each, 30) + &colour(each, 40));
        assert_eq!(codes, [";91;101", ";38;5;9;48;5;9", ";38;2;1;2;3;48;2;1;2;3"]);
    }

    #[test]
    fn behind_a_wide_letter_the_place_is_said_again() {
        let frame = [(Line::styled("a王é👍🏽b", Style::new()), None)];
        let said = drawn(true, &frame).concat();
        assert_eq!(said, "\x1b[1;1Ha王\x1b[1;4Hé👍🏽\x1b[1;7Hb\x1b[?25l");
    }

    #[test]
    fn no_control_character_of_a_cell_gets_out() {
        let writes = Writes::default();
        let mut wire = Wire::new(writes.clone(), || Ok(USUAL), true);
        let cell = Cell::new("\x1b");
        wire.draw([(0, 0, &cell)].into_iter()).unwrap();
        Backend::flush(&mut wire).unwrap();
        assert_eq!(writes.0.take(), ["\x1b[1;1H?"]);
    }

    #[test]
    fn a_failed_write_is_said_and_not_repeated() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut wire = Wire::new(Gone, || Ok(Size::ZERO), true);
        assert_eq!(wire.size().unwrap(), USUAL);
        wire.put("x");
        assert_eq!(Backend::flush(&mut wire).unwrap_err().to_string(), "gone");
        assert!(Backend::flush(&mut wire).is_ok());
    }
}
