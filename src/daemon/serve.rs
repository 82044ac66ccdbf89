//! The socket: routes to the office. The same router answers in the process of a CLI verb when no daemon runs, so
//! there is one way to do each thing.

use std::path::PathBuf;

use async_trait::async_trait;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, Request, State, connect_info::Connected};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::IncomingStream;
use axum::{Json, Router};
use base64::Engine as _;
use serde::Serialize;
use tokio::net::UnixListener;
use tower::ServiceExt;
use zeroize::Zeroizing;

use super::office::Office;
use crate::adapters::store_fault::Fault;
use crate::adapters::version_folder::DeployError;
use crate::api::PREFIX;
use crate::api::client::{Answer, Transport};
use crate::api::types::{
    Backup, BackupAnswer, CanaryRequest, Deploy, DocumentQuery, Health, Intake, IntakeAnswer, RecordQuery, Refusal,
    RefusalKind, Rollback, RunAnswer, RunRequest,
};
use crate::engine::EngineError;
use crate::engine::intake::Received;
use crate::engine::person::{Act, Sitting};
use crate::message;
use crate::model::document::stage::StageKind;
use crate::model::id::{DocumentId, Who};
use crate::ports::store::{DocumentFilter, StoreError};
use crate::ports::vault::{Folder, Part, VaultError};

/// Largest request body: a scan of the largest size that the reader takes, in base64.
const LARGEST_BODY: usize = 64 << 20;

/// Most records in one answer.
const MOST_RECORDS: usize = 10_000;

/// Who speaks: taken from the connection by the operating system, never from the request.
#[derive(Debug, Clone)]
pub struct Peer(pub Who);

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let uid = stream.io().peer_cred().map(|cred| cred.uid());
        Peer(Who::Person(uid.map_or_else(|_| "unknown".to_owned(), user_name)))
    }
}

/// The operating system's name for a user id, or `uid:N` if it has none.
pub fn user_name(uid: u32) -> String {
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid));
    user.ok().flatten().map_or_else(|| format!("uid:{uid}"), |user| user.name)
}

pub fn router(office: Office) -> Router {
    let v1 = Router::new()
        .route("/health", get(health))
        .route("/documents", get(documents))
        .route("/documents/{id}", get(story))
        .route("/documents/{id}/trace", get(trace))
        .route("/documents/{id}/act", post(act))
        .route("/documents/{id}/review", get(review_sheet).post(review))
        .route("/documents/{id}/pages/{page}", get(registered_page))
        .route("/documents/{id}/row", get(row))
        .route("/documents/{id}/files/{number}", get(offered_file))
        .route("/intakes", post(receive))
        .route("/scenarios", get(scenarios))
        .route("/runs", post(run))
        .route("/canary", post(canary))
        .route("/deploy", post(deploy))
        .route("/rollback", post(roll_back))
        .route("/records", get(records))
        .route("/backup", post(backup));
    Router::new()
        .nest(PREFIX, v1)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(|| async { "ready\n" }))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(office)
}

/// The routes in this process, for one person.
pub struct InProcess {
    router: Router,
    who: Who,
}

impl InProcess {
    pub fn new(office: Office, who: Who) -> Self {
        Self { router: router(office), who }
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn call(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<Answer, Refusal> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .extension(ConnectInfo(Peer(self.who.clone())))
            .body(axum::body::Body::from(body.unwrap_or_default()))
            .expect("the client builds well-formed requests");
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        let body = body.expect("a body made in this process cannot break off");
        Ok(Answer { status, body: Zeroizing::new(body.to_vec()) })
    }
}

/// Makes the socket: only its owner and group may connect. A leftover of a dead daemon is removed (the store's lock
/// says that none is alive).
///
/// # Errors
/// If the folder cannot be written.
pub fn listen(path: &PathBuf) -> std::io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

type Asked<T> = Result<Json<T>, Refused>;

/// A refusal with its HTTP status.
struct Refused(Refusal);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.kind {
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Broken => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(self.0)).into_response()
    }
}

