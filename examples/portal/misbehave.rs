//! Does the faults that wait: stands around every page, so that the pages themselves know nothing of it.

use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use tokio::time::sleep;

use super::Office;
use super::faults::{Answer, Dialog, Kind, Stage};

/// A second hold on the connection a request came by, for cutting it.
#[derive(Clone)]
pub struct Line(Arc<Option<TcpStream>>);

impl Connected<IncomingStream<'_, tokio::net::TcpListener>> for Line {
    fn connect_info(stream: IncomingStream<'_, tokio::net::TcpListener>) -> Self {
        Self(Arc::new(stream.io().as_fd().try_clone_to_owned().ok().map(TcpStream::from)))
    }
}

impl Line {
    fn cut(&self) {
        if let Some(stream) = &*self.0 {
            // Fails only if the other side was faster, which is what is wanted.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// What the client gets.
enum End {
    Answer(Response),
    Cut,
    Silence,
}

impl End {
    fn of(office: &Office, answer: Answer) -> Self {
        match answer {
            Answer::Status(code) => Self::Answer(failure(office, code)),
            Answer::Drop => Self::Cut,
            Answer::Hang => Self::Silence,
        }
    }
}

/// Like real systems, goes on with a request whose client has left: the work is a task of its own.
pub async fn layer(
    State(office): State<Arc<Office>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let kind = Stage::of(request.method(), request.uri().path()).and_then(|stage| office.faults.take(stage));
    let work = tokio::spawn(async move {
        match kind {
            None => End::Answer(next.run(request).await),
            Some(kind) => spoil(&office, kind, request, next).await,
        }
    });
    match work.await {
        Ok(End::Answer(response)) => response,
        Ok(End::Cut) => {
            line.cut();
            std::future::pending().await
        }
        Ok(End::Silence) => std::future::pending().await,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn spoil(office: &Arc<Office>, kind: Kind, mut request: Request, next: Next) -> End {
    match kind {
        Kind::Slow { ms } => {
            sleep(Duration::from_millis(ms)).await;
            End::Answer(next.run(request).await)
        }
        Kind::Status { code } => End::Answer(failure(office, code)),
        Kind::Drip { bytes, pause_ms } => {
            End::Answer(drip(next.run(request).await, bytes.max(1), Duration::from_millis(pause_ms)).await)
        }
        Kind::Drop => End::Cut,
        Kind::Hang => End::Silence,
        Kind::Maintenance => End::Answer(office.views.maintenance()),
        Kind::ExpireSession => {
            office.sessions.forget_all();
            End::Answer(next.run(request).await)
        }
        Kind::RenameLabel { from, to } => {
            End::Answer(rewrite(next.run(request).await, |page| page.replace(&from, &to)).await)
        }
        Kind::Dialog { show, text } => {
            let script = format!("<script>{}</script></body>", dialog_script(show, &text));
            End::Answer(rewrite(next.run(request).await, |page| page.replace("</body>", &script)).await)
        }
        Kind::LateCommit { ms, answer } => {
            // Who asks is settled now: the session may have ended when the work is done.
            if let Some(signed) = office.sessions.admit(request.headers()) {
                request.extensions_mut().insert(signed);
            }
            tokio::spawn(async move {
                sleep(Duration::from_millis(ms)).await;
                next.run(request).await
            });
            End::of(office, answer)
        }
        Kind::CommitThen { answer } => {
            next.run(request).await;
            End::of(office, answer)
        }
    }
}

fn failure(office: &Office, code: u16) -> Response {
    office.views.failure(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}

fn dialog_script(show: Dialog, text: &str) -> String {
    // JSON is a JavaScript literal; `<` is kept from ending the script element.
    let text = serde_json::json!(text).to_string().replace('<', "\\u003c");
    match show {
        Dialog::Alert => format!("alert({text})"),
        Dialog::Confirm => {
            format!("addEventListener('submit', event => {{ if (!confirm({text})) event.preventDefault() }}, true)")
        }
        Dialog::Beforeunload => {
            format!(
                "addEventListener('beforeunload', event => {{ event.preventDefault(); event.returnValue = {text} }})"
            )
        }
    }
}

/// No page is near this long.
const LONGEST_PAGE: usize = 4 << 20;

async fn rewrite(response: Response, change: impl FnOnce(&str) -> String) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LONGEST_PAGE).await.unwrap_or_default();
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(change(&String::from_utf8_lossy(&body))))
}

async fn drip(response: Response, bytes: usize, pause: Duration) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LONGEST_PAGE).await.unwrap_or_default();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let pieces = futures_util::stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        let piece = rest.split_to(bytes.min(rest.len()));
        sleep(pause).await;
        Some((Ok::<Bytes, std::convert::Infallible>(piece), rest))
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}
