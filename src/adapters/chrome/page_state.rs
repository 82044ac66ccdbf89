//! What a page's events say, kept in order as they come: which document stands, whether its process lives, which
//! native dialogs opened, what scripts wait for. Dialogs are answered from here, because every call waits as long as one is open.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headless_chrome::protocol::cdp::{Browser, Emulation, Network, Page, Runtime};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, Listener};
use super::download::Coming;
use super::gate::GateWatch;
use super::sockets::Sockets;
use crate::model::step::DialogAnswer;
use crate::model::value::Personal;
use crate::ports::browser::{BrowserError, Happening, WindowNumber};

#[derive(Debug, Clone, Default)]
pub struct PageState {
    /// Counts the main frame's documents: a new number is a new document.
    pub document: u64,
    /// The navigation that the newest document came of.
    pub loader: String,
    /// The newest document is the browser's own page about an address that did not answer.
    pub unreachable: bool,
    pub dead: bool,
    /// Counts what has started beside the page.
    joined: u64,
    /// What scripts have asked for since this document began, and have not got.
    asking: HashSet<String>,
    /// When scripts last asked or got something; `None`: they asked nothing yet.
    asked: Option<Instant>,
    /// What unexpected dialogs said.
    dialogs: Vec<Personal>,
    /// What happened since somebody last asked.
    happenings: Vec<Happening>,
    /// How dialogs are to be answered.
    answer: Option<DialogAnswer>,
    /// The file that a step expects.
    coming: Coming,
}

/// What starts in a page's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Window,
    Worker,
}

pub struct PageWatch {
    connection: Arc<Connection>,
    session: String,
    /// It has the id of its target.
    main_frame: String,
    /// `None`: it is a worker.
    window: Option<WindowNumber>,
    state: watch::Sender<PageState>,
    gate: Arc<GateWatch>,
    sockets: Sockets,
    /// What runs in the page's context beside it: windows, and workers that outlive their page.
    beside: Mutex<Vec<Arc<PageWatch>>>,
}

impl PageWatch {
    /// For a context's main window.
    pub fn main(connection: Arc<Connection>, session: String, target: String, gate: Arc<GateWatch>) -> Arc<Self> {
        Self::new(connection, session, target, Some(WindowNumber::default()), gate)
    }

    fn new(
        connection: Arc<Connection>,
        session: String,
        target: String,
        window: Option<WindowNumber>,
        gate: Arc<GateWatch>,
    ) -> Arc<Self> {
        let state = watch::Sender::new(PageState::default());
        Arc::new(Self {
            connection,
            session,
            main_frame: target,
            window,
            state,
            gate,
            sockets: Sockets::default(),
            beside: Mutex::default(),
        })
    }

    pub fn number(&self) -> WindowNumber {
        self.window.unwrap_or_default()
    }

    pub fn session(&self) -> &str {
        &self.session
    }

    pub fn main_frame(&self) -> &str {
        &self.main_frame
    }

    /// Whether this target is the page itself.
    pub fn is(&self, target: &str) -> bool {
        self.main_frame == target
    }

    /// Something else has started in the page's context and is held until it stands behind the page's gate, too.
    pub fn joined(&self, session: String, target: String, kind: Kind) {
        let connection = Arc::clone(&self.connection);
        let window = (kind == Kind::Window).then(|| WindowNumber(self.now().joined + 1));
        let joined = Self::new(Arc::clone(&connection), session.clone(), target, window, Arc::clone(&self.gate));
        joined.answer_dialogs(self.state.borrow().answer);
        let listener: Arc<dyn Listener> = Arc::clone(&joined) as Arc<dyn Listener>;
        connection.listen(&session, &listener);
        self.beside().push(Arc::clone(&joined));
        self.state.send_modify(|state| state.joined += 1);
        tokio::spawn(async move {
            // Without the gate it is never let go.
            if let Err(error) = joined.gate.stand_before(&session).await {
                tracing::warn!(%error, "what a page opened has no gate and stays held");
                return;
            }
            // For its dialogs and documents; a worker has none. While it is held it may not answer, so nobody waits for that.
            let enable = Page::Enable { enable_file_chooser_opened_event: None };
            let focus = Emulation::SetFocusEmulationEnabled { enabled: true };
            let tell = tell_requests();
            let _ = tokio::join!(
                connection.call(Some(&session), &enable),
                connection.call(Some(&session), &tell),
                connection.call(Some(&session), &focus),
                release(&connection, &session)
            );
        });
    }

    /// What ran in this session is gone.
    pub fn left(&self, session: &str) {
        let mut beside = self.beside();
        for gone in beside.extract_if(.., |own| own.session == session) {
            gone.mark_closed();
            let (said, happened) = (gone.take_dialogs(), gone.take_happenings());
            self.state.send_modify(|state| {
                state.dialogs.extend(said);
                state.happenings.extend(happened);
            });
        }
    }

    /// Of the windows that pages opened and that still stand, the last one.
    pub fn newest_window(&self) -> Option<Arc<Self>> {
        let beside = self.beside();
        beside.iter().rfind(|own| own.window.is_some() && !own.now().dead).cloned()
    }

