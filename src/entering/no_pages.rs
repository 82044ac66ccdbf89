//! In the place of a browser's session where a scenario needs no page: no browser is started for it.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::model::step::{DialogAnswer, Window};
use crate::model::target::{Reading, RequestPattern};
use crate::model::value::Personal;
use crate::ports::browser::{
    BrowserError, Departure, FileEnd, Gate, GateMoment, Happening, Picture, Ran, Session, WindowNumber,
};

/// Refuses whatever needs a page. Signing in is not asked of it: an API knows its caller by what every request carries.
pub struct NoPages;

fn no_page<T>() -> Result<T, BrowserError> {
    Err(BrowserError::Refused { what: "this scenario has no pages".to_owned() })
}

#[async_trait]
impl Session for NoPages {
    async fn turn_to(&mut self, _: Window, _: Duration) -> Option<WindowNumber> {
        Some(WindowNumber::default())
    }

    async fn open(&mut self, _: &str, _: Duration) -> Result<(), BrowserError> {
        no_page()
    }

    async fn run(
        &mut self,
        _: &'static str,
        _: &Value,
        _: Duration,
        _: &(dyn Fn() + Send + Sync),
    ) -> Result<Ran, BrowserError> {
        no_page()
    }

    async fn next_document(&mut self, _: Duration) -> Result<(), BrowserError> {
        no_page()
    }

    async fn quiet(&mut self, _: Duration) {}

    fn guard(&mut self, _: Reading) {}

    fn writes_seen(&self) -> Vec<(RequestPattern, bool)> {
        Vec::new()
    }

    fn answer_dialogs(&mut self, _: Option<DialogAnswer>) {}

    fn happenings(&mut self) -> Vec<Happening> {
        Vec::new()
    }

    async fn point_at(&mut self, _: f64, _: f64, _: Duration) -> Result<(), BrowserError> {
        no_page()
    }

    async fn type_keys(&mut self, _: &Personal, _: Duration) -> Result<(), BrowserError> {
        no_page()
    }

    async fn expect_file(&mut self, _: u64) -> Result<(), BrowserError> {
        no_page()
    }

    async fn offered_file(&mut self, _: Duration) -> Result<FileEnd, BrowserError> {
        no_page()
    }

    fn gate(&mut self, _: Reading) -> Box<dyn Gate> {
        Box::new(NoGate)
    }

    async fn picture(&mut self, _: Duration) -> Result<Picture, BrowserError> {
        no_page()
    }

    fn is_signed_in(&self) -> bool {
        true
    }

    fn set_signed_in(&mut self, _: bool) {}
}

/// Nothing ever comes to it.
struct NoGate;

#[async_trait]
impl Gate for NoGate {
    async fn keep(&mut self, _: &(dyn Fn(GateMoment) + Send + Sync)) {
        std::future::pending::<()>().await;
    }

    fn departure(&self) -> Option<Departure> {
        None
    }

    fn request(&self) -> Option<RequestPattern> {
        None
    }
}
