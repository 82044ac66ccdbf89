//! Everything before the submit: sign-in, all steps up to it, and reading back what stands in the page. After this the
//! browser stands before the one click.

use std::collections::BTreeMap;

use super::Job;
use super::error::{EnterError, ErrorKind};
use super::http::outgoing;
use super::program::{PAGE, PageStep, Request, StepsAnswer, parse};
use super::trace::{Did, Outcome, Place};
use super::values::Values;
use super::walk::{GRACE, Signs, Walked, millis, walk};
use crate::message;
use crate::model::locator::Locator;
use crate::model::step::{Action, Line, Step, ValueSource};
use crate::model::submit::{Means, Submit};
use crate::model::value::Personal;
use crate::ports::browser::Session;
use crate::ports::http::Outgoing;

pub use super::download::TakenFile;
pub use super::walk::Taken;

/// A page ready for its submit.
#[derive(Debug, Clone)]
pub struct Prepared<'a> {
    /// What will be sent: the text each control held when it was last read back, by index of its step. Passwords of
    /// the sign-in are not among them.
    pub values: BTreeMap<u16, Personal>,
    /// Read by `take` steps before the submit.
    pub taken: Vec<Taken>,
    /// Taken by `download` steps before the submit.
    pub files: Vec<TakenFile>,
    /// What a submit by request will send. It is made before the intent: a value that does not fit stops the document.
    pub(super) request: Option<Outgoing>,
    /// The steps that were taken; `values` counts in these.
    pub(super) steps: Vec<&'a Step>,
    pub(super) entered: Vec<PageStep<'a>>,
}

/// The submit step and its index.
pub(super) fn submit_step<'a>(job: &Job<'a>) -> Result<(usize, &'a Submit), EnterError> {
    let found = job.steps.iter().enumerate().find_map(|(at, step)| Some((at, step.action.submit()?)));
    found.ok_or_else(|| EnterError::new(ErrorKind::Setup, message!("entering.no-submit")))
}

/// Signs in if this session has not, runs every step before the submit and compares what stands in the page with what
/// was to be entered. Writes nothing in the target, so it may be done again.
///
/// # Errors
/// With a masked picture of the page; the kind says what follows.
pub async fn prepare<'a>(session: &mut dyn Session, job: &Job<'a>) -> Result<Prepared<'a>, EnterError> {
    match walked_to_the_submit(session, job).await {
        Ok(prepared) => Ok(prepared),
        Err(error) => Err(error.pictured(session, job).await),
    }
}

async fn walked_to_the_submit<'a>(session: &mut dyn Session, job: &Job<'a>) -> Result<Prepared<'a>, EnterError> {
    let (at, submit) = submit_step(job)?;
    let refused = submit.refused_by();
    let walked = sign_in_and_walk(session, job, (Place::Scenario, job.steps), 0..at, refused).await?;
    let controls = u32::try_from(walked.stands.len()).unwrap_or(u32::MAX);
    if walked.steps.iter().any(|step| step.action.is_on_a_page()) {
        job.trail.note(Did::ReadBack { controls }, Outcome::Done);
    }
    let Walked { steps, entered, stands, taken, files } = walked;
    let request = match &submit.by {
        Means::Http(by) => Some(outgoing(job, &by.request, &Values::with_taken(job.values, &taken))?),
        Means::Click(_) => None,
    };
    Ok(Prepared { values: stands, taken, files, request, steps, entered })
}

/// What steps took from the target.
pub type Takings = (Vec<Taken>, Vec<TakenFile>);

/// Runs the steps after the submit, which look and take. `before`: what was taken before it.
///
/// # Errors
/// With a masked picture. The document is entered all the same.
pub async fn after(session: &mut dyn Session, job: &Job<'_>, before: &[Taken]) -> Result<Takings, EnterError> {
    let (at, _) = submit_step(job)?;
    let values = Values::with_taken(job.values, before);
    let job = &Job { values: &values, ..*job };
    match walk(session, job, (Place::Scenario, job.steps), at + 1..job.steps.len(), Signs::default()).await {
        Ok(walked) => Ok((walked.taken, walked.files)),
        Err(error) => Err(error.pictured(session, job).await),
    }
}

