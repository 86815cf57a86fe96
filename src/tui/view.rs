//! Draws the model: two rows of state, the body, three rows of help. Pure: a frame is a function of
//! the model and nothing else.

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr as _};

use super::key::Key;
use super::keymap::Context;
use super::model::{Model, Settings};
use super::msg::Tone;
use super::ring;
use super::screens::{Kind, Page as _, Screen};
use super::theme::Theme;
use super::widgets::text;
use crate::domain::role::Actor;
use crate::domain::text::SafeText;
use crate::domain::time::Micros;

/// What a screen needs for drawing, beside itself.
pub struct Look<'a> {
    pub settings: &'a Settings,
    pub theme: Theme,
    pub now: Micros,
    pub offset: i32,
    pub me: &'a Actor,
    pub state: &'a crate::domain::shown::State,
    /// List, card and timeline side by side.
    pub wide: bool,
}

impl Look<'_> {
    /// A number as people of the desk's region write it.
    pub fn phone(&self, value: &SafeText) -> SafeText {
        text::phone(&self.settings.policy, value)
    }

    pub fn when(&self, at: Micros) -> String {
        text::when(at, self.now, self.offset)
    }

    pub fn stamp(&self, at: Micros) -> String {
        text::stamp(at, self.now, self.offset)
    }

    pub fn ago(&self, at: Micros) -> String {
        text::ago(at, self.now)
    }

    /// The key of an action as the help row names it.
    pub fn key(&self, contexts: &[Context], action: super::keymap::Action) -> String {
        self.settings.keymap.key(contexts, action).map_or_else(String::new, |key| key.to_string())
    }
}

/// Below this a screen says what it needs.
pub const SMALLEST: (u16, u16) = (60, 16);

/// From this on three panes stand side by side.
const WIDE: (u16, u16) = (118, 30);

/// Sentences are written for this many columns.
const DESIGN: u16 = 80;

/// Rows above the body and below it.
const HEAD: u16 = 3;
const FOOT: u16 = 4;

/// Rows of the body on a screen of so many, where the demo's strip does not take one.
pub fn body_rows(height: u16) -> u16 {
    height.saturating_sub(HEAD + FOOT)
}

/// Cells of the list and of the card when they stand side by side; the timeline takes the rest.
const LIST: u16 = 30;
const CARD: u16 = 44;

/// Draws a frame; answers where the hardware cursor is parked.
pub fn draw(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let cursor = if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(area, buffer);
        None
    } else {
        whole(model, area, buffer)
    };
    if model.settings.ascii {
        to_ascii(buffer);
    }
    cover(buffer);
    cursor
}

/// Many terminals draw an emoji of several characters as that many emojis. What stands behind it is
/// written after it, changed or not, so that nothing of it stays.
fn cover(buffer: &mut Buffer) {
    for at in 0..buffer.content.len() {
        let symbol = buffer.content[at].symbol();
        if symbol.len() <= char::MAX_LEN_UTF8 {
            continue;
        }
        let most: usize = symbol.chars().filter_map(UnicodeWidthChar::width).sum();
        // One more where the row ends before an emoji does.
        let behind = at + symbol.width()..at + most + 1;
        for cell in buffer.content.iter_mut().take(behind.end).skip(behind.start) {
            cell.set_diff_option(CellDiffOption::AlwaysUpdate);
        }
    }
}

fn too_small(area: Rect, buffer: &mut Buffer) {
    let lines = [
        format!("{}x{} is too small.", area.width, area.height),
        format!("Make it {}x{};", SMALLEST.0, SMALLEST.1),
        "80x24 is best.".to_owned(),
        "Nothing is lost.".to_owned(),
    ];
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        buffer.set_stringn(area.x, y, line, usize::from(area.width), Style::new());
    }
}

