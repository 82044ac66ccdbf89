//! What to do next with a document, and doing it.
//!
//! `decide` is pure: a document, its scenario and now give the next action. The other files perform: `intake` a file
//! becomes documents · `read` a page becomes values · `duplicate` the same case again · `enter` values become a record
//! of the target, once · `kept` what is kept of that · `probe` what became of an unknown outcome · `person` what people may do · `scan` the file that a target gets · `scenario` what happens to a scenario
//! as a whole · `canary` looking its pages over before the batch · `trace` what was done in the browser · `trial` what came of trying a version · `values` the document's own data · `boundary` the named points between which a crash may fall.

pub mod boundary;
pub mod canary;
pub mod decide;
pub mod duplicate;
pub mod enter;
pub mod intake;
pub mod kept;
pub mod person;
pub mod probe;
pub mod read;
pub mod scan;
pub mod scenario;
pub mod trace;
pub mod trial;
pub mod values;

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::entering::no_pages::NoPages;
use crate::model::document::event::DocumentEvent;
use crate::model::document::stage::Document;
use crate::model::id::Who;
use crate::model::journal::{Event, Stream};
use crate::model::message::Message;
use crate::model::scenario::Scenario;
use crate::model::target::Site;
use crate::model::time::Instant;
use crate::ports::browser::{BrowserError, Browsers, Session};
use crate::ports::clock::{Clock, Entropy};
use crate::ports::http::HttpSites;
use crate::ports::library::{Deployed, Library};
use crate::ports::reader::Reader;
use crate::ports::secrets::Secrets;
use crate::ports::store::{Append, Store, StoreError};
use crate::ports::vault::{Vault, VaultError};
use boundary::Watch;

/// The parts of the world that work on documents needs.
#[derive(Clone)]
pub struct Engine {
    pub store: Arc<dyn Store>,
    pub vault: Arc<dyn Vault>,
    pub reader: Arc<dyn Reader>,
    pub browsers: Arc<dyn Browsers>,
    pub http: Arc<dyn HttpSites>,
    pub secrets: Arc<dyn Secrets>,
    pub library: Arc<dyn Library>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Told of every boundary that a crash may fall on.
    pub watch: Arc<dyn Watch>,
    /// One duplicate check at a time: two documents of the same case must not both find nothing.
    pub duplicates: Arc<Mutex<()>>,
    /// One review is taken over at a time: two must not write the same document's values.
    pub reviews: Arc<Mutex<()>>,
}

/// Why an action could not be performed at all. What happened *to the document* is an event, not an error.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("{0}")]
    Refused(Message),
}

impl EngineError {
    /// Another writer was faster: load the document again and decide again.
    pub fn is_conflict(&self) -> bool {
        matches!(self, EngineError::Store(StoreError::Conflict { .. }))
    }
}

impl Engine {
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Appends events to a document that stands as the caller saw it.
    async fn append(&self, document: &Document, who: Who, events: Vec<DocumentEvent>) -> Result<Document, EngineError> {
        let append = Append {
            stream: Stream::Document(document.id),
            expected_version: document.version,
            who,
            at: self.now(),
            events: events.into_iter().map(Event::Document).collect(),
        };
        let committed = self.store.append(append).await?;
        Ok(committed.document.expect("a committed document stream folds to a document"))
    }

    fn deployed(&self, document: &Document) -> Result<Arc<Deployed>, EngineError> {
        self.library.version(&document.scenario, document.scenario_version).map_err(EngineError::Refused)
    }

    /// A fresh session for a scenario; without a browser if it needs none.
    async fn session(&self, scenario: &Scenario, site: &Site) -> Result<Box<dyn Session>, BrowserError> {
        if scenario.uses_pages() { self.browsers.for_site(site).session().await } else { Ok(Box::new(NoPages)) }
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}
