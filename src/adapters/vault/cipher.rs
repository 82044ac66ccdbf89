//! The encrypted file: four bytes that name the format, a random nonce of 24 bytes, and the XChaCha20-Poly1305 text of
//! the contents. What the file is (its folder, its part, the format) is authenticated with it, so that no file can be
//! put in another's place.

use std::io;

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::key::Key;

const FORMAT: &[u8; 4] = b"JTN1";
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Encrypts contents as a file of this folder and part.
///
/// # Errors
/// If the system has no randomness to give.
pub(super) fn encrypt(key: &Key, folder: &str, part: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    // Room for all of it from the start: a buffer that grows would leave plain text behind in freed memory.
    let mut text = Zeroizing::new(Vec::with_capacity(plain.len() + TAG_BYTES));
    text.extend_from_slice(plain);
    XChaCha20Poly1305::new(key.bytes().into())
        .encrypt_in_place(&XNonce::from(nonce), &associated(folder, part), &mut *text)
        .expect("only contents of more than 256 GiB are refused");
    Ok([FORMAT.as_slice(), &nonce, &text].concat())
}

/// The contents, if the file is whole, unchanged, of this folder and part, and made with this key.
pub(super) fn decrypt(key: &Key, folder: &str, part: &str, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = file.strip_prefix(FORMAT)?.split_first_chunk::<NONCE_BYTES>()?;
    let mut text = Zeroizing::new(text.to_vec());
    XChaCha20Poly1305::new(key.bytes().into())
        .decrypt_in_place(&XNonce::from(*nonce), &associated(folder, part), &mut *text)
        .ok()?;
    Some(text)
}

/// Neither folder nor part holds a slash.
fn associated(folder: &str, part: &str) -> Vec<u8> {
    [FORMAT.as_slice(), b"/", folder.as_bytes(), b"/", part.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = "板橋　花子".as_bytes();

    fn sealed() -> (Key, Vec<u8>) {
        let key = Key::from_bytes([3; 32]);
        let file = encrypt(&key, "folder", "part", PLAIN).unwrap();
        (key, file)
    }

    #[test]
    fn what_was_encrypted_comes_back_and_shows_nothing() {
        let (key, file) = sealed();
        assert_eq!(decrypt(&key, "folder", "part", &file).unwrap().as_slice(), PLAIN);
        assert!(!file.windows(6).any(|window| PLAIN.windows(6).any(|plain| plain == window)));
        assert_ne!(file, encrypt(&key, "folder", "part", PLAIN).unwrap(), "nonces are never used twice");
    }

    #[test]
    fn every_changed_byte_and_every_missing_end_is_noticed() {
        let (key, file) = sealed();
        for i in 0..file.len() {
            let mut changed = file.clone();
            changed[i] ^= 1;
            assert!(decrypt(&key, "folder", "part", &changed).is_none(), "byte {i}");
            assert!(decrypt(&key, "folder", "part", &file[..i]).is_none(), "cut at {i}");
        }
    }

    #[test]
    fn a_file_in_anothers_place_or_under_another_key_is_refused() {
        let (key, file) = sealed();
        assert!(decrypt(&key, "folder2", "part", &file).is_none());
        assert!(decrypt(&key, "folder", "part2", &file).is_none());
        assert!(decrypt(&Key::from_bytes([4; 32]), "folder", "part", &file).is_none());
    }
}
