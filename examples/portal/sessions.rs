//! Who is signed in: cookie, CSRF token, and when it ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::response::Redirect;

use super::Office;

const COOKIE_NAME: &str = "JTSESSION";
/// Wrong passwords in a row that lock the account.
const TRIES: u32 = 5;

/// A request that came with a living session.
#[derive(Debug, Clone)]
pub struct Signed {
    pub user: String,
    pub csrf: String,
}

pub enum SignIn {
    /// The `Set-Cookie` value.
    Welcome(String),
    Wrong,
    Locked,
}

pub struct Sessions {
    user: String,
    password: String,
    pages: Option<u32>,
    idle: Duration,
    /// Hidden in the sign-in form, where there is no session yet.
    pub sign_in_token: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: HashMap<String, Session>,
    wrong: u32,
}

struct Session {
    csrf: String,
    used: Instant,
    pages: u32,
}

impl Sessions {
    pub fn new(user: String, password: String, pages: Option<u32>, idle: Duration) -> Self {
        Self { user, password, pages, idle, sign_in_token: token(), state: Mutex::default() }
    }

    pub fn sign_in(&self, user: &str, password: &str) -> SignIn {
        let mut state = self.locked();
        if state.wrong >= TRIES {
            return SignIn::Locked;
        }
        if user != self.user || password != self.password {
            state.wrong += 1;
            return SignIn::Wrong;
        }
        state.wrong = 0;
        let id = token();
        let cookie = format!("{COOKIE_NAME}={id}; Path=/; HttpOnly; SameSite=Lax");
        state.open.insert(id, Session { csrf: token(), used: Instant::now(), pages: 0 });
        SignIn::Welcome(cookie)
    }

    /// Counts the page and says who asks, or `None` if the session is unknown or over.
    pub fn admit(&self, headers: &HeaderMap) -> Option<Signed> {
        let id = cookie(headers)?;
        let mut state = self.locked();
        let session = state.open.get_mut(id)?;
        let over = session.used.elapsed() > self.idle || self.pages.is_some_and(|limit| session.pages >= limit);
        if over {
            state.open.remove(id);
            return None;
        }
        session.used = Instant::now();
        session.pages += 1;
        Some(Signed { user: self.user.clone(), csrf: session.csrf.clone() })
    }

    pub fn sign_out(&self, headers: &HeaderMap) {
        if let Some(id) = cookie(headers) {
            self.locked().open.remove(id);
        }
    }

    pub fn forget_all(&self) {
        self.locked().open.clear();
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromRequestParts<Arc<Office>> for Signed {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, office: &Arc<Office>) -> Result<Self, Redirect> {
        if let Some(signed) = parts.extensions.get::<Signed>() {
            return Ok(signed.clone());
        }
        let had_one = cookie(&parts.headers).is_some();
        let sign_in = if had_one { "/login?expired=1" } else { "/login" };
        office.sessions.admit(&parts.headers).ok_or_else(|| Redirect::to(sign_in))
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get(COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}

fn token() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("Linux always has random bytes");
    hex::encode(bytes)
}
