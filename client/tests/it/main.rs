//! The command line from outside: what it prints, how it parses, and what it says to a node.

mod bundle;
mod clean;
mod fake;
mod help;
mod import;
mod import_sent;
mod input;
mod items;
mod json;
mod matches;
mod matches_asked;
mod names;
mod node;
mod peers;
mod profile;
mod refusals;
