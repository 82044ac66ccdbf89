//! `jitan confined` (hidden): caps this process, then becomes an outside program, which keeps the caps.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::adapters::reader_process::child;

use super::exit::Exit;

#[derive(Debug, clap::Args)]
pub struct ConfinedArgs {
    /// Address space the program may use.
    #[arg(long)]
    memory_mb: u64,
    /// The program and its arguments.
    #[arg(required = true, last = true)]
    command: Vec<String>,
}

/// Returns only if the program did not start.
pub fn run(args: &ConfinedArgs) -> Exit {
    if child::confine_memory(args.memory_mb << 20).is_err() {
        return Exit::NotConfined;
    }
    let [program, arguments @ ..] = &args.command[..] else { return Exit::Usage };
    let _why = Command::new(program).args(arguments).exec();
    Exit::RunFailed
}
