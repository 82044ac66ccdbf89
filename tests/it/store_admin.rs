//! What an operator does with a store: verify finds each kind of fault, a backup comes back, and after a restore nothing
//! is entered on old knowledge.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use jitan::adapters::data_folder::DataFolder;
use jitan::adapters::journal::JournalReader;
use jitan::adapters::store_admin::{Verified, backup, rebuild, restore, verify};
use jitan::adapters::vault::{FileVault, StoreKey};
use jitan::model::document::event::DocumentEvent;
use jitan::model::document::stage::StageKind;
use jitan::ports::store::{DocumentFilter, Store};
use jitan::ports::vault::{Folder, Part, Vault};
use zeroize::Zeroizing;

use crate::store_given::*;

/// Lives cut off after so many events: received, ready, entering, intended, sent, confirmed, done.
const REACHED: [usize; 7] = [1, 2, 3, 4, 5, 6, 7];

struct Office {
    place: Place,
    key: StoreKey,
}

async fn office() -> Office {
    let place = place();
    let key = StoreKey::create(&place.elsewhere("store.key")).unwrap();
    let store = place.open();
    let vault = FileVault::open(&place.folder, &key).unwrap();
    for (n, reached) in (0..).zip(REACHED) {
        let folder = Folder::Document(document(n));
        vault.put(folder, Part::Source, Zeroizing::new(b"scan".to_vec())).await.unwrap();
        let mut life = smooth_life();
        life.truncate(reached);
        store.append(append(document(n), 0, life)).await.unwrap();
    }
    drop(store);
    Office { place, key }
}

impl Office {
    fn verify(&self) -> Verified {
        verify(&self.place.folder, &self.key).unwrap()
    }

    fn codes(&self) -> Vec<String> {
        self.verify().faults.into_iter().map(|fault| fault.code.into_owned()).collect()
    }

    fn vault(&self) -> FileVault {
        FileVault::open(&self.place.folder, &self.key).unwrap()
    }

    fn back_up(&self, name: &str) -> std::path::PathBuf {
        let to = self.place.elsewhere(name);
        let (journal, _) = JournalReader::open(&self.place.folder.journal()).unwrap();
        backup(&journal, &self.place.folder, &to, at(100)).unwrap();
        to
    }

