//! Screens in tests: a desk with fixed data and time, keys in, a picture with its style runs out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr as _;
use uuid::Uuid;

use super::keymap::Keymap;
use super::model::{Model, Settings};
use super::msg::{Effect, Msg};
use super::theme::Theme;
use super::update::update;
use super::view;
use crate::domain::consent::Purpose;
use crate::domain::ids::UserId;
use crate::domain::money::Currency;
use crate::domain::phone::{Accept, E164, PhonePolicy, Region};
use crate::domain::role::{Actor, Origin, Role};
use crate::domain::time::Micros;

/// 2025-11-28 14:32 in Mauritius.
pub const NOW: Micros = Micros::from_secs(1_764_325_920);
pub const OFFSET: i32 = 4 * 3600;

pub fn settings() -> Settings {
    Settings {
        policy: PhonePolicy { region: Region::MU, accept: Accept::RegionMobile },
        numbers: vec![E164::parse("+23052500100").unwrap()],
        purpose: Purpose::Service,
        currency: Currency::MUR,
        undo_seconds: 5,
        upstream: true,
        keymap: Keymap::default(),
        theme: Theme::default(),
        ascii: false,
        demo: false,
        exports: "/exports".into(),
        wording: "May we text this number about your policy?".to_owned(),
        forms: crate::config::forms::shipped(),
        alphabet: crate::domain::spell::Alphabet::Letters,
        verified_by: Vec::new(),
        must_verify: false,
        lint: crate::domain::lint::Rules::default(),
        prices: crate::domain::price::PriceList::default(),
    }
}

pub fn actor(role: Role) -> Actor {
    let (number, name): (i64, &str) = match role {
        Role::Admin => (1, "S. Lee"),
        Role::Supervisor => (7, "Ana Silva"),
        Role::Agent | Role::Machine => (24, "David Brown"),
    };
    let user = Some(UserId(Uuid::from_u128(number.unsigned_abs().into())));
    Actor { user, number, name: name.to_owned(), role, origin: Origin::Command, confirmed: false }
}

pub fn desk(role: Role) -> Model {
    Model::new(actor(role), settings(), NOW, OFFSET, (80, 24))
}

/// Presses keys, named and parted by spaces; a word in quotes is typed letter by letter.
pub fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (at, part) in keys.split('"').enumerate() {
        let names: Vec<String> = if at % 2 == 1 {
            part.chars().map(|c| if c == ' ' { "Space".to_owned() } else { c.to_string() }).collect()
        } else {
            part.split_whitespace().map(str::to_owned).collect()
        };
        for name in names {
            effects.extend(update(model, Msg::Key(name.parse().unwrap())));
        }
    }
    effects
}

/// The screen as text, then each run of cells that is not plain: row, columns, style.
pub fn picture(model: &Model, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let cursor = view::draw(model, area, &mut buffer);
    let mut text = String::new();
    let mut runs = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut skip = 0;
        let mut run: Option<(u16, Style)> = None;
        for x in 0..width {
            let cell = &buffer[(x, y)];
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = cell.symbol().width().max(1);
            }
            skip -= 1;
            let style = cell.style();
            if run.is_none_or(|(_, known)| known != style) {
                describe(&mut runs, y, run, x);
                run = Some((x, style));
            }
        }
        describe(&mut runs, y, run, width);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let cursor = cursor.map_or("none".to_owned(), |cursor| format!("{} {}", cursor.y, cursor.x));
    format!("{text}-- cursor {cursor}\n{runs}")
}

fn describe(runs: &mut String, y: u16, run: Option<(u16, Style)>, end: u16) {
    let Some((start, style)) = run else { return };
    let colour = style.fg.filter(|colour| *colour != Color::Reset).map(|colour| format!(" {colour}"));
    let modifiers = style.add_modifier;
    if colour.is_none() && modifiers == Modifier::empty() {
        return;
    }
    let names: String = modifiers.iter_names().map(|(name, _)| format!(" {}", name.to_lowercase())).collect();
    runs.push_str(&format!("{y} {start}-{}{}{names}\n", end - 1, colour.unwrap_or_default()));
}
