//! Places: a name and a country or region, and a point where known. Codes are aliases, never keys.

use std::fmt;
use std::str::FromStr;

use crate::domain::field::FieldError;
use crate::domain::list::List;
use crate::domain::text::Words;

mod distance;

/// The longest name of a place, in characters.
pub const PLACE_CHARS_MAX: usize = 200;

/// The longest alias of a place, in characters, such as `unlocode:IRIFN`.
pub const ALIAS_CHARS_MAX: usize = 100;

/// The most aliases of a place; Isfahan has two in one register alone.
pub const ALIASES_MAX: usize = 16;

/// An ISO 3166-1 alpha-2 country by its shape, two capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// A UN M49 area by its shape, three digits, such as 002 for Africa.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region([u8; 3]);

/// What a place lies in: a country, or more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// One country.
    Country(Country),
    /// A region of several countries.
    Region(Region),
}

/// A WGS 84 point in millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    latitude_e6: i32,
    longitude_e6: i32,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Its name, as the owner writes it.
    pub name: Words<PLACE_CHARS_MAX>,
    /// The country or region.
    pub area: Area,
    /// Where it is.
    pub point: Option<Point>,
    /// Codes that also name it.
    pub aliases: List<Words<ALIAS_CHARS_MAX>, 0, ALIASES_MAX>,
}

impl Point {
    /// Checks the bounds: ±90 and ±180 degrees.
    pub fn new(latitude_e6: i32, longitude_e6: i32) -> Result<Self, FieldError> {
        if !(-90_000_000..=90_000_000).contains(&latitude_e6) {
            return Err(FieldError::of(latitude_e6, "-90000000 to 90000000").under("latitude_e6"));
        }
        if !(-180_000_000..=180_000_000).contains(&longitude_e6) {
            return Err(FieldError::of(longitude_e6, "-180000000 to 180000000").under("longitude_e6"));
        }
        Ok(Self { latitude_e6, longitude_e6 })
    }

    /// Degrees north, in millionths.
    #[must_use]
    pub fn latitude_e6(self) -> i32 {
        self.latitude_e6
    }

    /// Degrees east, in millionths.
    #[must_use]
    pub fn longitude_e6(self) -> i32 {
        self.longitude_e6
    }

    /// The great-circle distance on the mean sphere, in metres: the same on every machine, to the last digit.
    #[must_use]
    pub fn distance_m(self, other: Self) -> u32 {
        distance::great_circle_m(self, other)
    }

    /// The great-circle distance in kilometres, rounded down.
    #[must_use]
    pub fn distance_km(self, other: Self) -> u32 {
        self.distance_m(other) / 1_000
    }
}

impl Place {
    /// The great-circle distance in kilometres, rounded down: of the points, or 0 between places of one name in one area.
    /// `None` if that is not known.
    #[must_use]
    pub fn distance_km(&self, other: &Self) -> Option<u32> {
        match (self.point, other.point) {
            (Some(from), Some(to)) => Some(from.distance_km(to)),
            _ => ((&self.name, self.area) == (&other.name, other.area)).then_some(0),
        }
    }
}

impl FromStr for Country {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        match <[u8; 2]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(FieldError::of(text, "an ISO 3166-1 country in capitals such as IR")),
        }
    }
}

impl FromStr for Region {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_digit) => Ok(Self(code)),
            _ => Err(FieldError::of(text, "a UN M49 area in three digits such as 002")),
        }
    }
}

impl Area {
    /// The country, if it is one.
    #[must_use]
    pub fn country(self) -> Option<Country> {
        match self {
            Self::Country(country) => Some(country),
            Self::Region(_) => None,
        }
    }

    /// The region, if it is one.
    #[must_use]
    pub fn region(self) -> Option<Region> {
        match self {
            Self::Country(_) => None,
            Self::Region(region) => Some(region),
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => country.fmt(f),
            Self::Region(region) => region.fmt(f),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.0).expect("a region is three ASCII digits"))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.0).expect("a country is two ASCII capitals"))
    }
}

#[cfg(test)]
mod tests;
