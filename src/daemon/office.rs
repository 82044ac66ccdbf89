//! The acts that people and triggers ask for, beyond a single document: deploying, running, receiving, telling.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use zeroize::Zeroizing;

use super::room::Room;
use super::sessions::Sessions;
use crate::adapters::journal_store::JournalStore;
use crate::adapters::store_admin::{self, BackedUp};
use crate::adapters::store_fault::Fault;
use crate::adapters::version_folder::{DeployError, VersionFolder};
use crate::api::types::{
    DeployAnswer, DocumentStory, DocumentTrace, OccurrenceSummary, ReviewField, ReviewSheet, ScenarioSummary,
};
use crate::engine::intake::{Destination, Received};
use crate::engine::kept::{Receipt, Remarks};
use crate::engine::person::Act;
use crate::engine::read::doubtful;
use crate::engine::scenario::{Occurrence, ScenarioState};
use crate::engine::{Engine, EngineError};
use crate::message;
use crate::model::calendar::Calendar;
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::{DocumentId, RunId, ScenarioName, VersionId, Who};
use crate::model::journal::{Event, ScenarioEvent, Stream};
use crate::model::target::Environment;
use crate::ports::library::{Deployed, Library};
use crate::ports::store::DocumentFilter;
use crate::ports::vault::{Folder, Part, VaultError};

/// How many latest occurrences a summary tells.
const OCCURRENCES_TOLD: usize = 10;

/// Everything that can be asked of a running (or opened) installation.
#[derive(Clone)]
pub struct Office {
    pub engine: Engine,
    pub versions: Arc<VersionFolder>,
    /// The engine's store, for what no port needs to know: copying it.
    pub journal: Arc<JournalStore>,
    pub calendar: Calendar,
    pub room: Room,
    /// Something changed: the dispatcher looks again.
    pub wake: Arc<tokio::sync::Notify>,
    /// Pages open on each target.
    pub sessions: Sessions,
}

impl Office {
    /// Checks a folder and makes it the version in force.
    ///
    /// # Errors
    /// [`DeployError`] for a folder that is not right, [`EngineError`] for a store that cannot be written.
    pub async fn deploy(
        &self,
        who: Who,
        folder: &Path,
        environment: Environment,
    ) -> Result<Result<DeployAnswer, DeployError>, EngineError> {
        let deployed = match self.versions.take_in(folder) {
            Ok(deployed) => deployed,
            Err(refused) => return Ok(Err(refused)),
        };
        let scenario = deployed.bundle.scenario.name.clone();
        if deployed.bundle.target.site(environment).is_none() {
            let why = message!("daemon.no-such-environment", target = deployed.bundle.target.name);
            return Ok(Err(DeployError::Io(why)));
        }
        let version = deployed.bundle.version;
        if environment == Environment::Live
            && let Some(why) = self.engine.undeclared_in_trial(&scenario, version).await?
        {
            return Err(EngineError::Refused(why));
        }
        let state = self.engine.scenario(&scenario).await?;
        let unchanged = state.in_force(environment) == Some(version) && state.held.is_none();
        let resumed = if unchanged {
            0
        } else {
            let mut events = vec![ScenarioEvent::Deployed { version, environment }];
            if state.held.is_some() {
                events.push(ScenarioEvent::Resumed);
            }
            self.put_in_force(who, &deployed, environment, state.version, events).await?
        };
        Ok(Ok(DeployAnswer { scenario, version, unchanged, resumed }))
    }

    /// Appends these events of a scenario that stands as the caller saw it, with the version's baselines if they are new;
    /// then lets held documents go on, wakes whoever works, and tells how many there were.
    async fn put_in_force(
        &self,
        who: Who,
        deployed: &Deployed,
        environment: Environment,
        seen_version: u64,
        mut events: Vec<ScenarioEvent>,
    ) -> Result<u32, EngineError> {
        let scenario = &deployed.bundle.scenario.name;
        if environment == Environment::Live && self.states_new_baselines(scenario, deployed).await? {
            events.push(stated(deployed));
        }
        self.engine.append_to_scenario(scenario, seen_version, who.clone(), events).await?;
        let resumed = self.resume_held(&who, scenario, environment).await;
        // After the held documents, so that the look this causes finds them.
        self.wake.notify_one();
        resumed
    }

    /// A version is put in force to mend what held its documents: they go on, and those that fail again are held again.
    async fn resume_held(
        &self,
        who: &Who,
        scenario: &ScenarioName,
        environment: Environment,
    ) -> Result<u32, EngineError> {
        let held = DocumentFilter { scenario: Some(scenario.clone()), stages: vec![StageKind::Held] };
        let mut resumed = 0;
        for document in self.engine.store.documents(&held).await? {
            if document.environment == environment {
                self.engine.act(who.clone(), document.id, Act::Resume).await?;
                resumed += 1;
            }
        }
        Ok(resumed)
    }

