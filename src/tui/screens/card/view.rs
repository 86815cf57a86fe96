//! The contact on the left, the timeline on the right.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{CardScreen, Pane};
use crate::domain::shown::{Card, Compared, Consent, DraftOf, Entry, Point, Proof, Trust, What};
use crate::domain::text::SafeText;
use crate::domain::update::{Field, Reason};
use crate::tui::keymap::{Action, Context};
use crate::tui::screens::text::status;
use crate::tui::view::{Look, rule_titled, upright};
use crate::tui::widgets::{list, text};

/// Cells of the left side at 80 columns.
const LEFT: u16 = 38;

pub fn title(card: Option<&Card>, look: &Look<'_>) -> Line<'static> {
    let Some(card) = card else { return Line::raw("…") };
    let mut spans = vec![Span::styled(card.name.cut(40), look.theme.strong())];
    for part in [&card.policy, &card.payment] {
        if !part.as_str().is_empty() {
            spans.push(Span::raw(format!("   {}", part.cut(16))));
        }
    }
    if !card.due.as_str().is_empty() {
        spans.push(Span::raw(format!("   due {}", card.due.cut(18))));
    }
    if card.shared > 0 {
        let others = if card.shared == 1 { "1 other".to_owned() } else { format!("{} others", card.shared) };
        spans.push(Span::styled(format!("   {others} on this number"), look.theme.warn()));
    }
    Line::from(spans)
}

pub fn draw(screen: &CardScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let left = Rect { width: LEFT.min(area.width / 2), ..area };
    let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..area };
    upright(left.right(), area, buffer);
    let rest = draw_contact(screen, look, left, buffer);
    draw_note(screen, look, rest, buffer);
    let timeline = draw_timeline(screen, look, right, buffer);
    match screen.pane {
        Pane::Timeline => timeline,
        Pane::Contact => Some(Position::new(left.x, left.y + 1 + u16::from(screen.field == Field::Email))),
    }
}

/// The contact block; answers with the room below it.
pub fn draw_contact(screen: &CardScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
    let width = usize::from(area.width);
    let past = past(screen);
    let heading = match past {
        Some(entry) => Span::styled(format!(" Contact before {}", look.stamp(entry.at)), look.theme.warn()),
        None => Span::styled(" Contact", look.theme.strong()),
    };
    buffer.set_line(area.x, area.y, &Line::from(heading), area.width);
    let mut y = area.y + 1;
    let Some(card) = screen.card() else { return Rect { y, height: area.bottom() - y, ..area } };
    let mut rows = contact_rows(card, look, width);
    if past.is_some() {
        for (at, field) in [(0, Field::Mobile), (1, Field::Email)] {
            if let Some(value) = past_value(screen, field) {
                let label = if field == Field::Mobile { "Mobile" } else { "Email " };
                rows[at] =
                    Line::raw(format!("  {label} {}", look.phone(&value).cut(width.saturating_sub(10))));
            }
        }
    }
    for (line, at) in rows.into_iter().zip(0_u16..) {
        if y >= area.bottom() {
            break;
        }
        buffer.set_line(area.x, y, &line, area.width);
        let chosen = screen.pane == Pane::Contact && at == u16::from(screen.field == Field::Email);
        if chosen {
            buffer.set_string(area.x, y, ">", look.theme.strong());
        }
        y += 1;
    }
    if screen.who {
        for line in who_rows(screen, look, width) {
            if y < area.bottom() {
                buffer.set_line(area.x, y, &line, area.width);
                y += 1;
            }
        }
    }
    if let Some((_, pin)) = &card.pin {
        for row in
            text::wrap(pin.as_str(), width.saturating_sub(5)).into_iter().take(2).zip([" PIN ", "     "])
        {
            if y < area.bottom() {
                buffer.set_stringn(area.x, y, format!("{}{}", row.1, row.0), width, look.theme.warn());
                y += 1;
            }
        }
    }
    Rect { y, height: area.bottom().saturating_sub(y), ..area }
}

/// Mobile, e-mail, consent, clock, tags: label, value, state, one row each.
pub fn contact_rows(card: &Card, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let mut rows = vec![
        point_row("Mobile", card.mobile.as_ref(), look, width),
        point_row("Email", card.email.as_ref(), look, width),
        consent_row(card.consent.as_ref(), look),
    ];
    rows.push(match text::zone_clock(look.now, &card.timezone) {
        Some(clock) => Line::raw(format!("  Clock  {clock} {}", text::zone_name(&card.timezone))),
        None => Line::styled("  Clock  not known", look.theme.faint()),
    });
    for (label, value) in &card.others {
        let value = look.phone(value);
        rows.push(Line::raw(format!("  {} {}", text::pad(label, 6), value.cut(width.saturating_sub(9)))));
    }
    if !card.company.as_str().is_empty() {
        rows.push(Line::raw(format!("  Firm   {}", card.company.cut(width.saturating_sub(9)))));
    }
    if !card.tags.is_empty() {
        let tags = card.tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        rows.push(Line::raw(format!("  Tags   {}", SafeText::new(&tags).cut(width.saturating_sub(9)))));
    }
    rows
}

