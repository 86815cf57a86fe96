//! The record as a sheet: one row a field, and below the row of the caret how it is understood.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::check::{At, Wrong, input, more};
use super::{RecordScreen, Stage};
use crate::domain::form::{FormField, Key, Kind, Own};
use crate::domain::text::SafeText;
use crate::tui::keymap::{Action, Context};
use crate::tui::view::{Look, rule_titled};
use crate::tui::widgets::sheet::{self, Input, Row};
use crate::tui::widgets::{field, text};

/// From this width on the sheet has its wide form.
const WIDE: usize = 60;

/// A field is never wider, in cells.
const LONGEST: usize = 50;

pub fn draw(screen: &RecordScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let mut below = area;
    let beside = look.wide && screen.card.is_some();
    if beside && area.height > 1 {
        rule_titled("Whole record", Rect { height: 1, ..area }, buffer, look.theme.strong());
        below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    }
    let width = usize::from(area.width);
    let (left, right) = if width >= WIDE { (3, 23) } else { (1, 16) };
    let wrong = screen.check(&look.settings.forms, &look.settings.policy).err().unwrap_or_default();
    let mut paper = Paper { screen, look, width, left, right, wrong, rows: Vec::new() };
    if !beside {
        let title = if screen.of.is_some() { " Whole record" } else { " New customer" };
        paper.rows.push(Row::words(Line::styled(title, look.theme.strong())));
        paper.rows.push(Row::gap());
    }
    if screen.of.is_some() && screen.seen.is_none() {
        paper.rows.push(Row::words(" Reading .."));
        return sheet::draw(&paper.rows, look.theme, below, buffer);
    }
    paper.forms();
    for field in &screen.fields {
        paper.field(field);
    }
    paper.points();
    sheet::draw(&paper.rows, look.theme, below, buffer)
}

struct Paper<'a> {
    screen: &'a RecordScreen,
    look: &'a Look<'a>,
    width: usize,
    /// Where labels and values begin.
    left: usize,
    right: usize,
    wrong: Vec<Wrong>,
    rows: Vec<Row<'a>>,
}