fn whole(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let wide = area.width >= WIDE.0 && area.height >= WIDE.1;
    let look = Look {
        settings: &model.settings,
        theme: model.settings.theme,
        now: model.now,
        offset: model.offset,
        me: &model.me,
        state: &model.state,
        wide,
    };
    let row = |y: u16| Rect::new(area.x, y, area.width, 1);
    state_row(model, &look, row(area.y), buffer);
    let owner =
        model.stack.iter().rev().find(|screen| screen.kind() == Kind::Body || screen.kind() == Kind::Part);
    let mut head = area.y + 1;
    if let Some(strip) = &model.strip {
        buffer.set_stringn(area.x, head, strip.line(), usize::from(area.width), look.theme.accent());
        head += 1;
    }
    let mut title = owner.map(|screen| screen.title(&look)).unwrap_or_default();
    // What does not fit goes whole: half an amount would be another one.
    while title.width() > usize::from(area.width) && title.spans.len() > 1 {
        title.spans.pop();
    }
    buffer.set_line(area.x, head, &title, area.width);
    rule(row(head + 1), buffer);
    ring::banner(model, &look, row(head + 1), buffer);
    let body = Rect::new(area.x, head + 2, area.width, area.bottom() - FOOT - head - 2);
    let foot = area.bottom() - FOOT;
    rule(row(foot), buffer);
    let below = body_of(model, &look, body, buffer);
    foot_rows(model, &look, Rect::new(area.x, foot + 1, area.width, FOOT - 1), buffer);
    let top = model.top();
    let cursor = match top.kind() {
        Kind::Box => top.draw(&look, body, buffer),
        Kind::Row => top.draw(&look, row(foot + 1), buffer),
        Kind::Body | Kind::Part => below,
    };
    // A screen with nothing to choose has its cursor where its words begin.
    let cursor = cursor.or_else(|| top.typing().is_none().then_some(body.as_position()));
    cursor.filter(|cursor| area.contains(*cursor))
}

/// Draws what is not a box; answers with the cursor of the topmost of it.
fn body_of(model: &Model, look: &Look<'_>, body: Rect, buffer: &mut Buffer) -> Option<Position> {
    let flat: Vec<&Screen> =
        model.stack.iter().filter(|screen| matches!(screen.kind(), Kind::Body | Kind::Part)).collect();
    let top = *flat.last()?;
    // Of a caller's card over another one, the upper.
    let card = flat.iter().rev().find_map(|screen| match screen {
        Screen::Card(card) => Some(card),
        _ => None,
    });
    match (card, top) {
        (
            Some(card),
            Screen::Card(_) | Screen::Form(_) | Screen::Record(_) | Screen::Note(_) | Screen::Text(_),
        ) if look.wide && top.customer().is_some() => {
            let list = Rect { width: LIST, ..body };
            let middle = Rect { x: body.x + LIST + 1, width: CARD, ..body };
            let right = Rect { x: middle.right() + 1, width: body.right() - middle.right() - 1, ..body };
            upright(list.right(), body, buffer);
            upright(middle.right(), body, buffer);
            if let Some(Screen::Lookup(lookup)) = model.stack.first() {
                lookup.draw_narrow(look, list, buffer);
            }
            let rest = card.draw_contact(look, middle, buffer);
            match top {
                Screen::Form(_) | Screen::Record(_) | Screen::Note(_) => {
                    card.draw_timeline(look, right, buffer);
                    top.draw(look, rest, buffer)
                }
                Screen::Text(_) => {
                    card.draw_note(look, rest, buffer);
                    top.draw(look, right, buffer)
                }
                _ => {
                    card.draw_note(look, rest, buffer);
                    card.draw_timeline(look, right, buffer)
                }
            }
        }
        (Some(card), Screen::Note(note)) => {
            let left = card.draw(look, body, buffer);
            let area = card.note_area(look, body);
            note.draw(look, area, buffer).or(left)
        }
        _ => top.draw(look, body, buffer),
    }
}

