//! How many pages are open on a target at once: bounded by what the target allows, whoever opens them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::model::id::TargetName;
use crate::model::target::Target;

#[derive(Debug, Clone, Default)]
pub struct Sessions(Arc<Mutex<HashMap<TargetName, Arc<Semaphore>>>>);

impl Sessions {
    /// A permit, if one is free.
    pub fn try_acquire(&self, target: &Target) -> Option<OwnedSemaphorePermit> {
        self.of(target).try_acquire_owned().ok()
    }

    /// A permit, when one is free.
    pub async fn acquire(&self, target: &Target) -> OwnedSemaphorePermit {
        self.of(target).acquire_owned().await.expect("no semaphore of these is ever closed")
    }

    fn of(&self, target: &Target) -> Arc<Semaphore> {
        let mut targets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions = usize::from(target.sessions.max(1));
        targets.entry(target.name.clone()).or_insert_with(|| Arc::new(Semaphore::new(sessions))).clone()
    }
}
