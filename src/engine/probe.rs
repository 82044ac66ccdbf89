//! What became of an unknown outcome: asked of the target, judged by the rules of `settle`, and recorded.

use super::boundary::Boundary;
use super::enter::timed_out;
use super::values::texts;
use super::{Engine, EngineError};
use crate::entering::Job;
use crate::entering::error::EnterError;
use crate::entering::probe::probe;
use crate::entering::trace::Trail;
use crate::entering::values::Values;
use crate::message;
use crate::model::document::event::{DocumentEvent, Settlement};
use crate::model::document::settle::{FoundRecord, judge};
use crate::model::document::stage::{Document, Doubt, Stage};
use crate::model::id::Who;
use crate::model::message::Message;

/// What a probe came to.
#[derive(Debug)]
pub enum Probing {
    /// An answer is recorded.
    Answered(Box<Document>),
    /// The target could not be asked: ask again later. Nothing is recorded, since nothing was learnt.
    Unreachable(Message),
}

impl Engine {
    /// Asks the target once.
    ///
    /// # Errors
    /// If the store or the folders fail.
    pub async fn probe(&self, document: Document) -> Result<Probing, EngineError> {
        let Stage::Unknown { doubt, .. } = document.stage.clone() else {
            return Ok(Probing::Answered(Box::new(document)));
        };
        let found = match self.look_in_target(&document).await? {
            Ok(found) => found,
            Err(error) => return Ok(Probing::Unreachable(error.message().clone())),
        };
        self.watch.reached(Boundary::ProbeSeen, document.id);
        let answer = self.judged(&doubt, &found);
        let after = self.append(&document, Who::Jitan, vec![DocumentEvent::Probed { answer }]).await?;
        self.watch.reached(Boundary::Probed, document.id);
        Ok(Probing::Answered(Box::new(after)))
    }

    fn judged(&self, doubt: &Doubt, found: &[FoundRecord]) -> crate::model::document::event::ProbeAnswer {
        judge(found, doubt.since, doubt.precheck)
    }

    /// Records what the answers so far allow to conclude.
    ///
    /// # Errors
    /// If the store fails, or the fold finds that they do not allow it.
    pub async fn settle(&self, document: Document, outcome: Settlement) -> Result<Document, EngineError> {
        let event = DocumentEvent::Settled { outcome, seconds: 0 };
        let after = self.append(&document, Who::Jitan, vec![event]).await?;
        self.watch.reached(Boundary::Settled, after.id);
        Ok(after)
    }

    /// What a crash left behind: nothing sent (`Requeued`), perhaps sent (`OutcomeUnknown`), confirmed (`Done`).
    ///
    /// # Errors
    /// If the store fails.
    pub async fn recover(&self, document: Document) -> Result<Document, EngineError> {
        let event = match &document.stage {
            Stage::Entering { .. } => DocumentEvent::Requeued { version: None },
            Stage::Intended { .. } | Stage::Sent { .. } => {
                DocumentEvent::OutcomeUnknown { why: message!("daemon.stopped-in-mid-submit") }
            }
            Stage::Confirmed { .. } => DocumentEvent::Done,
            Stage::Failed { .. } => DocumentEvent::Requeued { version: None },
            _ => return Ok(document),
        };
        self.append(&document, Who::Jitan, vec![event]).await
    }

    async fn look_in_target(&self, document: &Document) -> Result<Result<Vec<FoundRecord>, EnterError>, EngineError> {
        let deployed = self.deployed(document)?;
        let (scenario, target) = (&deployed.bundle.scenario, &deployed.bundle.target);
        let Some(site) = target.site(document.environment) else {
            return Err(EngineError::Refused(message!("daemon.no-such-environment", target = target.name)));
        };
        let Some(asked) = scenario.submit().and_then(|s| s.probe.as_ref()) else {
            return Err(EngineError::Refused(message!("daemon.no-probe", scenario = scenario.name)));
        };
        let values = Values(texts(&self.values(document).await?));
        let secrets = self.secrets.as_ref();
        let trail = Trail::begin(self.clock.as_ref());
        let http = self.http.for_site(site);
        let job = Job {
            target,
            site,
            steps: &scenario.steps,
            values: &values,
            scan: None,
            secrets,
            http: http.as_ref(),
            trail: &trail,
        };
        let mut session = match self.session(scenario, site).await {
            Ok(session) => session,
            Err(error) => return Ok(Err(error.into())),
        };
        let found = tokio::time::timeout(scenario.timeout, probe(session.as_mut(), &job, asked)).await;
        let found = found.unwrap_or_else(|_| Err(timed_out(scenario.timeout)));
        let failure = found.as_ref().err().map(|error| job.failure(error));
        let trace = trail.ended(session.as_ref(), failure, None);
        self.keep_trace(document.id, document.version + 1, &trace).await?;
        Ok(found)
    }
}
