//! Walking through steps page by page. Steps up to the next click travel as one program; a click that leaves the page
//! waits for the next document, and a page that leaves by itself makes its unfinished steps start anew on the next.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Job;
use super::download::{TakenFile, kept};
use super::error::{EnterError, ErrorKind, words, words_of};
use super::http::ask;
use super::itinerary::Itinerary;
use super::program::{Act, ClickAnswer, PAGE, PageStep, Request, Shows, Stands, StepsAnswer, done_in, parse};
use super::trace::{Did, Entry, Outcome, Place};
use super::values::Values;
use crate::message;
use crate::model::download::Download;
use crate::model::http::HttpStep;
use crate::model::id::FieldName;
use crate::model::locator::Locator;
use crate::model::step::{Action, DialogAnswer, Line, Step, Then, ValueSource, Window};
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
    itinerary: Itinerary<'a>,
    signs: Signs<'a>,
    /// The document's, and what was taken from the pages.
    values: Values,
    /// Controls that were set since the last `open`, to be read back wherever they still stand.
    entered: Vec<PageStep<'a>>,
    /// What they held when they were last read, by step.
    stands: BTreeMap<u16, Personal>,
    taken: Vec<Taken>,
    files: Vec<TakenFile>,
}

/// What a walk leaves behind.
pub(super) struct Walked<'a> {
    /// The steps that were taken; `entered` and `stands` count in these.
    pub steps: Vec<&'a Step>,
    pub entered: Vec<PageStep<'a>>,
    pub stands: BTreeMap<u16, Personal>,
    pub taken: Vec<Taken>,
    pub files: Vec<TakenFile>,
}

/// Walks through `steps[range]`, as far as the document and the pages have them taken.
pub(super) async fn walk<'a>(
    session: &mut dyn Session,
    job: &Job<'a>,
    (place, steps): (Place, &'a [Step]),
    range: std::ops::Range<usize>,
    signs: Signs<'a>,
) -> Result<Walked<'a>, EnterError> {
    let (entered, stands, taken, files) = (Vec::new(), BTreeMap::new(), Vec::new(), Vec::new());
    let (itinerary, values) = (Itinerary::new(steps, range.end), job.values.clone());
    let mut walk = Walk { job: *job, place, itinerary, signs, values, entered, stands, taken, files };
    let mut at = range.start;
    while let Some(program) = walk.itinerary.next_program(at, &walk.values)? {
        at = program.end;
        match &walk.step(program.start).action {
            Action::Open { path } => walk.open(session, program.start, path).await?,
            Action::Http(step) => walk.ask(program.start, step).await?,
            _ => walk.program(session, program).await?,
        }
    }
    let Walk { itinerary, entered, stands, taken, files, .. } = walk;
    Ok(Walked { steps: itinerary.walked(), entered, stands, taken, files })
}

