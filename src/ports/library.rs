//! The deployed versions: immutable, found by scenario and digest.

use std::sync::Arc;

use super::reader::FormWithBlanks;
use crate::model::id::{ScenarioName, VersionId};
use crate::model::message::Message;
use crate::model::scenario::Bundle;

/// A version ready for work.
#[derive(Debug, Clone)]
pub struct Deployed {
    pub bundle: Bundle,
    pub forms: Vec<FormWithBlanks>,
}

pub trait Library: Send + Sync {
    /// Every scenario with at least one version, by name.
    fn scenarios(&self) -> Vec<ScenarioName>;

    /// # Errors
    /// A message that says which version is missing or no longer loads, and what to do.
    fn version(&self, scenario: &ScenarioName, version: VersionId) -> Result<Arc<Deployed>, Message>;
}
