//! `cargo run --example portal -- --port 0 --ledger FILE`: the portal as a program of its own.
//! Prints its address on standard output and serves until it is told to stop.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

#[path = "mod.rs"]
mod portal;

/// A small municipal web system that behaves, and misbehaves, like the real ones.
#[derive(Parser)]
struct Args {
    /// Port on the loopback interface; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// File that keeps what was entered, one JSON line each.
    #[arg(long)]
    ledger: PathBuf,
    #[arg(long, env = "PORTAL_USER", default_value = portal::USER)]
    user: String,
    #[arg(long, env = "PORTAL_PASSWORD", default_value = portal::PASSWORD, hide_env_values = true)]
    password: String,
    /// A session ends after this many pages.
    #[arg(long)]
    session_pages: Option<u32>,
    /// A session ends after this many seconds without a page.
    #[arg(long)]
    session_idle: Option<u64>,
    /// Misbehave from the start: the JSON that POST /__faults takes. May be given several times.
    #[arg(long = "fault")]
    faults: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut options = portal::Options::new(args.ledger);
    options.port = args.port;
    options.user = args.user;
    options.password = args.password;
    options.session_pages = args.session_pages.or(options.session_pages);
    options.session_idle = args.session_idle.map_or(options.session_idle, std::time::Duration::from_secs);
    let portal = portal::Portal::start(options).context("starting the portal")?;
    for fault in &args.faults {
        portal.faults().add(serde_json::from_str(fault).with_context(|| format!("reading the fault {fault}"))?);
    }
    println!("{}", portal.url());
    std::io::stdout().flush()?;
    wait_for_the_end()?;
    eprintln!("{} entries in the ledger", portal.ledger().entries().len());
    portal.stop();
    Ok(())
}

fn wait_for_the_end() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        Ok(())
    })
}
