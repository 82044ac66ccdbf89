//! The portal is what stories measure jitan by, so it is measured first: it enters what it is told, as often as it is
//! told, keeps it, and misbehaves exactly as asked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, StatusCode};

use crate::portal::faults::{Answer, Dialog, Fault, Kind, Stage};
use crate::portal::{Options, PASSWORD, Portal, USER};

/// A hand-driven browser: one cookie, no scripts, redirects not followed.
struct Clerk {
    url: String,
    http: Client,
    cookie: String,
}

struct Page {
    status: StatusCode,
    location: String,
    text: String,
}

impl Page {
    fn token(&self) -> &str {
        let (_, rest) = self.text.split_once("name=\"csrf\" value=\"").expect("the page has a form");
        rest.split_once('"').expect("the value ends").0
    }
}

impl Clerk {
    fn at(portal: &Portal) -> Self {
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { url: portal.url().to_owned(), http, cookie: String::new() }
    }

    async fn signed_in(portal: &Portal) -> Self {
        let mut clerk = Self::at(portal);
        let page = clerk.sign_in(PASSWORD).await;
        assert_eq!(page.location, "/menu");
        clerk
    }

    async fn sign_in(&mut self, password: &str) -> Page {
        let token = self.get("/login").await.token().to_owned();
        self.post("/login", &[("csrf", &token), ("user", USER), ("password", password)]).await
    }

    async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, String::new()).await.expect("the portal answers")
    }

    async fn post(&mut self, path: &str, values: &[(&str, &str)]) -> Page {
        self.try_post(path, values).await.expect("the portal answers")
    }

    async fn try_post(&mut self, path: &str, values: &[(&str, &str)]) -> reqwest::Result<Page> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(values).finish();
        self.send(Method::POST, path, body).await
    }

    async fn send(&mut self, method: Method, path: &str, body: String) -> reqwest::Result<Page> {
        let request = self.http.request(method, format!("{}{path}", self.url)).header(COOKIE, &self.cookie);
        let answer = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body).send().await?;
        let header = |name| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        if let Some((pair, _)) = header(SET_COOKIE).split_once(';') {
            self.cookie = pair.to_owned();
        }
        let (status, location) = (answer.status(), header(LOCATION));
        Ok(Page { status, location, text: answer.text().await? })
    }

    /// The token of this session, for a form sent by hand.
    async fn token(&mut self) -> String {
        self.get("/claims/new").await.token().to_owned()
    }
}

/// A claim that the system accepts. The person is made up.
fn claim(token: &str) -> Vec<(&str, &str)> {
    vec![
        ("csrf", token),
        ("submitted", "令和8年11月20日"),
        ("kana", "イタバシ ハナコ"),
        ("name", "板橋　花子"),
        ("birth_era", "昭和"),
        ("birth_y", "63"),
        ("birth_m", "06"),
        ("birth_d", "05"),
        ("my_number", "123456789018"),
        ("postal", "173-8501"),
        ("address", "板橋区板橋二丁目66-1"),
        ("phone", "03-3579-2000"),
        ("occupation", "会社員"),
        ("bank", "みずほ"),
        ("branch", "板橋"),
        ("account_type", "普通"),
        ("account_no", "0123456"),
        ("child1_name", "板橋　一郎"),
        ("child1_y", "08"),
        ("child1_m", "04"),
        ("child1_d", "01"),
        ("child1_living", "同居"),
    ]
}

fn changed<'a>(token: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut values: BTreeMap<_, _> = claim(token).into_iter().collect();
    values.extend(changes.iter().copied());
    values.into_iter().collect()
}

fn portal() -> (Portal, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Portal::start(Options::new(folder.path().join("ledger"))).unwrap(), folder)
}

fn once(stage: Stage, kind: Kind) -> Fault {
    Fault { stage, kind, times: Some(1), after: 0 }
}

