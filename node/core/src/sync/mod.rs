//! Replication sessions without sockets: what to send, what to store, what to refuse.
