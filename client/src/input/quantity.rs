//! Quantities as people type them: `80000`, `80000+`, `~80000`, `?`, `80000 piece`, `1600 box of 50`.

use quince_proto::record::v1::{Pack, Qualifier, Quantity};

/// The contract's largest amount: the largest integer that every JSON reader keeps exact.
const AMOUNT_MAX: i64 = (1 << 53) - 1;

/// Units that need no catalogue to be understood.
const BASE_UNITS: [&str; 8] = ["piece", "set", "gram", "millilitre", "test", "person", "pallet", "mission"];

/// What was expected, as error messages say it.
const EXPECTED: &str = "80000, 80000+ or \">=80000\" (at least), ~80000 (about) or ? (unknown), \
                        then a unit (80000 piece) or a pack (1600 box of 50)";

/// A quantity whose unit may still depend on the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    qualifier: Qualifier,
    number: i64,
    unit: Option<String>,
    pack: Option<PackText>,
}

/// What an item says about its quantities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemUnits {
    /// Such as `piece`.
    pub base_unit: String,
    /// Name and content, such as `box` and 50; one name may stand for packs of several sizes.
    pub packs: Vec<(String, i64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PackText {
    name: String,
    /// Unknown when only the catalogue can say it.
    contains: Option<i64>,
}

impl Count {
    /// Reads the text; the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let first = words.next().ok_or(EXPECTED)?;
        let (qualifier, number) = figure(first).ok_or_else(|| expected_of(first))?;
        let (unit, pack) = match *words.collect::<Vec<_>>() {
            [] => (None, None),
            [word] if base_unit(word).is_some() => (base_unit(word), None),
            [name] => (None, Some(PackText { name: name.to_owned(), contains: None })),
            [name, "of", contains] => (None, Some(pack(name, contains)?)),
            [name, "of", contains, word] if base_unit(word).is_some() => {
                (base_unit(word), Some(pack(name, contains)?))
            }
            _ => return Err(EXPECTED.to_owned()),
        };
        Ok(Self { qualifier, number, unit, pack })
    }

    /// Whether only the item can say in what the quantity counts.
    #[must_use]
    pub fn asks_catalogue(&self) -> bool {
        self.unit.is_none()
    }

    /// The quantity in base units; `item` is `None` for a code that the catalogue does not know.
    pub fn resolve(self, item: Option<&ItemUnits>) -> Result<Quantity, String> {
        let unit = self.unit.clone().or_else(|| item.map(|item| item.base_unit.clone())).ok_or(
            "a unit as well, because the catalogue does not know the item: 80000 piece, 1600 box of 50 piece",
        )?;
        let pack = self.pack.as_ref().map(|pack| resolve_pack(pack, item)).transpose()?;
        let contains = pack.as_ref().map_or(1, |pack| pack.contains);
        let amount = self.number.checked_mul(contains).filter(|amount| *amount <= AMOUNT_MAX);
        let amount = amount.ok_or(format!("at most {AMOUNT_MAX} in all"))?;
        Ok(Quantity { qualifier: self.qualifier.into(), amount, unit, pack })
    }
}

/// The unit that a word means, in the plural as well; `None` if it is none, and then it may be a pack.
fn base_unit(word: &str) -> Option<String> {
    if word.starts_with("pack:") || word.starts_with("minor:") {
        return Some(word.to_owned());
    }
    let lower = word.to_ascii_lowercase();
    let singular = if lower == "people" { "person" } else { lower.strip_suffix('s').unwrap_or(&lower) };
    BASE_UNITS.contains(&singular).then(|| singular.to_owned())
}

/// Digits that are no figure are too many.
fn expected_of(text: &str) -> String {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits { format!("at most {AMOUNT_MAX}") } else { EXPECTED.to_owned() }
}

/// A bare figure and how sure it is; `None` when it is none.
pub(crate) fn figure(text: &str) -> Option<(Qualifier, i64)> {
    if matches!(text, "?" | "unknown") {
        return Some((Qualifier::Unknown, 0));
    }
    let (qualifier, digits) = if let Some(digits) = text.strip_prefix(">=").or(text.strip_suffix('+')) {
        (Qualifier::AtLeast, digits)
    } else if let Some(digits) = text.strip_prefix('~') {
        (Qualifier::About, digits)
    } else {
        (Qualifier::Exact, text)
    };
    Some((qualifier, whole(digits)?))
}

fn pack(name: &str, contains: &str) -> Result<PackText, String> {
    let contains = whole(contains).filter(|contains| *contains > 0).ok_or(EXPECTED)?;
    Ok(PackText { name: name.to_owned(), contains: Some(contains) })
}

/// A pack as an item defines it, typed as `box=50`.
pub(crate) fn pack_of(typed: &str) -> Result<Pack, String> {
    let parts = typed.split_once('=').filter(|(name, _)| !name.is_empty());
    let contains = parts.and_then(|(_, contains)| whole(contains)).filter(|contains| *contains > 0);
    let expected = || "expected a name and how many units it contains, such as box=50".to_owned();
    let (name, _) = parts.ok_or_else(expected)?;
    Ok(Pack { name: name.to_owned(), contains: contains.ok_or_else(expected)? })
}

/// The pack as its item knows it. Nothing is guessed: where packs of one name have several sizes, a person says which.
fn resolve_pack(pack: &PackText, item: Option<&ItemUnits>) -> Result<Pack, String> {
    let name = &pack.name;
    if let Some(contains) = pack.contains {
        return Ok(Pack { name: name.clone(), contains });
    }
    let packs = item.map_or(&[][..], |item| &item.packs);
    let sizes: Vec<_> = packs.iter().filter(|(known, _)| is_called(known, name)).collect();
    match sizes[..] {
        [(known, contains)] => Ok(Pack { name: known.clone(), contains: *contains }),
        [] => Err(format!(
            "a unit or a known pack{}: write how much it contains (10 {name} of 50) or count packs (10 pack:{name})",
            choices(packs)
        )),
        [..] => {
            let sizes: Vec<_> =
                sizes.iter().map(|(known, contains)| format!("{known} of {contains}")).collect();
            Err(format!("to know which {name} is meant: {}", sizes.join(" or ")))
        }
    }
}

/// Whether a word names this pack, in the plural as well.
fn is_called(pack: &str, word: &str) -> bool {
    let word = word.to_lowercase();
    word == pack || word.strip_prefix(pack).is_some_and(|ending| matches!(ending, "s" | "es"))
}

/// The packs that an item knows, to choose from.
fn choices(packs: &[(String, i64)]) -> String {
    let known: Vec<_> = packs.iter().map(|(name, contains)| format!("{name} of {contains}")).collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) }
}

fn whole(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|amount| plain && *amount <= AMOUNT_MAX)
}
