//! The server's binary: see the library for everything it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    quince_node::main()
}
