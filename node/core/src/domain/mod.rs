//! What a node stores and who may change it: values, records, and the rules that move them.

pub mod handle;

pub use handle::{Handle, HandleError};