/// Brings the step's window to the front.
pub(super) async fn turn_to(session: &mut dyn Session, job: &Job<'_>, step: &Step) -> Result<WindowNumber, EnterError> {
    let none = || EnterError::new(ErrorKind::ScreenChanged, message!("entering.no-window", line = step.line));
    session.turn_to(step.window, job.target.step_timeout).await.ok_or_else(none)
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
    fn step(&self, at: usize) -> &'a Step {
        self.itinerary.step(at)
    }

    async fn open(&mut self, session: &mut dyn Session, at: usize, path: &str) -> Result<(), EnterError> {
        let url = address(&self.job, path)?;
        let window = turn_to(session, &self.job, self.step(at)).await?;
        self.entered.retain(|earlier| earlier.window != window && window != WindowNumber::default());
        session.answer_dialogs(self.dialogs_on_leaving(at));
        let begun = self.job.trail.now();
        self.job.trail.under_way(self.place, &[self.step(at)]);
        let opened = session.open(&url, self.job.target.step_timeout).await;
        let outcome = if opened.is_ok() { Outcome::Done } else { Outcome::Failed };
        self.job.trail.answered([self.entry(at, begun, Duration::ZERO, outcome)]);
        self.job.trail.last_took(self.job.trail.now());
        self.job.note_happenings(session);
        Ok(opened?)
    }

    /// Asks the target's API.
    async fn ask(&mut self, at: usize, step: &HttpStep) -> Result<(), EnterError> {
        let begun = self.job.trail.now();
        self.job.trail.under_way(self.place, &[self.step(at)]);
        let answered = ask(&self.job, step, &self.step(at).line, &self.values).await;
        let outcome = if answered.is_ok() { Outcome::Done } else { Outcome::Failed };
        self.job.trail.answered([self.entry(at, begun, Duration::ZERO, outcome)]);
        self.job.trail.last_took(self.job.trail.now());
        answered?.into_iter().for_each(|taken| self.take(taken));
        Ok(())
    }

    fn entry(&self, step: usize, at: Instant, took: Duration, outcome: Outcome) -> Entry {
        Entry { at, took, did: Did::Step { place: self.place, step: Box::new(self.step(step).clone()) }, outcome }
    }

    async fn program(&mut self, session: &mut dyn Session, range: std::ops::Range<usize>) -> Result<(), EnterError> {
        let step_limit = self.job.target.step_timeout;
        let count = u32::try_from(range.len()).unwrap_or(u32::MAX).saturating_add(1);
        let limit = step_limit.saturating_mul(count).saturating_add(GRACE);
        let last = range.end - 1;
        session.answer_dialogs(self.step(last).dialog.or(self.dialogs_on_arriving(range.start)));
        let told = range.clone().map(|at| self.job.page_step(at, self.step(at), &self.values));
        let mut steps = told.collect::<Result<Vec<_>, _>>()?;
        for _ in 0..REPLACEMENTS {
            let begun = self.job.trail.now();
            self.job.trail.under_way(self.place, self.itinerary.steps(range.clone()));
            let window = turn_to(session, &self.job, self.step(last)).await?;
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
            let mut answer: StepsAnswer = parse(answer)?;
            self.note(begun, &answer);
            let (at, shows) = (answer.at, answer.shows.take());
            self.accept(&steps, answer)?;
            if let Action::Download(download) = &self.step(last).action {
                if self.download(session, last, download).await? {
                    return Ok(());
                }
                continue;
            }
            match steps.last().map(|step| step.act) {
                Some(Act::Click) if !self.click(session, last).await? => {}
                Some(Act::Hover) => {
                    let [x, y] = at.unwrap_or_default();
                    return Ok(session.point_at(x, y, step_limit).await?);
                }
                Some(Act::Keys) => return self.type_keys(session, &steps[steps.len() - 1]).await,
                Some(Act::OneOf) => return self.branch(last, shows),
                _ => return Ok(()),
            }
        }
        Err(EnterError::new(ErrorKind::System, message!("entering.keeps-reloading")))
    }

    /// Notes the steps that a program began.
    fn note(&self, begun: Instant, answer: &StepsAnswer) {
        let failed = answer.failed.as_ref().and_then(|failed| failed.step);
        let entries =
            answer.timed.iter().filter(|timed| self.itinerary.get(timed.step.into()).is_some()).map(|timed| {
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
            Some(answer) => self.accept(&settled, parse(answer)?),
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
        let next = self.itinerary.following(at, &self.values).map_or(Window::Main, |next| next.window);
        let click = Request::Click { opens: next == Window::Opened && self.step(at).window == Window::Main };
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

    /// Clicks what offers a file and takes it; `false` if the page had replaced what was to be clicked.
    async fn download(
        &mut self,
        session: &mut dyn Session,
        at: usize,
        download: &Download,
    ) -> Result<bool, EnterError> {
        let limit = self.job.target.step_timeout;
        session.expect_file(download.most_bytes).await?;
        let click = Request::Click { opens: false }.to_value()?;
        let ran = session.run(PAGE, &click, limit + GRACE, &|| ()).await?;
        let clicked: Option<ClickAnswer> = answer(ran)?.map(parse).transpose()?;
        if clicked.is_some_and(|answer| !answer.clicked) {
            session.offered_file(Duration::ZERO).await?;
            return Ok(false);
        }
        let end = session.offered_file(limit).await;
        self.job.trail.last_took(self.job.trail.now());
        self.job.note_happenings(session);
        self.files.push(kept(download, &self.step(at).line, end?)?);
        Ok(true)
    }

    /// A page may greet with a dialog: it belongs to the step that led there too.
    fn dialogs_on_arriving(&self, at: usize) -> Option<DialogAnswer> {
        let before = self.step(at.checked_sub(1)?);
        before.dialog.filter(|_| matches!(before.action, Action::Open { .. } | Action::Click { .. }))
    }

    /// While a page is left and the next one comes, dialogs of either may open.
    fn dialogs_on_leaving(&self, at: usize) -> Option<DialogAnswer> {
        self.step(at).dialog.or(self.itinerary.following(at, &self.values).and_then(|next| next.dialog))
    }

    /// Goes on as the page decides.
    fn branch(&mut self, at: usize, shows: Option<Shows>) -> Result<(), EnterError> {
        let step = self.step(at);
        let Action::ExpectOneOf { branches } = &step.action else { return Ok(()) };
        let shown = shows.and_then(|shows| Some((branches.get(shows.which)?, shows.text)));
        let Some((branch, text)) = shown else {
            let what = format!("expect_one_of: {}", words_of(step));
            return Err(EnterError::new(ErrorKind::System, message!("entering.browser-refused", what = what)));
        };
        self.job.trail.note(Did::Branched { shown: words(&branch.seen) }, Outcome::Done);
        match &branch.then {
            Then::Steps(steps) => {
                self.itinerary.take_branch(at, steps);
                Ok(())
            }
            Then::Refused => Err(EnterError::refused(text, &step.line)),
        }
    }

    fn accept(&mut self, steps: &[PageStep<'a>], answer: StepsAnswer) -> Result<(), EnterError> {
        if let Some(failed) = &answer.failed {
            let step = failed.step.and_then(|step| self.itinerary.get(step.into()));
            let line = step.map_or_else(Line::default, |step| step.line.clone());
            return Err(failed.explain(&line, &step.map(words_of).unwrap_or_default(), answer.status));
        }
        self.set(steps);
        self.keep_read_back(answer.stands)?;
        for taken in answer.taken {
            let names = self.itinerary.get(taken.step.into()).map(|step| step.action.takes()).unwrap_or_default();
            if let [name] = names[..] {
                self.take(Taken { name: name.clone(), text: taken.text });
            }
        }
        Ok(())
    }

    /// Later steps may use it.
    fn take(&mut self, taken: Taken) {
        self.job.trail.hide(&taken.text);
        self.values.0.insert(taken.name.clone(), Some(taken.text.clone()));
        self.taken.push(taken);
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
        if let Some(error) = differences(|step| self.itinerary.get(step), &read) {
            return Err(error);
        }
        self.stands.extend(read.into_iter().map(|one| (one.step, one.text)));
        Ok(())
    }
}

/// What a program answered; `None` if its page was replaced first.
fn answer(ran: Ran) -> Result<Option<serde_json::Value>, EnterError> {
    ran.dialog.map_or(Ok(ran.answer), |said| Err(EnterError::dialog(said)))
}

/// The error for controls that do not hold what was entered, naming their fields.
pub(super) fn differences<'a>(step: impl Fn(usize) -> Option<&'a Step>, read: &[Stands]) -> Option<EnterError> {
    let differing: Vec<&Stands> = read.iter().filter(|one| !one.agrees).collect();
    if differing.is_empty() {
        return None;
    }
    let entered = differing.iter().filter_map(|one| step(one.step.into())?.action.value());
    let fields = entered.flat_map(ValueSource::fields).cloned();
    Some(EnterError::read_back_differs(fields.collect(), differing.len()))
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
