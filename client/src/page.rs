//! Lists come in pages; people ask for a number of rows. This asks for page after page until there are enough.

use crate::failure::Failure;

/// The most rows asked for at once: 50 records of at most 32 KiB stay well below gRPC's 4 MiB a message.
const PAGE_ROWS_MAX: u32 = 50;

/// What was found, and whether the limit cut it off.
pub(crate) struct Listed<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) more: bool,
}

/// Collects up to `limit` rows. `fetch` gets a page size and a page token, and answers with rows and the next token.
pub(crate) async fn collect<T>(
    limit: u32,
    fetch: impl AsyncFn(i32, String) -> Result<(Vec<T>, String), Failure>,
) -> Result<Listed<T>, Failure> {
    let limit = limit as usize;
    let mut listed = Listed { rows: Vec::new(), more: false };
    let mut token = String::new();
    loop {
        let missing = u32::try_from(limit - listed.rows.len()).unwrap_or(PAGE_ROWS_MAX);
        let size = i32::try_from(missing.min(PAGE_ROWS_MAX)).expect("a page's size is small");
        let (rows, next) = fetch(size, token).await?;
        listed.rows.extend(rows);
        // More rows than asked for are the node's fault, and still no reason to show more than was asked for.
        listed.more = listed.rows.len() > limit || !next.is_empty();
        listed.rows.truncate(limit);
        if next.is_empty() || listed.rows.len() == limit {
            return Ok(listed);
        }
        token = next;
    }
}
