//! Ports for offices that must be dialled under the same address after a restart, so that port 0 does not do.
//!
//! They lie below the range from which the system picks ports for connections, and none is given twice by one process:
//! nobody takes one between its choice and the start of the office.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what Linux picks by itself (32768 to 60999), above what services are known by.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port that is free now and that no other office of this process has.
///
/// # Panics
/// When the whole range is taken.
#[must_use]
pub fn free() -> u16 {
    let width = RANGE.end - RANGE.start;
    // Two runs at the same time begin at different places.
    let start = u16::try_from(std::process::id() % u32::from(width)).expect("smaller than the range");
    for _ in RANGE {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % width;
        let port = RANGE.start + (start + step) % width;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port of {RANGE:?} is free")
}
