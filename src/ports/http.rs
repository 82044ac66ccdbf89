//! A target's API as entering sees it: one request goes out, once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use crate::model::target::Site;

/// A request with everything it carries.
#[derive(Clone)]
pub struct Outgoing {
    pub method: String,
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What it carries is somebody's data, and what lets us in: neither is for a log.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("method", &self.method).finish_non_exhaustive()
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// No answer. Whether the target got the request is what matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    #[error("it never left")]
    Certainly,
    #[error("it may have arrived")]
    Perhaps,
}

#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one request over a connection of its own, without any retry.
    ///
    /// # Errors
    /// [`Unsent::Certainly`] only if not a byte of it can have reached the target.
    async fn send_once(&self, outgoing: Outgoing, limit: Duration) -> Result<Answer, Unsent>;
}

/// What one may reach is fixed by the site.
pub trait HttpSites: Send + Sync {
    /// What reaches this site's hosts and no others.
    fn for_site(&self, site: &Site) -> Arc<dyn Http>;
}
