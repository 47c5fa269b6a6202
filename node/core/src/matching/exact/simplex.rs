//! The network simplex method for circulations: a spanning tree whose arcs may carry any flow, all other arcs empty or full.
//! An arc that would make the circulation cheaper enters the tree and closes a cycle; as much as possible goes round it, and
//! an arc that is then empty or full leaves.
//!
//! Kept strongly feasible: from every node something more could flow up to the root. Among the arcs that stop a cycle the
//! last one leaves, counted from the cycle's top in the direction of its flow (Cunningham 1976), so the method ends. Arcs are
//! looked through in blocks (Kiraly and Kovacs 2012): the best of a block enters, and the search goes on behind it.

use crate::matching::exact::network::Network;

/// A block has an eighth of the square root of the number of arcs, but at least so many. Larger ones were slower: of the square
/// root itself more than twice.
const BLOCK_MIN: usize = 8;

/// No node.
const NONE: u32 = u32::MAX;

/// The flow of each arc of a cheapest circulation.
pub(super) fn solve(network: &Network) -> Vec<i64> {
    let mut simplex = Simplex::new(network);
    while let Some(entering) = simplex.cheaper() {
        simplex.pivot(entering);
    }
    simplex.flow.truncate(network.arcs.len());
    simplex.flow
}

/// What the search for an arc looks at, side by side in memory.
#[derive(Clone, Copy)]
struct Arc {
    cost: i64,
    from: u32,
    to: u32,
}

struct Simplex {
    arcs: Vec<Arc>,
    capacity: Vec<i64>,
    flow: Vec<i64>,
    /// 1 if the arc may only gain flow, -1 if it may only lose some, 0 in the tree.
    side: Vec<i8>,
    /// The tree, from node 0 down.
    parent: Vec<u32>,
    above: Vec<u32>,
    depth: Vec<u32>,
    first_child: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
    potential: Vec<i64>,
    searched: usize,
    block: usize,
}

impl Simplex {
    /// Begins with an arc of its own from each node to the root, which nothing ever flows along.
    fn new(network: &Network) -> Self {
        let (arcs, nodes) = (network.arcs.len(), network.nodes);
        let leaves = 1..u32::try_from(nodes).expect("a view has fewer than 2^32 lines");
        let own = |number: u32| u32::try_from(arcs).expect("fewer than 2^32 pairs") + number - 1;
        let drawn = network.arcs.iter().map(|arc| Arc { cost: arc.cost, from: arc.from, to: arc.to });
        let mut simplex = Self {
            arcs: drawn.chain(leaves.clone().map(|from| Arc { cost: 1, from, to: 0 })).collect(),
            capacity: network
                .arcs
                .iter()
                .map(|arc| arc.capacity)
                .chain(leaves.clone().map(|_| i64::MAX))
                .collect(),
            flow: vec![0; arcs + nodes - 1],
            side: vec![1; arcs],
            parent: vec![0; nodes],
            above: std::iter::once(NONE).chain(leaves.clone().map(own)).collect(),
            depth: std::iter::once(0).chain(leaves.clone().map(|_| 1)).collect(),
            first_child: vec![NONE; nodes],
            next: vec![NONE; nodes],
            previous: vec![NONE; nodes],
            potential: std::iter::once(0).chain(leaves.clone().map(|_| -1)).collect(),
            searched: 0,
            block: BLOCK_MIN.max(arcs.isqrt() / 8),
        };
        simplex.parent[0] = NONE;
        leaves.for_each(|node| simplex.hang(node, 0));
        simplex
    }

    /// The arc that saves most per unit among those of the first block in which one saves anything.
    fn cheaper(&mut self) -> Option<usize> {
        let arcs = self.side.len();
        let (mut arc, mut passed) = (self.searched, 0);
        while passed < arcs {
            let end = (arc + self.block).min(arcs).min(arc + arcs - passed);
            let (mut best, mut saving) = (None, 0);
            for arc in arc..end {
                let gain = self.gain(arc);
                if gain > saving {
                    (best, saving) = (Some(arc), gain);
                }
            }
            passed += end - arc;
            arc = if end == arcs { 0 } else { end };
            if best.is_some() {
                self.searched = arc;
                return best;
            }
        }
        None
    }

    /// What a unit more along an arc saves, or a unit less where it is full; nothing in the tree.
    fn gain(&self, arc: usize) -> i64 {
        let Arc { from, to, cost } = self.arcs[arc];
        let reduced = cost + self.potential[from as usize] - self.potential[to as usize];
        -i64::from(self.side[arc]) * reduced
    }

