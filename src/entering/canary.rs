//! Looks over a scenario's pages before its documents come: is everything that its steps name still there? Nothing is
//! written: what could write is refused on its way, as before every submit, and the submit itself is never clicked.
//!
//! A page is passed with the author's sample values, by the very programs that enter documents. Where a value has no
//! sample, the page's controls are looked for without touching any, and what lies behind is told as not checked.

use serde::{Deserialize, Serialize};

use super::Job;
use super::error::{EnterError, ErrorKind, words_of};
use super::page_step::page_step;
use super::prepare::{enter_target, submit_step};
use super::probe::{answer, results, submit_line};
use super::program::{Act, LookAnswer, PAGE, PageStep, Request, parse};
use super::trace::Place;
use super::values::Values;
use super::walk::{GRACE, Signs, millis, turn_to, walk};
use crate::message;
use crate::model::document::settle::FoundRecord;
use crate::model::id::FieldName;
use crate::model::locator::Locator;
use crate::model::message::Message;
use crate::model::step::{Action, Line, Step, ValueSource};
use crate::model::submit::{HttpSearch, Means, PageSearch, Probe, Search};
use crate::model::value::Personal;
use crate::ports::browser::Session;

/// What became of one thing that a scenario names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub place: Place,
    pub line: Line,
    /// As its author wrote it.
    pub locator: String,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    Stands,
    /// The page is not what the scenario describes. `near` is what the page shows instead, in its own words.
    Changed {
        why: Message,
        near: Option<Personal>,
    },
    NotChecked {
        why: Message,
    },
}

/// Looks over every page that a document would pass, up to the submit, then leaves by the steps for that as a document
/// that failed there would, and looks over the probe's pages. `job.values` are samples; a field without one has none.
///
/// # Errors
/// If the target could not be looked at: it did not answer, or did not let the account in.
pub async fn look_over(
    session: &mut dyn Session,
    job: &Job<'_>,
    on_error: &[Step],
) -> Result<Vec<Finding>, EnterError> {
    let (at, submit) = submit_step(job)?;
    enter_target(session, job).await?;
    let to_submit = Route { job, place: Place::Scenario, steps: job.steps, refused: submit.refused_by() };
    let (mut findings, reached) = to_submit.pass(session, at).await?;
    match &submit.by {
        Means::Http(_) => {
            let why = message!("entering.canary-never-sent");
            findings.push(to_submit.finding(at, Verdict::NotChecked { why }));
        }
        Means::Click(_) if reached => findings.extend(to_submit.look(session, at..at + 1, false).await?),
        Means::Click(_) => findings.extend(to_submit.behind(at..at + 1)),
    }
    findings.extend(left(session, job, on_error).await?);
    if let Some(probe) = &submit.probe {
        match &probe.search {
            Search::Pages(search) => {
                let (steps, not_taken) = by_samples(Place::Probe, &search.steps, job.values);
                let to_results = Route { job, place: Place::Probe, steps: &steps, refused: None };
                let (searched, reached) = to_results.pass(session, steps.len()).await?;
                findings.extend(searched.into_iter().chain(not_taken));
                findings.push(to_results.results(session, (probe, search), reached).await?);
            }
            Search::Http(search) => findings.push(asked(job, probe, search).await?),
        }
    }
    Ok(findings)
}

/// Leaves, so that a case which the look has opened is given back. What the steps name before they open an address of
/// their own may stand on the page where a document fails, and not on the one where the look has ended.
async fn left(session: &mut dyn Session, job: &Job<'_>, on_error: &[Step]) -> Result<Vec<Finding>, EnterError> {
    let (steps, not_taken) = by_samples(Place::OnError, on_error, job.values);
    let opens = steps.iter().position(|step| matches!(step.action, Action::Open { .. })).unwrap_or(steps.len());
    let (where_it_ended, elsewhere) = steps.split_at(opens);
    let route = |steps| Route { job, place: Place::OnError, steps, refused: None };
    let (mut findings, _) = route(where_it_ended).pass(session, where_it_ended.len()).await?;
    for finding in &mut findings {
        if matches!(finding.verdict, Verdict::Changed { .. }) {
            finding.verdict = Verdict::NotChecked { why: message!("entering.canary-elsewhere") };
        }
    }
    let (behind, _) = route(elsewhere).pass(session, elsewhere.len()).await?;
    findings.extend(behind.into_iter().chain(not_taken));
    Ok(findings)
}

