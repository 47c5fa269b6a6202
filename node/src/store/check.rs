//! The whole database, looked through: the file itself, and every entry against what its owner signed.

use super::conn::{Conn, on};
use super::error::StoreError;
use super::view::Store;

const INTEGRITY: &str = "PRAGMA integrity_check";

/// What was looked through, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Feeds re-hashed.
    pub feeds: usize,
    /// Entries re-hashed.
    pub entries: u64,
    /// What is wrong, a sentence each; empty when all is well.
    pub faults: Vec<String>,
    /// Why a node with this database and head file would sign nothing.
    pub silent: Option<String>,
}

impl Store {
    /// Checks the file and re-hashes every feed against its head. Changes nothing.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        let mut view = self.view().await?;
        let mut report =
            CheckReport { silent: view.reason_to_close(&self.shared.heads).await?, ..CheckReport::default() };
        if let Conn::Sqlite(_) = view.conn {
            let said: Vec<String> = on!(&mut view.conn, db => sqlx::query_scalar(INTEGRITY).fetch_all(db))?;
            report.faults.extend(said.into_iter().filter(|line| line != "ok"));
        }
        for feed in view.feeds().await? {
            report.feeds += 1;
            report.entries += feed.size();
            let good = view.good_prefix(&feed).await?;
            if good != feed.frontier {
                report.faults.push(format!(
                    "feed {} is damaged after {} of {} entries",
                    feed.id,
                    good.size(),
                    feed.size()
                ));
            }
            let covers = feed.head.filter(|signed| signed.head.size == feed.size());
            if covers.is_some_and(|signed| signed.head.root != feed.frontier.root()) {
                report.faults.push(format!("feed {} does not have the root of its head", feed.id));
            }
        }
        Ok(report)
    }
}