/// Waits for what the portal does on its own time; its own ledger is the only sign of it.
async fn entries_reach(portal: &Portal, count: usize) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while portal.ledger().entries().len() < count {
        assert!(Instant::now() < give_up, "the ledger never reached {count} entries");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_claim_goes_from_the_entry_page_over_the_confirmation_into_the_ledger() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    let confirmation = clerk.post("/claims/confirm", &claim(&token)).await;
    assert!(confirmation.text.contains("<h1>入力内容の確認</h1>"));
    assert!(confirmation.text.contains("<span data-field=\"name\">板橋　花子</span>"));
    assert_eq!(portal.ledger().entries(), [], "a confirmation page enters nothing");

    let done = clerk.post("/claims", &claim(&token)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let completion = clerk.get(&done.location).await;
    let entries = portal.ledger().entries();
    assert_eq!(entries.len(), 1);
    assert!(completion.text.contains("登録が完了しました。"));
    assert!(completion.text.contains(&format!("<dd id=\"receipt\">{}</dd>", entries[0].receipt)));
    assert_eq!(entries[0].account, USER);
    assert_eq!(entries[0].values["name"], "板橋　花子");
    assert_eq!(entries[0].values["account_no"], "0123456");
}

#[tokio::test]
async fn the_same_request_sent_twice_is_entered_twice() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    let first = clerk.post("/claims", &claim(&token)).await;
    let second = clerk.post("/claims", &claim(&token)).await;
    assert_ne!(first.location, second.location);
    assert_eq!(portal.ledger().entries().len(), 2);
}

#[tokio::test]
async fn a_claim_that_the_office_would_refuse_stays_on_the_entry_page_with_every_reason() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("name", "")], "請求者氏名を入力してください。"),
        (&[("occupation", "")], "職業を選択してください。"),
        (&[("my_number", "123456789019")], "個人番号が正しくありません"),
        (&[("postal", "１７３８５０１")], "郵便番号は半角数字で入力してください。"),
        (&[("kana", "いたばし")], "フリガナは全角カタカナで入力してください。"),
        (&[("account_no", "123")], "口座番号は7桁で入力してください。"),
        (&[("birth_m", "02"), ("birth_d", "30")], "生年月日の日付が正しくありません。"),
        (&[("birth_y", "65")], "生年月日の日付が正しくありません。"),
        (&[("child2_name", "板橋　二郎")], "児童2 生年月日 年を入力してください。"),
    ];
    for (changes, reason) in cases {
        for path in ["/claims/confirm", "/claims"] {
            let page = clerk.post(path, &changed(&token, changes)).await;
            assert!(page.text.contains("<h1>認定請求 登録</h1>"), "{path} shows the entry page again: {reason}");
            assert!(page.text.contains(reason), "{path} says {reason}");
            assert!(page.text.contains("value=\"板橋区板橋二丁目66-1\""), "what was entered is kept");
        }
    }
    assert_eq!(portal.ledger().entries(), []);
}

#[tokio::test]
async fn hostile_values_are_shown_as_text() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    let hostile = "\"><script>alert(1)</script>{{ csrf }}";
    let page = clerk.post("/claims/confirm", &changed(&token, &[("address", hostile)])).await;
    assert!(!page.text.contains("<script>"));
    assert!(page.text.contains("&lt;script&gt;"));
    clerk.post("/claims", &changed(&token, &[("address", hostile)])).await;
    assert_eq!(portal.ledger().entries()[0].values["address"], hostile);
}

#[tokio::test]
async fn search_finds_what_was_entered_and_says_when_there_is_nothing() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    clerk.post("/claims", &claim(&token)).await;
    let reiwa = [("birth_era", "令和"), ("birth_y", "01")];
    let other = [&reiwa[..], &[("account_no", "7654321"), ("kana", "イタバシ タロウ")]].concat();
    clerk.post("/claims", &changed(&token, &other)).await;

    for (query, count) in [
        (("my_number", "123456789018"), 2),
        (("kana", "イタバシハナ"), 1),
        (("account_no", "7654321"), 1),
        (("receipt", portal.ledger().entries()[1].receipt.as_str()), 1),
        (("account_no", "0000000"), 0),
        (("account_no", ""), 0),
    ] {
        let page = clerk.post("/search", &[("csrf", &token), query]).await;
        let rows = page.text.matches("<tr><td>").count();
        assert_eq!(rows, count, "{query:?}");
        let none = count == 0 && !query.1.is_empty();
        assert_eq!(page.text.contains("該当する申請はありません。"), none, "{query:?}");
    }
    assert!(clerk.get("/search?account_no=7654321").await.text.contains("<td>令和元年6月5日</td>"));
    let page = clerk.get("/search?account_no=0123456").await;
    let entry = &portal.ledger().entries()[0];
    let time = entry.entered_at.format("%Y-%m-%d %H:%M:%S");
    let row = format!(
        "<tr><td>{}</td><td>板橋　花子</td><td>イタバシ ハナコ</td><td>昭和63年6月5日</td><td>0123456</td><td>{USER}</td><td>{time}</td></tr>",
        entry.receipt
    );
    assert!(page.text.contains(&row), "{}", page.text);
}

