//! The thread above, the newest text at its bottom; below it the composer, or why there is none.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::line::both;
use super::rows::rows;
use super::{Page as _, TextScreen};
use crate::domain::later;
use crate::domain::lint::Level;
use crate::domain::phone::E164;
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

/// Cells of the name in the title row: all of it fits 80.
const NAME: usize = 24;

pub fn title(screen: &TextScreen, look: &Look<'_>) -> Line<'static> {
    let mut spans = vec![Span::styled(format!("Text to {}", whom(screen, NAME)), look.theme.strong())];
    if let Some(ours) = screen.sender(look.settings).filter(|_| screen.number().is_some()) {
        spans.push(Span::raw(format!("   from {}", look.settings.policy.national(ours))));
    }
    spans.push(Span::raw("   "));
    spans.push(match screen.consent() {
        None => Span::raw(""),
        Some(Consent::Yes { .. }) => {
            Span::styled(format!("consent: {}", look.settings.purpose.as_str()), look.theme.good())
        }
        Some(Consent::NeverAsked) => Span::styled("never asked", look.theme.warn()),
        Some(Consent::No { since, stopped: true, .. }) => {
            Span::styled(format!("STOP since {}", look.when(*since)), look.theme.bad())
        }
        Some(Consent::No { since, .. }) => {
            Span::styled(format!("NO since {}", look.when(*since)), look.theme.bad())
        }
        Some(Consent::Held { since, .. }) => {
            Span::styled(format!("HELD since {}", look.when(*since)), look.theme.warn())
        }
        Some(Consent::Listed { .. }) => Span::styled("do not contact", look.theme.bad()),
    });
    Line::from(spans)
}

/// Name and number, as far as they are known; the name is cut to `cells`, the number never.
fn whom(screen: &TextScreen, cells: usize) -> String {
    let Some(thread) = &screen.thread else { return "..".to_owned() };
    match (&thread.party, &thread.number) {
        (Party::Customer(_), None) => thread.name.cut(cells),
        (Party::Customer(_), Some(_)) => format!("{}  {}", thread.name.cut(cells), screen.national),
        (Party::Number(_), Some(_)) => format!("unknown number  {}", screen.national),
        (Party::Number(theirs), None) => format!("unknown sender  {}", theirs.cut(cells)),
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
        return match screen.consent() {
            _ if !screen.composer.is_empty() && screen.is_blocked() => {
                Line::raw(" What you typed is kept and is not sent.")
            }
            Some(Consent::NeverAsked) => {
                Line::raw(" Read the question out; their answer is recorded with your name.")
            }
            _ => Line::default(),
        };
    }
    let body = screen.body();
    if !body.is_empty() {
        return Line::raw(format!(" {}{}", size(body), cost(screen, look)));
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

/// `  about USD 0.0158`, where the office's list knows the country (TWS-77).
fn cost(screen: &TextScreen, look: &Look<'_>) -> String {
    let number = screen.number().and_then(|number| E164::parse(number.as_str()));
    let segments = segments::count(screen.body()).segments;
    let cost = number.and_then(|number| look.settings.prices.text(&number, segments));
    cost.map(|cost| format!("  about {cost}")).unwrap_or_default()
}

/// `77 units  UCS-2  2 segments`.
pub fn size(body: &str) -> String {
    let count = segments::count(body);
    let word = |n: u32, one: &str| if n == 1 { format!("{n} {one}") } else { format!("{n} {one}s") };
    format!("{}  {}  {}", word(count.units, "unit"), count.encoding, word(count.segments, "segment"))
}

/// What the linter says, the gravest first: where rows are few, the last are left out.
fn findings(screen: &TextScreen, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let findings = screen.findings(&look.settings.lint, look.now);
    let first = findings.iter().position(|finding| finding.fix.is_some());
    let f7 = look.key(&[Context::Text], Action::Fix);
    let mut rows = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        let style = match finding.level {
            Level::Err => look.theme.bad(),
            Level::Warn => look.theme.warn(),
            Level::Note => look.theme.faint(),
        };
        let then = if Some(at) == first { "" } else { "then " };
        let fix = finding.fix.map(|fix| format!("  {then}{f7} {}", fix.verb())).unwrap_or_default();
        let said = format!("{:<4} {:<6} {}.{fix}", finding.level.as_str(), finding.code, finding.why);
        rows.extend(lines(&said, width, style));
    }
    if screen.passes(&findings) {
        let purpose = screen.purpose(look.settings).as_str();
        let said = format!("ok   consent ({purpose}), number can take texts");
        rows.extend(lines(&said, width, look.theme.faint()));
    }
    rows
}

/// What the hour where they are means for a text.
fn quiet(screen: &TextScreen, look: &Look<'_>) -> Option<String> {
    let (hours, zone) = (&screen.thread.as_ref()?.hours, screen.clock()?);
    let till = hours.till.filter(|till| *till > look.now)?;
    let (now, later) = (later::said(look.now, look.now, zone), look.key(&[Context::Text], Action::SendLater));
    let till = both(till, zone, look);
    Some(if hours.noted {
        format!(
            "It is {now} there, quiet hours till {till}. Yours leaves all the same; {later}: at another time."
        )
    } else {
        format!("It is {now} there, quiet hours: what you send waits till {till}. {later}: another time.")
    })
}

/// Why nothing can be sent, with what opens it.
pub fn closed(screen: &TextScreen) -> String {
    match (screen.number(), screen.consent(), screen.customer()) {
        (None, _, Some(_)) => "There is no mobile on file: nothing can be sent.".to_owned(),
        (None, _, None) => "This sender has no number: it can write to us and cannot be answered.".to_owned(),
        (_, Some(Consent::NeverAsked), _) => {
            "Nobody has asked for this number yet: ask before you text.".to_owned()
        }
        (_, Some(Consent::No { why, .. } | Consent::Held { why, .. } | Consent::Listed { why, .. }), _) => {
            sentence(why)
        }
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
        let whom = whom(screen, cells.saturating_sub(17 + screen.national.width()));
        let field = screen.composer.height(width.saturating_sub(4)).min(GROWS);
        let mut after = Vec::new();
        if let Some(name) = screen.thread.iter().flat_map(|thread| &thread.answering).next() {
            let said = format!("{} is answering them right now.", name.cut(40));
            after.extend(lines(&said, cells, look.theme.warn()));
        }
        if let Some(why) = &screen.trouble {
            after.extend(lines(why, cells, look.theme.bad()));
        }
        if screen.is_blocked() {
            let typed = screen.typing || !screen.composer.is_empty();
            let field = if typed { field } else { 0 };
            let title = format!("No text to {whom}");
            return Self { title, before: block(screen, look, cells), field, after };
        }
        if let Some(said) = quiet(screen, look) {
            after.extend(lines(&said, cells, look.theme.warn()));
        }
        after.extend(findings(screen, look, cells));
        if let Some(missing) = &look.state.no_texting {
            // Without a number of ours a text is not even queued.
            let waits = if look.settings.numbers.is_empty() { "" } else { ", what you send waits" };
            let said = format!("Texting is not set up{waits}: {missing}.");
            after.extend(lines(SafeText::new(&said).as_str(), cells, Style::new()));
        }
        if screen.sending.is_some() {
            after.extend(lines("Saving..", cells, look.theme.faint()));
        }
        Self { title: format!("Text to {whom}"), before: Vec::new(), field, after }
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
    let key = |action| look.key(&[Context::Consent, Context::Held, Context::NoText], action);
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
        Some(Consent::Held { .. }) => {
            let decide = look.key(&[Context::Held], Action::HoldTexts);
            let keys = if screen.recording.is_some() {
                "Saving..".to_owned()
            } else {
                format!("{desk}{decide} decide what they meant   {no} they said no")
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
