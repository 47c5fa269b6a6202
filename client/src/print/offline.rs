//! What came of an offline file.

use quince_proto::admin::v1::ImportReport;

use crate::print::sheet::facts;
use crate::print::table;
use crate::print::words::or_nothing;
use crate::print::{Shown, View};

impl Shown for ImportReport {
    fn show(&self, _: &View<'_>) -> String {
        let roster = match self.roster_version {
            0 => or_nothing(""),
            version => version.to_string(),
        };
        let mut sheet = facts(&[
            ("written by", or_nothing(&self.writer)),
            ("new entries", self.entries.to_string()),
            ("feeds grown", self.feeds_grown.to_string()),
            ("feeds unchanged", self.feeds_unchanged.to_string()),
            ("feeds refused", self.feeds_refused.to_string()),
            ("new roster", roster),
        ]);
        if !self.refused.is_empty() {
            let rows = self.refused.iter();
            let rows = rows.map(|feed| vec![feed.owner.clone(), feed.lane.clone(), feed.reason.clone()]);
            sheet = sheet + "\n" + &table::plain(&["OWNER", "LANE", "WHY REFUSED"], rows);
        }
        sheet
    }
}