impl From<EngineError> for Refused {
    fn from(error: EngineError) -> Self {
        let (kind, message) = match error {
            EngineError::Store(StoreError::Conflict { .. }) => (RefusalKind::Conflict, message!("daemon.conflict")),
            EngineError::Store(StoreError::Illegal(step)) => {
                (RefusalKind::Refused, message!("daemon.illegal-step", why = step))
            }
            EngineError::Store(StoreError::Broken(message)) => (RefusalKind::Broken, message),
            EngineError::Store(StoreError::Malformed(what)) => {
                (RefusalKind::Broken, message!("daemon.ended", why = what))
            }
            EngineError::Vault(VaultError::Erased(folder)) => {
                (RefusalKind::NotFound, message!("daemon.erased", document = folder))
            }
            EngineError::Vault(error) => (RefusalKind::Broken, message!("daemon.vault", why = error)),
            EngineError::Refused(message) if message.code == "daemon.no-such-document" => {
                (RefusalKind::NotFound, message)
            }
            EngineError::Refused(message) => (RefusalKind::Refused, message),
        };
        Refused(Refusal { kind, message })
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        EngineError::from(error).into()
    }
}

fn answer<T: Serialize>(result: Result<T, impl Into<Refused>>) -> Asked<T> {
    result.map(Json).map_err(Into::into)
}

fn refuse<T>(message: crate::model::message::Message) -> Asked<T> {
    Err(Refused(Refusal { kind: RefusalKind::Refused, message }))
}

async fn health() -> Json<Health> {
    Json(Health { version: env!("CARGO_PKG_VERSION").to_owned(), ready: true })
}

async fn documents(
    State(office): State<Office>,
    Query(query): Query<DocumentQuery>,
) -> Asked<Vec<crate::model::document::stage::Document>> {
    let mut stages = Vec::new();
    for word in query.stages.iter().flat_map(|words| words.split(',')).filter(|word| !word.is_empty()) {
        match StageKind::ALL.iter().find(|kind| kind.word() == word) {
            Some(kind) => stages.push(*kind),
            None => return refuse(message!("daemon.no-such-stage", word = word)),
        }
    }
    answer(office.engine.store.documents(&DocumentFilter { scenario: query.scenario, stages }).await)
}

async fn story(State(office): State<Office>, Path(id): Path<DocumentId>) -> Asked<crate::api::types::DocumentStory> {
    answer(office.story(id).await)
}

async fn trace(State(office): State<Office>, Path(id): Path<DocumentId>) -> Asked<crate::api::types::DocumentTrace> {
    answer(office.trace(id).await)
}

async fn act(
    State(office): State<Office>,
    ConnectInfo(Peer(who)): ConnectInfo<Peer>,
    Path(id): Path<DocumentId>,
    Json(act): Json<Act>,
) -> Asked<crate::model::document::stage::Document> {
    let result = office.engine.act(who, id, act).await;
    office.wake.notify_one();
    answer(result)
}

async fn review_sheet(
    State(office): State<Office>,
    Path(id): Path<DocumentId>,
) -> Asked<crate::api::types::ReviewSheet> {
    answer(office.review_sheet(id).await)
}

async fn review(
    State(office): State<Office>,
    ConnectInfo(Peer(who)): ConnectInfo<Peer>,
    Path(id): Path<DocumentId>,
    Json(sitting): Json<Sitting>,
) -> Asked<crate::model::document::stage::Document> {
    let result = office.engine.review(who, id, sitting).await;
    office.wake.notify_one();
    answer(result)
}

async fn registered_page(
    State(office): State<Office>,
    Path((id, page)): Path<(DocumentId, u16)>,
) -> Result<Vec<u8>, Refused> {
    let folder = Folder::Document(id);
    let registered = office.engine.vault.get(folder, Part::Registered(page)).await;
    let page = match registered {
        Err(VaultError::Missing { .. }) => office.engine.vault.get(folder, Part::Page(page)).await,
        other => other,
    };
    page.map(|png| png.to_vec()).map_err(|error| EngineError::from(error).into())
}

