//! What a line is about.

use crate::domain::word::words;

words! {
    /// The kind of thing a line asks for or offers; a match never crosses it.
    Kind, "a kind", {
        /// Things.
        Goods = "goods",
        /// Money.
        Funds = "funds",
        /// Work done.
        Service = "service",
        /// Carriage of goods or people.
        Transport = "transport",
        /// People who go.
        Personnel = "personnel",
        /// What somebody knows.
        Knowledge = "knowledge",
    }
}
