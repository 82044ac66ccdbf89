//! Starting Chromium through headless_chrome, which also ends it and removes its profile.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use headless_chrome::LaunchOptionsBuilder;
use tokio::sync::oneshot;

use super::home::Home;
use super::{ChromeSettings, ChromeWindow};
use crate::ports::browser::{BrowserError, NotStarted};

/// Debian's Chromium without windows: it starts in a third of the time, with an eighth of the work and a third of the
/// memory. Its launcher on the search path is a script that stays between: who kills that leaves the browser running.
const HEADLESS_SHELL: &str = "/usr/lib/chromium/chromium-headless-shell";

/// What it is called on the search path, best kept first; the first has no windows.
const NAMES: [&str; 6] =
    ["chrome-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/// headless_chrome's own connection lies idle between our sessions; it must not be cut for that.
const IDLE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A Chromium process. It ends, and its profile is removed, when this is dropped.
pub struct Launched {
    pub ws_url: String,
    pub process_id: Option<u32>,
    /// Where files that a step expects lie for a moment.
    pub downloads: PathBuf,
    /// Dropping it tells the keeper to end the browser.
    keeper: Option<mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Launched {
    fn drop(&mut self) {
        drop(self.keeper.take());
        if let Some(thread) = self.thread.take() {
            // A keeper that panicked has dropped its browser all the same.
            let _ = thread.join();
        }
    }
}

/// The browser's file, from the settings, where Debian puts it, or by its usual names on the search path.
pub fn find(settings: &ChromeSettings) -> Option<PathBuf> {
    if let Some(path) = &settings.path {
        return path.is_file().then(|| path.clone());
    }
    let shell = PathBuf::from(HEADLESS_SHELL);
    if settings.window == ChromeWindow::Hidden && shell.is_file() {
        return Some(shell);
    }
    let path = std::env::var_os("PATH")?;
    let names = if settings.window == ChromeWindow::Hidden { &NAMES[..] } else { &NAMES[1..] };
    names.iter().find_map(|name| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()))
}

/// Whether the sandbox can be on. As root it cannot, and going without must be asked for by name.
fn sandbox(settings: &ChromeSettings) -> Result<bool, NotStarted> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(true);
    }
    if !settings.allow_no_sandbox {
        return Err(NotStarted::Root);
    }
    tracing::warn!(
        "CHROMIUM RUNS WITHOUT ITS SANDBOX: this process is root and allow_no_sandbox is set. \
         A fault in the browser is then a fault of root. Run as an ordinary user in production."
    );
    Ok(false)
}

/// Starts a browser on a thread of its own that keeps it: headless_chrome blocks, and Linux ties the lives of parent
/// and child to the thread that started the child.
pub async fn launch(settings: &ChromeSettings) -> Result<Launched, BrowserError> {
    let failed = |why| BrowserError::NotStarted { why };
    let path = find(settings).ok_or(failed(NotStarted::NotInstalled))?;
    let sandbox = sandbox(settings).map_err(failed)?;
    let arguments = arguments(settings);
    let (answer, started) = oneshot::channel();
    let (keeper, until_dropped) = mpsc::channel::<()>();
    let thread = std::thread::Builder::new()
        .name("chromium-keeper".to_owned())
        .spawn(move || keep(&path, sandbox, &arguments, answer, &until_dropped))
        .map_err(|e| failed(NotStarted::Failed(e.to_string())))?;
    let Started { ws_url, process_id, downloads } = started
        .await
        .unwrap_or_else(|_| Err("the thread that starts it ended".to_owned()))
        .map_err(|why| failed(NotStarted::Failed(why)))?;
    Ok(Launched { ws_url, process_id, downloads, keeper: Some(keeper), thread: Some(thread) })
}

/// What the keeper tells of a browser that runs.
struct Started {
    ws_url: String,
    process_id: Option<u32>,
    downloads: PathBuf,
}

fn keep(
    path: &Path,
    sandbox: bool,
    arguments: &[OsString],
    answer: oneshot::Sender<Result<Started, String>>,
    until_dropped: &mpsc::Receiver<()>,
) {
    let home = match Home::make(path) {
        Ok(home) => home,
        Err(e) => {
            let _ = answer.send(Err(e.to_string()));
            return;
        }
    };
    let options = LaunchOptionsBuilder::default()
        .path(Some(home.program()))
        .user_data_dir(Some(home.profile()))
        .sandbox(sandbox)
        .ignore_certificate_errors(false)
        .idle_browser_timeout(IDLE)
        // `--headless` stands among our own arguments.
        .headless(false)
        .args(arguments.iter().map(OsString::as_os_str).collect::<Vec<&OsStr>>())
        .build()
        .map_err(|e| e.to_string());
    match options.and_then(|options| headless_chrome::Browser::new(options).map_err(|e| e.to_string())) {
        Err(e) => {
            let _ = answer.send(Err(e));
        }
        Ok(browser) => {
            let started = Started {
                ws_url: browser.get_ws_url(),
                process_id: browser.get_process_id(),
                downloads: home.downloads(),
            };
            if answer.send(Ok(started)).is_ok() {
                // Ends with an error when the sender is dropped: that is the sign.
                let _ = until_dropped.recv();
            }
        }
    }
}

fn arguments(settings: &ChromeSettings) -> Vec<OsString> {
    let mut arguments: Vec<String> = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Frames of other sites run in the page's own process, so that the gate stands before what they send too. What
        // the browser may reach is the target's own hosts.
        "--disable-site-isolation-trials",
        "--disable-features=IsolateOrigins,site-per-process,IsolateSandboxedIframes,Translate",
        "--lang=ja",
        "--accept-lang=ja",
        "--window-size=1280,1024",
    ]
    .map(str::to_owned)
    .to_vec();
    if settings.window == ChromeWindow::Hidden {
        arguments.extend(["--headless", "--hide-scrollbars", "--mute-audio"].map(str::to_owned));
    }
    if !settings.hosts.is_empty() {
        arguments.push(format!("--host-resolver-rules={}", resolver_rules(&settings.hosts)));
    }
    arguments.into_iter().map(OsString::from).collect()
}

/// Every name but the target's own resolves to nothing: the browser reaches no other host, at no cost per request.
fn resolver_rules(hosts: &[String]) -> String {
    let allowed: String = hosts.iter().map(|host| format!(", EXCLUDE {host}")).collect();
    format!("MAP * ~NOTFOUND{allowed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_targets_hosts_resolve() {
        let rules = resolver_rules(&["portal.example".to_owned(), "127.0.0.1".to_owned()]);
        assert_eq!(rules, "MAP * ~NOTFOUND, EXCLUDE portal.example, EXCLUDE 127.0.0.1");
    }

    #[test]
    fn a_given_path_is_not_replaced_by_another_browser() {
        let settings =
            ChromeSettings { path: Some(PathBuf::from("/nonexistent/chromium")), ..ChromeSettings::default() };
        assert_eq!(find(&settings), None);
    }
}
