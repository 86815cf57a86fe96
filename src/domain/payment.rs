//! Requests for payment (NIC-9, NIC-26, NIC-88): the office's link filled in, the words that go with
//! it, and which contact they go to. Pure.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ids::CustomerId;
use super::money::Money;
use super::qr::Qr;
use super::time::Micros;

/// A wording once used is never edited: a new one is a new file.
const TEXT: &str = include_str!("../../assets/payment/text-1.txt");
const MAIL: &str = include_str!("../../assets/payment/mail-1.txt");

/// What a link may hold between braces.
const PLACES: [&str; 4] = ["policy", "amount", "currency", "ref"];

/// RFC 3986 unreserved characters stay as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// By which way a request goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Text,
    Mail,
}

impl By {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Mail => "mail",
        }
    }
}

/// The link template of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

/// Why a link template was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    #[error(
        "not a web address; write it like https://pay.example.com/?policy={{policy}}&amount={{amount}}&ref={{reference}}"
    )]
    NotAWebAddress,
    #[error("there is no {{{0}}}; a link may hold {{policy}}, {{amount}}, {{currency}} and {{reference}}")]
    Unknown(String),
    #[error("the link is too long for a QR code that a phone can read from a screen")]
    TooLong,
}

impl FromStr for Template {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        let text = text.trim();
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
        if host.is_empty() || host.contains(['@', '{']) || !text.chars().all(plain) {
            return Err(BadTemplate::NotAWebAddress);
        }
        for place in text.split('{').skip(1) {
            let Some((name, _)) = place.split_once('}') else { return Err(BadTemplate::NotAWebAddress) };
            if !PLACES.contains(&name) && name != "reference" {
                return Err(BadTemplate::Unknown(name.to_owned()));
            }
        }
        if text.len() > LONGEST {
            return Err(BadTemplate::TooLong);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Longer ones need a code with more modules than a terminal has rows.
const LONGEST: usize = 200;

impl Template {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn fill(&self, policy: &str, amount: Money, reference: &str) -> String {
        let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let (plain, currency) = (amount.plain(), amount.currency.to_string());
        let reference = escaped(reference);
        fill(
            &self.0,
            &[
                ("policy", &escaped(policy)),
                ("amount", &plain),
                ("currency", &currency),
                ("ref", &reference),
                ("reference", &reference),
            ],
        )
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Puts values in the place of their names in braces; what was put in is not looked at again.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, behind)| {
            let value = values.iter().find(|(known, _)| *known == name)?.1;
            Some((value, behind))
        });
        match known {
            Some((value, behind)) => {
                filled.push_str(value);
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Names a request on the payer's statement: the same amount asked for twice on one day is one debt,
/// and has one reference.
pub fn reference(policy: &str, customer: CustomerId, at: Micros) -> String {
    let mut whose: String = policy.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    if whose.is_empty() {
        // The end of a UUIDv7 is its random part.
        let id = customer.0.simple().to_string().to_uppercase();
        id[id.len() - 8..].clone_into(&mut whose);
    }
    let day: String = at.date().chars().filter(char::is_ascii_digit).skip(2).collect();
    format!("{whose}-{day}")
}

/// All that a request says.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub amount: Money,
    pub reference: String,
    pub link: String,
}

super::redact::redacted_debug!(Request, amount);

/// Whom it is about.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub customer: CustomerId,
    pub name: &'a str,
    pub policy: &'a str,
    /// What the office is called.
    pub desk: &'a str,
}

impl Request {
    /// # Errors
    /// A sentence: there is nothing to pay, or no code can hold the link.
    pub fn new(template: &Template, about: About<'_>, amount: Money, at: Micros) -> Result<Self, String> {
        if amount.minor <= 0 {
            return Err(format!("{amount} is nothing to ask for: the amount has to be above zero"));
        }
        let reference = reference(about.policy, about.customer, at);
        let link = template.fill(about.policy, amount, &reference);
        if Qr::of(&link).is_none() {
            return Err("the payment link is too long for a QR code".to_owned());
        }
        Ok(Self { amount, reference, link })
    }

    fn filled(&self, template: &str, about: About<'_>) -> String {
        let amount = self.amount.to_string();
        let policy = if about.policy.is_empty() { "-" } else { about.policy };
        fill(
            template.trim_end(),
            &[
                ("name", about.name),
                ("policy", policy),
                ("desk", about.desk),
                ("amount", &amount),
                ("link", &self.link),
                ("reference", &self.reference),
            ],
        )
    }

    /// The words of a text.
    pub fn text(&self, about: About<'_>) -> String {
        self.filled(TEXT, about)
    }

    /// Subject and body of a mail.
    pub fn mail(&self, about: About<'_>) -> (String, String) {
        subject_and_body(&self.filled(MAIL, about))
    }
}

/// The first line of a template is the subject.
pub fn subject_and_body(filled: &str) -> (String, String) {
    let (subject, body) = filled.split_once('\n').unwrap_or((filled, ""));
    (subject.trim().to_owned(), body.trim().to_owned())
}

/// What is known here about a contact, beside what the upstream calls the latest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ours<'a> {
    pub value: &'a str,
    /// It was captured here, and the upstream has not got it yet.
    pub is_unsent: bool,
    /// Theirs was weighed here before: it was captured for this customer, and overtaken since.
    pub knows_theirs: bool,
}

/// Is the upstream's latest contact news (NIC-79, NIC-88)? No clock is asked: what was weighed here before
/// has lost to ours, and what was captured here last comes after what they know.
pub fn is_newer(ours: Ours<'_>, theirs: &str) -> bool {
    ours.value != theirs && !ours.is_unsent && !ours.knows_theirs
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::money::Currency;

    const LINK: &str = "https://pay.example.com/?policy={policy}&amount={amount}&ref={reference}";
    const NOW: Micros = Micros::from_secs(1_764_325_920);

    fn about(policy: &str) -> About<'_> {
        let customer = CustomerId(Uuid::from_u128(0x0123_4567_89ab_cdef));
        About { customer, name: "Kevin {link}", policy, desk: "Cordboard Life" }
    }

