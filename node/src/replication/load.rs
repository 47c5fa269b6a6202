//! What the store knows, brought into the form that sessions need.

use quince_core::domain::{Number, Profile, RecordId};
use quince_core::feed::{FeedId, Hash, Lane, NodeId};
use quince_core::roster::{IdentityLane, RosterChain};
use quince_core::sync::{CREDIT_BYTES, Context, IDENTITY_ENTRIES_MAX, Instance, Me, Nonce};

use super::directory::{Directory, Pinned};
use crate::store::{FeedState, Meta, StoreError, View};

/// More bytes than the entries of any identity lane that is read at once.
const LANE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Feeds read at once when heads have changed.
const CHANGES_MAX: u32 = 1_000;

/// How the office writes down that this node belongs to its federation.
const MEMBER: &str = "member";

/// The roster, if this node is a member and not merely on the way in or out.
pub(super) async fn chain(view: &mut View) -> Result<Option<RosterChain>, StoreError> {
    let Some(federation) = view.federation().await? else { return Ok(None) };
    if view.meta_text(Meta::Membership).await?.as_deref() != Some(MEMBER) {
        return Ok(None);
    }
    let own = view.own_node().await?;
    let mut notes = view.rosters_since(0).await?.into_iter();
    let Some(first) = notes.next() else { return Ok(None) };
    let broken = |error: quince_core::roster::ChainError| StoreError::Conflict(error.to_string());
    let begun = RosterChain::begin(federation, first).map_err(broken)?;
    let chain = notes.try_fold(begun, |chain, note| chain.accept(note).map_err(broken))?;
    Ok(chain.roster().handle_of(&own).is_some().then_some(chain))
}

/// What replication begins with.
pub(super) struct Loaded {
    /// The context of all sessions.
    pub(super) ctx: Context,
    /// Where members are.
    pub(super) directory: Directory,
    /// The change of heads that both reflect.
    pub(super) change_no: u64,
}

/// Everything as it is stored; `None` outside a federation.
pub(super) async fn everything(view: &mut View, instance_nonce: Nonce) -> Result<Option<Loaded>, StoreError> {
    let Some(chain) = chain(view).await? else { return Ok(None) };
    let token = view.meta(Meta::StoreToken).await?.and_then(|token| token.try_into().ok());
    let me = Me {
        node: view.own_node().await?,
        store_token: Nonce(token.unwrap_or_default()),
        instance_nonce,
        credit_bytes: CREDIT_BYTES,
    };
    let (mut ctx, mut directory) = (Context::new(me, chain), Directory::default());
    ctx.mends_stored(view.mends().await?);
    let change_no = view.change_no().await?;
    ctx.instances_stored(instances(view, Instance { nonce: instance_nonce, began: change_no }).await?);
    for feed in view.feeds().await? {
        ctx.feed_changed(feed.replica());
        ctx.numbered(feed.id, feed.change_no);
        list(&mut ctx, &feed);
        // Keys first: a proof counts only under its owner's, and identity lanes come before all others.
        identity(view, &mut ctx, &mut directory, feed.id).await?;
        if let Some((first, second)) = view.fork(&feed.id).await? {
            ctx.fork_stored(first, second);
        }
    }
    for peer in view.peers().await? {
        if let Some((node, cursors)) = ctx.chain().roster().node_of(&peer.handle).zip(peer.cursors) {
            ctx.cursors_stored(node, cursors);
        }
    }
    drop(ctx.take_changes());
    Ok(Some(Loaded { ctx, directory, change_no }))
}

/// The stored instances, with this one at the end, be it stored or not.
async fn instances(view: &mut View, this: Instance) -> Result<Vec<Instance>, StoreError> {
    let mut instances = view.instances().await?;
    if instances.last().is_none_or(|last| last.nonce != this.nonce) {
        instances.push(this);
    }
    Ok(instances)
}

/// Tells the context which heads have changed since; answers the newest change, and whether a live list lets something go.
pub(super) async fn follow(
    view: &mut View,
    ctx: &mut Context,
    directory: &mut Directory,
    since: u64,
) -> Result<(u64, bool), StoreError> {
    let (mut last, mut compacting) = (since, false);
    loop {
        let changed = view.feeds_since(last, CHANGES_MAX).await?;
        let Some(newest) = changed.last() else { return Ok((last, compacting)) };
        last = newest.change_no;
        let are_all = changed.len() < CHANGES_MAX as usize;
        for feed in changed {
            compacting |= change(ctx, &feed);
            identity(view, ctx, directory, feed.id).await?;
        }
        if are_all {
            return Ok((last, compacting));
        }
    }
}

/// Tells the context that a head has changed; answers whether a live list lets something go.
pub(super) fn change(ctx: &mut Context, feed: &FeedState) -> bool {
    list(ctx, feed);
    ctx.feed_changed(feed.replica());
    ctx.numbered(feed.id, feed.change_no);
    feed.is_compacting()
}

/// Tells the context by which live lists something is missing, or is about to be let go.
pub(super) async fn lists(view: &mut View, ctx: &mut Context) -> Result<(), StoreError> {
    view.feeds().await?.iter().for_each(|feed| list(ctx, feed));
    Ok(())
}

/// The same of one feed.
pub(super) fn list(ctx: &mut Context, feed: &FeedState) {
    if let Some(place) = feed.list {
        ctx.list_stored(feed.id, place);
    }
}

/// Tells the context whose keys an identity lane holds, and by which TLS keys its node is known; and the directory where it is.
pub(super) async fn identity(
    view: &mut View,
    ctx: &mut Context,
    directory: &mut Directory,
    feed: FeedId,
) -> Result<(), StoreError> {
    if feed.lane != Lane::Identity {
        return Ok(());
    }
    let entries = view.entries(&feed, 0..IDENTITY_ENTRIES_MAX, LANE_BYTES_MAX).await?;
    let Ok(lane) = IdentityLane::replay(feed.node, &entries) else { return Ok(()) };
    ctx.lane_changed(lane);
    if let Some(profile) = profile(view, feed.node).await? {
        ctx.tls_keys_changed(feed.node, tls_keys(&profile).collect());
        directory.learn(feed.node, &profile);
    }
    Ok(())
}

/// Members that operators want dialled always. An address that cannot be read is passed by: that of the profile counts.
pub(super) async fn pinned(view: &mut View) -> Result<Pinned, StoreError> {
    let peers = view.peers().await?.into_iter().filter(|peer| peer.pinned);
    Ok(peers.map(|peer| (peer.handle, peer.address.and_then(|address| address.parse().ok()))).collect())
}

pub(super) async fn profile(view: &mut View, node: NodeId) -> Result<Option<Profile>, StoreError> {
    let Some(member) = view.member_by_node(node).await? else { return Ok(None) };
    let id = RecordId::new(member.handle, Number::FIRST);
    Ok(view.get::<Profile>(&id).await?.map(|found| found.record))
}

fn tls_keys(profile: &Profile) -> impl Iterator<Item = Hash> + '_ {
    profile.tls_keys.iter().map(|key| Hash(key.0))
}
