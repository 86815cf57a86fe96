//! Sending a text: what Twilio checks before it says 201 (FACTS 1, 2, 5, 7), including the magic
//! numbers of its test credentials (FACTS 14), which work here beside ordinary ones.

use super::message::Direction;
use super::{Text, Twilio};
use crate::domain::time::Micros;
use crate::sandbox::Config;
use crate::sandbox::call::Call;
use crate::sandbox::reply::Reply;

/// Counted in UTF-16 units: Twilio warns that non-GSM characters may count more (FACTS 7).
const LONGEST_BODY: usize = 1600;

/// The test sender that always works.
const MAGIC_SENDER: &str = "+15005550006";

/// A refusal: Twilio's code and its sentence. All of them are HTTP 400.
type Refusal = (i64, String);

impl Twilio {
    pub(super) fn create(&mut self, config: &Config, call: &Call<'_>, now: Micros) -> Reply {
        let text = match read(call).and_then(|text| self.check(config, text)) {
            Ok(text) => text,
            Err((code, message)) => return Reply::twilio_error(400, code, message),
        };
        let record = self.store(config, now, Direction::OutboundApi, text);
        Reply::json(201, &record.resource(&config.account_sid, now)).storing(record.sid.as_str())
    }

    fn check<'a>(&self, config: &Config, text: Text<'a>) -> Result<Text<'a>, Refusal> {
        check_recipient(text.to)?;
        check_sender(config, text.from)?;
        if text.body.encode_utf16().count() > LONGEST_BODY {
            return Err((21617, "The concatenated message body exceeds the 1600 character limit".to_owned()));
        }
        if self.opted_out.contains(&(text.from.to_owned(), text.to.to_owned())) {
            return Err(opted_out());
        }
        Ok(text)
    }
}

fn read<'a>(call: &'a Call<'_>) -> Result<Text<'a>, Refusal> {
    let needed = |name, code, message: &str| call.field(name).ok_or((code, message.to_owned()));
    Ok(Text {
        to: needed("To", 21604, "A 'To' phone number is required.")?,
        from: needed("From", 21603, "A 'From' phone number is required.")?,
        body: needed("Body", 21602, "Message body is required.")?,
    })
}

fn check_recipient(to: &str) -> Result<(), Refusal> {
    let refuse = |code, message: String| Err((code, message));
    match to {
        "+15005550001" => refuse(21211, format!("Invalid 'To' Phone Number: {to}")),
        "+15005550002" => refuse(21612, format!("'To' {to} cannot be reached from this 'From'")),
        "+15005550003" => refuse(21408, format!("No permission to send to the region of 'To' {to}")),
        "+15005550004" => Err(opted_out()),
        "+15005550009" => refuse(21614, format!("'To' number is not a valid mobile number: {to}")),
        _ if !is_e164(to) => refuse(21211, format!("Invalid 'To' Phone Number: {to}")),
        _ => Ok(()),
    }
}

fn check_sender(config: &Config, from: &str) -> Result<(), Refusal> {
    match from {
        "+15005550001" => Err((21212, format!("Invalid 'From' Phone Number: {from}"))),
        "+15005550008" => Err((21611, format!("The queue of 'From' {from} is full"))),
        MAGIC_SENDER => Ok(()),
        _ if config.our_numbers.iter().any(|number| number == from) => Ok(()),
        _ if !is_e164(from) => Err((21212, format!("Invalid 'From' Phone Number: {from}"))),
        _ => Err((21606, format!("'From' {from} is not an SMS-capable number of this account"))),
    }
}

fn opted_out() -> Refusal {
    (21610, "Attempt to send to unsubscribed recipient".to_owned())
}

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (4..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
