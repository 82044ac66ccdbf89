//! 児童手当事務システム: a small municipal web system, the target that stories and the demo enter documents into.
//!
//! It stands for somebody else's system, so it shares no code with jitan, and it is no more careful than such systems
//! are: **it does not notice that the same claim is entered twice**. A CSRF token stays good as long as its session, so
//! a request sent again is an entry made again, and stands in the ledger.
//!
//! # Pages
//!
//! | route | page (h1) | controls by label | buttons, and what they do |
//! |---|---|---|---|
//! | `GET /login` `POST /login` | ログイン | 職員番号, パスワード | ログイン → `/menu` |
//! | `GET /menu` | メニュー | | links 認定請求 登録, 申請検索 |
//! | `GET /search` `POST /search` | 申請検索 | 受付番号, 個人番号, フリガナ, 口座番号 | 検索 → the same page with results |
//! | `GET /claims/new` | 認定請求 登録 | see below | 確認画面へ → `POST /claims/confirm` |
//! | `POST /claims/confirm` | 入力内容の確認 | (values as text, also hidden) | 登録 → `POST /claims`; 修正する → `POST /claims/new` |
//! | `GET /claims/{receipt}` | 登録完了 | | link 続けて登録する |
//! | `POST /logout` | | | ログアウト (on every page) |
//!
//! `POST /claims` enters the claim and redirects (303) to its completion page: 「登録が完了しました。」, the receipt
//! number such as `R08-000123` in `#receipt`. Refusals stand in `.errors` (role alert) on the entry page and nowhere else,
//! with all values kept; failures of the system and wrong passwords stand in `.failure`. Requests that write nothing although they are POST: `/login`, `/logout`, `/search`, `/claims/confirm`,
//! and `/claims/new` (back from the confirmation).
//!
//! Search results: `table#results`, rows `#results tbody tr`, headings 受付番号, 請求者氏名, フリガナ, 生年月日
//! (`昭和33年6月6日`, `令和元年…`), 口座番号, 登録者, 登録日時 (`YYYY-MM-DD HH:MM:SS`, Tokyo), newest first; nothing found:
//! 「該当する申請はありません。」. 受付番号, 個人番号 and 口座番号 must be equal, フリガナ begins so, spaces aside.
//!
//! Without a session every page leads to `/login`; if there was one, 「もう一度ログインしてください。」 stands there.
//! Five wrong passwords lock the account.
//!
//! # Controls of the entry page
//!
//! Text: 請求年月日 (`令和8年4月1日` or `2026-04-01`), フリガナ, 請求者氏名, 個人番号, 郵便番号, 住所, 電話番号, 金融機関,
//! 支店, 口座番号, 生年月日 年, 生年月日 月, 生年月日 日, and for N = 1, 2: 児童N 氏名, 児童N 生年月日 年, … 月, … 日. Select:
//! 生年月日 元号. Radio groups by their legend: 職業, 預金種別, 児童N 同居の別. A date's parts carry their label as
//! `aria-label`; the others have a `<label for>`. Ledger names are those of `claim::SECTIONS`.
//!
//! `GET /claims/{receipt}/slip`, linked from the completion page as 受付票, offers a PDF.
//!
//! # For programs
//!
//! With the key in `X-Api-Key`: `POST /api/claims` enters the JSON object of ledger names (201, `/receipt/number`; 422,
//! `/message`), `GET /api/claims?my_number=…` lists what was entered (`/items`), `GET /api/towns/{postal}` names a postal
//! code's town (`/town/name`; 404, `/message`).
//!
//! # Ledger and faults
//!
//! `GET /__ledger` lists what was entered. `POST /__faults` takes one [`faults::Fault`] as JSON, `GET` lists those
//! waiting, `DELETE` clears them. Only the loopback interface is served.

mod api;
mod claim;
pub mod faults;
pub mod ledger;
mod misbehave;
mod pages;
mod sessions;
mod validate;
mod views;

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use tokio::sync::oneshot;

use faults::Faults;
use ledger::Ledger;
use sessions::Sessions;

pub const USER: &str = "rpa01";
pub const PASSWORD: &str = "mihon-2026";
pub const API_KEY: &str = "mihon-key-2026";

pub struct Options {
    /// 0 takes a free one.
    pub port: u16,
    pub ledger: PathBuf,
    pub user: String,
    pub password: String,
    /// A session ends after this many pages.
    pub session_pages: Option<u32>,
    /// A session ends after this long without a page.
    pub session_idle: Duration,
}

impl Options {
    pub fn new(ledger: impl Into<PathBuf>) -> Self {
        Self {
            port: 0,
            ledger: ledger.into(),
            user: USER.to_owned(),
            password: PASSWORD.to_owned(),
            session_pages: None,
            session_idle: Duration::from_secs(30 * 60),
        }
    }
}

/// What every request may touch.
struct Office {
    ledger: Ledger,
    faults: Faults,
    sessions: Sessions,
    views: views::Views,
}

/// A running portal, on a thread and runtime of its own. Dropping it stops it like a power cut would: entries that a
/// fault made late and that are not yet due are lost.
pub struct Portal {
    url: String,
    office: Arc<Office>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Portal {
    /// # Errors
    /// If the ledger cannot be opened or the port is taken.
    pub fn start(options: Options) -> io::Result<Self> {
        let office = Arc::new(Office {
            ledger: Ledger::open(&options.ledger)?,
            faults: Faults::default(),
            sessions: Sessions::new(options.user, options.password, options.session_pages, options.session_idle),
            views: views::Views::new(),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let service = router(Arc::clone(&office)).into_make_service_with_connect_info::<misbehave::Line>();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("portal".to_owned()).spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a non-blocking socket in a runtime");
                tokio::select! {
                    // A dropped sender says the same as a message: stop.
                    _ = stopped => {}
                    served = axum::serve(listener, service) => served.expect("accept errors are retried inside"),
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { url, office, stop: Some(stop), thread: Some(thread) })
    }

    /// Such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn ledger(&self) -> &Ledger {
        &self.office.ledger
    }

    pub fn faults(&self) -> &Faults {
        &self.office.faults
    }

    /// Returns when nothing serves the port any more.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic on the portal's thread has already been printed there.
            let _ = thread.join();
        }
    }
}

fn router(office: Arc<Office>) -> Router {
    pages::routes()
        .merge(api::routes())
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&office), misbehave::layer))
        .merge(faults::control())
        .merge(ledger::control())
        .with_state(office)
}
