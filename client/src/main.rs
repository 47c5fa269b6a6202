//! The binary `quince`: hands the process's arguments and streams to the library, and its answer to the shell.

use std::io::{stderr, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else, because the first TLS configuration built would otherwise pick a provider by itself.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .expect("nobody installed a TLS provider before main");
    quince::run(std::env::args_os(), &mut stdout().lock(), &mut stderr()).into()
}