/// Leaves the target after a failure before the submit, by the scenario's own steps for that.
///
/// # Errors
/// If they fail, too. The first failure is what counts.
pub async fn leave(session: &mut dyn Session, job: &Job<'_>, steps: &[Step]) -> Result<(), EnterError> {
    walk(session, job, (Place::OnError, steps), 0..steps.len(), Signs::default()).await.map(drop)
}

/// Signs in if needed and walks; a session found signed out must sign in again next time.
pub(super) async fn sign_in_and_walk<'a>(
    session: &mut dyn Session,
    job: &Job<'a>,
    (place, steps): (Place, &'a [Step]),
    range: std::ops::Range<usize>,
    refused: Option<&'a Locator>,
) -> Result<Walked<'a>, EnterError> {
    enter_target(session, job).await?;
    let signs = Signs { signed_out: job.target.signed_out.as_ref(), refused };
    let walked = walk(session, job, (place, steps), range, signs).await;
    if walked.as_ref().is_err_and(|error| error.kind == ErrorKind::SignedOut) {
        session.set_signed_in(false);
    }
    walked
}

/// Guards the session, and signs in if it has not.
pub(super) async fn enter_target(session: &mut dyn Session, job: &Job<'_>) -> Result<(), EnterError> {
    session.guard(job.target.reading(job.site));
    if !session.is_signed_in() {
        sign_in(session, job).await?;
        session.set_signed_in(true);
    }
    Ok(())
}

/// Once the password has been sent, a page that does not go on means that the account was not let in. It is not tried
/// again: a few more tries would lock it.
async fn sign_in(session: &mut dyn Session, job: &Job<'_>) -> Result<(), EnterError> {
    let steps = &job.target.sign_in;
    let sends = password_is_sent_by(steps);
    let may_be_sent = sends.unwrap_or_default();
    walk(session, job, (Place::SignIn, steps), 0..may_be_sent, Signs::default()).await?;
    let inside = match walk(session, job, (Place::SignIn, steps), may_be_sent..steps.len(), Signs::default()).await {
        Ok(_) => not_signed_out(session, job).await,
        Err(error) => Err(error),
    };
    inside.map_err(|error| match error.kind {
        ErrorKind::ScreenChanged | ErrorKind::SignedOut if sends.is_some() => {
            EnterError::new(ErrorKind::SignInRefused, message!("entering.sign-in-refused", target = job.target.name))
        }
        _ => error,
    })
}

/// Index after the click that sends the password, or of the branches in which it may be; `None` if the sign-in has none.
fn password_is_sent_by(steps: &[Step]) -> Option<usize> {
    let is_password = |step: &&Step| step.action.value() == Some(&ValueSource::AccountPassword);
    let filled = steps.iter().position(|step| step.with_branches().iter().any(is_password))?;
    if matches!(steps[filled].action, Action::ExpectOneOf { .. }) {
        return Some(filled);
    }
    let click = steps[filled..].iter().position(|step| matches!(step.action, Action::Click { .. }));
    Some(click.map_or(steps.len(), |after| filled + after + 1))
}

async fn not_signed_out(session: &mut dyn Session, job: &Job<'_>) -> Result<(), EnterError> {
    let Some(signed_out) = &job.target.signed_out else { return Ok(()) };
    let limit = job.target.step_timeout;
    let request = Request::Steps {
        steps: Vec::new(),
        entered: Vec::new(),
        signed_out: Some(signed_out),
        refused: None,
        limit: millis(limit),
    };
    let ran = session.run(PAGE, &request.to_value()?, limit + GRACE, &|| ()).await?;
    let Some(answer) = ran.answer else { return Ok(()) };
    let answer: StepsAnswer = parse(answer)?;
    answer.failed.map_or(Ok(()), |failed| Err(failed.explain(&Line::default(), "", answer.status)))
}
