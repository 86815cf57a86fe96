//! What is done with the chosen conversation: to whom it is given, closed and opened, left unread, and
//! whose number it is.

use super::InboxScreen;
use crate::domain::shown::{Conversation, Party};
use crate::tui::keymap::Action;
use crate::tui::model::{Cx, Told};
use crate::tui::msg::{Answer, Deed, Read, Seq, Tone, Write};
use crate::tui::screens::Screen;
use crate::tui::screens::ask::AskBox;
use crate::tui::screens::line::LineBox;
use crate::tui::screens::record::{self, RecordScreen};

const ASSIGN: &str = "assign";
const CLOSE: &str = "close";
const WHOSE: &str = "whose number";

/// Before the people to choose from: me, nobody.
const BEFORE: usize = 2;

impl InboxScreen {
    /// Does what the key asks; false if it is none of these.
    pub(super) fn decide(&mut self, cx: &mut Cx<'_>, action: Action) -> bool {
        let known =
            matches!(action, Action::Assign | Action::CloseConversation | Action::Unread | Action::Whose);
        if action == Action::NewCustomer {
            self.new_customer(cx);
            return true;
        }
        let Some(line) = self.chosen().cloned().filter(|_| known) else { return known };
        match action {
            Action::Assign => {
                self.question = Some(line);
                self.waiting_people = cx.read(Read::People);
            }
            Action::CloseConversation => self.ask_close(cx, line),
            Action::Unread => {
                self.carry_out(cx, &line, Deed::Unread, "Nobody has read it, says the list now.")
            }
            Action::Whose => match &line.party {
                Party::Number(_) => {
                    cx.open(Screen::Line(LineBox::new(
                        WHOSE,
                        "whose number? policy number, e-mail or mobile: ",
                        "",
                    )));
                    self.question = Some(line);
                }
                Party::Customer(_) => {
                    cx.say(Tone::Note, "This number is on file already: Enter opens whose it is.");
                }
            },
            _ => {}
        }
        true
    }

    /// Of an unknown number its customer is made; what it wrote is theirs then.
    fn new_customer(&self, cx: &mut Cx<'_>) {
        let typed = match self.chosen().map(|line| &line.party) {
            Some(Party::Number(number)) => number.as_str(),
            _ => "",
        };
        let screen = RecordScreen::create(&cx.settings.forms, &record::from_search(typed));
        cx.open(Screen::Record(screen));
    }

    fn ask_close(&mut self, cx: &mut Cx<'_>, line: Conversation) {
        let none: [&str; 0] = [];
        let ask = if line.closed {
            AskBox::new(CLOSE, "Open this conversation again?", &none, &["Open it again"])
        } else {
            let says = ["It leaves the lists of who waits. A new text opens it again by itself."];
            AskBox::new(CLOSE, "Close this conversation?", &says, &["Close it"])
        };
        self.question = Some(line);
        cx.open(Screen::Ask(ask));
    }

    fn carry_out(&mut self, cx: &mut Cx<'_>, line: &Conversation, deed: Deed, done: &'static str) {
        self.deed = cx.write(Write::Conversation { id: line.id, deed });
        self.done = done;
    }

    pub(super) fn answered(&mut self, cx: &mut Cx<'_>, seq: Seq, answer: &Answer) {
        match answer {
            Answer::People(people) if seq == self.waiting_people => {
                let me = cx.me.user;
                let others = people.iter().filter(|person| person.active && Some(person.id) != me);
                self.people = others.cloned().collect();
                let mut choices = vec!["To me".to_owned(), "To nobody".to_owned()];
                choices.extend(self.people.iter().map(|person| format!("To {}", person.name)));
                let none: [&str; 0] = [];
                cx.open(Screen::Ask(AskBox::new(ASSIGN, "Who answers them?", &none, &choices)));
            }
            Answer::Saved if seq == self.deed => {
                cx.say(Tone::Good, self.done);
                self.refresh(cx);
            }
            Answer::Linked(name) if seq == self.deed => {
                cx.say(Tone::Good, format!("What this number wrote is {name}'s now."));
                self.refresh(cx);
            }
            _ => {}
        }
    }

    pub(super) fn told(&mut self, cx: &mut Cx<'_>, told: &Told) {
        let Some(line) = self.question.take() else { return };
        match told {
            Told::Chosen(ASSIGN, choice) => {
                let (to, done) = match choice {
                    0 => (cx.me.user, "It is yours."),
                    1 => (None, "It is nobody's."),
                    at => (self.people.get(at - BEFORE).map(|person| person.id), "It was handed over."),
                };
                self.carry_out(cx, &line, Deed::Assign(to), done);
            }
            Told::Chosen(CLOSE, _) if line.closed => {
                self.carry_out(cx, &line, Deed::Reopen, "It is open again.")
            }
            Told::Chosen(CLOSE, _) => self.carry_out(cx, &line, Deed::Close { seen: line.seq }, "Closed."),
            Told::Typed(WHOSE, typed) if !typed.is_empty() => {
                self.deed = cx.write(Write::Link { number: line.theirs, to: typed.clone() });
            }
            _ => {}
        }
    }
}
