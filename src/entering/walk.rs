//! Walking through steps page by page. Steps up to the next click travel as one program; a click that leaves the page
//! waits for the next document, and a page that leaves by itself makes its unfinished steps start anew on the next.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;

use super::Job;
use super::error::{EnterError, ErrorKind, words};
use super::program::{Act, ClickAnswer, PAGE, PageFile, PageStep, Request, Stands, StepsAnswer, done_in, parse};
use super::trace::{Did, Entry, Outcome, Place};
use super::values::fields_of;
use crate::message;
use crate::model::id::FieldName;
use crate::model::scenario::{Action, DialogAnswer, Line, Locator, Step, Window};
use crate::model::time::Instant;
use crate::model::value::Personal;
use crate::ports::browser::{Ran, Session, WindowNumber};

/// How often steps may start anew because their page was replaced under them.
const REPLACEMENTS: u32 = 5;

/// What a program may take beyond the waiting it was told to do, on a busy machine.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// A value read from a page by a `take` step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub name: FieldName,
    pub text: Personal,
}

/// What stands on a page that does not let the steps go on.
#[derive(Clone, Copy, Default)]
pub(super) struct Signs<'a> {
    /// The session is gone; not looked for while signing in.
    pub signed_out: Option<&'a Locator>,
    /// The target does not take this document.
    pub refused: Option<&'a Locator>,
}

pub(super) struct Walk<'a> {
    job: Job<'a>,
    place: Place,
    steps: &'a [Step],
    signs: Signs<'a>,
    /// Controls that were set since the last `open`, to be read back wherever they still stand.
    entered: Vec<PageStep<'a>>,
    /// What they held when they were last read, by step.
    stands: BTreeMap<u16, Personal>,
    taken: Vec<Taken>,
}

/// What a walk leaves behind.
pub(super) struct Walked<'a> {
    pub entered: Vec<PageStep<'a>>,
    pub stands: BTreeMap<u16, Personal>,
    pub taken: Vec<Taken>,
}

/// Walks through `steps[range]`; indexes stay those of `steps`.
pub(super) async fn walk<'a>(
    session: &mut dyn Session,
    job: &Job<'a>,
    (place, steps): (Place, &'a [Step]),
    range: std::ops::Range<usize>,
    signs: Signs<'a>,
) -> Result<Walked<'a>, EnterError> {
    let (entered, stands, taken) = (Vec::new(), BTreeMap::new(), Vec::new());
    let mut walk = Walk { job: *job, place, steps, signs, entered, stands, taken };
    let mut at = range.start;
    while at < range.end {
        if let Action::Open { path } = &steps[at].action {
            walk.open(session, at, path).await?;
            at += 1;
            continue;
        }
        let next = end_of_program(steps, at, range.end);
        walk.program(session, at..next).await?;
        at = next;
    }
    Ok(Walked { entered: walk.entered, stands: walk.stands, taken: walk.taken })
}

/// Brings the step's window to the front.
pub(super) async fn turn_to(session: &mut dyn Session, job: &Job<'_>, step: &Step) -> Result<WindowNumber, EnterError> {
    let none = || EnterError::new(ErrorKind::ScreenChanged, message!("entering.no-window", line = step.line));
    session.turn_to(step.window, job.target.step_timeout).await.ok_or_else(none)
}

/// A program ends after what comes from outside the page (mouse, keys) and after a click, before the next `open`, and
/// where dialogs are to be answered otherwise or another window is meant.
fn end_of_program(steps: &[Step], from: usize, end: usize) -> usize {
    let mut next = from;
    while next < end {
        match steps[next].action {
            Action::Open { .. } | Action::Submit(_) if next > from => return next,
            _ if (steps[next].dialog, steps[next].window) != (steps[from].dialog, steps[from].window) => return next,
            Action::Click { .. } | Action::Hover { .. } | Action::Type { .. } => return next + 1,
            _ => next += 1,
        }
    }
    next
}

