//! One file per verb: ask, show, say how it ended. Data goes to stdout, logs to stderr, a progress bar to a terminal.

pub mod exit;
pub mod help;
pub mod ledger;
pub mod read;
pub mod reader;
pub mod report;
pub mod sheet;
pub mod store;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::locale::Lang;
use exit::Exit;

/// What every verb may be told.
#[derive(Debug, Parser)]
#[command(name = "jitan", version)]
pub struct Cli {
    /// Configuration file (else `jitan.toml` in the working folder, if there is one).
    #[arg(long, global = true, env = "JITAN_CONFIG")]
    pub config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs, in the order in which a department meets them.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show what is read on scans, without entering anything.
    Read(read::ReadArgs),
    /// Decodes and reads in a process of its own.
    #[command(hide = true)]
    Reader(reader::ReaderArgs),
    /// Check the stored data, make its index anew, back it up, restore it.
    Store(store::StoreArgs),
}

/// Parses the arguments and does what they say.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let lang = Lang::from_env(|name| std::env::var(name).ok());
    let command = help::localise(Cli::command(), lang);
    let matches = match command.try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(refusal) => {
            let _ = refusal.print();
            return if refusal.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(refusal) => refusal.exit(),
    };
    let ended = match &cli.verb {
        Verb::Read(args) => read::run(args, lang),
        Verb::Reader(args) => Ok(reader::run(args)),
        Verb::Store(args) => store::run(args, lang),
    };
    ended.unwrap_or_else(|why| {
        eprintln!("{why:#}");
        Exit::RunFailed
    })
}
