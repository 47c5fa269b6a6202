//! Comparison: what it means that two nodes say this and that of their plans. Only what both computed by one rule, from one
//! catalogue, for one epoch and from equal inputs must be equal; if that differs, it is an alarm.

use crate::domain::time::Instant;
use crate::matching::digest::Digest;
use crate::matching::plan::Plan;

/// What a node says of its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// By which rule it was computed.
    pub rule_version: String,
    /// By which catalogue.
    pub catalogue_version: String,
    /// What counted as now.
    pub epoch: Instant,
    /// Of the shared lines, the partnerships and all the above.
    pub input_digest: Digest,
    /// Of the shared suggestions.
    pub plan_digest: Digest,
}

/// What two plans are to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// The nodes have the same plan.
    SamePlan,
    /// They plan by different rules or catalogues, and nothing else can be compared.
    OtherRules {
        /// What differs, as one node has it and as the other has it.
        versions: [String; 2],
        /// Which of the two is to be upgraded, if the versions tell.
        behind: Option<Side>,
    },
    /// The plans are of different times, and are to be fetched again, both at once.
    OtherEpoch,
    /// One of them has not heard everything yet. That is normal, and passes.
    OtherInputs,
    /// The same rules made different plans from the same inputs. That is a fault, and must be reported.
    OtherPlan,
}

/// One of two nodes that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The node that compares.
    This,
    /// The node it is compared with.
    Other,
}

impl Plan {
    /// What this node says of its plan.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin {
            rule_version: self.rule_version.to_owned(),
            catalogue_version: self.catalogue_version.to_owned(),
            epoch: self.epoch.begin(),
            input_digest: self.input_digest,
            plan_digest: self.digest,
        }
    }
}

impl Origin {
    /// What the other node's plan is to this one's.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Comparison {
        let versions =
            [(&self.rule_version, &other.rule_version), (&self.catalogue_version, &other.catalogue_version)];
        if let Some((this, other)) = versions.into_iter().find(|(this, other)| this != other) {
            return Comparison::OtherRules {
                versions: [this.clone(), other.clone()],
                behind: behind(this, other),
            };
        }
        match () {
            () if self.epoch != other.epoch => Comparison::OtherEpoch,
            () if self.input_digest != other.input_digest => Comparison::OtherInputs,
            () if self.plan_digest != other.plan_digest => Comparison::OtherPlan,
            () => Comparison::SamePlan,
        }
    }
}

impl Comparison {
    /// What it means, and what to do, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::SamePlan => "both nodes have the same plan".to_owned(),
            Self::OtherRules { versions: [this, other], behind } => {
                let upgrade = match behind {
                    Some(Side::This) => "upgrade this node",
                    Some(Side::Other) => "upgrade the other node",
                    None => "bring both to the same release",
                };
                format!("the nodes plan by different rules, {this} here and {other} there: {upgrade}")
            }
            Self::OtherEpoch => {
                "the plans are of different times: fetch the other plan again and compare at once".to_owned()
            }
            Self::OtherInputs => {
                "the nodes do not know the same records yet: normal while changes are on their way, compare again".to_owned()
            }
            Self::OtherPlan => {
                "ALARM: the same rules made different plans from the same inputs: report it, with both plans"
                    .to_owned()
            }
        }
    }
}

/// Which of two versions of one thing has the lower number; nothing if they are not of one thing.
fn behind(this: &str, other: &str) -> Option<Side> {
    let parts = |version: &str| {
        let (name, number) = version.rsplit_once('/').unwrap_or(("", version));
        number.parse::<u64>().ok().map(|number| (name.to_owned(), number))
    };
    let ((name, this), (other_name, other)) = (parts(this)?, parts(other)?);
    (name == other_name && this != other).then_some(if this < other { Side::This } else { Side::Other })
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Origin, Side};
    use crate::matching::RULE_VERSION;
    use crate::matching::tests::town::Town;

    const LINES: &str = "need N1 south masks 9 | offer O1 north masks 9";

    fn origin(home: &str, lines: &str) -> Origin {
        let mut town = Town::of(lines);
        town.home = home.parse().unwrap();
        town.plan().origin()
    }

    #[test]
    fn two_nodes_with_the_same_records_have_the_same_plan() {
        let comparison = origin("south", LINES).compare(&origin("north", LINES));
        assert_eq!(comparison, Comparison::SamePlan);
        assert_eq!(comparison.sentence(), "both nodes have the same plan");
    }

    #[test]
    fn the_node_with_the_older_rule_is_to_be_upgraded_whatever_else_differs() {
        let newer = Origin {
            rule_version: "quince.matching/10".to_owned(),
            ..origin("north", "need N1 south masks 1")
        };
        let this = origin("south", LINES);
        let told = |behind, sentence: &str, comparison: Comparison| {
            assert!(matches!(comparison, Comparison::OtherRules { behind: found, .. } if found == behind));
            assert!(comparison.sentence().ends_with(sentence), "{}", comparison.sentence());
        };
        told(Some(Side::This), "upgrade this node", this.compare(&newer));
        told(Some(Side::Other), "upgrade the other node", newer.compare(&this));
        assert!(
            this.compare(&newer)
                .sentence()
                .contains(&format!("{RULE_VERSION} here and quince.matching/10 there"))
        );
        let foreign = Origin { rule_version: "harbor.rules/1".to_owned(), ..this.clone() };
        told(None, "bring both to the same release", this.compare(&foreign));
        let catalogue = Origin { catalogue_version: "0".to_owned(), ..this.clone() };
        told(Some(Side::Other), "upgrade the other node", this.compare(&catalogue));
    }

    #[test]
    fn plans_of_different_times_are_not_compared() {
        let mut town = Town::of(LINES);
        let before = town.plan().origin();
        town.now = "2027-03-01T00:05:00Z".parse().unwrap();
        assert_eq!(before.compare(&town.plan().origin()), Comparison::OtherEpoch);
    }

    #[test]
    fn a_record_that_one_node_has_not_heard_of_is_no_alarm() {
        let more = origin("north", &format!("{LINES} | offer O2 far masks 5"));
        assert_eq!(origin("south", LINES).compare(&more), Comparison::OtherInputs);
    }

    #[test]
    fn different_plans_of_equal_inputs_are_an_alarm() {
        let this = origin("south", LINES);
        let other = Origin { plan_digest: this.input_digest, ..this.clone() };
        assert_eq!(this.compare(&other), Comparison::OtherPlan);
        assert!(this.compare(&other).sentence().starts_with("ALARM: "));
    }
}
