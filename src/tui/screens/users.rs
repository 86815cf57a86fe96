//! The people who work here: a list.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::Page;
use crate::domain::shown::Person;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::{Cx, Event};
use crate::tui::msg::{Answer, Read, Seq, Tone};
use crate::tui::view::Look;
use crate::tui::widgets::{list, text};

/// Everybody, by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsersScreen {
    people: Vec<Person>,
    chosen: usize,
    waiting: Seq,
}

impl UsersScreen {
    pub fn new() -> Self {
        Self::default()
    }
}

impl Page for UsersScreen {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
        match event {
            Event::Opened | Event::Shown | Event::Changed => self.waiting = cx.read(Read::People),
            Event::Answer(seq, Answer::People(people)) if seq == self.waiting => {
                self.people.clone_from(people)
            }
            Event::Failed(seq, failure) if seq == self.waiting && !failure.stale => {
                cx.say(Tone::Bad, failure.why.clone());
            }
            Event::Act(Action::Back) => cx.close(),
            Event::Act(Action::Copy) => {
                if let Some(person) = self.people.get(self.chosen) {
                    super::copy(cx, &person.name);
                }
            }
            Event::Act(action) => {
                if let Some(chosen) = list::moved(self.chosen, self.people.len(), 10, action) {
                    self.chosen = chosen;
                }
            }
            _ => {}
        }
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let width = usize::from(area.width);
        buffer.set_stringn(
            area.x,
            area.y,
            "      #  Name                            Role",
            width,
            look.theme.faint(),
        );
        let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let window = list::window(self.chosen, usize::from(rows.height), self.people.len());
        let mut cursor = None;
        for ((at, person), y) in self.people.iter().enumerate().skip(window.start).zip(rows.y..rows.bottom())
        {
            let state = if person.active { "" } else { "   has left" };
            let you = if Some(person.id) == look.me.user { "   you" } else { "" };
            let name = text::pad(&person.name, 30);
            let row = format!(" {:>6}  {name}  {}{state}{you}", person.number, person.role);
            buffer.set_stringn(rows.x, y, row, width, Style::new());
            if at == self.chosen {
                buffer.set_string(rows.x, y, ">", look.theme.strong());
                buffer.set_style(Rect { y, height: 1, ..rows }, look.theme.chosen());
                cursor = Some(Position::new(rows.x, y));
            }
        }
        cursor
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Lists]
    }

    fn title(&self, look: &Look<'_>) -> Line<'static> {
        Line::styled("Users", look.theme.strong())
    }

    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        Line::raw(" An admin adds people with: cordboard users add NAME --number N --role agent")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::UserId;
    use crate::domain::role::Role;
    use crate::domain::text::{Body, SafeText};
    use crate::tui::model::Model;
    use crate::tui::msg::{Effect, Failure, Msg};
    use crate::tui::screens::Screen;
    use crate::tui::testing::{desk, picture, press};
    use crate::tui::update::update;

    fn person(number: i64, name: &str, role: &str, active: bool) -> Person {
        let id = UserId(Uuid::from_u128(number.unsigned_abs().into()));
        Person { id, number, name: SafeText::new(name), role: role.to_owned(), active }
    }

    fn people() -> Vec<Person> {
        vec![
            person(1, "S. Lee", "admin", true),
            person(7, "Ana Silva", "supervisor", true),
            person(24, "David Brown", "agent", true),
            person(31, "Gone \u{1b}[31mFishing", "agent", false),
        ]
    }

    /// The list, asked for with this number.
    fn opened() -> (Model, Seq) {
        let mut model = desk(Role::Admin);
        let effects = press(&mut model, "Esc g p");
        let Some(Effect::Read(seq, Read::People)) = effects.last() else { panic!("{effects:?}") };
        (model, *seq)
    }

    #[test]
    fn everybody_is_listed() {
        let (mut model, seq) = opened();
        update(&mut model, Msg::Answer(seq, Answer::People(people())));
        press(&mut model, "j");
        insta::assert_snapshot!("users-80x24", picture(&model, 80, 24));
        insta::assert_snapshot!("users-120x40", picture(&model, 120, 40));
    }

    #[test]
    fn moving_copying_and_asking_again() {
        let (mut model, waiting) = opened();
        assert_eq!(press(&mut model, "y Down"), []);
        update(&mut model, Msg::Answer(Seq(99), Answer::People(people())));
        let empty = UsersScreen { people: Vec::new(), chosen: 0, waiting };
        assert_eq!(model.top(), &Screen::Users(empty.clone()));
        update(&mut model, Msg::Answer(waiting, Answer::People(people())));
        let name = Body("Gone \u{fffd}[31mFishing".to_owned());
        assert_eq!(press(&mut model, "Home Up End Down y"), [Effect::Copy(name)]);
        let listed = UsersScreen { people: people(), chosen: 3, ..empty };
        assert_eq!(model.top(), &Screen::Users(listed.clone()));
        let effects = update(&mut model, Msg::Changed);
        let waiting = Seq(model.seq);
        assert_eq!(effects.last(), Some(&Effect::Read(waiting, Read::People)));
        let why = "The disk cannot be read.";
        let failure = Failure { why: why.to_owned(), field: None, blocked: false, stale: false };
        update(&mut model, Msg::Failed(waiting, failure));
        assert_eq!(model.top(), &Screen::Users(UsersScreen { waiting, ..listed }));
        assert_eq!(model.log.last().map(|toast| toast.text.as_str()), Some(why));
    }
}
