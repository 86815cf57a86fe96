//! The row under the cursor in full: every fact it stands among, and what the master says.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::view::field_word;
use crate::domain::shown::{Fact, Facts, Line as Lane, Row, Sign};
use crate::domain::text::SafeText;
use crate::domain::update::Status;
use crate::tui::keymap::{Action, Context};
use crate::tui::view::Look;
use crate::tui::widgets::text;

/// The rows of the detail, the newest facts where not all fit.
pub fn lines(
    row: &Row,
    facts: Option<&Facts>,
    look: &Look<'_>,
    height: usize,
    width: usize,
) -> Vec<Line<'static>> {
    let lanes = facts.map_or(&[][..], |facts| &facts.lines);
    let is_in = !lanes.is_empty() && lanes.iter().all(says_it);
    let mut lines = vec![headline(row, facts, is_in, look, width)];
    let quota = height.saturating_sub(1) / lanes.len().max(1);
    for lane in lanes {
        let place = lanes.len() > 1;
        lines.extend(lane_lines(lane, place, quota, look, width));
    }
    lines
}

/// The master was read since and says what was captured.
fn says_it(lane: &Lane) -> bool {
    lane.master_seen.is_some()
        && lane.facts.last().is_some_and(|fact| lane.master.as_ref() == Some(&fact.new))
}

fn headline(row: &Row, facts: Option<&Facts>, is_in: bool, look: &Look<'_>, width: usize) -> Line<'static> {
    let policy = row.policy.cut(16);
    let (mut said, style) = sentence(row, is_in, look);
    // The answer, for whoever captured it (NIC-131).
    if let Some(word) = facts.and_then(|facts| facts.word.as_ref()) {
        let done = if row.status == Status::Pending.as_str() { "approved" } else { row.status.as_str() };
        said = format!("{done} by {}, {}", word.by, look.stamp(word.at));
        if !word.reason.as_str().is_empty() {
            said.push_str(&format!(": {}", word.reason));
        }
    }
    if let Some(number) = row.batch {
        said.push_str(&format!("; in batch {number}, not marked yet"));
    }
    let said = SafeText::new(&said).cut(width.saturating_sub(SafeText::new(&policy).width() + 3));
    Line::from(vec![
        Span::styled(format!(" {policy}"), look.theme.strong()),
        Span::styled(format!("  {said}"), style),
    ])
}

fn sentence(row: &Row, is_in: bool, look: &Look<'_>) -> (String, Style) {
    let count = row.fields.len();
    match row.sign {
        Sign::Clash => (
            format!(
                "clash: the master has another value than the agent saw; {} decides",
                look.key(&[Context::Updates], Action::Clashes)
            ),
            look.theme.bad(),
        ),
        Sign::Refused if row.upload == "not confirmed" => (
            "the upload is not confirmed: a person decides, in the outbox (g o)".to_owned(),
            look.theme.bad(),
        ),
        Sign::Refused => ("the upstream refused it: why is in the outbox (g o)".to_owned(), look.theme.bad()),
        Sign::Several(many) => (
            format!("{} updates of one field: the newest counts, the batch has one line", spelled(many)),
            look.theme.warn(),
        ),
        Sign::NotUploaded => {
            ("not uploaded yet: it waits in the outbox; a batch may have it".to_owned(), Style::new())
        }
        Sign::Fine if is_in && row.status == Status::Pending.as_str() => {
            ("the master has it already: mark it as synced".to_owned(), look.theme.good())
        }
        Sign::Fine if row.status == Status::Pending.as_str() => {
            let lines = if count > 1 { "two lines" } else { "one line" };
            (format!("in order: {lines} of a batch"), look.theme.good())
        }
        Sign::Fine => (row.status.clone(), Style::new()),
    }
}

fn spelled(count: u8) -> String {
    match count {
        2 => "two".to_owned(),
        3 => "three".to_owned(),
        4 => "four".to_owned(),
        many => many.to_string(),
    }
}

/// The facts of one field, oldest first, then the master's side, in at most `quota` rows.
fn lane_lines(
    lane: &Lane,
    name: bool,
    quota: usize,
    look: &Look<'_>,
    width: usize,
) -> impl Iterator<Item = Line<'static>> {
    let room = quota.saturating_sub(1);
    let hidden = match lane.facts.len().checked_sub(room) {
        None | Some(0) => 0,
        // The row that counts the rest takes the place of one.
        Some(over) if room > 1 => over + 1,
        Some(over) => over,
    };
    let more = (hidden > 0 && room > 1).then(|| {
        let before = if hidden == 1 { "one earlier update" } else { "earlier updates" };
        let count = if hidden == 1 { String::new() } else { format!("{hidden} ") };
        Line::styled(format!("   {count}{before}"), look.theme.faint())
    });
    let field = if name { field_word(&lane.field) } else { "" };
    let facts: Vec<Line<'static>> =
        lane.facts.iter().skip(hidden).map(|fact| fact_line(fact, field, look, width)).collect();
    more.into_iter().chain(facts).chain([master_line(lane, field, look, width)])
}

