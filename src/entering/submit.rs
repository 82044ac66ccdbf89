//! The act that must happen at most once. Its end is known (evidence), certainly not begun, or unknown; once the click
//! was handed to the browser, nothing that goes wrong makes it a failure that could be tried again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::Job;
use super::error::{EnterError, ErrorKind, Unmet, words};
use super::evidence::picture;
use super::http_submit::submit_request;
use super::prepare::{Prepared, submit_step};
use super::program::{First, PAGE, Request, SubmitAnswer, WatchAnswer, Watched, done_in, parse};
use super::trace::{Outcome, Place};
use super::walk::{GRACE, differences, millis, turn_to};
use crate::message;
use crate::model::message::Message;
use crate::model::step::Line;
use crate::model::submit::{ClickSubmit, Means};
use crate::model::value::Personal;
use crate::ports::browser::{BrowserError, Departure, GateMoment, Picture, Ran, Session};

/// The boundaries of a submit, in order; each is reported at most once. A crash may fall between any two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubmitMoment {
    /// The next thing that happens is handing the click to the browser.
    BeforeClick,
    /// The browser has it.
    ClickDispatched,
    /// The request it led to was taken from the browser, and has not left.
    RequestHeld,
    /// The target answered the request; the page does not know yet.
    Answered,
    /// The target answered with another document, or the page changed by itself.
    ResponseSeen,
    /// What confirms or refuses was seen.
    EvidenceSeen,
}

/// How a submit ended.
#[derive(Debug, Clone)]
pub enum SubmitEnd {
    /// The declared evidence was seen.
    Confirmed { receipt: Option<Personal>, status: Option<u16>, picture: Option<Picture> },
    /// The target said on its page why it does not take this document.
    Refused { said: Personal, status: Option<u16>, picture: Option<Picture> },
    /// It is certain that no request reached the target.
    NotSent { why: EnterError },
    /// A request may have reached the target, and no evidence was seen. `said` is what a native dialog said meanwhile.
    Unknown { why: Message, said: Option<Personal>, status: Option<u16>, picture: Option<Picture> },
}

impl SubmitEnd {
    fn outcome(&self) -> Outcome {
        match self {
            SubmitEnd::Confirmed { .. } => Outcome::Done,
            SubmitEnd::Refused { .. } | SubmitEnd::NotSent { .. } => Outcome::Failed,
            SubmitEnd::Unknown { .. } => Outcome::NotKnown,
        }
    }

    /// With a masked picture of what the page shows of it.
    async fn pictured(mut self, session: &mut dyn Session, job: &Job<'_>) -> Self {
        match &mut self {
            SubmitEnd::Confirmed { picture: shown, .. }
            | SubmitEnd::Refused { picture: shown, .. }
            | SubmitEnd::Unknown { picture: shown, .. } => *shown = picture(session, job).await,
            SubmitEnd::NotSent { why } => return SubmitEnd::NotSent { why: why.clone().pictured(session, job).await },
        }
        self
    }
}

/// Clicks once, lets one request out and looks for evidence. The intent must be durable before this is called. `observe`
/// is called at each moment, on this task, before anything else happens. `status` is the HTTP status of that request.
///
/// A page may send in ways that pass no gate (web sockets): that none came to it proves nothing; that one came and never
/// left does.
pub async fn submit(
    session: &mut dyn Session,
    job: &Job<'_>,
    prepared: &Prepared<'_>,
    observe: &(dyn Fn(SubmitMoment) + Send + Sync),
) -> SubmitEnd {
    let (at, step) = match submit_step(job) {
        Ok(found) => found,
        Err(why) => return SubmitEnd::NotSent { why },
    };
    let observe = &|moment| {
        match (&step.by, moment) {
            // There is no button; the request itself is noted with what became of it.
            (Means::Http(_), SubmitMoment::ClickDispatched) => job.trail.unanswered(),
            _ => job.trail.moment(moment),
        }
        observe(moment);
    };
    job.trail.under_way(Place::Scenario, &[&job.steps[at]]);
    let end = match (&step.by, &prepared.request) {
        (Means::Click(step), _) => submit_click(session, &Act { job, step, at, observe }, prepared).await,
        (Means::Http(by), Some(request)) => submit_request(job, by, request.clone(), observe).await,
        (Means::Http(_), None) => unreachable!("`prepare` makes the request of such a submit"),
    };
    job.trail.step_ended(end.outcome());
    match &step.by {
        Means::Click(_) => end.pictured(session, job).await,
        Means::Http(_) => end,
    }
}

