//! 入力先: a web system that documents are entered into.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::http::NamedValue;
use super::id::TargetName;
use super::locator::Locator;
use super::pattern::fits_path;
use super::step::Step;
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
    /// Requests other than GET that write nothing: sign-in, search, confirmation.
    pub reading_requests: Vec<RequestPattern>,
    /// What every request of an `http` step carries, such as a key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_headers: Vec<NamedValue>,
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
        Reading { below: below.trim_end_matches('/').to_owned(), requests: self.reading_requests.clone() }
    }
}

/// Requests by method and path: `POST /claims/*/confirm`. The method may be left out for POST, by which pages send
/// their forms; `WS` is a message over a web socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct RequestPattern {
    pub method: String,
    /// `*` matches within a part of the path.
    pub path: String,
}

/// In a method's place for what pages send over a web socket.
pub const OVER_SOCKET: &str = "WS";

impl RequestPattern {
    pub fn is_over_socket(&self) -> bool {
        self.method == OVER_SOCKET
    }
}

impl From<String> for RequestPattern {
    fn from(text: String) -> Self {
        let (method, path) = text.split_once(' ').unwrap_or(("POST", &text));
        Self { method: method.to_owned(), path: path.trim_start().to_owned() }
    }
}

impl From<RequestPattern> for String {
    fn from(pattern: RequestPattern) -> Self {
        pattern.to_string()
    }
}

impl fmt::Display for RequestPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Which requests write nothing: by what HTTP says of their method, or because the target says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Path of the site's base URL, without a `/` at its end.
    below: String,
    requests: Vec<RequestPattern>,
}

impl Reading {
    pub fn covers(&self, method: &str, path: &str) -> bool {
        let declared = |pattern: &RequestPattern| {
            let below = path.strip_prefix(&self.below).filter(|_| pattern.method == method);
            below.is_some_and(|path| fits_path(pattern.path.trim_start_matches('/'), path.trim_start_matches('/')))
        };
        only_reads(method) || self.requests.iter().any(declared)
    }

    /// The pattern by which a target would declare this request. Parts of the path that may name a person or a case are
    /// `*`: a pattern stands in messages and logs.
    pub fn pattern_of(&self, method: &str, path: &str) -> RequestPattern {
        let below = path.strip_prefix(&self.below).unwrap_or(path);
        let parts = below.split('/').map(|part| if may_name_a_case(part) { "*" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        let path = if path.starts_with('/') { path } else { format!("/{path}") };
        RequestPattern { method: method.to_owned(), path }
    }
}

/// By what HTTP says of the method.
pub fn only_reads(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

fn may_name_a_case(part: &str) -> bool {
    const LONGEST_NAME: usize = 40;
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    !plain || part.len() > LONGEST_NAME || digits > 2 || (digits > 0 && digits == part.len())
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Base URL; `open` steps name paths below it.
    pub url: String,
    /// Hosts the browser may reach; the base URL's own is always among them.
    pub hosts: Vec<String>,
    pub account: Option<Account>,
}

impl Site {
    /// Every host that may be reached, its own among them; sorted.
    pub fn all_hosts(&self) -> Vec<String> {
        let own = url::Url::parse(&self.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let mut hosts: Vec<String> = self.hosts.iter().cloned().chain(own).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }
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
        let requests = ["/search", "POST /claims/*/confirm", "PUT /draft"].map(|p| p.to_owned().into()).to_vec();
        let reading = Reading { below: "/app".to_owned(), requests };
        assert!(reading.covers("GET", "/elsewhere") && reading.covers("HEAD", "/app/claims"));
        assert!(reading.covers("POST", "/app/search") && reading.covers("POST", "/app/claims/7/confirm"));
        for path in ["/search", "/app/claims", "/app/search/", "/app/searching", "/app/claims/7/commit"] {
            assert!(!reading.covers("POST", path), "{path}");
        }
        assert!(!reading.covers("get", "/app/x") && !reading.covers("DELETE", "/app/claims"));
        assert!(reading.covers("PUT", "/app/draft") && !reading.covers("POST", "/app/draft"));
        assert!(!reading.covers("DELETE", "/app/search"));
    }

    #[test]
    fn a_pattern_for_a_request_names_nobody_and_covers_it() {
        let mut reading = Reading { below: "/app".to_owned(), requests: Vec::new() };
        let told = |path: &str| reading.pattern_of("POST", path).to_string();
        assert_eq!(told("/app/claims/7/confirm"), "POST /claims/*/confirm");
        assert_eq!(told("/app/search.do"), "POST /search.do");
        assert_eq!(told("/app/v2/123456789018/%E6%9D%BF%E6%A9%8B"), "POST /v2/*/*");
        let path = "/app/v2/123456789018/save";
        let pattern = reading.pattern_of("PUT", path);
        reading.requests.push(pattern);
        assert!(reading.covers("PUT", path));
    }
}
