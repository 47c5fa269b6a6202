//! Freight: what goods weigh and fill, and what one unit of a transport can carry. What is not stated is not known; it
//! never means nothing.

use crate::domain::field::{Faults, FieldError, FieldErrors};
use crate::domain::quantity::Amount;

/// The largest weight, in grams: a million tonnes, twice what the largest ship carries.
pub const WEIGHT_GRAMS_MAX: i64 = 1_000_000_000_000;

/// The largest volume, in millilitres: a million cubic metres, twice what the largest ship holds.
pub const VOLUME_MILLILITRES_MAX: i64 = 1_000_000_000_000;

/// On a line of goods what its whole quantity weighs and fills; on a line of transport what one unit of its quantity can
/// carry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Freight {
    weight_grams: i64,
    volume_millilitres: i64,
    cold_chain: bool,
}

impl Freight {
    /// Checks the bounds: 0 for "not stated" to [`WEIGHT_GRAMS_MAX`] and [`VOLUME_MILLILITRES_MAX`].
    pub fn new(weight_grams: i64, volume_millilitres: i64, cold_chain: bool) -> Result<Self, FieldErrors> {
        let mut faults = Faults::default();
        let weight_grams = faults.take("weight_grams", bounded(weight_grams, WEIGHT_GRAMS_MAX));
        let volume = bounded(volume_millilitres, VOLUME_MILLILITRES_MAX);
        let volume_millilitres = faults.take("volume_millilitres", volume);
        let built = || {
            let (weight_grams, volume_millilitres) = (weight_grams?, volume_millilitres?);
            Some(Self { weight_grams, volume_millilitres, cold_chain })
        };
        faults.finish(built())
    }

    /// What a part of the goods weighs and fills, rounded up, so that parts together are never less than the whole. Of a
    /// whole of nothing nothing is known.
    #[must_use]
    pub fn of_part(self, part: Amount, whole: Amount) -> Self {
        let (part, whole) = (i128::from(part.get().min(whole.get())), i128::from(whole.get()));
        let scaled = |figure: i64| {
            let scaled = if whole == 0 { 0 } else { (i128::from(figure) * part + whole - 1) / whole };
            i64::try_from(scaled).expect("a part is not more than the whole")
        };
        Self {
            weight_grams: scaled(self.weight_grams),
            volume_millilitres: scaled(self.volume_millilitres),
            cold_chain: self.cold_chain,
        }
    }

    /// The weight in grams, 1 to [`WEIGHT_GRAMS_MAX`]; `None` if it is not stated.
    #[must_use]
    pub fn weight_grams(self) -> Option<i64> {
        Some(self.weight_grams).filter(|grams| *grams > 0)
    }

    /// The volume in millilitres, 1 to [`VOLUME_MILLILITRES_MAX`]; `None` if it is not stated.
    #[must_use]
    pub fn volume_millilitres(self) -> Option<i64> {
        Some(self.volume_millilitres).filter(|millilitres| *millilitres > 0)
    }

    /// Whether the goods must be kept cold, or the transport can keep them cold.
    #[must_use]
    pub fn cold_chain(self) -> bool {
        self.cold_chain
    }
}

fn bounded(value: i64, max: i64) -> Result<i64, FieldError> {
    if (0..=max).contains(&value) {
        return Ok(value);
    }
    Err(FieldError::of(value, format!("0 (not stated) to {max}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weight_and_volume_have_bounds_and_nought_says_nothing() {
        let full = Freight::new(WEIGHT_GRAMS_MAX, VOLUME_MILLILITRES_MAX, true).unwrap();
        assert_eq!(full.weight_grams(), Some(WEIGHT_GRAMS_MAX));
        assert_eq!(full.volume_millilitres(), Some(VOLUME_MILLILITRES_MAX));
        assert!(full.cold_chain());
        let silent = Freight::new(0, 0, false).unwrap();
        assert_eq!((silent.weight_grams(), silent.volume_millilitres()), (None, None));
        assert_eq!(silent, Freight::default());
    }

    #[test]
    fn a_part_weighs_its_share_rounded_up_and_is_kept_as_cold() {
        let whole = Freight::new(1_000, WEIGHT_GRAMS_MAX, true).unwrap();
        let part = |part: i64, of: i64| {
            let part = whole.of_part(Amount::new(part).unwrap(), Amount::new(of).unwrap());
            assert!(part.cold_chain());
            (part.weight_grams(), part.volume_millilitres())
        };
        assert_eq!(part(1, 3), (Some(334), Some(333_333_333_334)));
        assert_eq!(part(3, 3), (Some(1_000), Some(WEIGHT_GRAMS_MAX)));
        assert_eq!(part(9, 3), (Some(1_000), Some(WEIGHT_GRAMS_MAX)), "never more than the whole");
        assert_eq!(part(Amount::MAX.get() - 1, Amount::MAX.get()), (Some(1_000), Some(WEIGHT_GRAMS_MAX)));
        assert_eq!(part(0, 0), (None, None));
    }

    #[test]
    fn both_figures_out_of_bounds_are_told_at_once() {
        let told = Freight::new(-1, VOLUME_MILLILITRES_MAX + 1, false).unwrap_err().to_string();
        let expected = "weight_grams is \"-1\", expected 0 (not stated) to 1000000000000; \
                        volume_millilitres is \"1000000000001\", expected 0 (not stated) to 1000000000000";
        assert_eq!(told, expected);
    }
}
