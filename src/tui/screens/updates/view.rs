//! The queue as a table: the filter in words, the rows, and below them the row under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::{UpdatesScreen, deeds, detail, filter};
use crate::domain::role::{Action as Right, Decision, Object, can};
use crate::domain::shown::{Row, Sign};
use crate::domain::text::SafeText;
use crate::domain::update::{Field, Reason};
use crate::tui::keymap::{Action, Context};
use crate::tui::view::{Look, rule};
use crate::tui::widgets::text;

const NAME: &str = "Contact updates";

pub fn title(screen: &UpdatesScreen, look: &Look<'_>) -> Line<'static> {
    let name = if screen.own { "Your contact updates" } else { NAME };
    let mut spans = vec![Span::styled(name, look.theme.strong())];
    let Some(heads) = &screen.heads else { return Line::from(spans) };
    let counts = screen.counts();
    spans.push(Span::raw(format!("   {} pending", text::many(counts.pending))));
    if screen.clashes > 0 {
        spans.push(Span::styled(format!("   {} clash", screen.clashes), look.theme.bad()));
    }
    if counts.not_uploaded > 0 {
        spans.push(Span::raw(format!("   {} not uploaded", text::many(counts.not_uploaded))));
    }
    if let Some((number, lines)) = heads.open_batch {
        spans.push(Span::raw(format!("   batch {number} open ({lines})")));
    }
    Line::from(spans)
}

/// What can be done next, with its keys.
pub fn hint(screen: &UpdatesScreen, look: &Look<'_>) -> Line<'static> {
    let key = |action| look.key(&[Context::Updates], action);
    let count = screen.chosen.len();
    if screen.stretch.is_some() {
        let end = key(Action::Range);
        let all = key(Action::All);
        return Line::raw(format!(
            " {count} chosen. Moves stretch the range, {end} ends it; {all} takes all that match."
        ));
    }
    let may = !matches!(can(look.me, Right::ExportUpdates, Object::Any), Decision::Deny(_));
    if count > 0 && may {
        let (batch, mark) = (key(Action::Export), key(Action::Mark));
        return Line::raw(format!(" {count} chosen. {batch} makes a batch; {mark} marks what you entered."));
    }
    let open_batch = screen.heads.as_ref().and_then(|heads| heads.open_batch).filter(|_| may);
    if let Some((number, lines)) = open_batch {
        let (lines, mark) = (deeds::text_lines(lines), key(Action::Mark));
        return Line::raw(format!(
            " Batch {number} ({lines}): enter it in the master, then {mark} marks it."
        ));
    }
    Line::raw(" !! clash   2x several   x refused   up not uploaded")
}

pub fn draw(screen: &UpdatesScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let below = (area.height * 3 / 8).clamp(3, 13);
    let list = Rect { y: area.y + 2, height: area.height.saturating_sub(2 + below), ..area };
    draw_filter(screen, look, usize::from(list.height), area, buffer);
    let columns = Columns::new(screen, usize::from(area.width));
    buffer.set_stringn(area.x, area.y + 1, columns.head(), usize::from(area.width), look.theme.faint());
    let cursor = draw_rows(screen, look, &columns, list, buffer);
    rule(Rect { y: list.bottom(), height: 1, ..area }, buffer);
    if let Some(row) = screen.here() {
        let rest = Rect { y: list.bottom() + 1, height: below - 1, ..area };
        let facts = screen.facts.as_ref().filter(|(seq, _)| *seq == row.seq).map(|(_, facts)| facts);
        let lines = detail::lines(row, facts, look, usize::from(rest.height), usize::from(rest.width));
        for (line, y) in lines.iter().zip(rest.y..rest.bottom()) {
            buffer.set_line(rest.x, y, line, rest.width);
        }
    }
    cursor
}

fn draw_filter(screen: &UpdatesScreen, look: &Look<'_>, height: usize, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let mut end = 0;
    if screen.heads.is_some() && !screen.rows.is_empty() {
        let seen = screen.rows.window(height);
        let of = i64::try_from(screen.rows.matching()).unwrap_or(i64::MAX);
        let places = format!("{}-{} of {}", seen.start + 1, seen.end, text::many(of));
        end = places.width();
        let x = area.right().saturating_sub(u16::try_from(end).unwrap_or(0));
        buffer.set_string(x, area.y, &places, Style::new());
    }
    let shown = &screen.filter;
    let find = shown.find.as_deref().unwrap_or("-");
    let words = filter::words(shown, look.now, look.offset);
    let room = width.saturating_sub(end + 2);
    // The find text stands at its column unless the words before it need the room.
    let line = format!("{:<48}  find: {find}", format!("filter: {words}"));
    let tight = format!("filter: {words}  find: {find}");
    let line = SafeText::new(if line.width() <= room { &line } else { &tight });
    buffer.set_stringn(area.x, area.y, line.cut(room), room, Style::new());
}

/// Widths of the columns; customer and value share what is left.
struct Columns {
    policy: usize,
    name: usize,
    value: usize,
    /// Who and when, where there is room.
    who: usize,
    last: usize,
    /// Rows of several states are listed: the last column says which.
    states: bool,
}

/// Cells of cursor, choice and sign, of the field's name, of who captured it, of when.
const MARKS: usize = 8;
const FIELD: usize = 6;
const AGENT: usize = 14;
const WHEN: usize = 12;

impl Columns {
    fn new(screen: &UpdatesScreen, width: usize) -> Self {
        let states = screen.filter.status.is_none();
        let last = if states { 9 } else { 7 };
        let who = if width >= 110 { AGENT + 1 + WHEN + 1 } else { 0 };
        let policy = if width >= 76 { 10 } else { 9 };
        let left = width.saturating_sub(MARKS + policy + 1 + 1 + FIELD + 2 + 1 + who + last);
        let name = (left * 4 / 9).clamp(6, 32);
        Self { policy, name, value: left.saturating_sub(name), who, last, states }
    }

    fn row(&self, cells: &Cells) -> String {
        let (policy, name, value, last) = (
            text::pad(&cells.policy, self.policy),
            text::pad(&cells.name, self.name),
            text::pad(&cells.value, self.value),
            cells.last.cut(self.last),
        );
        let who = match self.who {
            0 => String::new(),
            _ => format!("{} {} ", text::pad(&cells.agent, AGENT), text::pad(&cells.when, WHEN)),
        };
        let Cells { marks, field, .. } = cells;
        format!("{marks:MARKS$}{policy} {name} {field:FIELD$}  {value} {who}{last}")
    }

    fn head(&self) -> String {
        let word = SafeText::new;
        self.row(&Cells {
            marks: "   St".to_owned(),
            policy: word("Policy"),
            name: word("Customer"),
            field: "Field",
            value: word("New value"),
            agent: word("Agent"),
            when: word("Captured"),
            last: word(if self.states { "State" } else { "Why" }),
        })
    }
}

/// The texts of one row.
struct Cells {
    marks: String,
    policy: SafeText,
    name: SafeText,
    field: &'static str,
    value: SafeText,
    agent: SafeText,
    when: SafeText,
    last: SafeText,
}

fn draw_rows(
    screen: &UpdatesScreen,
    look: &Look<'_>,
    columns: &Columns,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    if screen.rows.is_empty() {
        let sentence = screen.heads.as_ref().map_or("", |_| nothing(screen));
        buffer.set_stringn(area.x, area.y, sentence, usize::from(area.width), look.theme.faint());
        return None;
    }
    let mut cursor = None;
    for (place, y) in screen.rows.window(usize::from(area.height)).zip(area.y..area.bottom()) {
        let Some(row) = screen.rows.at_place(place) else { continue };
        let (sign, style) = sign(row.sign, look);
        let here = place == screen.rows.place();
        let (here, chosen) = (if here { '>' } else { ' ' }, screen.chosen.contains(&row.seq));
        let marks = format!("{here}{} {sign:4}", if chosen { '*' } else { ' ' });
        let line = columns.row(&cells(row, columns.states, marks, look));
        buffer.set_stringn(area.x, y, line, usize::from(area.width), Style::new());
        buffer.set_style(Rect::new(area.x + 3, y, 4, 1), style);
        if chosen {
            buffer.set_style(Rect::new(area.x + 1, y, 1, 1), look.theme.strong());
        }
        if here == '>' {
            buffer.set_style(Rect { y, height: 1, ..area }, look.theme.chosen());
            cursor = Some(Position::new(area.x, y));
        }
    }
    cursor
}

fn nothing(screen: &UpdatesScreen) -> &'static str {
    if screen.filter == filter::standard() {
        return if screen.own {
            "   Nothing of yours is pending: all of it is in the master."
        } else {
            "   Nothing is pending: all of it is in the master."
        };
    }
    "   Nothing matches. f changes the filter; an empty line lists what is pending."
}

fn cells(row: &Row, states: bool, marks: String, look: &Look<'_>) -> Cells {
    let values: Vec<String> = row.fields.iter().map(|change| look.phone(&change.new).to_string()).collect();
    let field = match row.fields.as_slice() {
        [one] => field_word(&one.field),
        [] => "",
        _ => "both",
    };
    Cells {
        marks,
        policy: row.policy.clone(),
        name: row.name.clone(),
        field,
        value: SafeText::new(&values.join("  ")),
        agent: row.agent_name.clone(),
        when: SafeText::new(&look.stamp(row.at)),
        last: SafeText::new(if states {
            &row.status
        } else {
            Reason::parse(&row.reason).map_or("", filter::reason_word)
        }),
    }
}

/// The sign of a row; its colour says nothing that the sign does not.
fn sign(sign: Sign, look: &Look<'_>) -> (String, Style) {
    match sign {
        Sign::Clash => ("!!".to_owned(), look.theme.bad()),
        Sign::Refused => ("x".to_owned(), look.theme.bad()),
        Sign::Several(count) => (format!("{count}x"), look.theme.warn()),
        Sign::NotUploaded => ("up".to_owned(), Style::new()),
        Sign::Fine => (String::new(), Style::new()),
    }
}

/// `mobile` or `e-mail`.
pub(super) fn field_word(stored: &str) -> &'static str {
    match Field::parse(stored) {
        Some(Field::Mobile) => "mobile",
        Some(Field::Email) => "e-mail",
        None => "",
    }
}
