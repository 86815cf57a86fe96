//! The demo's task strip watches what the desk is told and asks for, and ticks itself off.

use std::collections::BTreeMap;

use super::model::Model;
use super::msg::{Answer, Effect, Msg, Seq, Write};
use super::screens::Screen;
use crate::domain::shown::strip::{self, Seen};
use crate::domain::shown::{Consent, What};
use crate::domain::time::Micros;

/// What has been seen since the demo began.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    seen: Seen,
    since: Micros,
    /// Saves that are under way, and what they will tick.
    saving: BTreeMap<Seq, Save>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Save {
    KevinsEmail,
    Other,
    Batch,
}

impl Strip {
    /// Nothing done yet.
    pub fn new(since: Micros) -> Self {
        Self { seen: Seen::default(), since, saving: BTreeMap::new() }
    }

    /// The row under the state row.
    pub fn line(&self) -> String {
        strip::line(&self.seen)
    }

    /// A command that only the demo knows was typed.
    pub fn commanded(&mut self, word: &str) {
        match word {
            "offline" => self.seen.offline = true,
            "online" if self.seen.offline => {
                self.seen.offline = false;
                self.seen.online_again = true;
            }
            _ => {}
        }
    }

    /// Looks at a message before it is taken in.
    pub(super) fn told(&mut self, msg: &Msg, model: &Model) {
        self.seen.role = Some(model.me.role);
        match msg {
            Msg::Answer(_, Answer::Found(found)) => {
                let asked = match model.stack.first() {
                    Some(Screen::Lookup(lookup)) => lookup.query.text().contains("2333"),
                    _ => false,
                };
                self.seen.looked_up_2333 |= asked && !found.hits.is_empty();
            }
            Msg::Answer(_, Answer::Undone(undone)) => self.seen.text_taken_back |= undone.kind == "text",
            Msg::Answer(_, Answer::Thread(thread)) => {
                let answered = thread.texts.iter().any(|text| text.inbound && text.at > self.since);
                self.seen.reply_seen |= answered;
                let stopped = matches!(&thread.consent, Some(Consent::No { stopped: true, since, .. }) if *since > self.since);
                self.seen.stop_blocked |= stopped;
            }
            Msg::Answer(_, Answer::Timeline(entries)) => {
                let answered =
                    |what: &What| matches!(what, What::Text(text) if text.inbound && text.at > self.since);
                self.seen.reply_seen |= entries.iter().any(|entry| answered(&entry.what));
            }
            Msg::Answer(_, Answer::Exported(..)) => self.seen.batch_exported = true,
            Msg::Answer(seq, answer) => self.saved(*seq, answer),
            _ => {}
        }
    }

    fn saved(&mut self, seq: Seq, answer: &Answer) {
        let Some(save) = self.saving.remove(&seq) else { return };
        match (save, answer) {
            (Save::Batch, Answer::Marked(marked)) => self.seen.batch_marked |= !marked.done.is_empty(),
            (Save::Batch, _) => {}
            (save, _) => {
                self.seen.kevin_email_saved |= save == Save::KevinsEmail;
                if self.seen.offline {
                    self.seen.saved_while_offline += 1;
                }
            }
        }
    }

    /// Looks at what is asked for: which answer will tick what.
    pub(super) fn asked(&mut self, effects: &[Effect], model: &Model) {
        for effect in effects {
            let Effect::Write(seq, write) = effect else { continue };
            let save = match write {
                Write::Capture { customer, new, .. } => {
                    let kevin = model.stack.iter().any(|screen| match screen {
                        Screen::Card(card) => card
                            .card()
                            .is_some_and(|card| card.id == *customer && card.policy.as_str() == "LIB/C7013"),
                        _ => false,
                    });
                    if kevin && new.email().is_some() { Save::KevinsEmail } else { Save::Other }
                }
                Write::Note { .. } | Write::Text { .. } => Save::Other,
                Write::MarkBatch(_) | Write::Mark(_) => Save::Batch,
                _ => continue,
            };
            self.saving.insert(*seq, save);
        }
    }
}
