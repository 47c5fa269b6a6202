//! Backups put back in place: an office that may have signed more than it remembers signs nothing, and says why.

use std::fs;

use quince_proto::admin::v1 as admin;
use quince_proto::api::v1 as api;
use quince_tests::city::{City, Desk};
use quince_tests::eventually::eventually;
use quince_tests::{acts, books, federation};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::OFFICE;

/// Commitments that the backup does not know.
const COMMITMENTS: usize = 50;

/// As many as may be open at once between a city and an offer line.
const AT_ONCE: usize = 10;

/// Feeds as an office holds them: lane, epoch, size, root.
type Heads = Vec<(u32, u64, u64, String)>;

#[tokio::test]
async fn a_backup_from_fifty_commitments_ago_signs_nothing_and_says_why() {
    let (mut quanzhou, mut isfahan) = cities();
    let (giver, taker) = allied(&mut quanzhou, &mut isfahan).await;
    let offer = acts::offer(&giver, 1_000, "").await.unwrap().name;
    let backup = quanzhou.folder().join("backup.db");
    quanzhou.back_up(&backup);
    commit_fifty(&giver, &taker, &offer).await;
    let signed = eventually("the peer to hold everything", || same_heads(&giver, &taker)).await;

    quanzhou.kill();
    quanzhou.restore(&backup);
    let giver = quanzhou.start().await;
    assert_reads_only(&giver, "head file").await;
    assert!(acts::offer_at(&giver, &offer).await.is_ok(), "reads go on");
    eventually("a session with the peer", || is_connected(&taker)).await;
    assert_eq!(heads(&taker).await.unwrap(), signed, "the peer was sent something new");
    assert_eq!(books::Books::of(&taker).await.unwrap().commitments.len(), COMMITMENTS);
}

#[tokio::test]
async fn an_office_without_its_head_file_signs_nothing_and_says_why() {
    let (mut quanzhou, mut isfahan) = cities();
    let (giver, taker) = allied(&mut quanzhou, &mut isfahan).await;
    acts::offer(&giver, 1_000, "").await.unwrap();
    let signed = eventually("the peer to hold everything", || same_heads(&giver, &taker)).await;

    quanzhou.kill();
    fs::remove_file(quanzhou.data().join("heads")).unwrap();
    let giver = quanzhou.start().await;
    assert_reads_only(&giver, "head file").await;
    eventually("a session with the peer", || is_connected(&taker)).await;
    assert_eq!(heads(&taker).await.unwrap(), signed, "the peer was sent something new");
}

#[tokio::test]
async fn an_office_put_back_with_its_head_file_is_told_by_its_peer_and_signs_nothing() {
    let (mut quanzhou, mut isfahan) = cities();
    allied(&mut quanzhou, &mut isfahan).await;
    quanzhou.kill();
    quanzhou.keep("yesterday");
    let (giver, taker) = (quanzhou.start().await, isfahan.desk());
    acts::offer(&giver, 1_000, "").await.unwrap();
    let signed = eventually("the peer to hold everything", || same_heads(&giver, &taker)).await;

    quanzhou.kill();
    quanzhou.bring_back("yesterday");
    let giver = quanzhou.start().await;
    eventually("the peer to tell", || reads_only(&giver)).await;
    assert_reads_only(&giver, "a peer").await;
    assert_eq!(heads(&taker).await.unwrap(), signed, "the peer was sent something new");
}

fn cities() -> (City, City) {
    let quanzhou = City::set_up(OFFICE, "quanzhou", "Quanzhou,CN,24.874,118.676");
    (quanzhou, City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668"))
}

async fn allied(quanzhou: &mut City, isfahan: &mut City) -> (Desk, Desk) {
    let (giver, taker) = (quanzhou.start().await, isfahan.start().await);
    federation::found(&giver).await;
    federation::admit(&giver, &taker, "isfahan").await;
    eventually("the peer to hold everything", || same_heads(&giver, &taker)).await;
    (giver, taker)
}

async fn commit_fifty(giver: &Desk, taker: &Desk, offer: &str) {
    eventually("the offer to arrive", || acts::offer_at(taker, offer)).await;
    let mut needs = Vec::new();
    for _ in 0..AT_ONCE {
        needs.push(acts::ask(taker, 100, "").await.unwrap().name);
    }
    for _ in 0..COMMITMENTS / AT_ONCE {
        let mut requisitions = Vec::new();
        for need in &needs {
            requisitions.push(acts::request(taker, need, offer, 1, "").await.unwrap().name);
        }
        for requisition in &requisitions {
            eventually("the requisition to arrive", || acts::requisition_at(giver, requisition)).await;
            acts::commit(giver, requisition, 0, "").await.unwrap();
        }
        for requisition in &requisitions {
            eventually("the answer", || acts::answered(taker, requisition, api::Answer::Committed)).await;
        }
    }
}

/// Its status says why it signs nothing, and so does every refused write.
async fn assert_reads_only(office: &Desk, because: &str) {
    let reason = reads_only(office).await.unwrap();
    assert!(reason.contains(because), "{reason}");
    for refused in
        [acts::offer(office, 10, "").await.map(|_| ()), acts::ask(office, 10, "").await.map(|_| ())]
    {
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        assert_eq!(refused.get_details_error_info().unwrap().reason, "READ_ONLY");
        assert!(refused.message().contains(&reason), "{refused} does not say {reason}");
    }
}

async fn reads_only(office: &Desk) -> Result<String, Status> {
    let reason = status(office).await?.read_only_reason;
    if reason.is_empty() { Err(Status::not_found("it signs")) } else { Ok(reason) }
}

/// The heads of Quanzhou's feeds, once two offices hold the same.
async fn same_heads(left: &Desk, right: &Desk) -> Result<Heads, String> {
    let told = async |office| heads(office).await.map_err(|error| error.to_string());
    let (left, right) = (told(left).await?, told(right).await?);
    if left == right { Ok(left) } else { Err(format!("{left:?} differs from {right:?}")) }
}

async fn heads(office: &Desk) -> Result<Heads, Status> {
    let feeds = status(office).await?.feeds.into_iter().filter(|feed| feed.owner == "quanzhou");
    let mut heads: Heads = feeds.map(|feed| (feed.lane, feed.epoch, feed.size, feed.root)).collect();
    heads.sort();
    Ok(heads)
}

async fn is_connected(office: &Desk) -> Result<(), Status> {
    let peers = office.peers.clone().list_peers(admin::ListPeersRequest {}).await?.into_inner().peers;
    let connected = peers.iter().any(|peer| peer.handle == "quanzhou" && peer.connected);
    if connected { Ok(()) } else { Err(Status::not_found(format!("{peers:?}"))) }
}

async fn status(office: &Desk) -> Result<admin::Status, Status> {
    Ok(office.status.clone().get_status(admin::GetStatusRequest {}).await?.into_inner())
}
