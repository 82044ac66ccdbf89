//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    jitan::cli::main(std::env::args_os()).into()
}
