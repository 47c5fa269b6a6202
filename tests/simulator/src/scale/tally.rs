//! Counting: what has arrived, after how long and over how many nodes, and who hangs together.

use std::collections::BTreeMap;
use std::time::Duration;

use super::figures::{Figures, Setup};
use super::node::Node;

/// What is counted between two looks.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Between an entry's publication and its storing at a node, in milliseconds.
    delays_ms: Vec<u32>,
    /// Arrivals by the number of nodes on their way.
    hops: BTreeMap<u8, u64>,
    before: Sums,
}

/// Of all nodes that run.
#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    nodes: u64,
    bodies: u64,
    bytes: u64,
    data_bytes: u64,
}

impl Sums {
    fn of(nodes: &[Node]) -> Self {
        nodes.iter().filter(|node| node.is_up).fold(Self::default(), |sums, node| Self {
            nodes: sums.nodes + 1,
            bodies: sums.bodies + node.bodies,
            bytes: sums.bytes + node.bytes,
            data_bytes: sums.data_bytes + node.data_bytes,
        })
    }
}

impl Tally {
    /// Counts from here on.
    pub(super) fn begin(&mut self, nodes: &[Node]) {
        *self = Self { before: Sums::of(nodes), ..Self::default() };
    }

    /// Entries have been stored at a node.
    pub(super) fn arrived(&mut self, now: Duration, published: &[Duration], hops: &[u8]) {
        for (published, hops) in published.iter().zip(hops) {
            let delay = now.saturating_sub(*published).as_millis();
            self.delays_ms.push(u32::try_from(delay).expect("a run is shorter than a month"));
            *self.hops.entry(*hops).or_default() += 1;
        }
    }

    /// What came of so many entries since the beginning.
    pub(super) fn figures(&mut self, nodes: &[Node], level: usize, entries: u64) -> Figures {
        let (before, now) = (self.before, Sums::of(nodes));
        let (shares, nodes) = (entries * (now.nodes - 1), now.nodes);
        let arrivals: u64 = self.hops.values().sum();
        let ways: u64 = self.hops.iter().map(|(hops, count)| u64::from(*hops) * count).sum();
        let per_share = |after: u64, before: u64| (after - before) as f64 / shares as f64;
        self.delays_ms.sort_unstable();
        Figures {
            nodes: usize::try_from(nodes).expect("a number of nodes"),
            level,
            entries,
            bodies: per_share(now.bodies, before.bodies),
            hops_mean: ways as f64 / arrivals.max(1) as f64,
            hops_max: self.hops.last_key_value().map_or(0, |(hops, _)| *hops),
            bytes: per_share(now.bytes, before.bytes),
            data_bytes: per_share(now.data_bytes, before.data_bytes),
            delay_p50: self.delay(50),
            delay_p99: self.delay(99),
            delay_max: self.delay(100),
        }
    }

    /// The delay that so many in a hundred arrivals do not exceed; delays are sorted.
    fn delay(&self, percent: usize) -> Duration {
        let last = self.delays_ms.len().saturating_sub(1);
        let delay = self.delays_ms.get(last * percent / 100).copied().unwrap_or_default();
        Duration::from_millis(u64::from(delay))
    }

    /// What it took that everybody has whom it dials.
    pub(super) fn setup(&self, nodes: &[Node]) -> Setup {
        let sessions = |node: &Node| node.connections.values().filter(|it| it.session.is_open()).count();
        let all: Vec<usize> = nodes.iter().map(sessions).collect();
        let bytes: u64 = nodes.iter().map(|node| node.bytes).sum();
        Setup {
            sessions_mean: all.iter().sum::<usize>() as f64 / all.len() as f64,
            sessions_max: all.iter().copied().max().unwrap_or_default(),
            bytes: bytes as f64 / all.len() as f64,
        }
    }
}

/// The largest number of nodes that still run and are joined by open sessions, whoever hears of the loss of the others when.
pub(super) fn in_one_piece(nodes: &[Node]) -> usize {
    let mut seen: Vec<bool> = nodes.iter().map(|node| !node.is_up).collect();
    let mut largest = 0;
    for start in 0..nodes.len() {
        let (mut piece, mut next) = (0, vec![start]);
        while let Some(node) = next.pop() {
            if !std::mem::replace(&mut seen[node], true) {
                piece += 1;
                let open = nodes[node].connections.values().filter(|it| it.session.is_open());
                next.extend(open.map(|it| it.peer));
            }
        }
        largest = largest.max(piece);
    }
    largest
}
