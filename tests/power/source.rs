//! Another city's feed, ready to be copied: entries, and the heads that cover them.

use std::sync::OnceLock;

use quince_core::domain::{Codec as _, Record};
use quince_core::feed::{
    AudienceId, Entry, EntryKind, Epoch, FeedId, Fields, Flags, Header, Lane, NodeId, OriginLog, PublicKey,
    Raw, ReplicaLog, Sign as _, SignedHead, SigningKey, Verifier,
};
use quince_node::store::{StoreError, WriteTx};
use quince_node::wire::RecordCodec;
use quince_tests::samples::{now, offer};

use crate::town::{FEDERATION, ITEM};

/// The other city, as the roster lists it.
pub(crate) const NODE: NodeId = NodeId([2; 32]);

/// Entries of one batch after another; 32 in all, so that none crosses a tile of 256.
const BATCHES: [u64; 6] = [1, 7, 3, 5, 8, 8];

/// More than a town copies in all its lives.
const ENTRIES: u64 = 1024;

/// A feed of another city.
pub(crate) struct Source {
    log: OriginLog,
    key: SigningKey,
    entries: Vec<Entry>,
    batches: Vec<Batch>,
}

struct Batch {
    from: u64,
    end: u64,
    head: SignedHead,
}

impl Source {
    /// Made once in a process.
    pub(crate) fn get() -> &'static Self {
        static SOURCE: OnceLock<Source> = OnceLock::new();
        SOURCE.get_or_init(Self::new)
    }

    fn new() -> Self {
        let feed = FeedId { node: NODE, audience: AudienceId::federation(&FEDERATION), lane: Lane::Normal };
        let key = SigningKey::from_seed(&[2; 32]);
        let log = OriginLog::new(FEDERATION, feed, Epoch::FIRST);
        let mut source = Self { log, key, entries: Vec::new(), batches: Vec::new() };
        for size in BATCHES.into_iter().cycle() {
            let from = source.entries.len() as u64;
            if from >= ENTRIES {
                return source;
            }
            let new: Vec<Entry> = (from..from + size).map(entry).collect();
            let appended = source.log.append(&new, &source.key).unwrap();
            source.batches.push(Batch { from, end: from + size, head: *appended.heads.last().unwrap() });
            source.log = appended.log;
            source.entries.extend(new);
        }
        source
    }

    pub(crate) fn feed(&self) -> FeedId {
        self.log.feed()
    }

    /// The first entries.
    pub(crate) fn entries(&self, size: u64) -> &[Entry] {
        &self.entries[..usize::try_from(size).unwrap()]
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// The size of a copy after so many more batches; `None` when there are no more.
    pub(crate) fn size_after(&self, log: &ReplicaLog, batches: usize) -> Option<u64> {
        self.next(log).take(batches).last().map(|batch| batch.end)
    }

    /// Applies the next batches to a copy, in one transaction.
    pub(crate) async fn apply(
        &self,
        tx: &mut WriteTx,
        mut log: ReplicaLog,
        batches: usize,
    ) -> Result<(), StoreError> {
        let owner = Verifier { federation: FEDERATION, epoch: Epoch::FIRST, key: self.public_key() };
        let all: Vec<&Batch> = self.next(&log).take(batches).collect();
        for batch in all {
            let entries = &self.entries(batch.end)[usize::try_from(batch.from).unwrap()..];
            let extended = log.extend(batch.from, entries, &batch.head, &owner).unwrap();
            tx.apply(&extended, entries, now()).await?;
            log = extended.log;
        }
        Ok(())
    }

    fn next(&self, log: &ReplicaLog) -> impl Iterator<Item = &Batch> {
        let held = log.frontier().size();
        self.batches.iter().skip_while(move |batch| batch.from < held)
    }
}

fn entry(number: u64) -> Entry {
    let record = Record::Offer(offer(&format!("masks, lot {number}"), ITEM, 100));
    let body = RecordCodec.encode(&record);
    let fields = Fields {
        flags: Flags::default(),
        kind: EntryKind(record.kind().code()),
        schema: 1,
        body_len: u32::try_from(body.len()).unwrap(),
        number: number + 1,
        revision: 1,
        time_s: 0,
        retain_until_s: 0,
    };
    Entry::full(Header::new(fields).unwrap(), Raw::from(body)).unwrap()
}
