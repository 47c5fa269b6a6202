//! Entries that verify and cannot be read, or say one thing twice: they are kept, shown and passed by.

use prost::Message as _;
use prost_types::Timestamp;
use quince_core::feed::Lane;
use quince_proto::record::v1 as record;
use quince_proto::sync::v1 as sync;
use quince_tests::acts;
use quince_tests::attacker::{Feed, body};
use quince_tests::city::Desk;
use quince_tests::eventually::eventually;
use quince_tests::paper;
use sync::frame::Frame;

use crate::database::on_both;

use super::stage::{AHRIMAN, Stage, feed_status, push_honest};

/// The first second of the year 12000.
const YEAR_12000: i64 = 316_517_155_200;

/// An entry as its kind, number, revision and body.
type Poison = (&'static str, u16, (u64, u64), Vec<u8>);

fn spoilt(spoil: impl FnOnce(&mut record::Need)) -> Vec<u8> {
    let mut need = body::need(paper::MASKS, 70_000, 1);
    spoil(&mut need);
    need.encode_to_vec()
}

fn line(need: &mut record::Need) -> &mut record::NeedLine {
    &mut need.lines[0]
}

fn quantity(amount: i64) -> Vec<u8> {
    spoilt(|need| line(need).quantity.as_mut().unwrap().amount = amount)
}

fn year_12000() -> Option<Timestamp> {
    Some(Timestamp { seconds: YEAR_12000, nanos: 0 })
}

/// Needs and what is no need, none of which anybody can read.
fn corpus() -> Vec<Poison> {
    let need = |name, body| (name, body::NEED, (7, 1), body);
    vec![
        need("no body", Vec::new()),
        need("noise", vec![0xff; 1_000]),
        need("a length beyond the end", vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        need("U+0000 in a title", spoilt(|need| need.title[0].text = "masks\0wanted".to_owned())),
        need("U+0000 in an item", spoilt(|need| line(need).item = "mask\0".to_owned())),
        need("half a character", vec![0x1a, 0x06, 0x0a, 0x04, 0xff, 0xfe, 0xfd, 0xfc]),
        need("a title of 10,000 characters", spoilt(|need| need.title[0].text = "m".repeat(10_000))),
        need("a quantity of 2^63 - 1", quantity(i64::MAX)),
        need("a quantity of 2^53", quantity(1 << 53)),
        need("a negative quantity", quantity(-1)),
        need("the least quantity", quantity(i64::MIN)),
        need("the year 12000", spoilt(|need| line(need).needed.as_mut().unwrap().latest = year_12000())),
        need(
            "created in the year 12000",
            spoilt(|need| need.common.as_mut().unwrap().created = year_12000()),
        ),
        need("a state of the future", spoilt(|need| need.state = 99)),
        need("a kind of the future", spoilt(|need| line(need).kind = 77)),
        need("a qualifier of the future", spoilt(|need| line(need).quantity.as_mut().unwrap().qualifier = 9)),
        need("tier 0", spoilt(|need| line(need).urgency = 0)),
        need("tier 2^32 - 1", spoilt(|need| line(need).urgency = u32::MAX)),
        need("no lines", spoilt(|need| need.lines.clear())),
        need("one line twice", spoilt(|need| need.lines.push(need.lines[0].clone()))),
        need("10,000 lines", spoilt(|need| need.lines = vec![record::NeedLine::default(); 10_000])),
        need("no common part", spoilt(|need| need.common = None)),
        need("a draft", spoilt(|need| need.state = record::NeedState::Draft.into())),
        ("an unknown kind", 999, (7, 1), quantity(1)),
        ("kind 0", 0, (7, 1), quantity(1)),
        ("an inception elsewhere", 1, (7, 1), quantity(1)),
        ("number 0", body::NEED, (0, 1), quantity(1)),
        ("revision 0", body::NEED, (7, 0), quantity(1)),
        ("too high a revision", body::NEED, (7, (1 << 53) - 1), quantity(1)),
        ("a profile in another lane", body::PROFILE, (1, 2), quantity(1)),
        ("a promise in another lane", body::COMMITMENT, (7, 1), promise()),
        ("another city's code", body::OWN_ITEM, (7, 1), body::own_item("isfahan:hood").encode_to_vec()),
        ("a code of the catalogue", body::OWN_ITEM, (7, 1), body::own_item(paper::MASKS).encode_to_vec()),
    ]
}

fn promise() -> Vec<u8> {
    body::hold(&body::line("isfahan", 2), &body::line(AHRIMAN, 8), 1).encode_to_vec()
}

#[test]
fn what_cannot_be_read_is_kept_and_shown_and_what_follows_it_arrives() {
    on_both(|server| async move {
        let stage = Stage::set_on(&server).await;
        let corpus = corpus();
        let mut feed = stage.ahriman.feed(Lane::Urgent);
        for ((_, kind, place, body), behind) in corpus.iter().zip(1_000..) {
            feed.push(*kind, *place, body.clone());
            push_honest(&mut feed, behind);
        }
        stage.enter().await.bring(&feed).await;

        for ((name, ..), behind) in corpus.iter().zip(1_000..) {
            let need = format!("nodes/{AHRIMAN}/needs/{behind}");
            for desk in [&stage.giver, &stage.taker] {
                eventually(&format!("the need behind {name}"), || acts::need_at(desk, &need)).await;
            }
        }
        for desk in [&stage.giver, &stage.taker] {
            let feed = feed_status(desk, Lane::Urgent).await.unwrap();
            assert_eq!((feed.quarantined, feed.stalled.as_str()), (corpus.len() as u64, ""));
            assert!(acts::need_at(desk, &format!("nodes/{AHRIMAN}/needs/7")).await.is_err());
        }
        stage.assert_unharmed().await;
    });
}

#[tokio::test]
async fn an_entry_beyond_what_a_header_may_say_is_not_taken() {
    let stage = Stage::set().await;
    let mut feed = stage.ahriman.feed(Lane::Normal);
    push_honest(&mut feed, 2);
    let body_of = |len: usize| (len as u32, vec![b'.'; len]);
    let header_with = |at: usize, bytes: &[u8]| {
        let mut header = vec![0; 44];
        header[0] = 1;
        header[3] = 18;
        header[at..at + bytes.len()].copy_from_slice(bytes);
        header
    };
    let (long, body) = body_of(32 * 1024 + 1);
    let cases = [
        ("a body over 32 KiB", header_with(8, &long.to_be_bytes()), body),
        ("a body of 4 GiB", header_with(8, &u32::MAX.to_be_bytes()), Vec::new()),
        ("a number over 2^53", header_with(12, &u64::MAX.to_be_bytes()), Vec::new()),
        ("a format of the future", header_with(0, &[2]), Vec::new()),
        ("a body that is not announced", header_with(0, &[1]), vec![b'.'; 9]),
        ("half a header", vec![1; 20], Vec::new()),
        ("nothing at all", Vec::new(), Vec::new()),
    ];
    for (name, header, body) in cases {
        let mut session = stage.enter().await;
        let handle = session.announce(&feed);
        let from = session.wanted(handle).await;
        let entry = sync::Entry { header: header.into(), body: body.into(), ..Default::default() };
        let batch = sync::Batch { handle, from, entries: vec![entry], head: Some(feed.head()) };
        session.send(Frame::Batch(batch));
        let refused = session.refused(handle).await;
        assert_ne!(refused, sync::RefuseCode::Unspecified, "{name}");
    }
    stage.enter().await.bring(&feed).await;
    stage.assert_behind_arrived(2).await;
    stage.assert_unharmed().await;
}

#[test]
fn two_bodies_of_one_revision_in_two_lanes_give_one_state_in_either_order() {
    on_both(|server| async move {
        let mut stage = Stage::set_on(&server).await;
        let contested = format!("nodes/{AHRIMAN}/needs/5");
        let lane = |lane, amount| -> Feed {
            let mut feed = stage.ahriman.feed(lane);
            feed.push(body::NEED, (5, 1), body::need("ahriman:nothing", amount, 1).encode_to_vec());
            feed
        };
        let (normal, urgent) = (lane(Lane::Normal, 111), lane(Lane::Urgent, 222));

        stage.isfahan.kill();
        let mut session = stage.enter().await;
        session.bring(&normal).await;
        session.bring(&urgent).await;
        let at_quanzhou = acts::need_at(&stage.giver, &contested).await.unwrap();
        drop(session);
        stage.quanzhou.kill();

        stage.taker = stage.isfahan.start().await;
        let mut session = stage.enter_at(&stage.isfahan).await;
        session.bring(&urgent).await;
        session.bring(&normal).await;
        assert_eq!(acts::need_at(&stage.taker, &contested).await.unwrap(), at_quanzhou);

        stage.giver = stage.quanzhou.start().await;
        let mut behind = normal.clone();
        push_honest(&mut behind, 6);
        session.bring(&behind).await;
        stage.assert_behind_arrived(6).await;
        for desk in [&stage.giver, &stage.taker] {
            assert_eq!(acts::need_at(desk, &contested).await.unwrap(), at_quanzhou);
        }
        stage.assert_unharmed().await;
    });
}

#[tokio::test]
async fn a_higher_revision_elsewhere_wins_whichever_lane_comes_first() {
    let stage = Stage::set().await;
    let mut session = stage.enter().await;
    let amount = async |desk: &Desk, number: u64| {
        let need = acts::need_at(desk, &format!("nodes/{AHRIMAN}/needs/{number}")).await.ok()?;
        need.record?.lines[0].quantity.as_ref().map(|quantity| quantity.amount)
    };
    let (mut normal, mut urgent) = (stage.ahriman.feed(Lane::Normal), stage.ahriman.feed(Lane::Urgent));
    for (number, in_normal, in_urgent) in [(10, 1, 2), (11, 2, 1)] {
        normal.push(body::NEED, (number, in_normal), need_of(in_normal));
        urgent.push(body::NEED, (number, in_urgent), need_of(in_urgent));
    }
    session.bring(&normal).await;
    session.bring(&urgent).await;
    push_honest(&mut urgent, 12);
    session.bring(&urgent).await;
    stage.assert_behind_arrived(12).await;
    for desk in [&stage.giver, &stage.taker] {
        assert_eq!((amount(desk, 10).await, amount(desk, 11).await), (Some(2), Some(2)));
    }
    stage.assert_unharmed().await;
}

fn need_of(revision: u64) -> Vec<u8> {
    let amount = i64::try_from(revision).unwrap();
    body::need("ahriman:nothing", amount, 1).encode_to_vec()
}
