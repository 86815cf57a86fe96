//! The outbox as a table: number, kind, whom it is about, and its state as a sentence; below, the
//! line under the cursor in full.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{OutboxScreen, sentence};
use crate::domain::job::State;
use crate::domain::shown::Job;
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::view::{Look, rule};
use crate::tui::widgets::{list, text};

/// Cells of cursor and number, of the kind.
const NUMBER: usize = 7;
const KIND: usize = 6;

pub fn title(screen: &OutboxScreen, look: &Look<'_>) -> Line<'static> {
    let is = |states: &[State]| {
        screen.jobs.iter().filter(|job| states.iter().any(|state| state.as_str() == job.state)).count()
    };
    let open = is(&[State::Waiting, State::Claimed, State::InFlight, State::Ambiguous]);
    let person = is(&[State::Unconfirmed, State::Parked]);
    let mut spans = vec![Span::styled("Outbox", look.theme.strong())];
    if screen.known {
        spans.push(Span::raw(format!("   {open} on the way")));
    }
    if person > 0 {
        let needs = if person == 1 { "needs" } else { "need" };
        spans.push(Span::styled(format!("   {person} {needs} a person"), look.theme.warn()));
    }
    if screen.settled {
        spans.push(Span::raw("   settled lines too"));
    }
    Line::from(spans)
}

/// What can be done with the line under the cursor.
pub fn hint(screen: &OutboxScreen, look: &Look<'_>) -> Line<'static> {
    let key = |action| look.key(&[Context::Outbox], action);
    let (again, away, filter) = (key(Action::Retry), key(Action::Discard), key(Action::Filter));
    let said = match screen.here().and_then(|job| State::parse(&job.state)) {
        Some(State::Unconfirmed) => {
            format!("It may have arrived. {again} sends it again, {away} lets it be; both ask why.")
        }
        Some(State::Parked) => format!("It waits for you. {again} tries again, {away} throws it away."),
        Some(State::Rejected | State::Expired | State::Canceled) => {
            format!("{again} tries again, as a new line.")
        }
        Some(State::Waiting) => format!("It leaves by itself. {away} throws it away, with a reason."),
        _ if screen.settled => format!("{filter} hides what is settled."),
        _ => format!("{filter} shows what is settled too."),
    };
    Line::raw(format!(" {said}"))
}

pub fn draw(screen: &OutboxScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let above = hindrances(look, area, buffer);
    let area = Rect { y: area.y + above, height: area.height - above, ..area };
    let width = usize::from(area.width);
    if screen.jobs.is_empty() {
        let said = match (screen.known, screen.settled) {
            (false, _) => "",
            (true, false) => "   Nothing waits. Everything has left.",
            (true, true) => "   Nothing was ever put in.",
        };
        buffer.set_stringn(area.x, area.y, said, width, look.theme.faint());
        return None;
    }
    let below = (area.height / 4).clamp(3, 6);
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1 + below), ..area };
    let columns = Columns::new(width);
    buffer.set_stringn(area.x, area.y, columns.head(), width, look.theme.faint());
    let window = list::window(screen.chosen, usize::from(list.height), screen.jobs.len());
    let mut cursor = None;
    for ((at, job), y) in screen.jobs.iter().enumerate().skip(window.start).zip(list.y..list.bottom()) {
        let said = SafeText::new(&sentence(job, look));
        let before = columns.row(&job.seq.to_string(), &job.kind, &job.name, &about_short(job, look));
        buffer.set_stringn(list.x, y, before, width, Style::new());
        buffer.set_stringn(
            list.x + columns.before(),
            y,
            said.cut(columns.said),
            columns.said,
            style(job, look),
        );
        if at == screen.chosen {
            buffer.set_string(list.x, y, ">", look.theme.strong());
            buffer.set_style(Rect { y, height: 1, ..list }, look.theme.chosen());
            cursor = Some(Position::new(list.x, y));
        }
    }
    rule(Rect { y: list.bottom(), height: 1, ..area }, buffer);
    if let Some(job) = screen.here() {
        let rest = Rect { y: list.bottom() + 1, height: below - 1, ..area };
        draw_detail(job, look, rest, buffer);
    }
    cursor
}

