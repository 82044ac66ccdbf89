//! The named points of the submit path. A crash can fall between any two of them; a test kills the process at each,
//! so the list is the enumeration of what "entered once" must survive.

use crate::model::id::DocumentId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// The lease is durable, the browser has not been touched.
    Started,
    /// Pages are filled in and read back.
    Prepared,
    /// The intent is durable; the click has not been handed to the browser.
    Intended,
    /// The browser is about to be told.
    BeforeClick,
    /// The browser was told.
    ClickDispatched,
    /// The request was taken from the browser; it has not left.
    RequestHeld,
    /// The target has answered; the page does not know yet.
    Answered,
    /// The evidence was seen on the page, and nowhere else yet.
    EvidenceSeen,
    /// The evidence is in the document's folder; the journal does not know.
    EvidenceStored,
    /// The confirmation is durable.
    Confirmed,
    /// All is done and durable.
    Done,
    /// A probe's answer was seen, and is not durable yet.
    ProbeSeen,
    /// A probe's answer is durable, what follows from it is not.
    Probed,
    /// A settlement is durable.
    Settled,
}

impl Boundary {
    /// Every boundary, in the order in which a document meets them.
    pub const ALL: [Boundary; 14] = [
        Boundary::Started,
        Boundary::Prepared,
        Boundary::Intended,
        Boundary::BeforeClick,
        Boundary::ClickDispatched,
        Boundary::RequestHeld,
        Boundary::Answered,
        Boundary::EvidenceSeen,
        Boundary::EvidenceStored,
        Boundary::Confirmed,
        Boundary::Done,
        Boundary::ProbeSeen,
        Boundary::Probed,
        Boundary::Settled,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Boundary::Started => "started",
            Boundary::Prepared => "prepared",
            Boundary::Intended => "intended",
            Boundary::BeforeClick => "before-click",
            Boundary::ClickDispatched => "click-dispatched",
            Boundary::RequestHeld => "request-held",
            Boundary::Answered => "answered",
            Boundary::EvidenceSeen => "evidence-seen",
            Boundary::EvidenceStored => "evidence-stored",
            Boundary::Confirmed => "confirmed",
            Boundary::Done => "done",
            Boundary::ProbeSeen => "probe-seen",
            Boundary::Probed => "probed",
            Boundary::Settled => "settled",
        }
    }
}

/// Is told that a document reached a boundary, before anything further happens.
pub trait Watch: Send + Sync {
    fn reached(&self, boundary: Boundary, document: DocumentId);
}

/// Writes boundaries to the log: the daemon's own watch.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogWatch;

impl Watch for LogWatch {
    fn reached(&self, boundary: Boundary, document: DocumentId) {
        tracing::debug!(%document, boundary = boundary.word(), "boundary reached");
    }
}
