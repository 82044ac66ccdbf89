//! `jitan deploy`: makes a scenario folder the version in force, or goes back to the one before.

use std::path::PathBuf;

use clap::Args;

use super::connect::{Desk, Stop};
use super::exit::Exit;
use crate::api::types::{Deploy, Rollback};
use crate::format;
use crate::message;
use crate::model::id::ScenarioName;
use crate::model::target::Environment;

#[derive(Debug, Args)]
pub struct DeployArgs {
    /// Scenario folder; with --rollback, the scenario's name.
    pub scenario: PathBuf,
    /// Into the target's test environment: nothing entered there is credited.
    #[arg(long)]
    pub test: bool,
    /// Back to the version before.
    #[arg(long)]
    pub rollback: bool,
}

/// # Errors
/// [`Stop`] with what to say.
pub async fn run(args: &DeployArgs, desk: &Desk) -> Result<Exit, Stop> {
    let environment = if args.test { Environment::Test } else { Environment::Live };
    if args.rollback {
        let name = args.scenario.to_string_lossy();
        let scenario = ScenarioName::new(name.trim_end_matches('/').rsplit('/').next().unwrap_or(&name))
            .map_err(|why| Stop::new(Exit::Usage, message!("cli.deploy.no-name", why = why)))?;
        let answer = desk.client.rollback(&Rollback { scenario, environment }).await?;
        let said = message!("cli.deploy.rolled-back", scenario = answer.scenario, version = answer.version);
        println!("{}", desk.say(&said));
        return Ok(Exit::Ok);
    }
    if let Err(broken) = format::load_folder(&args.scenario) {
        eprint!("{}", broken.render(desk.lang));
        return Ok(Exit::Invalid);
    }
    let folder = args
        .scenario
        .canonicalize()
        .map_err(|error| Stop::new(Exit::Usage, message!("cli.deploy.no-folder", why = error.kind())))?;
    let answer = desk.client.deploy(&Deploy { folder: folder.display().to_string(), environment }).await?;
    let said = if answer.unchanged {
        message!("cli.deploy.unchanged", scenario = answer.scenario, version = answer.version)
    } else {
        message!("cli.deploy.deployed", scenario = answer.scenario, version = answer.version)
    };
    println!("{}", desk.say(&said));
    if answer.resumed > 0 {
        println!("{}", desk.say(&message!("cli.deploy.resumed", count = answer.resumed)));
    }
    Ok(Exit::Ok)
}
