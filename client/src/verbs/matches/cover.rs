//! The bars below `quince match list`: how far the lines of a need are covered.

use std::collections::BTreeSet;

use quince_proto::admin::v1::GetStatusRequest;
use quince_proto::api::v1::{ListMatchesRequest, ListNeedsRequest, Match, Need, NeedFilter};
use quince_proto::record::v1::NeedState;

use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Listed, collect};
use crate::print::cover::{Cover, LEGEND, bars};
use crate::verbs::matches::{ListMatches, listed};
use crate::verbs::need;

/// Prints the bars of the need that was asked for, or of the own needs that stand in a list of what is this city's. The list
/// has been printed by then, so bars that cannot be drawn are left out with a word, and fail nothing.
pub(super) async fn bars_below(
    cx: &mut Context<'_>,
    args: &ListMatches,
    list: &Listed<Match>,
) -> Result<(), Failure> {
    match covers(cx, args, list).await {
        Ok(covers) if covers.is_empty() => Ok(()),
        Ok(covers) => {
            let gap = if list.rows.is_empty() { "" } else { "\n" };
            cx.print.data(&format!("{gap}{}", bars(&covers)))?;
            Ok(cx.print.say(LEGEND)?)
        }
        Err(failure) => Ok(cx.print.say(&format!("how far the needs are covered is left out: {failure}"))?),
    }
}

async fn covers(cx: &Context<'_>, args: &ListMatches, list: &Listed<Match>) -> Result<Vec<Cover>, Failure> {
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
    Ok(covers)
}

/// This city's needs among those suggested for, in the order of their numbers.
async fn own(cx: &Context<'_>, matches: &[Match]) -> Result<Vec<Need>, Failure> {
    let named: BTreeSet<&str> =
        matches.iter().filter_map(|one| one.need_line.split_once("/lines/")).map(|(need, _)| need).collect();
    let status = cx.node.call(GetStatusRequest {}, async |r| cx.node.status().get_status(r).await).await?;
    let parent = format!("nodes/{}", status.handle);
    if !named.iter().any(|need| need.starts_with(&format!("{parent}/"))) {
        return Ok(Vec::new());
    }
    // Those that are suggested for are open; they come by number.
    let filter = Some(NeedFilter { states: vec![NeedState::Open.into()], ..NeedFilter::default() });
    let all = collect(u32::MAX, async |page_size, page_token| {
        let (parent, filter) = (parent.clone(), filter.clone());
        let request = ListNeedsRequest { parent, page_size, page_token, filter };
        let page = cx.node.call(request, async |r| cx.node.needs().list_needs(r).await).await?;
        Ok((page.needs, page.next_page_token))
    });
    Ok(all.await?.rows.into_iter().filter(|need| named.contains(need.name.as_str())).collect())
}

fn is_own(need: &Need) -> bool {
    need.provenance.as_ref().is_some_and(|provenance| provenance.own)
}