/// The end without its picture.
async fn submit_click(session: &mut dyn Session, act: &Act<'_>, prepared: &Prepared<'_>) -> SubmitEnd {
    let (job, at, observe) = (act.job, act.at, act.observe);
    session.answer_dialogs(job.steps[at].dialog);
    let mut gate = session.gate(job.target.reading(job.site));
    let passing = |moment| {
        observe(match moment {
            GateMoment::Held => SubmitMoment::RequestHeld,
            GateMoment::Answered => SubmitMoment::Answered,
        });
    };
    let end = tokio::select! {
        end = act.perform(session, prepared) => end,
        () = gate.keep(&passing) => unreachable!("a gate is kept until it is dropped"),
    };
    let (departure, request) = (gate.departure(), gate.request());
    drop(gate);
    job.note_happenings(session);
    job.note_request(request, departure);
    let status = match departure {
        Some(Departure::Answered { status }) => Some(status),
        _ => None,
    };
    match end {
        Ok(Evidence::Confirmed { receipt }) => SubmitEnd::Confirmed { receipt, status, picture: None },
        Ok(Evidence::Refused { said }) => SubmitEnd::Refused { said, status, picture: None },
        Err(End::NotSent(why)) => SubmitEnd::NotSent { why },
        Err(End::Unknown(_)) if departure == Some(Departure::Never) => {
            SubmitEnd::NotSent { why: EnterError::new(ErrorKind::System, message!("entering.never-left")) }
        }
        Err(End::Unknown(Doubt { why, said })) => SubmitEnd::Unknown { why, said, status, picture: None },
    }
}

struct Act<'a> {
    job: &'a Job<'a>,
    step: &'a ClickSubmit,
    /// Index of its step.
    at: usize,
    observe: &'a (dyn Fn(SubmitMoment) + Send + Sync),
}

/// An end without evidence.
enum End {
    NotSent(EnterError),
    Unknown(Doubt),
}

struct Doubt {
    why: Message,
    said: Option<Personal>,
}

impl From<Message> for Doubt {
    fn from(why: Message) -> Self {
        Self { why, said: None }
    }
}

impl From<EnterError> for Doubt {
    fn from(error: EnterError) -> Self {
        Self { why: error.message().clone(), said: error.said.map(|said| *said) }
    }
}

impl From<BrowserError> for Doubt {
    fn from(error: BrowserError) -> Self {
        EnterError::from(error).into()
    }
}

enum Evidence {
    Confirmed { receipt: Option<Personal> },
    Refused { said: Personal },
}

