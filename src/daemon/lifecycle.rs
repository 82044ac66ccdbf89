//! Starting and stopping. A first SIGTERM or SIGINT ends the giving out of work and waits for workers; a second, or
//! the patience running out, cuts them off, which leaves their documents as a crash would: recovered at the next start.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::Config;
use super::dispatch::{Dispatcher, Until};
use super::office::Office;
use super::open::{self, OpenError};
use super::{serve, triggers};
use crate::engine::EngineError;
use crate::engine::boundary::Watch;
use crate::message;
use crate::model::message::Message;

/// How long workers may take to finish after the first signal; longer than a usual document, shorter than systemd's
/// own patience (90 s).
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the daemon ended otherwise than by a signal.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the socket cannot be made: {0}")]
    Socket(std::io::Error),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl DaemonError {
    pub fn message(&self) -> Message {
        match self {
            DaemonError::Open(error) => error.message(),
            DaemonError::Socket(error) => message!("daemon.no-socket", why = error.kind()),
            DaemonError::Engine(error) => message!("daemon.ended", why = error),
        }
    }
}

/// The two stages of stopping.
#[derive(Debug, Clone, Default)]
pub struct Stopping {
    pub soft: CancellationToken,
    pub hard: CancellationToken,
}

impl Stopping {
    /// Stops on SIGTERM and SIGINT; a second signal makes it hard, and so does `PATIENCE`.
    ///
    /// # Errors
    /// If the signals cannot be listened to.
    pub fn on_signals() -> std::io::Result<Self> {
        let stopping = Self::default();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let told = stopping.clone();
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            tracing::info!("stopping: workers finish what they hold");
            told.soft.cancel();
            tokio::select! {
                _ = terminate.recv() => {},
                _ = interrupt.recv() => {},
                () = tokio::time::sleep(PATIENCE) => {},
            }
            tracing::warn!("stopping at once");
            told.hard.cancel();
        });
        Ok(stopping)
    }
}

/// Runs until told to stop.
///
/// # Errors
/// If the installation cannot be opened, or its store breaks on the way.
pub async fn run(config: &Config, watch: Arc<dyn Watch>, stopping: Stopping) -> Result<(), DaemonError> {
    let office = open::open(config, watch).await?;
    let remembered = office.engine.remember_forgotten().await?;
    tracing::info!(remembered, "opened");
    let tasks = TaskTracker::new();
    let listener = serve::listen(&config.socket).map_err(DaemonError::Socket)?;
    tasks.spawn(serve_until(listener, office.clone(), stopping.soft.clone()));
    tasks.spawn(triggers::watch_folders(office.clone(), config.inbox.clone(), stopping.soft.clone()));
    tasks.spawn(triggers::keep_schedules(office.clone(), stopping.soft.clone()));
    notify_systemd();
    let dispatcher = Dispatcher::new(office, config.readers, Until::Stopped);
    let ended = dispatcher.run(stopping.soft.clone(), stopping.hard.clone()).await;
    stopping.soft.cancel();
    tasks.close();
    tasks.wait().await;
    let _ = std::fs::remove_file(&config.socket);
    tracing::info!("stopped");
    Ok(ended?)
}

async fn serve_until(listener: tokio::net::UnixListener, office: Office, stop: CancellationToken) {
    let service = serve::router(office).into_make_service_with_connect_info::<serve::Peer>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the socket ended");
    }
}

/// `Type=notify`: the service counts as started when the store is open and the socket answers.
fn notify_systemd() {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let sent = std::os::unix::net::UnixDatagram::unbound().and_then(|socket| socket.send_to(b"READY=1", path));
    if let Err(error) = sent {
        tracing::warn!(%error, "systemd was not told");
    }
}
