//! The agreement: how a need and an offer of two nodes become a promise, without a shared row and without a lock.
//!
//! The requester writes requisitions, the supplier writes commitments, and each names the other's. `budget` is the
//! requester's side and decides how much may be asked for; `stock` is the supplier's side and decides what is
//! promised; `shipment` is the supplier's gate for what is sent and `counting` the receiver's for what came; `halves` and
//! `delivery` say what a reader counts; `flood` bounds what the supplier owes; `bundle` withdraws one half of what is of use
//! only together when the other fails; `audit` checks a supplier
//! from its ledger alone. Nothing here needs to know what the other side has not said yet.

pub mod audit;
pub mod budget;
pub mod bundle;
pub mod counting;
pub mod delivery;
pub mod flood;
pub mod halves;
pub mod shipment;
pub mod stock;

#[cfg(test)]
pub(in crate::domain) mod tests;