impl<'a> Paper<'a> {
    /// `>` where the caret is, `*` where something must be filled in.
    fn label(&self, at: &At, label: &str, required: bool) -> Vec<Span<'static>> {
        let here = self.screen.at == *at;
        let sign = if here {
            ">"
        } else if required {
            "*"
        } else {
            " "
        };
        let before = if self.left > 1 { format!(" {sign} ") } else { sign.to_owned() };
        let style = if here { self.look.theme.strong() } else { Style::new() };
        let cells = self.right - self.left - 1;
        let label = text::pad(&SafeText::new(label), cells);
        vec![Span::styled(before, self.look.theme.strong()), Span::styled(label, style)]
    }

    fn sentence(&mut self, sentence: &str, style: Style) {
        let at = self.right;
        for row in text::wrap(SafeText::new(sentence).as_str(), self.width.saturating_sub(at + 1)) {
            self.rows.push(Row::words(Line::styled(format!("{:at$}{row}", ""), style)));
        }
    }

    fn input(&mut self, before: Vec<Span<'static>>, field: &'a field::Field, at: &At, ghost: String) {
        let cells = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
        let width = self.width.saturating_sub(self.right + 2).min(LONGEST);
        let focused = self.screen.at == *at;
        let input = Input { field, at: cells(self.right), width: cells(width), focused, ghost };
        self.rows.push(Row::input(Line::from(before), input));
    }

    fn forms(&mut self) {
        let mut spans = self.label(&At::Form, "Form", false);
        let mut used = self.right;
        spans.push(Span::raw(" "));
        let mut parked = None;
        for form in self.look.settings.forms.all() {
            let chosen = form.name == self.screen.form;
            let title = SafeText::new(&form.title).cut(20);
            let cells = title.as_str().width();
            if used + cells > self.width && used > self.right {
                let full = std::mem::take(&mut spans);
                self.rows.push(parked_row(full, parked.take()));
                spans.push(Span::raw(" ".repeat(self.right)));
                used = self.right;
            }
            if chosen && self.screen.at == At::Form {
                parked = u16::try_from(used).ok();
            }
            let style = if chosen { self.look.theme.chosen() } else { Style::new() };
            spans.extend([Span::styled(title, style), Span::raw("  ")]);
            used += cells + 2;
        }
        self.rows.push(parked_row(spans, parked));
    }

    fn field(&mut self, field: &'a FormField) {
        if self.screen.is_settled(&field.key) {
            return self.settled(field);
        }
        let Some(typed) = self.screen.texts.get(&field.key) else { return };
        let at = At::Field(field.key.clone());
        let before = self.label(&at, &field.label, field.required);
        let ghost = self.screen.ghost(field).unwrap_or_default();
        self.input(before, typed, &at, ghost);
        self.verdict(&at, typed, || help(field));
        self.shared(field, typed);
        let lines = typed.text().lines().count();
        if lines > 1 {
            self.sentence(
                &format!("{lines} lines: Left and Right move through them"),
                self.look.theme.faint(),
            );
        }
        let was = self.screen.seen_values().remove(&field.key);
        if let Some(was) = was.filter(|was| input(&field.kind, was).text() != typed.text()) {
            self.sentence(&format!("was: {}", SafeText::new(&was).cut(200)), self.look.theme.faint());
        }
    }

    /// One of the two contact fields of somebody on file.
    fn settled(&mut self, field: &FormField) {
        let is_mobile = field.key == Key::Own(Own::Mobile);
        let key =
            self.look.key(&[Context::Customer], if is_mobile { Action::NewMobile } else { Action::NewEmail });
        let value = self.screen.seen_values().remove(&field.key);
        let value = value.map_or_else(
            || "none on file".to_owned(),
            |value| self.look.phone(&SafeText::new(&value)).to_string(),
        );
        let said = format!("({key} on the card, with a reason)");
        let room = self.width.saturating_sub(self.right + said.len() + 3);
        let value = SafeText::new(&value).cut(room.max(16));
        let mut spans = self.label(&At::Field(field.key.clone()), &field.label, false);
        spans.push(Span::raw(format!(" {value}  ")));
        let used = self.right + value.as_str().width() + 2;
        if used + said.len() <= self.width {
            spans.push(Span::styled(said, self.look.theme.faint()));
            self.rows.push(Row::words(Line::from(spans)));
        } else {
            self.rows.push(Row::words(Line::from(spans)));
            self.sentence(&said, self.look.theme.faint());
        }
    }

    /// What is wrong, or on the row of the caret what may stand there.
    fn verdict(&mut self, at: &At, typed: &field::Field, help: impl FnOnce() -> String) {
        let theme = self.look.theme;
        let here = self.screen.at == *at;
        let blank = typed.text().trim().is_empty();
        let wrong = self.wrong.iter().find(|(known, _)| known == at).map(|(_, why)| why.clone());
        match wrong {
            Some(why) if self.screen.tried || !blank && !here => self.sentence(&why, theme.bad()),
            Some(why) if !blank => self.sentence(&why, theme.warn()),
            _ if here && blank => {
                let help = help();
                if !help.is_empty() {
                    self.sentence(&help, theme.faint());
                }
            }
            _ => {}
        }
    }

    /// Who else has this number or address.
    fn shared(&mut self, field: &FormField, typed: &field::Field) {
        let Key::Own(own @ (Own::Mobile | Own::Email)) = field.key else { return };
        let value = own.field().check(typed.text(), &self.look.settings.policy).ok().flatten();
        self.sharing(value.as_deref());
    }

    fn sharing(&mut self, value: Option<&str>) {
        let known = self.screen.sharing.iter().find(|known| Some(known.value.as_str()) == value);
        let names: Vec<String> =
            known.into_iter().flat_map(|known| &known.names).map(|name| name.cut(24)).collect();
        if !names.is_empty() {
            let said = format!("also on file with {}: a family may share it", names.join(", "));
            self.sentence(&said, self.look.theme.warn());
        }
    }

    /// Other phones and e-mails, and one more.
    fn points(&mut self) {
        let Some(seen) = &self.screen.seen else { return };
        self.rows.push(Row::gap());
        let fields = [Own::Mobile, Own::Email].map(|own| self.screen.seen_values().remove(&Key::Own(own)));
        for point in seen.points.iter().filter(|point| point.retired_at.is_none()) {
            let value = self.look.phone(&point.value);
            let typed = self.screen.labels.iter().find(|(id, _)| *id == point.id);
            if let Some((id, typed)) = typed {
                let at = At::Label(*id);
                let before = self.label(&at, value.as_str(), false);
                self.input(before, typed, &at, String::new());
                if typed.text().trim().is_empty() {
                    let said = "counts no more once saved; it stays to be found by";
                    self.sentence(said, self.look.theme.warn());
                } else {
                    self.verdict(&at, typed, String::new);
                }
            } else if !fields.contains(&Some(point.value.to_string())) {
                let mut spans = self.label(&At::Label(point.id), value.as_str(), false);
                spans.push(Span::raw(format!(" {}", point.label.cut(20))));
                spans.push(Span::styled("  (the master's)", self.look.theme.faint()));
                self.rows.push(Row::words(Line::from(spans)));
            }
        }
        let before = self.label(&At::More, "One more", false);
        let screen = self.screen;
        self.input(before, &screen.more, &At::More, String::new());
        self.verdict(&At::More, &screen.more, || {
            "such as home 234 5678, or work name@example.com".to_owned()
        });
        let value = more(screen.more.text(), &self.look.settings.policy).ok().map(|point| point.value);
        self.sharing(value.as_deref());
    }
}

fn parked_row<'a>(spans: Vec<Span<'static>>, parked: Option<u16>) -> Row<'a> {
    let row = Row::words(Line::from(spans));
    match parked {
        Some(at) => row.parked(at),
        None => row,
    }
}

/// What may be typed.
fn help(field: &FormField) -> String {
    let example = match &field.key {
        Key::Own(Own::Mobile) => String::new(),
        _ => field.kind.example(),
    };
    let several = if field.kind == Kind::Notes { "several lines: Alt+Enter" } else { "" };
    let sensitive = if field.sensitive { "neither searched nor exported" } else { "" };
    let parts = [field.hint.as_str(), &example, several, sensitive];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The row above the keys: where the work stands.
pub fn hint(screen: &RecordScreen, look: &Look<'_>) -> Line<'static> {
    if screen.stage != Stage::Editing {
        return Line::styled(" Saving ..", look.theme.accent());
    }
    if let Some(why) = &screen.refused {
        return Line::styled(format!(" Not saved: {}", SafeText::new(why)), look.theme.bad());
    }
    if let Some((at, _)) = &screen.offered {
        let key = look.key(&[Context::Record], Action::TakeDraft);
        let when = look.stamp(*at);
        return Line::styled(format!(" {key} brings back what you typed at {when}."), look.theme.accent());
    }
    Line::raw(" * must be filled in. Nothing saved yet.")
}
