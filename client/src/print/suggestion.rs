//! Suggestions, why they are made or not, who carries them, and how they change.

use quince_proto::api::v1::{
    Candidate, Carriage, CarriageOutcome, ComparePlanResponse, ExplainMatchResponse, Match, MatchChange,
    MatchChangeType, Obstacle, Plan, Reason, Ride, SimulateMatchResponse,
};

use crate::name::short;
use crate::print::clean::clean;
use crate::print::cover::grouped;
use crate::print::sheet::facts;
use crate::print::table::{self, Row};
use crate::print::words::{NOTHING, instant, or_nothing, yes};
use crate::print::{Shown, View};

/// What a record that does not exist is called.
const SUPPOSED: &str = "supposed";

/// A share that is all of it.
const WHOLE_E4: u32 = 10_000;

impl Row for Match {
    const HEAD: &'static [&'static str] =
        &["RANK", "TIER", "NEED", "OFFER", "ITEM", "AMOUNT", "KM", "MINE", "CARRIAGE", "WHY"];

    fn cells(&self, _: &View<'_>) -> Vec<String> {
        vec![
            self.rank.to_string(),
            self.tier.to_string(),
            short(&self.need_line),
            short(&self.offer_line),
            item(self),
            format!("{} {}", self.amount, self.unit),
            distance(self),
            yes(self.mine),
            carriage(self.carriage.as_ref()),
            or_nothing(&sentences(&self.reasons).join("; ")),
        ]
    }
}

impl Shown for ExplainMatchResponse {
    fn show(&self, _: &View<'_>) -> String {
        let mut sheet = String::new();
        if self.matches.is_empty() {
            sheet += "no suggestion concerns it\n";
        }
        let suggested: Vec<String> = self.matches.iter().map(explained).collect();
        sheet += &suggested.join("\n");
        if !self.blocked.is_empty() {
            sheet += "\nnot suggested:\n";
            sheet += &self.blocked.iter().map(|one| blocked(one, "")).collect::<String>();
        }
        match &self.plan {
            Some(plan) => sheet + "\n" + &plan_words(plan) + "\n",
            None => sheet,
        }
    }
}

impl Shown for SimulateMatchResponse {
    fn show(&self, _: &View<'_>) -> String {
        let mut sheet = match self.changes.as_slice() {
            [] => "no suggestion would change\n".to_owned(),
            changes => {
                let head = ["CHANGE", "NEED", "OFFER", "ITEM", "AMOUNT", "KM", "CARRIAGE"];
                table::plain(&head, changes.iter().map(|change| supposed(&self.name, &change_parts(change))))
            }
        };
        if self.changes_left_out > 0 {
            sheet += &format!("and {} more changes\n", grouped(self.changes_left_out.into()));
        }
        if !self.blocked.is_empty() {
            sheet += "\nwhat stands in the way:\n";
            let told: String = self.blocked.iter().map(|one| blocked(one, "")).collect();
            sheet += &supposed(&self.name, &[told]).concat();
        }
        if self.lines_left_out > 0 {
            sheet += &format!("not looked into: {} more lines\n", self.lines_left_out);
        }
        sheet
    }
}

impl Shown for Plan {
    fn show(&self, _: &View<'_>) -> String {
        facts(&[
            ("epoch", instant(self.epoch.as_ref())),
            ("rules", self.rule_version.clone()),
            ("catalogue", self.catalogue_version.clone()),
            ("input", self.input_digest.clone()),
            ("plan", self.plan_digest.clone()),
            ("computed", instant(self.computed_time.as_ref())),
            ("cut short", self.families_cut_short.join(", ")),
            ("failure", self.failure.clone()),
        ])
    }
}

impl Shown for ComparePlanResponse {
    fn show(&self, view: &View<'_>) -> String {
        let plan = self.plan.as_ref().map(|plan| plan.show(view)).unwrap_or_default();
        format!("{}\n\nthis node:\n{plan}", clean(&self.sentence))
    }
}

/// What the plan was computed from, in one line, and why there is no newer one.
pub(crate) fn plan_words(plan: &Plan) -> String {
    let failure = match plan.failure.as_str() {
        "" => String::new(),
        failure => {
            format!("; computed {}, and no newer one: {failure}", instant(plan.computed_time.as_ref()))
        }
    };
    format!(
        "plan {} from input {}, rules {}, catalogue {}, epoch {}{failure}",
        plan.plan_digest,
        plan.input_digest,
        plan.rule_version,
        plan.catalogue_version,
        instant(plan.epoch.as_ref())
    )
}

/// A line for each change; `None` where there is none.
pub(crate) fn change_lines(changes: &[MatchChange]) -> Option<String> {
    let lines: Vec<String> = changes.iter().map(|change| clean(&change_line(change))).collect();
    Some(lines.join("\n")).filter(|lines| !lines.is_empty())
}

/// `umbrella/7.1 + umbrella/9.1`, or who else sees to it, in a few words.
pub(crate) fn carriage(carriage: Option<&Carriage>) -> String {
    let Some(carriage) = carriage else { return NOTHING.to_owned() };
    match carriage.outcome() {
        CarriageOutcome::Unspecified => NOTHING.to_owned(),
        CarriageOutcome::WithinCity => "within city".to_owned(),
        CarriageOutcome::SupplierBrings => "supplier brings".to_owned(),
        CarriageOutcome::Stranded => "nobody carries it".to_owned(),
        CarriageOutcome::Carried => {
            let mut lines: Vec<String> =
                carriage.rides.iter().map(|ride| short(&ride.transport_line)).collect();
            // Two journeys of one line are one name.
            lines.dedup();
            format!("by {}", lines.join(" + "))
        }
    }
}

