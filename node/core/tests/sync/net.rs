//! Cities and the links between them: frames wait until they are delivered, links can be cut, time moves when told to.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use quince_core::feed::{FeedId, Lane};
use quince_core::sync::{Closed, FRAME_LEN_MAX, Frame, Moment, PAYLOAD_LEN_MAX, Role, SessionId};

use crate::city::City;
use crate::federation::first_roster;
use crate::wire::len_max;

/// Frames that a link takes before the sender must wait.
const LINK_FRAMES_MAX: usize = 4;

/// Steps after which a test that should have come to rest has failed.
const STEPS_MAX: usize = 200_000;

/// One end of a link.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) city: usize,
    pub(crate) session: SessionId,
    /// Frames on their way to this end.
    pub(crate) arriving: VecDeque<Frame>,
}

/// A connection: the end that dialled, and the other.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) ends: [End; 2],
}

pub(crate) struct Net {
    pub(crate) now: Moment,
    pub(crate) cities: Vec<City>,
    pub(crate) links: Vec<Link>,
    /// Names and data bytes of all frames delivered, with the city that took them.
    pub(crate) delivered: Vec<(usize, &'static str, u64)>,
    /// Bytes of all of them, at most, by the city that took them.
    bytes: BTreeMap<usize, usize>,
    /// Every Hello is changed on its way: both sides find a peer of these versions.
    pub(crate) versions: Option<Vec<u32>>,
}

impl Net {
    /// Cities of one federation that have met each other.
    pub(crate) fn of<const N: usize>(names: [&str; N]) -> Self {
        let roster = first_roster("Silk Road Relief", &names);
        let mut net = Self::strangers(names.map(|name| City::new(name, roster.clone())).into());
        let met = net.cities.clone();
        for city in &mut net.cities {
            let me = city.node();
            met.iter().filter(|other| other.node() != me).for_each(|other| city.meet(other));
        }
        net
    }

    pub(crate) const fn strangers(cities: Vec<City>) -> Self {
        Self {
            now: Moment(Duration::ZERO),
            cities,
            links: Vec::new(),
            delivered: Vec::new(),
            bytes: BTreeMap::new(),
            versions: None,
        }
    }

    /// The first city dials the second.
    pub(crate) fn connect(&mut self, dialling: usize, dialled: usize) {
        let (now, names) = (self.now, [dialled, dialling].map(|city| self.cities[city].name.clone()));
        let expected = self.cities[dialled].node();
        let end = |city, session| End { city, session, arriving: VecDeque::new() };
        let first = self.cities[dialling].begin(now, Role::Dialled(expected), &names[0]);
        let second = self.cities[dialled].begin(now, Role::Accepted, &names[1]);
        self.links.push(Link { ends: [end(dialling, first), end(dialled, second)] });
    }

    /// The link breaks, and with it every frame on its way.
    pub(crate) fn cut(&mut self, link: usize) {
        for End { city, session, .. } in self.links.remove(link).ends {
            self.cities[city].lose(session);
        }
    }

    /// Moves the next frame of one direction to where it goes. False when there is none.
    pub(crate) fn deliver(&mut self, link: usize, end: usize) -> bool {
        let End { city, session, arriving } = &mut self.links[link].ends[end];
        let Some(mut frame) = arriving.pop_front() else { return false };
        if let Frame::Hello(hello) = &mut frame
            && let Some(versions) = &self.versions
        {
            hello.versions.clone_from(versions);
        }
        *self.bytes.entry(*city).or_default() += len_max(&frame);
        assert!(frame.data_bytes() <= PAYLOAD_LEN_MAX as u64 + 64, "{} is too long", frame.name());
        const { assert!(PAYLOAD_LEN_MAX + 64 < FRAME_LEN_MAX) };
        self.delivered.push((*city, frame.name(), frame.data_bytes()));
        self.cities[*city].hear(self.now, *session, frame);
        true
    }

    /// Puts a frame onto a link, to arrive at one of its ends: what a node of another make might send.
    pub(crate) fn inject(&mut self, link: usize, end: usize, frame: Frame) {
        self.links[link].ends[end].arriving.push_back(frame);
    }

    /// How the session at one end of a link was ended.
    pub(crate) fn closed(&self, link: usize, end: usize) -> Option<&Closed> {
        let End { city, session, .. } = &self.links[link].ends[end];
        self.cities[*city].sessions[session].closed()
    }