    async fn states_new_baselines(&self, scenario: &ScenarioName, deployed: &Deployed) -> Result<bool, EngineError> {
        let records = self.engine.store.load(&Stream::Scenario(scenario.clone())).await?;
        let last = records.iter().rev().find_map(|record| match &record.event {
            Event::Scenario(event @ ScenarioEvent::BaselinesStated { .. }) => Some(event),
            _ => None,
        });
        Ok(last != Some(&stated(deployed)))
    }

    /// Takes the version in force back to the one before it.
    ///
    /// # Errors
    /// If there is none before it.
    pub async fn roll_back(
        &self,
        who: Who,
        scenario: &ScenarioName,
        environment: Environment,
    ) -> Result<DeployAnswer, EngineError> {
        let state = self.engine.scenario(scenario).await?;
        let before = previous_version(&state, environment)
            .ok_or_else(|| EngineError::Refused(message!("daemon.nothing-to-roll-back", scenario = scenario)))?;
        // It must still load before it is put in force.
        let deployed = self.versions.version(scenario, before).map_err(EngineError::Refused)?;
        let events = vec![ScenarioEvent::RolledBack { to: before, environment }];
        let resumed = self.put_in_force(who, &deployed, environment, state.version, events).await?;
        Ok(DeployAnswer { scenario: scenario.clone(), version: before, unchanged: false, resumed })
    }

    /// Takes a file in under the version in force.
    ///
    /// # Errors
    /// If no version is in force, or the store cannot be written.
    pub async fn receive(
        &self,
        who: Who,
        scenario: &ScenarioName,
        environment: Environment,
        bytes: Zeroizing<Vec<u8>>,
    ) -> Result<Received, EngineError> {
        let state = self.engine.scenario(scenario).await?;
        let version = state.in_force(environment).ok_or_else(|| not_deployed(scenario))?;
        let medium = self.versions.version(scenario, version).map_err(EngineError::Refused)?.bundle.medium();
        let to = Destination { scenario: scenario.clone(), version, environment, run: state.open_run, medium };
        let received = self.engine.receive(who, &to, bytes).await?;
        self.wake.notify_one();
        Ok(received)
    }

    /// Opens a run of a scenario now; a run that is open already is the one. A person who starts a held scenario
    /// resumes it.
    ///
    /// # Errors
    /// If the scenario was never deployed.
    pub async fn run(&self, who: Who, scenario: &ScenarioName) -> Result<RunId, EngineError> {
        let state = self.engine.scenario(scenario).await?;
        if state.live.is_none() && state.test.is_none() {
            return Err(not_deployed(scenario));
        }
        if let Some(run) = state.open_run.filter(|_| state.held.is_none()) {
            return Ok(run);
        }
        let run = self.new_run();
        let mut events = Vec::new();
        if state.held.is_some() {
            events.push(ScenarioEvent::Resumed);
        }
        events.push(ScenarioEvent::Fired { planned: self.engine.now(), run });
        self.engine.append_to_scenario(scenario, state.version, who, events).await?;
        self.wake.notify_one();
        Ok(run)
    }

    /// Copies the store as it now stands into a new or empty folder, while work goes on.
    ///
    /// # Errors
    /// If the folder is not empty, or what the disk says.
    pub async fn backup(&self, to: PathBuf) -> Result<BackedUp, Fault> {
        let (store, at) = (Arc::clone(&self.journal), self.engine.now());
        let copied = tokio::task::spawn_blocking(move || store_admin::backup(store.journal(), store.folder(), &to, at));
        copied.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    pub(super) fn new_run(&self) -> RunId {
        let mut bytes = [0; 8];
        self.engine.entropy.fill(&mut bytes);
        RunId::from_bytes(bytes)
    }

    /// Every scenario that was ever deployed, with where it stands.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn scenarios(&self) -> Result<Vec<ScenarioSummary>, EngineError> {
        let mut documents: BTreeMap<ScenarioName, BTreeMap<StageKind, u32>> = BTreeMap::new();
        for document in self.engine.store.documents(&DocumentFilter::default()).await? {
            *documents.entry(document.scenario).or_default().entry(document.stage.kind()).or_default() += 1;
        }
        let mut summaries = Vec::new();
        for name in self.engine.library.scenarios() {
            let state = self.engine.scenario(&name).await?;
            let counts = documents.remove(&name).unwrap_or_default();
            summaries.push(self.summary(name, &state, counts));
        }
        Ok(summaries)
    }

    fn summary(&self, name: ScenarioName, state: &ScenarioState, counts: BTreeMap<StageKind, u32>) -> ScenarioSummary {
        let version = state.live.or(state.test);
        let deployed = version.and_then(|version| self.versions.version(&name, version).ok());
        let scenario = deployed.as_ref().map(|d| &d.bundle.scenario);
        let told = state.occurrences.iter().rev().take(OCCURRENCES_TOLD);
        ScenarioSummary {
            title: scenario.map_or_else(|| name.to_string(), |s| s.title.clone()),
            department: scenario.map(|s| s.department.clone()).unwrap_or_default(),
            live: state.live,
            test: state.test,
            held: state.held.clone(),
            running: state.open_run,
            documents: counts.into_iter().collect(),
            occurrences: told
                .map(|(planned, occurrence)| OccurrenceSummary {
                    planned: *planned,
                    why_not: match occurrence {
                        Occurrence::Fired(_) => None,
                        Occurrence::NotFired(why) => Some(why.clone()),
                    },
                })
                .collect(),
            name,
        }
    }

