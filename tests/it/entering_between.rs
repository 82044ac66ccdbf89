//! What a page may do between two programs: an element was ready, and is another's a moment later.

use std::time::Duration;

use async_trait::async_trait;
use jitan::entering::prepare::prepare;
use jitan::entering::submit::{SubmitEnd, submit};
use jitan::model::step::{Action, DialogAnswer, ValueSource, Window};
use jitan::model::target::{Reading, RequestPattern};
use jitan::model::value::Personal;
use jitan::ports::browser::{BrowserError, FileEnd, Gate, Happening, Picture, Ran, Session, WindowNumber};
use serde_json::Value;

use super::entering_pages::*;

/// A real session whose page gets a moment for itself right before each click.
struct Meanwhile {
    session: Box<dyn Session>,
    /// What the page does then, the first time.
    page_does: Option<&'static str>,
}

#[async_trait]
impl Session for Meanwhile {
    async fn run(
        &mut self,
        program: &'static str,
        request: &Value,
        limit: Duration,
        handed_over: &(dyn Fn() + Send + Sync),
    ) -> Result<Ran, BrowserError> {
        if request["program"] == "click"
            && let Some(page_does) = self.page_does.take()
        {
            self.session.run(page_does, &Value::Null, limit, &|| ()).await?;
        }
        self.session.run(program, request, limit, handed_over).await
    }

    async fn turn_to(&mut self, window: Window, limit: Duration) -> Option<WindowNumber> {
        self.session.turn_to(window, limit).await
    }
    async fn open(&mut self, url: &str, limit: Duration) -> Result<(), BrowserError> {
        self.session.open(url, limit).await
    }
    async fn next_document(&mut self, limit: Duration) -> Result<(), BrowserError> {
        self.session.next_document(limit).await
    }
    async fn quiet(&mut self, limit: Duration) {
        self.session.quiet(limit).await;
    }
    fn guard(&mut self, reading: Reading) {
        self.session.guard(reading);
    }
    fn writes_seen(&self) -> Vec<(RequestPattern, bool)> {
        self.session.writes_seen()
    }
    fn answer_dialogs(&mut self, answer: Option<DialogAnswer>) {
        self.session.answer_dialogs(answer);
    }
    fn happenings(&mut self) -> Vec<Happening> {
        self.session.happenings()
    }
    async fn point_at(&mut self, x: f64, y: f64, limit: Duration) -> Result<(), BrowserError> {
        self.session.point_at(x, y, limit).await
    }
    async fn type_keys(&mut self, text: &Personal, limit: Duration) -> Result<(), BrowserError> {
        self.session.type_keys(text, limit).await
    }
    async fn expect_file(&mut self, most_bytes: u64) -> Result<(), BrowserError> {
        self.session.expect_file(most_bytes).await
    }
    async fn offered_file(&mut self, limit: Duration) -> Result<FileEnd, BrowserError> {
        self.session.offered_file(limit).await
    }
    fn gate(&mut self, reading: Reading) -> Box<dyn Gate> {
        self.session.gate(reading)
    }
    async fn picture(&mut self, limit: Duration) -> Result<Picture, BrowserError> {
        self.session.picture(limit).await
    }
    fn is_signed_in(&self) -> bool {
        self.session.is_signed_in()
    }
    fn set_signed_in(&mut self, signed_in: bool) {
        self.session.set_signed_in(signed_in);
    }
}

#[test]
fn a_button_that_the_page_drew_anew_is_clicked_in_its_new_place() {
    let listens = "<script>document.onclick = (event) => { if (event.target.id === 'b') c.value += '押'; };</script>";
    let page = format!("<button id=b>確認</button>{}{listens}", form("<input id=c name=a>"));
    story(async {
        let pages = Pages::serve(&page).await;
        let case = Case::new(&pages, vec![click(button("確認")), submit_by(button("登録する"))]);
        let drawn_anew =
            "async function () { const old = document.querySelector('#b'); old.replaceWith(old.cloneNode(true)); }";
        let mut session = Meanwhile { session: session().await, page_does: Some(drawn_anew) };
        let prepared = prepare(&mut session, &case.job()).await.unwrap();
        assert_eq!(session.page_does, None, "the page had its moment");
        let end = submit(&mut session, &case.job(), &prepared, &|_| ()).await;
        assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
        assert_eq!(pages.sent()[0]["a"], "押", "clicked, and once");
    });
}

#[test]
fn keys_wait_until_the_page_leaves_the_focus_where_they_belong() {
    let page = form(
        "<label>氏名 <input name=a id=k></label><input name=b id=other><script>
         let greedy = true;
         k.addEventListener('focus', () => { if (greedy) other.focus(); });
         setTimeout(() => { greedy = false; }, 500);</script>",
    );
    let keys = Action::Type { into: label("氏名"), value: ValueSource::Literal("板橋".to_owned()) };
    story(async {
        let pages = Pages::serve(&page).await;
        let (end, _) = Case::new(&pages, vec![keys, submit_by(button("登録する"))]).enter().await.unwrap();
        assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
        assert_eq!([&pages.sent()[0]["a"], &pages.sent()[0]["b"]], ["板橋", ""]);
    });
}
