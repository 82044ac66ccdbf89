//! Exit codes: few, stable, documented.

use std::process::ExitCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Ok = 0,
    /// The run failed.
    RunFailed = 1,
    /// The arguments make no sense.
    Usage = 2,
    /// A scenario, form, target or plan is invalid.
    Invalid = 3,
    /// Finished; some documents wait for a person. Not an error for cron.
    Waiting = 4,
    /// The store cannot be opened: held by another process, or broken.
    Store = 5,
    /// The reader's child process could not cap itself, so it read nothing; never seen by a person.
    NotConfined = 75,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
