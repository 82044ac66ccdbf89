//! What a page's events say, kept in order as they come: which document stands, whether its process lives, which
//! native dialogs opened. Dialogs are answered from here, because every call waits as long as one is open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headless_chrome::protocol::cdp::{Page, Runtime};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, Listener};
use super::gate::GateWatch;
use crate::model::scenario::DialogAnswer;
use crate::model::value::Personal;
use crate::ports::browser::{BrowserError, Happening};

#[derive(Debug, Clone, Default)]
pub struct PageState {
    /// Counts the main frame's documents: a new number is a new document.
    pub document: u64,
    /// The newest document is the browser's own page about an address that did not answer.
    pub unreachable: bool,
    pub dead: bool,
    /// What unexpected dialogs said.
    dialogs: Vec<Personal>,
    /// What happened since somebody last asked.
    happenings: Vec<Happening>,
    /// How dialogs are to be answered.
    answer: Option<DialogAnswer>,
}

pub struct PageWatch {
    connection: Arc<Connection>,
    session: String,
    main_frame: String,
    state: watch::Sender<PageState>,
    gate: Arc<GateWatch>,
    /// What runs in the page's context beside it: windows, and workers that outlive their page.
    beside: Mutex<Vec<Arc<PageWatch>>>,
}

impl PageWatch {
    pub fn new(connection: Arc<Connection>, session: String, main_frame: String, gate: Arc<GateWatch>) -> Arc<Self> {
        let state = watch::Sender::new(PageState::default());
        Arc::new(Self { connection, session, main_frame, state, gate, beside: Mutex::default() })
    }

    /// Whether this target is the page itself.
    pub fn is(&self, target: &str) -> bool {
        self.main_frame == target
    }

    /// Something else has started in the page's context and is held until it stands behind the page's gate, too.
    pub fn joined(&self, session: String, target: String) {
        let connection = Arc::clone(&self.connection);
        let joined = Self::new(Arc::clone(&connection), session.clone(), target, Arc::clone(&self.gate));
        joined.answer_dialogs(self.state.borrow().answer);
        let listener: Arc<dyn Listener> = Arc::clone(&joined) as Arc<dyn Listener>;
        connection.listen(&session, &listener);
        self.beside().push(Arc::clone(&joined));
        tokio::spawn(async move {
            // Without the gate it is never let go.
            if let Err(error) = joined.gate.stand_before(&session).await {
                tracing::warn!(%error, "what a page opened has no gate and stays held");
                return;
            }
            // For its dialogs; a worker has none. While it is held it may not answer, so nobody waits for that.
            let enable = Page::Enable { enable_file_chooser_opened_event: None };
            let _ = tokio::join!(connection.call(Some(&session), &enable), release(&connection, &session));
        });
    }

    /// What ran in this session is gone.
    pub fn left(&self, session: &str) {
        let mut beside = self.beside();
        for gone in beside.extract_if(.., |own| own.session == session) {
            let (said, happened) = (gone.take_dialogs(), gone.take_happenings());
            self.state.send_modify(|state| {
                state.dialogs.extend(said);
                state.happenings.extend(happened);
            });
        }
    }

    fn beside(&self) -> MutexGuard<'_, Vec<Arc<PageWatch>>> {
        // Nothing under this lock can panic half-way through a change.
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> PageState {
        self.state.borrow().clone()
    }

    /// What unexpected dialogs said since this was last asked, if one opened.
    pub fn take_dialogs(&self) -> Option<Personal> {
        let mut taken = Vec::new();
        self.state.send_modify(|state| taken = std::mem::take(&mut state.dialogs));
        taken.extend(self.beside().iter().filter_map(|own| own.take_dialogs()));
        let said = taken.iter().map(Personal::expose).collect::<Vec<_>>().join("\n");
        (!taken.is_empty()).then(|| Personal::new(said))
    }

