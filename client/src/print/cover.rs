//! Bars of how far the lines of a need are covered: received, promised, suggested, open.

use quince_proto::api::v1::{Coverage, Match, Need};
use quince_proto::record::v1::{NeedLine, Qualifier};

use crate::name::short;
use crate::print::clean::clean;

/// What the signs of a bar mean.
pub(crate) const LEGEND: &str = "# received, = promised and still to come, - only suggested, . open";

/// Characters of a bar between its brackets.
const BAR_CHARS: usize = 20;

/// The signs of the parts, in their order.
const SIGNS: [&str; 4] = ["#", "=", "-", "."];

/// How far one line of a need is covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    /// Its short name.
    pub(crate) line: String,
    /// What is needed; `None` where that is not known.
    pub(crate) whole: Option<i64>,
    /// What came in good order.
    pub(crate) received: i64,
    /// What is promised and still to come.
    pub(crate) promised: i64,
    /// What suggestions could give.
    pub(crate) suggested: i64,
    /// What is asked for and not yet answered; a part of what is open.
    pub(crate) requested: i64,
}

impl Cover {
    /// Each line of a need under these suggestions, of which those of other needs are skipped.
    pub(crate) fn of_need(need: &Need, matches: &[Match]) -> Vec<Self> {
        let record = need.record.clone().unwrap_or_default();
        record.lines.iter().map(|line| Self::of_line(need, line, matches)).collect()
    }

    /// One line of a need under these suggestions, of which those of other lines are skipped.
    pub(crate) fn of_line(need: &Need, line: &NeedLine, matches: &[Match]) -> Self {
        let name = format!("{}/lines/{}", need.name, line.line);
        let coverage = need.coverage.iter().find(|one| one.line == line.line).copied().unwrap_or_default();
        let whole = line.quantity.as_ref().filter(|quantity| quantity.qualifier() != Qualifier::Unknown);
        let suggestions = matches.iter().filter(|one| one.need_line == name).map(|one| one.amount);
        Self {
            line: short(&name),
            whole: whole.map(|quantity| quantity.amount.max(0)),
            received: sum([coverage.good, coverage.surplus]),
            promised: to_come(&coverage),
            suggested: sum(suggestions),
            requested: coverage.requested.max(0),
        }
    }

    /// What nothing covers, not even a suggestion; `None` where it is not known how much is needed.
    pub(crate) fn open(&self) -> Option<i64> {
        let covered = sum([self.received, self.promised, self.suggested]);
        self.whole.map(|whole| whole.saturating_sub(covered).max(0))
    }

    /// `[####=====---......]`; nothing where it is not known how much is needed.
    fn bar(&self) -> Option<String> {
        let parts = [self.received, self.promised, self.suggested, self.open()?];
        let drawn = SIGNS.iter().zip(cells(parts)).map(|(sign, count)| sign.repeat(count));
        Some(format!("[{}]", drawn.collect::<String>()))
    }

    fn words(&self) -> String {
        let [received, promised, suggested] = [self.received, self.promised, self.suggested].map(grouped);
        let (Some(whole), Some(open)) = (self.whole, self.open()) else {
            return format!(
                "{received} of an unknown quantity received, {promised} promised, {suggested} suggested"
            );
        };
        let asked = match self.requested.min(open) {
            0 => String::new(),
            asked => format!(", of which {} asked for", grouped(asked)),
        };
        let [whole, open] = [whole, open].map(grouped);
        format!(
            "{received} of {whole} received, {promised} promised, {suggested} suggested, {open} open{asked}"
        )
    }
}

/// A line for each: its name, its bar, and the same in words.
pub(crate) fn bars(covers: &[Cover]) -> String {
    let width = covers.iter().map(|cover| cover.line.len()).max().unwrap_or_default();
    let blank = " ".repeat(BAR_CHARS + 2);
    let drawn = covers.iter().map(|cover| {
        let bar = cover.bar().unwrap_or_else(|| blank.clone());
        format!("{:width$}  {bar}  {}\n", clean(&cover.line), cover.words())
    });
    drawn.collect()
}

