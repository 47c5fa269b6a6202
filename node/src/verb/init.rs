//! `quince-node init`: checks, makes, publishes, and says what comes next.

use std::io::{IsTerminal as _, Write, stdin};
use std::path::Path;

use crate::args::InitArguments;
use crate::clock::{Clock, Entropy};
use crate::error::Failure;
use crate::init::recovery::{Passphrase, ask_passphrase, draw_passphrase};
use crate::init::{Draft, Plan, PlanError};
use crate::keys::API_CA;
use crate::opening;
use crate::token::PROFILE;

pub(super) async fn perform(asked: InitArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let entropy = Entropy::system();
    let shown = asked.node.data.clone();
    let mut plan = Plan::check(asked)?;
    let (passphrase, drawn) = match plan.passphrase.take() {
        Some(given) => (given, false),
        None if stdin().is_terminal() => (ask_passphrase().map_err(|fault| PlanError(fault.into()))?, false),
        None => (draw_passphrase(&entropy), true),
    };
    let recovery_file = plan.recovery_file.clone();
    let draft = Draft::make(plan, &Clock::system(), &entropy)?;
    let (path, config) = (draft.path(), &draft.plan().config);
    opening::found(path, config, draft.founding(), draft.token(), &entropy).await?;
    let founding = draft.publish(&passphrase)?;
    writeln!(out, "{} is founded.", founding.handle)?;
    writeln!(out, "node id        {}", founding.node_id())?;
    writeln!(out, "API root       {}", shown.join(API_CA).display())?;
    writeln!(out, "profile        {}", shown.join(PROFILE).display())?;
    writeln!(out, "recovery file  {}", recovery_file.display())?;
    if drawn {
        say_passphrase(&passphrase, out)?;
    }
    say_next(&shown, out)?;
    Ok(())
}

fn say_passphrase(passphrase: &Passphrase, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "passphrase     {}", passphrase.as_str())?;
    writeln!(
        out,
        "\nWrite the passphrase down now: it is not stored, and without it the recovery file is worth nothing."
    )
}

fn say_next(data: &Path, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "\nKeep the recovery file somewhere else, and both of them safe. Next:\n")?;
    writeln!(out, "  quince-node run --data {}", data.display())?;
    writeln!(out, "  export QUINCE_PROFILE={}", data.join(PROFILE).display())?;
    writeln!(out, "  quince status")
}
