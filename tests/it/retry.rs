//! Writes that are sent again: a request id gets the answer that it got, and belongs to one request.

use quince_tests::acts;
use quince_tests::books::Books;
use quince_tests::city::City;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::OFFICE;

#[tokio::test]
async fn a_request_sent_again_gets_the_same_need_even_after_a_change_and_a_kill() {
    let mut office = City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668");
    let desk = office.start().await;
    let first = acts::ask(&desk, 500, "monday-1").await.unwrap();
    let corrected = acts::retitle(&desk, &first, "masks wanted, corrected", "monday-2").await.unwrap();
    assert_ne!(corrected.etag, first.etag);

    office.kill();
    let desk = office.start().await;
    let again = acts::ask(&desk, 500, "monday-1").await.unwrap();
    assert_eq!((&again.name, &again.etag, &again.record), (&first.name, &first.etag, &first.record));
    let again = acts::retitle(&desk, &first, "masks wanted, corrected", "monday-2").await.unwrap();
    assert_eq!((&again.etag, &again.record), (&corrected.etag, &corrected.record));
    assert_eq!(Books::of(&desk).await.unwrap().needs.len(), 1);
}

#[tokio::test]
async fn a_request_id_is_not_good_for_another_request() {
    let mut office = City::set_up(OFFICE, "isfahan", "Isfahan,IR,32.654,51.668");
    let desk = office.start().await;
    acts::ask(&desk, 500, "monday-1").await.unwrap();
    let other_amount = acts::ask(&desk, 501, "monday-1").await.unwrap_err();
    let other_method = acts::offer(&desk, 500, "monday-1").await.unwrap_err();
    for refused in [other_amount, other_method] {
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert_eq!(refused.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    }
    let books = Books::of(&desk).await.unwrap();
    assert_eq!((books.needs.len(), books.offers.len()), (1, 0));
}
