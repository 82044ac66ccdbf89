//! The store key: 32 random bytes in a file of their own, given by reference. Everything secret hangs on it, so it never
//! shows itself, is wiped from memory when dropped, and should never lie on the disk that holds the documents.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::adapters::data_folder::sync_dir;
use crate::adapters::store_fault::Fault;
use crate::message;

/// The credential that systemd hands over (`LoadCredential=jitan-store-key:…`).
const CREDENTIAL: &str = "jitan-store-key";

/// Permission bits that would let others read the key.
const OTHERS: u32 = 0o077;

/// 32 bytes that are wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// # Errors
    /// If the system has no randomness to give.
    pub(super) fn random() -> io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key for one purpose: knowing it tells nothing about this one or about another purpose's.
    pub(super) fn derive(&self, purpose: &str) -> Key {
        Key(self.mac(&[b"jitan key for ", purpose.as_bytes()]))
    }

    /// HMAC-SHA256 over parts; each is preceded by its length, so that no two lists of parts look the same.
    pub(super) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The key that wraps every folder's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreKey(pub(super) Key);

impl StoreKey {
    /// Makes a new key file, readable by this user only. Never replaces one: the documents under it would be lost.
    ///
    /// # Errors
    /// If the file exists or cannot be written durably.
    pub fn create(path: &Path) -> Result<Self, Fault> {
        let io_fault = |e: io::Error| Fault::io(path, &e);
        let key = Key::random().map_err(io_fault)?;
        let text = Zeroizing::new(hex::encode(key.bytes()) + "\n");
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o400).open(path).map_err(io_fault)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io_fault)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            sync_dir(folder).map_err(io_fault)?;
        }
        Ok(Self(key))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// If it is missing, readable by others, or holds no key.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let missing = |e: io::Error| Fault(message!("store.key-missing", path = path.display(), error = e));
        let mut file = File::open(path).map_err(missing)?;
        let mode = file.metadata().map_err(missing)?.mode();
        if mode & OTHERS != 0 {
            return Err(Fault(message!("store.key-open-to-others", path = path.display())));
        }
        let mut text = Zeroizing::new(String::with_capacity(80));
        let mut bytes = Zeroizing::new([0; 32]);
        file.read_to_string(&mut text)
            .ok()
            .and_then(|_| hex::decode_to_slice(text.trim(), bytes.as_mut()).ok())
            .ok_or_else(|| Fault(message!("store.key-malformed", path = path.display())))?;
        Ok(Self(Key(*bytes)))
    }

    /// Where the key lies: the file that was named, else the credential that systemd handed over.
    ///
    /// # Errors
    /// If neither is there.
    pub fn locate(named: Option<&Path>, var: impl Fn(&str) -> Option<String>) -> Result<PathBuf, Fault> {
        let credential = || var("CREDENTIALS_DIRECTORY").map(|folder| Path::new(&folder).join(CREDENTIAL));
        named.map(Path::to_owned).or_else(credential).ok_or_else(|| Fault(message!("store.key-not-named")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_shows_itself() {
        let key = StoreKey(Key::from_bytes([0xAB; 32]));
        let shown = format!("{key:?}").to_lowercase();
        assert!(!shown.contains("ab") && !shown.contains("171"), "{shown}");
    }

    #[test]
    fn keys_for_two_purposes_and_digests_of_shifted_parts_differ() {
        let key = Key::from_bytes([1; 32]);
        assert_ne!(key.derive("digest"), key.derive("intake"));
        assert_ne!(key.mac(&[b"ab", b"c"]), key.mac(&[b"a", b"bc"]));
    }

    #[test]
    fn the_named_file_comes_before_the_credential() {
        let var = |name: &str| (name == "CREDENTIALS_DIRECTORY").then(|| "/run/credentials/jitan".to_owned());
        assert_eq!(StoreKey::locate(Some(Path::new("/k")), var).unwrap(), Path::new("/k"));
        assert_eq!(StoreKey::locate(None, var).unwrap(), Path::new("/run/credentials/jitan/jitan-store-key"));
        assert_eq!(StoreKey::locate(None, |_| None).unwrap_err().0.code, "store.key-not-named");
    }
}
