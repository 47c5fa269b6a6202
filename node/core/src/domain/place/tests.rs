//! Distances are right, and the same everywhere.

use proptest::prelude::*;

use super::*;

fn point(latitude_e6: i32, longitude_e6: i32) -> Point {
    Point::new(latitude_e6, longitude_e6).unwrap()
}

fn points() -> impl Strategy<Value = Point> {
    (-90_000_000..=90_000_000, -180_000_000..=180_000_000).prop_map(|(lat, lon)| point(lat, lon))
}

/// The haversine with the machine's own functions: the oracle, good to a few centimetres.
fn by_the_machine(a: Point, b: Point) -> f64 {
    let rad = |e6: i32| (f64::from(e6) / 1e6).to_radians();
    let (lat, lon) = (rad(a.latitude_e6 - b.latitude_e6), rad(a.longitude_e6 - b.longitude_e6));
    let h = (lat / 2.0).sin().powi(2)
        + rad(a.latitude_e6).cos() * rad(b.latitude_e6).cos() * (lon / 2.0).sin().powi(2);
    2.0 * 6_371_008.8 * h.min(1.0).sqrt().asin()
}

proptest! {
    #[test]
    fn the_distance_agrees_with_the_machine_within_a_metre(a in points(), b in points()) {
        let oracle = by_the_machine(a, b);
        // Close to the antipode the oracle itself loses metres.
        let tolerance = if oracle > 20_000_000.0 { 20.0 } else { 1.0 };
        prop_assert!((f64::from(a.distance_m(b)) - oracle).abs() <= tolerance);
    }

    #[test]
    fn the_way_back_is_as_long(a in points(), b in points()) {
        prop_assert_eq!(a.distance_m(b), b.distance_m(a));
        prop_assert_eq!(a.distance_m(a), 0);
    }
}

#[test]
fn known_distances_to_the_metre() {
    let (isfahan, quanzhou, rome) =
        (point(32_657_218, 51_677_608), point(24_913_890, 118_585_830), point(41_893_320, 12_482_932));
    // Golden values: if one changes, plans of two versions differ and the matching rule needs a new version.
    assert_eq!(isfahan.distance_m(quanzhou), 6_472_800);
    assert_eq!(isfahan.distance_m(rome), 3_582_465);
    assert_eq!(isfahan.distance_km(rome), 3_582);
    assert_eq!(point(90_000_000, 0).distance_m(point(-90_000_000, 77_000_000)), 20_015_114);
    assert_eq!(point(0, 179_500_000).distance_m(point(0, -179_500_000)), 111_195);
    assert_eq!(point(0, 0).distance_m(point(0, 180_000_000)), 20_015_114);
    assert_eq!(point(10, 10).distance_m(point(0, 0)), 1);
}

#[test]
fn points_and_countries_keep_their_bounds() {
    assert!(Point::new(90_000_000, -180_000_000).is_ok());
    assert!(Point::new(90_000_001, 0).is_err() && Point::new(0, i32::MIN).is_err());
    assert_eq!("IR".parse::<Country>().unwrap().to_string(), "IR");
    for text in ["", "I", "ir", "IRN", "Ир"] {
        assert!(text.parse::<Country>().is_err(), "{text}");
    }
}