fn state_row(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    if matches!(model.top(), Screen::Welcome(_)) {
        buffer.set_string(area.x, area.y, "cordboard", look.theme.strong());
        return;
    }
    let state = &model.state;
    let mut left: Vec<Span<'_>> = Vec::new();
    // A desk that neither texts nor uploads has nobody to be online to.
    let alone = state.no_texting.is_some() && (!model.settings.upstream || state.no_upload.is_some());
    match (state.refused.is_some(), state.offline) {
        (true, _) => left.push(Span::styled("REFUSED", look.theme.bad())),
        (_, Some(since)) => left.push(Span::styled(format!("OFFLINE {}", look.ago(since)), look.theme.bad())),
        (_, None) if alone => left.push(Span::styled("NOT SET UP TO TEXT", look.theme.strong())),
        (_, None) => left.push(Span::styled("ONLINE", look.theme.good())),
    }
    let count = |n: i64, one: &str, many: &str| {
        let word = if n == 1 { one } else { many };
        (n > 0).then(|| format!("   {n} {word}"))
    };
    left.extend(count(state.to_upload, "to upload", "to upload").map(Span::raw));
    left.extend(count(state.texts_waiting, "text waiting", "texts waiting").map(Span::raw));
    let needs = count(state.needs_person, "needs you (g o)", "need you (g o)");
    left.extend(needs.map(|text| Span::styled(text, look.theme.warn())));
    for (missing, what) in [(&state.no_texting, "texting"), (&state.no_upload, "uploading")] {
        left.extend(missing.as_ref().filter(|_| !alone).map(|_| Span::raw(format!("   {what} not set up"))));
    }
    let name = SafeText::new(&model.me.name).cut(24);
    let clock = text::clock(model.now, model.offset);
    let right = format!("{} {name}  {}  {clock} ", model.me.number, model.me.role.as_str());
    let width = u16::try_from(right.as_str().width()).unwrap_or(0).min(area.width);
    buffer.set_line(area.x, area.y, &Line::from(left), area.width.saturating_sub(width + 1));
    buffer.set_stringn(area.right() - width, area.y, &right, usize::from(width), Style::new());
}

/// The sentence of the moment, then the keys, then the state of the keyboard as a word.
fn foot_rows(model: &Model, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let top = model.top();
    let hint = match model.toast() {
        Some(_) => model
            .toasts()
            .map(|toast| Span::styled(format!(" {}", toast.text), tone(look.theme, toast.tone)))
            .collect(),
        None => top.hint(look),
    };
    let mut y = area.y + 1;
    if top.kind() != Kind::Row {
        // What happened is said whole; a standing hint gives way to the keys on a narrow screen.
        let rows = if model.toast().is_some() || area.width >= DESIGN { 2 } else { 1 };
        y += say(&hint, Rect { height: rows, ..area }, buffer);
    } else if model.toast().is_some() {
        say(&hint, Rect { y, height: 1, ..area }, buffer);
        y += 1;
    }
    let (word, style) = match top.typing() {
        Some(target) => (format!("TYPING {}", target.name), Style::new().add_modifier(Modifier::REVERSED)),
        None => ("DESK".to_owned(), look.theme.strong()),
    };
    let word = SafeText::new(&word).cut(usize::from(area.width / 2));
    let cells = u16::try_from(word.as_str().width()).unwrap_or(0) + 1;
    let contexts = contexts(top);
    // A locked desk does nothing but open; its body says how.
    let locked = matches!(top, Screen::Lock(_));
    let mut keys = if locked { Vec::new() } else { model.settings.keymap.rows(&contexts) };
    let rows = Rect { y, height: area.bottom() - y, ..area };
    // What does not fit goes from the end, but never the list of everything and the way back.
    while keys.len() > 2 && places(&keys, rows, cells).is_none() {
        keys.remove(keys.len() - 3);
    }
    for ((key, label), place) in keys.iter().zip(places(&keys, rows, cells).unwrap_or_default()) {
        let key = key.to_string();
        buffer.set_stringn(place.x, place.y, &key, key.width(), look.theme.key());
        let after = place.x + u16::try_from(key.width()).unwrap_or(0) + 1;
        buffer.set_stringn(after, place.y, label, label.width(), Style::new());
    }
    let x = area.right().saturating_sub(cells);
    buffer.set_stringn(x, area.bottom() - 1, &word, usize::from(cells), style);
}

/// Where each key stands, with `word` cells left free at the end of the last row; `None` if there is no
/// room for all.
fn places(keys: &[(Key, &str)], area: Rect, word: u16) -> Option<Vec<Position>> {
    let (mut x, mut y) = (area.x + 1, area.y);
    let mut places = Vec::with_capacity(keys.len());
    for (key, label) in keys {
        let needs = u16::try_from(key.to_string().width() + 1 + label.width()).unwrap_or(u16::MAX);
        let end = |y: u16| {
            if y + 1 == area.bottom() { area.right().saturating_sub(word + 1) } else { area.right() }
        };
        if x.saturating_add(needs) > end(y) && y + 1 < area.bottom() {
            (x, y) = (area.x + 1, y + 1);
        }
        if x.saturating_add(needs) > end(y) {
            return None;
        }
        places.push(Position::new(x, y));
        x += needs + 2;
    }
    Some(places)
}

