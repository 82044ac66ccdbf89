//! The gate between a page and the network at a submit: what leaves is what the browser would have sent, it leaves
//! once, and nothing else that could write does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jitan::entering::error::ErrorKind;
use jitan::entering::prepare::prepare;
use jitan::entering::submit::{SubmitEnd, SubmitMoment, submit};
use jitan::model::step::Action;
use jitan::model::target::Site;
use jitan::ports::browser::BrowserError;

use super::entering_pages::*;

/// A request that could have written something.
#[derive(Debug, Clone, PartialEq)]
struct Arrived {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// Answers in turn; the last one stays.
type Answers = Vec<(u16, Vec<(&'static str, String)>, String)>;

/// A web system that shows one page, writes down what is sent to it and answers as told.
struct Desk {
    page: String,
    answers: Mutex<Answers>,
    arrived: Mutex<Vec<Arrived>>,
    address: String,
}

impl Desk {
    async fn open(page: &str, answers: Answers) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let page = format!("<!doctype html><meta charset=utf-8>{page}");
        let desk = Self { page, answers: Mutex::new(answers), arrived: Mutex::default(), address };
        let desk = Arc::new(desk);
        let routes = axum::Router::new().fallback(serve).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        desk
    }

    fn answer(&self) -> (u16, Vec<(&'static str, String)>, String) {
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }

    fn writes(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// Presses the button that registers.
    fn case(&self) -> Case {
        let mut case = Case {
            target: target(),
            site: Site { url: self.address.clone(), hosts: Vec::new(), account: None },
            steps: steps([Action::Open { path: "/page".to_owned() }, submit_by(button("登録する"))]),
            values: Default::default(),
        };
        case.target.step_timeout = Duration::from_secs(3);
        case
    }

    async fn enter(&self) -> SubmitEnd {
        self.case().enter().await.unwrap().0
    }
}

async fn serve(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    if parts.method == Method::GET {
        return match parts.uri.path() {
            "/page" => {
                let cookie = [(header::SET_COOKIE, "sid=abc; HttpOnly; Path=/")];
                (html, cookie, desk.page.clone()).into_response()
            }
            // Whichever worker runs it, it sends when it is spoken to.
            "/worker.js" => {
                let script = "const send = (to) => fetch('/commit', {method: 'POST', body: 'w'})
                    .then(() => to.postMessage('送った'), () => to.postMessage('止められた'));
                    self.onconnect = (e) => send(e.ports[0]); self.onmessage = (e) => send(e.source);";
                ([(header::CONTENT_TYPE, "text/javascript")], script).into_response()
            }
            "/sender" => {
                let twice = "<script>for (const n of [1, 2]) fetch('/commit?n=' + n, {method: 'POST'}).catch(() => 0)";
                (html, format!("{twice}</script>")).into_response()
            }
            "/done" => {
                let cookies = parts.headers.get(header::COOKIE).map_or("", |c| c.to_str().unwrap());
                (html, format!("<h1>受付完了</h1><b id=receipt>{cookies}</b>")).into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        };
    }
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.to_string();
    desk.arrived.lock().unwrap().push(Arrived { method: parts.method, path, headers: parts.headers, body });
    let (status, headers, body) = desk.answer();
    let mut response = (StatusCode::from_u16(status).unwrap(), html, body).into_response();
    for (name, value) in headers {
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}

fn received() -> Answers {
    vec![(200, Vec::new(), RECEIPT.to_owned())]
}

/// A button whose script sends `count` requests by `fetch`, one after the other, and shows the first answer.
fn scripted(count: u32, then: &str) -> String {
    format!(
        "<button onclick='go()'>登録する</button><div id=out></div><script>
         const send = (n) => fetch('/api/claims?n=' + n, {{method: 'PUT', body: JSON.stringify({{name: '板橋 花子'}}),
             headers: {{'content-type': 'application/json', 'x-csrf-token': 't'}}}});
         async function go() {{
           for (let n = 1; n <= {count}; n += 1) {{
             try {{ const answer = await send(n); if (answer.ok) out.innerHTML = await answer.text(); }} catch {{}}
           }}
           {then}
         }}</script>"
    )
}

/// Headers that belong to a connection, not to what is said on it. The page's own caching of what it reloads is not
/// part of a submit either.
const OF_THE_CONNECTION: [&str; 5] = ["host", "connection", "accept-encoding", "content-length", "cache-control"];

fn said(arrived: &Arrived) -> BTreeMap<String, String> {
    let headers = arrived.headers.iter().filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()));
    headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

/// A boundary is drawn by lot for each request.
fn without_boundary(text: &str) -> String {
    let marker = "----WebKitFormBoundary";
    let mut parts = text.split(marker);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| whole + marker + part.get(16..).unwrap_or_default())
}

#[test]
fn what_leaves_is_what_the_browser_itself_would_have_sent() {
    let form =
        "<form action=/commit?page=2 method=post><input name=a value='板橋 花子&é'><textarea name=b>1\n2</textarea>
                <button>登録する</button></form>";
    let upload = "<form action=/commit method=post enctype=multipart/form-data><input name=a value='髙'><input type=file name=f>
                  <button>登録する</button></form><script>const files = new DataTransfer();
                  files.items.add(new File([new Uint8Array([0, 255, 10, 13])], '証明書.pdf', {type: 'application/pdf'}));
                  document.querySelector('[type=file]').files = files.files</script>";
    story(async {
        for page in [form, upload, &scripted(1, "")] {
            let desk = Desk::open(page, received()).await;
            let by_a_plain_click = [Action::Open { path: "/page".to_owned() }, click(button("登録する"))];
            let mut plainly = desk.case();
            plainly.target.reading_requests = ["/commit", "PUT /api/claims"].map(|p| p.to_owned().into()).to_vec();
            plainly.steps = steps(
                by_a_plain_click.into_iter().chain([Action::Expect { what: text("受付完了") }, submit_by(button("-"))]),
            );
            plainly.prepare().await.unwrap();
            let end = desk.enter().await;
            assert!(matches!(end, SubmitEnd::Confirmed { status: Some(200), .. }), "{end:?}");

            let [plain, gated] = desk.writes().try_into().unwrap();
            assert_eq!((&gated.method, &gated.path), (&plain.method, &plain.path));
            let bodies = [&plain, &gated].map(|a| without_boundary(&String::from_utf8_lossy(&a.body)));
            assert_eq!(bodies[1], bodies[0]);
            let heads = [&plain, &gated].map(|a| {
                let mut head = said(a);
                head.entry("content-type".to_owned()).and_modify(|kind| *kind = without_boundary(kind));
                head
            });
            assert_eq!(heads[1], heads[0], "{page}");
        }
    });
}

#[test]
fn cookies_and_redirect_of_the_answer_reach_the_browser() {
    story(async {
        let to = ("location", "/done".to_owned());
        let cookies = ["renewed=1; Path=/; HttpOnly", "second=2"].map(|c| ("set-cookie", c.to_owned()));
        let answer = (303, [vec![to], cookies.to_vec()].concat(), String::new());
        let desk = Desk::open("<form action=/commit method=post><button>登録する</button></form>", vec![answer]).await;
        let SubmitEnd::Confirmed { receipt, status, .. } = desk.enter().await else { panic!() };
        assert_eq!(receipt.unwrap().expose(), "sid=abc; renewed=1; second=2");
        assert_eq!(status, Some(303));
        assert_eq!(desk.writes().len(), 1);
    });
}

#[test]
fn a_target_that_wants_it_at_another_address_gets_it_there() {
    story(async {
        let elsewhere = (307, vec![("location", "/v2/commit".to_owned())], String::new());
        let page = "<form action=/commit method=post><input name=a value=1><button>登録する</button></form>";
        let desk = Desk::open(page, [vec![elsewhere], received()].concat()).await;
        assert!(matches!(desk.enter().await, SubmitEnd::Confirmed { .. }));
        let paths: Vec<_> = desk.writes().into_iter().map(|w| (w.path, w.body)).collect();
        assert_eq!(paths, [("/commit".to_owned(), Bytes::from("a=1")), ("/v2/commit".to_owned(), Bytes::from("a=1"))]);
    });
}

#[test]
fn a_page_that_sends_twice_is_entered_once() {
    story(async {
        for (count, answers) in [
            (2, received()),
            // It tries again by itself when the target stumbles.
            (3, [vec![(500, Vec::new(), "error".to_owned())], received()].concat()),
        ] {
            let desk = Desk::open(&scripted(count, "document.title = 'all sent'"), answers).await;
            let (mut session, case) = (session().await, desk.case());
            let prepared = prepare(session.as_mut(), &case.job()).await.unwrap();
            let end = submit(session.as_mut(), &case.job(), &prepared, &|_| ()).await;
            let confirmed = matches!(end, SubmitEnd::Confirmed { status: Some(200), .. });
            let unknown = matches!(end, SubmitEnd::Unknown { status: Some(500), .. });
            assert!(if count == 2 { confirmed } else { unknown }, "{end:?}");
            assert_eq!(desk.writes().len(), 1);
        }
    });
}

#[test]
fn nothing_that_could_write_leaves_after_the_submit_either() {
    story(async {
        let late =
            "setTimeout(async () => { try { await send(9) } catch { out.innerHTML += '<p>遅れて止めた</p>' } }, 300)";
        let desk = Desk::open(&scripted(1, late), received()).await;
        let mut case = desk.case();
        case.steps.extend(steps([Action::Expect { what: text("遅れて止めた") }]));
        let (mut session, prepared) = case.prepare().await.unwrap();
        let end = submit(session.as_mut(), &case.job(), &prepared, &|_| ()).await;
        assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
        jitan::entering::prepare::after(session.as_mut(), &case.job(), &[]).await.unwrap();
        assert_eq!(desk.writes().len(), 1);
    });
}

#[test]
fn a_request_that_only_reads_is_no_submit() {
    story(async {
        let page = "<button onclick='go()'>登録する</button><div id=out></div><script>
            async function go() {
              await fetch('/api/check', {method: 'POST'});
              navigator.sendBeacon('/seen', 'x');
              out.innerHTML = await (await fetch('/api/claims', {method: 'POST'})).text();
            }</script>";
        let desk = Desk::open(page, received()).await;
        let mut case = desk.case();
        case.target.reading_requests = vec!["/api/check".to_owned().into()];
        let (end, _) = case.enter().await.unwrap();
        assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
        let paths: Vec<_> = desk.writes().into_iter().map(|write| write.path).collect();
        assert_eq!(paths, ["/api/check", "/api/claims"]);
    });
}

#[test]
fn an_answer_that_wants_a_window_of_its_own_comes_into_this_one() {
    story(async {
        for page in [
            "<form action=/commit method=post target=_blank><button>登録する</button></form>",
            "<form action=/commit method=post><button formtarget=_blank>登録する</button></form>",
            "<form id=f action=/commit method=post target=_BLANK></form><button onclick='f.submit()'>登録する</button>",
        ] {
            let desk = Desk::open(page, received()).await;
            let end = desk.enter().await;
            assert!(matches!(end, SubmitEnd::Confirmed { status: Some(200), .. }), "{page}: {end:?}");
            assert_eq!(desk.writes().len(), 1);
        }
    });
}

/// Scripts that have something beside the page send what the page would have sent.
const BESIDE: [&str; 5] = [
    "window.open('', 'w'); f.target = 'w'; f.submit()",
    "w = window.open(''); w.document.write(f.outerHTML); w.document.forms[0].submit()",
    "window.open('/sender', '_blank', 'noopener')",
    "s = new SharedWorker('/worker.js'); s.port.onmessage = (e) => { out.textContent = e.data }",
    "navigator.serviceWorker.onmessage = (e) => { out.textContent = e.data };
     navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready)
       .then((own) => own.active.postMessage(1))",
];

fn beside(script: &str) -> String {
    format!("<form id=f action=/commit method=post></form><button onclick=\"{script}\">登録する</button><p id=out></p>")
}

#[test]
fn what_a_window_or_worker_sends_at_a_submit_leaves_once_too() {
    story(async {
        for script in BESIDE {
            let desk = Desk::open(&beside(script), received()).await;
            let end = desk.enter().await;
            // What it says stands in no page that the scenario sees.
            assert!(matches!(end, SubmitEnd::Unknown { status: Some(200), .. }), "{script}: {end:?}");
            assert_eq!(desk.writes().len(), 1, "{script}");
        }
    });
}

#[test]
fn no_window_and_no_worker_sends_anything_before_a_submit() {
    story(async {
        for script in BESIDE {
            let desk = Desk::open(&beside(script), received()).await;
            let mut case = desk.case();
            let never = Action::Expect { what: text("ここには出ない") };
            case.steps.splice(1.., steps([click(button("登録する")), never, submit_by(button("-"))]));
            let error = case.prepare().await.err().unwrap();
            assert_eq!(error.kind, ErrorKind::UndeclaredWrite, "{script}: {error}");
            assert!(desk.writes().is_empty(), "{script}");
        }
    });
}

#[test]
fn a_target_that_cannot_be_reached_has_certainly_not_got_it() {
    story(async {
        // A port that nobody listens on.
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let page = format!("<form action=http://{nobody}/commit method=post><button>登録する</button></form>");
        let (end, moments) = Desk::open(&page, received()).await.case().enter().await.unwrap();
        let SubmitEnd::NotSent { why } = end else { panic!("{end:?}") };
        assert!(why.to_string().contains("never left"), "{why}");
        assert!(!moments.contains(&SubmitMoment::Answered));
    });
}

#[test]
fn a_click_given_up_before_its_request_left_lets_nothing_leave() {
    story(async {
        let desk = Desk::open("<form action=/commit method=post><button>登録する</button></form>", received()).await;
        let case = desk.case();
        let (mut session, prepared) = case.prepare().await.unwrap();
        {
            let (held, held_now) = tokio::sync::watch::channel(false);
            let observe = move |moment| {
                if moment == SubmitMoment::ClickDispatched {
                    held.send_replace(true);
                }
            };
            let job = case.job();
            let mut clicked = held_now.clone();
            tokio::select! {
                biased;
                _ = clicked.wait_for(|dispatched| *dispatched) => {}
                end = submit(session.as_mut(), &job, &prepared, &observe) => panic!("{end:?}"),
            }
        }
        // The page clicks all the same, and gets no further than the gate.
        let left = session.next_document(Duration::from_secs(3)).await;
        assert!(matches!(left, Err(BrowserError::Unreachable { .. })), "{left:?}");
        assert_eq!(desk.writes(), []);
    });
}
