//! `jitan record`: a person goes through a target once, in a window, and gets its steps.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::connect::{Stop, configuration};
use super::exit::Exit;
use crate::adapters::chrome::ChromeWindow;
use crate::adapters::chrome::record::Watched;
use crate::entering::error::EnterError;
use crate::entering::record::Recording;
use crate::locale::Lang;
use crate::message;

#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Where to begin: the target's sign-in page, in its test environment.
    pub url: String,
    /// A new file for what was recorded; else it is printed.
    #[arg(long)]
    pub output: Option<PathBuf>,
}

/// # Errors
/// [`Stop`] with what to say.
pub async fn run(args: &RecordArgs, config: Option<&Path>, lang: Lang) -> Result<Exit, Stop> {
    let config = configuration(config)?;
    let is_web = url::Url::parse(&args.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_web {
        return Err(Stop::new(Exit::Usage, message!("cli.record.bad-url", url = args.url)));
    }
    let desktop = ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if !desktop {
        return Err(Stop::new(Exit::RunFailed, message!("cli.record.no-desktop")));
    }
    let browser = config.browser;
    let opened = Watched::open(browser.path, ChromeWindow::Shown, browser.allow_no_sandbox, &args.url).await;
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
