//! What shall go wrong next: a list of faults that waits for matching requests. Doing it is `misbehave`'s.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::Office;

/// Such as `{"stage": "commit", "kind": {"late_commit": {"ms": 9000, "answer": "hang"}}, "times": 1}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub stage: Stage,
    pub kind: Kind,
    /// Requests it spoils; all until cleared if absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// Matching requests that pass unharmed before.
    #[serde(default)]
    pub after: u32,
}

/// Which requests a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// `/login`
    SignIn,
    /// `/menu`
    Menu,
    /// `/search`, and `GET /api/claims`
    Search,
    /// `/claims/new`
    Entry,
    /// `POST /claims/confirm`
    Confirm,
    /// `POST /claims`, `POST /api/claims`
    Commit,
    /// `GET /claims/{receipt}`
    Completion,
    /// Every page.
    Any,
}

impl Stage {
    pub fn of(method: &Method, path: &str) -> Option<Self> {
        match path {
            "/login" => Some(Self::SignIn),
            "/menu" => Some(Self::Menu),
            "/search" => Some(Self::Search),
            "/claims/new" => Some(Self::Entry),
            "/claims/confirm" => Some(Self::Confirm),
            "/claims" | "/api/claims" if method == Method::POST => Some(Self::Commit),
            "/api/claims" => Some(Self::Search),
            _ if path.starts_with("/claims/") => Some(Self::Completion),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// Answers after this many milliseconds, whether or not the client is still there.
    Slow { ms: u64 },
    /// Answers with this HTTP status and does nothing.
    Status { code: u16 },
    /// Sends the page in pieces of so many bytes, with a pause after each.
    Drip { bytes: usize, pause_ms: u64 },
    /// Closes the connection without an answer, having done nothing.
    Drop,
    /// Never answers and does nothing.
    Hang,
    /// Says メンテナンス中 with status 200.
    Maintenance,
    /// Forgets every session first.
    ExpireSession,
    /// Shows `to` wherever the page says `from`.
    RenameLabel { from: String, to: String },
    /// A native dialog of the browser on this page.
    Dialog { show: Dialog, text: String },
    /// Answers as told at once (`status` 504 is usual), and does what was asked so many milliseconds later.
    LateCommit { ms: u64, answer: Answer },
    /// Does what was asked, then answers as told.
    CommitThen { answer: Answer },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Status(u16),
    Drop,
    Hang,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialog {
    /// As the page opens.
    Alert,
    /// When a form is sent.
    Confirm,
    /// When the page is left.
    Beforeunload,
}

/// The faults that wait. The first one that matches a request spoils it.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Mutex<Vec<Fault>>,
}

impl Faults {
    pub fn add(&self, fault: Fault) {
        self.locked().push(fault);
    }

    pub fn clear(&self) {
        self.locked().clear();
    }

    pub fn waiting(&self) -> Vec<Fault> {
        self.locked().clone()
    }

    /// The fault for this request, counted as used.
    pub fn take(&self, stage: Stage) -> Option<Kind> {
        let mut waiting = self.locked();
        let mut found = None;
        for (place, fault) in waiting.iter_mut().enumerate() {
            if fault.stage != stage && fault.stage != Stage::Any {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            found = Some(place);
            break;
        }
        let place = found?;
        let fault = &mut waiting[place];
        let kind = fault.kind.clone();
        match &mut fault.times {
            Some(0 | 1) => drop(waiting.remove(place)),
            Some(times) => *times -= 1,
            None => {}
        }
        Some(kind)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn control() -> Router<Arc<Office>> {
    Router::new().route("/__faults", get(list).post(add).delete(clear))
}

async fn list(State(office): State<Arc<Office>>) -> Json<Vec<Fault>> {
    Json(office.faults.waiting())
}

async fn add(State(office): State<Arc<Office>>, Json(fault): Json<Fault>) -> StatusCode {
    office.faults.add(fault);
    StatusCode::NO_CONTENT
}

async fn clear(State(office): State<Arc<Office>>) -> StatusCode {
    office.faults.clear();
    StatusCode::NO_CONTENT
}