#[tokio::test]
async fn nobody_enters_without_the_right_password_a_session_and_its_token() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::at(&portal);
    assert_eq!(clerk.get("/claims/new").await.location, "/login");
    let refused = clerk.sign_in("wrong").await;
    assert!(refused.text.contains("職員番号またはパスワードが正しくありません。"));
    clerk.sign_in(PASSWORD).await;
    assert_eq!(clerk.post("/claims", &claim("forged")).await.status, StatusCode::FORBIDDEN);
    for _ in 0..5 {
        clerk.sign_in("wrong").await;
    }
    assert!(clerk.sign_in(PASSWORD).await.text.contains("ロックされています"));
    assert_eq!(portal.ledger().entries(), []);
}

#[tokio::test]
async fn a_session_ends_after_its_pages_and_the_sign_in_page_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(folder.path().join("ledger"));
    options.session_pages = Some(2);
    let portal = Portal::start(options).unwrap();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    clerk.post("/claims/confirm", &claim(&token)).await;
    let over = clerk.post("/claims", &claim(&token)).await;
    assert_eq!(over.location, "/login?expired=1");
    assert!(clerk.get(&over.location).await.text.contains("もう一度ログインしてください。"));
    assert_eq!(portal.ledger().entries(), []);
}

#[tokio::test]
async fn the_ledger_survives_a_restart_and_an_entry_that_a_crash_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let first = Portal::start(Options::new(&path)).unwrap();
    let mut clerk = Clerk::signed_in(&first).await;
    let token = clerk.token().await;
    clerk.post("/claims", &claim(&token)).await;
    let kept = first.ledger().entries();
    first.stop();
    let mut torn = std::fs::read(&path).unwrap();
    torn.extend_from_slice(&torn.clone()[..40]);
    std::fs::write(&path, &torn).unwrap();

    let second = Portal::start(Options::new(&path)).unwrap();
    assert_eq!(second.ledger().entries(), kept);
    let mut clerk = Clerk::signed_in(&second).await;
    let token = clerk.token().await;
    clerk.post("/claims", &claim(&token)).await;
    second.stop();
    let third = Portal::start(Options::new(&path)).unwrap();
    let receipts: Vec<_> = third.ledger().entries().into_iter().map(|entry| entry.receipt).collect();
    assert_eq!(receipts.len(), 2);
    assert!(receipts[0].ends_with("000001") && receipts[1].ends_with("000002"));
}

#[tokio::test]
async fn a_late_commit_answers_first_and_enters_afterwards_though_client_and_session_are_gone() {
    let (portal, _folder) = portal();
    for answer in [Answer::Status(504), Answer::Drop, Answer::Hang] {
        let before = portal.ledger().entries().len();
        let mut clerk = Clerk::signed_in(&portal).await;
        let token = clerk.token().await;
        portal.faults().add(once(Stage::Commit, Kind::LateCommit { ms: 400, answer }));
        let asked = Instant::now();
        let http = Client::builder().timeout(Duration::from_millis(150)).build().unwrap();
        clerk.http = http;
        let outcome = clerk.try_post("/claims", &claim(&token)).await;
        match answer {
            Answer::Status(code) => assert_eq!(outcome.unwrap().status, code),
            Answer::Drop => assert!(!outcome.err().unwrap().is_timeout()),
            Answer::Hang => assert!(outcome.err().unwrap().is_timeout()),
        }
        assert_eq!(portal.ledger().entries().len(), before, "nothing is entered yet after {answer:?}");
        portal.faults().add(once(Stage::Menu, Kind::ExpireSession));
        Clerk::at(&portal).get("/menu").await;
        entries_reach(&portal, before + 1).await;
        assert!(asked.elapsed() >= Duration::from_millis(400));
    }
}

