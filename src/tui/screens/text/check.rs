//! The linter beside the composer: what is asked of the database, what is found, what F7 does.

use super::{TextScreen, view};
use crate::domain::consent::Purpose;
use crate::domain::lint::{self, Finding, Level, Rules};
use crate::domain::time::Micros;
use crate::tui::model::{Cx, Settings};
use crate::tui::msg::{Read, Tone};

impl TextScreen {
    /// What the rules say of what is typed; nothing of an empty box.
    pub(crate) fn findings(&self, rules: &Rules, now: Micros) -> Vec<Finding> {
        let body = self.body();
        // Blanks are typed on the way to words.
        if body.is_empty() { Vec::new() } else { lint::lint(body, self.facts.as_deref(), rules, now) }
    }

    /// What the text is for: a reply that advertises makes it advertising (G24).
    pub(super) fn purpose(&self, settings: &Settings) -> Purpose {
        match self.reply {
            Some((_, true)) => Purpose::Marketing,
            _ => settings.purpose,
        }
    }

    /// Everything was looked at, and there is nothing against whom it goes to.
    pub(super) fn passes(&self, findings: &[Finding]) -> bool {
        let known = self.facts.as_ref().is_some_and(|facts| facts.closed.is_none() && facts.dead.is_none());
        known && !self.body().is_empty() && findings.iter().all(|finding| finding.level != Level::Err)
    }

    /// The sentence for an Enter that does not send.
    pub(super) fn error(&self, cx: &Cx<'_>) -> Option<String> {
        let findings = self.findings(&cx.settings.lint, cx.now);
        let error = findings.into_iter().find(|finding| finding.level == Level::Err)?;
        Some(format!("Not sent, {}: {}.", error.code, error.why))
    }

    /// Takes the first remark that a key can do something about, and does it.
    pub(super) fn fix(&mut self, cx: &mut Cx<'_>) {
        let findings = self.findings(&cx.settings.lint, cx.now);
        let fixable = findings.into_iter().find_map(|finding| Some((finding.code, finding.fix?)));
        let Some((code, fix)) = fixable else {
            cx.say(Tone::Note, "There is nothing here that a key can fix.");
            return;
        };
        let fixed = fix.apply(self.body(), &cx.settings.lint);
        self.composer.set(&fixed);
        self.changed(cx);
        cx.say(Tone::Note, format!("{code} is done: {}.", view::size(self.body())));
    }

    /// What the text mentions has changed: whose it is is asked.
    pub(super) fn look_again(&mut self, cx: &mut Cx<'_>) {
        if lint::mentions(self.body(), &cx.settings.policy) != self.mentions {
            self.ask_facts(cx);
        }
    }

    pub(super) fn ask_facts(&mut self, cx: &mut Cx<'_>) {
        let Some(number) = self.number().filter(|_| self.is_open()) else { return };
        let number = number.as_str().to_owned();
        self.mentions = lint::mentions(self.body(), &cx.settings.policy);
        self.waiting_facts = cx.read(Read::TextFacts {
            to: self.party.clone(),
            number,
            purpose: self.purpose(cx.settings),
            mentions: self.mentions.clone(),
        });
    }
}
