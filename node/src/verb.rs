//! The verbs of the command line, one file each: what it does, in which order, and what it says.
//!
//! Data goes to `out`, which is standard output; errors go back to the caller as [`Failure`].

mod admin_token;
mod backup;
mod check;
mod demo;
mod init;
mod run;

use std::io::Write;

use crate::args::Verb;
use crate::config;
use crate::error::Failure;

/// Does what was asked for.
///
/// # Errors
/// With what to print and the number to end with.
pub async fn perform(verb: Verb, out: &mut dyn Write) -> Result<(), Failure> {
    match verb {
        Verb::Init(asked) => init::perform(*asked, out).await,
        Verb::Demo(asked) => demo::perform(asked, out).await,
        Verb::Run(asked) => run::perform(asked, out).await,
        Verb::AdminToken(asked) => admin_token::perform(asked, out).await,
        Verb::Backup(asked) => backup::perform(asked, out).await,
        Verb::Check(asked) => check::perform(asked, out).await,
        Verb::Config => Ok(out.write_all(config::sample().as_bytes())?),
    }
}
