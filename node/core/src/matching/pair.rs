//! Any two lines of a view as a pair, with everything looked up for this pair alone.

use crate::domain::item::{Catalogue, Substitution, shelf_life_default_days};
use crate::domain::need::NeedLine;
use crate::domain::offer::OfferLine;
use crate::matching::entry::Entry;
use crate::matching::rule::{Known, Pair};
use crate::matching::view::View;

/// These two lines.
pub(super) fn of<'a>(
    view: &'a View,
    catalogue: &Catalogue,
    need: &'a Entry<NeedLine>,
    offer: &'a Entry<OfferLine>,
) -> Pair<'a> {
    let spots = need.spot.zip(offer.spot);
    let partners = view.partners.of_city(need.city());
    let known = Known {
        home: &view.home,
        epoch: view.epoch.begin(),
        substitution: Substitution::of(catalogue, &need.line.item, &offer.line.item),
        km: spots.and_then(|(to, from)| view.geography.km(from, to)),
        shelf_life_default_days: shelf_life_default_days(catalogue, &need.line.item),
        partners: partners.is_some_and(|partners| partners.contains(offer.city())),
    };
    Pair::new(need, offer, &known)
}
