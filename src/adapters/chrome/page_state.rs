//! What a page's events say, kept in order as they come: which document stands, whether its process lives, which
//! native dialogs opened. Dialogs are answered from here, because every call waits as long as one is open.

use std::sync::Arc;

use headless_chrome::protocol::cdp::Page;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, Listener};
use super::gate::GateWatch;
use crate::model::scenario::DialogAnswer;
use crate::model::value::Personal;
use crate::ports::browser::BrowserError;

#[derive(Debug, Clone, Default)]
pub struct PageState {
    /// Counts the main frame's documents: a new number is a new document.
    pub document: u64,
    /// The newest document is the browser's own page about an address that did not answer.
    pub unreachable: bool,
    pub dead: bool,
    /// What unexpected dialogs said.
    dialogs: Vec<Personal>,
    /// How dialogs are to be answered.
    answer: Option<DialogAnswer>,
}

pub struct PageWatch {
    connection: Arc<Connection>,
    session: String,
    main_frame: String,
    state: watch::Sender<PageState>,
    gate: Arc<GateWatch>,
}

impl PageWatch {
    pub fn new(connection: Arc<Connection>, session: String, main_frame: String, gate: Arc<GateWatch>) -> Arc<Self> {
        let state = watch::Sender::new(PageState::default());
        Arc::new(Self { connection, session, main_frame, state, gate })
    }

    pub fn now(&self) -> PageState {
        self.state.borrow().clone()
    }

    /// What unexpected dialogs said since this was last asked, if one opened.
    pub fn take_dialogs(&self) -> Option<Personal> {
        let mut taken = Vec::new();
        self.state.send_modify(|state| taken = std::mem::take(&mut state.dialogs));
        let said = taken.iter().map(Personal::expose).collect::<Vec<_>>().join("\n");
        (!taken.is_empty()).then(|| Personal::new(said))
    }

    pub fn answer_dialogs(&self, answer: Option<DialogAnswer>) {
        self.state.send_modify(|state| state.answer = answer);
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
        if planned.is_none() && !leaving {
            let said = Personal::new(params["message"].as_str().unwrap_or_default());
            self.state.send_modify(|state| state.dialogs.push(said));
        }
        let accept = planned.map_or(leaving, |answer| answer == DialogAnswer::Accept);
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
            "Fetch.requestPaused" => self.gate.paused(params),
            "Page.frameNavigated" => self.frame_navigated(params),
            "Page.javascriptDialogOpening" => self.answer_dialog(params),
            "Inspector.targetCrashed" | "Inspector.detached" => self.closed(),
            _ => {}
        }
    }

    fn closed(&self) {
        self.state.send_modify(|state| state.dead = true);
    }
}