/// The steps that a document with these samples takes, and what is not looked for since it takes no other.
pub fn by_samples(place: Place, steps: &[Step], samples: &Values) -> (Vec<Step>, Vec<Finding>) {
    let mut from_pages: Vec<&FieldName> = Vec::new();
    let (mut taken, mut others) = (Vec::new(), Vec::new());
    for step in steps {
        // What a page will say, no sample tells.
        let is_taken = step.when.as_ref().is_none_or(|when| {
            when.fields().iter().any(|name| from_pages.contains(&name)) || when.holds(&samples.0) == Ok(true)
        });
        if is_taken {
            from_pages.extend(step.with_branches().iter().flat_map(|step| step.action.takes()));
            taken.push(step.clone());
        } else {
            others.extend(step.with_branches().into_iter().map(|step| not_taken(place, step)));
        }
    }
    (taken, others)
}

fn not_taken(place: Place, step: &Step) -> Finding {
    let verdict = Verdict::NotChecked { why: message!("entering.canary-not-taken") };
    Finding { place, line: step.line.clone(), locator: words_of(step), verdict }
}

/// What a search's result tells of its columns.
fn searched(found: Result<Vec<FoundRecord>, EnterError>) -> Result<Verdict, EnterError> {
    match found {
        Ok(found) if found.is_empty() => Ok(Verdict::NotChecked { why: message!("entering.canary-no-rows") }),
        Ok(_) => Ok(Verdict::Stands),
        Err(error) => match error.kind {
            ErrorKind::ScreenChanged => {
                Ok(Verdict::Changed { why: error.message().clone(), near: error.said.map(|near| *near) })
            }
            // A value to compare with has no sample.
            ErrorKind::Setup => Ok(Verdict::NotChecked { why: error.message().clone() }),
            _ => Err(error),
        },
    }
}

/// Asks the target's API for the sample.
async fn asked(job: &Job<'_>, probe: &Probe, search: &HttpSearch) -> Result<Finding, EnterError> {
    let verdict = searched(answer(job, probe, search).await)?;
    Ok(Finding { place: Place::Probe, line: submit_line(job), locator: search.request.words(), verdict })
}

/// Steps that lead somewhere.
struct Route<'a> {
    job: &'a Job<'a>,
    place: Place,
    steps: &'a [Step],
    refused: Option<&'a Locator>,
}

