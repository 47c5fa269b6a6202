//! Business time that is played: an office in a drill sets its clock, and what it writes is an exercise.

use quince_core::domain::{Instant, Record};
use quince_core::matching::Supposed;

use crate::office::caller::Write;
use crate::office::{Error, ErrorKind, Office, Result};
use crate::store::Family;

/// Whose clock an office's business goes by. Certificates, tokens and rosters go by the machine's always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BusinessTime {
    /// The machine's.
    #[default]
    Machine,
    /// One that is set. Every new record is an exercise, so that nothing played is ever taken for real.
    Drill,
    /// One that is set, in a federation of its own where nothing is real: records are what their writer says.
    Demonstration,
}

impl BusinessTime {
    /// A new record as an office that goes by this clock writes it.
    pub(super) fn marked<F: Family + Into<Record>>(self, record: F) -> F {
        let mut record: Record = record.into();
        record.common_mut().exercise |= self == Self::Drill;
        F::of(record).expect("a mark does not change a record's family")
    }
}

impl Office {
    /// Whose clock this office's business goes by.
    pub(super) fn business_time(&self) -> BusinessTime {
        self.shared.settings.time
    }

    /// A need or an offer as this office would open it now, for questions about what nobody wrote.
    ///
    /// # Errors
    /// When it could not be opened.
    pub fn supposed(&self, supposed: Supposed) -> Result<Supposed> {
        let (time, now) = (self.business_time(), self.now());
        Ok(match supposed {
            Supposed::Need(need) => Supposed::Need(time.marked(need).open(now)?),
            Supposed::Offer(offer) => Supposed::Offer(time.marked(offer).open(now)?),
        })
    }

    /// Sets the business clock, which goes on from there; gives what it shows then.
    ///
    /// # Errors
    /// [`ErrorKind::State`] when the node was not started for a drill.
    pub async fn set_business_time(&self, write: &Write, to: Instant) -> Result<Instant> {
        if self.business_time() == BusinessTime::Machine {
            let words = "this node's business goes by the machine's clock, expected a node that was started for a drill";
            return Err(Error::new(ErrorKind::State, words).hint("start it with `quince-node run --drill`"));
        }
        let script = self.begin(write).await?;
        script.check_whole_office()?;
        script.finish().await?;
        self.shared.clock.set(to);
        Ok(self.now())
    }

    /// Refuses to play with an office that has real records: a clock that is set would end its holds and its needs.
    ///
    /// # Errors
    /// [`ErrorKind::State`] when it has.
    pub async fn check_drill(&self) -> Result<()> {
        if self.business_time() != BusinessTime::Drill {
            return Ok(());
        }
        let real = self.store().view().await?.real_record().await?;
        real.map_or(Ok(()), |id| {
            let words = format!("{id} is real, expected a node whose records are all exercises");
            let hint = "drill with a data directory of its own: `quince-node init --data DIR` makes one";
            Err(Error::new(ErrorKind::State, words).hint(hint))
        })
    }
}
