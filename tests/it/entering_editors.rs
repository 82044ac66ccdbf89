//! Rich-text editors that nobody here wrote: what is typed into them stands in what the page sends.

use std::path::{Path, PathBuf};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jitan::entering::submit::SubmitEnd;
use jitan::model::locator::Locator;
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
    /// Its page, with the address of its files as `FILES`.
    page: &'static str,
}

const EDITORS: [Editor; 3] = [
    Editor {
        name: "Quill",
        place: ".ql-editor",
        page: "<script src=FILES/quill/dist/quill.js></script><div id=e><p>前の文</p></div>
            <form action=/send method=post id=f><input type=hidden name=a id=a><button>登録する</button></form>
            <script>const quill = new Quill('#e');
            f.onsubmit = () => { a.value = quill.getText().trim(); };</script>",
    },
    Editor {
        name: "CKEditor 5",
        place: ".ck-editor__editable",
        page: "<script src=FILES/ckeditor-ckeditor5-build-classic/build/ckeditor.js></script>
            <form action=/send method=post id=f><div id=e><p>前の文</p></div><input type=hidden name=a id=a><button>登録する</button></form>
            <script>ClassicEditor.create(e).then((editor) => {
              f.onsubmit = () => { a.value = new DOMParser().parseFromString(editor.getData(), 'text/html').body.innerText; };
            });</script>",
    },
    Editor {
        name: "TinyMCE",
        place: "body#tinymce",
        page: "<script src=FILES/tinymce/tinymce.min.js></script>
            <form action=/send method=post id=f><textarea id=e>前の文</textarea><input type=hidden name=a id=a><button>登録する</button></form>
            <script>tinymce.init({ selector: '#e', license_key: 'gpl', promotion: false }).then(([editor]) => {
              f.onsubmit = () => { a.value = editor.getContent({ format: 'text' }).trim(); };
            });</script>",
    },
];

fn typed(into: Locator, text: &str, by_keys: bool) -> Action {
    let value = ValueSource::Literal(text.to_owned());
    if by_keys { Action::Type { into, value } } else { Action::Fill { into, value } }
}

#[test]
fn a_text_replaces_what_stood_in_an_editor_whether_filled_or_typed() {
    story(async {
        let files = files().await;
        for Editor { name, place, page } in EDITORS {
            for by_keys in [false, true] {
                let text = "理由: 転入のため <b>&amp;</b> 髙橋 🏠";
                let pages = Pages::serve(&page.replace("FILES", &files)).await;
                let actions = vec![typed(css(place), text, by_keys), submit_by(button("登録する"))];
                let mut case = Case::new(&pages, actions);
                case.target.step_timeout = std::time::Duration::from_secs(10);
                let (end, _) = case.enter().await.unwrap_or_else(|why| panic!("{name}, keys {by_keys}: {why:?}"));
                assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{name}, keys {by_keys}: {end:?}");
                assert_eq!(pages.sent()[0]["a"], text, "{name}, keys {by_keys}");
            }
        }
    });
}

#[test]
fn an_editor_is_emptied_by_a_blank_field() {
    story(async {
        let files = files().await;
        for Editor { name, place, page } in EDITORS {
            let pages = Pages::serve(&page.replace("FILES", &files)).await;
            let case = Case::new(&pages, vec![typed(css(place), "", false), submit_by(button("登録する"))]);
            let ended = case.enter().await;
            assert!(ended.is_ok(), "{name}: {ended:?}");
            assert_eq!(pages.sent()[0]["a"], "", "{name}");
        }
    });
}
