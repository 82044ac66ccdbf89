//! `ports::Vault` on this machine: `documents/<folder>/<part>`, each file encrypted with the folder's own random key,
//! which lies beside them wrapped by the store key. Destroying that one small file erases the folder for good, wherever
//! copies of the other files may still lie on the disk.

mod cipher;
mod key;

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::data_folder::{DataFolder, make_private_dir, sync_dir, write_durably};
use super::store_fault::Fault;
use crate::message;
use crate::model::id::{Digest, IntakeId, ScenarioName};
use crate::model::target::Environment;
use crate::ports::vault::{Folder, Part, Vault, VaultError};
use key::Key;
pub use key::StoreKey;

/// The folder's wrapped key.
const KEY_FILE: &str = "key";
/// Left behind when a folder is erased: nothing is ever put into it again.
const ERASED_FILE: &str = "erased";
/// Proves that a store key is the one these documents were made with.
const KEY_CHECK: &str = ".store-key-check";

#[derive(Debug)]
struct Shelf {
    root: PathBuf,
    wrapping: Key,
    /// Held while a folder's key is made or destroyed: a folder never gets two.
    key_changes: Mutex<()>,
}

/// The documents' folders on this machine. Whoever makes it holds the data folder's lock.
#[derive(Debug)]
pub struct FileVault {
    shelf: Arc<Shelf>,
    intake: Key,
    look_up: Key,
}

impl FileVault {
    /// # Errors
    /// If the folder cannot be made, or its documents were made with another store key.
    pub fn open(folder: &DataFolder, store_key: &StoreKey) -> Result<Self, Fault> {
        let root = folder.documents();
        make_private_dir(&root).and_then(|()| sync_dir(folder.root())).map_err(|e| Fault::io(&root, &e))?;
        let shelf = Shelf { root, wrapping: store_key.0.derive("wrapping"), key_changes: Mutex::default() };
        shelf.check_key()?;
        let (intake, look_up) = (store_key.0.derive("intake"), store_key.0.derive("look-up"));
        Ok(Self { shelf: Arc::new(shelf), intake, look_up })
    }

    /// The folder's path, whether or not it is there.
    pub fn path(&self, folder: Folder) -> PathBuf {
        self.shelf.path(folder)
    }

    /// Whether every file of a folder can be decrypted; names the first that cannot.
    ///
    /// # Errors
    /// The first file's trouble. An erased folder has none.
    pub fn verify(&self, folder: Folder) -> Result<(), VaultError> {
        self.shelf.verify(folder)
    }

    /// Every folder there is, erased ones too.
    ///
    /// # Errors
    /// What the disk says.
    pub fn folders(&self) -> Result<Vec<Folder>, Fault> {
        let root = &self.shelf.root;
        let mut folders = Vec::new();
        for entry in fs::read_dir(root).map_err(|e| Fault::io(root, &e))? {
            let name = entry.map_err(|e| Fault::io(root, &e))?.file_name();
            let name = name.to_string_lossy();
            let document = name.parse().map(Folder::Document);
            folders.extend(document.or_else(|_| name.parse().map(Folder::Intake)));
        }
        folders.sort_unstable();
        Ok(folders)
    }

    /// Whether a folder's contents were destroyed.
    pub fn is_erased(&self, folder: Folder) -> bool {
        let path = self.path(folder);
        path.join(ERASED_FILE).exists() && !path.join(KEY_FILE).exists()
    }

    async fn on_shelf<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shelf) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let shelf = Arc::clone(&self.shelf);
        match tokio::task::spawn_blocking(move || work(&shelf)).await {
            Ok(done) => done,
            Err(_) => Err(VaultError::Io(message!("store.stopped"))),
        }
    }
}

impl Shelf {
    fn path(&self, folder: Folder) -> PathBuf {
        self.root.join(folder.to_string())
    }

    fn check_key(&self) -> Result<(), Fault> {
        let path = self.root.join(KEY_CHECK);
        match fs::read(&path) {
            Ok(file) => match cipher::decrypt(&self.wrapping, "store", KEY_CHECK, &file) {
                Some(_) => Ok(()),
                None => Err(Fault(message!("store.key-other", folder = self.root.display()))),
            },
            Err(e) if e.kind() == ErrorKind::NotFound => {
                let file = cipher::encrypt(&self.wrapping, "store", KEY_CHECK, b"jitan");
                file.and_then(|file| write_durably(&path, &file)).map_err(|e| Fault::io(&path, &e))
            }
            Err(e) => Err(Fault::io(&path, &e)),
        }
    }

