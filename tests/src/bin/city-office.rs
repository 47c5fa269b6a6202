//! The server as a binary of this package, so that a suite always runs the node that was just built.

use std::process::ExitCode;

fn main() -> ExitCode {
    quince_node::main()
}
