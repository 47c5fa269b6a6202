//! The digest: all that a node holds of the shared feeds, in 256 numbers, so that two nodes find where they differ without
//! naming what they both hold.
//!
//! Each feed falls into one bucket and adds a number made of its newest head. Both depend on the session's nonces: nobody
//! who makes feeds can choose the bucket of one, or make two changes cancel each other out in it. The sums do not depend on
//! the order of feeds. Two different contents of a bucket have equal sums once in 2^64 times.

use std::fmt;

use crate::feed::{FeedId, Hash, SignedHead};
use crate::sync::context::Context;
use crate::sync::message::Nonce;

/// Buckets of a digest: 2 KiB in all, and among ten thousand feeds each difference names forty.
pub const DIGEST_BUCKETS: usize = 256;

/// Bytes of a digest.
pub const DIGEST_LEN: usize = DIGEST_BUCKETS * size_of::<u64>();

const LABEL: &[u8] = b"quince/digest/v1\n";

/// One number for each bucket.
#[derive(Clone, PartialEq, Eq)]
pub struct Buckets(Box<[u64; DIGEST_BUCKETS]>);

impl Buckets {
    /// The buckets in these bytes, each big-endian; `None` unless there are [`DIGEST_LEN`].
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<{ size_of::<u64>() }>();
        let numbers: Vec<u64> = numbers.iter().copied().map(u64::from_be_bytes).collect();
        let numbers = Box::<[u64; DIGEST_BUCKETS]>::try_from(numbers.into_boxed_slice()).ok()?;
        rest.is_empty().then_some(Self(numbers))
    }

    /// The buckets as bytes, each big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// What this node holds.
    pub(super) fn of(ctx: &Context, key: Nonce) -> Self {
        let mut numbers = Box::new([0_u64; DIGEST_BUCKETS]);
        for signed in ctx.shared_heads() {
            let number = &mut numbers[bucket(key, signed.head.feed)];
            *number = number.wrapping_add(weight(key, signed));
        }
        Self(numbers)
    }

    /// The feeds held here that lie in buckets in which another node's digest differs.
    pub(super) fn differing(&self, ctx: &Context, key: Nonce) -> Vec<FeedId> {
        let own = Self::of(ctx, key);
        let feeds = ctx.shared_heads().map(|signed| signed.head.feed);
        feeds.filter(|feed| self.0[bucket(key, *feed)] != own.0[bucket(key, *feed)]).collect()
    }
}

impl fmt::Debug for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buckets({})", Hash::of(&[&self.to_bytes()]))
    }
}

fn bucket(key: Nonce, feed: FeedId) -> usize {
    let Hash([first, ..]) = hash(key, feed, &[]);
    usize::from(first)
}

fn weight(key: Nonce, signed: &SignedHead) -> u64 {
    let head = &signed.head;
    let place = [&head.epoch.0.to_be_bytes()[..], &head.size.to_be_bytes(), &head.root.0].concat();
    let Hash([a, b, c, d, e, f, g, h, ..]) = hash(key, head.feed, &place);
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn hash(key: Nonce, feed: FeedId, place: &[u8]) -> Hash {
    let FeedId { node, audience, lane } = feed;
    Hash::of(&[LABEL, &key.0, &node.0, &audience.0, &[lane.number()], place])
}
