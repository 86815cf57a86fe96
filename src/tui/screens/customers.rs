//! All customers, the newest first: walked to the end of a million, a page at a time.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr as _;

use super::card::CardScreen;
use super::lookup::{hit_line, mark};
use super::several::SeveralScreen;
use super::text::TextScreen;
use super::{Page, Screen};
use crate::domain::ids::CustomerId;
use crate::domain::shown::{Found, Hit, Party};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Read, Seq, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::run::{Run, Want};
use crate::tui::widgets::text;

/// The list and the page of it that is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomersScreen {
    rows: Run<Hit>,
    asked: Option<(Seq, Want)>,
    /// A page has come: an empty list is known to be empty.
    known: bool,
    /// In the order in which they were chosen.
    chosen: Vec<CustomerId>,
}

impl CustomersScreen {
    pub fn new() -> Self {
        Self::default()
    }

    fn ask(&mut self, cx: &mut Cx<'_>, want: Want) {
        let (newest_first, after) = want.asks(true);
        self.asked = Some((cx.read(Read::Customers { after, newest_first }), want));
    }

    fn take(&mut self, cx: &mut Cx<'_>, want: Want, found: &Found) {
        self.rows.take(want, &found.hits, found.of, true);
        self.known = true;
        if self.rows.is_empty() && found.of > 0 && matches!(want, Want::Again(Some(_))) {
            self.ask(cx, Want::Last);
        } else if let Some(want) = self.rows.missing() {
            self.ask(cx, want);
        }
    }

    fn act(&mut self, cx: &mut Cx<'_>, action: Action) {
        match (action, self.rows.here()) {
            (Action::Back, _) => cx.close(),
            (Action::Open, Some(hit)) => cx.open(Screen::Card(CardScreen::new(hit.id, None))),
            (Action::Choose, Some(hit)) => {
                let id = hit.id;
                match self.chosen.iter().position(|chosen| *chosen == id) {
                    Some(at) => drop(self.chosen.remove(at)),
                    None => self.chosen.push(id),
                }
                self.rows.moved(Action::Down, false);
            }
            (Action::Text, Some(hit)) => {
                let to = if self.chosen.is_empty() { vec![hit.id] } else { self.chosen.clone() };
                match to.as_slice() {
                    [only] => cx.open(Screen::Text(TextScreen::new(Party::Customer(*only)))),
                    _ => cx.open(Screen::Several(SeveralScreen::new(to))),
                }
            }
            (Action::Copy, Some(hit)) => super::copy(cx, hit.contact()),
            (action, _) => {
                let wanted = self.rows.moved(action, false).flatten();
                if let Some(want) = wanted.filter(|_| self.asked.is_none()) {
                    self.ask(cx, want);
                }
            }
        }
    }
}

impl Page for CustomersScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed => {
                let want = if self.known { self.rows.again() } else { Want::First };
                self.ask(cx, want);
            }
            Event::Answer(seq, Answer::Found(found)) => {
                if let Some((_, want)) = self.asked.take_if(|(asked, _)| *asked == seq) {
                    self.take(cx, want, found);
                }
            }
            Event::Failed(seq, failure) => {
                let mine = self.asked.take_if(|(asked, _)| *asked == seq).is_some();
                if mine && !failure.stale {
                    cx.say(Tone::Bad, failure.why.clone());
                }
            }
            Event::Act(action) => self.act(cx, action),
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let width = usize::from(area.width);
        if self.rows.is_empty() {
            let sentence = if self.known { "   There are no customers yet." } else { "" };
            buffer.set_stringn(area.x, area.y + 1, sentence, width, look.theme.faint());
            return None;
        }
        let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let window = self.rows.window(usize::from(list.height));
        let places = format!(
            "{}-{} of {}",
            grouped(window.start + 1),
            grouped(window.end),
            grouped(self.rows.matching())
        );
        let x = area.right().saturating_sub(u16::try_from(places.width() + 1).unwrap_or(0));
        buffer.set_string(x, area.y, &places, look.theme.faint());
        let mut cursor = None;
        for (place, y) in window.zip(list.y..list.bottom()) {
            let Some(hit) = self.rows.at_place(place) else { continue };
            buffer.set_line(list.x, y, &hit_line(hit, "", look, width), list.width);
            if self.chosen.contains(&hit.id) {
                buffer.set_string(list.x + 1, y, "*", look.theme.strong());
            }
            if place == self.rows.place() {
                mark(look, Rect { y, height: 1, ..list }, buffer);
                cursor = Some(Position::new(list.x, y));
            }
        }
        cursor
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Choosing, Context::Lists]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled("All customers, newest first", look.theme.strong())
    }

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        match self.chosen.len() {
            0 => Line::raw(" Enter opens.  A digit or / looks up.  Home, End: the ends."),
            1 => Line::raw(" One is chosen.  Space chooses more, t texts them."),
            many => Line::raw(format!(" {many} are chosen.  t sends each a text of their own.")),
        }
    }
}

