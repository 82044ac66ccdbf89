//! What is kept about people: encrypted from the first byte, gone for good when erased.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jitan::adapters::vault::{FileVault, StoreKey};
use jitan::model::target::Environment;
use jitan::ports::vault::{Folder, Part, Vault, VaultError};
use zeroize::Zeroizing;

use crate::store_given::*;

const NAME: &str = "板橋　花子";

fn plain() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(NAME.as_bytes().to_vec())
}

fn key_of(place: &Place) -> StoreKey {
    let path = place.elsewhere("store.key");
    StoreKey::load(&path).or_else(|_| StoreKey::create(&path)).unwrap()
}

fn vault(place: &Place) -> FileVault {
    FileVault::open(&place.folder, &key_of(place)).unwrap()
}

fn folder(n: u64) -> Folder {
    Folder::Document(document(n))
}

fn each_file(root: &Path, look: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        look(&path);
        if path.is_dir() {
            each_file(&path, look);
        }
    }
}

#[tokio::test]
async fn what_was_put_comes_back_after_opening_again() {
    let place = place();
    for (part, text) in [(Part::Values(2), NAME), (Part::Page(1), ""), (Part::Values(2), "板橋　次郎")] {
        vault(&place).put(folder(1), part, Zeroizing::new(text.as_bytes().to_vec())).await.unwrap();
        assert_eq!(vault(&place).get(folder(1), part).await.unwrap().as_slice(), text.as_bytes());
    }
    assert!(vault(&place).has(folder(1), Part::Page(1)).await.unwrap());
    assert!(!vault(&place).has(folder(1), Part::Source).await.unwrap());
    let missing = vault(&place).get(folder(2), Part::Page(1)).await;
    assert!(matches!(missing, Err(VaultError::Missing { part: Part::Page(1), .. })), "{missing:?}");
}

#[tokio::test]
async fn nothing_personal_lies_in_clear_and_nobody_else_may_look() {
    let place = place();
    vault(&place).put(folder(1), Part::Values(2), plain()).await.unwrap();
    each_file(&place.folder.documents(), &mut |path| {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if path.is_file() {
            let bytes = fs::read(path).unwrap();
            assert!(!bytes.windows(NAME.len()).any(|window| window == NAME.as_bytes()), "{}", path.display());
        }
    });
}

#[tokio::test]
async fn a_file_moved_into_another_document_is_not_taken_for_its_own() {
    let place = place();
    let vault = vault(&place);
    vault.put(folder(1), Part::Values(2), plain()).await.unwrap();
    vault.put(folder(2), Part::Values(2), plain()).await.unwrap();
    fs::copy(vault.path(folder(1)).join("values-2"), vault.path(folder(2)).join("values-2")).unwrap();
    let taken = vault.get(folder(2), Part::Values(2)).await;
    assert!(matches!(taken, Err(VaultError::Unreadable { .. })), "{taken:?}");
    fs::copy(vault.path(folder(1)).join("key"), vault.path(folder(2)).join("key")).unwrap();
    let unwrapped = vault.get(folder(2), Part::Values(2)).await;
    assert!(matches!(unwrapped, Err(VaultError::UnreadableKey(_))), "{unwrapped:?}");
}

#[tokio::test]
async fn an_erased_document_is_gone_even_from_copies_of_its_files() {
    let place = place();
    let vault = vault(&place);
    vault.put(folder(1), Part::Values(2), plain()).await.unwrap();
    let copy = fs::read(vault.path(folder(1)).join("values-2")).unwrap();
    for _ in 0..2 {
        vault.erase(folder(1)).await.unwrap();
        let gone = vault.get(folder(1), Part::Values(2)).await;
        assert!(matches!(gone, Err(VaultError::Erased(_))), "{gone:?}");
    }
    fs::write(vault.path(folder(1)).join("values-2"), copy).unwrap();
    assert!(matches!(vault.get(folder(1), Part::Values(2)).await, Err(VaultError::Erased(_))));
    assert!(!vault.has(folder(1), Part::Values(2)).await.unwrap());
    assert!(matches!(vault.put(folder(1), Part::Page(1), plain()).await, Err(VaultError::Erased(_))));
    assert!(matches!(vault.digest(folder(1), b"x").await, Err(VaultError::Erased(_))));
}

#[tokio::test]
async fn an_erasure_that_was_interrupted_can_be_finished() {
    let place = place();
    let vault = vault(&place);
    vault.put(folder(1), Part::Values(2), plain()).await.unwrap();
    // As a crash leaves it: marked, key already overwritten but still named, files still there.
    fs::write(vault.path(folder(1)).join("erased"), b"").unwrap();
    fs::write(vault.path(folder(1)).join("key"), [0; 76]).unwrap();
    assert!(matches!(vault.get(folder(1), Part::Values(2)).await, Err(VaultError::Erased(_))));
    vault.erase(folder(1)).await.unwrap();
    let left: Vec<_> = fs::read_dir(vault.path(folder(1))).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["erased"]);
}

#[tokio::test]
async fn digests_depend_on_the_document_and_ids_on_everything_that_makes_them() {
    let place = place();
    let vault = vault(&place);
    let one = vault.digest(folder(1), b"values").await.unwrap();
    assert_eq!(one, vault.digest(folder(1), b"values").await.unwrap());
    assert_ne!(one, vault.digest(folder(2), b"values").await.unwrap());
    let id = |environment, name, bytes| vault.intake_id(environment, &scenario(name), bytes);
    let same = id(Environment::Live, "児童手当", b"scan");
    assert_eq!(same, id(Environment::Live, "児童手当", b"scan"));
    assert_ne!(same, id(Environment::Test, "児童手当", b"scan"));
    assert_ne!(same, id(Environment::Live, "就学援助", b"scan"));
    assert_ne!(same, id(Environment::Live, "児童手当", b"scam"));
    assert_ne!(vault.look_up_digest(&scenario("a"), "bc"), vault.look_up_digest(&scenario("ab"), "c"));
}

#[tokio::test]
async fn documents_under_another_store_key_are_refused_at_once() {
    let place = place();
    vault(&place).put(folder(1), Part::Page(1), plain()).await.unwrap();
    let other = StoreKey::create(&place.elsewhere("other.key")).unwrap();
    assert_eq!(FileVault::open(&place.folder, &other).unwrap_err().0.code, "store.key-other");
}

#[test]
fn a_key_file_is_never_replaced_and_never_shared() {
    let place = place();
    let path = place.elsewhere("store.key");
    let key = StoreKey::create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o400);
    assert_eq!(StoreKey::create(&path).unwrap_err().0.code, "store.io");
    assert_eq!(StoreKey::load(&path).unwrap(), key);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
    assert_eq!(StoreKey::load(&path).unwrap_err().0.code, "store.key-open-to-others");
    let empty = place.elsewhere("empty.key");
    fs::write(&empty, "not a key").unwrap();
    fs::set_permissions(&empty, fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(StoreKey::load(&empty).unwrap_err().0.code, "store.key-malformed");
    assert_eq!(StoreKey::load(&place.elsewhere("none.key")).unwrap_err().0.code, "store.key-missing");
}
