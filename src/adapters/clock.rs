//! The machine's clock and its randomness: the only place that asks for either.

use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;

use crate::model::time::Instant;
use crate::ports::clock::{Clock, Entropy};

#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the adapter that everything else must ask")]
    fn now(&self) -> Instant {
        Utc::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The operating system's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random numbers, or nothing here is safe");
    }
}
