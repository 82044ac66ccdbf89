//! Sends one request, once: over a connection of its own that is never used again, without any retry.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode};
use url::Url;

use crate::model::target::Site;
use crate::ports::http::{Answer, Http, HttpSites, Outgoing, Unsent};

/// An answer beyond this is not read: no page of receipts is that long.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// How long a connection may take. Nothing has left before it stands.
const CONNECT: Duration = Duration::from_secs(10);

/// How often a target may say "send the same to another address" before it is taken for a loop.
const HOPS: usize = 5;

pub struct SendOnce {
    client: Client,
    /// The only hosts it may reach; empty: any.
    hosts: Vec<String>,
}

impl SendOnce {
    /// # Errors
    /// If the certificates of the machine cannot be read.
    pub fn new(hosts: Vec<String>) -> Result<Self, reqwest::Error> {
        let client = crate::api::client::http()
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(0)
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .build()?;
        Ok(Self { client, hosts })
    }

    /// The same, for other hosts.
    fn reaching(&self, hosts: Vec<String>) -> Self {
        Self { client: self.client.clone(), hosts }
    }

    /// # Errors
    /// `Unsent::Certainly` only if not a byte of the request can have reached the target.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Answer, Unsent> {
        let Outgoing { method, mut url, headers, body } = outgoing;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| Unsent::Certainly)?;
        let mut headers = complete(&url, headers).ok_or(Unsent::Certainly)?;
        for hop in 0..HOPS {
            // A target that asks for the same request elsewhere has not taken it here.
            let not_sent = if hop == 0 { Unsent::Certainly } else { Unsent::Perhaps };
            if !self.may_reach(&url) {
                return Err(not_sent);
            }
            let request = self.client.request(method.clone(), url.clone()).headers(headers.clone()).body(body.clone());
            let response = request
                .send()
                .await
                .map_err(|e| if e.is_connect() || e.is_builder() { not_sent } else { Unsent::Perhaps })?;
            match sent_elsewhere(&url, &response) {
                None => return answer(response).await,
                Some(elsewhere) => {
                    if elsewhere.origin() != url.origin() {
                        headers.remove(reqwest::header::COOKIE);
                        headers.remove(reqwest::header::AUTHORIZATION);
                    }
                    url = elsewhere;
                }
            }
        }
        Err(Unsent::Perhaps)
    }

    fn may_reach(&self, url: &Url) -> bool {
        self.hosts.is_empty() || url.host_str().is_some_and(|host| self.hosts.iter().any(|allowed| allowed == host))
    }
}

#[async_trait]
impl Http for SendOnce {
    async fn send_once(&self, outgoing: Outgoing, limit: Duration) -> Result<Answer, Unsent> {
        tokio::time::timeout(limit, self.send(outgoing)).await.unwrap_or(Err(Unsent::Perhaps))
    }
}

impl HttpSites for SendOnce {
    fn for_site(&self, site: &Site) -> Arc<dyn Http> {
        Arc::new(self.reaching(site.all_hosts()))
    }
}

/// What the browser's network service would have added, and what only it may say.
fn complete(url: &Url, given: Vec<(String, String)>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        if matches!(name.as_str(), "host" | "content-length" | "connection" | "accept-encoding") {
            continue;
        }
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    let navigating = headers.contains_key("upgrade-insecure-requests");
    let same_origin =
        headers.get("origin").is_some_and(|origin| origin.as_bytes() == url.origin().ascii_serialization().as_bytes());
    let fetch_metadata: &[(&'static str, &'static str)] = match (same_origin, navigating) {
        (false, _) => &[],
        (true, true) => &[("mode", "navigate"), ("dest", "document"), ("user", "?1"), ("site", "same-origin")],
        (true, false) => &[("mode", "cors"), ("dest", "empty"), ("site", "same-origin")],
    };
    for (name, value) in fetch_metadata {
        let name = HeaderName::from_bytes(format!("sec-fetch-{name}").as_bytes()).ok()?;
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry("accept-language").or_insert(HeaderValue::from_static("ja"));
    // The page gets the body as it is.
    headers.insert("accept-encoding", HeaderValue::from_static("identity"));
    Some(headers)
}

/// Where the target wants the same request, body and all.
fn sent_elsewhere(url: &Url, response: &Response) -> Option<Url> {
    let asks = matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    let location = response.headers().get(reqwest::header::LOCATION).filter(|_| asks)?;
    url.join(location.to_str().ok()?).ok()
}

async fn answer(mut response: Response) -> Result<Answer, Unsent> {
    let status = response.status().as_u16();
    let about_the_connection = |name: &HeaderName| {
        matches!(name.as_str(), "connection" | "keep-alive" | "transfer-encoding" | "content-length")
    };
    let headers = response.headers().iter().filter(|(name, _)| !about_the_connection(name));
    let headers = headers.map(|(name, value)| (name.to_string(), latin1(value.as_bytes()))).collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Unsent::Perhaps)? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err(Unsent::Perhaps);
        }
    }
    Ok(Answer { status, headers, body })
}

/// Header values are bytes; the protocol wants text.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests;
