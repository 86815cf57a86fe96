//! `cordboard users`: the people who work here.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::clock;
use super::context::{Context, Desk};
use super::exit::{Exit, refuse};
use crate::domain::role::Role;
use crate::store::users::{self, User};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a person; admins only
    Add {
        /// Their name, such as "David Brown"
        name: String,
        /// The number the master system knows them by, such as 24
        #[arg(long, value_name = "N")]
        number: i64,
        /// agent, supervisor or admin
        #[arg(long, default_value = "agent")]
        role: String,
    },
    /// List everybody
    List,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        match &self.action {
            Action::Add { name, number, role } => add(&mut desk, name, *number, role),
            Action::List => list(&mut desk),
        }
    }
}

fn add(desk: &mut Desk<'_>, name: &str, number: i64, role: &str) -> Result<Exit> {
    let role = Role::parse(role).ok_or_else(|| {
        refuse(Exit::Usage, format!("--role: there is no role \"{role}\"; choose agent, supervisor or admin"))
    })?;
    let user = users::add(&mut desk.db, &desk.actor, clock::now(), number, name, role)?;
    if desk.output.is_json() {
        desk.output.json(&as_json(&user))?;
    } else {
        desk.output.line(format!("added {} (#{}, {})", user.name, user.number, user.role.as_str()))?;
    }
    Ok(Exit::Ok)
}

fn list(desk: &mut Desk<'_>) -> Result<Exit> {
    let users = users::list(&desk.db, &desk.actor)?;
    if desk.output.is_json() {
        users.iter().try_for_each(|user| desk.output.json(&as_json(user)))?;
    } else {
        let row = |user: &User| {
            let active = if user.active { "" } else { "no longer active" };
            vec![format!("#{}", user.number), user.name.clone(), user.role.as_str().into(), active.into()]
        };
        desk.output.table(&["Number", "Name", "Role", ""], &users.iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(Exit::Ok)
}

fn as_json(user: &User) -> serde_json::Value {
    json!({
        "id": user.id, "number": user.number, "name": user.name, "role": user.role.as_str(), "active": user.active,
    })
}
