//! The server's binary: parses, performs one verb, and tells how it ended. The library does everything else.

use std::io::{stderr, stdout};
use std::process::ExitCode;

use clap::Parser as _;
use quince_node::args::{Arguments, Verb};
use quince_node::error::Exit;
use quince_node::{tls, verb};

#[tokio::main]
async fn main() -> ExitCode {
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
