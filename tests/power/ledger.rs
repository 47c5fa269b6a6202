//! The outside ledger of a town: every transaction that its store acknowledged, kept where no power cut reaches it, and the
//! comparison with what a store holds.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use quince_core::domain::{Record, RecordId, RecordKind, Revision};
use quince_core::feed::{Entry, FeedId, Frontier, Head, Verifier};
use quince_node::store::{ListQuery, Store, View};

use crate::source::Source;

/// More records than a town writes.
const RECORDS_MAX: u32 = 5_000;

/// A revision of an own record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    pub(crate) id: RecordId,
    pub(crate) revision: Revision,
    pub(crate) record: Record,
}

/// What was acknowledged, and the one transaction of which nobody was told how it ended.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    records: BTreeMap<RecordId, (Revision, Record)>,
    heads: BTreeMap<FeedId, Head>,
    /// Entries of the copy.
    copied: u64,
    doubtful: Option<Doubtful>,
    acknowledged: u64,
}

/// A transaction that was not answered: all of it is there, or nothing.
#[derive(Debug)]
pub(crate) enum Doubtful {
    Own(Vec<Written>),
    Copied(u64),
}

impl Ledger {
    pub(crate) const fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// An own record that can be revised, if there is one at this place.
    pub(crate) fn record(&self, place: usize) -> Option<(&RecordId, Revision)> {
        let place = place.checked_rem(self.records.len())?;
        self.records.iter().nth(place).map(|(id, (revision, _))| (id, *revision))
    }

    /// A transaction begins.
    pub(crate) fn begin(&mut self, what: Doubtful) {
        self.doubtful = Some(what);
    }

    /// The store has said that it is durable, under these heads.
    pub(crate) fn acknowledge(&mut self, heads: impl IntoIterator<Item = Head>) {
        self.acknowledged += 1;
        self.heads.extend(heads.into_iter().map(|head| (head.feed, head)));
        self.take();
    }

    /// Nothing of it happened.
    pub(crate) fn refuse(&mut self) {
        self.doubtful = None;
    }

    fn take(&mut self) {
        match self.doubtful.take() {
            Some(Doubtful::Own(all)) => {
                self.records.extend(all.into_iter().map(|it| (it.id, (it.revision, it.record))));
            }
            Some(Doubtful::Copied(size)) => self.copied = size,
            None => {}
        }
    }

    /// One of the slots of the head file knows every head that was acknowledged, or a later one.
    pub(crate) fn check_head_file(&self, text: &str) -> anyhow::Result<()> {
        for (feed, head) in &self.heads {
            let begins = format!("{feed} {} ", head.epoch);
            let lines = text.lines().filter_map(|line| line.strip_prefix(&begins));
            let sizes: Vec<u64> = lines
                .map(|line| line.split(' ').next().unwrap_or_default().parse())
                .collect::<Result<_, _>>()?;
            let size = *sizes
                .iter()
                .max()
                .with_context(|| format!("the head file does not know {feed}:\n{text}"))?;
            ensure!(size >= head.size, "the head file knows {size} of {} entries of {feed}", head.size);
        }
        Ok(())
    }

    /// Compares with a store that was opened again. What nobody was told about counts from here on if it is there.
    pub(crate) async fn check(
        &mut self,
        store: &Store,
        own: &Verifier,
        source: &Source,
    ) -> anyhow::Result<()> {
        let report = store.check().await?;
        ensure!(report.faults.is_empty(), "the database is damaged: {:?}", report.faults);
        ensure!(report.silent.is_none(), "the node would sign nothing: {:?}", report.silent);
        ensure!(store.read_only().is_none(), "the node is read-only: {:?}", store.read_only());
        let mut view = store.view().await?;
        let records = self.check_records(&mut view).await?;
        let copied = self.check_copy(&mut view, source).await?;
        self.check_own_feeds(&mut view, own).await?;
        match &self.doubtful {
            Some(Doubtful::Own(_)) if records => self.take(),
            Some(Doubtful::Copied(_)) if copied => self.take(),
            _ => self.doubtful = None,
        }
        Ok(())
    }

    /// Tells whether the doubtful transaction is there.
    async fn check_records(&self, view: &mut View) -> anyhow::Result<bool> {
        let mut found = BTreeMap::new();
        for kind in [RecordKind::Need, RecordKind::Offer] {
            for stored in view.list(&ListQuery::of(kind, RECORDS_MAX)).await? {
                let snapshot = stored.snapshot;
                if self.is_own(&snapshot.id) {
                    found.insert(snapshot.id, (snapshot.revision, snapshot.record));
                }
            }
        }
        if found == self.records {
            return Ok(false);
        }
        let mut with_doubtful = self.records.clone();
        if let Some(Doubtful::Own(all)) = &self.doubtful {
            with_doubtful.extend(all.iter().map(|it| (it.id.clone(), (it.revision, it.record.clone()))));
        }
        let revisions = |of: &BTreeMap<RecordId, (Revision, Record)>| {
            of.iter().map(|(id, (revision, _))| format!("{id}@{revision}")).collect::<Vec<_>>().join(" ")
        };
        ensure!(
            found == with_doubtful,
            "acknowledged {}, doubtful {:?}, found {}",
            revisions(&self.records),
            self.doubtful,
            revisions(&found)
        );
        Ok(true)
    }

    fn is_own(&self, id: &RecordId) -> bool {
        id.owner.as_str() == crate::town::HANDLE
    }

    async fn check_copy(&self, view: &mut View, source: &Source) -> anyhow::Result<bool> {
        let Some(feed) = view.feed(&source.feed()).await? else {
            ensure!(self.copied == 0, "the copy is gone, {} entries were acknowledged", self.copied);
            return Ok(false);
        };
        let size = feed.size();
        let doubtful = match self.doubtful {
            Some(Doubtful::Copied(size)) => Some(size),
            _ => None,
        };
        ensure!(
            size == self.copied || Some(size) == doubtful,
            "the copy has {size} entries, {} were acknowledged, {doubtful:?} is doubtful",
            self.copied
        );
        let entries = view.entries(&feed.id, 0..size, usize::MAX).await?;
        ensure!(entries == source.entries(size), "the copy is not what its owner signed");
        Ok(size != self.copied)
    }

    async fn check_own_feeds(&self, view: &mut View, own: &Verifier) -> anyhow::Result<()> {
        for head in self.heads.values() {
            let feed = view.feed(&head.feed).await?.context("an own feed is gone")?;
            let signed = feed.head.context("an own feed has no head")?;
            own.check(&signed)?;
            let entries = view.entries(&feed.id, 0..feed.size(), usize::MAX).await?;
            ensure!(entries.len() as u64 == feed.size(), "feed {} has gaps", feed.id);
            ensure!(signed.head.size == feed.size(), "the head does not cover feed {}", feed.id);
            ensure!(feed.size() >= head.size, "feed {} has lost entries: {head:?}", feed.id);
            ensure!(root(&entries) == signed.head.root, "feed {} is not what was signed", feed.id);
            let before = entries.get(..usize::try_from(head.size)?).context("entries are lacking")?;
            ensure!(root(before) == head.root, "feed {} is not what was acknowledged", feed.id);
        }
        Ok(())
    }
}

fn root(entries: &[Entry]) -> quince_core::feed::Hash {
    let mut frontier = Frontier::default();
    frontier.extend(entries.iter().map(Entry::leaf_hash));
    frontier.root()
}
