//! The contact on the left, the timeline on the right.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use unicode_width::UnicodeWidthStr as _;

use super::{CardScreen, Pane, mail};
use crate::domain::customer::Stage;
use crate::domain::shown::{Card, Compared, Consent, DraftOf, Entry, Point, Proof, Trust, What};
use crate::domain::text::SafeText;
use crate::domain::update::{Field, Reason, Status};
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
        spans.push(Span::raw(format!("   due {}", card.due.cut(24))));
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
    if screen.who {
        // What else is on file gives way to the evidence.
        rows.truncate(ALWAYS);
    }
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
    if let Some(alike) = alike_row(screen, look).filter(|_| y < area.bottom()) {
        buffer.set_line(area.x, y, &alike, area.width);
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
    for line in form_rows(card, look, width, usize::from(area.bottom().saturating_sub(y + NOTE))) {
        buffer.set_line(area.x, y, &line, area.width);
        y += 1;
    }
    Rect { y, height: area.bottom().saturating_sub(y), ..area }
}

/// Mobile, e-mail, consent and clock.
const ALWAYS: usize = 4;

/// Rows that the note has in any case.
const NOTE: u16 = 3;

/// What the form of the industry asked for, as far as there is room.
fn form_rows(card: &Card, look: &Look<'_>, width: usize, room: usize) -> Vec<Line<'static>> {
    let form = look.settings.forms.of(Some(&card.industry));
    let value = |key: &str| card.values.iter().find(|(known, _)| known == key).map(|(_, value)| value);
    let asked =
        form.fields.iter().filter_map(|field| Some((field.label.as_str(), value(field.key.as_str())?)));
    let asked_for = |key: &str| form.fields.iter().any(|field| field.key.as_str() == key);
    let others =
        card.values.iter().filter(|(key, _)| !asked_for(key)).map(|(key, value)| (key.as_str(), value));
    let mut rows: Vec<Line<'_>> = asked
        .chain(others)
        .map(|(label, value)| {
            let label = SafeText::new(label).cut(18);
            let value = look.phone(value).cut(width.saturating_sub(label.as_str().width() + 4));
            Line::from(vec![Span::styled(format!("  {label}  "), look.theme.faint()), Span::raw(value)])
        })
        .collect();
    if rows.len() > room {
        let key = look.key(&[Context::Customer], Action::EditRecord);
        let hidden = rows.len() - room.saturating_sub(1);
        rows.truncate(room.saturating_sub(1));
        if room > 0 {
            rows.push(Line::styled(format!("  {hidden} more: {key}"), look.theme.faint()));
        }
    }
    rows
}

/// That others look like this one, and the key that lists them.
fn alike_row(screen: &CardScreen, look: &Look<'_>) -> Option<Line<'static>> {
    let key = look.key(&[Context::Customer], Action::Duplicates);
    let words = match screen.likely() {
        0 => return None,
        1 => "1 looks like this one".to_owned(),
        many => format!("{many} look like this one"),
    };
    Some(Line::styled(format!("  Alike  {words} ({key})"), look.theme.warn()))
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
    if card.shared > 0 {
        let others = if card.shared == 1 { "1 other".to_owned() } else { format!("{} others", card.shared) };
        let shared = SafeText::new(&format!("{others} on this number")).cut(width.saturating_sub(9));
        rows.push(Line::styled(format!("  Shared {shared}"), look.theme.warn()));
    }
    for (label, value) in &card.others {
        let value = look.phone(value);
        rows.push(Line::raw(format!("  {} {}", text::pad(label, 6), value.cut(width.saturating_sub(9)))));
    }
    if !card.company.as_str().is_empty() {
        rows.push(Line::raw(format!("  Firm   {}", card.company.cut(width.saturating_sub(9)))));
    }
    if card.stage != Stage::New.as_str() {
        rows.push(Line::raw(format!("  Stage  {}", SafeText::new(&card.stage).cut(width.saturating_sub(9)))));
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
    let value = look.phone(&point.value);
    let state = state_in(point, look, width.saturating_sub(10), value.width());
    let room = width.saturating_sub(10 + state.width());
    Line::from(vec![Span::raw(format!("  {label:6} {} ", text::pad(&value, room.min(28)))), state])
}

/// The state of a contact point as a word, with what is known about it: BAD, clash, updated today, ok.
pub fn state_of(point: &Point, look: &Look<'_>) -> Span<'static> {
    state_in(point, look, usize::MAX, 0)
}

/// A national number has no more cells.
const NUMBER: usize = 15;

/// As much of it as fits beside a value of so many cells, and the word in any case: the value is what is
/// read out. NIC-28: "Updated today" is said whole where a number fits beside it.
fn state_in(point: &Point, look: &Look<'_>, width: usize, value: usize) -> Span<'static> {
    let Trust { proof, by, at } = &point.trust;
    let ago = at.map_or_else(String::new, |at| {
        if look.now.since(at).as_secs() < 60 { " just now".to_owned() } else { format!(" {}", look.ago(at)) }
    });
    let by = if by.as_str().is_empty() { String::new() } else { format!(" {}", by.cut(18)) };
    let today = point.why.as_ref().filter(|why| look.when(why.at).contains(':'));
    let (word, known, style) = match (proof, point.compared, today) {
        (Proof::Bad, ..) => ("BAD", vec![format!("{by}{ago}"), ago], look.theme.bad()),
        (_, Compared::Clash, _) => ("CLASH", vec![" with master".to_owned()], look.theme.warn()),
        (.., Some(_)) => ("Updated", vec![" today".to_owned()], look.theme.good()),
        (Proof::Good, ..) => ("ok", vec![ago], look.theme.good()),
        _ => return Span::raw(""),
    };
    let room = width.saturating_sub(if word == "Updated" { value.min(NUMBER) } else { value });
    let known = known.into_iter().find(|known| word.len() + SafeText::new(known).width() <= room);
    Span::styled(format!("{word}{}", known.unwrap_or_default()), style)
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
        Some(Consent::Held { since, .. }) => {
            let key = look.key(&[Context::Customer], Action::HoldTexts);
            Span::styled(format!("HELD {} ({key} decides)", look.when(*since)), look.theme.warn())
        }
        Some(Consent::Listed { .. }) => Span::styled("on the do-not-contact list", look.theme.bad()),
    };
    Line::from(vec![label, state])
}

/// Rows that one thing about who and why may take.
const WHO: usize = 3;

/// Who, when, why and on what evidence (`b`).
fn who_rows(screen: &CardScreen, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    if screen.back > 0 {
        return accent(&who_then(screen, look), look, width);
    }
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
            if !why.verified_by.as_str().is_empty() {
                words.push(format!("caller identified by {}", why.verified_by));
            }
            words.extend(why.read_back.then(|| "read back to the caller".to_owned()));
            if !why.doubt.as_str().is_empty() {
                words.push(format!("CHECK: {}", why.doubt));
            }
            words.push(format!("{}, {}", why.status, why.upload));
            words
        }
    };
    if let (by, Some(at)) = (&point.trust.by, point.trust.at)
        && !by.as_str().is_empty()
    {
        words.push(format!("{by} {} ago", look.ago(at)));
    }
    accent(&words, look, width)
}

/// Who had put there what stood there then.
fn who_then(screen: &CardScreen, look: &Look<'_>) -> Vec<String> {
    let field = screen.field;
    let before = screen.updates().into_iter().skip(screen.back).find_map(|entry| match &entry.what {
        What::Update { fields, reason, notes, status, .. } => {
            let change = fields.iter().find(|change| change.field == field.as_str())?;
            let counted = Status::parse(status).is_none_or(Status::counts);
            counted.then_some((entry, change, reason, notes, status))
        }
        _ => None,
    });
    let Some((entry, change, reason, notes, status)) = before else {
        return vec![format!("{} as the master had it", label(field))];
    };
    let mut words = vec![format!("{}: {} {}", label(field), entry.by, look.stamp(entry.at))];
    words.push(Reason::parse(reason).map_or(reason.clone(), |reason| reason.label().to_owned()));
    words.extend(change.old.as_ref().map(|was| format!("was {}", look.phone(was))));
    if !notes.as_str().trim().is_empty() {
        words.push(format!("\"{notes}\""));
    }
    words.push(status.clone());
    words
}

fn accent(words: &[String], look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(4);
    let lines = words.iter().flat_map(|word| text::wrap(&SafeText::new(word).cut(room * WHO), room));
    lines.map(|line| Line::styled(format!("   {line}"), look.theme.accent())).collect()
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
    let height = |at: usize| entry_rows(entries[at], look, usize::from(rows.width)).len();
    let first = match focused {
        true => list::first(screen.chosen, usize::from(rows.height), entries.len(), height),
        false => 0,
    };
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
            let head = format!("{when} {way}  ");
            let mut state = hanging(&format!("{head}{sign}"), width).into_iter();
            let first = state.next().unwrap_or_default();
            let sign = first.get(head.len()..).unwrap_or_default().to_owned();
            let mut rows = vec![Line::from(vec![Span::raw(head), Span::styled(sign, style)])];
            rows.extend(state.map(|row| Line::styled(row, style)));
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
        What::Mail(mail) => mail::rows(mail, &when, &entry.by, look, width),
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
    let by = format!("  {}", by.cut(width.saturating_sub(head.len() + 2).min(20)));
    let mut rows = vec![Line::from(vec![Span::styled(head, style), Span::styled(by, look.theme.faint())])];
    for row in text::wrap(body.as_str(), width.saturating_sub(2)).into_iter().take(3) {
        rows.push(Line::raw(format!("  {row}")));
    }
    rows
}

/// A line in as many rows as it needs; from the second on they stand in.
pub(super) fn hanging(line: &str, width: usize) -> Vec<String> {
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
        What::Mail(mail) => mail.to.clone(),
        What::Other { kind } => SafeText::new(kind),
    }
}

/// The one thing to say now: a dead contact, a clash, an own draft, somebody else on this card.
pub fn hint(screen: &CardScreen, look: &Look<'_>) -> Line<'static> {
    let Some(card) = screen.card() else { return Line::default() };
    let key = |action| look.key(&[Context::Customer], action);
    if screen.back > 0 {
        let (earlier, later) = (key(Action::Earlier), key(Action::Later));
        let back = look.key(&[Context::Everywhere], Action::Back);
        return Line::raw(format!(
            " What was on file before that update. {earlier} earlier, {later} later, {back} today."
        ));
    }
    if let Some(other) = screen.others.first() {
        let what =
            format!(" {} is {} this customer too, for {}.", other.name, other.doing, look.ago(other.since));
        return Line::styled(what, look.theme.warn());
    }
    if let Some(draft) = screen
        .drafts
        .iter()
        .find(|draft| matches!(draft.of, DraftOf::Update | DraftOf::Text | DraftOf::Customer))
    {
        let (what, key) = match draft.of {
            DraftOf::Text => ("A text", key(Action::Text)),
            DraftOf::Customer => ("An edit of the record", key(Action::EditRecord)),
            _ => ("An update", key(Action::NewMobile)),
        };
        return Line::styled(
            format!(" {what} you began {} ago is kept: {key} goes on with it.", look.ago(draft.at)),
            look.theme.accent(),
        );
    }
    let doubt = [card.mobile.as_ref(), card.email.as_ref()].into_iter().flatten().find_map(|point| {
        let why = point.why.as_ref()?;
        let fresh = Status::parse(&why.status) == Some(Status::Pending) && !why.doubt.as_str().is_empty();
        fresh.then(|| format!(" CHECK {}: {}. Is it right?", look.phone(&point.value).cut(40), why.doubt))
    });
    if let Some(doubt) = doubt {
        return Line::styled(doubt, look.theme.warn());
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
