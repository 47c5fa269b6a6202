//! How long the office remembers what is no record. A retry and a token come from the world outside, so it goes by real time,
//! whatever the office plays.

use std::time::Duration;

use crate::office::{Office, Result};

/// Answers to requests: a retry gets the same one for thirty days.
pub const ANSWERS_KEPT: Duration = Duration::from_hours(30 * 24);

/// Tokens that have ended: as long as somebody may ask who a line of the audit log was.
pub const TOKENS_KEPT: Duration = Duration::from_hours(365 * 24);

impl Office {
    /// Forgets answers and tokens that are older than they are kept; tells how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget(&self) -> Result<u64> {
        let mut tx = self.store().begin_write().await?;
        let answers = tx.purge_requests(self.real_now().minus(ANSWERS_KEPT)).await?;
        let tokens = tx.purge_tokens(self.real_now().minus(TOKENS_KEPT)).await?;
        tx.commit().await?;
        Ok(answers + tokens)
    }
}
