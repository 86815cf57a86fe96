//! E-mail addresses: which are taken, and in which form they are stored (NIC-45, NIC-127, TTX-11).
//! No network: an address that passes may still bounce.

use std::fmt;

use email_address::{EmailAddress, Options};

use super::text::is_hidden;

/// TTX-11.
const MAX_CHARS: usize = 255;

/// A checked address. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Why an address was refused. The sentences never repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("no e-mail address given; write it like name@example.com")]
    Empty,
    #[error("too long: an e-mail address has at most 255 characters")]
    TooLong,
    #[error("there is a control or invisible character in the address; type it by hand")]
    Invisible,
    #[error("give the address alone, without a name or brackets, like name@example.com")]
    DisplayName,
    #[error("this is more than one address; give one, like name@example.com")]
    Several,
    #[error("there is a space in the address; write it like name@example.com")]
    Space,
    #[error("the @ is missing; write it like name@example.com")]
    NoAt,
    #[error("what stands before the @ is not valid; write it like name@example.com")]
    LocalPart,
    #[error("what stands behind the @ is not a domain such as example.com")]
    Domain,
}

impl Email {
    /// Reads an address as typed. The domain is lower-cased; what stands before the `@` is the
    /// mail server's own business and stays as it is.
    pub fn parse(raw: &str) -> Result<Self, EmailError> {
        let text = raw.trim();
        refuse_what_people_paste(text)?;
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::NoAt)?;
        let domain = domain.to_lowercase();
        if !is_host_name(&domain) {
            return Err(EmailError::Domain);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let address = format!("{local}@{domain}");
        if EmailAddress::is_valid_local_part(local) && !local.starts_with('"') {
            EmailAddress::parse_with_options(&address, options).map_err(|_| EmailError::Domain)?;
            Ok(Self(address))
        } else {
            Err(EmailError::LocalPart)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn refuse_what_people_paste(text: &str) -> Result<(), EmailError> {
    if text.is_empty() {
        Err(EmailError::Empty)
    } else if text.chars().count() > MAX_CHARS {
        Err(EmailError::TooLong)
    } else if text.chars().any(is_hidden) {
        Err(EmailError::Invisible)
    } else if text.contains(['<', '>']) || text.starts_with("mailto:") {
        Err(EmailError::DisplayName)
    } else if text.contains([',', ';']) || text.matches('@').count() > 1 {
        Err(EmailError::Several)
    } else if text.contains(char::is_whitespace) {
        Err(EmailError::Space)
    } else {
        Ok(())
    }
}

/// Labels of letters, digits and inner hyphens. The last is never a number, which keeps out
/// addresses such as `a@192.0.2.1`.
fn is_host_name(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii())
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.split('.').all(is_label) && !top.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nic_45_and_127_good_addresses_are_kept() {
        let table = [
            ("jane.doe@example.com", "jane.doe@example.com"),
            ("  jane@example.com\t\n", "jane@example.com"),
            ("a+b@example.com", "a+b@example.com"),
            ("o'neil@example.com", "o'neil@example.com"),
            ("!#$%&*/=?^_`{|}~-@example.com", "!#$%&*/=?^_`{|}~-@example.com"),
            ("Jane.DOE@Example.COM", "Jane.DOE@example.com"),
            ("x@mail.example", "x@mail.example"),
            ("x@a-b.1c.example", "x@a-b.1c.example"),
            ("josé@exämple.com", "josé@exämple.com"),
            ("x@xn--exmple-cua.com", "x@xn--exmple-cua.com"),
        ];
        for (raw, stored) in table {
            assert_eq!(Email::parse(raw).as_ref().map(Email::as_str), Ok(stored), "{raw:?}");
        }
    }

    #[test]
    fn nic_45_bad_addresses_are_refused_with_the_reason() {
        use EmailError::*;
        let table = [
            ("", Empty),
            (" \n", Empty),
            ("jane", NoAt),
            ("jane.example.com", NoAt),
            ("@example.com", LocalPart),
            (".jane@example.com", LocalPart),
            ("jane.@example.com", LocalPart),
            ("ja..ne@example.com", LocalPart),
            ("ja(ne)@example.com", LocalPart),
            ("\"jane\"@example.com", LocalPart),
            ("jane@", Domain),
            ("jane@example", Domain),
            ("jane@.com", Domain),
            ("jane@example..com", Domain),
            ("jane@example.com.", Domain),
            ("jane@-example.com", Domain),
            ("jane@example-.com", Domain),
            ("jane@exa_mple.com", Domain),
            ("jane@192.0.2.1", Domain),
            ("jane@[192.0.2.1]", Domain),
            ("jane@example.com/x", Domain),
            ("Jane <jane@example.com>", DisplayName),
            ("<jane@example.com>", DisplayName),
            ("mailto:jane@example.com", DisplayName),
            ("jane@example.com,joe@example.com", Several),
            ("jane@example.com; joe@example.com", Several),
            ("jane@joe@example.com", Several),
            ("jane doe@example.com", Space),
            ("jane@exam ple.com", Space),
            ("jane@example.com\r\nBcc: joe", Invisible),
            ("ja\u{0}ne@example.com", Invisible),
            ("ja\u{202e}ne@example.com", Invisible),
            ("ja\u{200b}ne@example.com", Invisible),
        ];
        for (raw, error) in table {
            assert_eq!(Email::parse(raw), Err(error), "{raw:?}");
            assert!(!error.to_string().contains("jane"));
        }
    }

    #[test]
    fn ttx_11_length_limits() {
        let domain = format!("{}.example", ["d".repeat(60), "e".repeat(60), "f".repeat(50)].join("."));
        assert!(Email::parse(&format!("{}@{domain}", "a".repeat(64))).is_ok());
        assert_eq!(Email::parse(&format!("{}@{domain}", "a".repeat(65))), Err(EmailError::LocalPart));
        assert_eq!(Email::parse(&format!("a@{}.com", "d".repeat(64))), Err(EmailError::Domain));
        assert_eq!(Email::parse(&format!("{}@example.com", "a".repeat(244))), Err(EmailError::TooLong));
    }

    #[test]
    fn debug_hides_the_address() {
        assert_eq!(format!("{:?}", Email::parse("jane@example.com").unwrap()), "Email(redacted)");
    }
}