    fn jitan(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_jitan"))
            .args(["store", "--data"])
            .arg(self.place.folder.root())
            .args(args)
            .env("LANG", "en_GB.UTF-8")
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env_remove("CREDENTIALS_DIRECTORY")
            .output()
            .unwrap()
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[tokio::test]
async fn a_sound_store_verifies_and_what_was_written_before_a_crash_is_only_a_note() {
    let office = office().await;
    let found = office.verify();
    assert_eq!((found.faults.as_slice(), found.notes.as_slice()), ([].as_slice(), [].as_slice()));
    assert_eq!((found.records, found.documents, found.folders), (28, 7, 7));
    let waiting = Folder::Intake(document(77).intake);
    office.vault().put(waiting, Part::Source, Zeroizing::new(vec![1])).await.unwrap();
    let found = office.verify();
    assert_eq!(found.faults, []);
    assert_eq!(found.notes.iter().map(|note| note.code.as_ref()).collect::<Vec<_>>(), ["store.folder-unreferred"]);
}

#[tokio::test]
async fn each_kind_of_fault_is_found() {
    let office = office().await;
    let path = |n| office.vault().path(Folder::Document(document(n)));
    let source = path(0).join("source");
    let whole = fs::read(&source).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&source, changed).unwrap();
    assert_eq!(office.codes(), ["store.folder-unreadable"]);
    fs::write(&source, whole).unwrap();
    fs::rename(path(1), office.place.elsewhere("away")).unwrap();
    assert_eq!(office.codes(), ["store.folder-missing"]);
    fs::rename(office.place.elsewhere("away"), path(1)).unwrap();
    let store = office.place.open();
    store.append(append_by(clerk(), document(1), 2, vec![DocumentEvent::Erased])).await.unwrap();
    drop(store);
    assert_eq!(office.codes(), ["store.not-erased"]);
    office.vault().erase(Folder::Document(document(1))).await.unwrap();
    assert_eq!(office.codes(), Vec::<String>::new());
    let mut segments: Vec<_> =
        fs::read_dir(office.place.folder.journal()).unwrap().map(|e| e.unwrap().path()).collect();
    segments.sort();
    let mut bytes = fs::read(&segments[0]).unwrap();
    bytes[20] ^= 1;
    fs::write(&segments[0], bytes).unwrap();
    assert_eq!(office.codes(), ["store.damaged-batch"]);
}

#[tokio::test]
async fn a_rebuilt_index_says_the_same() {
    let office = office().await;
    assert_eq!(rebuild(&office.place.folder), Ok(28));
    assert_eq!(office.verify().faults, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_everything_unsettled_is_unknown_and_the_rest_as_it_was() {
    let office = office().await;
    let from = office.back_up("backup");
    let folder = DataFolder::new(office.place.elsewhere("restored"));
    let restored = restore(&from, &folder, &clerk(), at(900)).await.unwrap();
    assert_eq!((restored.documents, restored.unsettled, restored.made_at), (7, 5, at(100)));
    let found = verify(&folder, &office.key).unwrap();
    assert_eq!((found.faults, found.records), (vec![], 33));
    let store = jitan::adapters::journal_store::JournalStore::open(&folder, small_segments()).unwrap();
    let stages: Vec<_> =
        store.documents(&DocumentFilter::default()).await.unwrap().iter().map(|d| d.stage.kind()).collect();
    let mut expected = vec![StageKind::Unknown; 5];
    expected.extend([StageKind::Confirmed, StageKind::Done]);
    assert_eq!(stages, expected);
    let vault = FileVault::open(&folder, &office.key).unwrap();
    let source = vault.get(Folder::Document(document(3)), Part::Source).await.unwrap();
    assert_eq!(source.as_slice(), b"scan");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_the_store_is_written_to_is_consistent() {
    let office = office().await;
    let store = std::sync::Arc::new(office.place.open());
    let writers: Vec<_> = (100..140)
        .map(|n| {
            let store = std::sync::Arc::clone(&store);
            tokio::spawn(async move {
                for (version, event) in (0..).zip(smooth_life()) {
                    store.append(append(document(n), version, vec![event])).await.unwrap();
                }
            })
        })
        .collect();
    for round in 0..5 {
        let to = office.place.elsewhere(&format!("backup-{round}"));
        let made = backup(store.journal(), &office.place.folder, &to, at(100)).unwrap();
        let folder = DataFolder::new(office.place.elsewhere(&format!("restored-{round}")));
        let restored = restore(&to, &folder, &clerk(), at(900)).await.unwrap();
        let last = JournalReader::open(&folder.journal()).unwrap().1.last;
        assert_eq!(last, made.last + restored.unsettled as u64);
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn a_backup_that_is_not_whole_and_unchanged_is_refused() {
    let office = office().await;
    let from = office.back_up("backup");
    let lines = fs::read_to_string(from.join("manifest.jsonl")).unwrap().lines().count();
    assert_eq!(lines, 2 + fs::read_dir(from.join("journal")).unwrap().count() + 1 + 7 * 2);
    let journal = fs::read_dir(from.join("journal")).unwrap().next().unwrap().unwrap().file_name();
    let journal = Path::new("journal").join(journal);
    for (n, victim) in ["manifest.jsonl", journal.to_str().unwrap()].into_iter().enumerate() {
        for change in ["changed", "shorter", "gone"] {
            let copy = office.place.elsewhere(&format!("copy-{n}-{change}"));
            copy_all(&from, &copy);
            let path = copy.join(victim);
            let mut bytes = fs::read(&path).unwrap();
            match change {
                "changed" => bytes[40] ^= 1,
                "shorter" => bytes.truncate(bytes.len() - 1),
                _ => {}
            }
            fs::write(&path, bytes).unwrap();
            if change == "gone" {
                fs::remove_file(&path).unwrap();
            }
            let folder = DataFolder::new(office.place.elsewhere(&format!("into-{n}-{change}")));
            let refused = restore(&copy, &folder, &clerk(), at(900)).await.unwrap_err();
            assert!(
                ["store.backup-damaged", "store.no-backup", "store.io"].contains(&refused.0.code.as_ref()),
                "{victim} {change}: {refused}"
            );
        }
    }
}

#[tokio::test]
async fn a_restore_never_mixes_with_what_is_there_and_a_half_restored_folder_never_opens() {
    let office = office().await;
    let from = office.back_up("backup");
    let refused = restore(&from, &office.place.folder, &clerk(), at(900)).await.unwrap_err();
    assert_eq!(refused.0.code, "store.not-empty");
    fs::write(office.place.folder.restore_mark(), b"").unwrap();
    let Err(refused) = jitan::adapters::journal_store::JournalStore::open(&office.place.folder, small_segments())
    else {
        panic!("a half-restored folder was opened")
    };
    assert_eq!(refused.0.code, "store.restore-unfinished");
}

#[tokio::test]
async fn the_command_says_what_it_did_and_ends_with_five_on_a_store_it_cannot_use() {
    let office = office().await;
    let key = office.place.elsewhere("store.key");
    let (key, to) = (key.to_str().unwrap(), office.place.elsewhere("backup"));
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let verified = office.jitan(&["verify", "--key", key]);
    assert_eq!(verified.status.code(), Some(0));
    assert!(said(&verified).contains("28 records, 7 documents"), "{}", said(&verified));
    assert!(said(&verified).ends_with("everything is sound\n"), "{}", said(&verified));
    assert_eq!(said(&office.jitan(&["rebuild"])), "made the index anew from 28 records\n");
    let copied = office.jitan(&["backup", to.to_str().unwrap()]);
    assert!(said(&copied).contains("keep a copy of it in another safe place"), "{}", said(&copied));
    let held = office.place.open();
    for args in [&["rebuild"][..], &["verify", "--key", key][..]] {
        let refused = office.jitan(args);
        assert_eq!(refused.status.code(), Some(5));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("is in use by another process"));
    }
    drop(held);
    fs::set_permissions(key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = office.jitan(&["verify", "--key", key]);
    assert_eq!(refused.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("chmod 400"));
}
