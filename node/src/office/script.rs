//! The frame of every write: one transaction from the question to the commit.
//!
//! [`Office::begin`] takes the turn to write, so all that is read through the script is what the write will rest on. A
//! retry of a known request is not carried out again: the script then has the ids that the request wrote, and what is
//! shown is read from them, as it is read for a new one. [`Script::finish`] adds the line of the audit log and the
//! answer for a retry, and commits. A script that is dropped, or that only validates, leaves nothing.
//!
//! ```text
//! let mut script = self.begin(write).await?;
//! if script.is_new() {
//!     let need = script.own::<Need>(target).await?;
//!     script.revise(&need, need.record.resume(script.now)?).await?;
//! }
//! let view = self.written_need(&mut script).await?;
//! script.finish().await?;
//! ```

use quince_core::domain::{
    Audience, Common, Handle, Instant, Offer, Party, Record, RecordId, RecordKind, Revision, Snapshot,
};

use crate::office::caller::{Caller, Write};
use crate::office::drill::BusinessTime;
use crate::office::request::Target;
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{Answered, Family, NewAudit, NewRevision, WriteTx};

/// The result that a write has in the audit log when it was carried out.
pub(super) const OK: &str = "OK";

/// A write between its beginning and its commit.
pub(super) struct Script<'w> {
    /// The transaction; it reads what the script has written so far.
    pub(super) tx: WriteTx,
    /// The time of everything in it.
    pub(super) now: Instant,
    /// By which an answer is remembered: a business clock may be set back and forth while a caller tries again.
    real_now: Instant,
    handle: Handle,
    time: BusinessTime,
    write: &'w Write,
    repeated: bool,
    resources: Vec<Resource>,
    /// Records that were written by this script, which need not be read again to be shown.
    records: Vec<Snapshot<Record>>,
}

/// Something that a write made or changed. The first of a write is what its caller asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    /// Its name: such as `nodes/isfahan/needs/17` for a record, `tokens/4f1c` for anything else.
    pub(super) name: String,
    /// The revision written; `None` for what has no revisions.
    pub(super) revision: Option<Revision>,
}

impl Office {
    /// Waits for the turn to write, and looks whether this write was carried out before.
    ///
    /// # Errors
    /// [`ErrorKind::RequestReused`] when its request id belongs to another request.
    pub(super) async fn begin<'w>(&self, write: &'w Write) -> Result<Script<'w>> {
        let mut tx = self.store().begin_write().await?;
        let answered = match &write.retry {
            Some(retry) => tx.answered(write.caller.holder.as_str(), retry.id.as_str()).await?,
            None => None,
        };
        let known = answered.map(|answered| check_same(write, answered)).transpose()?;
        Ok(Script {
            tx,
            now: self.now(),
            real_now: self.real_now(),
            handle: self.handle().clone(),
            time: self.business_time(),
            write,
            repeated: known.is_some(),
            resources: known.unwrap_or_default(),
            records: Vec::new(),
        })
    }
}

