//! Looking over scenarios before the batch: asked for by a person, or just before a scheduled run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::office::{Office, not_deployed};
use crate::engine::EngineError;
use crate::engine::canary::Looked;
use crate::model::id::{ScenarioName, TargetName};
use crate::ports::library::{Deployed, Library};

impl Office {
    /// Looks over the live versions of these scenarios, or of all if none is named; in the order of their targets.
    ///
    /// # Errors
    /// If a named scenario has no live version, or the store cannot be written.
    pub async fn canary(&self, named: &[ScenarioName], hold: bool) -> Result<Vec<Looked>, EngineError> {
        let all = self.engine.library.scenarios();
        let mut by_target: BTreeMap<TargetName, Vec<Arc<Deployed>>> = BTreeMap::new();
        for name in if named.is_empty() { &all } else { named } {
            let Some(live) = self.engine.scenario(name).await?.live else {
                if named.is_empty() {
                    continue;
                }
                return Err(not_deployed(name));
            };
            let deployed = self.versions.version(name, live).map_err(EngineError::Refused)?;
            by_target.entry(deployed.bundle.target.name.clone()).or_default().push(deployed);
        }
        let looks = by_target.into_values().map(|deployed| self.look_over(deployed, hold));
        let looked = futures_util::future::try_join_all(looks).await?;
        self.wake.notify_one();
        Ok(looked.into_iter().flatten().collect())
    }

    async fn look_over(&self, deployed: Vec<Arc<Deployed>>, hold: bool) -> Result<Vec<Looked>, EngineError> {
        let Some(first) = deployed.first() else { return Ok(Vec::new()) };
        let _permit = self.sessions.acquire(&first.bundle.target).await;
        self.engine.canary(&deployed, hold).await
    }
}