fn point_row(label: &str, point: Option<&Point>, look: &Look<'_>, width: usize) -> Line<'static> {
    let Some(point) = point else {
        return Line::from(vec![
            Span::raw(format!("  {label:6} ")),
            Span::styled("none on file", look.theme.warn()),
        ]);
    };
    let state = state_of(point, look);
    let cells = SafeText::new(&state.content).width();
    let room = width.saturating_sub(9 + cells + 1);
    let value = text::pad(&look.phone(&point.value), room.min(28));
    Line::from(vec![Span::raw(format!("  {label:6} {value} ")), state])
}

/// The state of a contact point as a word: BAD, clash, updated today, ok.
pub fn state_of(point: &Point, look: &Look<'_>) -> Span<'static> {
    let Trust { proof, by, at } = &point.trust;
    let ago = at.map_or_else(String::new, |at| {
        if look.now.since(at).as_secs() < 60 { "just now".to_owned() } else { look.ago(at) }
    });
    let today = point.why.as_ref().filter(|why| look.when(why.at).contains(':'));
    match (proof, point.compared, today) {
        (Proof::Bad, ..) if by.as_str().is_empty() => Span::styled(format!("BAD {ago}"), look.theme.bad()),
        (Proof::Bad, ..) => Span::styled(format!("BAD {} {ago}", by.cut(18)), look.theme.bad()),
        (_, Compared::Clash, _) => Span::styled("CLASH with master", look.theme.warn()),
        (.., Some(_)) => Span::styled("Updated today", look.theme.good()),
        (Proof::Good, ..) => Span::styled(format!("ok {ago}"), look.theme.good()),
        _ => Span::raw(""),
    }
}

fn consent_row(consent: Option<&Consent>, look: &Look<'_>) -> Line<'static> {
    let label = Span::raw("  Text   ");
    let state = match consent {
        None => Span::styled("no mobile", look.theme.faint()),
        Some(Consent::Yes { method, at }) => {
            Span::styled(format!("yes, by {method} {}", look.when(*at)), look.theme.good())
        }
        Some(Consent::NeverAsked) => Span::styled("never asked (t asks)", look.theme.warn()),
        Some(Consent::No { since, stopped: true, .. }) => {
            Span::styled(format!("STOP since {}", look.when(*since)), look.theme.bad())
        }
        Some(Consent::No { since, .. }) => {
            Span::styled(format!("NO since {}", look.when(*since)), look.theme.bad())
        }
    };
    Line::from(vec![label, state])
}

/// Who, when, why and on what evidence (`b`).
fn who_rows(screen: &CardScreen, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let Some(point) = screen.point(screen.field) else { return Vec::new() };
    let mut words = match &point.why {
        None => vec![format!("{} as the master has it", label(screen.field))],
        Some(why) => {
            let reason =
                Reason::parse(&why.reason).map_or(why.reason.clone(), |reason| reason.label().to_owned());
            let was = why.was.as_ref().map(|was| format!("was {}", look.phone(was)));
            let who = format!("{}: {} {}", label(screen.field), why.by, look.stamp(why.at));
            let mut words = vec![who, reason];
            words.extend(was);
            if !why.notes.as_str().trim().is_empty() {
                words.push(format!("\"{}\"", why.notes));
            }
            words.push(format!("{}, {}", why.status, why.upload));
            words
        }
    };
    if !point.trust.by.as_str().is_empty() {
        words.push(point.trust.by.to_string());
    }
    let lines = words.iter().map(|word| format!("   {}", SafeText::new(word).cut(width.saturating_sub(4))));
    lines.map(|line| Line::styled(line, look.theme.accent())).collect()
}

fn label(field: Field) -> &'static str {
    if field == Field::Mobile { "Mobile" } else { "Email" }
}

/// The update that `[` walked back to.
fn past(screen: &CardScreen) -> Option<&Entry> {
    screen.back.checked_sub(1).and_then(|at| screen.updates().get(at).copied())
}

/// The value of a field before the updates walked over.
fn past_value(screen: &CardScreen, field: Field) -> Option<SafeText> {
    let walked = screen.updates();
    let walked = walked.get(..screen.back)?;
    walked.iter().rev().find_map(|entry| match &entry.what {
        What::Update { fields, .. } => {
            let change = fields.iter().find(|change| change.field == field.as_str())?;
            Some(change.old.clone().unwrap_or_else(|| SafeText::new("none on file")))
        }
        _ => None,
    })
}

pub fn draw_note(screen: &CardScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    rule_titled("Note (stays here)", Rect { height: 1, ..area }, buffer, Style::new());
    let width = usize::from(area.width);
    match screen.draft(DraftOf::Note) {
        Some(draft) => {
            let body = SafeText::multiline(&draft.body);
            for (row, y) in
                text::wrap(body.as_str(), width.saturating_sub(4)).iter().zip(area.y + 1..area.bottom())
            {
                buffer.set_stringn(area.x + 3, y, row, width, Style::new());
            }
        }
        None => {
            let key = look.key(&[Context::Customer], Action::Note);
            buffer.set_stringn(area.x, area.y + 1, format!("   {key} writes one"), width, look.theme.faint());
        }
    }
}

/// Under the contact block, whose height depends on the customer.
pub fn note_area(screen: &CardScreen, look: &Look<'_>, area: Rect) -> Rect {
    let left = Rect { width: LEFT.min(area.width / 2), ..area };
    let mut unseen = Buffer::empty(left);
    draw_contact(screen, look, left, &mut unseen)
}

pub fn draw_timeline(
    screen: &CardScreen,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let mut x = area.x;
    for show in super::Show::ALL {
        let style = if show == screen.show { look.theme.strong() } else { look.theme.faint() };
        let word =
            if show == screen.show { format!("[{}]", show.title()) } else { format!(" {} ", show.title()) };
        buffer.set_stringn(x, area.y, &word, usize::from(area.right().saturating_sub(x)), style);
        x += u16::try_from(word.len()).unwrap_or(0);
    }
    let entries = screen.listed();
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if entries.is_empty() {
        let sentence = if screen.card.is_some() { "Nothing yet." } else { "" };
        buffer.set_stringn(rows.x, rows.y, sentence, usize::from(rows.width), look.theme.faint());
        return None;
    }
    let focused = screen.pane == Pane::Timeline;
    let first = if focused { first_shown(screen.chosen, &entries, look, rows) } else { 0 };
    let mut y = rows.y;
    let mut cursor = None;
    for (at, entry) in entries.iter().enumerate().skip(first) {
        let start = y;
        for line in entry_rows(entry, look, usize::from(rows.width)) {
            if y < rows.bottom() {
                buffer.set_line(rows.x, y, &line, rows.width);
                y += 1;
            }
        }
        if focused && at == screen.chosen && start < rows.bottom() {
            buffer.set_style(Rect { y: start, height: 1, ..rows }, look.theme.chosen());
            cursor = Some(Position::new(rows.x, start));
        }
        if y >= rows.bottom() {
            break;
        }
    }
    cursor
}

/// The first entry that is drawn, so that the chosen one is seen whole.
fn first_shown(chosen: usize, entries: &[&Entry], look: &Look<'_>, area: Rect) -> usize {
    let page = list::window(chosen, usize::from(area.height / 2).max(1), entries.len());
    let heights = |from: usize| {
        let shown = entries.get(from..=chosen).unwrap_or_default();
        shown.iter().map(|entry| entry_rows(entry, look, usize::from(area.width)).len()).sum::<usize>()
    };
    (page.start..=chosen).find(|from| heights(*from) <= usize::from(area.height)).unwrap_or(chosen)
}

/// An entry as rows: what it is, then its words.
pub fn entry_rows(entry: &Entry, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let when = look.when(entry.at);
    match &entry.what {
        What::Note { body, pinned, .. } => {
            let kind = if *pinned { "NOTE pinned" } else { "NOTE" };
            lines(format!("{when} {kind}"), Style::new(), body, look, width, &entry.by)
        }
        What::Text(text) => {
            let (sign, style) = status::words(text, look);
            let way = if text.inbound { "TEXT in" } else { "TEXT out" };
            let mut rows =
                vec![Line::from(vec![Span::raw(format!("{when} {way}  ")), Span::styled(sign, style)])];
            rows.push(quoted(&text.body, width));
            rows
        }
        What::Update { fields, reason, notes, status, .. } => {
            let mut rows = Vec::new();
            for (change, first) in fields.iter().zip(std::iter::once(true).chain(std::iter::repeat(false))) {
                let old =
                    change.old.as_ref().map_or_else(|| "none".to_owned(), |old| look.phone(old).to_string());
                let head = if first { format!("{when} UPDATE ") } else { "       ".to_owned() };
                let (from, to) = (format!("{head} {} {old}", change.field), look.phone(&change.new));
                let line = SafeText::new(&format!("{from} -> {to}"));
                if line.width() <= width {
                    rows.push(Line::raw(line.to_string()));
                } else {
                    // The new value has a row of its own: it is the one to be read.
                    rows.push(Line::raw(SafeText::new(&from).cut(width)));
                    rows.push(Line::raw(SafeText::new(&format!("  -> {to}")).cut(width)));
                }
            }
            let state = if status == "pending" { String::new() } else { format!(", {status}") };
            let why = Reason::parse(reason).map_or(reason.clone(), |reason| reason.label().to_owned());
            let words = if notes.as_str().trim().is_empty() { why } else { format!("{why}: \"{notes}\"") };
            let line = format!("  {}: {words}{state}", entry.by);
            let words = hanging(&line, width).into_iter().take(3);
            rows.extend(words.map(|row| Line::styled(row, look.theme.faint())));
            rows
        }
        What::Other { kind } => {
            vec![Line::raw(SafeText::new(&format!("{when} {}", kind.to_uppercase())).cut(width))]
        }
    }
}

fn lines(
    head: String,
    style: Style,
    body: &SafeText,
    look: &Look<'_>,
    width: usize,
    by: &SafeText,
) -> Vec<Line<'static>> {
    let mut rows = vec![Line::from(vec![
        Span::styled(head, style),
        Span::styled(format!("  {}", by.cut(20)), look.theme.faint()),
    ])];
    for row in text::wrap(body.as_str(), width.saturating_sub(2)).into_iter().take(3) {
        rows.push(Line::raw(format!("  {row}")));
    }
    rows
}

/// A line in as many rows as it needs; from the second on they stand in.
fn hanging(line: &str, width: usize) -> Vec<String> {
    let rows = text::wrap(SafeText::new(line).as_str(), width);
    if rows.len() < 2 {
        return rows;
    }
    let rest = line.get(rows[0].len()..).unwrap_or_default().trim_start();
    let rest = text::wrap(rest, width.saturating_sub(2)).into_iter().map(|row| format!("  {row}"));
    rows.first().cloned().into_iter().chain(rest).collect()
}

fn quoted(body: &SafeText, width: usize) -> Line<'static> {
    Line::raw(format!("  \"{}\"", body.cut(width.saturating_sub(4))))
}