    fn rupees(minor: i64) -> Money {
        Money { minor, currency: Currency::MUR }
    }

    #[test]
    fn nic_26_the_link_holds_policy_amount_and_reference() {
        let request = Request::new(&LINK.parse().unwrap(), about("LIB/C7013"), rupees(449_129), NOW).unwrap();
        assert_eq!(
            request.link,
            "https://pay.example.com/?policy=LIB%2FC7013&amount=4491.29&ref=LIBC7013-251128"
        );
        assert_eq!(
            request.text(about("LIB/C7013")),
            format!("Cordboard Life: MUR 4,491.29 for policy LIB/C7013 can be paid here: {}", request.link)
        );
        let (subject, body) = request.mail(about("LIB/C7013"));
        assert_eq!(subject, "Payment of MUR 4,491.29, policy LIB/C7013");
        // A name is no template.
        assert!(body.starts_with("Dear Kevin {link},") && body.contains(&request.link), "{body}");
        assert!(body.ends_with("Reference: LIBC7013-251128\n\nCordboard Life"), "{body}");
    }

    #[test]
    fn without_a_policy_the_customer_names_the_reference() {
        assert_eq!(reference("", about("").customer, NOW), "89ABCDEF-251128");
        assert_eq!(reference(" ./", about("").customer, NOW), "89ABCDEF-251128");
    }

    #[test]
    fn nothing_is_asked_for_what_is_not_due() {
        let template = LINK.parse().unwrap();
        for minor in [0, -1] {
            assert!(Request::new(&template, about("P1"), rupees(minor), NOW).is_err(), "{minor}");
        }
    }

    #[test]
    fn templates() {
        for good in [LINK, "http://127.0.0.1:81/{ref}/{currency}", "https://pay.example.com"] {
            assert_eq!(good.parse::<Template>().unwrap().as_str(), good);
        }
        let long = format!("https://pay.example.com/{}", "x".repeat(LONGEST));
        for (bad, why) in [
            ("", BadTemplate::NotAWebAddress),
            ("pay.example.com/{policy}", BadTemplate::NotAWebAddress),
            ("https://{policy}/", BadTemplate::NotAWebAddress),
            ("https://user@pay.example.com/", BadTemplate::NotAWebAddress),
            ("https://pay.example.com/{policy", BadTemplate::NotAWebAddress),
            ("https://pay.example.com/ {policy}", BadTemplate::NotAWebAddress),
            ("https://pay.example.com/{name}", BadTemplate::Unknown("name".into())),
            (long.as_str(), BadTemplate::TooLong),
        ] {
            assert_eq!(bad.parse::<Template>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn nic_88_whose_contact_is_newer() {
        for (is_unsent, knows_theirs, theirs, newer) in [
            (false, false, "a@example.com", false),
            (false, false, "b@example.com", true),
            (true, false, "b@example.com", false),
            (false, true, "b@example.com", false),
        ] {
            let ours = Ours { value: "a@example.com", is_unsent, knows_theirs };
            assert_eq!(is_newer(ours, theirs), newer, "{ours:?} {theirs}");
        }
    }
}