/// A path below the site's base URL.
fn address(job: &Job<'_>, path: &str) -> Result<String, EnterError> {
    let wrong = || EnterError::new(ErrorKind::Setup, message!("entering.bad-address", path = path));
    let base = url::Url::parse(&job.site.url).map_err(|_| wrong())?;
    let joined = format!("{}/{}", base.as_str().trim_end_matches('/'), path.trim_start_matches('/'));
    let url = url::Url::parse(&joined).map_err(|_| wrong())?;
    if url.origin() == base.origin() { Ok(url.into()) } else { Err(wrong()) }
}

impl<'a> Walk<'a> {
    async fn open(&mut self, session: &mut dyn Session, at: usize, path: &str) -> Result<(), EnterError> {
        let url = address(&self.job, path)?;
        let window = turn_to(session, &self.job, &self.steps[at]).await?;
        self.entered.retain(|earlier| earlier.window != window && window != WindowNumber::default());
        session.answer_dialogs(self.dialogs_on_leaving(at));
        let begun = self.job.trail.now();
        self.job.trail.under_way(self.place, &self.steps[at..=at]);
        let opened = session.open(&url, self.job.target.step_timeout).await;
        let outcome = if opened.is_ok() { Outcome::Done } else { Outcome::Failed };
        self.job.trail.answered([self.entry(at, begun, Duration::ZERO, outcome)]);
        self.job.trail.last_took(self.job.trail.now());
        self.job.note_happenings(session);
        Ok(opened?)
    }

    fn entry(&self, step: usize, at: Instant, took: Duration, outcome: Outcome) -> Entry {
        Entry { at, took, did: Did::Step { place: self.place, step: Box::new(self.steps[step].clone()) }, outcome }
    }

    async fn program(&mut self, session: &mut dyn Session, range: std::ops::Range<usize>) -> Result<(), EnterError> {
        let step_limit = self.job.target.step_timeout;
        let count = u32::try_from(range.len()).unwrap_or(u32::MAX).saturating_add(1);
        let limit = step_limit.saturating_mul(count).saturating_add(GRACE);
        let last = range.end - 1;
        session.answer_dialogs(self.steps[last].dialog.or(self.dialogs_on_arriving(range.start)));
        let mut steps = self.page_steps(range.clone())?;
        for _ in 0..REPLACEMENTS {
            let begun = self.job.trail.now();
            self.job.trail.under_way(self.place, &self.steps[range.clone()]);
            let window = turn_to(session, &self.job, &self.steps[last]).await?;
            steps.iter_mut().for_each(|step| step.window = window);
            let request = Request::Steps {
                steps: steps.clone(),
                entered: done_in(&self.entered, window),
                signed_out: self.signs.signed_out,
                refused: self.signs.refused,
                limit: millis(step_limit),
            };
            let ran = session.run(PAGE, &request.to_value()?, limit, &|| ()).await;
            let answered = ran.map_err(EnterError::from).and_then(answer).inspect_err(|_| self.job.trail.unanswered());
            self.job.note_happenings(session);
            let Some(answer) = answered? else {
                self.job.trail.answered([]);
                self.job.trail.note(Did::Replaced, Outcome::Done);
                // The page was replaced: the same steps again on the new one.
                session.next_document(step_limit).await?;
                continue;
            };
            let answer: StepsAnswer = parse(answer)?;
            self.note(begun, &answer);
            let at = self.accept(&steps, answer)?;
            match steps.last().map(|step| step.act) {
                Some(Act::Click) if !self.click(session, last).await? => {}
                Some(Act::Hover) => {
                    let [x, y] = at.unwrap_or_default();
                    return Ok(session.point_at(x, y, step_limit).await?);
                }
                Some(Act::Keys) => return self.type_keys(session, &steps[steps.len() - 1]).await,
                _ => return Ok(()),
            }
        }
        Err(EnterError::new(ErrorKind::System, message!("entering.keeps-reloading")))
    }

