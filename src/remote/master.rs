//! The master's own list of customers: `GET {master}/customers?updated_since=&limit=&cursor=` (NIC-132). An
//! option of the set-up: without it the master's values come as files. Pure: no socket here.

use http::Method;
use serde_json::Value;

pub use super::bearer::Account;
use super::reply::{Read, settle};
use super::upstream::problem;
use super::{Answer, Outcome, Request, Transport, Unsent};
use crate::wire;

const SYSTEM: &str = "the master";

pub(super) const MISSING: &str = "CORDBOARD_MASTER_TOKEN is not set: put it in the environment, or save it with \
                                  `cordboard secret set CORDBOARD_MASTER_TOKEN`";

/// Turns a request into HTTP.
///
/// # Errors
/// See [`Unsent`].
pub fn encode(request: &Request, account: Option<&Account>) -> Result<http::Request<Vec<u8>>, Unsent> {
    let account = account.ok_or(Unsent::NoAccount)?;
    let Request::ListCustomers { updated_since, cursor, limit } = request else {
        return Err(Unsent::unwritable("request for another system"));
    };
    let filters = [
        ("updated_since", updated_since.clone()),
        ("limit", Some(limit.to_string())),
        ("cursor", cursor.clone()),
    ];
    let given: Vec<_> = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let query = serde_urlencoded::to_string(given).map_err(|_| Unsent::unwritable("cursor"))?;
    account
        .request(&format!("/customers?{query}"), ("master", "CORDBOARD_MASTER_TOKEN"))?
        .method(Method::GET)
        .body(Vec::new())
        .map_err(|_| Unsent::unwritable("request"))
}

/// Understands what came back.
pub fn decode(got: Transport) -> Outcome {
    settle(SYSTEM, true, got, read)
}

fn read(status: u16, body: &[u8]) -> Read {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return Read::Other("is not JSON");
    };
    if !(200..=299).contains(&status) {
        return problem(&json).map_or(Read::Other("is not an error message"), Read::Refusal);
    }
    // The list must be there: an object without one is not "nobody".
    if !json.get("customers").is_some_and(Value::is_array) {
        return Read::Other("has no list of customers");
    }
    match serde_json::from_value::<wire::MasterPage>(json) {
        Ok(page) => Read::Answer(Answer::Customers(page)),
        Err(_) => Read::Other("is not a page of customers"),
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;

    fn account() -> Account {
        Account { base_url: "https://m.example/api".to_owned(), token: "t0ken".to_owned() }
    }

    fn answered(status: u16, body: &str) -> Outcome {
        let response = http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap();
        decode(Transport::Response(response))
    }

    #[test]
    fn nic_132_a_page_is_asked_for() {
        let request = Request::ListCustomers {
            updated_since: Some("2026-01-01T00:00:00.000Z".to_owned()),
            cursor: Some("a/b&c".to_owned()),
            limit: 500,
        };
        let http = encode(&request, Some(&account())).unwrap();
        let uri = "https://m.example/api/customers?updated_since=2026-01-01T00%3A00%3A00.000Z&limit=500&cursor=a%2Fb%26c";
        assert_eq!((http.method(), http.uri().to_string().as_str()), (&Method::GET, uri));
        assert_eq!(http.headers()[AUTHORIZATION], "Bearer t0ken");
        assert_eq!(encode(&request, None).unwrap_err(), Unsent::NoAccount);
        assert!(!format!("{:?}", account()).contains("t0ken"));
    }

    #[test]
    fn absent_null_and_blank_are_told_apart() {
        let body =
            r#"{"customers": [{"id": 7, "mobile": null}, {"id": "8", "email": ""}], "next_cursor": 12}"#;
        let Outcome::Accepted { answer: Answer::Customers(page), .. } = answered(200, body) else { panic!() };
        assert_eq!(page.next_cursor.as_deref(), Some("12"));
        let said: Vec<_> =
            page.customers.iter().map(|c| (c.id.as_deref(), c.mobile.clone(), c.email.clone())).collect();
        assert_eq!(said, [(Some("7"), Some(None), None), (Some("8"), None, Some(Some(String::new())))]);
    }

    #[test]
    fn what_is_no_page_is_not_nobody() {
        for (status, body) in
            [(200, "[]"), (200, "{}"), (200, "<html>"), (502, "<html>"), (200, r#"{"customers": 1}"#)]
        {
            assert!(!matches!(answered(status, body), Outcome::Accepted { .. }), "{status} {body}");
        }
        assert!(matches!(answered(401, r#"{"message": "no"}"#), Outcome::Credential { .. }));
        assert!(matches!(answered(400, r#"{"message": "cursor"}"#), Outcome::Rejected { status: 400, .. }));
    }
}