    /// Brings an arc into the tree, and another out of it.
    fn pivot(&mut self, entering: usize) {
        let gains = self.side[entering] > 0;
        let (tail, head) = (self.arcs[entering].from, self.arcs[entering].to);
        // The cycle goes from `first` along the arc to `second`.
        let (first, second) = if gains { (tail, head) } else { (head, tail) };
        let top = self.join(first, second);
        let room = if gains { self.capacity[entering] - self.flow[entering] } else { self.flow[entering] };
        let (mut most, mut leaving, mut below_first) = (room, None, false);
        let mut node = first;
        while node != top {
            let room = self.room(node, false);
            if room < most {
                (most, leaving, below_first) = (room, Some(node), true);
            }
            node = self.parent[node as usize];
        }
        node = second;
        while node != top {
            let room = self.room(node, true);
            if room <= most {
                (most, leaving, below_first) = (room, Some(node), false);
            }
            node = self.parent[node as usize];
        }
        self.send(entering, first, second, top, most);
        let Some(cut) = leaving else {
            self.side[entering] = -self.side[entering];
            return;
        };
        let out = self.above[cut as usize] as usize;
        if out < self.side.len() {
            self.side[out] = if self.flow[out] == 0 { 1 } else { -1 };
        }
        self.side[entering] = 0;
        let (inner, outer) = if below_first { (first, second) } else { (second, first) };
        self.graft(cut, inner, outer, entering);
    }

    /// The lowest node above both.
    fn join(&self, mut one: u32, mut other: u32) -> u32 {
        while one != other {
            if self.depth[one as usize] >= self.depth[other as usize] {
                one = self.parent[one as usize];
            } else {
                other = self.parent[other as usize];
            }
        }
        one
    }

    /// How much more the arc above a node takes, upward or downward.
    fn room(&self, node: u32, upward: bool) -> i64 {
        let arc = self.above[node as usize] as usize;
        let points_up = self.arcs[arc].from == node;
        if points_up == upward { self.capacity[arc] - self.flow[arc] } else { self.flow[arc] }
    }

    /// Sends so much round the cycle.
    fn send(&mut self, entering: usize, first: u32, second: u32, top: u32, amount: i64) {
        if amount == 0 {
            return;
        }
        self.flow[entering] += if self.side[entering] > 0 { amount } else { -amount };
        for (from, upward) in [(first, false), (second, true)] {
            let mut node = from;
            while node != top {
                let arc = self.above[node as usize] as usize;
                let points_up = self.arcs[arc].from == node;
                self.flow[arc] += if points_up == upward { amount } else { -amount };
                node = self.parent[node as usize];
            }
        }
    }

    /// Cuts the tree above `cut`, and hangs what is below it by `inner` under `outer`, by the entering arc.
    fn graft(&mut self, cut: u32, inner: u32, outer: u32, entering: usize) {
        let (mut node, mut above, mut parent) =
            (inner, u32::try_from(entering).expect("fewer than 2^32 arcs"), outer);
        loop {
            let (old_parent, old_above) = (self.parent[node as usize], self.above[node as usize]);
            self.unhang(node);
            self.hang(node, parent);
            self.above[node as usize] = above;
            if node == cut {
                break;
            }
            (parent, above, node) = (node, old_above, old_parent);
        }
        self.renew(inner);
    }

    /// Depths and potentials of a node and all below it.
    fn renew(&mut self, root: u32) {
        let mut node = root;
        loop {
            let (parent, arc) = (self.parent[node as usize], self.above[node as usize] as usize);
            self.depth[node as usize] = self.depth[parent as usize] + 1;
            let cost = if self.arcs[arc].from == node { -self.arcs[arc].cost } else { self.arcs[arc].cost };
            self.potential[node as usize] = self.potential[parent as usize] + cost;
            if self.first_child[node as usize] != NONE {
                node = self.first_child[node as usize];
                continue;
            }
            while node != root && self.next[node as usize] == NONE {
                node = self.parent[node as usize];
            }
            if node == root {
                return;
            }
            node = self.next[node as usize];
        }
    }

    fn hang(&mut self, node: u32, parent: u32) {
        let first = std::mem::replace(&mut self.first_child[parent as usize], node);
        self.parent[node as usize] = parent;
        self.previous[node as usize] = NONE;
        self.next[node as usize] = first;
        if first != NONE {
            self.previous[first as usize] = node;
        }
    }

    fn unhang(&mut self, node: u32) {
        let (previous, next) = (self.previous[node as usize], self.next[node as usize]);
        if previous == NONE {
            self.first_child[self.parent[node as usize] as usize] = next;
        } else {
            self.next[previous as usize] = next;
        }
        if next != NONE {
            self.previous[next as usize] = previous;
        }
    }
}
