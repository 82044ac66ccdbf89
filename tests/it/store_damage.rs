//! What a store finds when it is opened again: torn ends are cut off, damage is refused with its place, lost or corrupt
//! indexes come back from the journal, and nobody opens it twice.

use std::fs;
use std::path::{Path, PathBuf};

use jitan::adapters::journal::scan::scan;
use jitan::adapters::journal_store::{JournalStore, StoreOptions};
use jitan::locale::Lang;
use jitan::ports::store::{DocumentFilter, Store};

use crate::store_given::*;

async fn filled(place: &Place, documents: u64) {
    let store = place.open();
    for n in 0..documents {
        store.append(append(document(n), 0, smooth_life())).await.unwrap();
    }
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn refusal(place: &Place) -> String {
    match JournalStore::open(&place.folder, small_segments()) {
        Ok(store) => panic!("opened at {}", store.journal().extent().last),
        Err(fault) => fault.0.code.into_owned(),
    }
}

/// As after a crash that took the index's newest pages: the index knows less than the journal, or nothing.
fn forget_index(place: &Place) {
    jitan::adapters::sled_index::remove(&place.folder.index()).unwrap();
}

#[tokio::test]
async fn a_store_opens_again_as_it_was_left() {
    let place = place();
    filled(&place, 20).await;
    assert!(segments(&place.folder.journal()).len() > 3);
    let store = place.open();
    assert_eq!(store.opening().replayed, 0);
    assert_eq!(store.documents(&DocumentFilter::default()).await.unwrap().len(), 20);
    assert_eq!(store.append(append(document(99), 0, vec![received()])).await.unwrap().last_seq, 141);
}

#[tokio::test]
async fn a_second_opener_is_refused_at_once_and_told_who_holds_it() {
    let place = place();
    let held = place.open();
    let Err(fault) = JournalStore::open(&place.folder, StoreOptions::default()) else { panic!("opened twice") };
    assert_eq!(fault.0.code, "store.held");
    assert!(Lang::En.render(&fault.0).contains(&std::process::id().to_string()));
    drop(held);
    place.open();
}

#[tokio::test]
async fn a_torn_last_batch_is_cut_off_wherever_it_was_torn() {
    let place = place();
    filled(&place, 3).await;
    let newest = segments(&place.folder.journal()).pop().unwrap();
    let whole = fs::read(&newest).unwrap();
    // The batch that was on its way when the power failed: a copy of a whole one, with the numbers that come next.
    let torn = {
        let store = place.open();
        store.append(append(document(50), 0, smooth_life())).await.unwrap();
        drop(store);
        fs::read(segments(&place.folder.journal()).pop().unwrap()).unwrap()
    };
    let tail = torn.strip_prefix(whole.as_slice()).unwrap_or(&torn).to_vec();
    let base = torn.len() - tail.len();
    let newest = segments(&place.folder.journal()).pop().unwrap();
    for cut in 0..tail.len() {
        fs::write(&newest, &torn[..base + cut]).unwrap();
        let found = scan(&place.folder.journal()).unwrap();
        assert_eq!((found.torn, found.last), (cut as u64, 21));
    }
    for cut in [0, 1, tail.len() / 2, tail.len() - 1] {
        fs::write(&newest, &torn[..base + cut]).unwrap();
        forget_index(&place);
        let store = place.open();
        assert_eq!(store.opening().cut_off, cut as u64);
        assert_eq!(store.documents(&DocumentFilter::default()).await.unwrap().len(), 3);
    }
    // Blocks that never reached the disk read as zeros.
    for hole in [0..tail.len(), 10..tail.len() / 2, tail.len() - 40..tail.len()] {
        let mut holed = torn.clone();
        holed[base + hole.start..base + hole.end].fill(0);
        fs::write(segments(&place.folder.journal()).pop().unwrap(), &holed).unwrap();
        forget_index(&place);
        assert_eq!(place.open().opening().cut_off, tail.len() as u64);
    }
}

#[tokio::test]
async fn a_durable_end_that_is_missing_is_refused_and_not_taken_for_torn() {
    let place = place();
    filled(&place, 3).await;
    let newest = segments(&place.folder.journal()).pop().unwrap();
    let whole = fs::read(&newest).unwrap();
    for keep in [0, whole.len() / 2, whole.len() - 1] {
        fs::write(&newest, &whole[..keep]).unwrap();
        assert_eq!(refusal(&place), "store.end-lost", "{keep} of {} bytes", whole.len());
        fs::write(&newest, &whole).unwrap();
    }
}

/// Each kind of damage in the first, a middle and the last segment.
#[tokio::test]
async fn damage_is_refused_with_its_place_and_nothing_is_changed() {
    let place = place();
    filled(&place, 20).await;
    let paths = segments(&place.folder.journal());
    let last = paths.len() - 1;
    for (which, path) in [(0, &paths[0]), (1, &paths[last / 2]), (2, &paths[last])] {
        let whole = fs::read(path).unwrap();
        let seal_at = whole.windows(8).position(|w| w == b"{\"seal\":").unwrap();
        let feed = whole.iter().position(|byte| *byte == b'\n').unwrap();
        let flips = [0, 8, feed / 2, feed, seal_at, seal_at + 9, seal_at + 40, seal_at + 150, whole.len() / 2];
        for flip in flips {
            let mut damaged = whole.clone();
            damaged[flip] ^= 0x04;
            fs::write(path, &damaged).unwrap();
            let code = refusal(&place);
            assert!(code.starts_with("store.damaged") || code == "store.end-lost", "{which} byte {flip}: {code}");
            assert_eq!(fs::read(path).unwrap(), damaged, "refusing must not change anything");
        }
        if which < 2 {
            for keep in [0, 1, seal_at, whole.len() - 1] {
                fs::write(path, &whole[..keep]).unwrap();
                let code = refusal(&place);
                assert!(code.starts_with("store.damaged") || code == "store.segment-missing", "keep {keep}: {code}");
            }
            fs::remove_file(path).unwrap();
            assert_eq!(refusal(&place), "store.segment-missing");
        }
        fs::write(path, [whole.as_slice(), b"{}\n"].concat()).unwrap();
        assert_eq!(refusal(&place), "store.damaged-end");
        fs::write(path, &whole).unwrap();
    }
    assert_eq!(place.open().opening().cut_off, 0);
}

#[tokio::test]
async fn a_batch_that_was_taken_out_or_moved_breaks_the_chain() {
    let place = place();
    filled(&place, 3).await;
    let path = segments(&place.folder.journal()).remove(0);
    let text = fs::read_to_string(&path).unwrap();
    let batches: Vec<&str> = text.split_inclusive("}}\n").collect();
    let ends = batches.iter().filter(|part| part.contains("\"seal\"")).count();
    assert!(ends >= 2);
    let lines: Vec<&str> = text.lines().collect();
    let seals: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].starts_with("{\"seal\"")).collect();
    let (first, second) = (&lines[..=seals[0]], &lines[seals[0] + 1..=seals[1]]);
    let rest = &lines[seals[1] + 1..];
    let without_first = [second, rest].concat().join("\n") + "\n";
    let swapped = [second, first, rest].concat().join("\n") + "\n";
    for altered in [without_first, swapped] {
        fs::write(&path, altered).unwrap();
        assert_eq!(refusal(&place), "store.damaged-chain");
    }
}