    /// What this page, and what runs beside it, did of its own since this was last asked.
    pub fn take_happenings(&self) -> Vec<Happening> {
        let mut taken = Vec::new();
        self.state.send_modify(|state| taken = std::mem::take(&mut state.happenings));
        taken.extend(self.beside().iter().flat_map(|own| own.take_happenings()));
        taken
    }

    fn happened(&self, happening: Happening) {
        /// A page must not fill the memory.
        const MOST: usize = 100;
        self.state.send_modify(|state| {
            if state.happenings.len() < MOST {
                state.happenings.push(happening);
            }
        });
    }

    pub fn answer_dialogs(&self, answer: Option<DialogAnswer>) {
        self.state.send_modify(|state| state.answer = answer);
        self.beside().iter().for_each(|own| own.answer_dialogs(answer));
    }

    /// Returns when the page can never answer again.
    pub async fn died(&self) {
        let mut changes = self.state.subscribe();
        // An error would mean that the sender is gone, and `self` holds it.
        let _ = changes.wait_for(|state| state.dead).await;
    }

    /// Returns when a document newer than number `before` stands.
    pub async fn document_after(&self, before: u64, until: Instant) -> Result<(), BrowserError> {
        let mut changes = self.state.subscribe();
        let newer = changes.wait_for(|state| state.dead || state.document > before);
        let state = timeout_at(until, newer).await.map_err(|_| BrowserError::TimedOut)?;
        match state.as_deref() {
            Ok(PageState { dead: false, unreachable: false, .. }) => Ok(()),
            Ok(PageState { dead: false, unreachable: true, .. }) => {
                Err(BrowserError::Unreachable { code: "net::ERR_FAILED".to_owned() })
            }
            _ => Err(BrowserError::Died),
        }
    }

    fn frame_navigated(&self, params: &Value) {
        let frame = &params["frame"];
        if frame["id"].as_str() == Some(&self.main_frame) {
            let unreachable = frame["unreachableUrl"].is_string();
            self.state.send_modify(|state| {
                state.document += 1;
                state.unreachable = unreachable;
            });
        }
    }

    /// As the step under way says. What no step provides for is dismissed and told; only the question whether to leave a
    /// page is then answered with yes, since a step led there.
    fn answer_dialog(&self, params: &Value) {
        let leaving = params["type"].as_str() == Some("beforeunload");
        let planned = self.state.borrow().answer;
        let said = Personal::new(params["message"].as_str().unwrap_or_default());
        if planned.is_none() && !leaving {
            self.state.send_modify(|state| state.dialogs.push(said.clone()));
        }
        let accept = planned.map_or(leaving, |answer| answer == DialogAnswer::Accept);
        let provided_for = planned.is_some() || leaving;
        self.happened(Happening::Dialog { said, accepted: accept, provided_for });
        let proposed = params["defaultPrompt"].as_str().filter(|_| accept).map(str::to_owned);
        let (connection, session) = (Arc::clone(&self.connection), self.session.clone());
        tokio::spawn(async move {
            let answer = Page::HandleJavaScriptDialog { accept, prompt_text: proposed };
            if let Err(error) = connection.call(Some(&session), &answer).await {
                tracing::debug!(%error, "a dialog was gone before it was answered");
            }
        });
    }
}

impl Listener for PageWatch {
    fn event(&self, method: &str, params: &Value) {
        match method {
            "Fetch.requestPaused" => self.gate.paused(&self.session, params),
            "Page.frameNavigated" => self.frame_navigated(params),
            "Page.javascriptDialogOpening" => self.answer_dialog(params),
            "Page.downloadWillBegin" => self.happened(Happening::DownloadRefused),
            "Inspector.targetCrashed" | "Inspector.detached" => self.closed(),
            _ => {}
        }
    }

    fn closed(&self) {
        self.state.send_modify(|state| state.dead = true);
    }
}

/// Lets go what the browser holds at its start.
pub async fn release(connection: &Connection, session: &str) {
    if let Err(error) = connection.call(Some(session), &Runtime::RunIfWaitingForDebugger(None)).await {
        tracing::debug!(%error, "what was held at its start is gone");
    }
}
