//! All that an office tells of the records it holds, so that two offices can be compared.

use std::collections::{BTreeMap, BTreeSet};

use quince_proto::api::v1 as api;
use quince_proto::record::v1 as record;
use tonic::Status;

use crate::city::Desk;
use crate::paper::first_line;

/// More records than any test writes: its lists fit on one page.
const PAGE: i32 = 1_000;

/// Every record of the four families, without what differs from office to office.
#[derive(Debug, Clone, PartialEq)]
pub struct Books {
    /// Needs.
    pub needs: Vec<api::Need>,
    /// Offers.
    pub offers: Vec<api::Offer>,
    /// Requisitions.
    pub requisitions: Vec<api::Requisition>,
    /// Commitments.
    pub commitments: Vec<api::Commitment>,
}

/// The books of two offices, once they tell the same.
///
/// # Errors
/// When they differ, or an office does not answer.
pub async fn same(left: &Desk, right: &Desk) -> Result<Books, String> {
    let told = async |desk| Books::of(desk).await.map_err(|error| error.to_string());
    let (left, right) = (told(left).await?, told(right).await?);
    if left == right { Ok(left) } else { Err(format!("{left:#?}\ndiffers from\n{right:#?}")) }
}

impl Books {
    /// Reads the books of an office.
    ///
    /// # Errors
    /// When the office does not answer.
    pub async fn of(desk: &Desk) -> Result<Self, Status> {
        let needs = api::ListNeedsRequest { page_size: PAGE, ..Default::default() };
        let mut needs = desk.needs.clone().list_needs(needs).await?.into_inner().needs;
        needs.iter_mut().for_each(|need| need.provenance = None);
        let offers = api::ListOffersRequest { page_size: PAGE, ..Default::default() };
        let mut offers = desk.offers.clone().list_offers(offers).await?.into_inner().offers;
        offers.iter_mut().for_each(|offer| offer.provenance = None);
        let requisitions = api::ListRequisitionsRequest { page_size: PAGE, ..Default::default() };
        let requisitions = desk.requisitions.clone().list_requisitions(requisitions).await?;
        let mut requisitions = requisitions.into_inner().requisitions;
        requisitions.iter_mut().for_each(|requisition| requisition.provenance = None);
        let commitments = api::ListCommitmentsRequest { page_size: PAGE, ..Default::default() };
        let commitments = desk.commitments.clone().list_commitments(commitments).await?;
        let mut commitments = commitments.into_inner().commitments;
        commitments.iter_mut().for_each(|commitment| commitment.provenance = None);
        Ok(Self { needs, offers, requisitions, commitments })
    }

    /// The name and the revision of every record.
    ///
    /// # Panics
    /// When two records have one name, or a revision is no number.
    #[must_use]
    pub fn revisions(&self) -> BTreeMap<String, u64> {
        let needs = self.needs.iter().map(|need| (&need.name, &need.etag));
        let offers = self.offers.iter().map(|offer| (&offer.name, &offer.etag));
        let requisitions = self.requisitions.iter().map(|one| (&one.name, &one.etag));
        let commitments = self.commitments.iter().map(|one| (&one.name, &one.etag));
        let all: Vec<_> = needs.chain(offers).chain(requisitions).chain(commitments).collect();
        let names: BTreeSet<_> = all.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), all.len(), "a record is listed twice");
        all.into_iter()
            .map(|(name, etag)| (name.clone(), etag.parse().expect("a revision is a number")))
            .collect()
    }

    /// What is held and promised of the first line of an offer, counted from the commitments.
    #[must_use]
    pub fn reserved(&self, offer: &str) -> i64 {
        self.taking(offer).map(|half| half.amount).sum()
    }

    /// Fails unless no offer line has more held and promised than it has, by any of the figures that an office tells.
    ///
    /// # Panics
    /// When more is promised than there is.
    pub fn check_stock(&self) {
        for offer in &self.offers {
            let line =
                offer.record.as_ref().and_then(|record| record.lines.first()).expect("an offer has a line");
            let quantity = line.quantity.as_ref().expect("a line has a quantity").amount;
            let coverage = offer.coverage.first().expect("a line has a coverage");
            assert!(
                coverage.held + coverage.committed <= quantity,
                "{} promises too much: {coverage:?}",
                offer.name
            );
            assert!(self.reserved(&offer.name) <= quantity, "{} promises more than {quantity}", offer.name);
            for half in self.taking(&offer.name) {
                assert!(half.reserved_after <= half.line_amount, "too much was promised once: {half:?}");
            }
        }
    }

    /// The halves that take stock of an offer.
    fn taking(&self, offer: &str) -> impl Iterator<Item = &record::Commitment> {
        let line = first_line(offer);
        let halves = self.commitments.iter().filter_map(|commitment| commitment.record.as_ref());
        halves.filter(move |half| half.offer_line.as_ref() == Some(&line))
    }
}
