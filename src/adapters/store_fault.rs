//! Why the store cannot be used. None of these is tried again: each says what happened and what a person does next.

use std::fmt::Display;
use std::path::Path;

use crate::message;
use crate::model::message::Message;
use crate::ports::store::StoreError;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub Message);

impl Fault {
    pub fn io(path: &Path, error: &impl Display) -> Self {
        Self(message!("store.io", path = path.display(), error = error))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        StoreError::Broken(fault.0)
    }
}