async fn offered_file(
    State(office): State<Office>,
    Path((id, number)): Path<(DocumentId, u16)>,
) -> Result<Vec<u8>, Refused> {
    let file = office.engine.vault.get(Folder::Document(id), Part::File(number)).await;
    file.map(|bytes| bytes.to_vec()).map_err(|error| EngineError::from(error).into())
}

/// As it arrived: what it means is for whoever asks.
async fn row(State(office): State<Office>, Path(id): Path<DocumentId>) -> Result<Vec<u8>, Refused> {
    let row = office.engine.vault.get(Folder::Document(id), Part::Row).await;
    row.map(|csv| csv.to_vec()).map_err(|error| EngineError::from(error).into())
}

async fn receive(
    State(office): State<Office>,
    ConnectInfo(Peer(who)): ConnectInfo<Peer>,
    Json(intake): Json<Intake>,
) -> Asked<IntakeAnswer> {
    let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(&intake.bytes) else {
        return refuse(message!("daemon.not-base64"));
    };
    let received = office.receive(who, &intake.scenario, intake.environment, Zeroizing::new(bytes)).await;
    answer(received.map(|r| IntakeAnswer { document: r.document(), again: matches!(r, Received::Again(_)) }))
}

async fn scenarios(State(office): State<Office>) -> Asked<Vec<crate::api::types::ScenarioSummary>> {
    answer(office.scenarios().await)
}

async fn run(
    State(office): State<Office>,
    ConnectInfo(Peer(who)): ConnectInfo<Peer>,
    Json(request): Json<RunRequest>,
) -> Asked<RunAnswer> {
    answer(office.run(who, &request.scenario).await.map(|run| RunAnswer { run }))
}

async fn canary(
    State(office): State<Office>,
    Json(request): Json<CanaryRequest>,
) -> Asked<Vec<crate::engine::canary::Looked>> {
    answer(office.canary(&request.scenarios, request.hold).await)
}

async fn deploy(
    State(office): State<Office>,
    ConnectInfo(Peer(who)): ConnectInfo<Peer>,
    Json(deploy): Json<Deploy>,
) -> Asked<crate::api::types::DeployAnswer> {
    let folder = PathBuf::from(&deploy.folder);
    match office.deploy(who, &folder, deploy.environment).await {
        Ok(Ok(deployed)) => Ok(Json(deployed)),
        // The author sees every fault by `check`; here it is enough to say that there are some.
        Ok(Err(DeployError::Invalid(_))) => refuse(message!("daemon.deploy-invalid", folder = folder.display())),
        Ok(Err(DeployError::Io(why))) => refuse(why),
        Err(error) => Err(error.into()),
    }
}

async fn roll_back(
    State(office): State<Office>,
    ConnectInfo(Peer(who)): ConnectInfo<Peer>,
    Json(rollback): Json<Rollback>,
) -> Asked<crate::api::types::DeployAnswer> {
    answer(office.roll_back(who, &rollback.scenario, rollback.environment).await)
}

async fn records(
    State(office): State<Office>,
    Query(query): Query<RecordQuery>,
) -> Asked<Vec<crate::model::journal::Record>> {
    answer(office.engine.store.records(query.after, query.limit.min(MOST_RECORDS)).await)
}

async fn backup(State(office): State<Office>, Json(backup): Json<Backup>) -> Asked<BackupAnswer> {
    match office.backup(PathBuf::from(backup.to)).await {
        Ok(made) => Ok(Json(BackupAnswer { files: made.files, bytes: made.bytes, last: made.last })),
        Err(Fault(why)) => refuse(why),
    }
}

/// Prometheus text: documents by stage, per scenario.
async fn metrics(State(office): State<Office>) -> Result<String, Refused> {
    use std::fmt::Write as _;
    let mut text = String::from("# TYPE jitan_documents gauge\n");
    for scenario in office.scenarios().await? {
        for (stage, count) in scenario.documents {
            let _ =
                writeln!(text, "jitan_documents{{scenario=\"{}\",stage=\"{}\"}} {count}", scenario.name, stage.word());
        }
    }
    Ok(text)
}
