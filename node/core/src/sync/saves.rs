//! What is saved next of all that sessions wait for: what cannot wait goes first, and alone, so that its transaction is short.

use crate::feed::Lane;
use crate::sync::effect::Effect;

/// Takes out what is saved together next, in the order given: what cannot wait if there is any, or else as much as has about
/// `bytes_max` bytes of frames, and one effect at least. Batches of one feed stay in their order.
pub fn next_to_save<T>(waiting: &mut Vec<(T, Effect)>, bytes_max: u64) -> Vec<(T, Effect)> {
    if waiting.iter().any(|(_, effect)| cannot_wait(effect)) {
        return waiting.extract_if(.., |(_, effect)| cannot_wait(effect)).collect();
    }
    let mut bytes = 0;
    let fits = |(_, effect): &&(T, Effect)| {
        let fits = bytes < bytes_max;
        bytes += if let Effect::Store(batch) = effect { batch.bytes() } else { 0 };
        fits
    };
    let count = waiting.iter().take_while(fits).count().max(1).min(waiting.len());
    waiting.drain(..count).collect()
}

/// Whether a save is of urgent lanes' entries. Nothing that waits is needed for them: they were verified by what is saved already.
#[must_use]
pub fn cannot_wait(effect: &Effect) -> bool {
    matches!(effect, Effect::Store(batch) if batch.extended().log.feed().lane <= Lane::Urgent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{AudienceId, Extended, FeedId, NodeId, ReplicaLog};
    use crate::sync::effect::VerifiedBatch;

    fn batch(lane: Lane, bytes: u64) -> Effect {
        let feed = FeedId { node: NodeId([1; 32]), audience: AudienceId([2; 32]), lane };
        let log = ReplicaLog::new(feed);
        let extended = Extended { log, first: 0, held: 0, leaves: Vec::new(), dead_tiles: Vec::new() };
        Effect::Store(Box::new(VerifiedBatch {
            extended,
            entries: Vec::new(),
            lane: None,
            handle: None,
            bytes,
        }))
    }

    fn taken(waiting: &mut Vec<(u32, Effect)>) -> Vec<u32> {
        next_to_save(waiting, 100).into_iter().map(|(place, _)| place).collect()
    }

    #[test]
    fn what_cannot_wait_is_saved_before_all_else_and_the_rest_in_its_order() {
        let effects = [
            batch(Lane::Normal, 60),
            batch(Lane::Urgent, 60),
            Effect::ReadRoster { from: 1 },
            batch(Lane::Normal, 60),
            batch(Lane::Ledger, 60),
            batch(Lane::Bulk, 60),
        ];
        let mut waiting: Vec<(u32, Effect)> = (0..).zip(effects).collect();
        assert_eq!(taken(&mut waiting), [1, 4]);
        assert_eq!(taken(&mut waiting), [0, 2, 3]);
        assert_eq!(taken(&mut waiting), [5]);
        assert_eq!(taken(&mut waiting), [0; 0]);
    }

    #[test]
    fn one_that_is_too_large_is_saved_all_the_same() {
        let mut waiting = vec![(0, batch(Lane::Bulk, 1_000)), (1, batch(Lane::Bulk, 1))];
        assert_eq!(taken(&mut waiting), [0]);
        assert_eq!(taken(&mut waiting), [1]);
    }
}