impl Route<'_> {
    /// Goes page by page as far as it can before `end`; says whether it came there.
    async fn pass(&self, session: &mut dyn Session, end: usize) -> Result<(Vec<Finding>, bool), EnterError> {
        let mut findings = Vec::new();
        let mut from = 0;
        while from < end {
            let page = from..end_of_page(self.steps, from, end);
            from = page.end;
            let passed = if self.steps[page.clone()].iter().all(|step| self.is_given(step)) {
                self.walk(session, page, &mut findings).await?
            } else {
                self.look_only(session, page, &mut findings).await?
            };
            if !passed {
                findings.extend(self.behind(from..end));
                return Ok((findings, false));
            }
        }
        Ok((findings, true))
    }

    /// Passes a page with samples. What stands behind a failed step on the same page is looked for all the same, so that
    /// an author learns of everything at once.
    async fn walk(
        &self,
        session: &mut dyn Session,
        page: std::ops::Range<usize>,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, EnterError> {
        let signs = Signs { signed_out: self.job.target.signed_out.as_ref(), refused: self.refused };
        let walked = walk(session, self.job, (self.place, self.steps), page.clone(), signs).await;
        let Err(error) = walked else {
            for at in page {
                findings.push(self.finding(at, Verdict::Stands));
                findings.extend(self.branches(at));
            }
            return Ok(true);
        };
        let why = error.message().clone();
        let verdict = match error.kind {
            ErrorKind::ScreenChanged | ErrorKind::UndeclaredWrite | ErrorKind::UndeclaredSent => {
                Verdict::Changed { why, near: error.said.map(|near| *near) }
            }
            // The page is as it was, and does not take the sample.
            ErrorKind::Business => Verdict::NotChecked { why },
            _ => return Err(error),
        };
        let failed = self.job.trail.failed_step();
        let failed = page.clone().find(|at| failed.as_ref() == Some(&self.steps[*at])).unwrap_or(page.end - 1);
        findings.extend((page.start..failed).map(|at| self.finding(at, Verdict::Stands)));
        findings.push(self.finding(failed, verdict));
        findings.extend(self.look(session, failed + 1..page.end, true).await?);
        Ok(false)
    }

    async fn look_only(
        &self,
        session: &mut dyn Session,
        page: std::ops::Range<usize>,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, EnterError> {
        let opens = page.clone().take_while(|at| matches!(self.steps[*at].action, Action::Open { .. })).count();
        let opened = page.start..page.start + opens;
        if opens > 0 && !self.walk(session, opened.clone(), findings).await? {
            findings.extend(self.behind(opened.end..page.end));
            return Ok(false);
        }
        findings.extend(self.look(session, opened.end..page.end, true).await?);
        Ok(false)
    }

    /// Looks for what these steps name, on the page as it stands. `untouched`: steps before them were not done, so what
    /// a choice or a tick would have brought forth may be missing rightly.
    async fn look(
        &self,
        session: &mut dyn Session,
        range: std::ops::Range<usize>,
        untouched: bool,
    ) -> Result<Vec<Finding>, EnterError> {
        let steps: Vec<PageStep<'_>> = range.clone().filter_map(|at| self.page_step(at)).collect();
        if steps.is_empty() {
            return Ok(self.behind(range));
        }
        // A window that no step has made a page open is not there yet.
        if turn_to(session, self.job, &self.steps[range.start]).await.is_err() {
            return Ok(self.behind(range));
        }
        let limit = self.job.target.step_timeout;
        let request = Request::Look { steps, limit: millis(limit) }.to_value()?;
        let ran = session.run(PAGE, &request, limit.saturating_mul(2).saturating_add(GRACE), &|| ()).await?;
        let keeps_reloading = || EnterError::new(ErrorKind::System, message!("entering.keeps-reloading"));
        let answer: LookAnswer = parse(ran.answer.ok_or_else(keeps_reloading)?)?;
        let mut findings = Vec::new();
        for at in range.clone() {
            let unmet = answer.unmet.iter().find(|unmet| unmet.step.map(usize::from) == Some(at));
            let verdict = match unmet {
                _ if self.page_step(at).is_none() => Verdict::NotChecked { why: message!("entering.canary-behind") },
                None => Verdict::Stands,
                Some(unmet) => {
                    let missing = matches!(unmet.reason.as_str(), "absent" | "hidden");
                    let error = unmet.explain(&self.steps[at].line, &self.words(at), answer.status);
                    match error.kind {
                        ErrorKind::ScreenChanged if missing && untouched && self.may_be_brought_forth(&range, at) => {
                            Verdict::NotChecked { why: message!("entering.canary-brought-forth") }
                        }
                        ErrorKind::ScreenChanged => {
                            Verdict::Changed { why: error.message().clone(), near: error.said.map(|near| *near) }
                        }
                        _ => return Err(error),
                    }
                }
            };
            findings.push(self.finding(at, verdict));
        }
        Ok(findings)
    }

    /// Whether a step of the same page that was not done could have shown what this one names.
    fn may_be_brought_forth(&self, page: &std::ops::Range<usize>, at: usize) -> bool {
        self.steps[page.start..at]
            .iter()
            .any(|step| matches!(step.action, Action::Choose { .. } | Action::Check { .. } | Action::Hover { .. }))
    }

    /// The page after the search, if it was reached.
    async fn results(
        &self,
        session: &mut dyn Session,
        (probe, search): (&Probe, &PageSearch),
        reached: bool,
    ) -> Result<Finding, EnterError> {
        let line = search.steps.last().map_or_else(Line::default, |step| step.line.clone());
        let finding = |verdict| Finding {
            place: self.place,
            line: line.clone(),
            locator: format!("rows: {}", search.rows),
            verdict,
        };
        if !reached {
            return Ok(finding(Verdict::NotChecked { why: message!("entering.canary-behind") }));
        }
        searched(results(session, self.job, probe, search).await).map(finding)
    }

    /// Of the branches behind a step that was passed: what was done of them stands.
    fn branches(&self, at: usize) -> Vec<Finding> {
        let within = self.steps[at].with_branches().into_iter().skip(1);
        let finding = |step: &Step| match self.job.trail.has_done(step) {
            true => Finding { verdict: Verdict::Stands, ..not_taken(self.place, step) },
            false => not_taken(self.place, step),
        };
        within.map(finding).collect()
    }

    /// What these steps name was not come to.
    fn behind(&self, range: std::ops::Range<usize>) -> Vec<Finding> {
        let why = || message!("entering.canary-behind");
        range.map(|at| self.finding(at, Verdict::NotChecked { why: why() })).collect()
    }

    fn finding(&self, at: usize, verdict: Verdict) -> Finding {
        Finding { place: self.place, line: self.steps[at].line.clone(), locator: self.words(at), verdict }
    }

    fn words(&self, at: usize) -> String {
        match &self.steps[at].action {
            Action::Open { path } => format!("open: {path}"),
            _ => words_of(&self.steps[at]),
        }
    }

    fn page_step(&self, at: usize) -> Option<PageStep<'_>> {
        let action = &self.steps[at].action;
        let act = match action {
            Action::Open { .. } => return None,
            Action::ExpectOneOf { .. } => return self.job.page_step(at, &self.steps[at], self.job.values).ok(),
            Action::Choose { .. } => Act::Choose,
            Action::Upload { .. } => Act::Upload,
            Action::Expect { .. } => Act::Expect,
            Action::Take { .. } => Act::Take,
            _ => Act::Click,
        };
        Some(page_step(at, act, action.locator()?, Personal::default()))
    }

    /// Whether everything that a step puts into the page is known here.
    fn is_given(&self, step: &Step) -> bool {
        let from_page = |value: &ValueSource| value.fields().iter().any(|name| self.takes(name));
        let known = |value: &ValueSource| from_page(value) || self.job.value(value).is_ok();
        step.with_branches().iter().all(|step| match &step.action {
            Action::Upload { .. } => false,
            _ => step.values().all(known),
        })
    }

    fn takes(&self, name: &FieldName) -> bool {
        self.steps.iter().flat_map(Step::with_branches).any(|step| step.action.takes().contains(&name))
    }
}

/// Steps on one page: up to a click, which may lead on, or to where another page is opened or another window is meant.
fn end_of_page(steps: &[Step], from: usize, end: usize) -> usize {
    for (at, step) in steps.iter().enumerate().take(end).skip(from) {
        match step.action {
            _ if step.window != steps[from].window => return at,
            Action::Click { .. } | Action::ExpectOneOf { .. } => return at + 1,
            Action::Open { .. } if at > from => return at,
            _ => {}
        }
    }
    end
}
