//! The code on the left, what it says and where it may go on the right. A code needs more rows than the
//! body of a small screen has: then it stands over the head, too.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::PaymentScreen;
use crate::domain::payment::By;
use crate::domain::qr::{LEAST_QUIET, QUIET, Qr};
use crate::domain::shown::Consent;
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::screens::card::state_of;
use crate::tui::view::Look;
use crate::tui::widgets::text;

/// Cells the words need beside a code.
const WORDS: u16 = 24;

pub fn draw(screen: &PaymentScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let code = screen.link().and_then(Qr::of).filter(|_| !look.settings.ascii);
    let whole = Rect { y: buffer.area.y, height: area.bottom() + 1 - buffer.area.y, ..area };
    let placed = code.as_ref().and_then(|code| place(code, area, whole));
    let (rows, inside) = placed.unwrap_or((Vec::new(), area));
    for y in inside.y..inside.bottom() {
        for x in inside.x..inside.right() {
            buffer[(x, y)].reset();
        }
    }
    let mut left = inside.x;
    for (row, y) in rows.iter().zip(inside.y..) {
        buffer.set_string(inside.x, y, row, look.theme.code());
        left = inside.x + u16::try_from(row.chars().count()).unwrap_or(0);
    }
    let words = Rect { x: left + 1, width: inside.right().saturating_sub(left + 1), ..inside };
    let mut y = words.y;
    for line in lines(screen, look, usize::from(words.width), !rows.is_empty()) {
        if y < words.bottom() {
            buffer.set_line(words.x, y, &line, words.width);
            y += 1;
        }
    }
    // A blinking cursor has no business in a code.
    (!rows.is_empty()).then(|| words.as_position())
}

/// The rows of the code with the widest quiet zone for which there is room, and where they stand.
fn place(code: &Qr, area: Rect, whole: Rect) -> Option<(Vec<String>, Rect)> {
    let fits = |quiet: usize, room: Rect| {
        let side = code.width() + 2 * quiet;
        side.div_ceil(2) <= usize::from(room.height) && side <= usize::from(room.width.saturating_sub(WORDS))
    };
    let tries = [(QUIET, area), (LEAST_QUIET, area), (QUIET, whole), (LEAST_QUIET, whole)];
    let (quiet, room) = tries.into_iter().find(|(quiet, room)| fits(*quiet, *room))?;
    Some((code.half_blocks(quiet), room))
}

fn lines(screen: &PaymentScreen, look: &Look<'_>, width: usize, scans: bool) -> Vec<Line<'static>> {
    let mut lines = vec![
        Line::styled("Request a payment", look.theme.strong()),
        Line::raw(screen.card.name.cut(width)),
        Line::default(),
    ];
    let mut say = |said: &str, style: Style| {
        let rows = text::wrap(SafeText::new(said).as_str(), width);
        lines.extend(rows.into_iter().map(|row| Line::styled(row, style)));
    };
    match (&screen.payment, &screen.refused) {
        (_, Some(why)) => say(why, look.theme.bad()),
        (Some(payment), None) if !payment.link.as_str().is_empty() => {
            say(payment.amount.as_str(), look.theme.strong());
            say(&format!("ref {}", payment.reference), Style::new());
            if !scans {
                say("", Style::new());
                let why = if look.settings.ascii {
                    "No code: this terminal shows plain letters only, and those cannot be scanned. \
                     Send the link instead."
                } else {
                    "No code: the window is too small for it. Make it larger, or send the link."
                };
                say(why, look.theme.warn());
                say(payment.link.as_str(), Style::new());
            }
        }
        (Some(_), None) => {
            let key = look.key(&[Context::Payment], Action::Amount);
            say(&format!("No amount is due: {key} says how much."), look.theme.warn());
        }
        (None, None) => say("Reading ..", Style::new()),
    }
    lines.push(Line::default());
    for (by, name, takes) in [(By::Mail, "E-mail", Action::NewEmail), (By::Text, "Mobile", Action::NewMobile)]
    {
        lines.extend(way(screen, look, width, (by, name, takes)));
    }
    if look.state.no_mail.is_some() {
        lines.push(Line::styled("Mail is not set up.", look.theme.faint()));
    }
    lines
}

/// Where it would go by one way, and whether it can.
fn way(
    screen: &PaymentScreen,
    look: &Look<'_>,
    width: usize,
    (by, name, takes): (By, &str, Action),
) -> Vec<Line<'static>> {
    let Some(point) = screen.point(by) else {
        let key = look.key(&[Context::Customer], takes);
        let none = format!("{name}  none: Esc, then {key}");
        return vec![Line::styled(SafeText::new(&none).cut(width), look.theme.warn())];
    };
    let value = look.phone(&point.value).cut(width.saturating_sub(name.len() + 2));
    let mut lines = vec![Line::raw(format!("{name}  {value}"))];
    let state = state_of(point, look);
    if !state.content.is_empty() {
        lines.push(Line::from(vec![Span::raw(" ".repeat(name.len() + 2)), state]));
    }
    let asked = match &screen.card.consent {
        Some(Consent::NeverAsked) if by == By::Text => Some("never asked: no text may go"),
        Some(Consent::No { .. }) if by == By::Text => Some("said no to texts"),
        Some(Consent::Held { .. }) if by == By::Text => Some("texts are held"),
        Some(Consent::Listed { .. }) if by == By::Text => Some("on the do-not-contact list"),
        _ => None,
    };
    let indent = name.len() + 2;
    lines.extend(asked.map(|said| Line::styled(format!("{:indent$}{said}", ""), look.theme.warn())));
    lines
}

pub fn hint(screen: &PaymentScreen, look: &Look<'_>) -> Line<'static> {
    let key = |action| look.key(&[Context::Payment], action);
    if screen.sending.is_some() {
        return Line::styled(" Saving ..", look.theme.accent());
    }
    if screen.link().is_none() {
        return Line::default();
    }
    let (mail, text) = (key(Action::ByMail), key(Action::ByText));
    Line::raw(format!(" The customer scans it, or gets the link: {mail} by e-mail, {text} by text."))
}
