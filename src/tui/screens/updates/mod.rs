//! Contact updates: the queue that an admin carries into the master (NIC-88..96, design 5). Agents
//! see their own, supervisors and admins all (G21). Here are the state and what each event does; the
//! deeds are in `deeds`, the filter's words in `filter`.

mod deeds;
mod detail;
pub mod filter;
#[cfg(test)]
pub mod tests;
mod view;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Screen;
use super::card::CardScreen;
use super::clash::ClashScreen;
use super::line::LineBox;
use crate::domain::redact::redacted_debug;
use crate::domain::role::{Action as Right, Actor, Decision, Object, Role, can};
use crate::domain::shown::{Counts, Facts, MANY, Page, QueueFilter, Row};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Failure, Read, Seq, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::run::{Run, Want};
use crate::tui::widgets::text;
use deeds::{Deed, Question};

/// The typed line of the filter.
pub const FILTER: &str = "filter of the updates";

/// All other questions of this screen; what they are about is in [`UpdatesScreen::question`].
const ASKED: &str = "updates";

/// Rows being chosen from one row on to the cursor, over what was chosen before.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    from: i64,
    before: BTreeSet<i64>,
    /// Every row that was in memory since it began: a refresh in between takes none of them away.
    seen: BTreeSet<i64>,
}

/// The queue, and what is chosen in it.
#[derive(Clone, PartialEq)]
pub struct UpdatesScreen {
    /// An agent's: only what they captured themselves.
    own: bool,
    filter: QueueFilter,
    /// The filter as it was typed.
    typed: String,
    rows: Run<Row>,
    /// The counts of the newest page, without its rows; `None` before the first.
    heads: Option<Box<Page>>,
    /// How many there are, where the page says no more than many.
    counts: Option<Counts>,
    asked_counts: Option<Seq>,
    /// How many clash, as last counted.
    clashes: i64,
    /// The count under way.
    counting: Option<Seq>,
    /// Something changed since it began.
    again: bool,
    /// By number, so that it outlives refreshes and other filters.
    chosen: BTreeSet<i64>,
    stretch: Option<Stretch>,
    facts: Option<(i64, Facts)>,
    asked: Option<(Seq, Want)>,
    asked_facts: (Seq, i64),
    asked_all: Option<Seq>,
    /// What the open box asks about, frozen when it was opened.
    question: Option<Question>,
    /// What is being saved.
    deed: Option<(Seq, Deed)>,
    /// The path that was typed for an export that failed.
    file: Option<String>,
}

redacted_debug!(
    UpdatesScreen,
    own,
    filter,
    rows,
    heads,
    clashes,
    chosen,
    stretch,
    facts,
    asked,
    asked_facts,
    asked_all
);

impl UpdatesScreen {
    pub fn new(me: &Actor) -> Self {
        Self {
            own: me.role == Role::Agent,
            filter: filter::standard(),
            typed: String::new(),
            rows: Run::default(),
            heads: None,
            counts: None,
            asked_counts: None,
            clashes: 0,
            counting: None,
            again: false,
            chosen: BTreeSet::new(),
            stretch: None,
            facts: None,
            asked: None,
            asked_facts: (Seq::default(), 0),
            asked_all: None,
            question: None,
            deed: None,
            file: None,
        }
    }

    fn here(&self) -> Option<&Row> {
        self.rows.here()
    }

    fn ask(&mut self, cx: &mut Cx<'_>, want: Want) {
        let (newest_first, after) = want.asks(self.filter.newest_first);
        let filter = QueueFilter { newest_first, ..self.filter.clone() };
        self.asked = Some((cx.read(Read::Queue { filter, after }), want));
    }

    /// Asks for what is shown once more.
    fn refresh(&mut self, cx: &mut Cx<'_>) {
        let want = if self.heads.is_some() { self.rows.again() } else { Want::First };
        self.ask(cx, want);
        if let Some(seq) = self.here().map(|row| row.seq) {
            self.ask_facts(cx, seq);
        }
        self.count(cx);
    }

    /// One count at a time, and each to its end: with many updates it takes longer than the next
    /// change is away.
    fn count(&mut self, cx: &mut Cx<'_>) {
        self.again = self.counting.is_some();
        if !self.again {
            self.counting = Some(cx.read(Read::Clashes));
        }
    }

