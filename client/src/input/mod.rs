//! What people type for needs and offers: on the command line for one line, in a file for several. Both are the same
//! structs, so that a key of a file is a flag without its dashes. Values are checked here as far as their form goes,
//! all faults at once; what they mean is the node's to judge.
//!
//! A file is YAML or JSON:
//!
//! ```yaml
//! title: {en: Masks for the hospitals, fa: ماسک}   # or one text in the profile's language
//! description: Any standard at or above the one named.
//! incident: GLIDE-EP-2020-000012-IRN
//! party: ["3:requester", "4:approver"]
//! lines:
//!   - item: mask.surgical.iir
//!     quantity: 1600 box of 50
//!     urgency: 1
//!     by: mid-March 2027-03-10..2027-03-20
//!     to: Isfahan,IR,32.654,51.668
//!   - item: gown.isolation
//!     quantity: ">=500"
//!     urgency: 2
//!     to: Isfahan,IR
//! ```

pub mod attribute;
pub mod catalogue;
pub mod common;
pub mod consignment;
pub mod fault;
pub mod freight;
pub mod import;
pub mod money;
pub mod need;
pub mod offer;
pub mod place;
pub mod quantity;
pub mod receipt;
pub mod sheet;
pub mod terms;
pub mod text;
pub mod when;

/// A count in plain digits; the error says what was expected.
fn count<T: std::str::FromStr>(text: &str, expected: &str) -> Result<T, String> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or_else(|| expected.to_owned())
}

/// The digits of a decimal number as an integer with `scale` decimals, without floating point: `32.654` at scale 6
/// is 32654000. `None` when it is no such number or has more decimals.
fn decimal(text: &str, scale: usize) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > scale {
        return None;
    }
    let magnitude: i64 = format!("{whole}{fraction:0<scale$}").parse().ok()?;
    Some(if negative { -magnitude } else { magnitude })
}