impl Script<'_> {
    /// Whether this is no retry: only then is anything to be done.
    pub(super) fn is_new(&self) -> bool {
        !self.repeated
    }

    /// What the request that is repeated wrote first; `None` for a new one.
    pub(super) fn repeats(&self) -> Option<&str> {
        self.resources.first().filter(|_| self.repeated).map(|resource| resource.name.as_str())
    }

    /// This city.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Who asks.
    pub(super) fn caller(&self) -> &Caller {
        &self.write.caller
    }

    /// The records among [`Script::resources`], as this write left them.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(super) async fn written<F: Family>(&mut self) -> Result<Vec<Snapshot<F>>> {
        let mut written = Vec::new();
        for Resource { name, revision } in self.resources.clone() {
            let (Some(id), Some(revision)) = (F::KIND.named_by(&name), revision) else { continue };
            if let Some(snapshot) = self.as_written(&id, revision) {
                written.push(snapshot);
                continue;
            }
            let row = self.tx.revision(id.number, revision).await?;
            let Some((audience, record)) = row.and_then(|row| Some((row.audience, F::of(row.record?)?)))
            else {
                continue;
            };
            written.push(Snapshot { id, revision, audience, record });
        }
        Ok(written)
    }

    fn as_written<F: Family>(&self, id: &RecordId, revision: Revision) -> Option<Snapshot<F>> {
        let found = self.records.iter().find(|one| one.id == *id && one.revision == revision)?.clone();
        let Snapshot { id, revision, audience, record } = found;
        Some(Snapshot { id, revision, audience, record: F::of(record)? })
    }

    /// The record that the caller asked for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn first<F: Family>(&mut self) -> Result<Snapshot<F>> {
        let written = self.written().await?.into_iter().next();
        written.ok_or_else(|| {
            Error::internal(format!("nothing of {} is left to show", self.write.caller.method))
        })
    }

    /// An own record that is to change.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::Forbidden`] for another city's, [`ErrorKind::Stale`] when it moved on.
    pub(super) async fn own<F: Family>(&mut self, target: &Target) -> Result<Snapshot<F>> {
        if target.id.owner != self.handle {
            return Err(foreign(&target.id, &self.handle));
        }
        let found = self.find::<F>(&target.id).await?;
        match target.expected {
            Some(expected) if expected != found.revision => Err(stale(&found, expected)),
            _ => Ok(found),
        }
    }

    /// Any record that this node holds.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub(super) async fn find<F: Family>(&mut self, id: &RecordId) -> Result<Snapshot<F>> {
        self.tx.get(id).await?.ok_or_else(|| not_found(F::KIND, id))
    }

    /// Writes a new record under the next number; in a drill it is an exercise.
    ///
    /// # Errors
    /// When the store refuses it.
    pub(super) async fn create<F>(&mut self, record: F, audience: Audience) -> Result<Snapshot<F>>
    where
        F: Family + Into<Record> + Clone,
    {
        let id = self.next_id().await?;
        self.create_as(id, record, audience).await
    }

    /// The id of a record that is still to be written, so that others can name it.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn next_id(&mut self) -> Result<RecordId> {
        Ok(RecordId::new(self.handle.clone(), self.tx.allocate_number().await?))
    }

    /// Like [`Script::create`], under an id from [`Script::next_id`].
    ///
    /// # Errors
    /// When the store refuses it.
    pub(super) async fn create_as<F>(
        &mut self,
        id: RecordId,
        record: F,
        audience: Audience,
    ) -> Result<Snapshot<F>>
    where
        F: Family + Into<Record> + Clone,
    {
        let record = self.time.marked(record);
        self.put(Snapshot { id, revision: Revision::FIRST, audience, record }).await
    }

    /// Writes the next revision of an own record for the same audience.
    ///
    /// # Errors
    /// When the store refuses it.
    pub(super) async fn revise<F>(&mut self, old: &Snapshot<F>, record: F) -> Result<Snapshot<F>>
    where
        F: Family + Into<Record> + Clone,
    {
        self.put(old.revised(record).map_err(Error::used_up)?).await
    }

    /// Writes a revision as it is.
    ///
    /// # Errors
    /// When the store refuses it.
    pub(super) async fn put<F>(&mut self, snapshot: Snapshot<F>) -> Result<Snapshot<F>>
    where
        F: Family + Into<Record> + Clone,
    {
        let new = NewRevision {
            number: snapshot.id.number,
            revision: snapshot.revision,
            audience: snapshot.audience.clone(),
            record: snapshot.record.clone().into(),
            holder: self.write.caller.holder.to_string(),
        };
        let written = self.tx.append(new, self.now).await?;
        self.records.push(written);
        self.note(F::KIND.name_of(&snapshot.id), Some(snapshot.revision));
        Ok(snapshot)
    }

    /// Notes something that this write made or changed, for the audit log and for a retry.
    pub(super) fn note(&mut self, name: impl Into<String>, revision: Option<Revision>) {
        self.resources.push(Resource { name: name.into(), revision });
    }

    /// Refuses a caller who may write for one party only, where something concerns the whole office.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`].
    pub(super) fn check_whole_office(&self) -> Result<()> {
        match &self.write.caller.party {
            None => Ok(()),
            Some(party) => Err(bound(party, "something that concerns the whole office")),
        }
    }

    /// Refuses a caller who may write for one party only, unless the record speaks for that party and no other.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`].
    pub(super) fn check_party(&self, common: &Common) -> Result<()> {
        let Some(party) = &self.write.caller.party else { return Ok(()) };
        let parties = common.parties.as_slice();
        if !parties.is_empty() && parties.iter().all(|role| role.party == party.number) {
            return Ok(());
        }
        Err(bound(party, "a record that names other parties or none"))
    }

    /// The same for what is sent of an own offer.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`].
    pub(super) async fn check_party_of_offer(&mut self, offer: &RecordId) -> Result<()> {
        if self.write.caller.party.is_none() {
            return Ok(());
        }
        let offer = self.find::<Offer>(offer).await?;
        self.check_party(&offer.record.common)
    }

    /// Checks that the parties of a record exist, and that the caller may write for them.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] or [`ErrorKind::Forbidden`].
    pub(super) async fn check_new_parties(&mut self, common: &Common) -> Result<()> {
        self.check_party(common)?;
        for role in common.parties.as_slice() {
            let id = RecordId::new(self.handle.clone(), role.party);
            if self.tx.get::<Party>(&id).await?.is_none() {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!("party {id} is unknown, expected one of this city's"),
                )
                .hint("`quince party list` shows them"));
            }
        }
        Ok(())
    }

    /// Commits what was written, with its audit line and with the answer for a retry, unless there is nothing to keep.
    ///
    /// # Errors
    /// When it cannot be committed; then nothing of it happened.
    pub(super) async fn finish(mut self) -> Result<()> {
        if self.repeated || self.write.validate_only {
            return Ok(());
        }
        let Write { caller, retry, .. } = self.write;
        if let Some(retry) = retry {
            let words: Vec<String> = self.resources.iter().map(Resource::to_word).collect();
            let (method, digest) = (caller.method.to_owned(), retry.digest.to_vec());
            let answered = Answered { method, digest, results: words.join(" ") };
            self.tx.remember(caller.holder.as_str(), retry.id.as_str(), &answered, self.real_now).await?;
        }
        self.tx.audit(&audit_line(caller, self.now, &self.resources, OK)).await?;
        self.tx.commit().await?;
        Ok(())
    }
}

