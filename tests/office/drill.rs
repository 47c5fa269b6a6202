//! Playing with an office: never with one that has real records.

use std::sync::Arc;

use quince_core::domain::Instant;
use quince_node::clock::Clock;
use quince_node::office::{BusinessTime, ErrorKind, Office, Settings};

use crate::city::City;
use crate::database::on_both;
use crate::desk::{Desk, first_line, write_once};
use quince_tests::samples;

fn playing() -> Settings {
    Settings { time: BusinessTime::Drill, ..Settings::default() }
}

#[test]
fn an_office_with_a_real_record_refuses_to_play_and_names_it() {
    on_both(|server| async move {
        let desk = Desk::one(&server).await;
        let need = desk.need(500).await;
        let played = Desk::with(desk.city, playing()).await;
        let refused = played.office.check_drill().await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::State);
        assert!(refused.to_string().contains(&need.to_string()), "{refused}");
    });
}

#[test]
fn an_office_whose_records_are_exercises_plays_again() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let desk = Desk::with(city, playing()).await;
        desk.office.check_drill().await.unwrap();
        desk.need(500).await;
        desk.office.check_drill().await.unwrap();
    });
}

#[test]
fn what_is_real_gets_no_answer_from_an_office_that_plays() {
    on_both(|server| async move {
        let codec = Arc::default();
        let isfahan = Desk::open(&server, "isfahan", &codec).await;
        let quanzhou = Desk::with(City::found(&server, "quanzhou", &codec).await, playing()).await;
        let (need, offer) = (isfahan.need(100).await, quanzhou.offer(100).await);
        // Its owner's gate would refuse to mix the two.
        isfahan.city.create(samples::requisition(first_line(&need), first_line(&offer), 60)).await;
        quanzhou.hear(&isfahan).await;
        assert!(quanzhou.commitments().await.is_empty());
        quanzhou.office.check_drill().await.unwrap();
    });
}

#[test]
fn a_retry_is_known_again_although_the_business_clock_was_set_by_years() {
    on_both(|server| async move {
        let city = City::found(&server, "isfahan", &Arc::default()).await;
        let clock = Clock::system();
        let office = Office::open(city.store.clone(), clock.clone(), playing()).await.unwrap();
        let desk = Desk { city, office, clock };
        let once = write_once("r-1", 1);
        desk.clock.set(Instant::from_micros(1_581_000_000_000_000).unwrap());
        let first = desk.try_need(&once, 100).await.unwrap();
        desk.clock.set(desk.clock.real_now());
        assert_eq!(desk.office.forget().await.unwrap(), 0, "as when the office is started again");
        assert_eq!(desk.try_need(&once, 100).await.unwrap().snapshot.id, first.snapshot.id);
    });
}
