//! Time and randomness, passed in.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::time::Instant;

#[async_trait]
pub trait Clock: Send + Sync + Debug {
    fn now(&self) -> Instant;

    /// Returns when the duration has passed on this clock.
    async fn sleep(&self, duration: Duration);
}

/// Unpredictable bytes for tokens and run ids.
pub trait Entropy: Send + Sync + Debug {
    fn fill(&self, bytes: &mut [u8]);
}
