//! The bars below `quince match list`: how far the lines of a need are covered.

use std::collections::{BTreeMap, BTreeSet};

use quince_proto::api::v1::{ListMatchesRequest, Match, Need};

use crate::context::Context;
use crate::failure::Failure;
use crate::page::Listed;
use crate::print::cover::{Cover, LEGEND, bars};
use crate::verbs::matches::{ListMatches, listed};
use crate::verbs::{NeedName, need};

/// Prints the bars of the need that was asked for, or of the own needs that stand in a list of what is this city's.
pub(super) async fn bars_below(
    cx: &mut Context<'_>,
    args: &ListMatches,
    list: &Listed<Match>,
) -> Result<(), Failure> {
    let needs = match (&args.need, args.mine) {
        (Some(name), _) => vec![need::get(cx, name).await?],
        (None, true) => own(cx, &list.rows).await?,
        (None, false) => Vec::new(),
    };
    let mut covers = Vec::new();
    for need in &needs {
        // Of an own need, a list of what is this city's leaves nothing out.
        let whole = !list.more && args.offer.is_none() && (!args.mine || is_own(need));
        if whole {
            covers.extend(Cover::of_need(need, &list.rows));
        } else {
            let filter = ListMatchesRequest { need: need.name.clone(), ..ListMatchesRequest::default() };
            let (all, _) = listed(cx, &filter, u32::MAX).await?;
            covers.extend(Cover::of_need(need, &all.rows));
        }
    }
    if covers.is_empty() {
        return Ok(());
    }
    let gap = if list.rows.is_empty() { "" } else { "\n" };
    cx.print.data(&format!("{gap}{}", bars(&covers)))?;
    Ok(cx.print.say(LEGEND)?)
}

/// This city's needs among those suggested for, in the order of their names. One need of each city is enough to learn
/// whether its needs are this city's.
async fn own(cx: &Context<'_>, matches: &[Match]) -> Result<Vec<Need>, Failure> {
    let names: BTreeSet<&str> =
        matches.iter().filter_map(|one| one.need_line.split_once("/lines/")).map(|(need, _)| need).collect();
    let names = names.into_iter().filter_map(|name| name.parse::<NeedName>().ok());
    let mut is_ours = BTreeMap::new();
    let mut needs: Vec<(u64, Need)> = Vec::new();
    for name in names {
        let city = name.owner().to_string();
        if is_ours.get(&city) == Some(&false) {
            continue;
        }
        let found = need::get(cx, &name).await?;
        is_ours.insert(city, is_own(&found));
        if is_own(&found) {
            needs.push((name.number(), found));
        }
    }
    needs.sort_by_key(|(number, _)| *number);
    Ok(needs.into_iter().map(|(_, need)| need).collect())
}

fn is_own(need: &Need) -> bool {
    need.provenance.as_ref().is_some_and(|provenance| provenance.own)
}
