//! One page in a browser context of its own, with the windows it opens, driven over our connection.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use headless_chrome::protocol::cdp::{Emulation, Inspector, Page, Target};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use super::connection::{CallError, Connection, Listener};
use super::download::behave;
use super::gate::{ChromeGate, GateWatch};
use super::input;
use super::joining::Joining;
use super::launch::Launched;
use super::page_state::{PageWatch, tell_requests};
use super::window::Window;
use crate::adapters::http::SendOnce;
use crate::model::step::{DialogAnswer, Window as WindowChoice};
use crate::model::target::{Reading, RequestPattern};
use crate::model::value::Personal;
use crate::ports::browser::{BrowserError, FileEnd, Gate, Happening, Picture, Ran, Session, WindowNumber};

/// Pages are laid out and pictured at this size, in CSS pixels: wide enough for an office system, and tall enough
/// that a completion page fits.
const VIEWPORT: (u32, u32) = (1280, 1024);

/// How long making a page may take on a busy machine.
const SET_UP: Duration = Duration::from_secs(30);

pub struct ChromePage {
    connection: Arc<Connection>,
    /// The context is closed with it.
    context: String,
    main: Window,
    /// The window that a page opened, while steps act in it.
    opened: Option<Window>,
    gate: Arc<GateWatch>,
    joining: Arc<Joining>,
    signed_in: bool,
    sender: Arc<SendOnce>,
    /// The browser lives at least as long as its pages.
    process: Option<Arc<Launched>>,
}

impl ChromePage {
    /// Makes a context with one blank page.
    pub async fn create(
        connection: Arc<Connection>,
        joining: Arc<Joining>,
        process: Arc<Launched>,
        sender: Arc<SendOnce>,
    ) -> Result<Self, BrowserError> {
        let made = timeout(SET_UP, Self::make(&connection, joining, process, sender))
            .await
            .map_err(|_| BrowserError::TimedOut)?;
        made.inspect_err(|error| tracing::warn!(%error, "no page could be made"))
    }

    async fn make(
        connection: &Arc<Connection>,
        joining: Arc<Joining>,
        process: Arc<Launched>,
        sender: Arc<SendOnce>,
    ) -> Result<Self, BrowserError> {
        let context = connection
            .call(
                None,
                &Target::CreateBrowserContext {
                    // If this process dies, its pages close with it.
                    dispose_on_detach: Some(true),
                    proxy_server: None,
                    proxy_bypass_list: None,
                    origins_with_universal_network_access: None,
                },
            )
            .await?
            .browser_context_id;
        let target_id = connection.call(None, &blank_page(&context)).await?.target_id;
        let attach = Target::AttachToTarget { target_id: target_id.clone(), flatten: Some(true) };
        let session = connection.call(None, &attach).await?.session_id;
        let gate = GateWatch::new(Arc::clone(connection));
        let watch = PageWatch::main(Arc::clone(connection), session.clone(), target_id, Arc::clone(&gate));
        let listener: Arc<dyn Listener> = Arc::clone(&watch) as Arc<dyn Listener>;
        connection.listen(&session, &listener);
        joining.add(&context, &watch);
        let page = Self {
            connection: Arc::clone(connection),
            context,
            main: Window::new(Arc::clone(connection), watch),
            opened: None,
            gate,
            joining,
            signed_in: false,
            sender,
            process: Some(process),
        };
        page.set_up().await?;
        Ok(page)
    }

    /// All at once: the browser works them off in order, and only one round trip is waited for.
    async fn set_up(&self) -> Result<(), BrowserError> {
        let session = Some(self.main.session());
        let enable = Page::Enable { enable_file_chooser_opened_event: None };
        let inspector = Inspector::Enable(None);
        // Windows in the background are drawn and timed like one in front.
        let focus = Emulation::SetFocusEmulationEnabled { enabled: true };
        let tell = tell_requests();
        let calls = tokio::try_join!(
            self.connection.call(session, &enable),
            self.connection.call(session, &inspector),
            self.connection.call(session, &focus),
            self.connection.call(session, &tell),
            behave(&self.connection, &self.context, None),
            self.gate.stand_before(self.main.session()),
        );
        calls.map(|_| ())
    }

