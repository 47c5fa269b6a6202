//! Sentences: what a reason says in words. English is here; another language is another table. Parameters are put in
//! as they are, because they hold only ids, codes, days, numbers and the catalogue's own words.

use crate::matching::reason::{Reason, RuleCode};

/// The English sentence of a reason, without full stop.
#[must_use]
pub fn sentence(reason: &Reason) -> String {
    let mut sentence = english(reason.code).to_owned();
    for (name, value) in &reason.parameters {
        sentence = sentence.replace(&format!("{{{name}}}"), value);
    }
    sentence
}

fn english(code: RuleCode) -> &'static str {
    match code {
        RuleCode::ItemEqual => "it is the item asked for, {asked}",
        RuleCode::ItemOpen => "both leave the grade open ({asked}): agree on one before it is sent",
        RuleCode::NeedOpenEnded => {
            "the need gives no figure; so much is left when all needs with a figure are served"
        }
        RuleCode::ItemReplaces => "{offered} may stand in for {asked}",
        RuleCode::ItemCondition => "check the condition: {condition}",
        RuleCode::ItemLowerAccepted => "{offered} is a lower grade than {asked}, which the need accepts",
        RuleCode::OwnCity => "it is this city's own stock",
        RuleCode::Partners => "the two cities are partners",
        RuleCode::Earmarked => "the offer is meant for {city}",
        RuleCode::Distance => "it has {km} km to go",
        RuleCode::DistanceUnknown => "the distance is not known: one of the places has no coordinates",
        RuleCode::OnTime => "it can arrive on {arrival} and is needed by {due}",
        RuleCode::Arrives => "it can arrive on {arrival}",
        RuleCode::Late => "it can arrive on {arrival}, after {due} when it is needed",
        RuleCode::ShelfLife => "it keeps {days} days after arrival, {needed_days} are needed",
        RuleCode::ShelfLifeUnknown => {
            "{needed_days} days of shelf life are needed, and the offer states no expiry"
        }
        RuleCode::TierLowered => "it counts as tier 2, because its city has too many lines in tier 1",
        RuleCode::Exercise => "one is an exercise and the other is real",
        RuleCode::KindDiffers => "{asked} is needed and {offered} is offered",
        RuleCode::ItemUnspecified => "the grade is left open ({asked}, {offered}): choose one first",
        RuleCode::ItemDiffers => "{offered} may not stand in for {asked}",
        RuleCode::ItemLower => {
            "{offered} is a lower grade than {asked}, and the need does not accept lower grades"
        }
        RuleCode::UnitDiffers => "the need counts in {asked}, the offer in {offered}",
        RuleCode::Audience => "one of the two cities may not see the other's record",
        RuleCode::Earmark => "the offer is earmarked, and not for {city}",
        RuleCode::Excluded => "the offer excludes {city}",
        RuleCode::Terms => "the need does not accept the terms of the offer",
        RuleCode::AttributeMissing => "the offer does not state attribute {position} of the need",
        RuleCode::AttributeBelow => "the offer does not reach attribute {position} of the need",
        RuleCode::AttributeEvidence => {
            "the offer shows too little evidence for attribute {position} of the need"
        }
        RuleCode::WindowClosed => "the last day on which it could leave has passed",
        RuleCode::WindowEarly => "it must leave before the need can receive it",
        RuleCode::WindowLate => "it could not arrive before {arrival}, too long after {due}",
        RuleCode::ShelfLifeShort => "it would keep {days} days after arrival, {needed_days} are needed",
        RuleCode::LotSmall => "the quantity is below the smallest lot of {lot}",
        RuleCode::NeedOnHold => "the need is on hold",
        RuleCode::NeedClosed => "the need is not open",
        RuleCode::NeedTakesOver => "the need takes over another one that has not ended yet",
        RuleCode::OfferTakesOver => "the offer takes over another one that has not ended yet",
        RuleCode::NeedCovered => "the need lacks nothing more",
        RuleCode::NeedOverLimit => {
            "the city of the need has more lines of this family than are planned for one city"
        }
        RuleCode::OfferClosed => "the offer is not open",
        RuleCode::OfferStale => "the offer was not confirmed for 30 days",
        RuleCode::OfferExhausted => "everything offered is held or promised",
        RuleCode::OfferUnquantified => "the offer states no quantity to plan with",
        RuleCode::OfferOverLimit => {
            "the city of the offer has more lines of this family than are planned for one city"
        }
        RuleCode::LineAbsent => "{line} is not open, so it takes no part in matching",
        RuleCode::NoOffers => "nobody offers {asked} or anything like it",
        RuleCode::NoNeeds => "nobody needs {offered} or anything like it",
        RuleCode::NeedServed => "other suggestions already cover the need",
        RuleCode::NeedBestOnly => {
            "the need gives no figure, so only the best of what is left is suggested, and that is another offer"
        }
        of_others => english_of_others(of_others),
    }
}

/// What others take. A table of its own, because the one above is as long as a function may be.
fn english_of_others(code: RuleCode) -> &'static str {
    match code {
        RuleCode::TakenByTier => "{need_line} takes {amount} of it, which is more urgent (tier {tier})",
        RuleCode::TakenByOrder => "{need_line} takes {amount} of it, which comes first in tier {tier}",
        RuleCode::TakenByFigure => "{need_line} takes {amount} of it; needs with a figure come first",
        RuleCode::TakenByShared => "{need_line} takes {amount} of it; what all members see comes first",
        RuleCode::LotLeft => "others leave {left}, below the smallest lot of {lot}",
        RuleCode::Visits => "the plan of this family reached its bound of work before this pair",
        RuleCode::PassedBy => {
            "it would be possible, and a plan made in milliseconds did not find it: ask for it"
        }
        RuleCode::ShownLater => {
            "suggestions of this family stay as they are shown until {until}, then it is looked at"
        }
        of_transport => english_of_transport(of_transport),
    }
}

/// A table of its own, because the one above is as long as a function may be.
fn english_of_transport(code: RuleCode) -> &'static str {
    match code {
        RuleCode::LaneFits => {
            "it leaves {begin_km} km from the goods and ends {end_km} km from where they are needed"
        }
        RuleCode::LaneAnywhere => "it leaves {begin_km} km from the goods and goes anywhere",
        RuleCode::LoadWeightUnknown => "the weight of the goods is not stated",
        RuleCode::LoadVolumeUnknown => "the volume of the goods is not stated",
        RuleCode::RoomWeightUnknown => "the weight that it can carry is not stated",
        RuleCode::RoomVolumeUnknown => "the volume that it can carry is not stated",
        RuleCode::LaneNone => "no transport begins near the goods or ends near where they are needed",
        RuleCode::LegUnknown => "it is not known where the goods are or must arrive",
        RuleCode::LaneUnknown => {
            "how far it is to or from this transport is not known: a place has no coordinates"
        }
        RuleCode::LaneFrom => "it leaves {km} km from the goods, too far away",
        RuleCode::LaneTo => "it ends {km} km from where the goods are needed, too far away",
        RuleCode::LaneEarly => "it leaves on {last} at the latest, and the goods are ready on {ready}",
        RuleCode::LaneLate => "it could not arrive before {arrival}, and later than {due} is no help",
        RuleCode::LaneWeight => "the goods weigh {load} g, and it can carry {room} g",
        RuleCode::LaneVolume => "the goods fill {load} ml, and it has room for {room} ml",
        RuleCode::ColdChain => "the goods must be kept cold, and it does not say that it can",
        RuleCode::LanePeople => "it does not carry goods",
        RuleCode::LaneVisits => "no transport for it was found within the bound of work",
        _ => "",
    }
}