    /// Notes the steps that a program began.
    fn note(&self, begun: Instant, answer: &StepsAnswer) {
        let failed = answer.failed.as_ref().and_then(|failed| failed.step);
        let entries = answer.timed.iter().filter(|timed| usize::from(timed.step) < self.steps.len()).map(|timed| {
            let outcome = if failed == Some(timed.step) { Outcome::Failed } else { Outcome::Done };
            let [from, took] = [timed.from, timed.took].map(|ms| Duration::from_millis(ms.into()));
            self.entry(timed.step.into(), begun + from, took, outcome)
        });
        self.job.trail.answered(entries);
    }

    /// Types into what the steps made ready, leaves it, and reads it back.
    async fn type_keys(&mut self, session: &mut dyn Session, ready: &PageStep<'a>) -> Result<(), EnterError> {
        let limit = self.job.target.step_timeout;
        session.type_keys(&ready.text, limit).await?;
        let settled = [PageStep { act: Act::Settle, ..ready.clone() }];
        let request = Request::Steps {
            steps: settled.to_vec(),
            entered: done_in(&self.entered, ready.window),
            signed_out: self.signs.signed_out,
            refused: self.signs.refused,
            limit: millis(limit),
        };
        // A page that leaves on the last key has taken the value; what stands on it was all read back before.
        let answer = answer(session.run(PAGE, &request.to_value()?, limit + GRACE, &|| ()).await?)?;
        self.job.trail.last_took(self.job.trail.now());
        self.job.note_happenings(session);
        match answer {
            Some(answer) => self.accept(&settled, parse(answer)?).map(|_| ()),
            None => Ok(session.next_document(limit).await?),
        }
    }

    /// Clicks what the steps made ready; `false` if the page had replaced it. A page that leaves before it can answer
    /// is what most clicks are for.
    async fn click(&self, session: &mut dyn Session, at: usize) -> Result<bool, EnterError> {
        let clicked = self.click_and_follow(session, at).await;
        self.job.trail.last_took(self.job.trail.now());
        self.job.note_happenings(session);
        clicked
    }

    async fn click_and_follow(&self, session: &mut dyn Session, at: usize) -> Result<bool, EnterError> {
        let limit = self.job.target.step_timeout;
        let next = self.steps.get(at + 1).map_or(Window::Main, |next| next.window);
        let click = Request::Click { opens: next == Window::Opened && self.steps[at].window == Window::Main };
        let ran = session.run(PAGE, &click.to_value()?, limit + GRACE, &|| ()).await?;
        let clicked = match answer(ran)? {
            Some(answer) => parse(answer)?,
            None => ClickAnswer { clicked: true, navigating: true },
        };
        if clicked.navigating {
            session.answer_dialogs(self.dialogs_on_leaving(at));
            session.next_document(limit).await?;
        }
        Ok(clicked.clicked)
    }

    /// A page may greet with a dialog: it belongs to the step that led there too.
    fn dialogs_on_arriving(&self, at: usize) -> Option<DialogAnswer> {
        let before = &self.steps[at.checked_sub(1)?];
        before.dialog.filter(|_| matches!(before.action, Action::Open { .. } | Action::Click { .. }))
    }

    /// While a page is left and the next one comes, dialogs of either may open.
    fn dialogs_on_leaving(&self, at: usize) -> Option<DialogAnswer> {
        self.steps[at].dialog.or(self.steps.get(at + 1).and_then(|next| next.dialog))
    }

