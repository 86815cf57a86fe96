//! What is known about the domains of e-mail addresses: the common ones and how they are mistyped,
//! and those whose mailboxes are thrown away. A list knows nothing for certain: it suggests, it
//! never refuses.

use strsim::osa_distance;

use super::email::Email;

const COMMON: &str = include_str!("../../assets/mail/domains.txt");
/// Endings, and behind a dash those that are right though they look like a slip.
const ENDINGS: &str = include_str!("../../assets/mail/endings.txt");
const THROW_AWAY: &str = include_str!("../../assets/mail/throw-away.txt");

/// A shorter name has too many neighbours that exist: of it only the ending is looked at.
const NAME: usize = 5;

/// The address with its domain as it was probably meant, if it is one slip from a common one: a
/// letter too many, too few, wrong, or two that changed places.
pub fn suggest(address: &str) -> Option<String> {
    let (local, domain) = address.trim().rsplit_once('@')?;
    let domain = domain.to_lowercase();
    if local.is_empty() || is_common(&domain) {
        return None;
    }
    let ended = ending(&domain);
    let domains = [Some(domain), ended.clone()].into_iter().flatten();
    let mut slips = domains.filter_map(|domain| COMMON.lines().find(|common| is_slip(&domain, common)));
    let meant = slips.next().map(str::to_owned).or(ended)?;
    Some(format!("{local}@{meant}"))
}

/// The rest of a common domain that was begun.
pub fn complete(address: &str) -> &'static str {
    let Some((local, domain)) = address.rsplit_once('@') else { return "" };
    // One letter begins too many of them.
    if local.is_empty() || domain.len() < 2 || is_common(domain) {
        return "";
    }
    COMMON.lines().find_map(|common| common.strip_prefix(domain)).unwrap_or("")
}

/// Everybody knows how it is written.
pub fn is_common(domain: &str) -> bool {
    COMMON.lines().any(|common| common == domain)
}

/// Said as a word: `dot com`.
pub fn is_ending(label: &str) -> bool {
    endings().any(|ending| ending == label)
}

/// Its mailboxes last for minutes and are anybody's.
pub fn is_throw_away(address: &Email) -> bool {
    let domain = address.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    THROW_AWAY.lines().any(|known| {
        domain.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

fn is_slip(typed: &str, common: &str) -> bool {
    let name = |domain: &str| domain.split('.').next().unwrap_or_default().to_owned();
    let long = name(common).len() >= NAME;
    (long || name(typed) == name(common)) && osa_distance(typed, common) == 1
}

fn endings() -> impl Iterator<Item = &'static str> {
    ENDINGS.lines().filter(|ending| !ending.starts_with('-'))
}

/// `.con` and `.cmo`. Two letters may be any country, and a longer ending any of a thousand words.
fn ending(domain: &str) -> Option<String> {
    let (before, typed) = domain.rsplit_once('.')?;
    let known = ENDINGS.lines().any(|ending| ending.trim_start_matches("- ") == typed);
    if before.is_empty() || known || !(3..=4).contains(&typed.chars().count()) {
        return None;
    }
    let meant = endings().find(|ending| ending.len() == 3 && osa_distance(typed, ending) == 1)?;
    Some(format!("{before}.{meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_suggested_and_nothing_else() {
        for (typed, meant) in [
            ("k@gmail.con", Some("k@gmail.com")),
            ("k@gmial.com", Some("k@gmail.com")),
            ("k@gmailcom", Some("k@gmail.com")),
            ("k@gmal.com", Some("k@gmail.com")),
            ("k@ggmail.com", Some("k@gmail.com")),
            ("K.L@Hotmial.FR", Some("K.L@hotmail.fr")),
            ("k@yahoo.co.ku", Some("k@yahoo.co.uk")),
            ("k@gmx.con", Some("k@gmx.com")),
            ("k@curepipe.con", Some("k@curepipe.com")),
            ("k@curepipe.ogr", Some("k@curepipe.org")),
            ("k@curepipe.comm", Some("k@curepipe.com")),
            // Right, though they look like a slip.
            ("k@ymail.com", None),
            ("k@mail.com", None),
            ("k@gmx.de", None),
            ("k@curepipe.cam", None),
            ("k@curepipe.co", None),
            ("k@curepipe.example", None),
            // One in the name and one in the ending.
            ("k@gmial.con", Some("k@gmail.com")),
            // Two in the name, a short name, nothing typed yet.
            ("k@gmlia.com", None),
            ("k@bol.com", None),
            ("@gmail.con", None),
            ("k@", None),
            ("gmail.con", None),
        ] {
            assert_eq!(suggest(typed).as_deref(), meant, "{typed}");
        }
    }

    #[test]
    fn what_is_suggested_is_an_address_and_suggests_nothing_more() {
        for common in COMMON.lines() {
            for at in 0..common.len() {
                let slip = format!("k@{}{}", &common[..at], &common[at + 1..]);
                let Some(meant) = suggest(&slip) else { continue };
                assert!(Email::parse(&meant).is_ok(), "{slip}: {meant}");
                assert_eq!(suggest(&meant), None, "{slip}: {meant}");
            }
        }
    }

    #[test]
    fn a_common_domain_is_completed() {
        for (typed, rest) in [
            ("k@gm", "ail.com"),
            ("k@hotmail.", "com"),
            ("k@g", ""),
            ("@gm", ""),
            ("k@gmail.com", ""),
            ("gm", ""),
        ] {
            assert_eq!(complete(typed), rest, "{typed}");
        }
    }

    #[test]
    fn nic_138_throw_away_domains_and_what_is_below_them() {
        for (address, thrown) in [
            ("k@mailinator.com", true),
            ("k@inbox.mailinator.com", true),
            ("k@notmailinator.com", false),
            ("k@gmail.com", false),
        ] {
            assert_eq!(is_throw_away(&Email::parse(address).unwrap()), thrown, "{address}");
        }
    }
}