    /// Where steps act now.
    fn front(&mut self) -> &mut Window {
        self.opened.as_mut().unwrap_or(&mut self.main)
    }

    fn front_session(&self) -> &str {
        self.opened.as_ref().unwrap_or(&self.main).session()
    }

    /// Whether the window that steps act in was opened by a page, and is closed.
    fn front_is_closed(&self) -> bool {
        self.opened.as_ref().is_some_and(|window| window.watch.now().dead)
    }

    /// As a person would before beginning anew.
    async fn close_opened_windows(&self, until: Instant) {
        while let Some(window) = self.main.watch.newest_window() {
            window.mark_closed();
            let close = Target::CloseTarget { target_id: window.main_frame().to_owned() };
            if !matches!(timeout_at(until, self.connection.call(None, &close)).await, Ok(Ok(_))) {
                tracing::debug!("a window that a page opened was gone before it was closed");
            }
        }
    }

    /// An error if the page was about to send something undeclared, whatever came of it otherwise.
    fn undeclared(&self) -> Result<(), BrowserError> {
        self.gate.take_undeclared().map_or(Ok(()), |request| Err(BrowserError::UndeclaredWrite { request }))
    }
}

fn blank_page(context: &str) -> Target::CreateTarget {
    Target::CreateTarget {
        url: "about:blank".to_owned(),
        left: None,
        top: None,
        width: Some(VIEWPORT.0),
        height: Some(VIEWPORT.1),
        window_state: None,
        browser_context_id: Some(context.to_owned()),
        enable_begin_frame_control: None,
        new_window: None,
        background: None,
        for_tab: None,
        hidden: None,
    }
}

/// What the browser says of a call whose document was replaced meanwhile.
fn page_left(error: &CallError) -> bool {
    ["context was destroyed", "Cannot find context", "navigated or closed", "was collected"]
        .iter()
        .any(|words| error.message.contains(words))
}

/// The value a program returned. A program that throws has a fault: its message is ours, but may quote the page, so
/// only the kind of error and its place are passed on.
fn returned(result: &Value) -> Result<Value, BrowserError> {
    if let Some(thrown) = result.get("exceptionDetails") {
        let kind = thrown.pointer("/exception/className").and_then(Value::as_str).unwrap_or("?");
        let line = thrown.get("lineNumber").and_then(Value::as_i64).unwrap_or(-1);
        return Err(BrowserError::Refused { what: format!("program: {kind} at line {line}") });
    }
    Ok(result.pointer("/result/value").cloned().unwrap_or(Value::Null))
}

#[async_trait]
impl Session for ChromePage {
    async fn turn_to(&mut self, window: WindowChoice, limit: Duration) -> Option<WindowNumber> {
        if window == WindowChoice::Main {
            self.opened = None;
            return Some(WindowNumber::default());
        }
        let newest = timeout(limit, self.main.watch.window_opened()).await.ok()?;
        let number = newest.number();
        if self.opened.as_ref().is_none_or(|window| window.watch.number() != number) {
            self.opened = Some(Window::new(Arc::clone(&self.connection), newest));
        }
        Some(number)
    }

    async fn open(&mut self, url: &str, limit: Duration) -> Result<(), BrowserError> {
        let until = Instant::now() + limit;
        if self.opened.is_none() {
            self.close_opened_windows(until).await;
        }
        self.front().navigate(url, until).await
    }

    async fn run(
        &mut self,
        program: &'static str,
        request: &Value,
        limit: Duration,
        handed_over: &(dyn Fn() + Send + Sync),
    ) -> Result<Ran, BrowserError> {
        let until = Instant::now() + limit;
        self.undeclared()?;
        let started = match timeout_at(until, self.front().call_program(program, request)).await {
            Err(_) => return Err(BrowserError::TimedOut),
            Ok(Err(_)) if self.front_is_closed() => None,
            Ok(Err(BrowserError::Refused { what })) if page_left(&CallError { message: what.clone() }) => None,
            Ok(started) => Some(started?),
        };
        let answer = match started {
            None => None,
            Some(pending) => {
                handed_over();
                match timeout_at(until, self.front().reply(pending)).await.map_err(|_| BrowserError::TimedOut)? {
                    Ok(Ok(result)) => Some(returned(&result)?),
                    Ok(Err(error)) if page_left(&error) => None,
                    _ if self.front_is_closed() => None,
                    Ok(Err(error)) => return Err(BrowserError::Refused { what: error.message }),
                    Err(died) => return Err(died),
                }
            }
        };
        self.undeclared()?;
        Ok(Ran { dialog: self.main.watch.take_dialogs(), answer })
    }