    /// Moves frames from the sessions onto the links while there is room. False when there are none.
    pub(crate) fn send(&mut self) -> bool {
        let mut any = false;
        for link in &mut self.links {
            let [a, b] = &mut link.ends;
            let places = [(a.city, a.session), (b.city, b.session)];
            for ((city, session), to) in places.into_iter().zip([&mut b.arriving, &mut a.arriving]) {
                let City { sessions, ctx, .. } = &mut self.cities[city];
                let Some(session) = sessions.get_mut(&session) else { continue };
                while to.len() < LINK_FRAMES_MAX
                    && let Some(frame) = session.poll_frame(ctx, self.now)
                {
                    to.push_back(frame);
                    any = true;
                }
            }
        }
        self.cities.iter_mut().for_each(City::gather);
        any
    }

    /// One round: work, changes, frames. False when nothing happened.
    pub(crate) fn step(&mut self) -> bool {
        let now = self.now;
        let mut any = false;
        for city in &mut self.cities {
            any |= city.work(now);
            any |= city.spread(now);
        }
        any |= self.send();
        for link in 0..self.links.len() {
            any |= self.deliver(link, 0);
            any |= self.deliver(link, 1);
        }
        self.hang_up();
        any
    }

    /// Links whose sessions have both said all they had to say go away.
    fn hang_up(&mut self) {
        let over = |end: &End| {
            let session = self.cities[end.city].sessions.get(&end.session);
            session.is_none_or(|session| session.closed().is_some())
        };
        let quiet = |link: &Link| link.ends.iter().all(|end| end.arriving.is_empty());
        let gone: Vec<usize> = (0..self.links.len())
            .rev()
            .filter(|link| quiet(&self.links[*link]) && self.links[*link].ends.iter().any(over))
            .collect();
        gone.into_iter().for_each(|link| self.cut(link));
    }

    /// Runs until nothing happens any more.
    pub(crate) fn drive(&mut self) {
        assert!(self.drive_bounded(STEPS_MAX), "the cities do not come to rest");
    }

    /// Runs at most this many rounds; true when nothing happens any more.
    pub(crate) fn drive_bounded(&mut self, rounds: usize) -> bool {
        (0..rounds).any(|_| !self.step())
    }

    /// Runs until nothing happens any more, while nothing but one direction of one link delivers.
    pub(crate) fn drive_one_way(&mut self, link: usize, end: usize) {
        let now = self.now;
        let mut any = true;
        while any {
            any = self.send();
            for city in &mut self.cities {
                any |= city.work(now);
                any |= city.spread(now);
            }
            any |= self.deliver(link, end);
        }
    }

    /// One city does what it has to do, and hears and says nothing meanwhile.
    pub(crate) fn finish(&mut self, city: usize) {
        let (now, city) = (self.now, &mut self.cities[city]);
        while city.work(now) || city.spread(now) {}
    }

    /// Lets a long time pass, in steps in which nobody is taken for gone.
    pub(crate) fn skip(&mut self, time: Duration) {
        let until = self.now.plus(time);
        while self.now < until {
            self.pass(Duration::from_secs(10).min(until.since(self.now)));
            while self.step() {}
        }
    }

    /// Time passes, and nothing is delivered meanwhile.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
        let now = self.now;
        self.cities.iter_mut().for_each(|city| city.wake(now));
    }

    /// What was delivered so far does not count any more.
    pub(crate) fn forget(&mut self) {
        self.delivered.clear();
        self.bytes.clear();
    }

    /// Bytes of the frames that a city took, at most.
    pub(crate) fn bytes_to(&self, city: usize) -> usize {
        self.bytes.get(&city).copied().unwrap_or_default()
    }

    /// All cities but one hold the same.
    pub(crate) fn assert_equal_but(&self, absent: usize) {
        for city in self.cities.iter().enumerate().filter(|(place, _)| *place != absent).map(|(_, city)| city)
        {
            city.assert_sound();
            assert_eq!(city.heads(), self.cities[0].heads(), "{} and {}", city.name, self.cities[0].name);
        }
    }

    /// Lets time pass, second by second.
    pub(crate) fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.pass(Duration::from_secs(1));
            self.drive();
        }
    }

    pub(crate) fn feed(&self, city: usize, lane: Lane) -> FeedId {
        self.cities[city].feed(lane)
    }

    /// How many entries of a feed a city can show.
    pub(crate) fn size(&self, city: usize, feed: FeedId) -> u64 {
        self.cities[city].head(feed).map_or(0, |signed| signed.head.size)
    }

    pub(crate) fn assert_equal(&self) {
        for city in &self.cities {
            city.assert_sound();
            assert_eq!(city.heads(), self.cities[0].heads(), "{} and {}", city.name, self.cities[0].name);
        }
    }

    pub(crate) fn count(&self, city: usize, name: &str) -> usize {
        self.delivered.iter().filter(|(to, found, _)| *to == city && *found == name).count()
    }
}
