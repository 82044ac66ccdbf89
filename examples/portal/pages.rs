//! What each route does. The pages' texts stand in `pages/*.html`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::json;

use super::Office;
use super::ledger::{Entry, Values};
use super::sessions::{SignIn, Signed};
use super::validate::refusals;

type App = State<Arc<Office>>;

pub fn routes() -> Router<Arc<Office>> {
    Router::new()
        .route("/", get(async || Redirect::to("/menu")))
        .route(
            "/style.css",
            get(async || ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("pages/style.css"))),
        )
        .route("/login", get(sign_in_page).post(sign_in))
        .route("/logout", post(sign_out))
        .route("/menu", get(menu))
        .route("/search", get(search_page).post(search))
        .route("/claims/new", get(entry_page).post(back_to_entry))
        .route("/claims/confirm", post(confirm))
        .route("/claims", post(commit))
        .route("/claims/{receipt}", get(completion))
        .route("/claims/{receipt}/slip", get(slip))
}

async fn sign_in_page(State(office): App, Query(query): Query<Values>) -> Response {
    let note =
        query.contains_key("expired").then_some("セッションの有効期限が切れました。もう一度ログインしてください。");
    sign_in_form(&office, note, None, "")
}

fn sign_in_form(office: &Office, note: Option<&str>, error: Option<&str>, user: &str) -> Response {
    office.views.page(
        "login.html",
        json!({"csrf": office.sessions.sign_in_token, "note": note, "error": error, "entered": user}),
    )
}

async fn sign_in(State(office): App, Form(posted): Form<Values>) -> Response {
    if given(&posted, "csrf") != office.sessions.sign_in_token {
        return forged(&office);
    }
    let user = given(&posted, "user");
    match office.sessions.sign_in(user, given(&posted, "password")) {
        SignIn::Welcome(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/menu")).into_response(),
        SignIn::Wrong => sign_in_form(&office, None, Some("職員番号またはパスワードが正しくありません。"), user),
        SignIn::Locked => {
            let error = "アカウントがロックされています。システム管理者に連絡してください。";
            sign_in_form(&office, None, Some(error), user)
        }
    }
}

async fn sign_out(State(office): App, headers: HeaderMap) -> Redirect {
    office.sessions.sign_out(&headers);
    Redirect::to("/login")
}

async fn menu(State(office): App, signed: Signed) -> Response {
    office.views.page("menu.html", json!({"user": signed.user, "csrf": signed.csrf}))
}

async fn search_page(State(office): App, signed: Signed, Query(asked): Query<Values>) -> Response {
    results(&office, &signed, &trimmed(asked))
}

async fn search(State(office): App, signed: Signed, Form(posted): Form<Values>) -> Response {
    let Some(asked) = genuine(&signed, posted) else { return forged(&office) };
    results(&office, &signed, &asked)
}

/// More are not shown at once.
const MOST_RESULTS: usize = 50;

fn results(office: &Office, signed: &Signed, asked: &Values) -> Response {
    let searched = asked.values().any(|text| !text.is_empty());
    let mut found = if searched { office.ledger.entries() } else { Vec::new() };
    found.retain(|entry| is_asked_for(entry, asked));
    found.reverse();
    let count = found.len();
    let rows: Vec<_> = found.into_iter().take(MOST_RESULTS).map(|entry| row(&entry)).collect();
    office.views.page(
        "search.html",
        json!({"user": signed.user, "csrf": signed.csrf, "asked": asked, "searched": searched, "count": count, "rows": rows, "most": MOST_RESULTS}),
    )
}

pub fn is_asked_for(entry: &Entry, asked: &Values) -> bool {
    let field = |name: &str| given(&entry.values, name);
    let equal = |name: &str, text: &str| given(asked, name).is_empty() || given(asked, name) == text;
    equal("receipt", &entry.receipt)
        && equal("my_number", field("my_number"))
        && equal("account_no", field("account_no"))
        && without_spaces(field("kana")).starts_with(&without_spaces(given(asked, "kana")))
}

fn row(entry: &Entry) -> serde_json::Value {
    let field = |name: &str| given(&entry.values, name);
    let number = |name: &str| field(name).trim_start_matches('0');
    let year = if number("birth_y") == "1" { "元" } else { number("birth_y") };
    let birth = format!("{}{year}年{}月{}日", field("birth_era"), number("birth_m"), number("birth_d"));
    json!({"receipt": entry.receipt, "name": field("name"), "kana": field("kana"), "birth": birth, "account_no": field("account_no"), "account": entry.account, "entered_at": entry.entered_at.format("%Y-%m-%d %H:%M:%S").to_string()})
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

async fn entry_page(State(office): App, signed: Signed) -> Response {
    office.views.entry(&signed, &Values::new(), &[])
}

async fn back_to_entry(State(office): App, signed: Signed, Form(posted): Form<Values>) -> Response {
    let Some(values) = genuine(&signed, posted) else { return forged(&office) };
    office.views.entry(&signed, &values, &[])
}

async fn confirm(State(office): App, signed: Signed, Form(posted): Form<Values>) -> Response {
    let Some(values) = genuine(&signed, posted) else { return forged(&office) };
    match refusals(&values) {
        refusals if refusals.is_empty() => office.views.confirmation(&signed, &values),
        refusals => office.views.entry(&signed, &values, &refusals),
    }
}

/// Enters the claim each time it is asked to: see the head of this program.
async fn commit(State(office): App, signed: Signed, Form(posted): Form<Values>) -> Response {
    let Some(values) = genuine(&signed, posted) else { return forged(&office) };
    let refusals = refusals(&values);
    if !refusals.is_empty() {
        return office.views.entry(&signed, &values, &refusals);
    }
    match office.ledger.enter(&signed.user, values) {
        Ok(receipt) => Redirect::to(&format!("/claims/{receipt}")).into_response(),
        Err(error) => {
            eprintln!("portal: the ledger cannot be written: {error}");
            office.views.failure(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

async fn completion(State(office): App, signed: Signed, Path(receipt): Path<String>) -> Response {
    if !office.ledger.entries().iter().any(|entry| entry.receipt == receipt) {
        return office.views.failure(StatusCode::NOT_FOUND);
    }
    office.views.page("completion.html", json!({"user": signed.user, "csrf": signed.csrf, "receipt": receipt}))
}

/// A PDF that says no more than the receipt number.
async fn slip(_: Signed, Path(receipt): Path<String>) -> Response {
    let about = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{receipt}.pdf\"")),
    ];
    (about, format!("%PDF-1.4\n% {receipt}\n%%EOF\n")).into_response()
}

/// The values of a form, if it came from this session's own page.
fn genuine(signed: &Signed, posted: Values) -> Option<Values> {
    (given(&posted, "csrf") == signed.csrf).then(|| trimmed(posted))
}

fn forged(office: &Office) -> Response {
    office.views.failure(StatusCode::FORBIDDEN)
}

fn trimmed(mut posted: Values) -> Values {
    posted.remove("csrf");
    posted.into_iter().map(|(name, text)| (name, text.trim().to_owned())).collect()
}

fn given<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).map_or("", String::as_str)
}
