//! A page that sends over a web socket: what passes no gate can be confirmed by what is seen, and otherwise is unknown. It
//! is never called "not sent", and so never entered again by itself.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use jitan::entering::error::ErrorKind;
use jitan::entering::submit::SubmitEnd;
use tokio_tungstenite::tungstenite::Message;

use super::entering_pages::*;

/// A socket that takes everything down, and answers or does not.
async fn socket(answers: bool) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap());
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let hearing = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let hearing = Arc::clone(&hearing);
            tokio::spawn(async move {
                let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                while let Some(Ok(Message::Text(text))) = socket.next().await {
                    hearing.lock().unwrap().push(text.to_string());
                    if answers {
                        socket.send(Message::text("R8-000123")).await.unwrap();
                    }
                }
            });
        }
    });
    (address, heard)
}

async fn entered_over(answers: bool) -> (SubmitEnd, Vec<String>) {
    let (address, heard) = socket(answers).await;
    let page = format!(
        "<label>氏名<input id=n></label><button onclick=\"socket.send(n.value)\">登録する</button><div id=d></div><script>
         const socket = new WebSocket('{address}');
         socket.onmessage = (said) => {{ d.innerHTML = '<h1>受付完了</h1><b id=receipt>' + said.data + '</b>'; }};</script>"
    );
    let pages = Pages::serve(&page).await;
    let case = Case::new(&pages, vec![fill(label("氏名"), "板橋"), submit_by(button("登録する"))]);
    let (end, _) = case.enter().await.unwrap();
    let heard = heard.lock().unwrap().clone();
    (end, heard)
}

#[test]
fn what_a_page_sends_over_a_socket_before_its_submit_must_be_listed_as_reading() {
    story(async {
        let (address, heard) = socket(false).await;
        let page = format!(
            "<form action=/send method=post><p id=f></p><button>登録する</button></form><script>
             const socket = new WebSocket('{address}/live/12345');
             socket.onopen = () => {{ f.innerHTML = '<label>氏名<input name=a oninput=socket.send(this.value)></label>'; }};
             </script>"
        );
        let pages = Pages::serve(&page).await;
        let mut case = Case::new(&pages, vec![fill(label("氏名"), "板橋"), submit_by(button("登録する"))]);
        let undeclared = case.prepare().await.err().unwrap();
        assert_eq!(undeclared.kind, ErrorKind::UndeclaredSent);
        let said = undeclared.to_string();
        assert!(said.contains("`WS /live/*`") && !said.contains("板橋") && !said.contains("12345"), "{said}");
        assert_eq!(*heard.lock().unwrap(), ["板橋"], "it has left, and is told as such");
        assert!(pages.sent().is_empty());
        case.target.reading_requests = vec!["WS /live/*".to_owned().into()];
        let (session, _) = case.prepare().await.unwrap();
        let seen: Vec<_> = session.writes_seen().into_iter().map(|(request, ok)| (request.to_string(), ok)).collect();
        assert_eq!(seen, [("WS /live/*".to_owned(), true)]);
    });
}

#[test]
fn an_entry_over_a_socket_is_confirmed_by_what_is_seen_or_else_unknown() {
    story(async {
        let (end, heard) = entered_over(true).await;
        let SubmitEnd::Confirmed { receipt: Some(receipt), .. } = end else { panic!("{end:?}") };
        assert_eq!((receipt.expose(), heard), ("R8-000123", vec!["板橋".to_owned()]));
        let (end, heard) = entered_over(false).await;
        assert!(matches!(end, SubmitEnd::Unknown { .. }), "{end:?}");
        assert_eq!(heard, ["板橋"], "sent once");
    });
}