    async fn next_document(&mut self, limit: Duration) -> Result<(), BrowserError> {
        let came = self.front().next_document(Instant::now() + limit).await;
        self.undeclared()?;
        if self.front_is_closed() {
            // What lay below it is in front again.
            let below = self.main.watch.newest_window();
            self.opened = below.map(|watch| Window::new(Arc::clone(&self.connection), watch));
            return Ok(());
        }
        came
    }

    async fn quiet(&mut self, limit: Duration) {
        self.front().watch.quiet(Instant::now() + limit).await;
    }

    fn guard(&mut self, reading: Reading) {
        self.gate.guard(reading);
    }

    fn writes_seen(&self) -> Vec<(RequestPattern, bool)> {
        self.gate.seen()
    }

    fn answer_dialogs(&mut self, answer: Option<DialogAnswer>) {
        self.main.watch.answer_dialogs(answer);
    }

    fn happenings(&mut self) -> Vec<Happening> {
        self.main.watch.take_happenings()
    }

    async fn point_at(&mut self, x: f64, y: f64, limit: Duration) -> Result<(), BrowserError> {
        let moved = input::point_at(&self.connection, self.front_session(), x, y);
        timeout(limit, moved).await.map_err(|_| BrowserError::TimedOut)?
    }

    async fn type_keys(&mut self, text: &Personal, limit: Duration) -> Result<(), BrowserError> {
        let typed = input::type_keys(&self.connection, self.front_session(), text.expose());
        timeout(limit, typed).await.map_err(|_| BrowserError::TimedOut)?
    }

    async fn expect_file(&mut self, most_bytes: u64) -> Result<(), BrowserError> {
        self.front().watch.expect_file(most_bytes);
        let folder = self.process.as_ref().map(|process| &process.downloads);
        behave(&self.connection, &self.context, folder).await
    }

    async fn offered_file(&mut self, limit: Duration) -> Result<FileEnd, BrowserError> {
        let coming = self.front().watch.file(Instant::now() + limit).await;
        behave(&self.connection, &self.context, None).await?;
        let Some(process) = &self.process else { return Ok(FileEnd::NotOffered) };
        Ok(coming.taken(&process.downloads).await)
    }

    fn gate(&mut self, reading: Reading) -> Box<dyn Gate> {
        Box::new(ChromeGate::shut(&self.gate, reading, Arc::clone(&self.sender)))
    }

    async fn picture(&mut self, limit: Duration) -> Result<Picture, BrowserError> {
        let capture = Page::CaptureScreenshot {
            format: Some(Page::CaptureScreenshotFormatOption::Png),
            quality: None,
            clip: None,
            from_surface: None,
            capture_beyond_viewport: None,
            optimize_for_speed: Some(true),
        };
        let call = self.connection.call(Some(self.front_session()), &capture);
        let encoded = timeout(limit, call).await.map_err(|_| BrowserError::TimedOut)??.data;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .map_err(|e| BrowserError::Refused { what: e.to_string() })?;
        Ok(Picture(Zeroizing::new(bytes)))
    }

    fn is_signed_in(&self) -> bool {
        self.signed_in
    }

    fn set_signed_in(&mut self, signed_in: bool) {
        self.signed_in = signed_in;
    }
}

impl Drop for ChromePage {
    fn drop(&mut self) {
        self.connection.forget(self.main.session());
        self.joining.remove(&self.context);
        let (connection, context) = (Arc::clone(&self.connection), std::mem::take(&mut self.context));
        let process = self.process.take();
        // Without a runtime the whole program is ending, and the browser with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let dispose = Target::DisposeBrowserContext { browser_context_id: context };
                if let Err(error) = connection.call(None, &dispose).await {
                    tracing::debug!(%error, "a context could not be closed; it goes with its browser");
                }
                // Ending a browser blocks.
                tokio::task::spawn_blocking(move || drop(process));
            });
        }
    }
}
