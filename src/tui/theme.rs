//! Colour roles. The 16 colours of the terminal by default, so that its own palette decides; nothing
//! is said by colour alone, and NO_COLOR leaves the modifiers.

use ratatui::style::{Color, Modifier, Style};

use crate::config::Palette;

/// Styles by what they mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    pub palette: Palette,
}

impl Theme {
    fn colour(self, plain: Color, safe: Color) -> Style {
        match self.palette {
            Palette::Plain => Style::new().fg(plain),
            Palette::Safe => Style::new().fg(safe),
            Palette::None => Style::new(),
        }
    }

    pub fn good(self) -> Style {
        self.colour(Color::Green, Color::Blue)
    }

    pub fn bad(self) -> Style {
        self.colour(Color::Red, Color::Magenta).add_modifier(Modifier::BOLD)
    }

    pub fn warn(self) -> Style {
        self.colour(Color::Magenta, Color::Magenta)
    }

    /// What matched, what is linked.
    pub fn accent(self) -> Style {
        self.colour(Color::Cyan, Color::Cyan)
    }

    /// Not `DIM`, which some terminals draw as nothing: grey where there are colours.
    pub fn faint(self) -> Style {
        self.colour(Color::DarkGray, Color::DarkGray)
    }

    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A key in the help row.
    pub fn key(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The chosen row; survives NO_COLOR.
    pub fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// A QR code: dark on light, whatever the terminal has. Without colours the other way round of the
    /// text, which is right where text is light on dark.
    pub fn code(self) -> Style {
        match self.palette {
            Palette::Plain | Palette::Safe => Style::new().fg(Color::Black).bg(Color::White),
            Palette::None => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// The place where text goes.
    pub fn input(self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }
}
