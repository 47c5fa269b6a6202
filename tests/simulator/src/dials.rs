//! Whom a node dials, when, and what came of it: the rules of the real driver.

use std::collections::BTreeMap;
use std::time::Duration;

use quince_core::sync::Retry;

use super::link::LinkId;

/// Everybody to be reached.
#[derive(Debug, Default)]
pub(super) struct Dials(BTreeMap<usize, Dial>);

#[derive(Debug, Default)]
struct Dial {
    retry: Retry,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Due(Duration),
    Trying,
    Running(LinkId),
}

impl Default for Stage {
    fn default() -> Self {
        Self::Due(Duration::ZERO)
    }
}

impl Dials {
    pub(super) fn aim(&mut self, targets: impl IntoIterator<Item = usize>) {
        self.0 = targets.into_iter().map(|target| (target, Dial::default())).collect();
    }

    /// The same, but whoever stays goes on as it is.
    pub(super) fn follow(&mut self, targets: impl IntoIterator<Item = usize>) {
        let mut before = std::mem::take(&mut self.0);
        let kept = |target| (target, before.remove(&target).unwrap_or_default());
        self.0 = targets.into_iter().map(kept).collect();
    }

    pub(super) fn targets(&self) -> Vec<usize> {
        self.0.keys().copied().collect()
    }

    /// Those whose time has come and who are not connected. They count as being tried from here on.
    pub(super) fn due(&mut self, now: Duration, connected: impl Fn(usize) -> bool) -> Vec<usize> {
        let ready = |(target, dial): &(&usize, &mut Dial)| {
            matches!(dial.stage, Stage::Due(at) if at <= now) && !connected(**target)
        };
        let begin = |(target, dial): (&usize, &mut Dial)| {
            dial.stage = Stage::Trying;
            *target
        };
        self.0.iter_mut().filter(ready).map(begin).collect()
    }

    /// When the next is due, of those that are not connected.
    pub(super) fn next(&self, connected: impl Fn(usize) -> bool) -> Option<Duration> {
        let due = |(target, dial): (&usize, &Dial)| match dial.stage {
            Stage::Due(at) if !connected(*target) => Some(at),
            _ => None,
        };
        self.0.iter().filter_map(due).min()
    }

    pub(super) fn running(&mut self, target: usize, link: LinkId) {
        if let Some(dial) = self.0.get_mut(&target) {
            dial.stage = Stage::Running(link);
        }
    }

    pub(super) fn failed(&mut self, target: usize, now: Duration, dice: u64) {
        if let Some(dial) = self.0.get_mut(&target) {
            dial.stage = Stage::Due(now + dial.retry.pause(dice));
        }
    }

    /// A session with the target is over, whoever dialled. `opened` tells that feeds flowed in it.
    pub(super) fn ended(&mut self, target: usize, link: LinkId, opened: bool, now: Duration, dice: u64) {
        let Some(dial) = self.0.get_mut(&target) else { return };
        if opened {
            dial.retry.reset();
        }
        if dial.stage != Stage::Trying && !matches!(dial.stage, Stage::Running(other) if other != link) {
            dial.stage = Stage::Due(now + dial.retry.pause(dice));
        }
    }
}