#[tokio::test]
async fn a_commit_can_be_followed_by_an_error_or_by_nothing() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    portal.faults().add(once(Stage::Commit, Kind::CommitThen { answer: Answer::Status(500) }));
    assert_eq!(clerk.post("/claims", &claim(&token)).await.status, 500);
    assert_eq!(portal.ledger().entries().len(), 1);
    portal.faults().add(once(Stage::Commit, Kind::CommitThen { answer: Answer::Drop }));
    assert!(clerk.try_post("/claims", &claim(&token)).await.is_err());
    assert_eq!(portal.ledger().entries().len(), 2);
}

#[tokio::test]
async fn faults_that_enter_nothing_enter_nothing() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    clerk.http = Client::builder().timeout(Duration::from_millis(300)).build().unwrap();
    for (kind, answer) in [
        (Kind::Status { code: 503 }, Some((503, "システムエラー"))),
        (Kind::Maintenance, Some((200, "メンテナンス中"))),
        (Kind::Drop, None),
        (Kind::Hang, None),
    ] {
        portal.faults().add(once(Stage::Commit, kind.clone()));
        let outcome = clerk.try_post("/claims", &claim(&token)).await.ok();
        assert_eq!(outcome.as_ref().map(|page| page.status.as_u16()), answer.map(|(code, _)| code), "{kind:?}");
        assert!(answer.is_none_or(|(_, text)| outcome.unwrap().text.contains(text)), "{kind:?}");
    }
    portal.faults().add(once(Stage::Commit, Kind::ExpireSession));
    let page = clerk.post("/claims", &claim(&token)).await;
    assert!(page.text.contains("もう一度ログインしてください。"), "this client follows the redirect");
    assert_eq!(portal.ledger().entries(), []);
}

#[tokio::test]
async fn a_slow_commit_is_finished_though_its_client_has_left() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let token = clerk.token().await;
    portal.faults().add(once(Stage::Commit, Kind::Slow { ms: 300 }));
    clerk.http = Client::builder().timeout(Duration::from_millis(100)).build().unwrap();
    assert!(clerk.try_post("/claims", &claim(&token)).await.err().unwrap().is_timeout());
    entries_reach(&portal, 1).await;
}

#[tokio::test]
async fn pages_drip_rename_their_labels_and_show_dialogs_when_asked_over_http() {
    let (portal, _folder) = portal();
    let mut clerk = Clerk::signed_in(&portal).await;
    let plain = clerk.get("/claims/new").await.text;

    let drip = Fault { stage: Stage::Entry, kind: Kind::Drip { bytes: 2000, pause_ms: 10 }, times: Some(1), after: 1 };
    let control = Client::new();
    let url = format!("{}/__faults", portal.url());
    let added = control.post(&url).json(&drip).send().await.unwrap();
    assert_eq!(added.status(), StatusCode::NO_CONTENT);
    let waiting: Vec<Fault> = control.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(waiting, [drip]);
    assert_eq!(clerk.get("/claims/new").await.text, plain, "the first request passes");
    let begun = Instant::now();
    assert_eq!(clerk.get("/claims/new").await.text, plain, "dripped, but whole");
    assert!(begun.elapsed() >= Duration::from_millis(10 * (plain.len() as u64 / 2000)));
    assert_eq!(portal.faults().waiting(), []);

    let rename = Kind::RenameLabel { from: "口座番号".to_owned(), to: "口座No.".to_owned() };
    portal.faults().add(Fault { stage: Stage::Entry, kind: rename, times: None, after: 0 });
    for _ in 0..2 {
        assert_eq!(clerk.get("/claims/new").await.text, plain.replace("口座番号", "口座No."));
    }
    control.delete(&url).send().await.unwrap();
    assert_eq!(clerk.get("/claims/new").await.text, plain);

    for (show, script) in [
        (Dialog::Alert, "alert(\"お知らせ\")"),
        (Dialog::Confirm, "!confirm(\"お知らせ\")"),
        (Dialog::Beforeunload, "'beforeunload'"),
    ] {
        portal.faults().add(once(Stage::Any, Kind::Dialog { show, text: "お知らせ".to_owned() }));
        assert!(clerk.get("/claims/new").await.text.contains(script));
    }
    let entries: Vec<serde_json::Value> =
        control.get(format!("{}/__ledger", portal.url())).send().await.unwrap().json().await.unwrap();
    assert!(entries.is_empty());
}
