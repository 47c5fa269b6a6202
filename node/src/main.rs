//! The server's binary: see the library for everything it does.

fn main() {}
