//! Who a node was founded as: its handle, its inception, and what it first said of itself. Written once by `init` into
//! `founding.toml`, read at each start. It holds no secret.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use quince_core::domain::field::Faults;
use quince_core::domain::place::{Area, Country, Place, Point};
use quince_core::domain::text::Words;
use quince_core::domain::{FieldError, FieldErrors, Handle};
use quince_core::feed::NodeId;
use quince_core::roster::{Inception, Name};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::private::{self, PrivateError};

/// The file in the data directory.
pub const FILE: &str = "founding.toml";

const HEADER: &str =
    "# Who this node is, fixed for ever. Written by `quince-node init`; changing it breaks the node.\n";

/// Who a node was founded as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founding {
    /// Its name in all record ids.
    pub handle: Handle,
    /// The office's name.
    pub name: Name,
    /// Where the office is.
    pub seat: Seat,
    /// Its keys at the beginning.
    pub inception: Inception,
}

/// Where an office is, as `NAME,CC` or `NAME,CC,LAT,LON` with decimal degrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat(pub Place);

/// `founding.toml` is not what `init` wrote.
#[derive(Debug, Error)]
pub enum FoundingError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// It is no TOML with the four fields.
    #[error("{FILE} is not as `init` wrote it: {0}")]
    Form(String),
    /// A field has no good value.
    #[error("{FILE} is not as `init` wrote it: {0}")]
    Values(#[from] FieldErrors),
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FoundingFile {
    handle: String,
    name: String,
    place: String,
    inception: String,
}

impl Founding {
    /// The node's id.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.inception.node_id()
    }

    /// Reads the file of a data directory.
    ///
    /// # Errors
    /// When it is missing or not as it was written.
    pub fn load(data: &Path) -> Result<Self, FoundingError> {
        let text = private::read(&data.join(FILE))?;
        let file: FoundingFile =
            toml::from_str(&text).map_err(|e| FoundingError::Form(e.message().to_owned()))?;
        let mut faults = Faults::default();
        let handle = faults.take("handle", read_handle(&file.handle));
        let name = faults.take("name", read_name(&file.name));
        let seat = faults.take("place", file.place.parse());
        let inception = faults.take("inception", read_inception(&file.inception));
        let built = (|| Some(Self { handle: handle?, name: name?, seat: seat?, inception: inception? }))();
        Ok(faults.finish(built)?)
    }

    /// Writes the file into a new data directory.
    ///
    /// # Errors
    /// When it exists, or the operating system refuses.
    pub fn write(&self, data: &Path) -> Result<(), FoundingError> {
        let file = FoundingFile {
            handle: self.handle.to_string(),
            name: self.name.to_string(),
            place: self.seat.to_string(),
            inception: HEXLOWER.encode(&self.inception.to_bytes()),
        };
        let text = toml::to_string(&file).expect("four texts are TOML");
        Ok(private::write_new(&data.join(FILE), format!("{HEADER}{text}").as_bytes())?)
    }
}

/// Reads a handle, with its fault as of any other field.
///
/// # Errors
/// When the text is none.
pub fn read_handle(text: &str) -> Result<Handle, FieldError> {
    let expected = "2 to 31 characters of a-z, 0-9 and the hyphen, beginning with a letter and not with xn--";
    text.parse().map_err(|_| FieldError::of(text, expected))
}

/// Reads an office's name, with its fault as of any other field.
///
/// # Errors
/// When the text is none.
pub fn read_name(text: &str) -> Result<Name, FieldError> {
    let expected = "1 to 80 visible characters in Unicode form NFC, with no space at either end";
    text.parse().map_err(|_| FieldError::of(text, expected))
}

fn read_inception(text: &str) -> Result<Inception, FieldError> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok();
    let inception = bytes.and_then(|bytes| Inception::parse(&bytes).ok());
    inception.ok_or_else(|| FieldError::of(text, "the hexadecimal digits of an inception"))
}

impl FromStr for Seat {
    type Err = FieldError;

    /// The name may contain commas: what counts is read from the right.
    fn from_str(text: &str) -> Result<Self, FieldError> {
        let fault = || FieldError::of(text, "NAME,CC or NAME,CC,LAT,LON such as Isfahan,IR,32.654,51.668");
        let (rest, last) = text.rsplit_once(',').ok_or_else(fault)?;
        let (named, point) = match last.parse::<Country>() {
            Ok(_) => (text, None),
            Err(_) => {
                let (named, latitude) = rest.rsplit_once(',').ok_or_else(fault)?;
                let degrees = [latitude, last].map(millionths);
                let [Some(latitude), Some(longitude)] = degrees else { return Err(fault()) };
                (named, Some(Point::new(latitude, longitude)?))
            }
        };
        let (name, country) = named.rsplit_once(',').ok_or_else(fault)?;
        let country = country.parse().map_err(|_| fault())?;
        let name = Words::new(name.trim())?;
        Ok(Self(Place { name, area: Area::Country(country), point, aliases: Default::default() }))
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.0.name, self.0.area)?;
        let Some(point) = self.0.point else { return Ok(()) };
        for degrees in [point.latitude_e6(), point.longitude_e6()] {
            let sign = if degrees < 0 { "-" } else { "" };
            let degrees = degrees.unsigned_abs();
            write!(f, ",{sign}{}.{:06}", degrees / 1_000_000, degrees % 1_000_000)?;
        }
        Ok(())
    }
}

/// Decimal degrees in millionths, without floating point: at most 3 digits before the point and 6 after it.
fn millionths(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number =
        |digits: &str, max| (1..=max).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole, 3) || !is_number(part, 6) {
        return None;
    }
    let number: i32 = format!("{whole}{part:0<6}").parse().ok()?;
    Some(sign * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written_alike() {
        let table = [
            ("Isfahan,IR", "Isfahan,IR"),
            ("Isfahan,IR,32.654,51.668", "Isfahan,IR,32.654000,51.668000"),
            ("Washington, D.C.,US,38.9,-77.036871", "Washington, D.C.,US,38.900000,-77.036871"),
            ("Quito,EC,-0.22,-78.5", "Quito,EC,-0.220000,-78.500000"),
            ("泉州,CN,24,118", "泉州,CN,24.000000,118.000000"),
        ];
        for (text, shown) in table {
            let seat: Seat = text.parse().unwrap();
            assert_eq!(seat.to_string(), shown);
            assert_eq!(shown.parse::<Seat>().unwrap(), seat);
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        let table = [
            "",
            "Isfahan",
            "Isfahan,ir",
            ",IR",
            "Isfahan,IR,32",
            "Isfahan,IR,91,0",
            "Isfahan,IR,0,180.000001",
            "Isfahan,IR,1e1,2",
            "Isfahan,IR,+1,2",
            "Isfahan,IR,1.,2",
            "Isfahan,IR,.5,2",
            "Isfahan,IR,1.1234567,2",
            "Isfahan,32,51",
        ];
        for text in table {
            assert!(text.parse::<Seat>().is_err(), "{text:?}");
        }
    }
}
