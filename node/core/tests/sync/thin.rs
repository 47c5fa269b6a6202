//! Thin links: what is urgent does not wait behind what is not.

use std::collections::VecDeque;
use std::time::Duration;

use quince_core::feed::{FeedId, Lane};
use quince_core::sync::{Frame, Moment};

use crate::net::Net;

const QUANZHOU: usize = 0;
const ISFAHAN: usize = 1;

/// 64 kbit/s.
const BYTES_PER_S: u64 = 8_000;

/// How many entries of a feed Isfahan holds.
fn held(net: &Net, feed: FeedId) -> u64 {
    let log = net.cities[ISFAHAN].ctx.feeds().find(|log| log.feed() == feed);
    log.map_or(0, |log| log.frontier().size())
}

/// What a frame costs on the wire beyond its data: tags, and the records of TLS and HTTP/2.
const FRAME_OVERHEAD: u64 = 100;

const LATENCY: Duration = Duration::from_millis(50);

/// The one link of a net, with all the buffers in between that a real one has, and only so much a second at its end.
#[derive(Default)]
struct Thin {
    clear: [Moment; 2],
    under_way: [VecDeque<(Moment, Frame)>; 2],
}

impl Thin {
    /// Lets time pass until something has come true; answers how long that took.
    fn until(&mut self, net: &mut Net, come: impl Fn(&Net) -> bool) -> Duration {
        let began = net.now;
        while !come(net) {
            self.take(net);
            let Some(at) = self.under_way.iter().filter_map(|way| way.front()).map(|(at, _)| *at).min()
            else {
                panic!("the link is at rest, and what was waited for has not come");
            };
            net.now = net.now.max(at);
            for end in 0..2 {
                while self.under_way[end].front().is_some_and(|(at, _)| *at <= net.now) {
                    let (_, frame) = self.under_way[end].pop_front().expect("looked at");
                    net.inject(0, end, frame);
                    net.deliver(0, end);
                }
            }
        }
        net.now.since(began)
    }

    /// Everything that the cities want to send now goes under way.
    fn take(&mut self, net: &mut Net) {
        loop {
            let now = net.now;
            let mut any = false;
            for city in &mut net.cities {
                any |= city.work(now);
                any |= city.spread(now);
            }
            any |= net.send();
            for end in 0..2 {
                for frame in std::mem::take(&mut net.links[0].ends[end].arriving) {
                    let bytes = frame.data_bytes() + FRAME_OVERHEAD;
                    let clear = self.clear[end].max(now);
                    self.clear[end] = clear.plus(Duration::from_micros(bytes * 1_000_000 / BYTES_PER_S));
                    self.under_way[end].push_back((self.clear[end].plus(LATENCY), frame));
                }
            }
            if !any {
                return;
            }
        }
    }
}

#[test]
fn an_urgent_record_overtakes_all_bulk_on_a_thin_link() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Urgent, 1, 600);
    net.cities[QUANZHOU].write(Lane::Bulk, 20_000, 600);
    let (urgent, bulk) = (net.feed(QUANZHOU, Lane::Urgent), net.feed(QUANZHOU, Lane::Bulk));
    net.connect(ISFAHAN, QUANZHOU);
    let mut link = Thin::default();
    link.until(&mut net, |net| held(net, bulk) >= 10);
    for number in 2..=20 {
        // At any place of the catch-up: with its index under way, at the beginning of a tile or inside one.
        let more = held(&net, bulk) + 37;
        link.until(&mut net, |net| held(net, bulk) >= more);
        net.cities[QUANZHOU].write(Lane::Urgent, 1, 600);
        let took = link.until(&mut net, |net| held(net, urgent) >= number);
        assert!(took < Duration::from_secs(2), "need {number} took {took:?}");
    }
    assert!(held(&net, bulk) < 2_000, "most of the bulk still waits");
}

#[test]
fn an_urgent_record_overtakes_the_index_of_a_long_feed() {
    let mut net = Net::of(["quanzhou", "isfahan"]);
    net.cities[QUANZHOU].write(Lane::Urgent, 1, 600);
    let urgent = net.feed(QUANZHOU, Lane::Urgent);
    net.connect(ISFAHAN, QUANZHOU);
    let mut link = Thin::default();
    link.until(&mut net, |net| held(net, urgent) == 1);
    // 500 tiles: an index of two seconds.
    net.cities[QUANZHOU].write(Lane::Bulk, 500 * 256, 20);
    link.until(&mut net, |net| net.count(ISFAHAN, "tile_index") > 0);
    net.cities[QUANZHOU].write(Lane::Urgent, 1, 600);
    let took = link.until(&mut net, |net| held(net, urgent) == 2);
    assert!(took < Duration::from_secs(2), "it took {took:?}");
}
