//! What happened to a document, said to a person.

use crate::locale::Lang;
use crate::message;
use crate::model::document::event::{DocumentEvent, ProbeAnswer, RejectReason, Settlement};
use crate::model::message::Message;

/// What happened, in the person's language.
pub fn event_text(event: &DocumentEvent, lang: Lang) -> String {
    let message = match event {
        DocumentEvent::Received { .. } => message!("cli.event.received"),
        DocumentEvent::Read { fields, doubtful, .. } => {
            message!("cli.event.read", fields = fields, doubtful = doubtful.len())
        }
        DocumentEvent::PageRefused { why } => message!("cli.event.page-refused", why = lang.render(why)),
        DocumentEvent::DuplicateSuspected { of } => message!("cli.event.duplicate", document = of),
        DocumentEvent::DuplicateCleared { .. } => message!("cli.event.not-duplicate"),
        DocumentEvent::Reviewed { corrected, confirmed, left, seconds, .. } => message!(
            "cli.event.reviewed",
            corrected = corrected.len(),
            confirmed = confirmed.len(),
            left = left.len(),
            seconds = seconds
        ),
        DocumentEvent::Rejected { why, .. } => message!("cli.event.rejected", why = lang.render(&reject_reason(*why))),
        DocumentEvent::Started { .. } => message!("cli.event.started"),
        DocumentEvent::Prechecked { .. } => message!("cli.event.prechecked"),
        DocumentEvent::Intended { .. } => message!("cli.event.intended"),
        DocumentEvent::Sent { status: None } => message!("cli.event.sent"),
        DocumentEvent::Sent { status: Some(status) } => message!("cli.event.sent-answered", status = status),
        DocumentEvent::NotSent { why } => message!("cli.event.not-sent", why = lang.render(why)),
        DocumentEvent::Confirmed { .. } => message!("cli.event.confirmed"),
        DocumentEvent::OutcomeUnknown { why } => message!("cli.event.unknown", why = lang.render(why)),
        DocumentEvent::Probed { answer } => match answer {
            ProbeAnswer::Absent => message!("cli.event.probed-absent"),
            ProbeAnswer::Present => message!("cli.event.probed-present"),
            ProbeAnswer::Ambiguous => message!("cli.event.probed-ambiguous"),
        },
        DocumentEvent::Settled { outcome, .. } => match outcome {
            Settlement::Entered => message!("cli.event.settled-entered"),
            Settlement::NotEntered => message!("cli.event.settled-not-entered"),
            Settlement::ByHand => message!("cli.event.settled-by-hand"),
        },
        DocumentEvent::Done => message!("cli.event.done"),
        DocumentEvent::Failed { why, .. } => message!("cli.event.failed", why = lang.render(why)),
        DocumentEvent::Requeued { version: None } => message!("cli.event.requeued"),
        DocumentEvent::Requeued { version: Some(version) } => message!("cli.event.requeued-under", version = version),
        DocumentEvent::Taken => message!("cli.event.taken"),
        DocumentEvent::Released { .. } => message!("cli.event.released"),
        DocumentEvent::FinishedByHand { .. } => message!("cli.event.by-hand"),
        DocumentEvent::Held { why } => message!("cli.event.held", why = lang.render(why)),
        DocumentEvent::Resumed { version: None } => message!("cli.event.resumed"),
        DocumentEvent::Resumed { version: Some(version) } => message!("cli.event.resumed-under", version = version),
        DocumentEvent::RestoredFromBackup => message!("cli.event.restored"),
        DocumentEvent::Erased => message!("cli.event.erased"),
    };
    lang.render(&message)
}

/// Why a document is not to be entered.
pub fn reject_reason(why: RejectReason) -> Message {
    match why {
        RejectReason::WrongForm => message!("cli.reject.wrong-form"),
        RejectReason::Unreadable => message!("cli.reject.unreadable"),
        RejectReason::Incomplete => message!("cli.reject.incomplete"),
        RejectReason::Duplicate => message!("cli.reject.duplicate"),
        RejectReason::Withdrawn => message!("cli.reject.withdrawn"),
        RejectReason::Other => message!("cli.reject.other"),
    }
}
