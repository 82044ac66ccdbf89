//! The same system for programs: JSON instead of pages, a key in `X-Api-Key` instead of a session. It is as careless as its
//! pages are: a request sent again is an entry made again.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::ledger::Values;
use super::validate::refusals;
use super::{API_KEY, Office, USER, pages};

pub fn routes() -> Router<Arc<Office>> {
    Router::new().route("/api/claims", get(list).post(enter)).route("/api/towns/{postal}", get(town))
}

type App = State<Arc<Office>>;

fn is_let_in(headers: &HeaderMap) -> bool {
    headers.get("X-Api-Key").is_some_and(|key| key.as_bytes() == API_KEY.as_bytes())
}

fn answer(status: StatusCode, body: serde_json::Value) -> Response {
    (status, Json(body)).into_response()
}

fn not_let_in() -> Response {
    answer(StatusCode::UNAUTHORIZED, json!({"message": "鍵が違います"}))
}

async fn list(State(office): App, headers: HeaderMap, Query(asked): Query<Values>) -> Response {
    if !is_let_in(&headers) {
        return not_let_in();
    }
    let found = office.ledger.entries().into_iter().filter(|entry| pages::is_asked_for(entry, &asked));
    let items: Vec<_> = found
        .map(|entry| {
            let field = |name: &str| entry.values.get(name).cloned().unwrap_or_default();
            json!({"receipt": entry.receipt, "kana": field("kana"), "account_no": field("account_no"),
                   "entered_by": entry.account, "entered_at": entry.entered_at.to_rfc3339()})
        })
        .collect();
    answer(StatusCode::OK, json!({"items": items}))
}

async fn enter(State(office): App, headers: HeaderMap, Json(values): Json<Values>) -> Response {
    if !is_let_in(&headers) {
        return not_let_in();
    }
    if let Some(refusal) = refusals(&values).first() {
        return answer(StatusCode::UNPROCESSABLE_ENTITY, json!({"message": refusal.text}));
    }
    match office.ledger.enter(USER, values) {
        Ok(receipt) => answer(StatusCode::CREATED, json!({"receipt": {"number": receipt}})),
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, json!({"message": error.to_string()})),
    }
}

/// The town of a postal code, as far as this small system knows any.
async fn town(headers: HeaderMap, Path(postal): Path<String>) -> Response {
    match postal.as_str() {
        _ if !is_let_in(&headers) => not_let_in(),
        "1738501" => answer(StatusCode::OK, json!({"town": {"name": "板橋区板橋"}, "households": 1234})),
        _ => answer(StatusCode::NOT_FOUND, json!({"message": "この郵便番号の町はありません"})),
    }
}
