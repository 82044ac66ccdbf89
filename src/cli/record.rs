//! `jitan record`: a person goes through a target once, in a window, and gets its steps; so does who did it with another
//! recorder.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::connect::{Stop, configuration};
use super::exit::Exit;
use crate::adapters::chrome::ChromeWindow;
use crate::adapters::chrome::record::Watched;
use crate::entering::error::EnterError;
use crate::entering::record::{Recording, import};
use crate::locale::Lang;
use crate::message;

#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Where to begin: the target's sign-in page, in its test environment.
    #[arg(required_unless_present = "from")]
    pub url: Option<String>,
    /// Another recorder's file instead: what Playwright's code generator printed, or Selenium IDE's `.side`.
    #[arg(long, conflicts_with = "url")]
    pub from: Option<PathBuf>,
    /// Which test of a `.side` file that holds several.
    #[arg(long, requires = "from")]
    pub test: Option<String>,
    /// A new file for what was recorded; else it is printed.
    #[arg(long)]
    pub output: Option<PathBuf>,
}

/// # Errors
/// [`Stop`] with what to say.
pub async fn run(args: &RecordArgs, config: Option<&Path>, lang: Lang) -> Result<Exit, Stop> {
    let recording = match (&args.from, &args.url) {
        (Some(file), _) => imported(file, args.test.as_deref())?,
        (None, url) => watched(url.as_deref().unwrap_or_default(), config, lang).await?,
    };
    let written = recording.written(lang);
    let unwritable = |why: std::io::Error| Stop::new(Exit::RunFailed, message!("cli.record.not-written", why = why));
    match &args.output {
        // What an author has written already is never overwritten.
        Some(file) => {
            let mut file = std::fs::File::create_new(file).map_err(unwritable)?;
            file.write_all(written.yaml.as_bytes()).map_err(unwritable)?;
        }
        None => print!("{}", written.yaml),
    }
    if written.unnamed > 0 {
        eprintln!("{}", lang.render(&message!("cli.record.unnamed-count", count = written.unnamed)));
    }
    Ok(if recording.is_empty() { Exit::RunFailed } else { Exit::Ok })
}

fn imported(file: &Path, test: Option<&str>) -> Result<Recording, Stop> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Stop::new(Exit::Usage, message!("cli.record.unreadable", file = file.display(), why = why))
    };
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(|why| unreadable(&why))?;
    let read = opened.take(import::LONGEST + 1).read_to_string(&mut text).map_err(|why| unreadable(&why))?;
    if read as u64 > import::LONGEST {
        return Err(Stop::new(
            Exit::Usage,
            message!("cli.record.too-long", file = file.display(), kib = import::LONGEST >> 10),
        ));
    }
    let happened = import::happened(&text, test).map_err(|why| Stop::new(Exit::Usage, why))?;
    Ok(Recording::imported(happened))
}

async fn watched(url: &str, config: Option<&Path>, lang: Lang) -> Result<Recording, Stop> {
    let config = configuration(config)?;
    let is_web = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_web {
        return Err(Stop::new(Exit::Usage, message!("cli.record.bad-url", url = url)));
    }
    let desktop = ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if !desktop {
        return Err(Stop::new(Exit::RunFailed, message!("cli.record.no-desktop")));
    }
    let browser = config.browser;
    let opened = Watched::open(browser.path, ChromeWindow::Shown, browser.allow_no_sandbox, url).await;
    let mut watched = opened.map_err(|error| Stop::new(Exit::RunFailed, EnterError::from(error).message().clone()))?;
    eprintln!("{}", lang.render(&message!("cli.record.begun")));
    let mut recording = Recording::default();
    loop {
        tokio::select! {
            happened = watched.next() => match happened {
                Some(happened) => recording.add(happened),
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    Ok(recording)
}
