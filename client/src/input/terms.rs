//! Terms of an agreement as people type them.

use clap::Args;
use jiff::Timestamp;
use quince_proto::record::v1::{Terms, terms};
use serde::Deserialize;

use crate::choice::{Choice, listed};
use crate::input::common::date;
use crate::input::fault::{At, Faults};
use crate::input::money;

/// Terms, all optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct TermsInput {
    /// gift, loan or reimbursed
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<String>,
    /// What is to be reimbursed, in whole units: EUR:1500, ~EUR:1500.50 (about)
    #[arg(long, value_name = "MONEY")]
    pub estimate: Option<String>,
    /// Who pays freight: requester, supplier or third-party
    #[arg(long, value_name = "PAYER")]
    pub freight: Option<String>,
    /// Who pays duty
    #[arg(long, value_name = "PAYER")]
    pub duty: Option<String>,
    /// Who pays insurance
    #[arg(long, value_name = "PAYER")]
    pub insurance: Option<String>,
}

impl TermsInput {
    /// The terms; `None` when nothing was typed. `now` is the day on which the estimate is stated.
    pub fn to_record(&self, at: At, now: Timestamp, faults: &mut Faults) -> Option<Terms> {
        if *self == Self::default() {
            return None;
        }
        let mut payer =
            |key: &str, text: &Option<String>| chosen::<terms::Payer>(at, key, text.as_deref(), faults);
        let freight = payer("freight", &self.freight);
        let duty = payer("duty", &self.duty);
        let insurance = payer("insurance", &self.insurance);
        let basis = chosen::<terms::Basis>(at, "basis", self.basis.as_deref(), faults);
        let estimate = self.estimate.as_deref().and_then(|text| {
            faults.parse(at, "estimate", text, |text| money::parse(text, None, false, &date(now)))
        });
        Some(Terms { basis, estimate, freight, duty, insurance })
    }
}

/// The number of a choice; 0 when nothing was typed or a fault was noted.
pub(crate) fn chosen<E: Choice>(at: At, key: &str, text: Option<&str>, faults: &mut Faults) -> i32 {
    let parse = |text: &str| E::from_typed(text).ok_or_else(|| format!("one of {}", listed::<E>()));
    text.and_then(|text| faults.parse(at, key, text, parse)).map_or(0, Into::into)
}
