//! Who can help whom: a pure plan over the records a node holds.
