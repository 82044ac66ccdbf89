//! The gate between a page and the network: before a submit only what reads passes, while one is under way one request
//! that could write.
//!
//! Chromium sends a request again by itself when a kept-alive connection breaks before an answer, even a POST, and lets
//! held requests go when whoever held them dies. So the request is not merely held: it is answered with a redirect to
//! its own address, upon which the browser holds nothing but a GET, and is then sent from here. The target's answer is
//! given to that GET, with its status, headers, cookies and redirect.
//!
//! One gate stands before everything in a page's context: the page, its frames and workers, and what it opens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use headless_chrome::protocol::cdp::Fetch;
use headless_chrome::protocol::cdp::Network::{ErrorReason, ResourceType};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::connection::Connection;
use crate::adapters::http::SendOnce;
use crate::model::target::{OVER_SOCKET, Reading, RequestPattern, only_reads};
use crate::ports::browser::{BrowserError, Departure, Gate, GateMoment};
use crate::ports::http::{Answer, Outgoing, Unsent};

/// What a page can send a form or a record with. Pictures, styles and scripts are not held up.
const KINDS: [ResourceType; 4] = [ResourceType::Document, ResourceType::Xhr, ResourceType::Fetch, ResourceType::Ping];

/// A request the browser holds until it is told what to do.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paused {
    /// Of the page, window or worker that holds it.
    #[serde(skip)]
    session: String,
    request_id: String,
    request: Asked,
    resource_type: String,
    /// The request whose redirect led here.
    redirected_request_id: Option<String>,
}

/// Where the browser holds a request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    session: String,
    request_id: String,
}

impl Paused {
    fn held(&self) -> Held {
        Held { session: self.session.clone(), request_id: self.request_id.clone() }
    }

