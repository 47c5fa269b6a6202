//! From a code to a member, over the wire.

use quince_core::feed::Lane;
use quince_node::office::ErrorKind;

use crate::town::{Town, write};

#[tokio::test]
async fn a_newcomer_joins_by_its_code_and_both_hold_each_others_records() {
    let (quanzhou, isfahan) = (Town::new("quanzhou").await, Town::behind_a_wall("isfahan").await);
    let (steward, newcomer) = (quanzhou.start().await, isfahan.start().await);
    steward.found().await;
    let [early] = &steward.write(1, "written before anybody came").await[..] else { unreachable!() };
    steward.admit(&isfahan, &newcomer).await;
    let [late] = &newcomer.write(1, "written after").await[..] else { unreachable!() };
    newcomer.reaches(steward.feed(Lane::Normal).await, 1).await;
    steward.reaches(newcomer.feed(Lane::Normal).await, 1).await;
    assert_eq!(newcomer.need(early).await, steward.need(early).await);
    assert_eq!(newcomer.need(late).await, steward.need(late).await);
    let peers = newcomer.replication.report().await.peers;
    assert!(
        matches!(&peers[..], [peer] if peer.connected && peer.outbound && peer.handle.as_str() == "quanzhou")
    );
    newcomer.stop().await;
    steward.stop().await;
}

#[tokio::test]
async fn a_code_works_for_nobody_but_the_node_that_redeemed_it() {
    let (quanzhou, isfahan) = (Town::new("quanzhou").await, Town::behind_a_wall("isfahan").await);
    let imposter = Town::behind_a_wall("isfahan").await;
    let (steward, newcomer, other) = (quanzhou.start().await, isfahan.start().await, imposter.start().await);
    steward.found().await;
    let new = quinces_invitation();
    let code = steward.office.create_invitation(&write(), new).await.unwrap().code.unwrap();
    newcomer.office.join_federation(&write(), &code).await.unwrap();
    let refused = other.office.join_federation(&write(), &code).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden, "{refused:?}");
    for running in [newcomer, other, steward] {
        running.stop().await;
    }
}

fn quinces_invitation() -> quince_node::office::request::NewInvitation {
    quince_node::office::request::NewInvitation {
        handle: "isfahan".parse().unwrap(),
        display_name: quince_core::domain::common::Label::new("Isfahan").unwrap(),
        lifetime: None,
        trust_code: true,
        by_file: false,
    }
}
