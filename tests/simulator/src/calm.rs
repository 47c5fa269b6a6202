//! After the storm: faults stop, and within a bounded time everybody holds the same.

use std::fmt::Write as _;
use std::time::Duration;

use quince_core::feed::FeedId;

use super::check::Invariant;
use super::node::Node;
use super::world::World;

/// P5: by when everybody holds the same once faults have stopped.
const LEVEL_MAX: Duration = Duration::from_mins(1);

/// How often is looked.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// What a session may hold, as its text has it: a few frames, and little for each feed.
const SESSION_TEXT_MAX: usize = 256 * 1024;

/// The same, for each feed that the session knows.
const FEED_TEXT_MAX: usize = 4 * 1024;

/// Counts what is written.
struct Length(usize);

impl std::fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

impl World {
    /// Lets the weather clear. The time that passed until everybody held the same.
    pub(super) fn calm(&mut self) -> Duration {
        let begun = self.queue.now();
        self.note(format_args!("the weather clears"));
        self.clear_up();
        loop {
            self.run_until(self.queue.now() + LOOK_PAUSE);
            let took = self.queue.now().saturating_sub(begun);
            let lacking = if self.oracle.fault().is_none() { self.lacking() } else { None };
            match lacking {
                None => {
                    self.look_closely();
                    return took;
                }
                Some(what) if took >= LEVEL_MAX => {
                    self.oracle.fail(Invariant::Liveness, || format!("after {} s, {what}", took.as_secs()));
                    return took;
                }
                Some(_) => {}
            }
        }
    }

    /// Who does not hold or show what an owner has committed, if anybody.
    fn lacking(&self) -> Option<String> {
        for (index, node) in self.nodes.iter().enumerate() {
            let Some(engine) = &node.engine else { return Some(format!("n{index} is down")) };
            let shown: std::collections::BTreeMap<FeedId, u64> =
                engine.ctx.feeds().filter_map(|log| Some((log.feed(), log.head()?.head.size))).collect();
            for (feed, history) in
                self.oracle.feeds().filter(|(feed, _)| !self.oracle.rewritten.contains(&feed.node))
            {
                let (stored, shown) =
                    (node.disk.durable(feed), shown.get(&feed).copied().unwrap_or_default());
                let size = history.len() as u64;
                if (stored, shown) != (size, size) {
                    let owner = self.index[&feed.node];
                    return Some(format!(
                        "n{index} holds {stored} and shows {shown} of {size} entries of n{owner}'s {} lane",
                        feed.lane
                    ));
                }
            }
        }
        None
    }

    /// Everything that costs too much to be looked at after each event.
    fn look_closely(&mut self) {
        for node in &self.nodes {
            self.oracle.contiguous(&node.name, &node.disk);
            self.oracle.same(&node.disk);
            if !self.oracle.restored.contains(&node.id) {
                self.oracle.started(node.id, &node.disk);
            }
        }
        self.look_at_echoes();
        self.look_at_memory();
    }

    /// Whoever has signed two histories knows it by now, if one of its peers holds the other one.
    fn look_at_echoes(&mut self) {
        for owner in self.nodes.iter().filter(|node| self.oracle.restored.contains(&node.id)) {
            let contradicts = |other: &&Node| {
                let copies = other.disk.tables.copies.iter().filter(|(feed, _)| feed.node == owner.id);
                copies.filter_map(|(_, copy)| copy.log.head()).any(|signed| {
                    other.id != owner.id && owner.disk.disagreement("a peer", &signed.head).is_some()
                })
            };
            let connected = owner.engine.iter().flat_map(|engine| engine.ctx.peers());
            let peers: Vec<usize> = connected.filter_map(|peer| self.index.get(&peer).copied()).collect();
            let knows = peers.into_iter().find(|peer| contradicts(&&self.nodes[*peer]));
            if let (Some(peer), None) = (knows, &owner.disk.tables.read_only) {
                let name = &owner.name;
                self.oracle
                    .fail(Invariant::Echo, || format!("{name} signs on, and n{peer} holds another history"));
                return;
            }
        }
    }

    fn look_at_memory(&mut self) {
        for node in &self.nodes {
            for connection in node.engine.iter().flat_map(|engine| engine.connections.values()) {
                let mut length = Length(0);
                write!(length, "{:?}", connection.session).expect("counting cannot fail");
                let feeds = node.disk.tables.copies.len();
                if length.0 > SESSION_TEXT_MAX + feeds * FEED_TEXT_MAX {
                    let name = &node.name;
                    self.oracle
                        .fail(Invariant::Memory, || format!("a session of {name} holds {} bytes", length.0));
                }
            }
        }
    }
}
