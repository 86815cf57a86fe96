//! The inbox: who wrote and who waits for a reply. Two numbers of one customer are two rows.

#[cfg(test)]
mod tests;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::card::CardScreen;
use super::text::TextScreen;
use super::{Page, Screen};
use crate::domain::ids::ConversationId;
use crate::domain::shown::{Conversation, InboxFilter, Party, Thread};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Read, Seq, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::list;

/// Rows a page key moves.
const STEP: usize = 10;

const FILTERS: [InboxFilter; 3] = [InboxFilter::All, InboxFilter::Unread, InboxFilter::NeedsReply];

/// The conversations, newest first, and the end of the chosen one.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxScreen {
    pub(crate) filter: InboxFilter,
    /// `None` until the first answer.
    pub(crate) listed: Option<Vec<Conversation>>,
    pub(crate) chosen: usize,
    pub(crate) preview: Option<Box<Thread>>,
    waiting: Seq,
    waiting_thread: Seq,
}

impl InboxScreen {
    pub fn new() -> Self {
        Self {
            filter: InboxFilter::All,
            listed: None,
            chosen: 0,
            preview: None,
            waiting: Seq::default(),
            waiting_thread: Seq::default(),
        }
    }

    pub(crate) fn conversations(&self) -> &[Conversation] {
        self.listed.as_deref().unwrap_or_default()
    }

    pub(crate) fn chosen(&self) -> Option<&Conversation> {
        self.conversations().get(self.chosen)
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        self.waiting = cx.read(Read::Inbox(self.filter));
    }

    /// The choice stays on its conversation, wherever that has moved to.
    fn show(&mut self, cx: &mut Cx<'_>, conversations: &[Conversation]) {
        let kept: Option<ConversationId> = self.chosen().map(|conversation| conversation.id);
        let same = conversations.iter().position(|conversation| Some(conversation.id) == kept);
        self.listed = Some(conversations.to_vec());
        let last = conversations.len().saturating_sub(1);
        self.choose(cx, same.unwrap_or(self.chosen.min(last)));
    }

    fn choose(&mut self, cx: &mut Cx<'_>, chosen: usize) {
        self.chosen = chosen;
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
            Action::Filter => {
                let at = FILTERS.iter().position(|filter| *filter == self.filter).map_or(0, |at| at + 1);
                self.filter = FILTERS[at % FILTERS.len()];
                self.ask(cx);
            }
            Action::Copy => match self.chosen() {
                Some(conversation) => super::copy(cx, &conversation.theirs),
                None => cx.say(Tone::Note, "There is nothing to copy here."),
            },
            Action::Back => cx.close(),
            action => {
                let len = self.conversations().len();
                if let Some(chosen) = list::moved(self.chosen, len, STEP, action).filter(|_| len > 0) {
                    self.choose(cx, chosen);
                }
            }
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

impl Default for InboxScreen {
    fn default() -> Self {
        Self::new()
    }
}

impl Page for InboxScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed => self.ask(cx),
            Event::Answer(seq, Answer::Inbox(conversations)) if seq == self.waiting => {
                self.show(cx, conversations);
            }
            Event::Answer(seq, Answer::Thread(thread)) if seq == self.waiting_thread => {
                self.preview = Some(thread.clone());
            }
            Event::Failed(seq, failure) if seq == self.waiting && !failure.stale => {
                cx.say(Tone::Bad, failure.why.clone());
            }
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

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        view::hint(self)
    }
}
