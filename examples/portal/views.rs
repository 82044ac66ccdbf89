//! Templates to pages.

use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{Html, IntoResponse, Response};
use minijinja::Environment;
use serde_json::json;

use super::claim::SECTIONS;
use super::ledger::Values;
use super::sessions::Signed;
use super::validate::Refusal;

const TEMPLATES: [(&str, &str); 8] = [
    ("base.html", include_str!("pages/base.html")),
    ("login.html", include_str!("pages/login.html")),
    ("menu.html", include_str!("pages/menu.html")),
    ("search.html", include_str!("pages/search.html")),
    ("entry.html", include_str!("pages/entry.html")),
    ("confirmation.html", include_str!("pages/confirmation.html")),
    ("completion.html", include_str!("pages/completion.html")),
    ("failure.html", include_str!("pages/failure.html")),
];

pub struct Views(Environment<'static>);

impl Views {
    pub fn new() -> Self {
        let mut environment = Environment::new();
        for (name, source) in TEMPLATES {
            environment.add_template(name, source).expect("the templates are part of this program");
        }
        Self(environment)
    }

    pub fn page(&self, name: &str, values: serde_json::Value) -> Response {
        let template = self.0.get_template(name).expect("pages name templates of this program");
        match template.render(minijinja::value::Serde(values)) {
            Ok(page) => ([(CACHE_CONTROL, "no-store")], Html(page)).into_response(),
            Err(error) => {
                eprintln!("portal: {name} cannot be shown: {error:#}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    pub fn entry(&self, signed: &Signed, values: &Values, refusals: &[Refusal]) -> Response {
        let context = json!({"user": signed.user, "csrf": signed.csrf, "sections": SECTIONS, "values": values, "refusals": refusals});
        self.page("entry.html", context)
    }

    pub fn confirmation(&self, signed: &Signed, values: &Values) -> Response {
        let context = json!({"user": signed.user, "csrf": signed.csrf, "sections": SECTIONS, "values": values});
        self.page("confirmation.html", context)
    }

    pub fn maintenance(&self) -> Response {
        let text = "ただいまメンテナンス中です。終了までしばらくお待ちください。";
        self.page("failure.html", json!({"title": "メンテナンス中", "text": text}))
    }

    pub fn failure(&self, status: StatusCode) -> Response {
        let (title, text) = match status {
            StatusCode::FORBIDDEN => ("不正な画面遷移です", "メニューから操作をやり直してください。"),
            StatusCode::NOT_FOUND => ("ページが見つかりません", "指定されたページはありません。"),
            _ => ("システムエラー", "処理を完了できませんでした。システム管理者に連絡してください。"),
        };
        let mut page = self.page("failure.html", json!({"title": title, "text": text, "code": status.as_u16()}));
        *page.status_mut() = status;
        page
    }
}
