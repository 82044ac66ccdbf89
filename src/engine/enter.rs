//! Values become a record of the target, once.
//!
//! Everything up to the submit may fail and be tried again. Then the intent is durable, then comes the one act, and from
//! there on only evidence counts: seen, it is stored and the document is done; refused in so many words, the document
//! failed; anything else is unknown.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::boundary::Boundary;
use super::kept::Receipt;
use super::scan::scan_file;
use super::values::texts;
use super::{Engine, EngineError};
use crate::entering::error::{EnterError, ErrorKind};
use crate::entering::evidence::picture;
use crate::entering::prepare::{Prepared, Taken, after, leave, prepare};
use crate::entering::probe::probe;
use crate::entering::submit::{SubmitEnd, SubmitMoment, submit};
use crate::entering::trace::{Failure, Trail};
use crate::entering::values::Values;
use crate::entering::{Job, Scan};
use crate::message;
use crate::model::document::event::{DocumentEvent, FailureClass, Intent, Lease, ProbeAnswer};
use crate::model::document::settle::judge;
use crate::model::document::stage::{Document, Stage};
use crate::model::id::{LeaseToken, RunId, Who};
use crate::model::message::Message;
use crate::model::step::{Action, Step};
use crate::model::target::Site;
use crate::ports::browser::{Picture, Session};
use crate::ports::library::Deployed;
use crate::ports::vault::{Folder, Part};

/// Why a passage ended before its intent.
enum Stopped {
    Failed(EnterError),
    /// The target holds such a record already.
    AlreadyThere,
}

/// The scenario's own time limit ran out.
pub(super) fn timed_out(limit: Duration) -> EnterError {
    EnterError::new(ErrorKind::System, message!("daemon.took-too-long", seconds = limit.as_secs()))
}

/// One document on its way into the target.
pub(super) struct Passage<'a> {
    pub(super) engine: &'a Engine,
    deployed: Arc<Deployed>,
    site: Site,
    values: Values,
    pub(super) document: Document,
    /// Number of the event that began it: its trace bears it.
    pub(super) begun: u64,
}

impl Engine {
    /// Enters a ready document. Whatever happens to it is an event; the document as it then stands comes back.
    ///
    /// # Errors
    /// Only if the store or the folders fail, or another writer was faster.
    pub async fn enter(&self, document: Document, run: Option<RunId>) -> Result<Document, EngineError> {
        let document = self.check_duplicate(document).await?;
        if document.stage != Stage::Ready {
            return Ok(document);
        }
        let deployed = self.deployed(&document)?;
        let Some(site) = deployed.bundle.target.site(document.environment).cloned() else {
            let why = message!("daemon.no-such-environment", target = deployed.bundle.target.name);
            let failed = DocumentEvent::Failed { class: FailureClass::Business, why, retry_at: None };
            return self.append(&document, Who::Jitan, vec![failed]).await;
        };
        let values = Values(texts(&self.values(&document).await?));
        let lease = self.lease(&deployed);
        let document = self.append(&document, Who::Jitan, vec![DocumentEvent::Started { lease, run }]).await?;
        self.watch.reached(Boundary::Started, document.id);
        let begun = document.version;
        let mut passage = Passage { engine: self, deployed, site, values, document, begun };
        passage.travel(lease).await
    }

    fn lease(&self, deployed: &Deployed) -> Lease {
        // Longer than the work may take, so that a live worker never loses it.
        let length = TimeDelta::from_std(deployed.bundle.scenario.timeout * 2).unwrap_or(TimeDelta::hours(1));
        Lease { token: LeaseToken::from_bytes(self.random()), until: self.now() + length }
    }
}

