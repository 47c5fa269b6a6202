//! Great-circle distance that no machine computes differently.
//!
//! Plans are compared byte for byte between nodes, so a distance must not depend on a maths library. Only the
//! operations that IEEE 754 defines to the last bit are used (add, subtract, multiply, divide, square root), in a
//! fixed order and without fused steps, which Rust never inserts by itself; sine and arc tangent are polynomials
//! written out here. The error is far below a metre.

use std::f64::consts::{FRAC_PI_2, PI};

use super::Point;

/// The mean radius of the Earth, in metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

const RADIANS_PER_E6: f64 = PI / 180_000_000.0;

/// Terms of the sine series: at π/2 the first one left out is below 10⁻¹⁷.
const SINE_TERMS: u32 = 11;

/// Terms of the arc tangent series, after the argument is brought below 0.1: the next one is below 10⁻¹⁸.
const ARC_TERMS: u32 = 9;

/// The haversine formula, which stays exact for points close together.
pub(super) fn great_circle_m(a: Point, b: Point) -> u32 {
    let (lat_a, lat_b) =
        (f64::from(a.latitude_e6) * RADIANS_PER_E6, f64::from(b.latitude_e6) * RADIANS_PER_E6);
    let half_lat = sine(f64::from((a.latitude_e6 - b.latitude_e6).abs()) * RADIANS_PER_E6 / 2.0);
    let half_lon = sine(f64::from(turn(a.longitude_e6, b.longitude_e6)) * RADIANS_PER_E6 / 2.0);
    let square = half_lat * half_lat + cosine(lat_a) * cosine(lat_b) * half_lon * half_lon;
    let (opposite, adjacent) = (square.sqrt(), (1.0 - square).max(0.0).sqrt());
    let metres = 2.0 * EARTH_RADIUS_M * angle(opposite, adjacent);
    // Not negative and at most half the circumference, about 20,015,115 m.
    metres as u32
}

/// The angle between two longitudes, the short way round, in millionths of a degree.
fn turn(a: i32, b: i32) -> i32 {
    let apart = (a - b).abs();
    apart.min(360_000_000 - apart)
}

/// Sine of 0 to π/2.
fn sine(x: f64) -> f64 {
    let square = x * x;
    let terms = (1..SINE_TERMS).rev();
    x * terms.fold(1.0, |sum, k| 1.0 - square / f64::from(2 * k * (2 * k + 1)) * sum)
}

/// Cosine of −π/2 to π/2.
fn cosine(x: f64) -> f64 {
    sine(FRAC_PI_2 - x.abs())
}

/// The angle of a right triangle with these two legs, neither negative, not both zero.
fn angle(opposite: f64, adjacent: f64) -> f64 {
    if opposite > adjacent { FRAC_PI_2 - arc(adjacent / opposite) } else { arc(opposite / adjacent) }
}

/// Arc tangent of 0 to 1: halve the angle three times, then sum the series.
fn arc(tangent: f64) -> f64 {
    let half = |t: f64| t / (1.0 + (1.0 + t * t).sqrt());
    let t = half(half(half(tangent)));
    let square = t * t;
    let series = (0..ARC_TERMS).rev().fold(0.0, |sum, k| 1.0 / f64::from(2 * k + 1) - square * sum);
    8.0 * t * series
}
