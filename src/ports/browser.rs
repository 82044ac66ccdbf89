//! A browser as entering sees it: one page at a time, addresses to open, programs to run inside the page.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::model::step::{DialogAnswer, Window};
use crate::model::target::{Reading, RequestPattern, Site};
use crate::model::value::Personal;

/// A picture file (PNG). `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture(pub Zeroizing<Vec<u8>>);

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} bytes)", self.0.len())
    }
}

/// Why the browser did not do it. No variant carries anything that a page showed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrowserError {
    /// The call certainly never reached the browser: nothing happened.
    #[error("the browser was gone before it was asked")]
    NotHandedOver,
    /// The address gave no document; `code` is the network's own (`net::ERR_…`).
    #[error("the address did not answer: {code}")]
    Unreachable { code: String },
    #[error("no answer from the page in time")]
    TimedOut,
    /// The browser, or the process that held the page, died after it was asked.
    #[error("the browser died")]
    Died,
    /// The page was about to send what could write and nobody declared: it was refused before it left. What goes over a
    /// web socket has left.
    #[error("an undeclared request: {request}")]
    UndeclaredWrite { request: RequestPattern },
    /// It could not be started at all.
    #[error("the browser does not start: {why}")]
    NotStarted { why: NotStarted },
    /// It answered what it must not: an incompatible browser, or a fault in a program.
    #[error("the browser refused a call: {what}")]
    Refused { what: String },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStarted {
    #[error("no Chromium or Chrome is installed")]
    NotInstalled,
    /// As root its sandbox cannot work, and going without needs an explicit setting.
    #[error("running as root without allow_no_sandbox")]
    Root,
    #[error("{0}")]
    Failed(String),
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// What native dialogs said that opened meanwhile and nobody had provided for; they were dismissed.
    pub dialog: Option<Personal>,
    /// `None`: another document took the page's place first. That is a normal outcome of a click.
    pub answer: Option<Value>,
}

/// A file that a page offered.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// As the page calls it: nothing to be trusted.
    pub name: Personal,
    pub bytes: Zeroizing<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FileEnd {
    Whole(Offered),
    TooLarge,
    /// It did not come whole.
    Broken,
    NotOffered,
}

/// What became of the one request that a gate lets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Certain: the target never had it.
    Never,
    /// It may have arrived, wholly or in part.
    Unanswered,
    Answered {
        status: u16,
    },
}

/// What a page did of its own that nobody sees in it afterwards.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// A native dialog, answered as it was provided for, or dismissed.
    Dialog { said: Personal, accepted: bool, provided_for: bool },
    /// The page offered a file that no step expects. It is not taken.
    DownloadRefused,
}

/// The points at which a request passes a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateMoment {
    /// The browser has given the request up; the target has not got it.
    Held,
    /// The target has answered; the page does not know yet.
    Answered,
}

/// A gate between a page and the network. At most one request that could write passes it: it is taken from the browser
/// and sent once, over a connection of its own, because a browser may send again what it believes was lost. What else
/// could write is refused, also after the gate was dropped.
#[async_trait]
pub trait Gate: Send {
    /// Attends to what comes. Never returns; dropping it in mid-way gives up the request it was about to send.
    async fn keep(&mut self, observe: &(dyn Fn(GateMoment) + Send + Sync));

    /// `None`: nothing that could write has come.
    fn departure(&self) -> Option<Departure>;

    /// Which request that was, without what may name a case.
    fn request(&self) -> Option<RequestPattern>;
}

/// Tells the windows of one session apart; the main one is the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WindowNumber(pub u64);

/// One page in a context of its own: no cookie, cache or storage is shared with another session. Dropping it closes
/// the context.
#[async_trait]
pub trait Session: Send {
    /// From now on everything happens in this window, until it closes; programs in a closed one get no answer, as if their
    /// document had been replaced. One that a page is to open is waited for: `None` if there is none in time.
    async fn turn_to(&mut self, window: Window, limit: Duration) -> Option<WindowNumber>;

    /// Goes to an address, in the main window after closing all others; returns when its document begins to arrive. Programs wait for its content themselves.
    async fn open(&mut self, url: &str, limit: Duration) -> Result<(), BrowserError>;

    /// Runs a program (a JavaScript function of one argument) inside the page, in a world where the page's own
    /// scripts cannot see or change it. `handed_over` is called once the browser has the call: if it was not
    /// called, nothing happened in the page; if it was, anything may have.
    async fn run(
        &mut self,
        program: &'static str,
        request: &Value,
        limit: Duration,
        handed_over: &(dyn Fn() + Send + Sync),
    ) -> Result<Ran, BrowserError>;

    /// Returns when another document has taken the place of the one the last program ran in, or its window is closed; at
    /// once if that has happened.
    async fn next_document(&mut self, limit: Duration) -> Result<(), BrowserError>;

    /// Returns when the page's scripts wait for no answer of the network and have not for a moment, or when time is up. What
    /// they draw from an answer stands then.
    async fn quiet(&mut self, limit: Duration);

    /// From now on, until a gate stands before it, the page sends what `reading` covers and nothing else. Until this is
    /// first called nothing but GET passes.
    fn guard(&mut self, reading: Reading);

    /// Every kind of request other than GET that the page made under a guard, and whether it was covered.
    fn writes_seen(&self) -> Vec<(RequestPattern, bool)>;

    /// How native dialogs are answered from now on. With `None` a dialog is unexpected: dismissed, and told. Whether to
    /// leave a page is answered with yes unless this says otherwise.
    fn answer_dialogs(&mut self, answer: Option<DialogAnswer>);

    /// What happened since this was last asked, in order.
    fn happenings(&mut self) -> Vec<Happening>;

    /// Moves the mouse to a point of the window, in CSS pixels.
    async fn point_at(&mut self, x: f64, y: f64, limit: Duration) -> Result<(), BrowserError>;

    /// Types into what holds the focus, key by key, as a keyboard and its input method do. An empty text deletes what is
    /// selected.
    async fn type_keys(&mut self, text: &Personal, limit: Duration) -> Result<(), BrowserError>;

    /// The next file that this window's page offers is taken, if it has at most so many bytes.
    async fn expect_file(&mut self, most_bytes: u64) -> Result<(), BrowserError>;

    /// What became of the file that was expected, once it is whole or time is up. No further one is taken.
    async fn offered_file(&mut self, limit: Duration) -> Result<FileEnd, BrowserError>;

    /// Shuts a gate before this page, for one submit. It stays until the session ends or the next one takes its place.
    fn gate(&mut self, reading: Reading) -> Box<dyn Gate>;

    /// What the page shows now.
    async fn picture(&mut self, limit: Duration) -> Result<Picture, BrowserError>;

    /// Whether this context was signed in; kept here because it ends with the context.
    fn is_signed_in(&self) -> bool;

    fn set_signed_in(&mut self, signed_in: bool);
}

#[async_trait]
pub trait Browser: Send + Sync {
    /// A fresh session, in a fresh browser if the last one died.
    async fn session(&self) -> Result<Box<dyn Session>, BrowserError>;
}

/// A browser for each site: what one may reach is fixed when it starts.
pub trait Browsers: Send + Sync {
    /// The browser that may reach this site's hosts and no others.
    fn for_site(&self, site: &Site) -> Arc<dyn Browser>;
}
