//! The house rules, as tests: who may import whom, how long a file may be, what no file may contain.
//! What is not checked here is not a rule.

mod arrows;
mod contents;
mod manifests;
mod source;
