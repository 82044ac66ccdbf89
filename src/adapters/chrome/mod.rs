//! Chromium behind the browser port. headless_chrome starts and ends it and supplies the typed protocol; sessions run
//! over our own connection.

mod connection;
mod download;
mod gate;
mod home;
mod input;
mod joining;
mod launch;
mod page;
mod page_state;
pub mod pool;
pub mod record;
mod sockets;
mod window;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::adapters::http::SendOnce;
use crate::ports::browser::{Browser, BrowserError, NotStarted, Session};
use connection::Connection;
use joining::Joining;
use launch::Launched;
use page::ChromePage;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChromeSettings {
    /// The browser's file; `None`: found by its usual names on the search path.
    pub path: Option<PathBuf>,
    /// Runs as root without the sandbox. For containers and tests; it is logged loudly.
    pub allow_no_sandbox: bool,
    /// The only hosts it may reach (names or addresses); empty: any.
    pub hosts: Vec<String>,
    pub window: ChromeWindow,
}

/// Whether a person sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChromeWindow {
    #[default]
    Hidden,
    Shown,
}

/// After this many sessions the browser is replaced by a fresh one: headless_chrome keeps a thread for every page it
/// ever saw, and a browser grows with use.
const SESSIONS_PER_BROWSER: u32 = 200;

/// One supervised browser. It starts with the first session; a dead or worn one is replaced for the next session.
/// Sessions of the browser before go on until they end.
pub struct Chrome {
    settings: ChromeSettings,
    running: Mutex<Option<Running>>,
}

struct Running {
    process: Arc<Launched>,
    connection: Arc<Connection>,
    joining: Arc<Joining>,
    sender: Arc<SendOnce>,
    sessions: u32,
}

impl Chrome {
    pub fn new(settings: ChromeSettings) -> Self {
        Self { settings, running: Mutex::new(None) }
    }

    /// The file that would be started, for diagnosis.
    pub fn executable(settings: &ChromeSettings) -> Option<PathBuf> {
        launch::find(settings)
    }

    /// The running browser's process, if one runs.
    pub async fn process_id(&self) -> Option<u32> {
        self.running.lock().await.as_ref().and_then(|running| running.process.process_id)
    }

    async fn start(&self) -> Result<Running, BrowserError> {
        let not_started = |e: reqwest::Error| BrowserError::NotStarted { why: NotStarted::Failed(e.to_string()) };
        let sender = Arc::new(SendOnce::new(self.settings.hosts.clone()).map_err(not_started)?);
        let process = Arc::new(launch::launch(&self.settings).await?);
        let connection = Connection::open(&process.ws_url).await?;
        let joining = Joining::begin(Arc::clone(&connection)).await?;
        Ok(Running { process, connection, joining, sender, sessions: 0 })
    }
}

#[async_trait]
impl Browser for Chrome {
    async fn session(&self) -> Result<Box<dyn Session>, BrowserError> {
        let mut running = self.running.lock().await;
        if let Some(worn) = running.take_if(|r| r.connection.is_closed() || r.sessions >= SESSIONS_PER_BROWSER) {
            if worn.connection.is_closed() {
                tracing::warn!(sessions = worn.sessions, "the browser died; starting another");
            }
            // Ending a browser blocks; the last session that uses it may outlive this.
            tokio::task::spawn_blocking(move || drop(worn));
        }
        let current = match &mut *running {
            Some(current) => current,
            none => none.insert(self.start().await?),
        };
        current.sessions += 1;
        let (connection, process) = (Arc::clone(&current.connection), Arc::clone(&current.process));
        let (joining, sender) = (Arc::clone(&current.joining), Arc::clone(&current.sender));
        drop(running);
        Ok(Box::new(ChromePage::create(connection, joining, process, sender).await?))
    }
}