    /// Whether this is what the browser asks instead of that request, as it was told to.
    fn takes_the_place_of(&self, held: &Held) -> bool {
        self.session == held.session && self.redirected_request_id.as_ref() == Some(&held.request_id)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    url: String,
    method: String,
    headers: BTreeMap<String, String>,
    #[serde(default)]
    has_post_data: bool,
    post_data_entries: Option<Vec<Piece>>,
}

impl Asked {
    fn path(&self) -> String {
        url::Url::parse(&self.url).map(|url| url.path().to_owned()).unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
struct Piece {
    /// Base64; `None` if the browser does not give it.
    bytes: Option<String>,
}

/// What passes, and what was seen.
#[derive(Default)]
struct Rules {
    reading: Reading,
    /// A submit under way, or over; `None` before it.
    shut: Option<Shut>,
    /// The first request that was refused before a submit, until somebody is told.
    undeclared: Option<RequestPattern>,
    /// What could write by its method, and whether it is declared to read: each kind once.
    seen: Vec<(RequestPattern, bool)>,
}

impl Rules {
    fn saw(&mut self, request: RequestPattern, covered: bool) {
        /// Nobody classifies more, and a page must not fill the memory.
        const MOST: usize = 200;
        if self.seen.len() < MOST && !self.seen.iter().any(|(seen, _)| *seen == request) {
            self.seen.push((request, covered));
        }
    }
}

struct Shut {
    came: mpsc::UnboundedSender<Paused>,
    write: Write,
}

/// How far the one request of a submit has come.
enum Write {
    Awaited,
    /// It has come here; the GET that takes its place is still to come.
    Taken(Held),
    /// No further one passes.
    Over,
}

/// Decides on every request of a context as it comes. It stands from each first document on: a gate put up while a
/// document arrives is not seen by that document's scripts.
pub struct GateWatch {
    connection: Arc<Connection>,
    rules: Mutex<Rules>,
}

impl GateWatch {
    pub fn new(connection: Arc<Connection>) -> Arc<Self> {
        Arc::new(Self { connection, rules: Mutex::default() })
    }

    /// Has the browser hold every request of a page, window or worker that could carry a form or a record.
    pub async fn stand_before(&self, session: &str) -> Result<(), BrowserError> {
        let patterns = KINDS.into_iter().map(|kind| Fetch::RequestPattern {
            url_pattern: Some("*".to_owned()),
            resource_Type: Some(kind),
            request_stage: Some(Fetch::RequestStage::Request),
        });
        let enable = Fetch::Enable { patterns: Some(patterns.collect()), handle_auth_requests: None };
        self.connection.call(Some(session), &enable).await.map(|_| ())
    }

    pub fn paused(&self, session: &str, params: &Value) {
        let session = session.to_owned();
        match Paused::deserialize(params) {
            Ok(paused) => self.decide(Paused { session, ..paused }),
            Err(_) => {
                tracing::warn!("a held request of the browser is not understood; it is refused");
                if let Some(id) = params["requestId"].as_str() {
                    self.refuse(Held { session, request_id: id.to_owned() });
                }
            }
        }
    }

    fn pattern_of(&self, asked: &Asked) -> RequestPattern {
        self.rules().reading.pattern_of(&asked.method, &asked.path())
    }

    fn decide(&self, paused: Paused) {
        let path = paused.request.path();
        let method = &paused.request.method;
        let mut rules = self.rules();
        let covered = rules.reading.covers(method, &path);
        let Some(Shut { came, write }) = &mut rules.shut else {
            if !only_reads(method) {
                let pattern = rules.reading.pattern_of(method, &path);
                rules.saw(pattern.clone(), covered);
                if !covered {
                    tracing::warn!(request = %pattern, "an undeclared request that could write is refused");
                    rules.undeclared.get_or_insert(pattern);
                    return self.refuse(paused.held());
                }
            }
            return self.let_pass(paused.held());
        };
        match write {
            Write::Taken(held) if paused.takes_the_place_of(held) => {
                *write = Write::Over;
                self.hand_over(came, paused);
            }
            _ if covered => self.let_pass(paused.held()),
            // Beacons are how pages count their visitors; none is a record.
            Write::Awaited if paused.resource_type != "Ping" => {
                *write = Write::Taken(paused.held());
                self.hand_over(came, paused);
            }
            _ => {
                tracing::warn!(%method, kind = paused.resource_type, "a further request that could write is refused");
                self.refuse(paused.held());
            }
        }
    }

    /// A message has left already. While a submit is under way it may be the entry; before one it must be declared.
    pub fn sent_over_socket(&self, path: &str) {
        let mut rules = self.rules();
        if rules.shut.is_some() {
            return;
        }
        let covered = rules.reading.covers(OVER_SOCKET, path);
        let pattern = rules.reading.pattern_of(OVER_SOCKET, path);
        rules.saw(pattern.clone(), covered);
        if !covered {
            tracing::warn!(request = %pattern, "an undeclared message has left over a web socket");
            rules.undeclared.get_or_insert(pattern);
        }
    }

    /// From now on only what reads passes.
    fn spend(&self) {
        if let Some(shut) = &mut self.rules().shut {
            shut.write = Write::Over;
        }
    }

    /// Before a submit: what `reading` does not cover is refused.
    pub fn guard(&self, reading: Reading) {
        let mut rules = self.rules();
        (rules.reading, rules.shut, rules.undeclared) = (reading, None, None);
    }

    /// The first request refused before a submit, once.
    pub fn take_undeclared(&self) -> Option<RequestPattern> {
        self.rules().undeclared.take()
    }

    pub fn seen(&self) -> Vec<(RequestPattern, bool)> {
        self.rules().seen.clone()
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        // Nothing under this lock can panic half-way through a change.
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand_over(&self, came: &mpsc::UnboundedSender<Paused>, paused: Paused) {
        if let Err(unheard) = came.send(paused) {
            self.refuse(unheard.0.held());
        }
    }

    fn let_pass(&self, Held { session, request_id }: Held) {
        let call = Fetch::ContinueRequest {
            request_id,
            url: None,
            method: None,
            post_data: None,
            headers: None,
            intercept_response: None,
        };
        self.tell(session, call);
    }

    fn refuse(&self, Held { session, request_id }: Held) {
        self.tell(session, Fetch::FailRequest { request_id, error_reason: ErrorReason::BlockedByClient });
    }

    /// A request that is gone meanwhile needs no word.
    fn tell<M>(&self, session: String, call: M)
    where
        M: headless_chrome::protocol::cdp::types::Method + serde::Serialize + Send + Sync + 'static,
    {
        let connection = Arc::clone(&self.connection);
        tokio::spawn(async move {
            if let Err(error) = connection.call(Some(&session), &call).await {
                tracing::debug!(%error, "a held request was gone before it was answered");
            }
        });
    }
}

pub struct ChromeGate {
    watch: Arc<GateWatch>,
    /// The write, then the GET that took its place.
    came: mpsc::UnboundedReceiver<Paused>,
    sender: Arc<SendOnce>,
    /// The write, as long as the browser itself could still send it.
    held: Option<Held>,
    departure: Option<Departure>,
    request: Option<RequestPattern>,
}

impl ChromeGate {
    /// Shuts the page's gate, for one submit.
    pub fn shut(watch: &Arc<GateWatch>, reading: Reading, sender: Arc<SendOnce>) -> Self {
        let (came_in, came) = mpsc::unbounded_channel();
        {
            let mut rules = watch.rules();
            rules.reading = reading;
            rules.shut = Some(Shut { came: came_in, write: Write::Awaited });
        }
        Self { watch: Arc::clone(watch), came, sender, held: None, departure: None, request: None }
    }

    /// Takes the write from the browser and brings it to the target, once.
    async fn pass(&mut self, write: Paused, observe: &(dyn Fn(GateMoment) + Send + Sync)) -> Result<(), BrowserError> {
        // Until the browser has given it up, the browser may still send it: when this process dies, say.
        self.departure = Some(Departure::Unanswered);
        self.request = Some(self.watch.pattern_of(&write.request));
        let held = self.held.insert(write.held()).clone();
        let Some(outgoing) = outgoing(&write.request) else {
            tracing::warn!("the browser does not give the whole of a request; it is refused");
            self.fail(held, ErrorReason::BlockedByClient).await?;
            (self.held, self.departure) = (None, Some(Departure::Never));
            return Ok(());
        };
        self.fulfil(held, 303, to_itself(&write.request), Vec::new()).await?;
        let Some(in_its_place) = self.came.recv().await.map(|paused| paused.held()) else {
            return Err(BrowserError::Died);
        };
        self.held = None;
        observe(GateMoment::Held);
        match self.sender.send(outgoing).await {
            Ok(answer) => {
                self.departure = Some(Departure::Answered { status: answer.status });
                observe(GateMoment::Answered);
                let Answer { status, headers, body } = answer;
                self.fulfil(in_its_place, status, headers, body).await
            }
            Err(Unsent::Certainly) => {
                self.departure = Some(Departure::Never);
                self.fail(in_its_place, ErrorReason::ConnectionFailed).await
            }
            Err(Unsent::Perhaps) => self.fail(in_its_place, ErrorReason::ConnectionClosed).await,
        }
    }

    async fn fulfil(
        &self,
        Held { session, request_id }: Held,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<(), BrowserError> {
        let headers = headers.into_iter().map(|(name, value)| Fetch::HeaderEntry { name, value }).collect();
        let fulfil = Fetch::FulfillRequest {
            request_id,
            response_code: status.into(),
            response_headers: Some(headers),
            binary_response_headers: None,
            body: Some(BASE64.encode(body)),
            response_phrase: None,
        };
        self.watch.connection.call(Some(&session), &fulfil).await.map(|_| ())
    }

    async fn fail(&self, Held { session, request_id }: Held, error_reason: ErrorReason) -> Result<(), BrowserError> {
        let fail = Fetch::FailRequest { request_id, error_reason };
        self.watch.connection.call(Some(&session), &fail).await.map(|_| ())
    }
}

#[async_trait]
impl Gate for ChromeGate {
    async fn keep(&mut self, observe: &(dyn Fn(GateMoment) + Send + Sync)) {
        if let Some(write) = self.came.recv().await
            && let Err(error) = self.pass(write, observe).await
        {
            // The page is gone or has given the request up; what is known of it stands in `departure`.
            tracing::debug!(%error, "a request could not be brought back to its page");
        }
        std::future::pending::<()>().await;
    }

    fn departure(&self) -> Option<Departure> {
        self.departure
    }

    fn request(&self) -> Option<RequestPattern> {
        self.request.clone()
    }
}

impl Drop for ChromeGate {
    fn drop(&mut self) {
        self.watch.spend();
        self.came.close();
        let untaken: Vec<Held> = std::iter::from_fn(|| self.came.try_recv().ok()).map(|paused| paused.held()).collect();
        for held in self.held.take().into_iter().chain(untaken) {
            self.watch.refuse(held);
        }
    }
}

/// The request as it would have left; `None` if the browser kept a part of its body to itself.
fn outgoing(asked: &Asked) -> Option<Outgoing> {
    let pieces = asked.post_data_entries.as_deref().unwrap_or_default();
    let body = pieces.iter().map(|piece| BASE64.decode(piece.bytes.as_ref()?).ok()).collect::<Option<Vec<_>>>()?;
    if asked.has_post_data && body.is_empty() {
        return None;
    }
    Some(Outgoing {
        method: asked.method.clone(),
        url: url::Url::parse(&asked.url).ok()?,
        headers: asked.headers.clone().into_iter().collect(),
        body: body.concat(),
    })
}

/// The answer that leaves the browser with a GET of the same address. A script's request to another host is told that
/// it may see it, as the target had to say before it was made.
fn to_itself(asked: &Asked) -> Vec<(String, String)> {
    let origin = asked.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("origin")).map(|(_, origin)| origin);
    let allowed = origin.map(|origin| ("Access-Control-Allow-Origin".to_owned(), origin.clone()));
    let credentials = ("Access-Control-Allow-Credentials".to_owned(), "true".to_owned());
    [("Location".to_owned(), asked.url.clone()), credentials].into_iter().chain(allowed).collect()
}
