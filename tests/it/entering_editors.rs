//! Rich-text editors that nobody here wrote: what is typed into them stands in what the page sends.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jitan::entering::error::EnterError;
use jitan::entering::submit::SubmitEnd;
use jitan::model::step::{Action, ValueSource};

use super::entering_pages::*;

/// The editors' files at an address of their own.
async fn files() -> String {
    async fn file(State(root): State<PathBuf>, axum::extract::Path(path): axum::extract::Path<String>) -> Response {
        let kind = match Path::new(&path).extension().and_then(|end| end.to_str()) {
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            _ => "application/octet-stream",
        };
        match tokio::fs::read(root.join(path)).await {
            Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/editors");
    assert!(root.join("installed.sha512").exists(), "they are not installed: run scripts/setup");
    let routes = axum::Router::new().route("/{*path}", axum::routing::get(file)).with_state(root);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}

struct Editor {
    name: &'static str,
    /// Where a person types.
    place: &'static str,
    /// Whether it takes what keys did not type.
    fills: bool,
    /// Whether what is typed as soon as it stands there stays: two put in their own content once more when they are ready.
    keeps_keys: bool,
    /// Its page, with the address of its files as `FILES`.
    page: &'static str,
}

const EDITORS: [Editor; 3] = [
    Editor {
        name: "Quill",
        fills: true,
        keeps_keys: true,
        place: ".ql-editor",
        page: "<script src=FILES/quill/dist/quill.js></script><div id=e><p>前の文</p></div>
            <form action=/send method=post id=f><input type=hidden name=a id=a><button>登録する</button></form>
            <script>const quill = new Quill('#e');
            f.onsubmit = () => { a.value = quill.getText().trim(); };</script>",
    },
    Editor {
        name: "CKEditor 5",
        fills: false,
        keeps_keys: false,
        place: ".ck-editor__editable",
        page: "<script src=FILES/ckeditor-ckeditor5-build-classic/build/ckeditor.js></script>
            <form action=/send method=post id=f><div id=e><p>前の文</p></div><input type=hidden name=a id=a><button>登録する</button></form>
            <script>ClassicEditor.create(e).then((editor) => {
              f.onsubmit = () => { a.value = new DOMParser().parseFromString(editor.getData(), 'text/html').body.innerText; };
            });</script>",
    },
    Editor {
        name: "TinyMCE",
        fills: true,
        keeps_keys: false,
        place: "body#tinymce",
        page: "<script src=FILES/tinymce/tinymce.min.js></script>
            <form action=/send method=post id=f><textarea id=e>前の文</textarea><input type=hidden name=a id=a><button>登録する</button></form>
            <script>tinymce.init({ selector: '#e', license_key: 'gpl', promotion: false }).then(([editor]) => {
              f.onsubmit = () => { a.value = editor.getContent({ format: 'text' }).trim(); };
            });</script>",
    },
];

/// What a page sends after this step, or why it stopped.
async fn sent(files: &str, page: &str, step: Action) -> Result<String, EnterError> {
    let pages = Pages::serve(&page.replace("FILES", files)).await;
    let mut case = Case::new(&pages, vec![step, submit_by(button("登録する"))]);
    case.target.step_timeout = Duration::from_secs(8);
    match case.enter().await? {
        (SubmitEnd::Confirmed { .. }, _) => Ok(pages.sent()[0]["a"].clone()),
        (SubmitEnd::NotSent { why }, _) => Err(why),
        (end, _) => panic!("{end:?}"),
    }
}

/// It did not stay, and was not sent.
fn differs(why: &EnterError) -> bool {
    why.message().code == "entering.read-back-differs"
}

#[test]
fn a_text_typed_by_keys_replaces_what_stood_there_or_is_not_sent() {
    story(async {
        let files = files().await;
        for Editor { name, place, page, keeps_keys, .. } in EDITORS {
            for text in ["理由: 転入のため <b>&amp;</b> 髙橋 🏠", ""] {
                let typed = Action::Type { into: css(place), value: ValueSource::Literal(text.to_owned()) };
                match sent(&files, page, typed).await {
                    Ok(sent) => assert_eq!(sent, text, "{name}"),
                    Err(why) => assert!(!keeps_keys && differs(&why), "{name}: {why:?}"),
                }
            }
        }
    });
}

#[test]
fn a_text_that_is_filled_in_replaces_it_or_the_editor_that_listens_to_keys_only_is_told() {
    story(async {
        let files = files().await;
        for Editor { name, place, page, fills, keeps_keys } in EDITORS {
            for text in ["理由: 転入のため <b>&amp;</b> 髙橋 🏠", ""] {
                match sent(&files, page, fill(css(place), text)).await {
                    Ok(sent) => assert!(fills && sent == text, "{name}: {sent}"),
                    Err(why) if fills => assert!(!keeps_keys && differs(&why), "{name}: {why:?}"),
                    Err(why) => assert!(why.to_string().contains("does-not-change"), "{name}: {why:?}"),
                }
            }
        }
    });
}
