//! The fields of a new desk, each tested where it is typed.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::config::BaseUrl;
use crate::domain::money::Currency;
use crate::domain::phone::{Accept, PhonePolicy, Region};
use crate::domain::text::SafeText;
use crate::tui::key::Key;
use crate::tui::model::Cx;
use crate::tui::msg::SetUp;
use crate::tui::view::Look;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::sheet::{Input, Row};
use crate::tui::widgets::text;

/// No upstream: updates are exported as files.
const NONE: &str = "none";

const LABELS: [&str; 6] = ["Your name", "Your number", "Country", "Currency", "Sends from", "Upstream"];

const COUNTRY: usize = 2;
const CURRENCY: usize = 3;

/// Where the fields begin, and how wide they are.
const LEFT: usize = 16;
const WIDTH: u16 = 40;

/// Longest name the store takes.
const LONGEST_NAME: usize = 255;

/// Six fields; the caret is in one.
#[derive(Clone, Debug, PartialEq)]
pub struct SetUpForm {
    fields: [Field; 6],
    at: usize,
    tried: bool,
}

impl SetUpForm {
    pub fn new() -> Self {
        let usual = ["", "1", "MU", "MUR", "", NONE];
        Self { fields: usual.map(Field::line), at: 0, tried: false }
    }

    pub fn is_last(&self) -> bool {
        self.at + 1 == self.fields.len()
    }

    /// Enter: on, unless this one is wrong.
    pub fn next(&mut self) {
        if self.check(self.at).is_err() {
            self.tried = true;
        } else {
            self.step(true);
        }
    }

    pub fn step(&mut self, down: bool) {
        let len = self.fields.len();
        self.at = (if down { self.at + 1 } else { self.at + len - 1 }) % len;
    }

    pub fn key(&mut self, cx: &mut Cx<'_>, key: Key) {
        self.edit(|field| _ = cx.edit(field, key));
    }

    pub fn paste(&mut self, cx: &mut Cx<'_>, text: &str) {
        self.edit(|field| _ = cx.paste(field, text.trim()));
    }

    /// The currency follows the country, until somebody types another.
    fn edit(&mut self, edit: impl FnOnce(&mut Field)) {
        let before = self.usual_currency();
        edit(&mut self.fields[self.at]);
        let usual = self.usual_currency();
        if usual != before && self.fields[CURRENCY].text() == before {
            self.fields[CURRENCY].set(&usual);
        }
    }

    /// Empty where we know none.
    fn usual_currency(&self) -> String {
        self.region().and_then(Currency::of).map_or_else(String::new, |currency| currency.to_string())
    }

    /// The checked fields; else the caret goes to the first wrong one.
    pub fn finish(&mut self) -> Option<SetUp> {
        self.tried = true;
        let mut right: Vec<String> = Vec::new();
        for at in 0..self.fields.len() {
            match self.check(at) {
                Ok(value) => right.push(value),
                Err(_) => {
                    self.at = at;
                    return None;
                }
            }
        }
        let [admin, number, region, currency, sender, upstream] = <[String; 6]>::try_from(right).ok()?;
        Some(SetUp { admin, number: number.parse().ok()?, region, currency, sender, upstream })
    }

    fn region(&self) -> Option<Region> {
        self.fields[COUNTRY].text().trim().to_uppercase().parse().ok()
    }

    /// The value as it is handed on, or what is wrong with it.
    fn check(&self, at: usize) -> Result<String, String> {
        let typed = self.fields[at].text().trim();
        match at {
            0 => name(typed),
            1 => match typed.parse::<i64>() {
                Ok(number) if number > 0 => Ok(number.to_string()),
                _ => Err("give a whole number from 1, such as 24".to_owned()),
            },
            COUNTRY => {
                let region: Result<Region, _> = typed.to_uppercase().parse();
                region.map(|region| region.to_string()).map_err(|why| why.to_string())
            }
            CURRENCY => {
                let currency: Result<Currency, _> = typed.parse();
                currency.map(|currency| currency.to_string()).map_err(|why| why.to_string())
            }
            4 if typed.is_empty() => Ok(String::new()),
            4 => {
                let region = self.region().unwrap_or(Region::MU);
                let policy = PhonePolicy { region, accept: Accept::International };
                policy.accept(typed).map(|number| number.to_string()).map_err(|why| why.to_string())
            }
            _ if typed.is_empty() || typed.eq_ignore_ascii_case(NONE) => Ok(NONE.to_owned()),
            _ => typed.parse::<BaseUrl>().map(|url| url.to_string()).map_err(|why| why.to_string()),
        }
    }

    /// What a right value means for the desk.
    fn means(&self, at: usize, value: &str) -> String {
        match at {
            0 => "the first admin of this desk".to_owned(),
            1 => format!("#{value}, as the master system knows you"),
            COUNTRY => {
                let policy = self.region().map(|region| PhonePolicy { region, accept: Accept::RegionMobile });
                let example = policy.and_then(|policy| policy.accept("").err()).map(|error| error.example);
                format!("numbers without a country code are like {}", example.unwrap_or_default())
            }
            CURRENCY => format!("amounts without a currency are in {value}"),
            4 if value.is_empty() => "our number at Twilio; empty: no texts yet".to_owned(),
            4 => format!("texts are sent from {value}"),
            _ if value == NONE => "updates are exported as files; or https://...".to_owned(),
            _ => "contact updates go there".to_owned(),
        }
    }

    pub fn rows<'a>(&'a self, look: &Look<'_>, width: u16) -> Vec<Row<'a>> {
        let theme = look.theme;
        let mut rows = vec![Row::words(" A few lines, then the desk is yours."), Row::gap()];
        for (at, field) in self.fields.iter().enumerate() {
            let here = at == self.at;
            let (sign, style) = if here { (">", theme.strong()) } else { (" ", Style::new()) };
            let label = vec![
                Span::styled(format!(" {sign} "), theme.strong()),
                Span::styled(format!("{:12}", LABELS[at]), style),
            ];
            let left = u16::try_from(LEFT).unwrap_or(0);
            let room = WIDTH.min(width.saturating_sub(left + 2));
            let input = Input { field, at: left, width: room, focused: here, ghost: String::new() };
            rows.push(Row::input(Line::from(label), input));
            let (said, style) = match self.check(at) {
                Ok(value) => (self.means(at, &value), theme.faint()),
                Err(why) if self.tried => (why, theme.bad()),
                Err(why) if field.is_empty() => (why, theme.faint()),
                Err(why) => (why, theme.warn()),
            };
            let safe = SafeText::new(&said);
            for row in text::wrap(safe.as_str(), usize::from(width).saturating_sub(LEFT + 1)) {
                rows.push(Row::words(Line::styled(format!("{:LEFT$}{row}", ""), style)));
            }
            rows.push(Row::gap());
        }
        rows
    }
}

fn name(typed: &str) -> Result<String, String> {
    let long = typed.chars().count() > LONGEST_NAME;
    if typed.is_empty() || long {
        return Err("give 1 to 255 printable characters, such as S. Lee".to_owned());
    }
    Ok(typed.to_owned())
}
