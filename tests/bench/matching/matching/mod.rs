//! Stands where the core's own code expects `crate::matching`, so that the families of its tests can be drawn here by the
//! very code that draws them there.

pub(crate) use quince_core::matching::*;

pub(crate) mod tests;