/// A candidate that was not suggested: a line that names it, and a line for each reason.
pub(crate) fn blocked(candidate: &Candidate, indent: &str) -> String {
    let (need, offer) = (short(&candidate.need_line), short(&candidate.offer_line));
    let pair = match (need.as_str(), offer.as_str()) {
        (need, "") => format!("need {need}"),
        ("", offer) => format!("offer {offer}"),
        (need, offer) => format!("need {need} <- offer {offer}"),
    };
    paragraph(indent, &pair, &sentences(&candidate.reasons))
}

/// A suggestion: a line that names both sides, a line for each reason, and how it travels.
fn explained(one: &Match) -> String {
    let (need, offer) = (short(&one.need_line), short(&one.offer_line));
    let km = match distance(one).as_str() {
        "unknown" => "distance unknown".to_owned(),
        km => format!("{km} km"),
    };
    let head = format!(
        "need {need} <- offer {offer}: {} {} of {}, tier {}, rank {}, {km}",
        grouped(one.amount),
        one.unit,
        item(one),
        one.tier,
        one.rank
    );
    let told = paragraph("", &head, &sentences(&one.reasons));
    told + &one.carriage.as_ref().map(carried).unwrap_or_default()
}

fn carried(one: &Carriage) -> String {
    let head = format!("carriage: {}", carriage(Some(one)));
    let told = paragraph("  ", &head, &[]);
    told + &obstacles(one, "    ") + &one.rides.iter().map(ridden).collect::<String>()
}

/// What stands in the way of a carriage: each transport line with its reasons, or reasons alone where no line is near.
pub(crate) fn obstacles(one: &Carriage, indent: &str) -> String {
    let told = |obstacle: &Obstacle| match short(&obstacle.transport_line).as_str() {
        "" => {
            let reasons = sentences(&obstacle.reasons);
            reasons.iter().map(|reason| format!("{indent}{}\n", clean(reason))).collect()
        }
        line => paragraph(indent, &format!("transport {line}"), &sentences(&obstacle.reasons)),
    };
    one.obstacles.iter().map(told).collect()
}

fn ridden(ride: &Ride) -> String {
    let share = match ride.share_e4 {
        WHOLE_E4 => "all of it".to_owned(),
        share => format!("{}.{:02} % of it", share / 100, share % 100),
    };
    let units = match ride.units {
        0 => "in room that is left".to_owned(),
        units => format!("on {} more of its units", grouped(units)),
    };
    let head = format!(
        "{}, journey {}: {share} {units}, {} km of detour, there on {} at the earliest",
        short(&ride.transport_line),
        ride.journey,
        ride.detour_km,
        instant(ride.arrival.as_ref())
    );
    paragraph("    ", &head, &sentences(&ride.reasons))
}

/// A line, and below it others that belong to it.
fn paragraph(indent: &str, head: &str, below: &[String]) -> String {
    let below = below.iter().map(|line| format!("{indent}  {}\n", clean(line)));
    format!("{indent}{}\n{}", clean(head), below.collect::<String>())
}

fn change_line(change: &MatchChange) -> String {
    let [sign, need, offer, item, amount, _, carriage] = change_parts(change);
    let sign = sign.chars().next().unwrap_or(' ');
    let line = format!("{sign} {need} <- {offer}  {amount} of {item}");
    match change.r#type() {
        MatchChangeType::Removed if change.reasons.is_empty() => format!("{line}; gone"),
        MatchChangeType::Removed => {
            let why: Vec<&str> = change.reasons.iter().map(words).collect();
            format!("{line}; gone: {}", why.join("; "))
        }
        _ => format!("{line}; carriage: {carriage}"),
    }
}

/// The name that the supposed record has in the answer is nobody's, and must not be taken for one that exists.
fn supposed(name: &str, texts: &[String]) -> Vec<String> {
    let name = short(name);
    let told = |text: &String| if name.is_empty() { text.clone() } else { text.replace(&name, SUPPOSED) };
    texts.iter().map(told).collect()
}

/// Change, need, offer, item, amount, distance, carriage.
fn change_parts(change: &MatchChange) -> [String; 7] {
    let one = change.r#match.clone().unwrap_or_default();
    let (kind, amount) = match change.r#type() {
        MatchChangeType::Unspecified => ("? unknown", grouped(one.amount)),
        MatchChangeType::Added => ("+ added", grouped(one.amount)),
        MatchChangeType::Removed => ("- removed", grouped(one.amount)),
        MatchChangeType::Updated if change.previous_amount == one.amount => {
            ("~ changed", grouped(one.amount))
        }
        MatchChangeType::Updated => {
            ("~ changed", format!("{} -> {}", grouped(change.previous_amount), grouped(one.amount)))
        }
    };
    [
        kind.to_owned(),
        short(&one.need_line),
        short(&one.offer_line),
        item(&one),
        format!("{amount} {}", one.unit),
        distance(&one),
        carriage(one.carriage.as_ref()),
    ]
}

/// A place without coordinates is not near.
fn distance(one: &Match) -> String {
    one.distance_km.map_or_else(|| "unknown".to_owned(), |km| km.to_string())
}

/// What would be sent, and whether that is a drill, or nobody else can know of it.
fn item(one: &Match) -> String {
    let marks = [(one.exercise, " (drill)"), (one.local, " (not public)")];
    let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    format!("{}{marks}", one.item)
}

/// Each reason in words, and whether it blocks.
fn sentences(reasons: &[Reason]) -> Vec<String> {
    let blocks = |reason: &Reason| if reason.blocks { "blocked: " } else { "" };
    reasons.iter().map(|reason| format!("{}{}", blocks(reason), words(reason))).collect()
}

/// The sentence, or the code where a node has no words for it.
fn words(reason: &Reason) -> &str {
    if reason.sentence.is_empty() { &reason.code } else { &reason.sentence }
}
