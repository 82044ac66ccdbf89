//! Looking a scenario's pages over before the batch, and what follows: a scenario whose screen changed is held, and goes
//! on when a later look finds everything in its place.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::enter::timed_out;
use super::{Engine, EngineError};
use crate::entering::Job;
use crate::entering::canary::{Finding, Verdict, by_samples, look_over};
use crate::entering::error::{EnterError, ErrorKind};
use crate::entering::trace::{Place, Trail};
use crate::entering::values::Values;
use crate::message;
use crate::model::id::{ScenarioName, TargetName, Who};
use crate::model::journal::ScenarioEvent;
use crate::model::message::Message;
use crate::model::scenario::Scenario;
use crate::model::target::{Environment, Site};
use crate::model::value::Personal;
use crate::ports::library::Deployed;
use crate::ports::store::StoreError;

/// Marks a hold that a look may end, because a look began it.
const HELD_BY_CANARY: &str = "entering.canary-changed";

/// Marks a hold of a scenario whose account was not let in: until a person has seen to it, it is not tried.
const NOT_LET_IN: &str = "entering.sign-in-refused";

/// What came of looking a scenario over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    pub scenario: ScenarioName,
    pub title: String,
    pub department: String,
    pub target: TargetName,
    #[serde(flatten)]
    pub outcome: Outcome,
    pub findings: Vec<Finding>,
    pub consequence: Consequence,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// Whatever could be checked is there.
    Passed,
    Changed,
    /// The account was not let in: it must not be tried again, or it is locked.
    NotLetIn {
        why: Message,
    },
    NotReachable {
        why: Message,
    },
    NotChecked {
        why: Message,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    None,
    Held,
    /// For whatever reason, from before.
    StaysHeld,
    Released,
}

