//! The slots: written in turn, passed by when torn, and grown when too small.

use quince_core::feed::{NodeId, Signature};

use super::*;

fn signed(node: u8, size: u64) -> SignedHead {
    let feed = FeedId { node: NodeId([node; 32]), audience: AudienceId([1; 32]), lane: Lane::Normal };
    let root = Hash([size.to_be_bytes()[7]; 32]);
    SignedHead { head: Head { feed, epoch: Epoch(1), size, root }, signature: Signature([0; 64]) }
}

fn opened(folder: &Path) -> HeadFile {
    HeadFile::open(folder).unwrap()
}

fn sizes(file: &HeadFile) -> Vec<u64> {
    file.heads().iter().map(|head| head.size).collect()
}

#[test]
fn the_newer_slot_counts_and_a_torn_one_leaves_what_was_written_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let file = opened(folder.path());
    for size in 1..=4 {
        file.record_now(&[signed(1, size)]).unwrap();
        assert_eq!(sizes(&opened(folder.path())), [size]);
        let whole = fs::read(&path).unwrap();
        let slot = if size % 2 == 0 { 0 } else { SLOT_LEN };
        for torn in [0, 17, 200] {
            let mut bytes = whole.clone();
            bytes[slot + torn] ^= 1;
            fs::write(&path, bytes).unwrap();
            match size {
                1 => {
                    assert!(matches!(HeadFile::open(folder.path()), Err(StoreError::Damaged(_))), "at {torn}")
                }
                _ => assert_eq!(sizes(&opened(folder.path())), [size - 1], "at {torn}"),
            }
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_smaller_head_and_one_that_is_known_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let file = opened(folder.path());
    file.record_now(&[signed(1, 7)]).unwrap();
    let before = fs::read(&path).unwrap();
    file.record_now(&[signed(1, 6)]).unwrap();
    opened(folder.path()).record_now(&[signed(1, 7)]).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_grows_with_its_feeds_and_one_that_was_taken_away_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = opened(folder.path());
    let all: Vec<SignedHead> = (1..=100).map(|node| signed(node, 5)).collect();
    for head in &all {
        file.record_now(&[*head]).unwrap();
    }
    assert_eq!(opened(folder.path()).heads().len(), all.len());
    fs::remove_file(folder.path().join(FILE)).unwrap();
    file.record_now(&[signed(1, 6)]).unwrap();
    assert_eq!(opened(folder.path()).heads().len(), all.len());
}

#[test]
fn a_file_of_the_first_version_is_read_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let Head { feed, epoch, size, root } = signed(1, 3).head;
    fs::write(&path, format!("{WHOLE}{feed} {epoch} {size} {root}\n")).unwrap();
    let file = opened(folder.path());
    assert_eq!(sizes(&file), [3]);
    file.record_now(&[signed(2, 4)]).unwrap();
    assert_eq!(sizes(&opened(folder.path())), [3, 4]);
    for nonsense in ["", "quince heads v3", "quince heads v1\nx"] {
        fs::write(&path, nonsense).unwrap();
        assert!(matches!(HeadFile::open(folder.path()), Err(StoreError::Damaged(_))), "{nonsense}");
    }
}
