//! Small pages served by the test itself, a browser shared by all stories, and short words for steps.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jitan::adapters::chrome::{Chrome, ChromeSettings};
use jitan::adapters::clock::SystemClock;
use jitan::adapters::http::SendOnce;
use jitan::entering::Job;
use jitan::entering::error::EnterError;
use jitan::entering::prepare::{Prepared, prepare};
use jitan::entering::submit::{SubmitEnd, SubmitMoment, submit};
use jitan::entering::trace::Trail;
use jitan::entering::values::Values;
use jitan::message;
use jitan::model::expression::{Expression, Purpose};
use jitan::model::id::{FieldName, TargetName};
use jitan::model::locator::Locator;
use jitan::model::message::Message;
use jitan::model::step::{Action, Step, ValueSource};
use jitan::model::submit::{ClickSubmit, Means, OnUnknown, Submit};
use jitan::model::target::{Account, SecretRef, Site, Target};
use jitan::model::value::Personal;
use jitan::ports::browser::{Browser, Session};
use jitan::ports::secrets::Secrets;

pub use super::entering_claim::in_order as steps;

/// One runtime and one browser for all stories: a browser's connection lives on the runtime that opened it.
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
static CHROME: LazyLock<Chrome> = LazyLock::new(|| Chrome::new(settings()));

pub fn settings() -> ChromeSettings {
    ChromeSettings { allow_no_sandbox: nix::unistd::geteuid().is_root(), ..ChromeSettings::default() }
}

/// Runs a story, which fails rather than wait for ever.
pub fn story<F: Future>(story: F) -> F::Output {
    within(Duration::from_secs(300), story)
}

pub fn within<F: Future>(longest: Duration, story: F) -> F::Output {
    RUNTIME.block_on(async { tokio::time::timeout(longest, story).await.expect("it did not end in time") })
}

/// Wraps controls in a form whose button sends it.
pub fn form(controls: &str) -> String {
    format!("<form action=/send method=post>{controls}<p><button>登録する</button></p></form>")
}

pub async fn session() -> Box<dyn Session> {
    CHROME.session().await.unwrap()
}

/// What a page's form sent, by control name.
pub type Sent = BTreeMap<String, String>;

/// Pages by path, and everything that was sent to `/send`.
#[derive(Default)]
pub struct Served {
    pages: Mutex<BTreeMap<String, String>>,
    sent: Mutex<Vec<Sent>>,
    /// Answers to `/send`: status, body, delay.
    answer: Mutex<Option<(u16, String, Duration)>>,
    /// Told whenever something was sent.
    pub arrived: tokio::sync::Notify,
}

pub struct Pages {
    pub site: Arc<Served>,
    pub address: String,
}

impl Pages {
    /// Serves one page at `/page`; `/send` answers with a receipt, `/never` with nothing.
    pub async fn serve(body: &str) -> Self {
        let site = Arc::new(Served::default());
        site.pages.lock().unwrap().insert("page".to_owned(), document(body));
        let routes = axum::Router::new()
            .route("/send", post(receive).get(receive))
            .route("/never", get(std::future::pending::<StatusCode>))
            .route("/{name}", get(page))
            .with_state(Arc::clone(&site));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { site, address }
    }

    pub fn with(self, name: &str, body: &str) -> Self {
        self.site.pages.lock().unwrap().insert(name.to_owned(), document(body));
        self
    }

    pub fn answering(self, status: u16, body: &str, delay: Duration) -> Self {
        *self.site.answer.lock().unwrap() = Some((status, document(body), delay));
        self
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.site.sent.lock().unwrap().clone()
    }
}

pub const RECEIPT: &str = "<h1>受付完了</h1><p>受付番号 <b id=receipt>R8-000123</b></p>";

fn document(body: &str) -> String {
    format!("<!doctype html><html lang=ja><meta charset=utf-8><title>t</title><body>{body}</body></html>")
}

fn html(status: u16, body: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (StatusCode::from_u16(status).unwrap(), kind, body).into_response()
}

async fn page(State(site): State<Arc<Served>>, Path(name): Path<String>) -> Response {
    let page = site.pages.lock().unwrap().get(&name).cloned();
    page.map_or_else(|| html(404, document("no such page")), |body| html(200, body))
}

async fn receive(State(site): State<Arc<Served>>, body: axum::body::Bytes) -> Response {
    let sent = url::form_urlencoded::parse(&body).into_owned().collect();
    site.sent.lock().unwrap().push(sent);
    site.arrived.notify_one();
    let answer = site.answer.lock().unwrap().clone();
    let (status, body, delay) = answer.unwrap_or_else(|| (200, document(RECEIPT), Duration::ZERO));
    tokio::time::sleep(delay).await;
    html(status, body)
}

pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn resolve(&self, secret: &SecretRef) -> Result<Personal, Message> {
        match secret.0.as_str() {
            "password" => Ok(Personal::new("correct horse")),
            "wrong" => Ok(Personal::new("battery staple")),
            _ => Err(message!("entering.no-such-field", field = secret.0)),
        }
    }
}

/// Reaches every host.
pub static HTTP: LazyLock<SendOnce> = LazyLock::new(|| SendOnce::new(Vec::new()).unwrap());

/// Where no story looks.
pub static TRAIL: LazyLock<Trail<'static>> = LazyLock::new(|| Trail::begin(&SystemClock));

/// A scenario against pages, told in few words.
pub struct Case {
    pub target: Target,
    pub site: Site,
    pub steps: Vec<Step>,
    pub values: Values,
}

impl Case {
    /// Opens `/page` and takes these steps.
    pub fn new(pages: &Pages, actions: Vec<Action>) -> Self {
        let account = Account { user: "jido-01".to_owned(), password: SecretRef("password".to_owned()) };
        let open = Action::Open { path: "/page".to_owned() };
        Self {
            target: target(),
            site: Site { url: pages.address.clone(), hosts: Vec::new(), account: Some(account) },
            steps: steps(std::iter::once(open).chain(actions)),
            values: Values::default(),
        }
    }

    pub fn value(mut self, name: &str, text: &str) -> Self {
        self.values.0.insert(FieldName::new(name).unwrap(), Some(Personal::new(text)));
        self
    }

    pub fn blank(mut self, name: &str) -> Self {
        self.values.0.insert(FieldName::new(name).unwrap(), None);
        self
    }

    pub fn job(&self) -> Job<'_> {
        Job {
            target: &self.target,
            site: &self.site,
            steps: &self.steps,
            values: &self.values,
            scan: None,
            secrets: &NoSecrets,
            http: &*HTTP,
            trail: &TRAIL,
        }
    }

    pub async fn prepare(&self) -> Result<(Box<dyn Session>, Prepared<'_>), EnterError> {
        let mut session = session().await;
        let prepared = prepare(session.as_mut(), &self.job()).await?;
        Ok((session, prepared))
    }

    /// Everything, with the moments of the submit in order.
    pub async fn enter(&self) -> Result<(SubmitEnd, Vec<SubmitMoment>), EnterError> {
        let (mut session, prepared) = self.prepare().await?;
        let moments = Mutex::new(Vec::new());
        let end =
            submit(session.as_mut(), &self.job(), &prepared, &|moment| moments.lock().unwrap().push(moment)).await;
        Ok((end, moments.into_inner().unwrap()))
    }
}

/// Short waits: what a page does in these stories, it does at once or never.
pub fn target() -> Target {
    Target {
        name: TargetName::new("portal").unwrap(),
        title: "test pages".to_owned(),
        test: None,
        live: None,
        sign_in: Vec::new(),
        signed_out: None,
        reading_requests: Vec::new(),
        api_headers: Vec::new(),
        show: vec![Locator::Css("#receipt".to_owned())],
        settles_within: None,
        sessions: 1,
        step_timeout: Duration::from_millis(1500),
    }
}

pub fn label(text: &str) -> Locator {
    Locator::Label(text.to_owned())
}

pub fn button(text: &str) -> Locator {
    Locator::Button(text.to_owned())
}

pub fn text(text: &str) -> Locator {
    Locator::Text(text.to_owned())
}

pub fn css(selector: &str) -> Locator {
    Locator::Css(selector.to_owned())
}

pub fn fill(into: Locator, text: &str) -> Action {
    Action::Fill { into, value: ValueSource::Literal(text.to_owned()) }
}

pub fn field(name: &str) -> ValueSource {
    ValueSource::Expression(Expression::parse(&format!("${name}"), Purpose::Value).unwrap())
}

pub fn choose(from: Locator, text: &str) -> Action {
    Action::Choose { from, value: ValueSource::Literal(text.to_owned()) }
}

pub fn click(what: Locator) -> Action {
    Action::Click { what }
}

pub fn submit_by(click: Locator) -> Action {
    Action::Submit(Box::new(Submit {
        by: Means::Click(ClickSubmit {
            click,
            confirmed_by: text("受付完了"),
            receipt: Some(css("#receipt")),
            refused_by: Some(css(".refused")),
        }),
        probe: None,
        on_unknown: OnUnknown::Ask,
        precheck: false,
    }))
}