/// `2,000`.
pub(crate) fn grouped(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut grouped = String::from(if amount < 0 { "-" } else { "" });
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// What is promised, less what came and what was lost, damaged, missing or refused and so is lacking again.
fn to_come(coverage: &Coverage) -> i64 {
    let Coverage { good, damaged, missing, refused, lost, .. } = *coverage;
    coverage.committed.saturating_sub(sum([good, damaged, missing, refused, lost])).max(0)
}

/// How many characters each part gets: in proportion, together exactly a bar, and each that is not nothing at least one,
/// so that a bar without dots has nothing open.
fn cells(parts: [i64; 4]) -> [usize; 4] {
    let bar = BAR_CHARS as i128;
    let whole: i128 = parts.iter().copied().map(i128::from).sum();
    if whole <= 0 {
        return [0, 0, 0, BAR_CHARS];
    }
    let exact = parts.map(|part| i128::from(part) * bar);
    let mut cells = exact.map(|share| if share == 0 { 0 } else { (share / whole).max(1) });
    // How much less than its share a part has, which is negative where it was given a whole character for a sliver.
    let lacks = |cells: &[i128; 4], index: usize| exact[index] - cells[index] * whole;
    while cells.iter().sum::<i128>() != bar {
        let missing = cells.iter().sum::<i128>() < bar;
        let open = (0..4).filter(|index| if missing { exact[*index] > 0 } else { cells[*index] > 1 });
        let order = |index: &usize| if missing { -lacks(&cells, *index) } else { lacks(&cells, *index) };
        let Some(next) = open.min_by_key(order) else { break };
        cells[next] += if missing { 1 } else { -1 };
    }
    cells.map(|count| usize::try_from(count).unwrap_or_default())
}

/// Amounts of others: none is below nothing, and their sum stays a number.
pub(crate) fn sum(amounts: impl IntoIterator<Item = i64>) -> i64 {
    amounts.into_iter().fold(0, |sum: i64, amount| sum.saturating_add(amount.max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(line: &str, whole: Option<i64>, [received, promised, suggested]: [i64; 3]) -> Cover {
        Cover { line: line.to_owned(), whole, received, promised, suggested, requested: 0 }
    }

    #[test]
    fn bars_are_in_proportion_and_each_part_that_is_not_nothing_is_seen() {
        let table = [
            cover("isfahan/17.1", Some(2_000), [500, 700, 300]),
            cover("isfahan/17.2", Some(2_000), [0, 0, 0]),
            cover("isfahan/17.3", Some(2_000), [2_000, 0, 0]),
            cover("isfahan/17.4", Some(80_000), [1, 1, 1]),
            cover("isfahan/17.5", Some(80_000), [79_999, 0, 0]),
            cover("isfahan/17.6", Some(80_000), [1, 79_997, 1]),
            cover("isfahan/17.7", Some(3), [1, 1, 1]),
            cover("isfahan/17.8", Some(100), [150, 50, 0]),
            cover("isfahan/17.9", None, [7, 0, 1_234]),
            cover("isfahan/17.10", Some(0), [0, 0, 0]),
            cover("isfahan/17.11", Some(i64::MAX), [i64::MAX - 1, 0, 0]),
            Cover { requested: 40, ..cover("isfahan/17.12", Some(100), [0, 50, 0]) },
        ];
        let expected = "\
isfahan/17.1   [#####=======---.....]  500 of 2,000 received, 700 promised, 300 suggested, 500 open
isfahan/17.2   [....................]  0 of 2,000 received, 0 promised, 0 suggested, 2,000 open
isfahan/17.3   [####################]  2,000 of 2,000 received, 0 promised, 0 suggested, 0 open
isfahan/17.4   [#=-.................]  1 of 80,000 received, 1 promised, 1 suggested, 79,997 open
isfahan/17.5   [###################.]  79,999 of 80,000 received, 0 promised, 0 suggested, 1 open
isfahan/17.6   [#=================-.]  1 of 80,000 received, 79,997 promised, 1 suggested, 1 open
isfahan/17.7   [#######=======------]  1 of 3 received, 1 promised, 1 suggested, 0 open
isfahan/17.8   [###############=====]  150 of 100 received, 50 promised, 0 suggested, 0 open
isfahan/17.9                           7 of an unknown quantity received, 0 promised, 1,234 suggested
isfahan/17.10  [....................]  0 of 0 received, 0 promised, 0 suggested, 0 open
isfahan/17.11  [###################.]  9,223,372,036,854,775,806 of 9,223,372,036,854,775,807 received, 0 promised, 0 suggested, 1 open
isfahan/17.12  [==========..........]  0 of 100 received, 50 promised, 0 suggested, 50 open, of which 40 asked for
";
        assert_eq!(bars(&table), expected);
    }

    #[test]
    fn what_was_lost_on_the_way_is_no_longer_to_come() {
        let coverage =
            Coverage { committed: 100, good: 30, damaged: 5, missing: 4, lost: 21, ..Coverage::default() };
        assert_eq!(to_come(&coverage), 40);
        assert_eq!(to_come(&Coverage { committed: 10, good: 30, ..Coverage::default() }), 0);
    }
}