    /// The same, once there is one.
    pub async fn window_opened(&self) -> Arc<Self> {
        let mut changes = self.state.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(newest) = self.newest_window() {
                return newest;
            }
            // An error would mean that the sender is gone, and `self` holds it.
            let _ = changes.changed().await;
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

    /// It can never answer again.
    pub fn mark_closed(&self) {
        self.state.send_modify(|state| state.dead = true);
    }

    fn frame_navigated(&self, params: &Value) {
        let frame = &params["frame"];
        if frame["id"].as_str() == Some(&self.main_frame) {
            let unreachable = frame["unreachableUrl"].is_string();
            self.state.send_modify(|state| {
                state.document += 1;
                state.unreachable = unreachable;
                frame["loaderId"].as_str().unwrap_or_default().clone_into(&mut state.loader);
                state.asking.clear();
                state.asked = None;
            });
        }
    }

    fn asks(&self, params: &Value) {
        if let (Some("XHR" | "Fetch"), Some(id)) = (params["type"].as_str(), params["requestId"].as_str()) {
            self.state.send_modify(|state| {
                state.asking.insert(id.to_owned());
                state.asked = Some(Instant::now());
            });
        }
    }

    fn got(&self, params: &Value) {
        let Some(id) = params["requestId"].as_str() else { return };
        self.state.send_if_modified(|state| {
            let asked = state.asking.remove(id);
            if asked {
                state.asked = Some(Instant::now());
            }
            asked
        });
    }

    /// Returns when scripts wait for nothing and have not for a moment, or time is up. A page whose scripts ask nothing
    /// is not waited for.
    pub async fn quiet(&self, until: Instant) {
        /// As long as a page may take between an answer and its next question.
        const MOMENT: Duration = Duration::from_millis(400);
        let mut changes = self.state.subscribe();
        let begun = Instant::now();
        loop {
            let rest = {
                let state = changes.borrow_and_update();
                match state.asked {
                    None => return,
                    Some(_) if !state.asking.is_empty() => until,
                    Some(last) => (last.max(begun) + MOMENT).min(until),
                }
            };
            if timeout_at(rest, changes.changed()).await.is_err() {
                return;
            }
        }
    }

    /// The next file that this page offers is expected.
    pub fn expect_file(&self, most_bytes: u64) {
        self.state.send_modify(|state| state.coming = Coming::Expected { most_bytes });
    }

    /// How far the expected file has come when it has ended, or time is up.
    pub async fn file(&self, until: Instant) -> Coming {
        let mut changes = self.state.subscribe();
        let ended = changes.wait_for(|state| state.dead || state.coming.has_ended());
        let _ = timeout_at(until, ended).await;
        let mut coming = Coming::default();
        self.state.send_modify(|state| coming = std::mem::take(&mut state.coming));
        coming
    }

    fn file_begins(&self, params: &Value) {
        let mut expected = false;
        self.state.send_modify(|state| expected = state.coming.begins(params));
        if !expected {
            self.happened(Happening::DownloadRefused);
        }
    }

    fn file_goes_on(&self, params: &Value) {
        let mut too_large = None;
        self.state.send_modify(|state| too_large = state.coming.goes_on(params));
        let Some(guid) = too_large else { return };
        let connection = Arc::clone(&self.connection);
        tokio::spawn(async move {
            let cancel = Browser::CancelDownload { guid, browser_context_id: None };
            if let Err(error) = connection.call(None, &cancel).await {
                tracing::debug!(%error, "a file that is too large was whole before it was given up");
            }
        });
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
            "Network.requestWillBeSent" => self.asks(params),
            "Network.webSocketCreated" => self.sockets.opened(params),
            "Network.webSocketClosed" => self.sockets.closed(params),
            "Network.webSocketFrameSent" => self.gate.sent_over_socket(&self.sockets.path(params)),
            "Network.loadingFinished" | "Network.loadingFailed" => self.got(params),
            "Page.frameNavigated" => self.frame_navigated(params),
            "Page.javascriptDialogOpening" => self.answer_dialog(params),
            "Page.downloadWillBegin" => self.file_begins(params),
            "Page.downloadProgress" => self.file_goes_on(params),
            "Inspector.targetCrashed" | "Inspector.detached" => self.mark_closed(),
            _ => {}
        }
    }

    fn closed(&self) {
        self.mark_closed();
    }
}

/// Has the browser tell what scripts ask for, and keep none of it.
pub fn tell_requests() -> Network::Enable {
    Network::Enable {
        max_total_buffer_size: Some(0),
        max_resource_buffer_size: Some(0),
        max_post_data_size: Some(0),
        report_direct_socket_traffic: None,
        enable_durable_messages: None,
    }
}

/// Lets go what the browser holds at its start.
pub async fn release(connection: &Connection, session: &str) {
    if let Err(error) = connection.call(Some(session), &Runtime::RunIfWaitingForDebugger(None)).await {
        tracing::debug!(%error, "what was held at its start is gone");
    }
}