#[tokio::test]
async fn a_lost_index_is_made_anew_and_says_the_same() {
    let place = place();
    filled(&place, 20).await;
    let before = place.open().documents(&DocumentFilter::default()).await.unwrap();
    forget_index(&place);
    let store = place.open();
    assert_eq!(store.opening().replayed, 140);
    assert_eq!(store.documents(&DocumentFilter::default()).await.unwrap(), before);
}

#[tokio::test]
async fn a_corrupt_index_is_set_aside_and_made_anew() {
    let place = place();
    filled(&place, 20).await;
    let file = place.folder.index().join("db");
    let length = fs::metadata(&file).unwrap().len() as usize;
    for damage in ["zeros", "noise", "half", "config"] {
        match damage {
            "zeros" => fs::write(&file, vec![0; length]).unwrap(),
            "noise" => fs::write(&file, (0..length).map(|i| (i * 131 % 251) as u8).collect::<Vec<_>>()).unwrap(),
            "half" => fs::File::options().write(true).open(&file).unwrap().set_len(length as u64 / 2).unwrap(),
            _ => fs::write(place.folder.index().join("conf"), b"not a configuration").unwrap(),
        }
        let store = place.open();
        assert_eq!(store.documents(&DocumentFilter::default()).await.unwrap().len(), 20, "{damage}");
    }
}

#[tokio::test]
async fn a_half_written_snapshot_of_the_index_does_not_keep_the_store_closed() {
    let place = place();
    filled(&place, 5).await;
    fs::write(place.folder.index().join("snap.0000000000FFFFFF.generating"), b"half").unwrap();
    assert_eq!(place.open().opening().replayed, 0);
}

#[tokio::test]
async fn an_index_left_by_another_boot_is_not_trusted() {
    let place = place();
    let store = place.open();
    for n in 0..5 {
        store.append(append(document(n), 0, smooth_life())).await.unwrap();
    }
    // As the power cut leaves it: never closed.
    let marker = place.folder.root().join("index.left-by");
    let unclosed = fs::read(&marker).unwrap();
    drop(store);
    fs::write(&marker, unclosed).unwrap();
    let other = StoreOptions { boot: "another".into(), ..small_segments() };
    assert_eq!(JournalStore::open(&place.folder, other).unwrap().opening().replayed, 35);
}
