//! The act that must happen at most once, as a request. It leaves once; what is not its declared answer leaves it unknown.

use super::Job;
use super::error::{EnterError, ErrorKind};
use super::http::{receipt, words};
use super::submit::{SubmitEnd, SubmitMoment};
use crate::message;
use crate::model::http::{HttpRefusal, HttpSubmit};
use crate::model::message::Message;
use crate::ports::browser::Departure;
use crate::ports::http::{Outgoing, Unsent};

/// Sends the request. `observe` is told of each moment before anything else happens.
pub(super) async fn submit_request(
    job: &Job<'_>,
    by: &HttpSubmit,
    outgoing: Outgoing,
    observe: &(dyn Fn(SubmitMoment) + Send + Sync),
) -> SubmitEnd {
    let pattern = job.target.reading(job.site).pattern_of(&outgoing.method, outgoing.url.path());
    let note = |departure| job.note_request(Some(pattern.clone()), Some(departure));
    observe(SubmitMoment::BeforeClick);
    observe(SubmitMoment::ClickDispatched);
    let answer = match job.http.send_once(outgoing, job.target.step_timeout).await {
        Ok(answer) => answer,
        Err(Unsent::Certainly) => {
            note(Departure::Never);
            return SubmitEnd::NotSent { why: EnterError::new(ErrorKind::System, message!("entering.never-left")) };
        }
        Err(Unsent::Perhaps) => {
            note(Departure::Unanswered);
            return unknown(message!("entering.http-no-answer"), None);
        }
    };
    let status = answer.status;
    note(Departure::Answered { status });
    observe(SubmitMoment::Answered);
    if status == by.confirmed_by {
        observe(SubmitMoment::EvidenceSeen);
        let receipt = receipt(&answer, by.receipt.as_deref());
        return SubmitEnd::Confirmed { receipt, status: Some(status), picture: None };
    }
    match HttpRefusal::told_by(by.refused_by.as_ref(), status) {
        Some(refused) => {
            observe(SubmitMoment::EvidenceSeen);
            SubmitEnd::Refused { said: words(&answer, refused), status: Some(status), picture: None }
        }
        None if status >= 500 => unknown(message!("entering.server-error", status = status), Some(status)),
        None => {
            let why = message!("entering.http-neither", status = status, expected = by.confirmed_by);
            unknown(why, Some(status))
        }
    }
}

fn unknown(why: Message, status: Option<u16>) -> SubmitEnd {
    SubmitEnd::Unknown { why, said: None, status, picture: None }
}
