//! The contract: generated bindings of everything under `quince/`, and nothing else.
