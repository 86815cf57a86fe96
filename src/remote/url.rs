//! Putting addresses together so that a credential cannot end up at another host.
//!
//! A base URL comes from the settings and is trusted; everything behind it is not: ids come from
//! files, page links from the other side.

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986 unreserved characters stay as they are.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `base` with `path` behind it. `path` starts with `/`.
pub fn join(base: &str, path: &str) -> Result<Uri, String> {
    let uri: Uri = format!("{}{path}", base.trim_end_matches('/')).parse().map_err(|_| {
        "the base URL in the settings is not a web address such as https://api.example.com".to_owned()
    })?;
    match uri.scheme_str() {
        Some("https" | "http") => Ok(uri),
        _ => Err("the base URL in the settings must begin with https:// or http://".to_owned()),
    }
}

/// One path segment, or nothing where no escaping can keep it one (`..` even survives as `%2e%2e`).
pub fn segment(text: &str) -> Option<String> {
    let one = !matches!(text, "" | "." | "..");
    one.then(|| utf8_percent_encode(text, SEGMENT).to_string())
}

/// The link to a further page as the other side wrote it, joined to `base`, if it stays below
/// `allowed` of the same host (FACTS 3: "join it to your base URL and refuse another host").
///
/// A base with a path of its own (a hub) may or may not repeat that path in its links.
pub fn follow(base: &str, allowed: &str, link: &str) -> Result<Uri, String> {
    let base = base.trim_end_matches('/');
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'\\' | b'#');
    if !link.bytes().all(plain) {
        return Err("it holds characters that no web address has".to_owned());
    }
    let home = join(base, "/")?;
    let path = match link.parse::<Uri>() {
        Ok(uri) if uri.scheme().is_some() || uri.authority().is_some() => {
            if !same_origin(&home, &uri) {
                return Err("it names another server".to_owned());
            }
            uri.path_and_query().map_or(String::new(), ToString::to_string)
        }
        Ok(_) if link.starts_with('/') && !link.starts_with("//") => link.to_owned(),
        _ => return Err("it is not a path on this server".to_owned()),
    };
    let prefix = home.path().trim_end_matches('/');
    let path = path.strip_prefix(prefix).filter(|rest| rest.starts_with('/')).unwrap_or(&path);
    if !path.starts_with(allowed) || climbs(path) {
        return Err("it leads out of this account's messages".to_owned());
    }
    join(base, path)
}

fn climbs(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or(path).to_ascii_lowercase().replace("%2e", ".");
    path.contains("%2f") || path.contains("%5c") || path.split('/').any(|part| matches!(part, "." | ".."))
}

fn same_origin(one: &Uri, other: &Uri) -> bool {
    one.scheme() == other.scheme() && port(one) == port(other) && plain_host(one) == plain_host(other)
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 })
}

/// The host; something that never matches where a user name hides before it.
fn plain_host(uri: &Uri) -> Option<String> {
    let authority = uri.authority()?.as_str();
    uri.host().filter(|_| !authority.contains('@')).map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://api.twilio.com";
    const ALLOWED: &str = "/2010-04-01/Accounts/AC1/";

    #[test]
    fn a_base_may_have_a_path_and_a_slash() {
        for (base, whole) in [
            ("https://hub.example", "https://hub.example/x"),
            ("https://hub.example/", "https://hub.example/x"),
            ("https://hub.example/api:v1/", "https://hub.example/api:v1/x"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"),
        ] {
            assert_eq!(join(base, "/x").unwrap().to_string(), whole);
        }
        for base in ["", "hub.example", "ftp://hub.example", "https://", "https://a b"] {
            assert!(join(base, "/x").is_err(), "{base}");
        }
    }

    #[test]
    fn a_segment_stays_one_segment() {
        assert_eq!(segment("LIB/C7013 é").unwrap(), "LIB%2FC7013%20%C3%A9");
        assert_eq!(segment("a?b#c").unwrap(), "a%3Fb%23c");
        for text in ["", ".", ".."] {
            assert_eq!(segment(text), None);
        }
    }

    #[test]
    fn page_links_that_stay_home() {
        let page = "/2010-04-01/Accounts/AC1/Messages.json?PageSize=50&PageToken=PA..%2F9";
        for (base, link, whole) in [
            (BASE, page.to_owned(), format!("{BASE}{page}")),
            (BASE, format!("{BASE}{page}"), format!("{BASE}{page}")),
            (BASE, format!("https://API.twilio.com:443{page}"), format!("{BASE}{page}")),
            ("https://hub.example/tw", page.to_owned(), format!("https://hub.example/tw{page}")),
            ("https://hub.example/tw", format!("/tw{page}"), format!("https://hub.example/tw{page}")),
            (
                "http://127.0.0.1:81",
                format!("http://127.0.0.1:81{page}"),
                format!("http://127.0.0.1:81{page}"),
            ),
        ] {
            assert_eq!(follow(base, ALLOWED, &link).unwrap().to_string(), whole, "{link}");
        }
    }

    #[test]
    fn page_links_that_lead_away_are_refused() {
        for link in [
            "https://evil.example/2010-04-01/Accounts/AC1/Messages.json",
            "http://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
            "https://api.twilio.com:444/2010-04-01/Accounts/AC1/Messages.json",
            "https://api.twilio.com@evil.example/2010-04-01/Accounts/AC1/Messages.json",
            "https://x:y@api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
            "https://api.twilio.com.evil.example/2010-04-01/Accounts/AC1/Messages.json",
            "//evil.example/2010-04-01/Accounts/AC1/Messages.json",
            "/\\evil.example/2010-04-01/Accounts/AC1/Messages.json",
            "@evil.example/2010-04-01/Accounts/AC1/Messages.json",
            ".evil.example/2010-04-01/Accounts/AC1/Messages.json",
            "/2010-04-01/Accounts/AC1/../AC2/Messages.json",
            "/2010-04-01/Accounts/AC1/%2e%2E/AC2/Messages.json",
            "/2010-04-01/Accounts/AC1/..%2fAC2/Messages.json",
            "/2010-04-01/Accounts/AC2/Messages.json",
            "/2010-04-01/Accounts/AC1",
            "evil.example:443",
            "/2010-04-01/Accounts/AC1/Messages.json\r\nX: y",
            "/2010-04-01/Accounts/AC1/Messages.json#x",
            "",
            "?Page=2",
        ] {
            assert!(follow(BASE, ALLOWED, link).is_err(), "{link}");
        }
    }
}
