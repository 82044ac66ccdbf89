//! `jitan reader` (hidden): the child process that decodes and reads. Started by the program itself; frames on stdin
//! and stdout.

use std::path::PathBuf;

use crate::adapters::reader_process::child;

use super::exit::Exit;

#[derive(Debug, clap::Args)]
pub struct ReaderArgs {
    /// Address space this process may use.
    #[arg(long)]
    memory_mb: u64,
    /// The folder of the models.
    #[arg(long)]
    models: PathBuf,
}

pub fn run(args: &ReaderArgs) -> Exit {
    if child::confine(args.memory_mb << 20).is_err() {
        return Exit::NotConfined;
    }
    match child::serve(&args.models) {
        Ok(()) => Exit::Ok,
        Err(_) => Exit::RunFailed,
    }
}
