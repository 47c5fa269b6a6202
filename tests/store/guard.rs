//! A restored or copied database signs nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use quince_core::feed::{Hash, Head, Lane};
use quince_core::roster::{CodeId, Secret};
use quince_node::store::{InvitationRow, StoreError, backup};

use crate::city::{City, tamper};
use crate::database::on_both;
use quince_tests::samples::{need, now};

async fn assert_silent(city: &City, expected: &str) {
    let refused = city.try_create(need("masks", "mask", 1)).await.unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused}");
    assert!(refused.to_string().contains(expected), "{refused}");
    assert!(city.store.view().await.unwrap().counts().await.is_ok());
}

#[test]
fn a_backup_from_before_the_last_promises_is_noticed_when_it_is_put_back() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let copy = city.path("copy.db");
        if !city.is_sqlite() {
            let refused = backup(&city.config.data_dir, &city.config.database, &copy).await.unwrap_err();
            assert!(refused.to_string().contains("pg_dump"), "{refused}");
            return;
        }
        city.create(need("masks", "mask", 1)).await;
        let report = backup(&city.config.data_dir, &city.config.database, &copy).await.unwrap();
        assert_eq!((report.records, report.entries), (1, 1));
        assert!(backup(&city.config.data_dir, &city.config.database, &copy).await.is_err());
        let nowhere = city.path("nowhere").join("copy.db");
        let refused = backup(&city.config.data_dir, &city.config.database, &nowhere).await.unwrap_err();
        assert!(refused.to_string().contains("nowhere is not a directory"), "{refused}");
        for _ in 0..50 {
            city.create(need("masks", "mask", 1)).await;
        }
        city.store.close().await;
        for file in ["quince.db", "quince.db-wal", "quince.db-shm"] {
            let _ = fs::remove_file(city.path(file));
        }
        fs::copy(&copy, city.path("quince.db")).unwrap();
        let mut city = city;
        city.config.fresh_token = [42; 16];
        let city = city.reopen().await;
        let token =
            city.store.view().await.unwrap().meta(quince_node::store::Meta::StoreToken).await.unwrap();
        assert_eq!(token, Some(vec![42; 16]));
        assert_silent(&city, "the head file knows 51 entries").await;
        let silent = city.store.check().await.unwrap().silent.unwrap();
        assert!(silent.starts_with("the head file knows 51 entries"), "{silent}");
    });
}

#[test]
fn a_backup_is_its_makers_alone_and_opens_no_door() {
    const SECRET: [u8; 16] = *b"planted secret 7";
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        if !city.is_sqlite() {
            return;
        }
        let mut tx = city.store.begin_write().await.unwrap();
        let invitation = InvitationRow {
            code_id: CodeId([1; 8]),
            secret: Secret(SECRET),
            handle: "turin".parse().unwrap(),
            name: "Turin".to_owned(),
            trust_code: true,
            expires: now().plus(std::time::Duration::from_hours(1)),
            failures: 0,
            state: "open".to_owned(),
            node: None,
            newcomer: None,
        };
        tx.put_invitation(&invitation).await.unwrap();
        tx.commit().await.unwrap();
        let copy = city.path("copy.db");
        backup(&city.config.data_dir, &city.config.database, &copy).await.unwrap();
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        let bytes = fs::read(&copy).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET));
        assert!(bytes.windows(7).any(|window| window == b"revoked"));
    });
}

#[test]
fn a_missing_head_file_silences_a_node_that_has_signed_and_no_other() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await.reopen().await;
        assert_eq!(city.store.read_only(), None);
        city.create(need("masks", "mask", 1)).await;
        let city = city.reopen().await;
        assert_eq!(city.store.read_only(), None);
        fs::remove_file(city.path("heads")).unwrap();
        let city = city.reopen().await;
        assert_silent(&city, "head file is missing").await;
    });
}

#[test]
fn a_crash_between_the_first_commit_and_the_head_file_silences_nobody() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await.reopen().await;
        let before = fs::read(city.path("heads")).unwrap();
        city.create(need("masks", "mask", 1)).await;
        fs::write(city.path("heads"), before).unwrap();
        let city = city.reopen().await;
        assert_eq!(city.store.read_only(), None);
        city.create(need("beds", "bed", 1)).await;
    });
}

#[test]
fn a_head_file_behind_the_database_is_no_fault() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        city.create(need("masks", "mask", 1)).await;
        let before = fs::read(city.path("heads")).unwrap();
        city.create(need("beds", "bed", 1)).await;
        let after = fs::read(city.path("heads")).unwrap();
        fs::write(city.path("heads"), before).unwrap();
        let city = city.reopen().await;
        assert_eq!(city.store.read_only(), None);
        assert_eq!(fs::read(city.path("heads")).unwrap(), after, "before any peer sees those heads");
    });
}

#[test]
fn a_peer_that_knows_more_silences_the_node_until_an_operator_decides() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let (_, committed) = city.try_create(need("masks", "mask", 1)).await.unwrap();
        let held = committed.heads[0];
        city.store.check_echo(&[]).await.unwrap();
        city.store.check_echo(&[held]).await.unwrap();
        assert_eq!(city.store.read_only(), None);
        let ahead = Head { size: 9, ..held.head };
        let other = Head { root: Hash([3; 32]), ..held.head };
        let unknown = Head { feed: city.feed(Lane::Bulk), ..held.head };
        let mut city = city;
        for (head, reason) in
            [(ahead, "knows 9 entries"), (other, "another history"), (unknown, "knows 1 entries")]
        {
            let signed = quince_core::feed::SignedHead { head, ..held };
            city.store.check_echo(&[held, signed]).await.unwrap();
            assert_silent(&city, reason).await;
            city = city.reopen().await;
            assert_silent(&city, reason).await;
            city.store.reopen_guard().await.unwrap();
            assert_eq!(city.store.read_only(), None);
        }
        city.create(need("beds", "bed", 1)).await;
    });
}

#[test]
fn a_smaller_head_of_another_history_silences_the_node_and_one_of_its_own_does_not() {
    on_both(|server| async move {
        // Sizes within the first tile, at its end, and behind it.
        for size in [1_u64, 256, 300] {
            let city = City::found(&server, "isfahan", &Arc::default()).await;
            let mut seen = None;
            for number in 1..=301_u64 {
                let (_, committed) = city.try_create(need("masks", "mask", 1)).await.unwrap();
                seen = if number == size { committed.heads.first().copied() } else { seen };
            }
            let seen = seen.unwrap();
            assert_eq!(seen.head.size, size);
            city.store.check_echo(&[seen]).await.unwrap();
            assert_eq!(city.store.read_only(), None, "at {size}");
            let other = Head { root: Hash([3; 32]), ..seen.head };
            let clone = quince_core::feed::SignedHead { head: other, ..seen };
            city.store.check_echo(&[clone]).await.unwrap();
            assert_silent(&city, &format!("another history of this node's urgent lane at size {size}")).await;
        }
    });
}

#[test]
fn a_database_that_lost_entries_of_its_own_says_so_and_not_that_there_is_another_history() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let (_, committed) = city.try_create(need("masks", "mask", 1)).await.unwrap();
        city.create(need("beds", "bed", 1)).await;
        tamper(&city, "DELETE FROM entry WHERE idx = 0").await;
        city.store.check_echo(&[committed.heads[0]]).await.unwrap();
        assert_silent(&city, "lacks entries of this node's urgent lane among the first 1").await;
    });
}
