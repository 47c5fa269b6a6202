//! Places as people type them: `Isfahan,IR` or `Isfahan,IR,32.654,51.668`.

use quince_proto::record::v1::{Place, Point};

use crate::input::decimal;

/// What was expected, as error messages say it.
const EXPECTED: &str = "NAME,CC or NAME,CC,LAT,LON with a country in two capitals: Isfahan,IR,32.654,51.668";

/// Reads a place; the error says what was expected. A name may contain commas: the country is read from the right.
pub fn parse(text: &str) -> Result<Place, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let (rest, point) = match *parts {
        [ref rest @ .., latitude, longitude] if rest.len() >= 2 && is_figure(latitude) => {
            (rest, Some(point(latitude, longitude).ok_or(EXPECTED)?))
        }
        ref all => (all, None),
    };
    let [name @ .., country] = rest else { return Err(EXPECTED.to_owned()) };
    let name = name.join(", ");
    let is_country = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    if name.is_empty() || !is_country {
        return Err(EXPECTED.to_owned());
    }
    Ok(Place { name, country: (*country).to_owned(), point, aliases: Vec::new() })
}

fn is_figure(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

fn point(latitude: &str, longitude: &str) -> Option<Point> {
    Some(Point { latitude_e6: degrees(latitude, 90)?, longitude_e6: degrees(longitude, 180)? })
}

fn degrees(text: &str, most: i64) -> Option<i32> {
    let value = decimal(text, 6).filter(|value| value.abs() <= most * 1_000_000)?;
    i32::try_from(value).ok()
}
