//! The terms of an agreement; they travel in both halves. Absent means that nothing was said.

use crate::domain::money::Money;
use crate::domain::word::words;

words! {
    /// On what basis something is given.
    Basis, "a basis", {
        /// For good, for nothing.
        Gift = "gift",
        /// To be returned.
        Loan = "loan",
        /// Against payment of what it cost.
        Reimbursed = "reimbursed",
    }
}

words! {
    /// Who pays for something.
    Payer, "a payer", {
        /// The need's side.
        Requester = "requester",
        /// The offer's side.
        Supplier = "supplier",
        /// Somebody else.
        ThirdParty = "third-party",
    }
}

/// What the two sides agree on besides the quantity.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Terms {
    /// Gift, loan or reimbursed.
    pub basis: Option<Basis>,
    /// What the supplier expects to be reimbursed.
    pub estimate: Option<Money>,
    /// Who pays the freight.
    pub freight: Option<Payer>,
    /// Who pays the duty.
    pub duty: Option<Payer>,
    /// Who pays the insurance.
    pub insurance: Option<Payer>,
}
