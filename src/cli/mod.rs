//! One file per verb: ask, show, say how it ended. Data goes to stdout, logs to stderr, a progress bar to a terminal.

pub mod canary;
pub mod check;
pub mod confined;
pub mod connect;
pub mod daemon;
pub mod deploy;
pub mod doctor;
pub mod documents;
pub mod exit;
pub mod form;
pub mod help;
pub mod ledger;
pub mod new;
pub mod read;
pub mod reader;
pub mod record;
pub mod report;
pub mod review;
pub mod run;
pub mod savings;
pub mod schema;
pub mod sheet;
pub mod store;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::daemon::config::Config;
use crate::locale::Lang;
use connect::{Desk, Stop};
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
    New(new::NewArgs),
    Check(check::CheckArgs),
    Schema(schema::SchemaArgs),
    Form(form::FormArgs),
    Read(read::ReadArgs),
    Record(record::RecordArgs),
    Deploy(deploy::DeployArgs),
    Run(run::RunArgs),
    Canary(canary::CanaryArgs),
    Daemon(daemon::DaemonArgs),
    Documents(documents::DocumentsArgs),
    Review(review::ReviewArgs),
    Report(report::ReportArgs),
    Ledger(ledger::LedgerArgs),
    Store(store::StoreArgs),
    Doctor(doctor::DoctorArgs),
    /// Decodes and reads in a process of its own.
    #[command(hide = true)]
    Reader(reader::ReaderArgs),
    /// Caps itself and becomes another program.
    #[command(hide = true)]
    Confined(confined::ConfinedArgs),
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
    log_to_stderr(&cli.verb);
    // These need no runtime of ours: the child has caps of its own, the others start what they need, or nothing.
    let alone = match &cli.verb {
        Verb::Reader(args) => return reader::run(args),
        Verb::Confined(args) => return confined::run(args),
        Verb::Read(args) => Some(configured(&cli, lang).and_then(|config| read::run(args, &config, lang))),
        Verb::Store(args) => Some(configured(&cli, lang).and_then(|config| store::run(args, &config, lang))),
        Verb::New(args) => Some(new::run(args, lang)),
        Verb::Check(args) => Some(configured(&cli, lang).and_then(|config| check::run(args, &config.calendar, lang))),
        Verb::Schema(args) => Some(schema::run(args, lang)),
        Verb::Form(args) => Some(form::run(args, lang)),
        _ => None,
    };
    if let Some(ended) = alone {
        return ended.unwrap_or_else(|why| {
            eprintln!("{why:#}");
            Exit::RunFailed
        });
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("jitan: {error}");
            return Exit::RunFailed;
        }
    };
    match runtime.block_on(perform(&cli, lang)) {
        Ok(exit) => exit,
        Err(stop) => {
            eprintln!("{}", lang.render(&stop.message));
            stop.exit
        }
    }
}

/// The configuration, for verbs that open no installation.
fn configured(cli: &Cli, lang: Lang) -> anyhow::Result<Config> {
    connect::configuration(cli.config.as_deref()).map_err(|stop| anyhow::anyhow!(lang.render(&stop.message)))
}

async fn perform(cli: &Cli, lang: Lang) -> Result<Exit, Stop> {
    let config = cli.config.as_deref();
    match &cli.verb {
        Verb::Deploy(args) => deploy::run(args, &Desk::open(config, lang).await?).await,
        Verb::Run(args) => run::run(args, config, lang).await,
        Verb::Canary(args) => canary::run(args, &Desk::open(config, lang).await?).await,
        Verb::Daemon(_) => daemon::run(config).await,
        Verb::Documents(args) => documents::run(args, &Desk::open(config, lang).await?).await,
        Verb::Review(args) => review::run(args, &Desk::open(config, lang).await?).await,
        Verb::Report(args) => savings::report(args, &Desk::open(config, lang).await?).await,
        Verb::Ledger(args) => savings::ledger(args, &Desk::open(config, lang).await?).await,
        Verb::Doctor(_) => doctor::run(config, lang).await,
        Verb::Record(args) => record::run(args, config, lang).await,
        Verb::New(_)
        | Verb::Check(_)
        | Verb::Schema(_)
        | Verb::Form(_)
        | Verb::Read(_)
        | Verb::Store(_)
        | Verb::Reader(_)
        | Verb::Confined(_) => {
            unreachable!("handled before the runtime starts")
        }
    }
}

/// Logs go to stderr: JSON for the daemon, whose log is read by programs; for the other verbs only what is wrong.
fn log_to_stderr(verb: &Verb) {
    use tracing_subscriber::EnvFilter;
    let level = if matches!(verb, Verb::Daemon(_)) { "info" } else { "error" };
    let filter = EnvFilter::try_from_env("JITAN_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match verb {
        Verb::Daemon(_) => log.json().init(),
        _ => log.without_time().with_target(false).init(),
    }
}
