//! Items: the catalogue, and what cities add to it. A city defines codes of its own, once each; what a code means is looked
//! up where a line of this city names it.

use std::sync::Arc;

use quince_core::domain::field::{Faults, FieldErrors};
use quince_core::domain::item::{BaseUnit, OWN_ITEMS_MAX, OwnItemPatch, Proposal, Register};
use quince_core::domain::lines::{Line, Lines};
use quince_core::domain::text::Reason;
use quince_core::domain::{Audience, Handle, ItemCode, OwnItem, RecordId, RecordKind, Snapshot};
use tracing::error;

use crate::office::caller::Write;
use crate::office::publication::one;
use crate::office::request::{ItemTarget, Paging, Target};
use crate::office::script::Script;
use crate::office::view::{ItemView, Listing, OwnItemView, ProposalView};
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::{ListQuery, Stored, View};

/// Own items read at once: enough to begin quickly after a restart, few enough to keep a snapshot short.
const BATCH_MAX: u32 = 500;

/// The own items that have been read, and up to which change.
#[derive(Debug, Default)]
pub(super) struct Known {
    register: Arc<Register>,
    cursor: u64,
}

impl Office {
    /// Items of the catalogue and of all cities that may be meant, best first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn search_items(&self, query: &str, limit: usize) -> Result<Vec<ProposalView>> {
        let mut view = self.store().view().await?;
        let register = self.register(&mut view).await?;
        let proposals = register.search(self.catalogue(), query, limit);
        let own = proposals.iter().filter_map(|found| register.get(&found.item.code));
        let own = self.own_item_views(&mut view, own.map(|known| known.snapshot.clone()).collect()).await?;
        let mut own = own.into_iter();
        let show = |found: Proposal<'_>| ProposalView {
            item: match found.item.code.owner() {
                None => ItemView::Common(Box::new(found.item.clone())),
                Some(_) => {
                    ItemView::Own(Box::new(own.next().expect("one for each own item, in their order")))
                }
            },
            found_in: found.found_in,
            how: found.how,
        };
        Ok(proposals.into_iter().map(show).collect())
    }

    /// What a code means.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when neither the catalogue nor a city's record says so here.
    pub async fn item(&self, code: &ItemCode) -> Result<ItemView> {
        if let Some(item) = self.catalogue().get(code) {
            return Ok(ItemView::Common(Box::new(item.clone())));
        }
        let mut view = self.store().view().await?;
        let found = own_item(&mut view, code).await?.ok_or_else(|| unknown(code))?;
        let found = one(self.own_item_views(&mut view, vec![found]).await?);
        Ok(ItemView::Own(Box::new(found)))
    }

    /// Own items of cities by owner and number, withdrawn ones included.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn items(
        &self,
        owner: Option<&Handle>,
        page: &Paging<RecordId>,
    ) -> Result<Listing<OwnItemView>> {
        let mut view = self.store().view().await?;
        let Listing { items, more } = self.page_of::<OwnItem>(&mut view, owner, &[], page).await?;
        Ok(Listing { items: self.own_item_views(&mut view, items).await?, more })
    }

    /// Defines a code of this city's own.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] for a code that is defined, also when it was withdrawn; [`ErrorKind::Invalid`] for one
    /// of somebody else.
    pub async fn create_item(&self, write: &Write, item: OwnItem) -> Result<OwnItemView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let owned = item.check_owner(self.handle()).map_err(|error| error.under("item.record"));
            owned.map_err(FieldErrors::from)?;
            script.check_new_parties(&item.common).await?;
            if let Some(defined) = own_item(&mut script.tx, &item.code).await? {
                return Err(defined_already(&defined));
            }
            let count = script.tx.count_of(RecordKind::OwnItem, self.handle()).await?;
            if count >= OWN_ITEMS_MAX as u64 {
                let message = format!("this city has {count} codes of its own, and others read no more");
                return Err(Error::new(ErrorKind::Limit, message)
                    .hint("use a code that there is; withdrawn ones count too"));
            }
            script.create(item, Audience::Federation).await?;
        }
        self.finish_item(script).await
    }

    /// Writes parts of an own item anew.
    ///
    /// # Errors
    /// When it is withdrawn, unknown or another city's.
    pub async fn update_item(
        &self,
        write: &Write,
        target: &ItemTarget,
        patch: OwnItemPatch,
        reason: Option<Reason>,
    ) -> Result<OwnItemView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = own_target(&mut script, target).await?;
            let revised = old.record.revise(script.now, patch, reason)?;
            script.revise(&old, revised).await?;
        }
        self.finish_item(script).await
    }

    /// active → withdrawn.
    ///
    /// # Errors
    /// When it is withdrawn already, unknown or another city's.
    pub async fn withdraw_item(
        &self,
        write: &Write,
        target: &ItemTarget,
        reason: Reason,
    ) -> Result<OwnItemView> {
        let mut script = self.begin(write).await?;
        if script.is_new() {
            let old = own_target(&mut script, target).await?;
            let withdrawn = old.record.withdraw(script.now, reason)?;
            script.revise(&old, withdrawn).await?;
        }
        self.finish_item(script).await
    }

    async fn finish_item(&self, mut script: Script<'_>) -> Result<OwnItemView> {
        let written = script.first().await?;
        let view = one(self.own_item_views(&mut script.tx, vec![written]).await?);
        script.finish().await?;
        Ok(view)
    }

    /// Own items as they are shown, in the order given.
    pub(super) async fn own_item_views(
        &self,
        view: &mut View,
        items: Vec<Snapshot<OwnItem>>,
    ) -> Result<Vec<OwnItemView>> {
        let owners = self.owners(view, items.iter().map(|item| &item.id)).await?;
        let show = |snapshot: Snapshot<OwnItem>| OwnItemView {
            provenance: owners.provenance(&snapshot.id),
            item: snapshot.record.to_item(),
            snapshot,
        };
        Ok(items.into_iter().map(show).collect())
    }

    /// Every own item as the view shows it; reads only what has changed since somebody asked.
    async fn register(&self, view: &mut View) -> Result<Arc<Register>> {
        let mut known = self.shared.own_items.lock().await;
        loop {
            let (changes, damaged) =
                view.sound_changes_of(RecordKind::OwnItem, known.cursor, BATCH_MAX).await?;
            if changes.cursor == known.cursor {
                return Ok(Arc::clone(&known.register));
            }
            known.cursor = changes.cursor;
            let register = Arc::make_mut(&mut known.register);
            changes.records.into_iter().filter_map(Stored::into_family).for_each(|item| register.set(item));
            for damage in &damaged {
                error!(error = damage as &dyn std::error::Error, "search passes over an item: {damage}");
            }
        }
    }
}