fn grouped(count: usize) -> String {
    text::thousands(i64::try_from(count).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Role;
    use crate::tui::model::Model;
    use crate::tui::msg::{Effect, Failure, Msg};
    use crate::tui::screens::lookup::tests::numbered;
    use crate::tui::testing::{desk, picture, press};
    use crate::tui::update::update;
    use crate::tui::widgets::run::PAGE;

    const ALL: i64 = 1_000_000;

    /// What the store answers: everybody from the first to the last is there.
    fn answer(after: Option<i64>, newest_first: bool) -> Found {
        let page = i64::try_from(PAGE).unwrap();
        let hits = if newest_first {
            let before = after.unwrap_or(ALL + 1);
            ((before - page).max(1)..before).rev().map(numbered).collect()
        } else {
            let first = after.unwrap_or(0) + 1;
            (first..(first + page).min(ALL + 1)).map(numbered).collect()
        };
        Found { hits, of: ALL, ..Found::default() }
    }

    fn serve(model: &mut Model, mut open: Vec<Effect>) {
        while !open.is_empty() {
            for effect in std::mem::take(&mut open) {
                if let Effect::Read(seq, Read::Customers { after, newest_first }) = effect {
                    let answer = Answer::Found(answer(after, newest_first));
                    open.extend(update(model, Msg::Answer(seq, answer)));
                }
            }
        }
    }

    fn keys(model: &mut Model, keys: &str) {
        let effects = press(model, keys);
        serve(model, effects);
    }

    fn opened() -> Model {
        let mut model = desk(Role::Agent);
        keys(&mut model, "Esc g c");
        model
    }

    fn place(model: &Model) -> (usize, i64) {
        let Screen::Customers(screen) = model.top() else { panic!("{model:?}") };
        (screen.rows.place(), screen.rows.here().unwrap().seq)
    }

    /// TTX-51.
    #[test]
    fn ttx_51_all_customers_in_pictures() {
        let mut model = opened();
        keys(&mut model, "Down Down");
        for (width, height) in [(80, 24), (120, 40), (60, 20)] {
            insta::assert_snapshot!(format!("customers-{width}x{height}"), picture(&model, width, height));
        }
        keys(&mut model, "End");
        insta::assert_snapshot!("customers-end-80x24", picture(&model, 80, 24));
    }

    #[test]
    fn the_end_of_a_million_is_one_key_away_and_so_is_the_way_back() {
        let mut model = opened();
        assert_eq!(place(&model), (0, ALL));
        keys(&mut model, "End");
        assert_eq!(place(&model), (999_999, 1));
        keys(&mut model, "PgUp Up");
        assert_eq!(place(&model), (999_990, 10));
        keys(&mut model, "Home");
        assert_eq!(place(&model), (0, ALL));
        for _ in 0..300 {
            keys(&mut model, "PgDn");
        }
        assert_eq!(place(&model), (2400, ALL - 2400));
        let picture = picture(&model, 80, 24);
        assert!(picture.contains("of 1,000,000"), "{picture}");
    }

    #[test]
    fn a_change_keeps_the_row_and_a_failure_is_said() {
        let mut model = opened();
        keys(&mut model, "PgDn PgDn PgDn");
        let before = place(&model);
        let effects = update(&mut model, Msg::Changed);
        let asked = effects.iter().find_map(|effect| match effect {
            Effect::Read(seq, Read::Customers { .. }) => Some(*seq),
            _ => None,
        });
        serve(&mut model, effects);
        assert_eq!(place(&model), before);

        let mut model = opened();
        let effects = update(&mut model, Msg::Changed);
        let failure = Failure { why: "The disk is gone.".into(), field: None, blocked: false, stale: false };
        let seq = effects.iter().find_map(|effect| match effect {
            Effect::Read(seq, Read::Customers { .. }) => Some(*seq),
            _ => None,
        });
        assert!(asked.is_some());
        update(&mut model, Msg::Failed(seq.unwrap(), failure));
        assert!(picture(&model, 80, 24).contains("The disk is gone."));
    }

    /// TTX-55.
    #[test]
    fn ttx_55_space_chooses_and_t_texts_them() {
        let mut model = opened();
        keys(&mut model, "Space Down Space");
        insta::assert_snapshot!("customers-chosen-80x24", picture(&model, 80, 24));
        keys(&mut model, "t");
        let several = SeveralScreen::new(vec![numbered(ALL).id, numbered(ALL - 2).id]);
        assert!(matches!(model.top(), Screen::Several(screen) if screen.is_for(&several)), "{model:?}");
        let mut model = opened();
        keys(&mut model, "Space Up Space t");
        assert!(matches!(model.top(), Screen::Text(_)), "nobody is chosen: the one under the cursor");
    }

    #[test]
    fn enter_opens_the_card_esc_goes_back_and_a_digit_looks_up() {
        let mut model = opened();
        keys(&mut model, "Down Enter");
        let Screen::Card(card) = model.top() else { panic!("{model:?}") };
        assert_eq!(card.id, numbered(ALL - 1).id);
        keys(&mut model, "Esc");
        assert_eq!(place(&model), (1, ALL - 1));
        keys(&mut model, "Esc");
        assert!(matches!(model.top(), Screen::Lookup(_)));
        let mut model = opened();
        keys(&mut model, "5");
        let Screen::Lookup(lookup) = model.top() else { panic!("{model:?}") };
        assert_eq!(lookup.query.text(), "5");
    }
}
