//! The form as a sheet: what is on file above what is typed, and below it how that is understood.
//! Beside the card it is narrow and says the same in fewer words.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::check::At;
use super::{FormScreen, Stage};
use crate::domain::phone::E164;
use crate::domain::spell;
use crate::domain::text::SafeText;
use crate::domain::update::{Field, FieldError, MAX_NOTES, Reason, doubt};
use crate::tui::keymap::{Action, Context};
use crate::tui::view::{Look, rule_titled};
use crate::tui::widgets::sheet::{self, Input, Row};
use crate::tui::widgets::{field, text};

/// May we text this number? The key, what it means, and its words.
pub const ANSWERS: [(char, Option<bool>, &str); 3] =
    [('-', None, "not asked"), ('y', Some(true), "yes, just now"), ('n', Some(false), "no")];

/// The reasons in the order of their digits, for wide cells and for narrow ones.
const REASONS: [(&str, &str); 6] = [
    ("customer gave new", "gave new"),
    ("current is wrong", "is wrong"),
    ("current is missing", "is missing"),
    ("bounced / SMS failed", "bounced, failed"),
    ("customer asked", "asked for it"),
    ("other", "other"),
];

/// From this width on the sheet has its wide form.
const WIDE: usize = 76;

/// A field is never wider, in cells.
const LONGEST: usize = 44;

/// The states of the values stand below each other where there is room.
const VALUE: usize = 36;

/// NIC-47.
const AFTER: &str = "After saving it is used for QR e-mails and texts at once.";

pub fn draw(screen: &FormScreen, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let mut below = area;
    if look.wide && area.height > 1 {
        rule_titled("Update contact", Rect { height: 1, ..area }, buffer, look.theme.strong());
        below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    }
    let mut paper = Paper::new(screen, look, usize::from(area.width));
    if !look.wide {
        paper.rows.push(Row::words(Line::styled(" Update contact", look.theme.strong())));
        paper.rows.push(Row::gap());
    }
    paper.contact(Field::Mobile, "Mobile", &screen.mobile);
    paper.rows.push(Row::gap());
    paper.contact(Field::Email, "E-mail", &screen.email);
    paper.rows.push(Row::gap());
    paper.reason();
    paper.rows.push(Row::gap());
    paper.notes();
    paper.rows.push(Row::gap());
    paper.verified();
    paper.texting();
    paper.read_back();
    paper.rows.push(Row::gap());
    paper.sentence(paper.left, AFTER, look.theme.faint());
    sheet::draw(&paper.rows, look.theme, below, buffer)
}

struct Paper<'a> {
    screen: &'a FormScreen,
    look: &'a Look<'a>,
    width: usize,
    /// Where labels begin, the words behind them, and the values.
    left: usize,
    middle: usize,
    right: usize,
    errors: Vec<FieldError>,
    rows: Vec<Row<'a>>,
}

impl<'a> Paper<'a> {
    fn new(screen: &'a FormScreen, look: &'a Look<'a>, width: usize) -> Self {
        let (left, middle, right) = if width >= WIDE { (3, 12, 17) } else { (1, 8, 13) };
        let errors = screen.check(&look.settings.policy).err().unwrap_or_default();
        Self { screen, look, width, left, middle, right, errors, rows: Vec::new() }
    }

