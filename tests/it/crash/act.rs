//! One write of the walk as data, so that it can be repeated word for word.

use quince_proto::api::v1 as api;
use quince_tests::acts::{self, Answer};
use quince_tests::city::Desk;

/// A write. Names are resource names.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Ask { amount: i64 },
    Offer { amount: i64 },
    Retitle { need: Box<api::Need>, title: &'static str },
    Request { need: String, offer: String, amount: i64 },
    Withdraw { requisition: String },
    Hold { need: String, offer: String, amount: i64 },
    TakeHold { hold: Box<api::Commitment> },
    RefuseHold { hold: String },
    Commit { requisition: String, amount: i64 },
    Decline { requisition: String },
    Release { commitment: String, keep: i64 },
}

/// What the office said that it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The record.
    pub(crate) name: String,
    /// Its revision.
    pub(crate) revision: u64,
    /// The record itself, in words.
    pub(crate) record: String,
}

impl Act {
    /// Does it, or repeats it when the request id was used for it before.
    pub(crate) async fn carry_out(&self, desk: &Desk, id: &str) -> Answer<Told> {
        Ok(match self {
            Self::Ask { amount } => acts::ask(desk, *amount, id).await?.into(),
            Self::Offer { amount } => acts::offer(desk, *amount, id).await?.into(),
            Self::Retitle { need, title } => acts::retitle(desk, need, title, id).await?.into(),
            Self::Request { need, offer, amount } => {
                acts::request(desk, need, offer, *amount, id).await?.into()
            }
            Self::Withdraw { requisition } => acts::withdraw(desk, requisition, id).await?.into(),
            Self::Hold { need, offer, amount } => acts::hold(desk, need, offer, *amount, id).await?.into(),
            Self::TakeHold { hold } => acts::take_hold(desk, hold, id).await?.into(),
            Self::RefuseHold { hold } => acts::refuse_hold(desk, hold, id).await?.into(),
            Self::Commit { requisition, amount } => {
                acts::commit(desk, requisition, *amount, id).await?.into()
            }
            Self::Decline { requisition } => acts::decline(desk, requisition, id).await?.into(),
            Self::Release { commitment, keep } => acts::release(desk, commitment, *keep, id).await?.into(),
        })
    }
}

macro_rules! told_of {
    ($($resource:ident),+) => {
        $(impl From<api::$resource> for Told {
            fn from(resource: api::$resource) -> Self {
                Self {
                    name: resource.name,
                    revision: resource.etag.parse().unwrap(),
                    record: format!("{:?}", resource.record),
                }
            }
        })+
    };
}

told_of!(Need, Offer, Requisition, Commitment);
