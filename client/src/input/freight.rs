//! Weights and volumes as people type them and as they are shown: `12.5 t`, `800 kg`, `30 m3`. A bare number is refused,
//! because nobody can tell kilograms from tonnes by looking at it.

use crate::input::decimal;

/// Units of weight, the largest first, with how many grams each has as a power of ten.
const WEIGHTS: [(&str, usize); 3] = [("t", 6), ("kg", 3), ("g", 0)];

/// Units of volume, the largest first, with how many millilitres each has as a power of ten.
const VOLUMES: [(&str, usize); 3] = [("m3", 6), ("l", 3), ("ml", 0)];

/// The most decimals that are shown.
const DECIMALS_MAX: usize = 3;

/// Reads a weight in grams; the error says what was expected.
pub fn parse_weight(text: &str) -> Result<i64, String> {
    parse(text, &WEIGHTS, "a weight such as 12.5 t, 800 kg or 500 g")
}

/// Reads a volume in millilitres; the error says what was expected.
pub fn parse_volume(text: &str) -> Result<i64, String> {
    parse(&text.replace('³', "3"), &VOLUMES, "a volume such as 30 m3, 500 l or 250 ml")
}

/// `12.5 t` for 12,500,000 grams.
#[must_use]
pub fn weight(grams: i64) -> String {
    show(grams, &WEIGHTS)
}

/// `30 m3` for 30,000,000 millilitres.
#[must_use]
pub fn volume(millilitres: i64) -> String {
    show(millilitres, &VOLUMES)
}

fn parse(text: &str, units: &[(&str, usize)], expected: &str) -> Result<i64, String> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (figure, unit) = (text[..end].trim_end(), text[end..].to_lowercase());
    let scale = units.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale);
    let value = scale.and_then(|scale| decimal(figure, scale)).filter(|value| *value >= 0);
    value.ok_or_else(|| expected.to_owned())
}

/// In the largest unit that is not above the value and shows it exactly.
fn show(value: i64, units: &[(&str, usize)]) -> String {
    let power = |scale: usize| 10_i64.pow(u32::try_from(scale).unwrap_or_default());
    let fits = |(_, scale): &&(&str, usize)| {
        value >= power(*scale) && value % power(scale.saturating_sub(DECIMALS_MAX)) == 0
    };
    let Some((name, scale)) = units.iter().find(fits) else {
        return format!("{value} {}", units[units.len() - 1].0);
    };
    let (whole, rest) = (value / power(*scale), value % power(*scale));
    let decimals = format!("{rest:0scale$}");
    let decimals = decimals.trim_end_matches('0');
    if rest == 0 { format!("{whole} {name}") } else { format!("{whole}.{decimals} {name}") }
}
