//! Watching a person: a browser with a window (or without, driven from elsewhere), one page, nothing held back. What the
//! page's watcher, its requests and its dialogs tell comes out in order.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headless_chrome::protocol::cdp::{Inspector, Network, Page, Runtime, Target};
use serde_json::Value;
use tokio::sync::mpsc;

use super::connection::{Connection, Listener};
use super::launch::{self, Launched};
use super::{ChromeSettings, ChromeWindow};
use crate::entering::record::{Happened, WATCHER};
use crate::model::target::only_reads;
use crate::ports::browser::BrowserError;

/// The watcher's world: the page's scripts neither see nor change it.
const WORLD: &str = "jitan-record";
/// What the watcher calls.
const BINDING: &str = "jitanSeen";

/// A browser in which a person is watched. It ends when this is dropped.
pub struct Watched {
    happened: mpsc::UnboundedReceiver<Happened>,
    process: Arc<Launched>,
    /// Held for as long as its page is listened to.
    _listener: Arc<dyn Listener>,
    _connection: Arc<Connection>,
}

impl Watched {
    /// Opens a page and watches it and whatever follows in its place.
    ///
    /// # Errors
    /// If no browser starts, or the address does not answer.
    pub async fn open(
        path: Option<PathBuf>,
        window: ChromeWindow,
        root: bool,
        url: &str,
    ) -> Result<Self, BrowserError> {
        let settings = ChromeSettings { path, allow_no_sandbox: root, hosts: Vec::new(), window };
        let process = Arc::new(launch::launch(&settings).await?);
        let connection = Connection::open(&process.ws_url).await?;
        let target_id = first_page(&connection).await?;
        let attach = Target::AttachToTarget { target_id: target_id.clone(), flatten: Some(true) };
        let session = connection.call(None, &attach).await?.session_id;
        let (told, happened) = mpsc::unbounded_channel();
        let listener: Arc<dyn Listener> = Arc::new(Ear { main_frame: target_id, told: Mutex::new(Some(told)) });
        connection.listen(&session, &listener);
        watch(&connection, &session).await?;
        let go = Page::Navigate {
            url: url.to_owned(),
            referrer: None,
            transition_Type: None,
            frame_id: None,
            referrer_policy: None,
        };
        if let Some(code) = connection.call(Some(&session), &go).await?.error_text {
            return Err(BrowserError::Unreachable { code });
        }
        Ok(Self { happened, process, _listener: listener, _connection: connection })
    }

    /// The next thing that happens; `None` once the window is closed.
    pub async fn next(&mut self) -> Option<Happened> {
        self.happened.recv().await
    }

    /// Where the browser can be driven from elsewhere.
    pub fn address(&self) -> &str {
        &self.process.ws_url
    }
}

/// The page that the browser has shown since its start.
async fn first_page(connection: &Connection) -> Result<String, BrowserError> {
    let targets = connection.call(None, &Target::GetTargets { filter: None }).await?.target_infos;
    let page = targets.into_iter().find(|target| target.Type == "page");
    if let Some(page) = page {
        return Ok(page.target_id);
    }
    let blank = Target::CreateTarget {
        url: "about:blank".to_owned(),
        left: None,
        top: None,
        width: None,
        height: None,
        window_state: None,
        browser_context_id: None,
        enable_begin_frame_control: None,
        new_window: None,
        background: None,
        for_tab: None,
        hidden: None,
    };
    Ok(connection.call(None, &blank).await?.target_id)
}

async fn watch(connection: &Connection, session: &str) -> Result<(), BrowserError> {
    let session = Some(session);
    let enable = Page::Enable { enable_file_chooser_opened_event: None };
    let network = Network::Enable {
        max_total_buffer_size: None,
        max_resource_buffer_size: None,
        // What is sent stays in the browser.
        max_post_data_size: Some(0),
        report_direct_socket_traffic: None,
        enable_durable_messages: None,
    };
    let binding = Runtime::AddBinding {
        name: BINDING.to_owned(),
        execution_context_id: None,
        execution_context_name: Some(WORLD.to_owned()),
    };
    let watcher = Page::AddScriptToEvaluateOnNewDocument {
        source: WATCHER.to_owned(),
        world_name: Some(WORLD.to_owned()),
        include_command_line_api: None,
        run_immediately: None,
    };
    connection.call(session, &enable).await?;
    connection.call(session, &Inspector::Enable(None)).await?;
    connection.call(session, &Runtime::Enable(None)).await?;
    connection.call(session, &network).await?;
    connection.call(session, &binding).await?;
    connection.call(session, &watcher).await.map(|_| ())
}

/// Hears the page's session.
struct Ear {
    main_frame: String,
    /// `None` once the window is closed.
    told: Mutex<Option<mpsc::UnboundedSender<Happened>>>,
}

impl Ear {
    fn tell(&self, happened: Happened) {
        if let Some(told) = &*self.told() {
            // Nobody listens any more when the recording is over.
            let _ = told.send(happened);
        }
    }

    fn told(&self) -> MutexGuard<'_, Option<mpsc::UnboundedSender<Happened>>> {
        // Nothing under this lock can panic half-way through a change.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self, params: &Value) {
        let payload = params["payload"].as_str().unwrap_or_default();
        match serde_json::from_str(payload) {
            Ok(seen) => self.tell(Happened::Seen(seen)),
            Err(error) => tracing::warn!(kind = ?error.classify(), "the watcher's word is not understood"),
        }
    }

    fn request(&self, request: &Value) {
        let method = request["method"].as_str().unwrap_or_default();
        if only_reads(method) {
            return;
        }
        let url = url::Url::parse(request["url"].as_str().unwrap_or_default());
        let path = url.map(|url| url.path().to_owned()).unwrap_or_default();
        self.tell(Happened::Wrote { method: method.to_owned(), path });
    }
}

impl Listener for Ear {
    fn event(&self, method: &str, params: &Value) {
        match method {
            "Runtime.bindingCalled" if params["name"] == BINDING => self.seen(params),
            "Network.requestWillBeSent" => self.request(&params["request"]),
            "Page.frameRequestedNavigation" if params["frameId"] == *self.main_frame => self.tell(Happened::Led),
            "Page.javascriptDialogClosed" => {
                self.tell(Happened::Dialog { accepted: params["result"].as_bool().unwrap_or_default() });
            }
            "Page.windowOpen" => self.tell(Happened::Window),
            "Inspector.detached" | "Inspector.targetCrashed" => self.closed(),
            _ => {}
        }
    }

    fn closed(&self) {
        *self.told() = None;
    }
}