impl Resource {
    fn to_word(&self) -> String {
        self.revision.map_or_else(|| self.name.clone(), |revision| format!("{}@{revision}", self.name))
    }

    fn from_word(word: &str) -> Self {
        let (name, revision) = word.rsplit_once('@').unwrap_or((word, ""));
        let revision = revision.parse().ok().and_then(|revision| Revision::new(revision).ok());
        Self { name: name.to_owned(), revision }
    }
}

/// The resources of the request that is repeated, if it is the same one.
fn check_same(write: &Write, answered: Answered) -> Result<Vec<Resource>> {
    let retry = write.retry.as_ref().expect("only a write with a retry key has an answer");
    if answered.method != write.caller.method || answered.digest != retry.digest {
        let message = format!(
            "request id {} was used for another {}, expected a new id for a new request",
            retry.id.as_str(),
            answered.method
        );
        return Err(Error::new(ErrorKind::RequestReused, message)
            .hint("repeat a request unchanged, or draw a new request id"));
    }
    Ok(answered.results.split_whitespace().map(Resource::from_word).collect())
}

pub(super) fn audit_line(caller: &Caller, time: Instant, resources: &[Resource], result: &str) -> NewAudit {
    NewAudit {
        time,
        holder: caller.holder.to_string(),
        role: caller.role.as_str().to_owned(),
        address: caller.address.map(|address| address.to_string()).unwrap_or_default(),
        method: caller.method.to_owned(),
        resources: resources.iter().map(|resource| resource.name.clone()).collect(),
        result: result.to_owned(),
    }
}

/// The answer when there is no such record.
pub(super) fn not_found(kind: RecordKind, id: &RecordId) -> Error {
    Error::new(ErrorKind::NotFound, format!("{id} is not among the {} of this node", kind.collection()))
        .hint("another city's record may not have arrived yet; `quince status` shows what has")
}

fn foreign(id: &RecordId, own: &Handle) -> Error {
    Error::new(ErrorKind::Forbidden, format!("{id} belongs to {}, expected a record of {own}", id.owner))
        .hint("a record is written by its owner only")
}

fn stale<F>(found: &Snapshot<F>, expected: Revision) -> Error {
    let message = format!("{} is at revision {}, the request expects {expected}", found.id, found.revision);
    Error::new(ErrorKind::Stale, message).hint("read it again, look what changed, and repeat")
}

pub(super) fn bound(party: &RecordId, came: &str) -> Error {
    let message = format!("this token writes for party {party} only, and the request is about {came}");
    Error::new(ErrorKind::Forbidden, message)
        .hint("name that party and no other in `parties`, or use a token of the office")
}
