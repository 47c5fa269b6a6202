//! Tells cargo what it cannot see: a new migration changes the program, though no Rust file names it.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