/// Checks the own codes of lines that this city writes anew: its own must be defined and in use, and of every code that is
/// defined here a line counts in its unit. Another city's code may be on its way, so that an unknown one is good.
pub(super) async fn check_codes<L: Line>(
    script: &mut Script<'_>,
    path: &str,
    lines: &Lines<L>,
    before: Option<&Lines<L>>,
) -> Result<()> {
    let mut faults = Faults::default();
    let mut hint = None;
    for (i, line) in lines.iter().enumerate() {
        let (code, unit) = (line.item(), &line.quantity().unit);
        let old = before.and_then(|before| before.get(line.number()));
        let as_it_was = old.is_some_and(|old| old.item() == code && old.quantity().unit == *unit);
        if code.owner().is_none() || as_it_was {
            continue;
        }
        let own = code.owner() == Some(script.handle());
        let Some(known) = own_item(&mut script.tx, code).await? else {
            if own {
                faults.require(
                    false,
                    &format!("{path}[{i}].item"),
                    code,
                    "a code that this city has defined",
                );
                hint = Some(format!("`quince item create {code} --name NAME --unit UNIT` defines it"));
            }
            continue;
        };
        if own && !known.record.is_active() {
            faults.require(false, &format!("{path}[{i}].item"), code, "a code in use; it is withdrawn");
            hint =
                Some(format!("`quince item show {code}` says why; `quince item list --mine` lists others"));
        }
        let base_unit = BaseUnit::Fixed(known.record.base_unit);
        let expected = format!("{base_unit}, in which {code} counts, or a pack of unknown content");
        faults.require(base_unit.accepts(unit), &format!("{path}[{i}].quantity.unit"), unit, &expected);
    }
    faults.finish(Some(())).map_err(|fields| Error { hint, ..fields.into() })
}

/// The record that says what a code means: of several the lowest number.
async fn own_item(view: &mut View, code: &ItemCode) -> Result<Option<Snapshot<OwnItem>>> {
    let Some(owner) = code.owner().cloned() else { return Ok(None) };
    let query =
        ListQuery { owner: Some(owner), item: Some(code.clone()), ..ListQuery::of(RecordKind::OwnItem, 1) };
    Ok(view.list(&query).await?.into_iter().find_map(Stored::into_family))
}

async fn own_target(script: &mut Script<'_>, target: &ItemTarget) -> Result<Snapshot<OwnItem>> {
    let found = own_item(&mut script.tx, &target.code).await?.ok_or_else(|| unknown(&target.code))?;
    let target = Target { id: found.id, expected: target.expected };
    let old = script.own::<OwnItem>(&target).await?;
    script.check_party(&old.record.common)?;
    Ok(old)
}

fn unknown(code: &ItemCode) -> Error {
    let (message, hint) = match code.owner() {
        None => (
            format!("the catalogue has no item {code}"),
            "search for it by name; a line may carry an unknown code all the same",
        ),
        Some(owner) => (
            format!("no record of {owner} that has arrived here says what {code} is"),
            "a line may name it all the same; `quince item list` lists what cities have defined",
        ),
    };
    Error::new(ErrorKind::NotFound, message).hint(hint)
}

fn defined_already(defined: &Snapshot<OwnItem>) -> Error {
    let (code, state) = (&defined.record.code, defined.record.state);
    let name = RecordKind::OwnItem.name_of(&defined.id);
    Error::new(ErrorKind::AlreadyExists, format!("{code} is defined by {name}, which is {state}")).hint(
        match defined.record.is_active() {
            true => format!("`quince item update {code}` changes it"),
            false => "a code keeps its meaning for ever: choose another".to_owned(),
        },
    )
}
