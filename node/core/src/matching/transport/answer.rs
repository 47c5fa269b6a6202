//! Why nobody carries a leg: of the lanes that begin or end near it, those with the fewest reasons against them.

use crate::matching::reason::{Reason, RuleCode};
use crate::matching::transport::rule::Offered;
use crate::matching::transport::{Desk, Leg, OBSTACLES_MAX, Obstacle};

impl Desk<'_> {
    /// The lanes that came nearest, at least one obstacle.
    pub(super) fn obstacles(&self, leg: &Leg<'_>) -> Vec<Obstacle> {
        let mut nearest: Vec<_> =
            self.routes.touching(leg).into_iter().map(|lane| self.obstacle(leg, lane)).collect();
        // Lanes are listed by id, and the sort is stable, so ids break what ties are left.
        nearest.sort_by_key(|(detour_km, obstacle)| (obstacle.reasons.len(), *detour_km));
        nearest.truncate(OBSTACLES_MAX);
        if nearest.is_empty() {
            let known = leg.from.is_some() && leg.to.is_some();
            let code = if known { RuleCode::LaneNone } else { RuleCode::LegUnknown };
            return vec![Obstacle { transport_line: None, reasons: vec![Reason::new(code)] }];
        }
        nearest.into_iter().map(|(_, obstacle)| obstacle).collect()
    }

    fn obstacle(&self, leg: &Leg<'_>, lane: usize) -> (u32, Obstacle) {
        let stock = &self.stocks[lane];
        let offered = Offered::new(self.home, self.now, leg, stock.lane);
        let mut reasons = offered.blocks();
        if reasons.is_empty() {
            reasons.push(stock.shortage(leg));
        }
        let transport_line = Some(stock.lane.id.clone());
        (offered.way.detour_km(), Obstacle { transport_line, reasons })
    }
}
