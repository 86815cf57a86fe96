//! `cordboard sandbox`: a Twilio and an upstream on loopback, for trying things out. Control is under
//! `/_sandbox/`; no credential is looked at and nothing else can be reached.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::clock;
use super::context::Context;
use super::exit::Exit;
use super::output::Output;
use crate::sandbox::{self, Config};

#[derive(clap::Args)]
pub struct Args {
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Print the base address and nothing else
    #[arg(long)]
    print_url: bool,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let config = Config { start: clock::now(), ..Config::honest() };
        let shown = config.clone();
        let output = &mut context.output;
        let mut told = Ok(());
        sandbox::run_blocking(self.port, config, |url, control| {
            told = self.tell(output, &shown, url, control);
        })
        .context("the sandbox stopped")?;
        told?;
        Ok(Exit::Ok)
    }

    fn tell(&self, output: &mut Output, config: &Config, url: &str, control: &str) -> Result<()> {
        if self.print_url {
            output.line(url)?;
        } else if output.is_json() {
            output.json(&json!({
                "url": url, "control_url": control, "account_sid": config.account_sid,
                "auth_token": config.auth_token, "upstream_token": config.upstream_token,
                "numbers": config.our_numbers,
            }))?;
        } else {
            output.line(format!("Twilio and upstream   {url}"))?;
            output.line(format!(
                "control               {control}/_sandbox/{{ledger,faults,inbound,clock,reset}}"
            ))?;
            output.line("A desk that uses it, in another terminal:")?;
            output.line(format!("  export CORDBOARD_TWILIO_BASE_URL={url} CORDBOARD_UPSTREAM_URL={url}"))?;
            output.line(format!(
                "  export TWILIO_ACCOUNT_SID={} TWILIO_AUTH_TOKEN={} CORDBOARD_UPSTREAM_TOKEN={}",
                config.account_sid, config.auth_token, config.upstream_token
            ))?;
            output.line(format!("  export TWILIO_PHONE_NUMBER={}", config.our_numbers.join(" ")))?;
        }
        output.flush()
    }
}
