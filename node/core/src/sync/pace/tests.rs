//! Roads of all kinds: how long somebody in a hurry waits on them, and how full they are.

use super::*;

/// A link that carries so many bytes a second, and takes so long for a first one and its answer.
struct Road {
    bytes_per_s: u64,
    round_trip: Duration,
    /// When what was sent last has left the link.
    clear: Moment,
    answers: VecDeque<(Moment, u64)>,
}

impl Road {
    const fn new(bytes_per_s: u64, round_trip: Duration) -> Self {
        Self { bytes_per_s, round_trip, clear: Moment(Duration::ZERO), answers: VecDeque::new() }
    }

    fn carry(&mut self, now: Moment, bytes: u64) {
        self.clear = self.clear.max(now).plus(Duration::from_micros(bytes * 1_000_000 / self.bytes_per_s));
    }

    fn ask(&mut self, nonce: u64) {
        self.answers.push_back((self.clear.plus(self.round_trip), nonce));
    }

    /// Sends frames of half a window for as long as the test says. Answers bytes sent, and the longest wait that somebody in a
    /// hurry would have had, both after the first part of that time.
    fn drive(&mut self, pace: &mut Pace, from: Moment, lasts: Duration) -> (u64, Duration) {
        let (mut now, mut sent, mut longest) = (from, 0, Duration::ZERO);
        let settled = from.plus(lasts / 4);
        while now < from.plus(lasts) {
            while let Some(nonce) = pace.probe(now, true) {
                self.clear = self.clear.max(now);
                self.ask(nonce);
            }
            let piece = pace.piece() as u64;
            if pace.admit(piece) {
                self.carry(now, piece);
                if now >= settled {
                    sent += piece;
                    longest = longest.max(self.clear.since(now));
                }
            } else {
                let (at, nonce) = self.answers.pop_front().expect("whoever waits, waits for an answer");
                now = now.max(at);
                pace.hear(nonce, now);
            }
        }
        (sent, longest)
    }
}

const THIN: u64 = 64_000 / 8;
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);
const START: Moment = Moment(Duration::ZERO);

#[test]
fn on_a_thin_link_nobody_waits_longer_than_a_second_and_the_link_stays_full() {
    let (mut pace, mut road) = (Pace::default(), Road::new(THIN, Duration::from_millis(100)));
    let (sent, longest) = road.drive(&mut pace, START, HOUR);
    assert!(longest <= Duration::from_millis(800), "{longest:?}");
    assert!(sent >= THIN * HOUR.as_secs() * 3 / 4 * 95 / 100, "{sent}");
}

#[test]
fn a_fast_link_gets_all_credit_within_a_second_however_long_it_is() {
    for (round_trip, mbit) in [(1, 10_000), (50, 1_000), (150, 1_000), (300, 1_000)] {
        let road = Road::new(mbit * 1_000_000 / 8, Duration::from_millis(round_trip));
        let (mut pace, mut road) = (Pace::default(), road);
        road.drive(&mut pace, START, Duration::from_millis(1_000 + 12 * round_trip));
        assert_eq!(pace.window, CREDIT_BYTES, "{round_trip} ms");
    }
}

#[test]
fn a_link_that_becomes_thin_is_noticed_and_one_that_becomes_fast_again_too() {
    let (mut pace, mut road) = (Pace::default(), Road::new(12_500_000, Duration::from_millis(50)));
    road.drive(&mut pace, START, MINUTE);
    road.bytes_per_s = THIN * 4;
    road.drive(&mut pace, START.plus(MINUTE), HOUR);
    let now = START.plus(MINUTE).plus(HOUR);
    let (_, longest) = road.drive(&mut pace, now.max(road.clear), MINUTE);
    assert!(longest <= Duration::from_millis(500), "{longest:?}");
    road.bytes_per_s = 12_500_000;
    let now = road.clear.max(now.plus(MINUTE));
    let (sent, _) = road.drive(&mut pace, now, MINUTE);
    assert!(sent > 10_000_000 * 45, "{sent}");
}

#[test]
fn an_empty_way_takes_a_frame_of_any_length_and_then_nothing_more() {
    let mut pace = Pace::default();
    assert!(pace.admit(1_000_000) && !pace.admit(1));
    let nonce = pace.probe(START, true).unwrap();
    pace.hear(nonce, START);
    assert!(pace.admit(1));
}

#[test]
fn one_answer_stands_for_those_before_it_and_a_foreign_one_for_nothing() {
    let mut pace = Pace::default();
    let first = pace.probe(START, true).unwrap();
    assert!(pace.admit(4_000));
    let second = pace.probe(START, true).unwrap();
    assert!(pace.admit(4_000) && !pace.admit(4_000));
    pace.hear(second + 7, START);
    assert!(!pace.admit(4_000));
    pace.hear(second, START);
    assert!(pace.admit(4_000));
    pace.hear(first, START);
    assert_eq!(pace.on_its_way(), 8_000);
}

#[test]
fn a_sign_of_life_for_its_own_sake_answers_for_the_data_before_it() {
    let mut pace = Pace::default();
    assert!(pace.admit(WINDOW_FIRST) && !pace.admit(1));
    let hidden = pace.probe(START, true).unwrap();
    let last = pace.ask(START);
    pace.hear(last, START);
    pace.hear(hidden, START);
    assert_eq!(pace.on_its_way(), 0);
    assert!(pace.admit(WINDOW_FIRST));
}

#[test]
fn nothing_is_asked_while_nothing_was_sent() {
    let mut pace = Pace::default();
    assert_eq!(pace.probe(START, false), None);
    let first = pace.probe(START, true).unwrap();
    assert_eq!(pace.probe(START, true), None);
    pace.hear(first, START);
    assert_eq!(pace.probe(START.plus(HOUR), true), None);
}
