//! The operator's command line for a Quince node: parses what people type, calls the public API, prints the answer.
//!
//! It sees only the contract. It knows no rule of the domain: whether a need may open or stock may be promised is the
//! node's to say. Data goes to stdout, words go to stderr, and the exit code tells failures apart.

pub mod args;
pub mod choice;
mod clock;
mod connect;
mod context;
pub mod exit;
pub mod failure;
pub mod input;
pub mod name;
mod page;
pub mod print;
pub mod profile;
mod resume;
mod verbs;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs one command and says how it ended. A TLS provider must be installed.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(answer) => return unparsed(&answer, out, err),
    };
    match verbs::run(cli, out, err).and_then(|()| Ok(out.flush()?)) {
        Ok(()) => Exit::Ok,
        Err(failure) => failed(&failure, err),
    }
}

/// Help and version are answers; everything else is a usage error.
fn unparsed(answer: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let (stream, exit): (&mut dyn Write, _) =
        if answer.use_stderr() { (err, Exit::Usage) } else { (out, Exit::Ok) };
    // When even this cannot be written, the exit code is all that is left to say.
    write!(stream, "{}", answer.render()).map_or(Exit::Failed, |()| exit)
}

fn failed(failure: &Failure, err: &mut dyn Write) -> Exit {
    if !failure.silent {
        // When even this cannot be written, the exit code is all that is left to say.
        drop(write!(err, "{failure}"));
    }
    failure.exit
}
