//! Reports: what the contact updates of some days say (NIC-139..142). Every bar has its number beside it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Sparkline, Widget as _};

use super::line::LineBox;
use super::updates::filter::reason_word;
use super::{Page, Screen};
use crate::domain::dates;
use crate::domain::shown::{Report, Share};
use crate::domain::time::Micros;
use crate::domain::update::Reason;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Read, Seq, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::text;

/// The typed line.
pub const DAYS: &str = "days of the reports";

/// What is shown first.
const USUAL: &str = "this month";

/// Rows of the chart of days.
const CHART: u16 = 4;

/// Cells of the longest bar.
const BAR: usize = 14;

/// The days, and what they say.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportsScreen {
    typed: String,
    report: Option<Box<Report>>,
    asked: Option<Seq>,
}

impl Default for ReportsScreen {
    fn default() -> Self {
        Self { typed: USUAL.to_owned(), report: None, asked: None }
    }
}

impl ReportsScreen {
    /// One at a time: it looks at everything.
    fn ask(&mut self, cx: &mut Cx<'_>) {
        match dates::read(&self.typed, cx.now, cx.offset) {
            Ok((from, before)) => self.asked = Some(cx.read(Read::Report { from, before })),
            Err(why) => cx.say(Tone::Bad, format!("{why}.")),
        }
    }
}

impl Page for ReportsScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown => self.ask(cx),
            Event::Told(Told::Typed(DAYS, line)) => {
                match dates::read(line, cx.now, cx.offset) {
                    Ok(_) => line.clone_into(&mut self.typed),
                    Err(why) => cx.say(Tone::Bad, format!("{why}.")),
                }
                self.ask(cx);
            }
            Event::Act(Action::Filter) => cx.open(Screen::Line(LineBox::new(DAYS, "days: ", &self.typed))),
            Event::Act(Action::Back) => cx.close(),
            Event::Answer(seq, Answer::Report(report)) if Some(seq) == self.asked => {
                (self.report, self.asked) = (Some(report.clone()), None);
            }
            Event::Failed(seq, failure) if Some(seq) == self.asked && !failure.stale => {
                self.asked = None;
                cx.say(Tone::Bad, failure.why.clone());
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let width = usize::from(area.width);
        let Some(report) = &self.report else {
            let said = if self.asked.is_some() { "   Counting..." } else { "   Nothing to show." };
            buffer.set_stringn(area.x, area.y, said, width, look.theme.faint());
            return None;
        };
        draw_days(report, look, Rect { height: CHART + 1, ..area }, buffer);
        let below = Rect { y: area.y + CHART + 2, height: area.height.saturating_sub(CHART + 7), ..area };
        let half = area.width / 2;
        let list = |at: Rect, title: &str, rows: &[String], buffer: &mut Buffer| {
            let width = usize::from(at.width.saturating_sub(1));
            buffer.set_stringn(at.x + 1, at.y, title, width, look.theme.faint());
            for (row, y) in rows.iter().zip(at.y + 1..at.bottom()) {
                buffer.set_stringn(at.x + 1, y, row, width, Style::new());
            }
        };
        list(Rect { width: half, ..below }, "Why", &reasons(report, look), buffer);
        let right = Rect { x: area.x + half, width: area.width - half, ..below };
        list(right, "Who captured, in brackets: rejected", &agents(report, look), buffer);
        let last = Rect { y: below.bottom(), height: area.bottom().saturating_sub(below.bottom()), ..area };
        list(last, "How good the contacts of all customers are now", &quality(report), buffer);
        None
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Reports]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled("Reports", look.theme.strong())
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        let key = look.key(&[Context::Reports], Action::Filter);
        Line::raw(format!(
            " {key} other days: today, last week, 01-28 Nov.  cordboard report updates writes a file."
        ))
    }
}

fn draw_days(report: &Report, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let day = |at: Micros| text::day(at, look.now, look.offset);
    let last = Micros(report.before.0 - 1);
    let most = report.days.iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0);
    let busiest = most
        .map(|(at, count)| format!("   most on {}: {}", day(*at), text::thousands(*count)))
        .unwrap_or_default();
    let said = format!(
        " {} updates, {} to {}{busiest}",
        text::thousands(report.updates),
        day(report.from),
        day(last)
    );
    buffer.set_stringn(area.x, area.y, said, usize::from(area.width), look.theme.strong());
    let chart = Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: CHART };
    // Each day as wide as fits; of more days than cells, the newest.
    let cells = usize::from(chart.width);
    let wide = (cells / report.days.len().max(1)).clamp(1, 4);
    let days = &report.days[report.days.len().saturating_sub(cells)..];
    let counts: Vec<u64> = days.iter().flat_map(|(_, count)| vec![count.unsigned_abs(); wide]).collect();
    let set = if look.settings.ascii {
        ratatui::symbols::bar::Set {
            full: "#",
            seven_eighths: "#",
            three_quarters: "#",
            five_eighths: "#",
            half: "#",
            three_eighths: ".",
            one_quarter: ".",
            one_eighth: ".",
            empty: " ",
        }
    } else {
        ratatui::symbols::bar::NINE_LEVELS
    };
    Sparkline::default().data(counts).bar_set(set).style(look.theme.accent()).render(chart, buffer);
}

