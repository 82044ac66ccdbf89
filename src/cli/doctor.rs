//! `jitan doctor`: everything that could keep the night from working, looked at and told at once.

use std::path::Path;
use std::process::Command;

use clap::Args;

use super::connect::{Stop, configuration, daemon};
use super::exit::Exit;
use crate::adapters::chrome::{Chrome, ChromeSettings};
use crate::adapters::data_folder::{DataFolder, DataLock};
use crate::daemon::config::Config;
use crate::daemon::room;
use crate::locale::Lang;
use crate::message;
use crate::model::message::Message;
use crate::ports::browser::Browser;
use crate::reading::recognise::Engines;

/// A clock before the program was written is wrong.
const OLDEST_CREDIBLE_YEAR: i32 = 2026;

#[derive(Debug, Args)]
pub struct DoctorArgs {}

/// One thing looked at.
struct Finding {
    what: Message,
    /// `Err`: what is wrong and what to do.
    state: Result<Message, Message>,
}

/// # Errors
/// Only for a configuration that cannot be read; what is wrong otherwise is told, with exit code 1.
pub async fn run(config: Option<&Path>, lang: Lang) -> Result<Exit, Stop> {
    let config = configuration(config)?;
    let findings = vec![
        Finding { what: message!("cli.doctor.tesseract"), state: tesseract() },
        Finding { what: message!("cli.doctor.models"), state: models(&config) },
        Finding { what: message!("cli.doctor.browser"), state: browser(&config).await },
        Finding { what: message!("cli.doctor.fonts"), state: fonts() },
        Finding { what: message!("cli.doctor.store"), state: store(&config).await },
        Finding { what: message!("cli.doctor.key"), state: key(&config) },
        Finding { what: message!("cli.doctor.disk"), state: disk(&config) },
        Finding { what: message!("cli.doctor.clock"), state: clock() },
        Finding { what: message!("cli.doctor.inbox"), state: inbox(&config.inbox) },
    ];
    for finding in &findings {
        let (mark, told) = match &finding.state {
            Ok(told) => ("✓", told),
            Err(told) => ("✗", told),
        };
        println!("{mark} {}: {}", lang.render(&finding.what), lang.render(told));
    }
    let faults = findings.iter().filter(|f| f.state.is_err()).count();
    if faults == 0 {
        println!("{}", lang.render(&message!("cli.doctor.healthy")));
        return Ok(Exit::Ok);
    }
    println!("{}", lang.render(&message!("cli.doctor.faults", count = faults)));
    Ok(Exit::RunFailed)
}

fn tesseract() -> Result<Message, Message> {
    let languages = output("tesseract", &["--list-langs"]).ok_or_else(|| message!("cli.doctor.no-tesseract"))?;
    if !languages.lines().any(|line| line.trim() == "jpn") {
        return Err(message!("cli.doctor.no-japanese"));
    }
    let version = output("tesseract", &["--version"]).unwrap_or_default();
    Ok(message!("cli.doctor.version", version = version.lines().next().unwrap_or_default()))
}

fn models(config: &Config) -> Result<Message, Message> {
    let engines = Engines::load(&config.models)?;
    match engines.mismatches().first() {
        None => Ok(message!("cli.doctor.models-fit", fingerprint = engines.fingerprint())),
        Some(why) => Err(why.clone()),
    }
}

async fn browser(config: &Config) -> Result<Message, Message> {
    let chrome = Chrome::new(ChromeSettings {
        path: config.browser.path.clone(),
        allow_no_sandbox: config.browser.allow_no_sandbox,
        ..ChromeSettings::default()
    });
    match chrome.session().await {
        Ok(_) if config.browser.allow_no_sandbox => Ok(message!("cli.doctor.no-sandbox")),
        Ok(_) => Ok(message!("cli.doctor.browser-starts")),
        Err(error) => Err(message!("cli.doctor.browser-does-not-start", why = error)),
    }
}

fn fonts() -> Result<Message, Message> {
    let font = output("fc-match", &["-f", "%{family[0]}", ":lang=ja"]);
    let japanese = output("fc-list", &[":lang=ja", "family"]).is_some_and(|list| !list.trim().is_empty());
    match font {
        Some(font) if japanese => Ok(message!("cli.doctor.font", font = font)),
        _ => Err(message!("cli.doctor.no-font")),
    }
}

async fn store(config: &Config) -> Result<Message, Message> {
    if daemon(config).await.is_some() {
        return Ok(message!("cli.doctor.daemon-runs"));
    }
    if !config.data.exists() {
        return Ok(message!("cli.doctor.no-store-yet", folder = config.data.display()));
    }
    DataLock::take(&DataFolder::new(&config.data)).map_err(|fault| fault.0)?;
    Ok(message!("cli.doctor.store-free", folder = config.data.display()))
}

fn key(config: &Config) -> Result<Message, Message> {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::metadata(&config.store_key) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Err(message!("daemon.secret-readable-by-others", file = config.store_key.display()))
        }
        Ok(_) => Ok(message!("cli.doctor.key-there", file = config.store_key.display())),
        Err(_) if config.data.join("documents").exists() => {
            Err(message!("cli.doctor.key-lost", file = config.store_key.display()))
        }
        Err(_) => Ok(message!("cli.doctor.no-key-yet", file = config.store_key.display())),
    }
}

fn disk(config: &Config) -> Result<Message, Message> {
    let free = room::free(&config.data)
        .map_err(|error| message!("cli.doctor.disk-unknown", folder = config.data.display(), why = error))?;
    let gib = format!("{:.1}", free as f64 / room::GIB as f64);
    if free < config.disk_floor {
        Err(message!("cli.doctor.disk-low", free = gib, floor = config.disk_floor / room::GIB))
    } else {
        Ok(message!("cli.doctor.disk-free", free = gib))
    }
}

fn clock() -> Result<Message, Message> {
    use chrono::Datelike;
    let now = crate::ports::clock::Clock::now(&crate::adapters::clock::SystemClock);
    let told = super::documents::local(now);
    if crate::model::time::tokyo_date(now).year() < OLDEST_CREDIBLE_YEAR {
        return Err(message!("cli.doctor.clock-wrong", now = told));
    }
    Ok(message!("cli.doctor.clock-is", now = told))
}

fn inbox(folder: &Path) -> Result<Message, Message> {
    match std::fs::read_dir(folder) {
        Ok(_) => Ok(message!("cli.doctor.inbox-there", folder = folder.display())),
        Err(_) => Err(message!("cli.doctor.no-inbox", folder = folder.display())),
    }
}

fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
