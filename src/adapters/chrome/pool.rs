//! One Chromium for each site: hosts outside the site's list are refused where it costs nothing per request, at the
//! browser's start.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Chrome, ChromeSettings, ChromeWindow};
use crate::model::target::Site;
use crate::ports::browser::{Browser, Browsers};

/// Browsers by the hosts they may reach; each starts with its first session.
pub struct ChromePool {
    path: Option<PathBuf>,
    allow_no_sandbox: bool,
    browsers: Mutex<HashMap<Vec<String>, Arc<Chrome>>>,
}

impl ChromePool {
    pub fn new(path: Option<PathBuf>, allow_no_sandbox: bool) -> Self {
        Self { path, allow_no_sandbox, browsers: Mutex::default() }
    }

    fn chrome(&self, hosts: Vec<String>) -> Arc<Chrome> {
        let settings = ChromeSettings {
            path: self.path.clone(),
            allow_no_sandbox: self.allow_no_sandbox,
            hosts: hosts.clone(),
            window: ChromeWindow::Hidden,
        };
        let mut browsers = self.browsers.lock().unwrap_or_else(PoisonError::into_inner);
        browsers.entry(hosts).or_insert_with(|| Arc::new(Chrome::new(settings))).clone()
    }
}

impl Browsers for ChromePool {
    fn for_site(&self, site: &Site) -> Arc<dyn Browser> {
        self.chrome(site.all_hosts())
    }
}
