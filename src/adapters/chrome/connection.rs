//! Our own connection to a running Chromium: calls are answered by id, events go to whoever listens to their session.
//! headless_chrome's own connection costs a tenth of a second per call; this one costs the browser's time only.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use headless_chrome::protocol::cdp::types::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::ports::browser::BrowserError;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The session of the browser itself: events that belong to no page's.
pub const BROWSER: &str = "";

/// Who hears a session's events. Called in the order of arrival, and always before the reply of a later call.
pub trait Listener: Send + Sync {
    fn event(&self, method: &str, params: &Value);
    /// The connection ended; nothing more will come.
    fn closed(&self);
}

/// An answer of the browser.
#[derive(Debug, Deserialize)]
struct Incoming {
    id: Option<u32>,
    result: Option<Value>,
    error: Option<CallError>,
    method: Option<String>,
    params: Option<Value>,
    #[serde(rename = "sessionId")]
    session: Option<String>,
}

/// The browser's word on a call that failed.
#[derive(Debug, Clone, Deserialize)]
pub struct CallError {
    pub message: String,
}

#[derive(Serialize)]
struct Outgoing<'a, M> {
    id: u32,
    method: &'static str,
    params: &'a M,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
}

type Reply = Result<Value, CallError>;

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    listeners: Mutex<HashMap<String, Weak<dyn Listener>>>,
}

#[derive(Default)]
struct Waiting {
    replies: HashMap<u32, oneshot::Sender<Reply>>,
    closed: bool,
}

pub struct Connection {
    writer: tokio::sync::Mutex<SplitSink<Socket, Message>>,
    shared: Arc<Shared>,
    next_id: AtomicU32,
}

/// A call the browser has; its reply is still to come.
pub struct Pending(oneshot::Receiver<Reply>);

impl Pending {
    pub async fn reply(self) -> Result<Reply, BrowserError> {
        self.0.await.map_err(|_| BrowserError::Died)
    }
}

impl Connection {
    /// # Errors
    /// `NotHandedOver` if nothing listens there.
    pub async fn open(url: &str) -> Result<Arc<Self>, BrowserError> {
        /// Each call is one small message whose answer is waited for: it must leave at once.
        const NO_DELAY: bool = true;
        let (socket, _) =
            connect_async_with_config(url, None, NO_DELAY).await.map_err(|_| BrowserError::NotHandedOver)?;
        let (writer, reader) = socket.split();
        let shared = Arc::new(Shared::default());
        tokio::spawn(receive(reader, Arc::clone(&shared)));
        Ok(Arc::new(Self { writer: tokio::sync::Mutex::new(writer), shared, next_id: AtomicU32::new(1) }))
    }

    pub fn is_closed(&self) -> bool {
        lock(&self.shared.waiting).closed
    }

    /// Events of this session go to `listener` as long as somebody else holds it.
    pub fn listen(&self, session: &str, listener: &Arc<dyn Listener>) {
        lock(&self.shared.listeners).insert(session.to_owned(), Arc::downgrade(listener));
    }

    pub fn forget(&self, session: &str) {
        lock(&self.shared.listeners).remove(session);
    }

    /// Hands a call to the browser: returns when it has left this process.
    ///
    /// # Errors
    /// `NotHandedOver` if it certainly did not leave; `Died` if it may have.
    pub async fn start<M: Method + Serialize>(&self, session: Option<&str>, call: &M) -> Result<Pending, BrowserError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let text = serde_json::to_string(&Outgoing { id, method: M::NAME, params: call, session })
            .map_err(|e| BrowserError::Refused { what: format!("{}: {e}", M::NAME) })?;
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = lock(&self.shared.waiting);
            if waiting.closed {
                return Err(BrowserError::NotHandedOver);
            }
            waiting.replies.insert(id, sender);
        }
        self.writer.lock().await.send(Message::text(text)).await.map_err(|_| BrowserError::Died)?;
        Ok(Pending(receiver))
    }

    /// Makes a call and waits for what it returns.
    ///
    /// # Errors
    /// As `start`, and `Refused` if the browser says no.
    pub async fn call<M: Method + Serialize>(
        &self,
        session: Option<&str>,
        call: &M,
    ) -> Result<M::ReturnObject, BrowserError> {
        let refused = |what: String| BrowserError::Refused { what: format!("{}: {what}", M::NAME) };
        let reply = self.start(session, call).await?.reply().await?;
        let result = reply.map_err(|e| refused(e.message))?;
        serde_json::from_value(result).map_err(|e| refused(e.to_string()))
    }
}

/// Reads until the connection ends, then tells everybody who still waits.
async fn receive(mut reader: SplitStream<Socket>, shared: Arc<Shared>) {
    while let Some(Ok(message)) = reader.next().await {
        match message {
            Message::Text(text) => dispatch(&text, &shared),
            Message::Close(_) => break,
            _ => {}
        }
    }
    let mut waiting = lock(&shared.waiting);
    waiting.closed = true;
    waiting.replies.clear();
    drop(waiting);
    let listeners: Vec<_> = lock(&shared.listeners).drain().filter_map(|(_, listener)| listener.upgrade()).collect();
    for listener in listeners {
        listener.closed();
    }
}

fn dispatch(text: &str, shared: &Shared) {
    let Ok(incoming) = serde_json::from_str::<Incoming>(text) else {
        tracing::warn!(bytes = text.len(), "a message of the browser is not understood");
        return;
    };
    if let Some(id) = incoming.id {
        if let Some(sender) = lock(&shared.waiting).replies.remove(&id) {
            let reply = incoming.error.map_or(Ok(incoming.result.unwrap_or_default()), Err);
            // Nobody waits any more when the caller's time was up.
            let _ = sender.send(reply);
        }
        return;
    }
    let Some(method) = incoming.method else { return };
    let session = incoming.session.as_deref().unwrap_or(BROWSER);
    let listener = lock(&shared.listeners).get(session).and_then(Weak::upgrade);
    if let Some(listener) = listener {
        listener.event(&method, &incoming.params.unwrap_or_default());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing under these locks can panic half-way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
