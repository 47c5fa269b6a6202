//! Geographies: where cities lie.

use quince_core::domain::place::Point;
use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::evaluation::draw;
use crate::evaluation::problem::City;

/// How many cities lie around one centre.
const CLUSTER_CITIES: usize = 8;

/// How far from its centre a city of a cluster lies, in millionths of a degree: about 150 km at most.
const CLUSTER_RADIUS_E6: i32 = 1_500_000;

/// How many cities of the planted geography lie on one meridian.
pub const MERIDIAN_CITIES: usize = 8;

/// How many rows a meridian has.
pub const ROWS: u32 = 100;

/// How far apart two rows are, in kilometres.
pub const ROW_KM: u32 = 100;

/// A row in millionths of a degree: 100 km and nine metres, so that a distance along a meridian, rounded down to a
/// kilometre, is exactly the difference of the rows. Over all rows the nine metres do not add up to a kilometre.
const ROW_E6: i32 = 899_400;

/// The southernmost row.
const FIRST_ROW_E6: i32 = -50_000_000;

/// How far apart meridians are, if there is room: as far as rows are at the equator, so that neighbours tempt.
const MERIDIAN_E6: i32 = 900_000;

const FULL_TURN_E6: i32 = 360_000_000;

/// How many offers of a hundred lie on the first of two continents, while needs lie on both alike.
const FIRST_CONTINENT_PERCENT: u32 = 80;

/// Where cities lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Geography {
    /// In clusters of eight all over the world, each a country
    Clustered,
    /// Evenly over one continent of fifteen countries
    Uniform,
    /// On two continents an ocean apart; four fifths of the offers are on one of them
    TwoContinents,
    /// On meridians, with a plan that is known to be the best
    Planted,
}

/// A rectangle of latitudes and longitudes, in degrees.
struct Land {
    south: i32,
    north: i32,
    west: i32,
    east: i32,
}

const WORLD: Land = Land { south: -45, north: 60, west: -175, east: 175 };
const EUROPE: Land = Land { south: 36, north: 60, west: -10, east: 40 };
const SOUTH_AMERICA: Land = Land { south: -35, north: 0, west: -70, east: -40 };

impl Geography {
    /// Every geography.
    pub const ALL: [Self; 4] = [Self::Clustered, Self::Uniform, Self::TwoContinents, Self::Planted];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clustered => "clustered",
            Self::Uniform => "uniform",
            Self::TwoContinents => "two-continents",
            Self::Planted => "planted",
        }
    }

    /// So many cities, each with a point.
    pub fn cities(self, count: usize, rng: &mut StdRng) -> Vec<City> {
        match self {
            Self::Clustered => {
                let centres: Vec<_> = (0..count.div_ceil(CLUSTER_CITIES)).map(|_| WORLD.point(rng)).collect();
                let clusters = (0..count).map(|at| at / CLUSTER_CITIES);
                clusters
                    .enumerate()
                    .map(|(at, cluster)| city(at, cluster, near(centres[cluster], rng)))
                    .collect()
            }
            Self::Uniform => (0..count).map(|at| EUROPE.city(at, 0, rng)).collect(),
            Self::TwoContinents => {
                let on_first = |at: usize| at < count.div_ceil(2);
                let lands = |at| if on_first(at) { (&EUROPE, 0) } else { (&SOUTH_AMERICA, 100) };
                (0..count).map(|at| lands(at).0.city(at, lands(at).1, rng)).collect()
            }
            Self::Planted => {
                let meridians = count.div_ceil(MERIDIAN_CITIES);
                (0..meridians).flat_map(|one| meridian(one, meridians, count, rng)).collect()
            }
        }
    }

    /// A city for an offer.
    pub fn supplier(self, count: usize, rng: &mut StdRng) -> usize {
        let first = count.div_ceil(2);
        match self {
            Self::TwoContinents if count > 1 && draw::chance(rng, FIRST_CONTINENT_PERCENT) => {
                rng.random_range(0..first)
            }
            Self::TwoContinents if count > 1 => rng.random_range(first..count),
            _ => rng.random_range(0..count),
        }
    }
}

/// The row of a city of the planted geography.
///
/// # Panics
/// When the city has no point.
#[must_use]
pub fn row(city: &City) -> u32 {
    let latitude_e6 = city.point.expect("planted cities have points").latitude_e6();
    u32::try_from((latitude_e6 - FIRST_ROW_E6) / ROW_E6).expect("rows go north from the first")
}

impl Land {
    fn point(&self, rng: &mut StdRng) -> Point {
        let latitude_e6 = rng.random_range(self.south * 1_000_000..self.north * 1_000_000);
        point(latitude_e6, rng.random_range(self.west * 1_000_000..self.east * 1_000_000))
    }

    /// A city, its country a square of ten degrees.
    fn city(&self, at: usize, first_country: usize, rng: &mut StdRng) -> City {
        let point = self.point(rng);
        let squares = |degrees_e6: i32, from: i32| usize::try_from((degrees_e6 / 1_000_000 - from) / 10);
        let (row, column) =
            (squares(point.latitude_e6(), self.south), squares(point.longitude_e6(), self.west));
        let country = first_country + row.unwrap_or(0) * 10 + column.unwrap_or(0);
        city(at, country, point)
    }
}

/// The cities of one meridian, the first in the southernmost row and no two in one row.
fn meridian(one: usize, meridians: usize, count: usize, rng: &mut StdRng) -> Vec<City> {
    let apart_e6 =
        MERIDIAN_E6.min(FULL_TURN_E6 / i32::try_from(meridians).expect("fewer meridians than degrees"));
    let longitude_e6 =
        i32::try_from(one).expect("fewer meridians than degrees") * apart_e6 - FULL_TURN_E6 / 2;
    let first = one * MERIDIAN_CITIES;
    let mut rows = vec![0];
    while rows.len() < MERIDIAN_CITIES.min(count - first) {
        let row = rng.random_range(1..=i32::try_from(ROWS).expect("few rows"));
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let points = rows.into_iter().map(|row| point(FIRST_ROW_E6 + row * ROW_E6, longitude_e6));
    points.enumerate().map(|(at, point)| city(first + at, one, point)).collect()
}

fn near(centre: Point, rng: &mut StdRng) -> Point {
    let mut off = || rng.random_range(-CLUSTER_RADIUS_E6..=CLUSTER_RADIUS_E6);
    point(centre.latitude_e6() + off(), centre.longitude_e6() + off())
}

fn point(latitude_e6: i32, longitude_e6: i32) -> Point {
    Point::new(latitude_e6, longitude_e6).expect("lands lie on Earth")
}

fn city(at: usize, country: usize, point: Point) -> City {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number % 26).expect("below 26"));
    let country = format!("{}{}", letter(country / 26), letter(country));
    City {
        handle: format!("city-{at:05}").parse().expect("a handle"),
        country: country.parse().expect("two capitals"),
        point: Some(point),
    }
}
