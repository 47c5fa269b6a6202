//! Why nobody carries a leg: of the lanes that begin or end near it, those with the fewest reasons against them.

use crate::matching::reason::{Reason, RuleCode};
use crate::matching::transport::rule::Offered;
use crate::matching::transport::{Desk, Leg, Looks, OBSTACLES_MAX, Obstacle};

impl<'a> Desk<'a> {
    /// The lanes that came nearest, at least one obstacle; `None` if they are more than can be looked at.
    pub(super) fn obstacles(&mut self, leg: &Leg<'a>, looks: &mut Looks) -> Option<Vec<Obstacle>> {
        if looks.is_spent() || !looks.spend(self.stocks.len() * self.routes.unmeasured(leg)) {
            return None;
        }
        self.routes.measure(leg, &self.stocks);
        let touching = self.routes.touching(leg);
        if touching.is_empty() {
            let known = leg.from.is_some() && leg.to.is_some();
            let code = if known { RuleCode::LaneNone } else { RuleCode::LegUnknown };
            return Some(vec![Obstacle { transport_line: None, reasons: vec![Reason::new(code)] }]);
        }
        if !looks.spend(touching.len()) {
            return None;
        }
        let nearness = |lane: usize| {
            let offered = self.offered(leg, lane);
            // Where no rule is in the way, a lack of room is.
            (offered.broken().max(1), offered.way.detour_km(), lane)
        };
        // Lanes are listed by id, so ids break what ties are left.
        let mut nearest: Vec<_> = touching.into_iter().map(nearness).collect();
        nearest.sort_unstable();
        nearest.truncate(OBSTACLES_MAX);
        Some(nearest.into_iter().map(|(_, _, lane)| self.obstacle(leg, lane)).collect())
    }

    fn obstacle(&self, leg: &Leg<'a>, lane: usize) -> Obstacle {
        let mut reasons = self.offered(leg, lane).blocks();
        if reasons.is_empty() {
            reasons.push(self.stocks[lane].shortage(leg));
        }
        Obstacle { transport_line: Some(self.stocks[lane].lane.id.clone()), reasons }
    }

    fn offered<'b>(&'b self, leg: &'b Leg<'a>, lane: usize) -> Offered<'b> {
        Offered::new(self.home, self.now, leg, self.stocks[lane].lane)
    }
}
