//! The thread above, the newest text at its bottom; below it the composer, or why there is none.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Page as _, TextScreen, status};
use crate::domain::segments;
use crate::domain::shown::{Consent, Party, Text};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::view::{Look, rule_titled};
use crate::tui::widgets::text;

/// Rows a composer grows to.
const GROWS: u16 = 5;

/// Rows of the thread that stay whatever is typed below.
const THREAD: u16 = 3;

/// From this width on a text stands in columns: date, way, state, words, segments.
const COLUMNS: usize = 70;
const STATE: usize = 14;
/// Cells before the words, and of the segments behind them.
const BEFORE: usize = 35;
const SEGMENTS: usize = 11;

/// Cells of the name in titles.
const NAME: usize = 28;

pub fn title(screen: &TextScreen, look: &Look<'_>) -> Line<'static> {
    let mut spans = vec![Span::styled(format!("Text to {}", whom(screen)), look.theme.strong())];
    if let Some(ours) = look.settings.numbers.first().filter(|_| screen.number().is_some()) {
        spans.push(Span::raw(format!("   from {}", look.settings.policy.national(ours))));
    }
    spans.push(Span::raw("   "));
    spans.push(match screen.consent() {
        None => Span::raw(""),
        Some(Consent::Yes { method, at }) => {
            let purpose = look.settings.purpose.as_str();
            Span::styled(format!("consent: {purpose}, by {method} {}", look.when(*at)), look.theme.good())
        }
        Some(Consent::NeverAsked) => Span::styled("never asked", look.theme.warn()),
        Some(Consent::No { since, stopped: true, .. }) => {
            Span::styled(format!("STOP since {}", look.when(*since)), look.theme.bad())
        }
        Some(Consent::No { since, .. }) => {
            Span::styled(format!("NO since {}", look.when(*since)), look.theme.bad())
        }
    });
    Line::from(spans)
}

/// Name and number, as far as they are known.
fn whom(screen: &TextScreen) -> String {
    let Some(thread) = &screen.thread else { return "..".to_owned() };
    let name = match thread.party {
        Party::Customer(_) => thread.name.cut(NAME),
        Party::Number(_) => "unknown number".to_owned(),
    };
    match (&thread.party, &thread.number) {
        (_, Some(_)) => format!("{name}  {}", screen.national),
        (Party::Number(theirs), None) => format!("unknown sender  {}", theirs.cut(NAME)),
        (Party::Customer(_), None) => name,
    }
}

/// The word in the bottom row.
pub fn target(screen: &TextScreen) -> String {
    match (screen.is_blocked(), screen.number()) {
        (true, _) => "TEXT (closed)".to_owned(),
        (false, Some(_)) => format!("TEXT to {}", screen.national),
        (false, None) => "TEXT".to_owned(),
    }
}

pub fn hint(screen: &TextScreen, look: &Look<'_>) -> Line<'static> {
    if !screen.is_open() {
        return match screen.thread {
            Some(_) if !screen.composer.is_empty() => Line::raw(" What you typed is kept and is not sent."),
            _ => Line::default(),
        };
    }
    let body = screen.body();
    if !body.is_empty() {
        return Line::raw(format!(" {}", size(body)));
    }
    let key = |action| look.key(&[Context::Text], action);
    let up = key(Action::Held);
    if screen.held().is_some() {
        return Line::raw(format!(" {up} takes back the text that has not left yet."));
    }
    if let Some(draft) = &screen.offered {
        let line = format!(" A text you began {} is kept: {up} takes it.", look.stamp(draft.at));
        return Line::styled(line, look.theme.accent());
    }
    let seconds = look.settings.undo_seconds;
    Line::raw(match seconds {
        0 => format!(" {} sends at once.", key(Action::Send)),
        _ => format!(" {} sends; for {seconds} s {up} takes it back.", key(Action::Send)),
    })
}

/// `77 units  UCS-2  2 segments`.
fn size(body: &str) -> String {
    let count = segments::count(body);
    let word = |n: u32, one: &str| if n == 1 { format!("{n} {one}") } else { format!("{n} {one}s") };
    format!("{}  {}  {}", word(count.units, "unit"), count.encoding, word(count.segments, "segment"))
}

pub fn too_long(excess: usize) -> String {
    let longest = segments::LONGEST;
    format!("Too long: one text has at most {longest} units. Shorten it by {excess}.")
}

/// Why nothing can be sent, with what opens it.
pub fn closed(screen: &TextScreen) -> String {
    match (screen.number(), screen.consent(), screen.customer()) {
        (None, _, Some(_)) => "There is no mobile on file: nothing can be sent.".to_owned(),
        (None, _, None) => "This sender has no number: it can write to us and cannot be answered.".to_owned(),
        (_, Some(Consent::NeverAsked), _) => {
            "Nobody has asked for this number yet: ask before you text.".to_owned()
        }
        (_, Some(Consent::No { why, .. }), _) => sentence(why),
        _ => "This number cannot be texted.".to_owned(),
    }
}

/// Begins large and ends with a full stop.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    let stop = if words.ends_with(['.', '?', '!']) { "" } else { "." };
    first.chain(chars).collect::<String>() + stop
}

pub fn draw(screen: &TextScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let lower = Lower::new(screen, look, area.width).fitted(area.height.saturating_sub(THREAD));
    let height = lower.height().min(area.height);
    let above = Rect { height: area.height - height, ..area };
    draw_thread(screen, look, above, buffer);
    lower.draw(screen, look, Rect { y: above.bottom(), height, ..area }, buffer)
}

/// What stands under the thread: a title, sentences, the box, and what is to be said about it.
struct Lower {
    title: String,
    before: Vec<Line<'static>>,
    field: u16,
    after: Vec<Line<'static>>,
}

impl Lower {
    fn new(screen: &TextScreen, look: &Look<'_>, width: u16) -> Self {
        let cells = usize::from(width).saturating_sub(2);
        let field = screen.composer.height(width.saturating_sub(4)).min(GROWS);
        let mut after = Vec::new();
        if let Some(why) = &screen.trouble {
            after.extend(lines(why, cells, look.theme.bad()));
        }
        if screen.is_blocked() {
            let typed = screen.typing || !screen.composer.is_empty();
            let field = if typed { field } else { 0 };
            let title = format!("No text to {}", whom(screen));
            return Self { title, before: block(screen, look, cells), field, after };
        }
        let body = screen.body();
        if let Some(excess) = Some(segments::excess(body)).filter(|excess| *excess > 0) {
            after.extend(lines(&too_long(excess), cells, look.theme.bad()));
        }
        if let Some(forced) = segments::forced(body) {
            let style = if forced.costs() { look.theme.warn() } else { look.theme.faint() };
            after.extend(lines(SafeText::new(&forced.to_string()).as_str(), cells, style));
        }
        if screen.sending.is_some() {
            after.extend(lines("Saving..", cells, look.theme.faint()));
        }
        Self { title: format!("Text to {}", whom(screen)), before: Vec::new(), field, after }
    }

    fn height(&self) -> u16 {
        1 + count(&self.before) + self.field + count(&self.after)
    }

    /// Gives up rows until it fits: of the box down to two, then of what is said, last of the box.
    fn fitted(mut self, room: u16) -> Self {
        while self.height() > room.max(2) {
            if self.field > 2 {
                self.field -= 1;
            } else if self.after.pop().is_some() || self.before.pop().is_some() {
            } else {
                self.field = self.field.saturating_sub(1).max(1);
                break;
            }
        }
        self
    }

    fn draw(
        &self,
        screen: &TextScreen,
        look: &Look<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let style = if screen.is_blocked() { look.theme.warn() } else { look.theme.strong() };
        rule_titled(&self.title, Rect { height: 1, ..area }, buffer, style);
        let mut y = area.y + 1;
        let parked = Position::new(area.x, y);
        put(&self.before, &mut y, area, buffer);
        let mut caret = None;
        if self.field > 0 && y < area.bottom() {
            let sign = if screen.is_blocked() { " # " } else { " > " };
            buffer.set_string(area.x, y, sign, look.theme.strong());
            let field = Rect {
                x: area.x + 3,
                y,
                width: area.width.saturating_sub(4),
                height: self.field.min(area.bottom() - y),
            };
            caret = screen.composer.draw(field, buffer, Style::new());
            y += self.field;
        }
        put(&self.after, &mut y, area, buffer);
        if screen.typing { caret } else { Some(parked) }
    }
}

fn count(lines: &[Line<'_>]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

fn put(lines: &[Line<'_>], y: &mut u16, area: Rect, buffer: &mut Buffer) {
    for line in lines {
        if *y < area.bottom() {
            buffer.set_line(area.x, *y, line, area.width);
        }
        *y += 1;
    }
}

fn lines(words: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    let rows = text::wrap(words, width.saturating_sub(1)).into_iter();
    rows.map(|row| Line::styled(format!(" {row}"), style)).collect()
}

/// Why there is no composer, and the keys that change that.
fn block(screen: &TextScreen, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let mut rows = lines(&closed(screen), width, look.theme.bad());
    let key = |action| look.key(&[Context::Consent, Context::NoText], action);
    let (yes, no, mobile) = (key(Action::SaidYes), key(Action::DoNotText), key(Action::NewMobile));
    let desk = if screen.typing { "Esc, then " } else { "" };
    match screen.consent() {
        Some(Consent::NeverAsked | Consent::No { stopped: false, .. }) => {
            rows.extend(lines(&format!("\"{}\"", look.settings.wording), width, Style::new()));
            let keys = if screen.recording.is_some() {
                "Saving..".to_owned()
            } else {
                format!("{desk}{yes} they said yes   {no} they said no")
            };
            rows.extend(lines(&keys, width, look.theme.strong()));
        }
        _ if screen.customer().is_some() => {
            let takes = if screen.number().is_some() { "takes another mobile" } else { "takes a new one" };
            rows.extend(lines(&format!("{desk}{mobile} {takes}"), width, look.theme.strong()));
        }
        _ => {}
    }
    if screen.typing || !screen.composer.is_empty() {
        rows.extend(lines("Kept, not sent:", width, look.theme.faint()));
    }
    rows
}

fn draw_thread(screen: &TextScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let texts = screen.texts();
    if texts.is_empty() {
        let sentence = if screen.thread.is_some() { " No texts yet." } else { " .." };
        if area.height > 0 {
            buffer.set_stringn(area.x, area.y, sentence, width, look.theme.faint());
        }
        return;
    }
    let newest = texts.len() - 1;
    let lowest = screen.lowest.and_then(|id| texts.iter().position(|text| text.id == id)).unwrap_or(newest);
    let below = newest - lowest;
    let height = usize::from(area.height).saturating_sub(usize::from(below > 0));
    let mut y = area.y;
    put(&window(texts, lowest, look, width, height), &mut y, area, buffer);
    if below > 0 && area.height > 0 {
        let key = look.key(&[Context::Text], Action::PageDown);
        let word = if below == 1 { "text" } else { "texts" };
        let line = format!(" {below} newer {word} below: {key}");
        buffer.set_stringn(area.x, area.bottom() - 1, line, width, look.theme.accent());
    }
}

/// The rows that end with the text `lowest`; where these do not fill the height, later ones follow.
fn window(texts: &[Text], lowest: usize, look: &Look<'_>, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut upwards: Vec<Vec<Line<'static>>> = Vec::new();
    let mut filled = 0;
    for text in texts[..=lowest].iter().rev() {
        if filled >= height {
            break;
        }
        let rows = rows(text, look, width);
        filled += rows.len();
        upwards.push(rows);
    }
    let mut shown: Vec<Line<'static>> = upwards.into_iter().rev().flatten().collect();
    let hidden = shown.len().saturating_sub(height);
    shown.drain(..hidden);
    let later = texts[lowest + 1..].iter().flat_map(|text| rows(text, look, width));
    let missing = height - shown.len();
    shown.extend(later.take(missing));
    shown
}

/// A text as rows: date, way, state and words, side by side where there is room. Under a failed one
/// stands what its code means.
pub fn rows(text: &Text, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    if width < COLUMNS { stacked(text, look, width) } else { in_columns(text, look, width) }
}

fn way(text: &Text) -> &'static str {
    if text.inbound { "in" } else { "out" }
}

/// As the provider has counted; of theirs nobody pays the segments here.
fn counted(text: &Text) -> String {
    match text.segments.filter(|_| !text.inbound) {
        None => String::new(),
        Some(1) => "1 segment".to_owned(),
        Some(n) => format!("{n} segments"),
    }
}

fn in_columns(text: &Text, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let (state, style) = status::words(text, look);
    let room = width.saturating_sub(BEFORE + SEGMENTS + 1);
    let state = text::wrap(&state, STATE);
    let words = text::wrap(text.body.as_str(), room);
    let trouble = status::trouble(text).map(|why| text::wrap(why, room)).unwrap_or_default();
    let cell =
        |row: Option<&String>, width: usize| text::pad(&SafeText::new(row.map_or("", String::as_str)), width);
    let mut rows = Vec::new();
    for at in 0..state.len().max(words.len() + trouble.len()) {
        let head = match at {
            0 => format!(" {:<11}  {:<3}  ", look.when(text.at), way(text)),
            _ => " ".repeat(BEFORE - STATE - 2),
        };
        let (row, looks) = match words.get(at) {
            Some(row) => (Some(row), Style::new()),
            None => (trouble.get(at - words.len()), look.theme.warn()),
        };
        let mut line = vec![
            Span::raw(head),
            Span::styled(cell(state.get(at), STATE), style),
            Span::raw("  "),
            Span::styled(cell(row, room), looks),
        ];
        if at == 0 {
            line.push(Span::styled(format!("{:>SEGMENTS$}", counted(text)), look.theme.faint()));
        }
        rows.push(Line::from(line));
    }
    rows
}

fn stacked(text: &Text, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let (state, style) = status::words(text, look);
    let head = format!(" {} {}  ", look.when(text.at), way(text));
    let mut first = vec![Span::raw(head), Span::styled(state, style)];
    let counted = counted(text);
    if !counted.is_empty() {
        first.push(Span::styled(format!("  {counted}"), look.theme.faint()));
    }
    let mut rows = vec![Line::from(first)];
    let indented = |words: &str, style: Style| {
        let rows = text::wrap(words, width.saturating_sub(4));
        rows.into_iter().map(move |row| Line::styled(format!("   {row}"), style))
    };
    rows.extend(indented(text.body.as_str(), Style::new()));
    if let Some(why) = status::trouble(text) {
        rows.extend(indented(why, look.theme.warn()));
    }
    rows
}
