//! The inbox: who wrote and who waits for a reply. Two numbers of one customer are two rows; with words
//! to find, each text that has them is one.

mod deeds;
#[cfg(test)]
mod tests;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::card::CardScreen;
use super::line::LineBox;
use super::text::TextScreen;
use super::{Page, Screen};
use crate::domain::ids::ConversationId;
use crate::domain::redact::redacted_debug;
use crate::domain::shown::{Conversation, Conversations, InboxFilter, InboxView, Party, Person, Thread};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event, Told};
use crate::tui::msg::{Answer, Read, Seq, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::run::{Run, Want};

/// Names the line of words to find.
const FIND: &str = "find in texts";

/// The conversations, newest first, and the end of the chosen one.
#[derive(Clone, Default, PartialEq)]
pub struct InboxScreen {
    pub(crate) filter: InboxFilter,
    pub(crate) rows: Run<Conversation>,
    /// A page has come: an empty list is known to be empty.
    pub(crate) known: bool,
    pub(crate) preview: Option<Box<Thread>>,
    asked: Option<(Seq, Want)>,
    waiting_thread: Seq,
    /// Whom a conversation can be given to, once that is asked.
    people: Vec<Person>,
    waiting_people: Seq,
    /// What the open box or line is about.
    question: Option<Conversation>,
    deed: Seq,
    /// What to say once it is done.
    done: &'static str,
}

redacted_debug!(InboxScreen, filter, rows, known, asked);

impl InboxScreen {
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn chosen(&self) -> Option<&Conversation> {
        self.rows.here()
    }

    fn ask(&mut self, cx: &mut Cx<'_>, want: Want) {
        let (newest_first, after) = want.asks(true);
        let read = Read::Inbox { filter: self.filter.clone(), after, newest_first };
        self.asked = Some((cx.read(read), want));
    }

    /// What is shown, once more.
    fn refresh(&mut self, cx: &mut Cx<'_>) {
        let want = if self.known { self.rows.again() } else { Want::First };
        self.ask(cx, want);
    }

    /// The choice stays on its conversation, wherever that has moved to.
    fn take(&mut self, cx: &mut Cx<'_>, want: Want, page: &Conversations) {
        let kept: Option<(ConversationId, i64)> = self.chosen().map(|line| (line.id, line.seq));
        self.rows.take(want, &page.lines, page.of, true);
        self.known = true;
        if let (Want::Again(_), Some((id, seq))) = (want, kept) {
            let finding = self.filter.find.is_some();
            self.rows.choose(|line| line.id == id && (!finding || line.seq == seq));
        }
        if self.rows.is_empty() && page.of > 0 && matches!(want, Want::Again(Some(_))) {
            self.ask(cx, Want::Last);
        } else if let Some(want) = self.rows.missing() {
            self.ask(cx, want);
        }
        self.look(cx);
    }

    /// Shows the end of the chosen thread.
    fn look(&mut self, cx: &mut Cx<'_>) {
        match self.chosen().map(|conversation| conversation.party.clone()) {
            Some(party) => {
                if self.preview.as_ref().is_some_and(|thread| thread.party != party) {
                    self.preview = None;
                }
                self.waiting_thread = cx.read(Read::Thread(party));
            }
            None => self.preview = None,
        }
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match action {
            Action::Open => self.open(cx),
            Action::ViewAfter => self.turn(cx, 1),
            Action::ViewBefore => self.turn(cx, InboxView::ALL.len() - 1),
            Action::Filter => {
                let find = self.filter.find.clone().unwrap_or_default();
                cx.open(Screen::Line(LineBox::new(FIND, "find in texts: ", &find)));
            }
            Action::FirstUnread => self.first_unread(cx),
            Action::Copy => match self.chosen() {
                Some(conversation) => super::copy(cx, &conversation.theirs),
                None => cx.say(Tone::Note, "There is nothing to copy here."),
            },
            Action::Back if self.filter.find.is_some() => self.find(cx, ""),
            Action::Back => cx.close(),
            action => {
                if self.decide(cx, action) {
                    return;
                }
                let Some(wanted) = self.rows.moved(action, false) else { return };
                if let Some(want) = wanted.filter(|_| self.asked.is_none()) {
                    self.ask(cx, want);
                }
                self.look(cx);
            }
        }
    }

    fn turn(&mut self, cx: &mut Cx<'_>, by: usize) {
        let all = InboxView::ALL;
        let at = all.iter().position(|view| *view == self.filter.view).unwrap_or(0);
        self.view(cx, all[(at + by) % all.len()]);
    }

    fn view(&mut self, cx: &mut Cx<'_>, view: InboxView) {
        self.filter = InboxFilter { view, find: None };
        self.known = false;
        self.rows = Run::default();
        self.ask(cx, Want::First);
    }

    fn find(&mut self, cx: &mut Cx<'_>, words: &str) {
        self.filter.find = Some(words.to_owned()).filter(|words| !words.is_empty());
        self.known = false;
        self.rows = Run::default();
        self.ask(cx, Want::First);
    }

    /// The next one below that nobody has read, else the newest of all.
    fn first_unread(&mut self, cx: &mut Cx<'_>) {
        let here = self.chosen().map(|line| line.seq);
        let below = |line: &Conversation| line.unread > 0 && here.is_none_or(|seq| line.seq < seq);
        if self.rows.choose(below) {
            if let Some(want) = self.rows.missing().filter(|_| self.asked.is_none()) {
                self.ask(cx, want);
            }
            self.look(cx);
        } else if self.filter.view == InboxView::Unread && self.filter.find.is_none() {
            self.ask(cx, Want::First);
        } else {
            self.view(cx, InboxView::Unread);
        }
    }

    /// A customer's thread stands on their card, so that Esc leads there.
    fn open(&self, cx: &mut Cx<'_>) {
        let Some(party) = self.chosen().map(|conversation| conversation.party.clone()) else { return };
        if let Party::Customer(id) = party {
            let card = CardScreen::new(id, None);
            cx.open(Screen::Card(card));
        }
        let text = TextScreen::new(party);
        cx.open(Screen::Text(text));
    }
}

impl Page for InboxScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed => self.refresh(cx),
            Event::Answer(seq, Answer::Inbox(page)) => {
                if let Some((_, want)) = self.asked.take_if(|(asked, _)| *asked == seq) {
                    self.take(cx, want, page);
                }
            }
            Event::Answer(seq, Answer::Thread(thread)) if seq == self.waiting_thread => {
                self.preview = Some(thread.clone());
            }
            Event::Answer(seq, answer) => self.answered(cx, seq, answer),
            Event::Failed(seq, failure) => {
                let mine = self.asked.take_if(|(asked, _)| *asked == seq).is_some();
                if (mine || seq == self.deed || seq == self.waiting_people) && !failure.stale {
                    cx.say(Tone::Bad, failure.why.clone());
                }
            }
            Event::Told(Told::Typed(FIND, words)) => self.find(cx, words),
            Event::Told(told) => self.told(cx, told),
            Event::Act(action) => self.act(cx, action),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, look, area, buffer)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Inbox]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        view::title(self, look)
    }

    fn hint(&self, look: &Look<'_>) -> Line<'static> {
        view::hint(self, look)
    }
}