    /// What happened to a document.
    ///
    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn story(&self, id: DocumentId) -> Result<DocumentStory, EngineError> {
        let document = self.document(id).await?;
        let records = self.engine.store.load(&Stream::Document(id)).await?;
        let title = self.title(&document);
        let receipt: Option<Receipt> = self.part(id, Part::Receipt).await?;
        let remarks: Option<Remarks> = self.part(id, Part::Remarks).await?;
        Ok(DocumentStory {
            document,
            title,
            records,
            files: receipt.as_ref().map(|receipt| receipt.files.clone()).unwrap_or_default(),
            receipt: receipt.and_then(|r| r.number),
            remarks: remarks.map(|r| r.said),
        })
    }

    /// What happened to a document, with every step in the browser.
    ///
    /// # Errors
    /// If there is no such document, or its content was erased.
    pub async fn trace(&self, id: DocumentId) -> Result<DocumentTrace, EngineError> {
        let story = self.story(id).await?;
        let visits = self.engine.traces(&story.document).await?;
        let mut pictures = BTreeMap::new();
        for number in visits.iter().filter_map(|(_, trace)| trace.end.as_ref()?.picture) {
            match self.engine.vault.get(Folder::Document(id), Part::Picture(number)).await {
                Ok(png) => {
                    pictures.insert(number, base64::engine::general_purpose::STANDARD.encode(png.as_slice()));
                }
                Err(VaultError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let deployed = self.versions.version(&story.document.scenario, story.document.scenario_version);
        let target = deployed.map_or_else(|_| String::new(), |d| d.bundle.target.title.clone());
        Ok(DocumentTrace { story, target, visits, pictures })
    }

    /// Everything a person needs to check a document.
    ///
    /// # Errors
    /// If there is no such document, or it has no values.
    pub async fn review_sheet(&self, id: DocumentId) -> Result<ReviewSheet, EngineError> {
        let document = self.document(id).await?;
        let deployed =
            self.versions.version(&document.scenario, document.scenario_version).map_err(EngineError::Refused)?;
        let values = if document.values.is_some() { self.engine.values(&document).await? } else { Vec::new() };
        let bundle = &deployed.bundle;
        let form = document.form.as_ref().and_then(|name| bundle.forms().iter().find(|f| f.name == *name));
        let doubtful = match &document.stage {
            crate::model::document::stage::Stage::Review {
                need: crate::model::document::stage::ReviewNeed::Fields { fields },
            } => fields.clone(),
            _ => doubtful(&deployed, &values),
        };
        let fields = values.into_iter().filter_map(|value| {
            let field = bundle.field(document.form.as_ref()?, &value.field)?;
            let options = field.options().into_iter().map(str::to_owned).collect();
            let doubtful = doubtful.contains(&value.field);
            Some(ReviewField { label: field.label().to_owned(), page: field.page(), doubtful, options, value })
        });
        Ok(ReviewSheet {
            fields: fields.collect(),
            scenario_title: deployed.bundle.scenario.title.clone(),
            page: form.map(|f| f.page),
            document,
        })
    }

    async fn document(&self, id: DocumentId) -> Result<Document, EngineError> {
        let found = self.engine.store.document(id).await?;
        found.ok_or_else(|| EngineError::Refused(message!("daemon.no-such-document", document = id)))
    }

    fn title(&self, document: &Document) -> String {
        let deployed = self.versions.version(&document.scenario, document.scenario_version);
        deployed.map_or_else(|_| document.scenario.to_string(), |d| d.bundle.scenario.title.clone())
    }

    async fn part<T: serde::de::DeserializeOwned>(&self, id: DocumentId, part: Part) -> Result<Option<T>, EngineError> {
        match self.engine.vault.get(Folder::Document(id), part).await {
            Ok(json) => Ok(serde_json::from_slice(&json).ok()),
            Err(VaultError::Missing { .. } | VaultError::Erased(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn stated(deployed: &Deployed) -> ScenarioEvent {
    let scenario = &deployed.bundle.scenario;
    ScenarioEvent::BaselinesStated { baselines: scenario.baselines.clone(), outside: scenario.outside.clone() }
}

pub(super) fn not_deployed(scenario: &ScenarioName) -> EngineError {
    EngineError::Refused(message!("daemon.not-deployed", scenario = scenario))
}

/// The latest version of this environment that differs from the one in force and was in force before it.
fn previous_version(state: &ScenarioState, environment: Environment) -> Option<VersionId> {
    let current = state.in_force(environment)?;
    let first_use = state.history.iter().position(|(_, e, v)| *e == environment && *v == current)?;
    state.history[..first_use].iter().rev().find(|(_, e, v)| *e == environment && *v != current).map(|(_, _, v)| *v)
}