impl Act<'_> {
    fn line(&self) -> &Line {
        &self.job.steps[self.at].line
    }

    async fn perform(&self, session: &mut dyn Session, prepared: &Prepared<'_>) -> Result<Evidence, End> {
        let navigating = self.click(session, prepared).await?;
        let evidence = self.evidence(session, navigating).await.map_err(End::Unknown)?;
        (self.observe)(SubmitMoment::EvidenceSeen);
        Ok(evidence)
    }

    /// Whether the click has begun to load another document; `true` also if the page left before it could say.
    async fn click(&self, session: &mut dyn Session, prepared: &Prepared<'_>) -> Result<bool, End> {
        let limit = self.job.target.step_timeout;
        let window = turn_to(session, self.job, &self.job.steps[self.at]).await.map_err(End::NotSent)?;
        let request = Request::Submit {
            click: &self.step.click,
            confirmed_by: &self.step.confirmed_by,
            refused_by: self.step.refused_by.as_ref(),
            signed_out: self.job.target.signed_out.as_ref(),
            entered: done_in(&prepared.entered, window),
            limit: millis(limit),
        };
        let request = request.to_value().map_err(End::NotSent)?;
        (self.observe)(SubmitMoment::BeforeClick);
        let handed_over = AtomicBool::new(false);
        let dispatched = || {
            handed_over.store(true, Ordering::Release);
            (self.observe)(SubmitMoment::ClickDispatched);
        };
        let ran = session.run(PAGE, &request, limit.saturating_mul(3).saturating_add(GRACE), &dispatched).await;
        match ran {
            Err(BrowserError::NotHandedOver) => Err(End::NotSent(BrowserError::NotHandedOver.into())),
            // What the page sent before is told before the program is handed over.
            Err(BrowserError::UndeclaredWrite { request })
                if !handed_over.load(Ordering::Acquire) && !request.is_over_socket() =>
            {
                Err(End::NotSent(BrowserError::UndeclaredWrite { request }.into()))
            }
            Err(error) => Err(End::Unknown(error.into())),
            // Its document was gone before the program could be handed over.
            Ok(Ran { answer: None, .. }) if !handed_over.into_inner() => {
                Err(End::NotSent(EnterError::new(ErrorKind::System, message!("entering.page-left-before-submit"))))
            }
            Ok(ran) => self.clicked(ran, prepared),
        }
    }

    fn clicked(&self, ran: Ran, prepared: &Prepared<'_>) -> Result<bool, End> {
        let answer = match ran.answer.map(parse::<SubmitAnswer>) {
            None => return no_dialog(ran.dialog).map(|()| true).map_err(End::Unknown),
            Some(Err(error)) => return Err(End::Unknown(error.into())),
            Some(Ok(answer)) => answer,
        };
        if answer.clicked {
            return no_dialog(ran.dialog).map(|()| answer.navigating).map_err(End::Unknown);
        }
        Err(End::NotSent(self.why_not(answer, prepared)))
    }

    fn why_not(&self, answer: SubmitAnswer, prepared: &Prepared<'_>) -> EnterError {
        if let Some(differ) = differences(|step| prepared.steps.get(step).copied(), &answer.stands) {
            return differ;
        }
        let evidence_before = |locator: &crate::model::locator::Locator| {
            let why = message!("entering.evidence-before-submit", line = self.line(), locator = words(locator));
            EnterError::new(ErrorKind::ScreenChanged, why)
        };
        match (answer.reason.as_str(), &self.step.refused_by) {
            ("confirmed-before", _) => evidence_before(&self.step.confirmed_by),
            ("refused-before", Some(refused_by)) => evidence_before(refused_by),
            _ => Unmet { step: None, reason: answer.reason, seen: answer.seen, said: None }.explain(
                self.line(),
                &words(&self.step.click),
                answer.status,
            ),
        }
    }

    /// Looks for evidence on this page and on those that follow it, until the step's time is up.
    async fn evidence(&self, session: &mut dyn Session, mut navigating: bool) -> Result<Evidence, Doubt> {
        let until = Instant::now() + self.job.target.step_timeout;
        let mut response_seen = false;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(message!("entering.no-evidence").into());
            }
            if navigating {
                session.next_document(left).await?;
                self.response(&mut response_seen);
            }
            let ran = self.watch(session, left).await?;
            no_dialog(ran.dialog)?;
            let Some(answer) = ran.answer else {
                navigating = true;
                continue;
            };
            self.response(&mut response_seen);
            return Ok(self.judge(parse(answer)?)?);
        }
    }

    fn response(&self, seen: &mut bool) {
        if !std::mem::replace(seen, true) {
            (self.observe)(SubmitMoment::ResponseSeen);
        }
    }

    async fn watch(&self, session: &mut dyn Session, left: Duration) -> Result<Ran, Doubt> {
        let request = Request::Watch {
            seen: Watched {
                confirmed: &self.step.confirmed_by,
                refused: self.step.refused_by.as_ref(),
                signed_out: self.job.target.signed_out.as_ref(),
            },
            receipt: self.step.receipt.as_ref(),
            limit: millis(left),
        };
        Ok(session.run(PAGE, &request.to_value()?, left + GRACE, &|| ()).await?)
    }

    /// A page that came with a server error proves nothing, whatever stands on it.
    fn judge(&self, answer: WatchAnswer) -> Result<Evidence, Message> {
        match answer.first {
            _ if answer.status >= 500 => Err(message!("entering.server-error", status = answer.status)),
            Some(First::Confirmed) => Ok(Evidence::Confirmed { receipt: answer.receipt }),
            Some(First::Refused) => Ok(Evidence::Refused { said: answer.shown }),
            Some(First::SignedOut) => Err(message!("entering.signed-out")),
            None => Err(message!("entering.no-evidence")),
        }
    }
}

/// A dialog that nobody provided for may have kept the request back, or not.
fn no_dialog(said: Option<Personal>) -> Result<(), Doubt> {
    said.map_or(Ok(()), |said| Err(EnterError::dialog(said).into()))
}
