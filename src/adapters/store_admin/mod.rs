//! What an operator does with a store as a whole: look whether it is sound, make the index anew, copy it, bring a copy
//! back.

mod backup;
mod manifest;
mod restore;
mod verify;

pub use backup::{BackedUp, backup};
pub use restore::{Restored, restore};
pub use verify::{Verified, verify};

use super::data_folder::{DataFolder, DataLock};
use super::journal_store::{JournalStore, StoreOptions};
use super::sled_index;
use super::store_fault::Fault;
use crate::message;
use crate::model::journal::Seq;

/// Takes the lock of a store that must be there already.
///
/// # Errors
/// If there is no store, another process holds it, or a restore into it was not finished.
pub fn lock_existing(folder: &DataFolder) -> Result<DataLock, Fault> {
    let missing = || Fault(message!("store.no-data", folder = folder.root().display()));
    if !folder.journal().is_dir() {
        return Err(missing());
    }
    let lock = DataLock::take(folder)?;
    if folder.restore_mark().exists() {
        return Err(Fault(message!("store.restore-unfinished", folder = folder.root().display())));
    }
    Ok(lock)
}

/// Makes the index anew from the journal. Look-up digests are not in the journal: whoever starts next makes them.
///
/// # Errors
/// As opening the store.
pub fn rebuild(folder: &DataFolder) -> Result<Seq, Fault> {
    let lock = lock_existing(folder)?;
    sled_index::remove(&folder.index())?;
    let store = JournalStore::open_locked(lock, StoreOptions::default())?;
    Ok(store.opening().replayed)
}
