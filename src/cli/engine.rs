//! The sync task as a command or a desk runs it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::clock;
use super::context::Context;
use crate::config::{Config, MobileForm};
use crate::domain::quiet::Rules;
use crate::remote::Endpoints;
use crate::remote::client::{Client, Guard};
use crate::store::Db;
use crate::store::open::Location;
use crate::store::threads::Store;
use crate::sync::task::Task;
use crate::sync::{Master, Settings};

/// What a sync needs of the settings; opening it takes longer than an agent wants to wait for the
/// first frame: three more connections, and every certificate of the machine.
pub struct Plan {
    settings: Settings,
    location: Location,
    reach: Guard,
    endpoints: Arc<dyn Fn(&Db) -> Endpoints + Send + Sync>,
    quiet: Arc<Rules>,
}

/// The sync task of these settings. `db` is for reading the credentials.
///
/// # Errors
/// The office's quiet hours are not right: nothing may leave by others.
pub fn plan(context: &Context, config: &Config, location: &Location, db: &Db) -> Result<Plan> {
    let settings = Settings {
        numbers: context.credentials(config, db).numbers,
        upstream: config.upstream.base_url.is_some(),
        mail: config.mail.host.is_some(),
        national: config.upstream.mobile == MobileForm::National,
        policy: config.phone_policy(),
        poll_inbound: Duration::from_secs(config.twilio.poll_seconds.into()),
        poll_upstream: Duration::from_secs(config.upstream.poll_seconds.into()),
        master: Master {
            poll: config
                .master
                .base_url
                .as_ref()
                .map(|_| Duration::from_secs(config.master.poll_seconds.into())),
            policy: config.master.policy,
            undo: Duration::from_secs(config.desk.undo_seconds.into()),
        },
    };
    let lookup = context.credential_lookup(config);
    let endpoints = Arc::new(move |db: &Db| lookup(db).endpoints);
    let quiet = Arc::new(config.quiet_hours()?);
    Ok(Plan { settings, location: location.clone(), reach: context.reach(), endpoints, quiet })
}

impl Plan {
    /// The task over threads of its own, so that no save waits behind it in a queue.
    ///
    /// # Errors
    /// The database does not open, or TLS cannot be set up.
    pub fn open(self) -> Result<Task> {
        Ok(Task {
            store: Arc::new(Store::open_with(&self.location, self.quiet)?),
            database: self.location.database,
            client: Client::new(self.reach)?,
            settings: self.settings,
            endpoints: self.endpoints,
            clock: clock::now,
        })
    }
}