/// A sentence in one row, or in as many as it needs and the area has; answers with how many more
/// than one it took.
fn say(sentence: &Line<'_>, area: Rect, buffer: &mut Buffer) -> u16 {
    if sentence.width() <= usize::from(area.width) {
        buffer.set_line(area.x, area.y, sentence, area.width);
        return 0;
    }
    let style = sentence.spans.first().map_or(sentence.style, |span| sentence.style.patch(span.style));
    let words = sentence.to_string();
    let width = usize::from(area.width).saturating_sub(2);
    let mut rest = words.trim();
    for y in area.y..area.bottom() {
        let row = text::wrap(rest, width).into_iter().next().unwrap_or_default();
        let row = if y + 1 == area.bottom() { SafeText::new(rest).cut(width) } else { row };
        rest = rest.get(row.len()..).unwrap_or_default().trim_start();
        buffer.set_stringn(area.x + 1, y, row, width, style);
    }
    area.height - 1
}

/// Where a key is looked up, nearest first.
pub fn contexts(top: &Screen) -> Vec<Context> {
    let mode = if top.typing().is_some() { Context::Typing } else { Context::Desk };
    let boxed = matches!(top.kind(), Kind::Box | Kind::Row);
    let mut contexts = top.contexts().to_vec();
    // Before there is a desk, its keys mean nothing.
    if matches!(top, Screen::Welcome(_)) {
        return contexts;
    }
    if !boxed {
        contexts.push(mode);
    }
    contexts.push(Context::Everywhere);
    contexts
}

pub fn tone(theme: Theme, tone: Tone) -> Style {
    match tone {
        Tone::Good => theme.good(),
        Tone::Note => Style::new(),
        Tone::Bad => theme.bad(),
    }
}

/// A line across.
pub fn rule(area: Rect, buffer: &mut Buffer) {
    let line = "─".repeat(usize::from(area.width));
    buffer.set_stringn(area.x, area.y, line, usize::from(area.width), Style::new());
}

/// A line across with words in it: `── Note (stays here) ──`.
pub fn rule_titled(title: &str, area: Rect, buffer: &mut Buffer, style: Style) {
    rule(area, buffer);
    let title = format!(" {} ", SafeText::new(title).cut(usize::from(area.width).saturating_sub(6)));
    buffer.set_stringn(area.x + 2, area.y, &title, usize::from(area.width).saturating_sub(2), style);
}

/// A line down at column `x` of `area`.
pub fn upright(x: u16, area: Rect, buffer: &mut Buffer) {
    for y in area.y..area.bottom() {
        buffer.set_string(x, y, "│", Style::new());
    }
}

/// A box in the middle of `area`, emptied, with a title; answers with its inside.
pub fn framed(title: &str, size: (u16, u16), area: Rect, buffer: &mut Buffer) -> Rect {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height));
    let frame =
        Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height);
    for y in frame.y..frame.bottom() {
        for x in frame.x..frame.right() {
            buffer[(x, y)].reset();
        }
        // A wide character that reaches under the frame would hide its edge.
        if let Some(cell) = frame.x.checked_sub(1).and_then(|x| buffer.cell_mut((x, y)))
            && cell.symbol().width() > 1
        {
            cell.set_symbol(" ");
        }
    }
    let block = ratatui::widgets::Block::bordered().title(format!(" {title} "));
    let inside = block.inner(frame);
    ratatui::widgets::Widget::render(block, frame, buffer);
    inside
}

/// For terminals without UTF-8: lines and signs have a plain form, anything else is a question mark.
fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let plain = match cell.symbol() {
            text if text.is_ascii() => continue,
            "─" | "━" => "-",
            "│" | "┃" => "|",
            "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" => "+",
            "✓" => "+",
            "✗" | "×" => "x",
            "›" | "→" => ">",
            "…" => "~",
            text if text.width() == 2 => "??",
            _ => "?",
        };
        cell.set_symbol(plain);
    }
}
