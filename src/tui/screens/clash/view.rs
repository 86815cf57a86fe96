//! The clashes as a list, and below it the one under the cursor in full.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{ClashScreen, field_word};
use crate::domain::role::{Action as Right, Decision, Object, can};
use crate::domain::shown::{Clash, Witness};
use crate::domain::text::SafeText;
use crate::domain::update::Reason;
use crate::tui::keymap::{Action, Context};
use crate::tui::view::{Look, rule};
use crate::tui::widgets::{list, text};

pub fn title(screen: &ClashScreen, look: &Look<'_>) -> Line<'static> {
    let count = match screen.listed().len() {
        0 => String::new(),
        count => format!("   {count}"),
    };
    let mut spans = vec![Span::styled(format!("In clash with the master{count}"), look.theme.strong())];
    let Some(clashes) = &screen.all else { return Line::from(spans) };
    match (&clashes.failing, clashes.feed) {
        (Some(why), _) => spans.push(Span::styled(format!("   its feed fails: {why}"), look.theme.bad())),
        (None, Some(read)) => spans.push(Span::raw(format!("   its feed was read {}", look.stamp(read)))),
        (None, None) => spans.push(Span::raw("   compared at each import of its file")),
    }
    Line::from(spans)
}

pub fn hint(screen: &ClashScreen, look: &Look<'_>) -> Line<'static> {
    if screen.here().is_none() {
        return Line::default();
    }
    if matches!(can(look.me, Right::MarkSynced, Object::Any), Decision::Deny(_)) {
        return Line::raw(" An admin decides which value counts. Ours counts meanwhile.");
    }
    let decide = look.key(&[Context::Clash], Action::Decide);
    Line::raw(format!(" {decide} asks which value counts. Ours counts meanwhile."))
}

pub fn draw(screen: &ClashScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let Some(here) = screen.here() else {
        let sentence = if screen.all.is_some() { "   No contact is in clash with the master." } else { "" };
        buffer.set_stringn(area.x, area.y, sentence, usize::from(area.width), look.theme.faint());
        return None;
    };
    let detail = detail(here, look, usize::from(area.width));
    let wanted = u16::try_from(screen.listed().len()).unwrap_or(u16::MAX).min(area.height / 2).max(1);
    let rows = wanted.min(area.height.saturating_sub(2).max(1));
    let cursor = draw_list(screen, look, Rect { height: rows, ..area }, buffer);
    if area.height > rows + 1 {
        rule(Rect { y: area.y + rows, height: 1, ..area }, buffer);
        for (line, y) in detail.iter().zip(area.y + rows + 1..area.bottom()) {
            buffer.set_line(area.x, y, line, area.width);
        }
    }
    cursor
}

fn draw_list(screen: &ClashScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let window = list::window(screen.chosen, usize::from(area.height), screen.listed().len());
    let width = usize::from(area.width);
    let mut cursor = None;
    for ((at, clash), y) in screen.listed().iter().enumerate().skip(window.start).zip(area.y..area.bottom()) {
        let here = at == screen.chosen;
        let name = width.saturating_sub(2 + 11 + 8 + 14).clamp(8, 40);
        let line = format!(
            "{} {} {} {:6}  since {}",
            if here { '>' } else { ' ' },
            text::pad(&clash.policy, 10),
            text::pad(&clash.name, name),
            field_word(&clash.field),
            look.stamp(clash.since)
        );
        buffer.set_stringn(area.x, y, line, width, Style::new());
        if here {
            buffer.set_style(Rect { y, height: 1, ..area }, look.theme.chosen());
            cursor = Some(Position::new(area.x, y));
        }
    }
    cursor
}

/// Was, ours with everybody who captured it, theirs; what waits for the decision.
fn detail(clash: &Clash, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
    let shown = |value: &Option<SafeText>| {
        value.as_ref().map_or_else(|| "nothing".to_owned(), |value| look.phone(value).to_string())
    };
    let cut = |line: String, style: Style| Line::styled(SafeText::new(&line).cut(width), style);
    let mut lines = vec![
        cut(format!(" was     {}", shown(&clash.was)), Style::new()),
        cut(format!(" ours    {}", look.phone(&clash.ours)), look.theme.strong()),
    ];
    for witness in &clash.witnesses {
        let [who, why] = told(witness, look);
        lines.extend([cut(who, Style::new()), cut(why, look.theme.faint())]);
    }
    let read = clash.read.map(|read| format!("   read {}", look.stamp(read))).unwrap_or_default();
    let changed = match clash.changed {
        Some(changed) => format!(", changed {}", look.stamp(changed)),
        None => ", it does not tell when it changed".to_owned(),
    };
    lines.push(cut(format!(" theirs  {}{read}{changed}", shown(&clash.theirs)), look.theme.strong()));
    let held = match clash.held {
        0 => None,
        1 => Some(" 1 automatic text waits for the decision".to_owned()),
        many => Some(format!(" {many} automatic texts wait for the decision")),
    };
    lines.extend(held.map(|held| cut(held, look.theme.warn())));
    lines
}

/// One who captured it: when, who, what was seen and typed; and why.
fn told(witness: &Witness, look: &Look<'_>) -> [String; 2] {
    let old = witness.old.as_ref().map_or_else(|| "nothing".to_owned(), |old| look.phone(old).to_string());
    let who = format!(
        "         {:12}  {} #{}   {old} -> {}",
        look.stamp(witness.at),
        witness.agent_name,
        witness.agent,
        look.phone(&witness.new)
    );
    let reason = Reason::parse(&witness.reason).map_or("", Reason::label);
    let mut why = format!("                       {reason}");
    if !witness.notes.as_str().is_empty() {
        why.push_str(&format!("  \"{}\"", witness.notes));
    }
    if let Some(by) = &witness.verified_by {
        why.push_str(&format!("  verified by {by}"));
    }
    [who, why]
}
