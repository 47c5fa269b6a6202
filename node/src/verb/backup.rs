//! `quince-node backup`: a consistent copy of the database, checked, without keys.

use std::io::Write;

use crate::args::BackupArguments;
use crate::config::Config;
use crate::error::Failure;
use crate::opening;
use crate::store;

pub(super) async fn perform(asked: BackupArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let config = Config::load(&asked.node.data, asked.node.overrides.0)?;
    let report = store::backup(&config.data, &opening::place(&config.database), &asked.to).await?;
    writeln!(out, "backup   {}", report.path.display())?;
    writeln!(out, "records  {}", report.records)?;
    writeln!(out, "entries  {}", report.entries)?;
    writeln!(out, "bytes    {}", report.bytes)?;
    Ok(())
}
