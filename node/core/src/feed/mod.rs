//! Signed feeds: entries, trees, tiles and heads. Bodies are opaque here.