/// As long as its part of the most.
fn bar(count: i64, most: i64, look: &Look<'_>) -> String {
    let length = usize::try_from(count).unwrap_or(0) * BAR / usize::try_from(most).unwrap_or(1).max(1);
    let sign = if look.settings.ascii { "#" } else { "█" };
    format!("{:BAR$}", sign.repeat(if count > 0 { length.max(1) } else { 0 }))
}

fn reasons(report: &Report, look: &Look<'_>) -> Vec<String> {
    let most = report.reasons.first().map_or(0, |(_, count)| *count);
    let row = |(reason, count): &(String, i64)| {
        let word = Reason::parse(reason).map_or("", reason_word);
        format!(
            "{word:9} {} {:>7}  {}",
            bar(*count, most, look),
            text::thousands(*count),
            percent(*count, report.updates)
        )
    };
    report.reasons.iter().map(row).collect()
}

fn agents(report: &Report, look: &Look<'_>) -> Vec<String> {
    let most = report.agents.first().map_or(0, |agent| agent.updates);
    let row = |agent: &crate::domain::shown::AgentCount| {
        let rejected = if agent.rejected > 0 { format!(" ({})", agent.rejected) } else { String::new() };
        let name = text::pad(&agent.name, 12);
        format!("{name} {} {:>6}{rejected}", bar(agent.updates, most, look), text::thousands(agent.updates))
    };
    report.agents.iter().map(row).collect()
}

fn quality(report: &Report) -> Vec<String> {
    let quality = &report.quality;
    let share = |name: &str, share: Share| {
        let of = |count| percent(count, quality.customers);
        format!(
            "{name:7} {:>4} have one, {:>4} proven, {:>4} known to be dead",
            of(share.filled),
            of(share.proven),
            of(share.bad)
        )
    };
    let success = &report.success;
    let untried = success.values - success.reached - success.failed;
    vec![
        share("mobile", quality.mobile),
        share("e-mail", quality.email),
        format!(
            "both proven: {} of {} customers",
            percent(quality.both_proven, quality.customers),
            text::thousands(quality.customers)
        ),
        format!(
            "corrected in these days: {} reached since, {} failed, {} not tried",
            percent(success.reached, success.values),
            percent(success.failed, success.values),
            percent(untried, success.values)
        ),
    ]
}

/// A part in words; of nothing, a dash.
fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    match part * 100 / whole {
        0 if part > 0 => "<1%".to_owned(),
        share => format!("{share}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Role;
    use crate::domain::shown::{AgentCount, Quality, Success};
    use crate::domain::text::SafeText;
    use crate::tui::msg::{Effect, Msg};
    use crate::tui::testing::{desk, picture, press};
    use crate::tui::update::update;

    #[test]
    fn nic_139_to_142_the_reports_in_pictures() {
        let mut model = desk(Role::Supervisor);
        let effects = press(&mut model, "Esc g r");
        let asked = effects.iter().find_map(|effect| match effect {
            Effect::Read(seq, Read::Report { from, before }) => Some((*seq, *from, *before)),
            _ => None,
        });
        let (seq, from, before) = asked.unwrap();
        let agent = |number, name, updates, rejected| AgentCount {
            number,
            name: SafeText::new(name),
            updates,
            rejected,
        };
        let share = |filled, proven, bad| Share { filled, proven, bad };
        let report = Report {
            from,
            before,
            updates: 1_204,
            days: (0..30).map(|n| (Micros(from.0 + n * 86_400_000_000), n * 7 % 40)).collect(),
            reasons: vec![("bounced".into(), 800), ("provided".into(), 400), ("other".into(), 4)],
            agents: vec![agent(24, "David Brown", 900, 3), agent(7, "Ana Silva", 304, 0)],
            quality: Quality {
                customers: 50_000,
                mobile: share(48_000, 31_000, 600),
                email: share(20_000, 100, 0),
                both_proven: 90,
            },
            success: Success { values: 1_300, reached: 700, failed: 90 },
        };
        update(&mut model, Msg::Answer(seq, Answer::Report(Box::new(report))));
        for (width, height) in [(80, 24), (120, 40)] {
            insta::assert_snapshot!(format!("reports-{width}x{height}"), picture(&model, width, height));
        }
        press(&mut model, "f Ctrl+U \"last week\"");
        let effects = press(&mut model, "Enter");
        let week = |effect: &Effect| matches!(effect, Effect::Read(_, Read::Report { from, before }) if before.0 - from.0 == 7 * 86_400_000_000);
        assert!(effects.iter().any(week), "{effects:?}");
    }
}