    /// The count has come, or it has not.
    fn counted(&mut self, cx: &mut Cx<'_>, seq: Seq, clashes: Option<i64>) {
        if self.counting.take_if(|asked| *asked == seq).is_some() {
            self.clashes = clashes.unwrap_or(self.clashes);
            if self.again {
                self.count(cx);
            }
        }
    }

    fn ask_facts(&mut self, cx: &mut Cx<'_>, seq: i64) {
        self.asked_facts = (cx.read(Read::Facts(seq)), seq);
    }

    /// The cursor may be on another row than before.
    fn arrived(&mut self, cx: &mut Cx<'_>) {
        let here = self.here().map(|row| row.seq);
        if let Some(seq) = here.filter(|seq| *seq != self.asked_facts.1) {
            self.ask_facts(cx, seq);
        }
        if let (Some(stretch), Some(seq)) = (&mut self.stretch, here) {
            stretch.seen.extend(self.rows.seqs());
            let span = stretch.from.min(seq)..=stretch.from.max(seq);
            self.chosen = stretch.before.clone();
            self.chosen.extend(stretch.seen.range(span));
        }
    }

    /// The counts to go by: the page's, or what was counted to the end.
    fn counts(&self) -> Counts {
        let page = self.heads.as_ref().map_or_else(Counts::default, |heads| heads.counts);
        let whole = |most: fn(&Counts) -> i64| {
            let exact = self.counts.as_ref().map_or(0, most);
            if most(&page) < MANY { most(&page) } else { most(&page).max(exact) }
        };
        Counts {
            matching: whole(|counts| counts.matching),
            pending: whole(|counts| counts.pending),
            not_uploaded: whole(|counts| counts.not_uploaded),
        }
    }

    /// Many are counted apart, one count at a time; the next question ends it.
    fn count_many(&mut self, cx: &mut Cx<'_>, want: Want, counts: Counts) {
        let many = [counts.matching, counts.pending, counts.not_uploaded].contains(&MANY);
        if many && matches!(want, Want::First | Want::Again(_)) && self.asked_counts.is_none() {
            self.asked_counts = Some(cx.read(Read::Counts(self.filter.clone())));
        }
    }

    fn take(&mut self, cx: &mut Cx<'_>, want: Want, page: &Page) {
        self.heads = Some(Box::new(Page { rows: Vec::new(), ..page.clone() }));
        self.count_many(cx, want, page.counts);
        self.rows.take(want, &page.rows, self.counts().matching, self.filter.newest_first);
        if self.rows.is_empty() && page.counts.matching > 0 && matches!(want, Want::Again(Some(_))) {
            self.ask(cx, Want::Last);
        } else if let Some(want) = self.rows.missing() {
            self.ask(cx, want);
        }
        self.arrived(cx);
    }

