//! 入力先: a web system that documents are entered into.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::TargetName;
use super::pattern::fits_path;
use super::scenario::{Locator, Step};
use super::time::millis;

/// A web system, in its two environments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    pub name: TargetName,
    pub title: String,
    /// Base address for drafts and trials; nothing entered there is credited.
    pub test: Option<Site>,
    /// Base address for live versions.
    pub live: Option<Site>,
    /// Read-only or idempotent steps that bring a fresh browser context to a signed-in page.
    pub sign_in: Vec<Step>,
    /// Seen on a page only when the session is gone: the document goes back before its intent, never after.
    pub signed_out: Option<Locator>,
    /// Path patterns (`*` matches within a path) of non-GET requests that write nothing: sign-in, search, confirmation.
    pub reading_requests: Vec<String>,
    /// Shows nothing personal: left sharp in evidence pictures. Everything else is blurred.
    pub show: Vec<Locator>,
    /// After this long, a request that the system was going to commit has been committed. Without it, an absent
    /// record proves nothing and a person is asked.
    #[serde(default, with = "super::time::optional_millis", skip_serializing_if = "Option::is_none")]
    pub settles_within: Option<Duration>,
    /// How many documents may be entered at once.
    pub sessions: u8,
    /// How long one step may wait for its page.
    #[serde(with = "millis")]
    pub step_timeout: Duration,
}

impl Target {
    pub fn site(&self, environment: Environment) -> Option<&Site> {
        match environment {
            Environment::Test => self.test.as_ref(),
            Environment::Live => self.live.as_ref(),
        }
    }

    /// Which requests of this site's pages write nothing.
    pub fn reading(&self, site: &Site) -> Reading {
        let below = url::Url::parse(&site.url).map_or_else(|_| String::new(), |base| base.path().to_owned());
        Reading { below: below.trim_end_matches('/').to_owned(), paths: self.reading_requests.clone() }
    }
}

/// Which requests write nothing: by what HTTP says of their method, or because the target says so of their path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Path of the site's base URL, without a `/` at its end.
    below: String,
    paths: Vec<String>,
}

impl Reading {
    pub fn covers(&self, method: &str, path: &str) -> bool {
        let declared = |pattern: &String| {
            let below = path.strip_prefix(&self.below);
            below.is_some_and(|path| fits_path(pattern.trim_start_matches('/'), path.trim_start_matches('/')))
        };
        matches!(method, "GET" | "HEAD" | "OPTIONS") || self.paths.iter().any(declared)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Base URL; `open` steps name paths below it.
    pub url: String,
    /// Hosts the browser may reach; the base URL's own is always among them.
    pub hosts: Vec<String>,
    pub account: Option<Account>,
}

/// Whose name stands on what is entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub user: String,
    /// A reference to the password, never the password.
    pub password: SecretRef,
}

/// The name of a secret: a file in the credentials folder, or a `JITAN_SECRET_<NAME>_FILE` variable's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretRef(pub String);

/// Where a version enters its documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A draft or trial; never credited.
    Test,
    Live,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_by_its_method_or_by_what_the_target_declares_below_its_base() {
        let reading =
            Reading { below: "/app".to_owned(), paths: vec!["/search".to_owned(), "/claims/*/confirm".to_owned()] };
        assert!(reading.covers("GET", "/elsewhere") && reading.covers("HEAD", "/app/claims"));
        assert!(reading.covers("POST", "/app/search") && reading.covers("POST", "/app/claims/7/confirm"));
        for path in ["/search", "/app/claims", "/app/search/", "/app/searching", "/app/claims/7/commit"] {
            assert!(!reading.covers("POST", path), "{path}");
        }
        assert!(!reading.covers("get", "/app/x") && !reading.covers("DELETE", "/app/claims"));
    }
}
