//! `quince-node check`: looks at everything in a data directory and says, for each fault, what to do.

use std::io::Write;

use crate::args::DataArguments;
use crate::check::{Finding, look_at};
use crate::error::{Exit, Failure};

pub(super) async fn perform(asked: DataArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let findings = look_at(&asked.data, asked.overrides.0).await;
    for Finding { tried, fault } in &findings {
        match fault {
            None => writeln!(out, "ok     {tried}")?,
            Some(fault) => {
                writeln!(out, "FAULT  {tried}\n       {}", fault.what)?;
                fault.remedy.iter().try_for_each(|remedy| writeln!(out, "       do: {remedy}"))?;
            }
        }
    }
    let faults = findings.iter().filter(|finding| finding.fault.is_some()).count();
    if faults == 0 {
        return Ok(());
    }
    let errors = vec![format!("{faults} of {} checks found a fault", findings.len())];
    Err(Failure { exit: Exit::Failure, errors, hint: None })
}