/// The words of an entry, for the clipboard.
pub fn words(entry: &Entry) -> SafeText {
    match &entry.what {
        What::Note { body, .. } => body.clone(),
        What::Text(text) => text.body.clone(),
        What::Update { fields, .. } => fields.first().map(|change| change.new.clone()).unwrap_or_default(),
        What::Other { kind } => SafeText::new(kind),
    }
}

/// The one thing to say now: a dead contact, a clash, an own draft, somebody else on this card.
pub fn hint(screen: &CardScreen, look: &Look<'_>) -> Line<'static> {
    let Some(card) = screen.card() else { return Line::default() };
    let key = |action| look.key(&[Context::Customer], action);
    if let Some(other) = screen.others.first() {
        let what =
            format!(" {} is {} this customer too, for {}.", other.name, other.doing, look.ago(other.since));
        return Line::styled(what, look.theme.warn());
    }
    if let Some(draft) =
        screen.drafts.iter().find(|draft| matches!(draft.of, DraftOf::Update | DraftOf::Text))
    {
        let (what, key) = match draft.of {
            DraftOf::Text => ("A text", key(Action::Text)),
            _ => ("An update", key(Action::NewMobile)),
        };
        return Line::styled(
            format!(" {what} you began {} ago is kept: {key} goes on with it.", look.ago(draft.at)),
            look.theme.accent(),
        );
    }
    for (point, name, action) in [
        (card.email.as_ref(), "e-mail", Action::NewEmail),
        (card.mobile.as_ref(), "mobile", Action::NewMobile),
    ] {
        if point.is_some_and(|point| point.trust.proof == Proof::Bad) {
            let ask = format!(
                " ASK: the {name} on file is dead. Press {} to take a new one (reason filled in).",
                key(action)
            );
            return Line::styled(ask, look.theme.warn());
        }
    }
    match (card.mobile.is_some(), card.email.is_some()) {
        (false, _) => {
            Line::raw(format!(" ASK: no mobile on file. Press {} to take one.", key(Action::NewMobile)))
        }
        (_, false) => {
            Line::raw(format!(" ASK: no e-mail on file. Press {} to take one.", key(Action::NewEmail)))
        }
        (true, true) if screen.show == super::Show::All => {
            Line::raw(format!(" {} shows texts, updates or notes only", key(Action::Filter)))
        }
        (true, true) => Line::raw(format!(" {} shows the next kind, then all again", key(Action::Filter))),
    }
}
