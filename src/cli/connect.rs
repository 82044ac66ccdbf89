//! One way to the office: through the socket if a daemon answers, else by opening the store in this process. The verbs
//! cannot tell which.

use std::path::Path;
use std::sync::Arc;

use super::exit::Exit;
use crate::api::client::{Client, Socket};
use crate::api::types::{Refusal, RefusalKind};
use crate::daemon::config::Config;
use crate::daemon::office::Office;
use crate::daemon::open::{self, OpenError};
use crate::daemon::serve::{InProcess, user_name};
use crate::locale::Lang;
use crate::model::id::Who;
use crate::model::message::Message;

/// What a verb works with.
pub struct Desk {
    pub client: Client,
    pub config: Config,
    pub lang: Lang,
    /// The opened installation, if no daemon runs.
    pub own: Option<Office>,
}

/// A verb that ends early: what to say and the exit code.
#[derive(Debug)]
pub struct Stop {
    pub message: Message,
    pub exit: Exit,
}

impl Stop {
    pub fn new(exit: Exit, message: Message) -> Self {
        Self { message, exit }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        let exit = match refusal.kind {
            RefusalKind::Broken => Exit::Store,
            RefusalKind::NotFound | RefusalKind::Conflict | RefusalKind::Refused => Exit::RunFailed,
        };
        Self { message: refusal.message, exit }
    }
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Self {
        Self { exit: Exit::Store, message: error.message() }
    }
}

impl Desk {
    /// # Errors
    /// If the configuration is wrong, or neither a daemon answers nor the store can be opened.
    pub async fn open(config: Option<&Path>, lang: Lang) -> Result<Self, Stop> {
        Self::open_configured(configuration(config)?, lang).await
    }

    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_configured(config: Config, lang: Lang) -> Result<Self, Stop> {
        if let Some(client) = daemon(&config).await {
            return Ok(Self { client, config, lang, own: None });
        }
        let office = open::open(&config, Arc::new(crate::engine::boundary::LogWatch)).await?;
        let client = Client::new(InProcess::new(office.clone(), me()));
        Ok(Self { client, config, lang, own: Some(office) })
    }

    pub fn say(&self, message: &Message) -> String {
        self.lang.render(message)
    }
}

/// # Errors
/// If the file cannot be read or is wrong.
pub fn configuration(named: Option<&Path>) -> Result<Config, Stop> {
    Config::load(named, |name| std::env::var(name).ok()).map_err(|message| Stop::new(Exit::Usage, message))
}

/// A client of the running daemon, if one answers.
pub async fn daemon(config: &Config) -> Option<Client> {
    let client = Client::new(Socket::new(&config.socket).ok()?);
    client.health().await.ok().map(|_| client)
}

/// The person at this process.
pub fn me() -> Who {
    Who::Person(user_name(nix::unistd::Uid::effective().as_raw()))
}