impl Passage<'_> {
    async fn travel(&mut self, lease: Lease) -> Result<Document, EngineError> {
        match self.engine.session(&self.deployed.bundle.scenario, &self.site).await {
            Ok(mut session) => self.with(session.as_mut(), lease).await,
            Err(error) => self.failed(error.into()).await,
        }
    }

    async fn with(&mut self, session: &mut dyn Session, lease: Lease) -> Result<Document, EngineError> {
        let deployed = self.deployed.clone();
        let scenario = &deployed.bundle.scenario;
        let site = self.site.clone();
        let values = self.values.clone();
        let engine = self.engine;
        let scan = self.scan(&scenario.steps).await?;
        let trail = Trail::begin(engine.clock.as_ref());
        let http = engine.http.for_site(&site);
        let job = Job {
            target: &deployed.bundle.target,
            site: &site,
            steps: &scenario.steps,
            values: &values,
            scan: scan.as_ref(),
            secrets: engine.secrets.as_ref(),
            http: http.as_ref(),
            trail: &trail,
        };
        let mut events = Vec::new();
        match self.precheck(session, &job).await {
            Ok(answer) => events.extend(answer.map(|answer| DocumentEvent::Prechecked { answer })),
            Err(Stopped::Failed(error)) => return self.stopped(session, &job, error).await,
            Err(Stopped::AlreadyThere) => {
                let why = message!("daemon.already-in-target");
                let failure = Failure { why: why.clone(), said: None };
                self.keep_trace(session, &job, Some(failure), None).await?;
                return self.refused(why, Vec::new()).await;
            }
        }
        let prepared = match tokio::time::timeout(scenario.timeout, prepare(session, &job)).await {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(error)) => return self.left(session, &job, error).await,
            Err(_) => {
                let mut error = timed_out(scenario.timeout);
                error.picture = picture(session, &job).await;
                return self.left(session, &job, error).await;
            }
        };
        engine.watch.reached(Boundary::Prepared, self.document.id);
        // Whatever cuts the rest off, the way to the button stays on record. After it, evidence comes first.
        let so_far = trail.so_far(session);
        engine.keep_trace(self.document.id, self.begun, &so_far).await?;
        events.push(DocumentEvent::Intended { intent: self.intent(lease)? });
        self.document = engine.append(&self.document, Who::Jitan, events).await?;
        engine.watch.reached(Boundary::Intended, self.document.id);

        let id = self.document.id;
        let moment = move |moment: SubmitMoment| match moment {
            SubmitMoment::BeforeClick => engine.watch.reached(Boundary::BeforeClick, id),
            SubmitMoment::ClickDispatched => engine.watch.reached(Boundary::ClickDispatched, id),
            SubmitMoment::RequestHeld => engine.watch.reached(Boundary::RequestHeld, id),
            SubmitMoment::Answered => engine.watch.reached(Boundary::Answered, id),
            SubmitMoment::ResponseSeen => {}
            SubmitMoment::EvidenceSeen => engine.watch.reached(Boundary::EvidenceSeen, id),
        };
        let end = submit(session, &job, &prepared, &moment).await;
        self.outcome(session, &job, &prepared, end).await
    }

    /// What the submit came to becomes an event, with what was seen of it.
    async fn outcome(
        &mut self,
        session: &mut dyn Session,
        job: &Job<'_>,
        prepared: &Prepared<'_>,
        end: SubmitEnd,
    ) -> Result<Document, EngineError> {
        match end {
            SubmitEnd::Confirmed { receipt, status, picture } => {
                let taken = prepared.taken.iter().map(|taken| (taken.name.clone(), taken.text.clone()));
                let mut receipt = Receipt { number: receipt, taken: taken.collect(), files: Vec::new() };
                self.keep_files(&mut receipt, &prepared.files).await?;
                self.confirmed(session, job, &prepared.taken, (receipt, status, picture)).await
            }
            SubmitEnd::Refused { said, status, picture } => {
                let picture = self.keep_picture(picture).await?;
                let why = message!("daemon.refused-by-target");
                let failure = Failure { why: why.clone(), said: Some(job.blanked(&said)) };
                self.keep_remarks(said).await?;
                let document = self.refused(why, vec![DocumentEvent::Sent { status }]).await?;
                self.keep_trace(session, job, Some(failure), picture).await?;
                Ok(document)
            }
            SubmitEnd::NotSent { why } => {
                let retry_at = self.retry_at();
                let class = FailureClass::System;
                let not_sent = DocumentEvent::NotSent { why: why.message().clone() };
                let failed = DocumentEvent::Failed { class, why: why.message().clone(), retry_at };
                let failure = job.failure(&why);
                let picture = self.keep_picture(why.picture).await?;
                let document = self.append(vec![not_sent, failed]).await?;
                self.leave(session, job).await;
                self.keep_trace(session, job, Some(failure), picture).await?;
                Ok(document)
            }
            SubmitEnd::Unknown { why, said, status, picture } => {
                let picture = self.keep_picture(picture).await?;
                let failure = Failure { why: why.clone(), said: said.as_ref().map(|said| job.blanked(said)) };
                if let Some(said) = said {
                    self.keep_remarks(said).await?;
                }
                let unknown = vec![DocumentEvent::Sent { status }, DocumentEvent::OutcomeUnknown { why }];
                let document = self.append(unknown).await?;
                self.keep_trace(session, job, Some(failure), picture).await?;
                Ok(document)
            }
        }
    }

    /// Asks the target before anything is sent, if the scenario wants that: a record found now is not ours.
    async fn precheck(&self, session: &mut dyn Session, job: &Job<'_>) -> Result<Option<ProbeAnswer>, Stopped> {
        let submit = self.deployed.bundle.scenario.submit();
        // A person has said that it is to be entered although the like of it stands there.
        let wanted = !self.document.duplicate_cleared;
        let asked = submit.filter(|s| s.precheck && wanted).and_then(|s| s.probe.as_ref());
        let Some(asked) = asked else { return Ok(None) };
        let found = probe(session, job, asked).await.map_err(Stopped::Failed)?;
        if found.iter().any(|record| record.matches) {
            return Err(Stopped::AlreadyThere);
        }
        Ok(Some(judge(&found, self.engine.now(), None)))
    }

    fn intent(&self, lease: Lease) -> Result<Intent, EngineError> {
        let target = &self.deployed.bundle.target;
        let values = self
            .document
            .values
            .ok_or_else(|| EngineError::Refused(message!("daemon.values-unreadable", document = self.document.id)))?;
        Ok(Intent {
            step: self.deployed.bundle.scenario.submit_at(),
            values,
            lease: lease.token,
            target: target.name.clone(),
            settles_within: target.settles_within,
        })
    }

    async fn confirmed(
        &mut self,
        session: &mut dyn Session,
        job: &Job<'_>,
        taken_before: &[Taken],
        (mut receipt, status, picture): (Receipt, Option<u16>, Option<Picture>),
    ) -> Result<Document, EngineError> {
        let engine = self.engine;
        // Evidence first: steps after it may fail without taking the confirmation away.
        let picture = self.keep_picture(picture).await?;
        let evidence = self.keep_receipt(&receipt).await?;
        engine.watch.reached(Boundary::EvidenceStored, self.document.id);
        let confirmed = DocumentEvent::Confirmed { evidence, receipt: receipt.number.is_some() };
        self.document = self.append(vec![DocumentEvent::Sent { status }, confirmed]).await?;
        engine.watch.reached(Boundary::Confirmed, self.document.id);
        match after(session, job, taken_before).await {
            Ok((taken, files)) if taken.is_empty() && files.is_empty() => {}
            Ok((taken, files)) => {
                self.keep_files(&mut receipt, &files).await?;
                receipt.taken.extend(taken.into_iter().map(|t| (t.name, t.text)));
                self.keep_receipt(&receipt).await?;
            }
            Err(error) => tracing::warn!(document = %self.document.id, why = %error, "steps after the submit"),
        }
        self.keep_trace(session, job, None, picture).await?;
        let done = self.append(vec![DocumentEvent::Done]).await?;
        engine.watch.reached(Boundary::Done, self.document.id);
        Ok(done)
    }

    /// A failure on the way to the submit: the target may hold something for this document.
    async fn left(
        &mut self,
        session: &mut dyn Session,
        job: &Job<'_>,
        error: EnterError,
    ) -> Result<Document, EngineError> {
        // Who is signed out, or was never let in, holds nothing.
        if !matches!(error.kind, ErrorKind::SignedOut | ErrorKind::SignInRefused | ErrorKind::Setup) {
            self.leave(session, job).await;
        }
        self.stopped(session, job, error).await
    }

    /// Takes the scenario's steps for leaving. However they end, the document's failure is what it was.
    async fn leave(&self, session: &mut dyn Session, job: &Job<'_>) {
        let steps = &self.deployed.bundle.scenario.on_error;
        if steps.is_empty() {
            return;
        }
        let limit = job.target.step_timeout.saturating_mul(2);
        match tokio::time::timeout(limit, leave(session, job, steps)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(document = %self.document.id, why = %error, "leaving after a failure"),
            Err(_) => tracing::warn!(document = %self.document.id, "leaving after a failure took too long"),
        }
    }

    /// A failure before the intent, in a page.
    async fn stopped(
        &mut self,
        session: &mut dyn Session,
        job: &Job<'_>,
        mut error: EnterError,
    ) -> Result<Document, EngineError> {
        let picture = self.keep_picture(error.picture.take()).await?;
        self.keep_trace(session, job, Some(job.failure(&error)), picture).await?;
        self.failed(error).await
    }

    /// What follows from a failure before the intent depends on whose it is.
    async fn failed(&mut self, error: EnterError) -> Result<Document, EngineError> {
        let why = error.message().clone();
        let event = match error.kind {
            ErrorKind::System | ErrorKind::SignedOut => {
                DocumentEvent::Failed { class: FailureClass::System, why, retry_at: self.retry_at() }
            }
            // A page that came late looks like one that changed: it is tried again before a person is asked.
            ErrorKind::ScreenChanged if self.retry_at().is_some() => {
                DocumentEvent::Failed { class: FailureClass::System, why, retry_at: self.retry_at() }
            }
            ErrorKind::Business | ErrorKind::UndeclaredSent => {
                DocumentEvent::Failed { class: FailureClass::Business, why, retry_at: None }
            }
            ErrorKind::ScreenChanged | ErrorKind::UndeclaredWrite => DocumentEvent::Held { why },
            // Nothing is wrong with the document, but no other will fare better, and a second wrong password locks the
            // account: the scenario stops, the document waits with the rest.
            ErrorKind::SignInRefused | ErrorKind::Setup => {
                self.engine.hold_scenario(&self.document.scenario, why).await?;
                DocumentEvent::Requeued { version: None }
            }
        };
        if let Some(said) = error.said {
            self.keep_remarks(*said).await?;
        }
        self.append(vec![event]).await
    }

    /// The target (or its record) says no: nothing was entered by us, and trying again would not help.
    async fn refused(&mut self, why: Message, mut events: Vec<DocumentEvent>) -> Result<Document, EngineError> {
        events.push(DocumentEvent::Failed { class: FailureClass::Business, why, retry_at: None });
        self.append(events).await
    }

    /// The document's paper, if a step uploads it.
    async fn scan(&self, steps: &[Step]) -> Result<Option<Scan>, EngineError> {
        let form = self.deployed.bundle.forms().iter().find(|form| Some(&form.name) == self.document.form.as_ref());
        let uploads = |step: &Step| matches!(step.action, Action::Upload { .. });
        let (true, Some(form)) = (steps.iter().flat_map(Step::with_branches).any(uploads), form) else {
            return Ok(None);
        };
        let mut pages = Vec::new();
        for page in 1..=form.page_count() {
            pages.push(self.engine.vault.get(Folder::Document(self.document.id), Part::Page(page)).await?);
        }
        let unusable = || EngineError::Refused(message!("daemon.page-unusable"));
        scan_file(pages, form.page).map(Some).ok_or_else(unusable)
    }

    fn retry_at(&self) -> Option<crate::model::time::Instant> {
        let wait = self.deployed.bundle.scenario.retry.wait_after(self.document.failures + 1)?;
        Some(self.engine.now() + wait)
    }

    async fn append(&mut self, events: Vec<DocumentEvent>) -> Result<Document, EngineError> {
        self.document = self.engine.append(&self.document, Who::Jitan, events).await?;
        Ok(self.document.clone())
    }
}