    fn step(&mut self, cx: &mut Cx<'_>, action: Action) {
        let Some(wanted) = self.rows.moved(action, self.stretch.is_some()) else { return };
        if let Some(want) = wanted.filter(|_| self.asked.is_none()) {
            self.ask(cx, want);
        }
        self.arrived(cx);
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Back => self.back(cx),
            Action::Open => {
                if let Some(row) = self.here() {
                    cx.open(Screen::Card(CardScreen::new(row.customer, None)));
                }
            }
            Action::Choose => self.choose(),
            Action::Range => self.range(),
            Action::All => {
                self.asked_all = Some(cx.read(Read::Matching(self.filter.clone())));
            }
            Action::Filter => cx.open(Screen::Line(LineBox::new(FILTER, "filter: ", &self.typed))),
            Action::Copy => self.copy(cx),
            Action::Export => self.ask_export(cx),
            Action::Mark => self.ask_mark(cx),
            Action::Dissolve => self.ask_dissolve(cx),
            Action::Hold => self.ask_hold(cx),
            Action::Reject => self.ask_reject(cx),
            Action::Clashes => self.open_clashes(cx),
            Action::Approve => self.ask_approve(cx),
            action => self.step(cx, action),
        }
    }

    fn open_clashes(&self, cx: &mut Cx<'_>) {
        match can(cx.me, Right::ReadUpdates, Object::Any) {
            Decision::Deny(why) => cx.say(Tone::Bad, text::sentence(why)),
            _ => cx.open(Screen::Clash(ClashScreen::new(self.here().map(|row| row.seq)))),
        }
    }

    /// Lets go of the range, then of what is chosen, then of the screen.
    fn back(&mut self, cx: &mut Cx<'_>) {
        if let Some(stretch) = self.stretch.take() {
            self.chosen = stretch.before;
        } else if self.chosen.is_empty() {
            cx.close();
        } else {
            cx.say(Tone::Note, format!("{} not chosen any more. Esc goes back.", self.chosen.len()));
            self.chosen.clear();
        }
    }

    fn choose(&mut self) {
        // Inside a range the row under the cursor is chosen already: Space ends it there.
        if self.stretch.take().is_some() {
            return;
        }
        if let Some(seq) = self.here().map(|row| row.seq)
            && !self.chosen.remove(&seq)
        {
            self.chosen.insert(seq);
        }
    }

    fn range(&mut self) {
        if self.stretch.take().is_some() {
            return;
        }
        if let Some(from) = self.here().map(|row| row.seq) {
            let seen = self.rows.seqs().collect();
            self.stretch = Some(Stretch { from, before: self.chosen.clone(), seen });
            self.chosen.insert(from);
        }
    }

    fn filter_by(&mut self, cx: &mut Cx<'_>, line: &str) {
        self.typed = line.to_owned();
        let read = filter::read_filter(line, cx.now, cx.offset);
        match read.and_then(|filter| self.permitted(filter)) {
            Err(why) => {
                let key = cx.settings.keymap.key(&[Context::Updates], Action::Filter);
                let key = key.map_or_else(String::new, |key| key.to_string());
                cx.say(Tone::Bad, format!("{why} ({key} brings your line back)"));
            }
            Ok(filter) => {
                self.filter = filter;
                (self.counts, self.asked_counts) = (None, None);
                self.stretch = None;
                self.asked_all = None;
                self.ask(cx, Want::First);
            }
        }
    }

    fn permitted(&self, filter: QueueFilter) -> Result<QueueFilter, String> {
        match filter.agent {
            Some(_) if self.own => {
                Err("these are your own updates: an admin or supervisor sees all".to_owned())
            }
            _ => Ok(filter),
        }
    }

    fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match answer {
            Answer::Queue(page) => {
                if let Some((_, want)) = self.asked.take_if(|(asked, _)| *asked == seq) {
                    self.take(cx, want, page);
                }
            }
            Answer::Facts(facts) if seq == self.asked_facts.0 => {
                self.facts = Some((self.asked_facts.1, facts.clone()));
            }
            Answer::Counts(counts) if Some(seq) == self.asked_counts => {
                (self.counts, self.asked_counts) = (Some(*counts), None);
                self.rows.counted(self.counts().matching);
            }
            Answer::Clashes(clashes) => self.counted(cx, seq, Some(*clashes)),
            Answer::Matching(seqs) if Some(seq) == self.asked_all => {
                self.asked_all = None;
                self.ask_all(cx, seqs);
            }
            answer => {
                if let Some((_, deed)) = self.deed.take_if(|(asked, _)| *asked == seq) {
                    self.done(cx, &deed, answer);
                    self.refresh(cx);
                }
            }
        }
    }

    fn failed(&mut self, cx: &mut Cx<'_>, seq: Seq, failure: &Failure) {
        let deed = self.deed.take_if(|(asked, _)| *asked == seq);
        let page = self.asked.take_if(|(asked, _)| *asked == seq).is_some();
        let all = self.asked_all.take_if(|asked| *asked == seq).is_some();
        self.asked_counts.take_if(|asked| *asked == seq);
        self.counted(cx, seq, None);
        if failure.stale {
            return;
        }
        if page || all || deed.is_some() {
            cx.say(Tone::Bad, failure.why.clone());
        }
    }
}

impl super::Page for UpdatesScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed => self.refresh(cx),
            Event::Act(action) => self.act(cx, action),
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => self.failed(cx, seq, failure),
            Event::Told(Told::Typed(FILTER, line)) => self.filter_by(cx, line),
            Event::Told(Told::Typed(ASKED, line)) => self.take_line(cx, line),
            Event::Told(Told::Chosen(ASKED, choice)) => self.confirmed(cx, *choice),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Updates]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        view::title(self, look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }
}