fn fact_line(fact: &Fact, field: &str, look: &Look<'_>, width: usize) -> Line<'static> {
    let old = fact.old.as_ref().map_or_else(|| SafeText::new("nothing"), |old| look.phone(old));
    let new = look.phone(&fact.new);
    let (stamp, agent) = (look.stamp(fact.at), text::pad(&fact.agent_name, 12));
    let field = if field.is_empty() { String::new() } else { format!("{field} ") };
    let (before, after) = (format!("   {stamp:12}  {agent}  {field}"), format!(" -> {new}"));
    // The new value is what somebody came to read: the old one gives way.
    let taken = SafeText::new(&before).width() + SafeText::new(&after).width();
    let old = old.cut(width.saturating_sub(taken).max(4));
    let mut line = format!("{before}{old}{after}");
    if !fact.notes.as_str().is_empty() {
        line.push_str(&format!("  \"{}\"", fact.notes));
    }
    Line::raw(SafeText::new(&line).cut(width))
}

fn master_line(lane: &Lane, field: &str, look: &Look<'_>, width: usize) -> Line<'static> {
    let Some(seen) = lane.master_seen else {
        let why = match &lane.master {
            None => "no master feed".to_owned(),
            Some(value) => format!("the master was not read since; it said {}", look.phone(value)),
        };
        return Line::styled(
            SafeText::new(&format!("   not compared: {why}")).cut(width),
            look.theme.faint(),
        );
    };
    let value =
        lane.master.as_ref().map_or_else(|| "nothing".to_owned(), |value| look.phone(value).to_string());
    let field = if field.is_empty() { String::new() } else { format!("{field} ") };
    let (says, style) = if lane.clash {
        (", changed by somebody else", look.theme.bad())
    } else if lane.facts.last().is_some_and(|fact| lane.master.as_ref() == Some(&fact.new)) {
        (", the new value already", look.theme.good())
    } else if lane.facts.first().is_some_and(|fact| lane.master == fact.old) {
        (", unchanged since the first update", Style::new())
    } else {
        ("", Style::new())
    };
    let compared = format!(", compared {}", look.stamp(seen));
    let mut line = SafeText::new(&format!("   in the master: {field}{value}{compared}{says}"));
    if line.width() > width {
        // When it was found out is as much of the promise as what.
        let short = says.trim_end_matches(" the first update");
        line = SafeText::new(&format!("   in the master: {field}{value}{compared}{short}"));
    }
    if line.width() > width {
        // What it means is worth more than when it was found out.
        line = SafeText::new(&format!("   in the master: {field}{value}{says}"));
    }
    if line.width() > width && !lane.clash && !says.is_empty() {
        line =
            SafeText::new(&format!("   in the master: {field}{}{compared}", says.trim_start_matches(", ")));
    }
    Line::styled(line.cut(width), style)
}