impl Engine {
    /// Looks over live versions of scenarios that share a target's site. With `hold`, those whose screen changed are held.
    /// An account that is not let in is not tried again, and its scenarios are held in any case.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn canary(&self, versions: &[Arc<Deployed>], hold: bool) -> Result<Vec<Looked>, EngineError> {
        let mut all = Vec::new();
        let mut not_let_in: Option<Message> = None;
        for deployed in versions {
            let before = self.scenario(&deployed.bundle.scenario.name).await?.held;
            let not_again = not_let_in.clone().or(before.filter(|why| why.code == NOT_LET_IN));
            let (outcome, findings) = match not_again {
                Some(why) => (Outcome::NotLetIn { why }, Vec::new()),
                None => self.look_at(deployed).await,
            };
            if let Outcome::NotLetIn { why } = &outcome {
                not_let_in = Some(why.clone());
            }
            let scenario = &deployed.bundle.scenario;
            let consequence = self.follow(deployed, &outcome, &findings, hold).await?;
            all.push(Looked {
                scenario: scenario.name.clone(),
                title: scenario.title.clone(),
                department: scenario.department.clone(),
                target: scenario.target.clone(),
                outcome,
                findings,
                consequence,
            });
        }
        Ok(all)
    }

    /// Looks, in a session of its own.
    async fn look_at(&self, deployed: &Deployed) -> (Outcome, Vec<Finding>) {
        let (scenario, target) = (&deployed.bundle.scenario, &deployed.bundle.target);
        let Some(site) = target.site(Environment::Live) else {
            return (not_checked(message!("daemon.no-such-environment", target = target.name)), Vec::new());
        };
        let values: Values =
            scenario.canary.iter().map(|(name, text)| (name.clone(), Some(Personal::new(text.as_str())))).collect();
        let trail = Trail::begin(self.clock.as_ref());
        let (steps, not_taken) = by_samples(Place::Scenario, &scenario.steps, &values);
        let http = self.http.for_site(site);
        let job = Job {
            target,
            site,
            steps: &steps,
            values: &values,
            scan: None,
            secrets: self.secrets.as_ref(),
            http: http.as_ref(),
            trail: &trail,
        };
        let looked = tokio::time::timeout(scenario.timeout, self.look_in(scenario, site, &job)).await;
        match looked.unwrap_or_else(|_| Err(timed_out(scenario.timeout))) {
            Ok(mut findings) => {
                findings.extend(not_taken);
                let changed = findings.iter().any(|finding| matches!(finding.verdict, Verdict::Changed { .. }));
                (if changed { Outcome::Changed } else { Outcome::Passed }, findings)
            }
            Err(error) => self.not_looked(&job, error),
        }
    }

    async fn look_in(&self, scenario: &Scenario, site: &Site, job: &Job<'_>) -> Result<Vec<Finding>, EnterError> {
        let mut session = self.session(scenario, site).await?;
        look_over(session.as_mut(), job, &scenario.on_error).await
    }

    fn not_looked(&self, job: &Job<'_>, error: EnterError) -> (Outcome, Vec<Finding>) {
        let why = error.message().clone();
        match error.kind {
            ErrorKind::System | ErrorKind::SignedOut => (Outcome::NotReachable { why }, Vec::new()),
            ErrorKind::SignInRefused => (Outcome::NotLetIn { why }, Vec::new()),
            ErrorKind::Business | ErrorKind::Setup => (not_checked(why), Vec::new()),
            // The sign-in's own page: what comes behind it is told step by step.
            ErrorKind::ScreenChanged | ErrorKind::UndeclaredWrite | ErrorKind::UndeclaredSent => {
                let near = error.said.map(|near| *near);
                let (line, locator) = job.trail.failed_place().unwrap_or_default();
                let verdict = Verdict::Changed { why, near };
                (Outcome::Changed, vec![Finding { place: Place::SignIn, line, locator, verdict }])
            }
        }
    }

    async fn follow(
        &self,
        deployed: &Deployed,
        outcome: &Outcome,
        findings: &[Finding],
        hold: bool,
    ) -> Result<Consequence, EngineError> {
        let name = &deployed.bundle.scenario.name;
        let held = self.scenario(name).await?.held;
        let why = match outcome {
            Outcome::Changed if hold => Some(why_held(deployed, findings)),
            Outcome::NotLetIn { why } => Some(why.clone()),
            _ => None,
        };
        match (why, held) {
            (None, Some(before)) if *outcome == Outcome::Passed && before.code == HELD_BY_CANARY => {
                self.release_scenario(name).await?;
                Ok(Consequence::Released)
            }
            (_, Some(_)) => Ok(Consequence::StaysHeld),
            (Some(why), None) => {
                self.hold_scenario(name, why).await?;
                Ok(Consequence::Held)
            }
            (None, None) => Ok(Consequence::None),
        }
    }

    /// Ends a hold that a look began.
    async fn release_scenario(&self, name: &ScenarioName) -> Result<(), EngineError> {
        loop {
            let state = self.scenario(name).await?;
            if state.held.is_none_or(|why| why.code != HELD_BY_CANARY) {
                return Ok(());
            }
            match self.append_to_scenario(name, state.version, Who::Jitan, vec![ScenarioEvent::Resumed]).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                other => return other,
            }
        }
    }
}

/// Whether a hold may end by a later look.
pub fn may_end_by_looking(held: &Message) -> bool {
    held.code == HELD_BY_CANARY
}

impl Finding {
    /// The file that its line is in, as the author has it.
    pub fn file(&self, scenario: &ScenarioName, target: &TargetName) -> String {
        match self.place {
            Place::SignIn => format!("targets/{target}.yaml"),
            Place::Scenario | Place::Probe | Place::OnError => format!("{scenario}/scenario.yaml"),
        }
    }
}

fn why_held(deployed: &Deployed, findings: &[Finding]) -> Message {
    let changed: Vec<&Finding> =
        findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Changed { .. })).collect();
    let (file, line, locator) = changed.first().map_or_else(Default::default, |first| {
        let file = first.file(&deployed.bundle.scenario.name, &deployed.bundle.target.name);
        (file, first.line.clone(), first.locator.clone())
    });
    let more = changed.len().saturating_sub(1);
    message!("entering.canary-changed", file = file, line = line, locator = locator, more = more)
}

fn not_checked(why: Message) -> Outcome {
    Outcome::NotChecked { why }
}
