//! Speaking to the daemon, or to the same routes in this process: the caller cannot tell.

use std::path::Path;

use async_trait::async_trait;
use base64::Engine as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::PREFIX;
use super::types::{
    Backup, BackupAnswer, CanaryRequest, Deploy, DeployAnswer, DocumentQuery, DocumentStory, DocumentTrace, Health,
    Intake, IntakeAnswer, RecordQuery, Refusal, RefusalKind, ReviewSheet, Rollback, RunAnswer, RunRequest,
    ScenarioSummary,
};
use crate::engine::canary::Looked;
use crate::engine::person::{Act, Sitting};
use crate::message;
use crate::model::document::stage::Document;
use crate::model::id::{DocumentId, ScenarioName};
use crate::model::journal::Record;
use crate::model::target::Environment;

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Zeroizing<Vec<u8>>,
}

/// A way to the routes.
#[async_trait]
pub trait Transport: Send + Sync {
    /// # Errors
    /// If no answer came; what the daemon refuses is an answer.
    async fn call(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<Answer, Refusal>;
}

/// Where every HTTP client of this program begins: reqwest must be told which cryptography to use, even for a client
/// that never needs any.
pub fn http() -> reqwest::ClientBuilder {
    // An error means that it was told before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// HTTP over the daemon's Unix socket.
#[derive(Debug)]
pub struct Socket(reqwest::Client);

impl Socket {
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn new(path: &Path) -> Result<Self, reqwest::Error> {
        // No certificate is looked at: reading those of the machine would only cost time.
        Ok(Self(http().unix_socket(path).tls_certs_only([]).build()?))
    }
}

#[async_trait]
impl Transport for Socket {
    async fn call(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<Answer, Refusal> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("callers use HTTP's own method names");
        // The host is a formality: the connection is the socket.
        let mut request = self.0.request(method, format!("http://jitan{path}"));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.map_err(|_| no_answer())?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|_| no_answer())?;
        Ok(Answer { status, body: Zeroizing::new(body.to_vec()) })
    }
}

fn no_answer() -> Refusal {
    Refusal { kind: RefusalKind::Broken, message: message!("daemon.no-answer") }
}

/// The verbs of the socket, typed.
pub struct Client(Box<dyn Transport>);

impl Client {
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self(Box::new(transport))
    }

    pub async fn health(&self) -> Result<Health, Refusal> {
        self.get("/health").await
    }

    pub async fn documents(&self, query: &DocumentQuery) -> Result<Vec<Document>, Refusal> {
        self.get(&format!("/documents{}", query_string(query))).await
    }

    pub async fn document(&self, id: DocumentId) -> Result<DocumentStory, Refusal> {
        self.get(&format!("/documents/{id}")).await
    }

    pub async fn trace(&self, id: DocumentId) -> Result<DocumentTrace, Refusal> {
        self.get(&format!("/documents/{id}/trace")).await
    }

    pub async fn act(&self, id: DocumentId, act: &Act) -> Result<Document, Refusal> {
        self.post(&format!("/documents/{id}/act"), act).await
    }

    pub async fn review_sheet(&self, id: DocumentId) -> Result<ReviewSheet, Refusal> {
        self.get(&format!("/documents/{id}/review")).await
    }

    pub async fn review(&self, id: DocumentId, sitting: &Sitting) -> Result<Document, Refusal> {
        self.post(&format!("/documents/{id}/review"), sitting).await
    }

    /// A page, from 1, registered if it could be, as PNG. Personal.
    pub async fn registered_page(&self, id: DocumentId, page: u16) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let answer = self.0.call("GET", &format!("{PREFIX}/documents/{id}/pages/{page}"), None).await?;
        if answer.status == 200 { Ok(answer.body) } else { Err(refusal(&answer)) }
    }

    /// A file that the target offered for a document. Personal.
    pub async fn offered_file(&self, id: DocumentId, number: u16) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let answer = self.0.call("GET", &format!("{PREFIX}/documents/{id}/files/{number}"), None).await?;
        if answer.status == 200 { Ok(answer.body) } else { Err(refusal(&answer)) }
    }

    /// A record's header and row as they arrived. Personal.
    pub async fn row(&self, id: DocumentId) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let answer = self.0.call("GET", &format!("{PREFIX}/documents/{id}/row"), None).await?;
        if answer.status == 200 { Ok(answer.body) } else { Err(refusal(&answer)) }
    }

    pub async fn receive(
        &self,
        scenario: ScenarioName,
        environment: Environment,
        file: &[u8],
    ) -> Result<IntakeAnswer, Refusal> {
        let bytes = base64::engine::general_purpose::STANDARD.encode(file);
        self.post("/intakes", &Intake { scenario, environment, bytes }).await
    }

    pub async fn scenarios(&self) -> Result<Vec<ScenarioSummary>, Refusal> {
        self.get("/scenarios").await
    }

    pub async fn run(&self, scenario: ScenarioName) -> Result<RunAnswer, Refusal> {
        self.post("/runs", &RunRequest { scenario }).await
    }

    pub async fn canary(&self, request: &CanaryRequest) -> Result<Vec<Looked>, Refusal> {
        self.post("/canary", request).await
    }

    pub async fn deploy(&self, deploy: &Deploy) -> Result<DeployAnswer, Refusal> {
        self.post("/deploy", deploy).await
    }

    pub async fn rollback(&self, rollback: &Rollback) -> Result<DeployAnswer, Refusal> {
        self.post("/rollback", rollback).await
    }

    pub async fn backup(&self, backup: &Backup) -> Result<BackupAnswer, Refusal> {
        self.post("/backup", backup).await
    }

    /// The whole journal.
    pub async fn records(&self) -> Result<Vec<Record>, Refusal> {
        const PAGE: usize = 5_000;
        let mut all: Vec<Record> = Vec::new();
        loop {
            let after = all.last().map_or(0, |record| record.seq);
            let page: Vec<Record> =
                self.get(&format!("/records{}", query_string(&RecordQuery { after, limit: PAGE }))).await?;
            let full = page.len() == PAGE;
            all.extend(page);
            if !full {
                return Ok(all);
            }
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refusal> {
        decode(&self.0.call("GET", &format!("{PREFIX}{path}"), None).await?)
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Refusal> {
        let body = serde_json::to_vec(body).expect("requests are plain data");
        decode(&self.0.call("POST", &format!("{PREFIX}{path}"), Some(body)).await?)
    }
}

fn query_string(query: &impl Serialize) -> String {
    let encoded = serde_json::to_value(query).expect("queries are plain data");
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in encoded.as_object().into_iter().flatten() {
        pairs.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    format!("?{}", pairs.finish())
}

fn decode<T: DeserializeOwned>(answer: &Answer) -> Result<T, Refusal> {
    if answer.status != 200 {
        return Err(refusal(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| no_answer())
}

fn refusal(answer: &Answer) -> Refusal {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| no_answer())
}
