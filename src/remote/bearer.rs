//! A system that is reached at a base URL with a bearer token: the upstream, and the master.

use std::fmt;

use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION};

use super::{Unsent, url};

/// Where it is, and its bearer token.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub base_url: String,
    pub token: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("bearer::Account").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Account {
    /// Begins a request for `path`. `section` of the configuration has the base URL, `variable` the token.
    pub(super) fn request(
        &self,
        path: &str,
        (section, variable): (&str, &str),
    ) -> Result<http::request::Builder, Unsent> {
        let uri = url::join(&self.base_url, path)
            .map_err(|why| Unsent::Account(format!("[{section}] base_url: {why}")))?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token))
            .map_err(|_| Unsent::Account(format!("{variable} holds a line break or a control character")))?;
        bearer.set_sensitive(true);
        Ok(http::Request::builder().uri(uri).header(AUTHORIZATION, bearer).header(ACCEPT, "application/json"))
    }
}
