//! Secrets by reference: scenarios and targets name them, only this port sees them.

use crate::model::message::Message;
use crate::model::target::SecretRef;
use crate::model::value::Personal;

pub trait Secrets: Send + Sync {
    /// # Errors
    /// A message that names the reference and where it was looked for, never the secret.
    fn resolve(&self, secret: &SecretRef) -> Result<Personal, Message>;
}
