//! Requests, tokens, the audit log, peers, invitations, the roster.

use std::sync::Arc;

use quince_core::domain::{Instant, Number};
use quince_core::feed::NodeId;
use quince_core::roster::{CodeId, Secret};
use quince_core::sync::{Cursors, Instance, Nonce};
use quince_node::store::{Answered, InvitationRow, NewAudit, StoreError, TokenRow};

use crate::city::{City, commit, roster};
use crate::database::{Server, on_both};
use quince_tests::samples::now;

fn day(day: u32) -> Instant {
    format!("2027-03-{day:02}T08:00:00Z").parse().unwrap()
}

/// A city that has answered request r-1 of layla's.
async fn answered(server: &Server) -> (City, Answered) {
    let city = City::found(server, "isfahan", &Arc::default()).await;
    let answer =
        Answered { method: "CreateNeed".to_owned(), digest: vec![1], results: "needs 1 1".to_owned() };
    let mut tx = city.store.begin_write().await.unwrap();
    tx.remember("layla", "r-1", &answer, day(1)).await.unwrap();
    tx.commit().await.unwrap();
    (city, answer)
}

#[test]
fn an_answer_is_remembered_once_and_forgotten_in_time() {
    on_both(|server| async move {
        let (city, answer) = answered(&server).await;
        let mut tx = city.store.begin_write().await.unwrap();
        assert_eq!(tx.answered("layla", "r-1").await.unwrap(), Some(answer.clone()));
        assert_eq!(tx.answered("omid", "r-1").await.unwrap(), None);
        let again = tx.remember("layla", "r-1", &answer, day(2)).await;
        let again = commit(tx, again).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
        let mut tx = city.store.begin_write().await.unwrap();
        assert_eq!(tx.purge_requests(day(1)).await.unwrap(), 0);
        assert_eq!(tx.purge_requests(day(2)).await.unwrap(), 1);
        assert_eq!(tx.answered("layla", "r-1").await.unwrap(), None);
    });
}

#[test]
fn a_transaction_of_which_a_write_failed_keeps_nothing_even_if_its_caller_goes_on() {
    on_both(|server| async move {
        let (city, answer) = answered(&server).await;

        let mut tx = city.store.begin_write().await.unwrap();
        tx.remember("layla", "r-2", &answer, day(1)).await.unwrap();
        let again = tx.remember("layla", "r-1", &answer, day(1)).await;
        let behind = tx.remember("layla", "r-3", &answer, day(1)).await;
        let asked = tx.answered("layla", "r-1").await;
        assert!(again.is_err() || behind.is_err() || asked.is_err());
        let last = tx.remember("layla", "r-4", &answer, day(1)).await;
        assert!(commit(tx, last).await.is_err());
        let mut tx = city.store.begin_write().await.unwrap();
        for request in ["r-2", "r-3", "r-4"] {
            assert_eq!(tx.answered("layla", request).await.unwrap(), None, "{request}");
        }
    });
}

#[test]
fn tokens_are_found_by_the_hash_of_their_secret_and_revoked_at_once() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let token = TokenRow {
            id: "t1".to_owned(),
            secret: [9; 32],
            holder: "layla".to_owned(),
            role: "operator".to_owned(),
            party: Some(Number::new(4).unwrap()),
            methods: vec!["/a/B".to_owned(), "/a/C".to_owned()],
            created: day(1),
            expires: day(2),
            revoked: None,
        };
        let mut tx = city.store.begin_write().await.unwrap();
        tx.put_token(&token).await.unwrap();
        assert_eq!(tx.token_by_secret(&[9; 32]).await.unwrap(), Some(token.clone()));
        assert_eq!(tx.token_by_secret(&[8; 32]).await.unwrap(), None);
        assert!(tx.revoke_token("t1", day(1)).await.unwrap());
        assert!(!tx.revoke_token("t1", day(2)).await.unwrap());
        assert_eq!(tx.tokens().await.unwrap(), [TokenRow { revoked: Some(day(1)), ..token }]);
        assert_eq!(tx.purge_tokens(day(3)).await.unwrap(), 1);
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_token_that_was_asked_for_before_is_known_to_be_revoked_with_the_commit() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let revoked = async || city.store.token_by_secret(&[9; 32]).await.unwrap().map(|token| token.revoked);
        assert_eq!(revoked().await, None);
        let token = TokenRow {
            id: "t1".to_owned(),
            secret: [9; 32],
            holder: "layla".to_owned(),
            role: "operator".to_owned(),
            party: None,
            methods: Vec::new(),
            created: day(1),
            expires: day(2),
            revoked: None,
        };
        let mut tx = city.store.begin_write().await.unwrap();
        tx.put_token(&token).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(revoked().await, Some(None));
        let mut tx = city.store.begin_write().await.unwrap();
        tx.revoke_token("t1", day(1)).await.unwrap();
        assert_eq!(revoked().await, Some(None), "nothing is committed yet");
        tx.commit().await.unwrap();
        assert_eq!(revoked().await, Some(Some(day(1))));
    });
}

