//! `jitan daemon`: the program that runs every night.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::connect::{Stop, configuration, daemon};
use super::exit::Exit;
use crate::daemon::lifecycle::{self, DaemonError, Stopping};
use crate::engine::boundary::LogWatch;
use crate::message;

#[derive(Debug, Args)]
pub struct DaemonArgs {}

/// # Errors
/// [`Stop`] with what to say; exit 5 if another daemon runs or the store is broken.
pub async fn run(config: Option<&Path>) -> Result<Exit, Stop> {
    let config = configuration(config)?;
    if daemon(&config).await.is_some() {
        return Err(Stop::new(Exit::Store, message!("daemon.already-running", socket = config.socket.display())));
    }
    let stopping = Stopping::on_signals()
        .map_err(|error| Stop::new(Exit::RunFailed, message!("daemon.no-signals", why = error.kind())))?;
    lifecycle::run(&config, Arc::new(LogWatch), stopping).await.map_err(|error| {
        let exit = match error {
            DaemonError::Open(_) | DaemonError::Engine(_) => Exit::Store,
            DaemonError::Socket(_) => Exit::RunFailed,
        };
        Stop::new(exit, error.message())
    })?;
    Ok(Exit::Ok)
}