/// Why nothing leaves, above the table, in at most a third of the area; answers with the rows taken.
fn hindrances(look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> u16 {
    let said = [
        (&look.state.refused, "The credentials are refused.", look.theme.bad()),
        (&look.state.no_texting, "Texting is not set up:", Style::new()),
        (&look.state.no_upload, "Uploading is not set up:", Style::new()),
    ];
    let width = usize::from(area.width).saturating_sub(2);
    let mut y = area.y;
    for (why, what, style) in said {
        let Some(why) = why else { continue };
        let said = SafeText::new(&format!("{what} {why}."));
        for row in text::wrap(said.as_str(), width) {
            if y < area.y + area.height / 3 {
                buffer.set_stringn(area.x + 1, y, row, width, style);
                y += 1;
            }
        }
    }
    y - area.y
}

struct Columns {
    name: usize,
    about: usize,
    said: usize,
}

impl Columns {
    fn new(width: usize) -> Self {
        let left = width.saturating_sub(NUMBER + 2 + KIND + 1 + 1 + 2);
        let said = (left * 9 / 16).max(24).min(left);
        let about = ((left - said) * 2 / 5).clamp(9, 18);
        Self { name: (left - said).saturating_sub(about), about, said }
    }

    fn before(&self) -> u16 {
        u16::try_from(NUMBER + 2 + KIND + 1 + self.name + 1 + self.about + 2).unwrap_or(u16::MAX)
    }

    fn row(&self, number: &str, kind: &str, name: &SafeText, about: &SafeText) -> String {
        let (name, about) = (text::pad(name, self.name), text::pad(about, self.about));
        format!("{number:>NUMBER$}  {kind:KIND$} {name} {about}")
    }

    fn head(&self) -> String {
        let word = SafeText::new;
        let before = self.row("line", "what", &word("Customer"), &word("To"));
        format!("{before}  State")
    }
}

/// The number of a text; the fields of an update.
fn about(job: &Job, phone: impl Fn(&SafeText) -> SafeText) -> SafeText {
    if job.kind == "text" {
        phone(&job.about)
    } else {
        SafeText::new(&job.about.as_str().replace("email", "e-mail"))
    }
}

/// The same in one word.
fn about_short(job: &Job, look: &Look<'_>) -> SafeText {
    if job.kind != "text" && job.about.as_str().contains(" and ") {
        SafeText::new("both")
    } else {
        about(job, |number| look.phone(number))
    }
}

/// A line by name: what, whose, where to.
pub(super) fn name(job: &Job, phone: impl Fn(&SafeText) -> SafeText) -> SafeText {
    let about = about(job, phone);
    let of = if job.name.as_str().is_empty() { "unknown number" } else { job.name.as_str() };
    let joined = if job.kind == "text" {
        format!("text to {of}  {about}")
    } else {
        format!("{} of {of}: {about}", job.kind)
    };
    SafeText::new(&joined)
}

/// The same in `width` cells: a long name of a person gives way, not what is at its end.
fn named(job: &Job, width: usize, look: &Look<'_>) -> String {
    let whole = name(job, |number| look.phone(number));
    let over = whole.width().saturating_sub(width);
    let shorter = Job {
        name: SafeText::new(&job.name.cut(job.name.width().saturating_sub(over).max(8))),
        ..job.clone()
    };
    name(&shorter, |number| look.phone(number)).to_string()
}

fn draw_detail(job: &Job, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width).saturating_sub(2);
    let by = if job.mine { ", by you" } else { "" };
    let tries = match job.attempts {
        0 => String::new(),
        1 => ", tried once".to_owned(),
        many => format!(", tried {many} times"),
    };
    let (line, saved) = (format!("line {}  ", job.seq), format!(", saved {}{by}{tries}", look.stamp(job.at)));
    let named = SafeText::new(&named(job, width.saturating_sub(line.len() + saved.len()), look));
    let head = format!("{line}{named}{saved}");
    buffer.set_stringn(area.x + 1, area.y, SafeText::new(&head).cut(width), width, look.theme.strong());
    let said = SafeText::new(&sentence(job, look));
    for (row, y) in text::wrap(said.as_str(), width).iter().zip(area.y + 1..area.bottom()) {
        buffer.set_stringn(area.x + 1, y, row, width, style(job, look));
    }
}

fn style(job: &Job, look: &Look<'_>) -> Style {
    match State::parse(&job.state) {
        Some(State::Rejected | State::Expired) => look.theme.bad(),
        Some(State::Unconfirmed | State::Parked | State::Ambiguous) => look.theme.warn(),
        Some(State::Accepted) => look.theme.good(),
        Some(State::Canceled | State::Discarded) => look.theme.faint(),
        _ => Style::new(),
    }
}