#[test]
fn the_audit_log_numbers_its_lines_and_is_read_newest_first() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let mut tx = city.store.begin_write().await.unwrap();
        for (place, holder) in ["layla", "omid", "layla"].into_iter().enumerate() {
            let call = NewAudit {
                time: now(),
                holder: holder.to_owned(),
                role: "operator".to_owned(),
                address: "127.0.0.1".to_owned(),
                method: format!("call {place}"),
                resources: vec!["nodes/isfahan/needs/1".to_owned()],
                result: "OK".to_owned(),
            };
            tx.audit(&call).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut view = city.store.view().await.unwrap();
        let all = view.audited(None, None, 10).await.unwrap();
        assert_eq!(all.iter().map(|line| line.sequence).collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!(all[0].call.resources, ["nodes/isfahan/needs/1"]);
        let older = view.audited(Some(3), Some("layla"), 10).await.unwrap();
        assert_eq!(older, all[2..]);
    });
}

#[test]
fn peers_keep_their_cursors_and_their_pin_apart() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let peer = "quanzhou".parse().unwrap();
        let mut tx = city.store.begin_write().await.unwrap();
        let (session, instance) = (Nonce([7; 16]), Some(Nonce([8; 16])));
        let cursors = Cursors { session, read: 1, instance, said: u64::MAX, roster: 3, mends: 4 };
        let before = Cursors { session: Nonce([6; 16]), instance: None, ..cursors };
        tx.save_cursors(&peer, &before).await.unwrap();
        assert_eq!(tx.peer(&peer).await.unwrap().unwrap().cursors.unwrap().instance, None);
        tx.save_cursors(&peer, &cursors).await.unwrap();
        tx.pin_peer(&peer, true, Some("quanzhou.example:7443")).await.unwrap();
        tx.commit().await.unwrap();
        let mut view = city.store.view().await.unwrap();
        let stored = view.peer(&peer).await.unwrap().unwrap();
        assert_eq!(stored.cursors, Some(Cursors { said: i64::MAX.unsigned_abs(), ..cursors }));
        assert_eq!((stored.pinned, stored.address.as_deref()), (true, Some("quanzhou.example:7443")));
        assert_eq!(view.peers().await.unwrap(), [stored]);
    });
}

#[test]
fn starts_are_kept_once_in_their_order_and_the_oldest_is_forgotten_after_a_thousand() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let nonce = |start: u16| Nonce(std::array::from_fn(|at| start.to_be_bytes()[at % 2]));
        let mut tx = city.store.begin_write().await.unwrap();
        for start in 1..=1_001 {
            tx.begin_instance(nonce(start)).await.unwrap();
        }
        tx.begin_instance(nonce(900)).await.unwrap();
        tx.commit().await.unwrap();
        let mut view = city.store.view().await.unwrap();
        let began = view.change_no().await.unwrap();
        let stored = view.instances().await.unwrap();
        let expected: Vec<Instance> =
            (2..=1_001).map(|start| Instance { nonce: nonce(start), began }).collect();
        assert_eq!(stored, expected);
    });
}

#[test]
fn an_invitation_changes_its_state_and_not_what_it_is_bound_to() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let issued = InvitationRow {
            code_id: CodeId([1; 8]),
            secret: Secret([2; 16]),
            handle: "recife".parse().unwrap(),
            name: "Recife".to_owned(),
            trust_code: false,
            expires: day(9),
            failures: 0,
            state: "open".to_owned(),
            node: None,
            newcomer: None,
        };
        let proven = InvitationRow {
            handle: "other".parse().unwrap(),
            failures: 2,
            state: "redeemed".to_owned(),
            node: Some(NodeId([3; 32])),
            newcomer: Some(vec![4]),
            ..issued.clone()
        };
        let mut tx = city.store.begin_write().await.unwrap();
        tx.put_invitation(&issued).await.unwrap();
        tx.put_invitation(&proven).await.unwrap();
        tx.commit().await.unwrap();
        let mut view = city.store.view().await.unwrap();
        let stored = view.invitation(&issued.code_id).await.unwrap().unwrap();
        assert_eq!((stored.handle, stored.failures, stored.state.as_str()), (issued.handle, 2, "redeemed"));
        assert_eq!((stored.node, stored.newcomer), (proven.node, proven.newcomer));
        assert_eq!(view.invitations().await.unwrap().len(), 1);
        assert!(view.invitation(&CodeId([9; 8])).await.unwrap().is_none());
    });
}

#[test]
fn the_roster_is_kept_as_signed_and_its_members_are_found_both_ways() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let mut tx = city.store.begin_write().await.unwrap();
        assert!(matches!(tx.put_roster(&roster()).await, Err(StoreError::Conflict(_))));
        drop(tx);
        let mut view = city.store.view().await.unwrap();
        let versions = view.rosters_since(0).await.unwrap();
        assert_eq!(versions.len(), 1);
        assert_eq!(versions[0].to_note(), roster().to_note());
        assert!(view.rosters_since(1).await.unwrap().is_empty());
        let member = view.member(&city.handle).await.unwrap().unwrap();
        assert!(member.steward && member.present && member.node == city.node);
        assert_eq!(view.member_by_node(city.node).await.unwrap(), Some(member));
        let page = view.members(Some(&city.handle), 1).await.unwrap();
        assert_eq!(page[0].handle.to_string(), "quanzhou");
    });
}