    /// Where the last step's element stands, if it waits for mouse or keys.
    fn accept(&mut self, steps: &[PageStep<'a>], answer: StepsAnswer) -> Result<Option<[f64; 2]>, EnterError> {
        if let Some(failed) = &answer.failed {
            let step = failed.step.and_then(|n| steps.iter().find(|step| step.step == n));
            let line = step.map_or_else(Line::default, |step| self.line(step.step));
            return Err(failed.explain(&line, &step.map(|s| words(s.locator)).unwrap_or_default(), answer.status));
        }
        self.set(steps);
        self.keep_read_back(answer.stands)?;
        for taken in answer.taken {
            if let Action::Take { name, .. } = &self.steps[usize::from(taken.step)].action {
                self.taken.push(Taken { name: name.clone(), text: taken.text });
            }
        }
        Ok(answer.at)
    }

    /// Remembers what was set. Setting the same control again replaces what was to stand there.
    fn set(&mut self, steps: &[PageStep<'a>]) {
        let acts = [Act::Fill, Act::Choose, Act::Check, Act::Upload, Act::Settle];
        for step in steps.iter().filter(|step| acts.contains(&step.act)) {
            self.entered.retain(|earlier| (earlier.locator, earlier.window) != (step.locator, step.window));
            self.entered.push(PageStep { file: None, ..step.clone() });
        }
    }

    fn keep_read_back(&mut self, read: Vec<Stands>) -> Result<(), EnterError> {
        if let Some(error) = differences(self.steps, &read) {
            return Err(error);
        }
        self.stands.extend(read.into_iter().map(|one| (one.step, one.text)));
        Ok(())
    }

    fn page_steps(&self, range: std::ops::Range<usize>) -> Result<Vec<PageStep<'a>>, EnterError> {
        range.map(|at| self.page_step(at)).collect()
    }

    fn page_step(&self, at: usize) -> Result<PageStep<'a>, EnterError> {
        let step = &self.steps[at];
        let (act, locator, text) = match &step.action {
            Action::Fill { into, value } => (Act::Fill, into, self.job.value(value)?),
            Action::Type { into, value } => (Act::Keys, into, self.job.value(value)?),
            Action::Upload { into } => return self.upload(at, into),
            Action::Hover { what } => (Act::Hover, what, Personal::default()),
            Action::Choose { from, value } => (Act::Choose, from, self.job.value(value)?),
            Action::Check { what, on } => (Act::Check, what, Personal::new(if *on { "on" } else { "off" })),
            Action::Click { what } => (Act::Click, what, Personal::default()),
            Action::Expect { what } => (Act::Expect, what, Personal::default()),
            Action::Take { from, .. } => (Act::Take, from, Personal::default()),
            Action::Open { .. } | Action::Submit(_) => {
                return Err(EnterError::new(ErrorKind::Setup, message!("entering.submit-not-here", line = step.line)));
            }
        };
        Ok(PageStep {
            step: u16::try_from(at).unwrap_or(u16::MAX),
            act,
            locator,
            text,
            file: None,
            window: WindowNumber::default(),
        })
    }

    fn upload(&self, at: usize, locator: &'a Locator) -> Result<PageStep<'a>, EnterError> {
        let no_scan = || EnterError::new(ErrorKind::Business, message!("entering.no-scan", line = self.steps[at].line));
        let scan = self.job.scan.ok_or_else(no_scan)?;
        let bytes = Personal::new(base64::engine::general_purpose::STANDARD.encode(&*scan.bytes));
        Ok(PageStep {
            step: u16::try_from(at).unwrap_or(u16::MAX),
            act: Act::Upload,
            locator,
            text: Personal::new(format!("{} ({})", scan.name, scan.bytes.len())),
            file: Some(PageFile { name: scan.name.to_owned(), bytes }),
            window: WindowNumber::default(),
        })
    }

    fn line(&self, step: u16) -> Line {
        self.steps.get(usize::from(step)).map_or_else(Line::default, |step| step.line.clone())
    }
}

/// What a program answered; `None` if its page was replaced first.
fn answer(ran: Ran) -> Result<Option<serde_json::Value>, EnterError> {
    ran.dialog.map_or(Ok(ran.answer), |said| Err(EnterError::dialog(said)))
}

/// The error for controls that do not hold what was entered, naming their fields.
pub(super) fn differences(steps: &[Step], read: &[Stands]) -> Option<EnterError> {
    let differing: Vec<&Stands> = read.iter().filter(|one| !one.agrees).collect();
    if differing.is_empty() {
        return None;
    }
    let fields = differing.iter().flat_map(|one| match steps.get(usize::from(one.step)).map(|step| &step.action) {
        Some(Action::Fill { value, .. } | Action::Type { value, .. } | Action::Choose { value, .. }) => {
            fields_of(value).to_vec()
        }
        _ => Vec::new(),
    });
    Some(EnterError::read_back_differs(fields.collect(), differing.len()))
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