    /// The folder's key, if it was made and not destroyed.
    fn key(&self, folder: Folder) -> Result<Option<Key>, VaultError> {
        let path = self.path(folder);
        // The mark decides, not the key's absence: an interrupted erasure counts from its first moment.
        if path.join(ERASED_FILE).exists() {
            return Err(VaultError::Erased(folder));
        }
        let file = match fs::read(path.join(KEY_FILE)) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(io_error(&path, &e)),
        };
        let plain = cipher::decrypt(&self.wrapping, &folder.to_string(), KEY_FILE, &file);
        let bytes = plain.and_then(|plain| plain.as_slice().try_into().ok());
        bytes.map(|bytes| Some(Key::from_bytes(bytes))).ok_or(VaultError::UnreadableKey(folder))
    }

    /// The folder's key, made now if there is none.
    fn own_key(&self, folder: Folder) -> Result<Key, VaultError> {
        let _alone = self.key_changes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.key(folder)? {
            return Ok(key);
        }
        let path = self.path(folder);
        let make = || -> io::Result<Key> {
            make_private_dir(&path)?;
            sync_dir(&self.root)?;
            let key = Key::random()?;
            write_durably(
                &path.join(KEY_FILE),
                &cipher::encrypt(&self.wrapping, &folder.to_string(), KEY_FILE, key.bytes())?,
            )?;
            Ok(key)
        };
        make().map_err(|e| io_error(&path, &e))
    }

    fn put(&self, folder: Folder, part: Part, plain: &[u8]) -> Result<(), VaultError> {
        let key = self.own_key(folder)?;
        let path = self.path(folder).join(part.to_string());
        cipher::encrypt(&key, &folder.to_string(), &part.to_string(), plain)
            .and_then(|file| write_durably(&path, &file))
            .map_err(|e| io_error(&path, &e))
    }

    fn get(&self, folder: Folder, part: Part) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let key = self.key(folder)?.ok_or(VaultError::Missing { folder, part })?;
        let path = self.path(folder).join(part.to_string());
        match fs::read(&path) {
            Ok(file) => cipher::decrypt(&key, &folder.to_string(), &part.to_string(), &file)
                .ok_or(VaultError::Unreadable { folder, part: part.to_string() }),
            Err(e) if e.kind() == ErrorKind::NotFound => Err(VaultError::Missing { folder, part }),
            Err(e) => Err(io_error(&path, &e)),
        }
    }

    fn has(&self, folder: Folder, part: Part) -> Result<bool, VaultError> {
        match self.key(folder) {
            Ok(key) => Ok(key.is_some() && self.path(folder).join(part.to_string()).exists()),
            Err(VaultError::Erased(_)) => Ok(false),
            Err(e) => Err(e),
        }
    }

    fn erase(&self, folder: Folder) -> Result<(), VaultError> {
        let _alone = self.key_changes.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(folder);
        erase(&path).map_err(|e| io_error(&path, &e))
    }

    fn verify(&self, folder: Folder) -> Result<(), VaultError> {
        let path = self.path(folder);
        let key = match self.key(folder) {
            Ok(Some(key)) => key,
            Ok(None) => return Err(VaultError::NoFolder(folder)),
            Err(VaultError::Erased(_)) => return Ok(()),
            Err(e) => return Err(e),
        };
        for entry in fs::read_dir(&path).map_err(|e| io_error(&path, &e))? {
            let name = entry.map_err(|e| io_error(&path, &e))?.file_name().to_string_lossy().into_owned();
            // What a crash left half written was never referred to.
            if name == KEY_FILE || name.starts_with('.') {
                continue;
            }
            let file = fs::read(path.join(&name)).map_err(|e| io_error(&path.join(&name), &e))?;
            if cipher::decrypt(&key, &folder.to_string(), &name, &file).is_none() {
                return Err(VaultError::Unreadable { folder, part: name });
            }
        }
        Ok(())
    }
}

/// In an order that a crash anywhere in it leaves either readable or erased, and that can be done again: the mark, the
/// key, the files.
fn erase(path: &Path) -> io::Result<()> {
    make_private_dir(path)?;
    write_durably(&path.join(ERASED_FILE), &[])?;
    let key = path.join(KEY_FILE);
    if let Ok(mut file) = OpenOptions::new().write(true).open(&key) {
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        file.write_all(&vec![0; length])?;
        file.sync_all()?;
        fs::remove_file(&key)?;
        sync_dir(path)?;
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() != ERASED_FILE {
            fs::remove_file(entry.path())?;
        }
    }
    sync_dir(path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

fn io_error(path: &Path, error: &io::Error) -> VaultError {
    VaultError::Io(message!("store.io", path = path.display(), error = error))
}

#[async_trait]
impl Vault for FileVault {
    async fn put(&self, folder: Folder, part: Part, bytes: Zeroizing<Vec<u8>>) -> Result<(), VaultError> {
        self.on_shelf(move |shelf| shelf.put(folder, part, &bytes)).await
    }

    async fn get(&self, folder: Folder, part: Part) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.on_shelf(move |shelf| shelf.get(folder, part)).await
    }

    async fn has(&self, folder: Folder, part: Part) -> Result<bool, VaultError> {
        self.on_shelf(move |shelf| shelf.has(folder, part)).await
    }

    async fn erase(&self, folder: Folder) -> Result<(), VaultError> {
        self.on_shelf(move |shelf| shelf.erase(folder)).await
    }

    async fn digest(&self, folder: Folder, bytes: &[u8]) -> Result<Digest, VaultError> {
        let key = self.on_shelf(move |shelf| shelf.own_key(folder)).await?;
        Ok(Digest::from_bytes(key.derive("digest").mac(&[bytes])))
    }

    fn intake_id(&self, environment: Environment, scenario: &ScenarioName, bytes: &[u8]) -> IntakeId {
        let environment: &[u8] = match environment {
            Environment::Test => b"test",
            Environment::Live => b"live",
        };
        let mac = self.intake.mac(&[environment, scenario.as_str().as_bytes(), bytes]);
        let (id, _) = mac.split_first_chunk().expect("a MAC has 32 bytes, an intake's id 10");
        IntakeId::from_bytes(*id)
    }

    fn look_up_digest(&self, scenario: &ScenarioName, key_fields: &str) -> Digest {
        Digest::from_bytes(self.look_up.mac(&[scenario.as_str().as_bytes(), key_fields.as_bytes()]))
    }
}
