//! Fetching a file of a message (FACTS 2): with our sign-in at Twilio, without it wherever Twilio then
//! points to.

use http::header::{CONTENT_TYPE, LOCATION};

use super::client::Client;
use super::twilio::{self, Account};
use super::{Transport, Unsent};

/// Places that Twilio may point to, one after the other.
const HOPS: usize = 3;

/// A file as it came.
pub struct Fetched {
    /// As the header said, without its parameters.
    pub kind: String,
    pub bytes: Vec<u8>,
}

/// Fetches one file of one message.
///
/// # Errors
/// A sentence: what was refused, lost or too large.
pub async fn fetch(
    client: &Client,
    account: &Account,
    message: &str,
    media: &str,
) -> Result<Fetched, String> {
    let mut request = twilio::media(account, message, media).map_err(|unsent| match unsent {
        Unsent::NoAccount => "no Twilio account is set up".to_owned(),
        Unsent::Account(why) | Unsent::Content(why) => why,
    })?;
    for _ in 0..=HOPS {
        let answer = match client.send(request).await {
            Transport::Response(answer) => answer,
            Transport::NotSent(why) | Transport::Lost(why) => return Err(why),
        };
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        match answer.status().as_u16() {
            200 => {
                let kind = header(CONTENT_TYPE).unwrap_or_default();
                let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                return Ok(Fetched { kind, bytes: answer.into_body() });
            }
            301 | 302 | 303 | 307 | 308 => {
                let to =
                    header(LOCATION).filter(|to| to.starts_with("https://") || to.starts_with("http://"));
                let to = to.ok_or("Twilio points to no address for this file")?;
                // A new request: our sign-in is for Twilio alone.
                let next = http::Request::get(to).body(Vec::new());
                request = next.map_err(|_| "Twilio points to no address for this file".to_owned())?;
            }
            401 | 403 => {
                return Err("Twilio refused our credentials for this file: tell the admin".to_owned());
            }
            404 => return Err("Twilio has no such file any more".to_owned()),
            status => return Err(format!("the file was not handed out: HTTP {status}")),
        }
    }
    Err("Twilio points from one address to the next without an end".to_owned())
}
