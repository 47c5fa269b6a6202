//! Places as people type them: `Isfahan,IR` or `Isfahan,IR,32.654,51.668`; a region of several countries by its
//! UN M49 code: `Africa,002`.

use quince_proto::record::v1::{Place, Point};

use crate::input::decimal;

/// What was expected, as error messages say it.
const EXPECTED: &str = "NAME,CC or NAME,CC,LAT,LON with a country in two capitals (Isfahan,IR,32.654,51.668) \
                        or a UN M49 region in three digits (Africa,002)";

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
    let is_region = country.len() == 3 && country.bytes().all(|b| b.is_ascii_digit());
    if name.is_empty() || !(is_country || is_region) {
        return Err(EXPECTED.to_owned());
    }
    let code = (*country).to_owned();
    let (country, region) = if is_country { (code, String::new()) } else { (String::new(), code) };
    Ok(Place { name, country, point, aliases: Vec::new(), region })
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
