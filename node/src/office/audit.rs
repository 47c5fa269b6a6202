//! The audit log: who did what, from where, with which result. Ids only, no personal text.

use quince_core::domain::common::Label;

use crate::office::caller::Caller;
use crate::office::request::Paging;
use crate::office::script::{OK, Resource, audit_line, bound};
use crate::office::token::{parse_label, parse_role};
use crate::office::view::{AuditView, Listing};
use crate::office::{Office, Result};
use crate::store::AuditEntry;

impl Office {
    /// Notes a write that was refused or failed, by the name of its status code. What succeeds notes itself, in its own
    /// transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_refusal(&self, caller: &Caller, result: &str) -> Result<()> {
        let mut tx = self.store().begin_write().await?;
        tx.audit(&audit_line(caller, self.now(), &[], result)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that an offline file is made or taken. What comes of it shows elsewhere.
    ///
    /// # Errors
    /// [`crate::office::ErrorKind::Forbidden`] for a caller who may write for one party only.
    pub async fn note_offline(&self, caller: &Caller, what: &str) -> Result<()> {
        if let Some(party) = &caller.party {
            return Err(bound(party, "something that concerns the whole office"));
        }
        let mut tx = self.store().begin_write().await?;
        let resource = Resource { name: what.to_owned(), revision: None };
        tx.audit(&audit_line(caller, self.now(), &[resource], OK)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Newest first; `after` is the last sequence seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_entries(
        &self,
        holder: Option<&Label>,
        page: &Paging<u64>,
    ) -> Result<Listing<AuditView>> {
        let mut view = self.store().view().await?;
        let mut rows = view.audited(page.after, holder.map(Label::as_str), page.size + 1).await?;
        let more = rows.len() > page.size as usize;
        rows.truncate(page.size as usize);
        Ok(Listing { items: rows.into_iter().map(read).collect::<Result<_>>()?, more })
    }
}

fn read(AuditEntry { sequence, call }: AuditEntry) -> Result<AuditView> {
    Ok(AuditView {
        sequence,
        time: call.time,
        holder: parse_label(&call.holder)?,
        role: parse_role(&call.role)?,
        address: call.address,
        method: call.method,
        resources: call.resources,
        result: call.result,
    })
}