    /// `>` where the caret is, `*` where something must be filled in.
    fn label(&self, at: At, label: &str) -> Vec<Span<'static>> {
        let here = self.screen.at == at;
        let sign = match (here, at) {
            (true, _) => ">",
            (false, At::Reason) => "*",
            (false, At::Verified) if self.screen.must_verify => "*",
            (false, _) => " ",
        };
        let before = if self.left > 1 { format!(" {sign} ") } else { sign.to_owned() };
        let style = if here { self.look.theme.strong() } else { Style::new() };
        let cells = self.middle - self.left;
        vec![Span::styled(before, self.look.theme.strong()), Span::styled(format!("{label:cells$}"), style)]
    }

    fn sentence(&mut self, at: usize, sentence: &str, style: Style) {
        for row in text::wrap(SafeText::new(sentence).as_str(), self.width.saturating_sub(at + 1)) {
            self.rows.push(Row::words(Line::styled(format!("{:at$}{row}", ""), style)));
        }
    }

    fn contact(&mut self, on: Field, label: &str, field: &'a field::Field) {
        let at = At::of(on);
        let mut now = self.label(at, label);
        now.push(Span::raw(format!("{:cells$}", "now", cells = self.right - self.middle)));
        match self.screen.point(on) {
            None => now.push(Span::styled("none on file", self.look.theme.warn())),
            Some(point) => {
                let state = super::super::card::state_of(point, self.look);
                let cells = state.content.as_ref().width();
                let room = self.width.saturating_sub(self.right + cells + 2).min(VALUE);
                now.push(Span::raw(format!("{} ", text::pad(&self.look.phone(&point.value), room))));
                now.push(state);
            }
        }
        self.rows.push(Row::words(Line::from(now)));
        if let Some(changed) = self.meanwhile(on) {
            self.sentence(self.right, &changed, self.look.theme.warn());
        }
        let ghost = if at == At::Email { self.screen.ghost().to_owned() } else { String::new() };
        let new = format!("{:middle$}new", "", middle = self.middle);
        self.input(at, Line::raw(new), field, self.right, 2, ghost);
        let (said, style) = self.verdict(at, field);
        self.sentence(self.right, &said, style);
    }

    /// Who changed it under the form, and from what.
    fn meanwhile(&self, on: Field) -> Option<String> {
        let (_, was) = self.screen.meanwhile.iter().find(|(field, _)| *field == on)?;
        let was = was.as_ref().map(|was| self.look.phone(was).to_string());
        let was = was.unwrap_or_else(|| "none on file".to_owned());
        let why = self.screen.point(on).and_then(|point| point.why.as_ref());
        let by = why.map_or_else(|| "in the master".to_owned(), |why| format!("by {}", why.by.cut(24)));
        Some(format!("changed just now {by}; it was {was}"))
    }

    /// The field ends `behind` cells before the edge.
    fn input(
        &mut self,
        at: At,
        before: Line<'static>,
        field: &'a field::Field,
        from: usize,
        behind: usize,
        ghost: String,
    ) {
        let width = self.width.saturating_sub(from + behind).min(LONGEST);
        let cells = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
        let focused = self.screen.at == at;
        let input = Input { field, at: cells(from), width: cells(width), focused, ghost };
        self.rows.push(Row::input(before, input));
    }

    /// How a field is understood, in a sentence; a wrong number is never shown as if it were right.
    fn verdict(&self, at: At, field: &field::Field) -> (String, Style) {
        let theme = self.look.theme;
        if let Some(why) = self.refused(at) {
            return (why, theme.bad());
        }
        let empty = field.text().trim().is_empty();
        let wrong = self.errors.iter().find(|error| At::named(error.field) == Some(at));
        match wrong {
            Some(error) if !empty || self.screen.tried => {
                let loud = self.screen.tried || self.screen.at != at;
                let why = self.missing(at).unwrap_or_else(|| error.why.clone());
                let why = match self.meant(at) {
                    Some(meant) if self.screen.tried => format!("{why}; {meant}"),
                    Some(meant) => meant,
                    None => why,
                };
                (why, if loud { theme.bad() } else { theme.warn() })
            }
            _ if empty => (self.format_of(at), theme.faint()),
            _ => match self.meant(at).or_else(|| self.doubtful(at)) {
                Some(but) => (format!("ok; {but}"), theme.warn()),
                None => (self.understood(at), theme.good()),
            },
        }
    }

    /// What a number lacks while it is typed.
    fn missing(&self, at: At) -> Option<String> {
        if self.screen.tried || at != At::Mobile {
            return None;
        }
        self.look.settings.policy.accept(self.screen.mobile.text()).err()?.fault.off_by()
    }

    fn meant(&self, at: At) -> Option<String> {
        let meant = self.screen.meant().filter(|_| at == At::Email)?;
        let domain = meant.rsplit_once('@').map_or("", |(_, domain)| domain);
        let key = self.look.key(&[Context::Form], Action::TakeSuggestion);
        let take = if self.screen.at == at { format!(" {key} takes it") } else { String::new() };
        Some(format!("did you mean {domain}?{take}"))
    }

    /// NIC-138.
    fn doubtful(&self, at: At) -> Option<String> {
        let address = self.screen.address().filter(|_| at == At::Email)?;
        doubt(Field::Email, address.as_str(), 0)
    }

    fn refused(&self, at: At) -> Option<String> {
        let (place, why) = self.screen.refused.as_ref()?;
        (*place == Some(at)).then(|| why.clone())
    }

    /// NIC-34.
    fn format_of(&self, at: At) -> String {
        let (on, example) = match at {
            At::Mobile => {
                (Field::Mobile, self.look.settings.policy.accept("").err().map(|error| error.example))
            }
            _ => (Field::Email, Some("name@example.com".to_owned())),
        };
        let alone = format!("like {}", example.unwrap_or_default());
        let whole = format!("{alone}; leave empty to keep");
        let fits = whole.width() < self.width.saturating_sub(self.right);
        if fits && self.screen.point(on).is_some() { whole } else { alone }
    }

    fn understood(&self, at: At) -> String {
        let policy = &self.look.settings.policy;
        let (number, address) = (self.screen.number(policy), self.screen.address());
        let (value, shown) = match at {
            At::Mobile => {
                let shown = number.as_ref().map(|number| policy.national(number)).unwrap_or_default();
                (number.as_ref().map(E164::as_str), format!("ok  {shown}"))
            }
            _ => (address.as_ref().map(|address| address.as_str()), "ok".to_owned()),
        };
        let on = if at == At::Mobile { Field::Mobile } else { Field::Email };
        let known = self.screen.point(on).map(|point| point.value.as_str());
        if value.is_some() && known == value {
            return format!("{shown}  the same as now: counts as a second witness");
        }
        shown
    }

    fn reason(&mut self) {
        let theme = self.look.theme;
        let chosen = self.screen.reason();
        let room = self.width.saturating_sub(self.middle);
        let (columns, cell) = if room >= 66 { (3, 23) } else { (2, room / 2) };
        for (row, reasons) in Reason::ALL.chunks(columns).enumerate() {
            let mut spans = if row == 0 { self.label(At::Reason, "Reason") } else { Vec::new() };
            if row > 0 {
                spans.push(Span::raw(" ".repeat(self.middle)));
            }
            let mut parked = None;
            for (column, reason) in reasons.iter().enumerate() {
                let digit = row * columns + column;
                let (long, brief) = REASONS[digit];
                let words = format!("{} {}", digit + 1, if cell > 22 { long } else { brief });
                let is_chosen = chosen == Some(*reason);
                let first = chosen.is_none() && digit == 0;
                if self.screen.at == At::Reason && (is_chosen || first) {
                    parked = u16::try_from(self.middle + column * cell).ok();
                }
                let style = if is_chosen { theme.chosen() } else { Style::new() };
                let fill = cell.saturating_sub(words.width());
                spans.push(Span::styled(words, style));
                spans.push(Span::raw(" ".repeat(fill)));
            }
            let line = Row::words(Line::from(spans));
            self.rows.push(match parked {
                Some(at) => line.parked(at),
                None => line,
            });
        }
        let (said, style) = self.reason_said(chosen);
        self.sentence(self.middle, &said, style);
    }

    fn reason_said(&self, chosen: Option<Reason>) -> (String, Style) {
        let theme = self.look.theme;
        if let Some(why) = self.refused(At::Reason) {
            return (why, theme.bad());
        }
        let digit = |reason| Reason::ALL.iter().position(|known| *known == reason).map_or(0, |at| at + 1);
        match (chosen, self.screen.reason, self.screen.suggested()) {
            (Some(reason), None, Some((_, from))) => {
                (format!("---> {} ({from}; a digit changes it)", digit(reason)), theme.accent())
            }
            (Some(reason), ..) => (format!("---> {} {}", digit(reason), reason.label()), Style::new()),
            (None, ..) if self.screen.tried => {
                ("a reason is required: 1 to 6 chooses".to_owned(), theme.bad())
            }
            (None, ..) => ("1 to 6 chooses".to_owned(), theme.faint()),
        }
    }

    /// NIC-43.
    fn notes(&mut self) {
        let count = self.screen.notes.text().chars().count();
        let counted = format!("{count} / {MAX_NOTES}");
        let style = if count > MAX_NOTES { self.look.theme.bad() } else { self.look.theme.faint() };
        let from = self.middle + 1;
        let width = self.width.saturating_sub(from + 15).min(LONGEST);
        let mut before = self.label(At::Notes, "Notes");
        before.push(Span::raw(" ".repeat(width + 4)));
        before.push(Span::styled(counted, style));
        let behind = self.width.saturating_sub(from + width);
        self.input(At::Notes, Line::from(before), &self.screen.notes, from, behind, String::new());
        let wrong = self.errors.iter().find(|error| At::named(error.field) == Some(At::Notes));
        let said = self.refused(At::Notes).or_else(|| wrong.map(|error| error.why.clone()));
        if let Some(said) = said {
            self.sentence(self.middle, &said, self.look.theme.bad());
        }
    }

    /// How the caller was identified, where the office asks.
    fn verified(&mut self) {
        if self.screen.ways.is_empty() {
            return;
        }
        let theme = self.look.theme;
        let here = self.screen.at == At::Verified;
        let mut spans = self.label(At::Verified, "Caller");
        let mut used = self.middle;
        let mut parked = None;
        let ways = self.screen.ways.iter().zip(1..).map(|(way, nth)| (Some(way), format!("{nth} {way}")));
        let choices: Vec<_> = std::iter::once((None, "- not noted".to_owned())).chain(ways).collect();
        for (way, words) in choices {
            let words = SafeText::new(&words);
            if used + words.width() > self.width && used > self.middle {
                let row = Row::words(Line::from(std::mem::take(&mut spans)));
                self.rows.push(match parked.take() {
                    Some(at) => row.parked(at),
                    None => row,
                });
                spans.push(Span::raw(" ".repeat(self.middle)));
                used = self.middle;
            }
            let chosen = self.screen.verified.as_ref() == way;
            if chosen && here {
                parked = u16::try_from(used).ok();
            }
            let style = if chosen { theme.chosen() } else { Style::new() };
            used += words.width() + 2;
            spans.extend([Span::styled(words.to_string(), style), Span::raw("  ")]);
        }
        let row = Row::words(Line::from(spans));
        self.rows.push(match parked {
            Some(at) => row.parked(at),
            None => row,
        });
        let wrong = self.errors.iter().find(|error| At::named(error.field) == Some(At::Verified));
        let wrong = wrong.filter(|_| self.screen.tried).map(|error| error.why.clone());
        if let Some(why) = self.refused(At::Verified).or(wrong) {
            self.sentence(self.middle, &why, theme.bad());
        }
    }

    fn texting(&mut self) {
        if !self.screen.asks_texting() {
            return;
        }
        let theme = self.look.theme;
        let here = self.screen.at == At::Texting;
        let question = "May we text this number?";
        let mut spans = self.label(At::Texting, question);
        let mut used = self.left + question.len().max(self.middle - self.left);
        if self.width < WIDE {
            self.rows.push(Row::words(Line::from(std::mem::take(&mut spans))));
            spans.push(Span::raw(" "));
            used = 1;
        }
        let mut parked = 0;
        for (key, answer, words) in ANSWERS {
            let chosen = self.screen.texting == answer;
            let sign = if chosen { ">" } else { " " };
            let words = format!("{key} {words}");
            spans.extend([Span::raw("  "), Span::styled(sign, theme.strong())]);
            used += 3;
            if chosen {
                parked = used;
            }
            used += words.len();
            let style = if chosen { theme.chosen() } else { Style::new() };
            spans.push(Span::styled(words, style));
        }
        let row = Row::words(Line::from(spans));
        self.rows.push(if here { row.parked(u16::try_from(parked).unwrap_or(0)) } else { row });
        if let Some(why) = self.refused(At::Texting) {
            self.sentence(self.left, &why, theme.bad());
        }
        if here {
            let wording = format!("Read out: \"{}\"", self.look.settings.wording);
            self.sentence(self.left, &wording, theme.accent());
        }
    }

    /// F8: the value the caret is on, else all that was typed.
    fn read_back(&mut self) {
        if !self.screen.spelled {
            return;
        }
        let policy = &self.look.settings.policy;
        let aloud = self.screen.aloud(policy);
        let nothing = aloud.is_empty().then(|| "nothing typed yet".to_owned());
        let spelled = aloud.into_iter().map(|(field, value)| match (field, &value) {
            (Field::Mobile, None) => "not yet a number".to_owned(),
            (Field::Mobile, Some(number)) => {
                let number = E164::parse(number).map(|number| policy.national(&number));
                spell::phone(&number.unwrap_or_default())
            }
            (Field::Email, _) => {
                let address = SafeText::new(self.screen.email.text());
                spell::email(address.as_str(), self.look.settings.alphabet)
            }
        });
        for spelled in nothing.into_iter().chain(spelled.collect::<Vec<_>>()) {
            self.sentence(self.left, &format!("Read back:  {spelled}"), self.look.theme.strong());
        }
    }
}

/// The row above the keys: where the work stands.
pub fn hint(screen: &FormScreen, look: &Look<'_>) -> Line<'static> {
    if screen.stage != Stage::Editing {
        return Line::styled(" Saving ..", look.theme.accent());
    }
    if let Some((None, why)) = &screen.refused {
        return Line::styled(format!(" Not saved: {}", SafeText::new(why)), look.theme.bad());
    }
    if screen.refused.is_some() || (screen.tried && screen.check(&look.settings.policy).is_err()) {
        return Line::styled(" Not saved: see the sentence beside the field.", look.theme.bad());
    }
    if let Some((at, _)) = &screen.offered {
        let key = look.key(&[Context::Form], Action::TakeDraft);
        let kept = format!(" Kept from {}: {key} takes it. Nothing saved yet.", look.stamp(*at));
        return Line::styled(kept, look.theme.accent());
    }
    if let Some(other) = screen.others.iter().find(|other| other.doing == "updating") {
        let what = format!(" {} has this form open too, for {}.", other.name.cut(40), look.ago(other.since));
        return Line::styled(what, look.theme.warn());
    }
    Line::raw(" Nothing saved yet. One of mobile and e-mail is enough.")
}
