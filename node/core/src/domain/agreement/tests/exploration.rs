//! Every interleaving of two nodes.
