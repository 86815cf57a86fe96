//! The sync task as a command or a desk runs it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::clock;
use super::context::Context;
use crate::config::{Config, MobileForm};
use crate::remote::client::Client;
use crate::store::Db;
use crate::store::open::Location;
use crate::store::threads::Store;
use crate::sync::Settings;
use crate::sync::task::Task;

/// The task over threads of its own, so that no save waits behind it in a queue. `db` is for
/// reading the credentials.
///
/// # Errors
/// The database does not open, or TLS cannot be set up.
pub fn task(context: &Context, config: &Config, location: &Location, db: &Db) -> Result<Task> {
    let settings = Settings {
        numbers: context.credentials(config, db).numbers,
        upstream: config.upstream.base_url.is_some(),
        national: config.upstream.mobile == MobileForm::National,
        policy: config.phone_policy(),
        poll_inbound: Duration::from_secs(config.twilio.poll_seconds.into()),
        poll_upstream: Duration::from_secs(config.upstream.poll_seconds.into()),
    };
    let lookup = context.credential_lookup(config);
    Ok(Task {
        store: Arc::new(Store::open(location)?),
        database: location.database.clone(),
        client: Client::new(context.reach())?,
        settings,
        endpoints: Arc::new(move |db| lookup(db).endpoints),
        clock: clock::now,
    })
}
