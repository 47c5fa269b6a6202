//! The program: parses, performs one verb, and tells how it ended.

use std::io::{stderr, stdout};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Arguments, Verb};
use crate::error::Exit;
use crate::{tls, verb};

/// The whole program.
#[tokio::main]
pub async fn main() -> ExitCode {
    tls::install();
    match Arguments::try_parse() {
        Ok(arguments) => perform(arguments.verb).await.into(),
        Err(usage) => refuse(&usage).into(),
    }
}

async fn perform(verb: Verb) -> Exit {
    let ended = verb::perform(verb, &mut stdout().lock()).await;
    let Err(failure) = ended else { return Exit::Success };
    // When standard error is gone there is nobody left to tell.
    drop(failure.write(&mut stderr()));
    failure.exit
}

/// Help and version are no faults, though clap hands them over as such.
fn refuse(usage: &clap::Error) -> Exit {
    drop(usage.print());
    if usage.use_stderr() { Exit::BadConfiguration } else { Exit::Success }
}
