//! One mail on its way, and what a bounce says about an address. Pure.

use uuid::Uuid;

use super::email::Email;
use super::redact::redacted_debug;
use super::time::Micros;

/// A mail that may go out.
#[derive(Clone, PartialEq)]
pub struct Mail {
    /// Stays the same however often it is tried, and so does the Message-ID made of it: a server or a
    /// reader that gets it twice can tell.
    pub id: Uuid,
    pub to: String,
    pub subject: String,
    pub body: String,
    /// Goes along as a QR code.
    pub link: Option<String>,
    pub at: Micros,
}

redacted_debug!(Mail, id, at);

/// The addresses that are dead for good, of what a mail program or a person hands in: a bounce as it
/// came (RFC 3464), or one address per line. Each once, in the order of the input; the second list
/// holds the lines that are no address.
pub fn bounced(text: &str) -> (Vec<String>, Vec<String>) {
    let mut dead = Vec::new();
    let mut wrong = Vec::new();
    let add = |address: String, dead: &mut Vec<String>| {
        if !dead.contains(&address) {
            dead.push(address);
        }
    };
    if is_report(text) {
        for address in permanent(text) {
            match Email::parse(&address) {
                Ok(email) => add(email.as_str().to_owned(), &mut dead),
                Err(_) => wrong.push(address),
            }
        }
        return (dead, wrong);
    }
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match Email::parse(line.trim_matches(|c| matches!(c, '<' | '>'))) {
            Ok(email) => add(email.as_str().to_owned(), &mut dead),
            Err(_) => wrong.push(line.to_owned()),
        }
    }
    (dead, wrong)
}

/// Is it a mail, and not a list of addresses?
pub fn is_report(text: &str) -> bool {
    let has = |name: &str| text.lines().any(|line| field(line, name).is_some());
    has("final-recipient") || has("content-type") || (has("from") && has("subject"))
}

/// The recipients of a delivery report that failed for good (5.x.x). Each block of fields ends with an
/// empty line.
fn permanent(report: &str) -> Vec<String> {
    let (mut found, mut recipient, mut failed, mut status) = (Vec::new(), None, false, String::new());
    let unfolded = report.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    for line in unfolded.lines().chain(std::iter::once("")) {
        if line.trim().is_empty() {
            let is_permanent = failed && status.starts_with("5.");
            found.extend(recipient.take().filter(|_| is_permanent));
            (failed, status) = (false, String::new());
        } else if let Some(value) = field(line, "final-recipient") {
            // `rfc822; somebody@example.com`
            let address = value.split_once(';').map_or(value, |(_, address)| address).trim();
            recipient = Some(address.trim_matches(|c| matches!(c, '<' | '>')).to_owned());
        } else if let Some(value) = field(line, "action") {
            failed = value.eq_ignore_ascii_case("failed");
        } else if let Some(value) = field(line, "status") {
            value.clone_into(&mut status);
        }
    }
    found
}

fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(name).then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(action: &str, status: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example.com\r\nTo: desk@example.com\r\nSubject: Undelivered Mail\r\n\
             Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"x\"\r\n\r\n--x\r\n\
             Content-Type: text/plain\r\n\r\nSorry about v.khanna@example.com and other@example.com.\r\n--x\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n\
             Final-Recipient: rfc822;\r\n v.khanna@Example.com\r\nAction: {action}\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; 550 no such user\r\n\r\n--x--\r\n"
        )
    }

    fn addresses(text: &str) -> Vec<String> {
        bounced(text).0
    }

    #[test]
    fn nic_136_only_permanent_failures_of_a_report_count() {
        assert_eq!(addresses(&report("failed", "5.1.1")), ["v.khanna@example.com"]);
        for (action, status) in
            [("delayed", "4.4.1"), ("failed", "4.2.2"), ("delayed", "5.1.1"), ("delivered", "2.0.0")]
        {
            assert_eq!(addresses(&report(action, status)), Vec::<String>::new(), "{action} {status}");
        }
    }

    #[test]
    fn a_report_may_speak_of_several() {
        let one = |name: &str, status: &str| {
            format!("Final-Recipient: RFC822; {name}@example.com\nAction: failed\nStatus: {status}\n\n")
        };
        let text = [one("a", "5.1.1"), one("b", "4.2.2"), one("c", "5.2.1"), one("a", "5.1.1")].concat();
        assert_eq!(addresses(&text), ["a@example.com", "c@example.com"]);
    }

    #[test]
    fn a_list_is_read_line_by_line() {
        let (dead, wrong) = bounced("a@example.com\n\n <b@Example.com> \nnobody\na@example.com\n");
        assert_eq!(dead, ["a@example.com", "b@example.com"]);
        assert_eq!(wrong, ["nobody"]);
        assert_eq!(bounced(""), (vec![], vec![]));
    }

    /// A person's own mail to us is no bounce, whatever addresses stand in it.
    #[test]
    fn another_mail_is_no_bounce() {
        let mail = "From: a@example.com\nSubject: hello\n\nb@example.com\n";
        assert_eq!(bounced(mail), (vec![], vec![]));
    }
}
