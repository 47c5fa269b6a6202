//! Money as people type and read it: `USD:360000` is 360,000 US dollars, `~EUR:1500.50` about 1,500.50 euros. It is stored
//! in minor units, so this is the one place that knows how many decimals a currency has. Which currencies there are is the
//! node's to say.

use quince_proto::record::v1::Money;

use crate::input::decimal;

/// ISO 4217 currencies without a minor unit.
const WHOLE: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF",
];

/// ISO 4217 currencies with a thousandth.
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// The largest amount that every JSON reader keeps exact.
const MINOR_UNITS_MAX: i64 = (1 << 53) - 1;

/// How many decimals the currency has.
#[must_use]
pub fn decimals(currency: &str) -> usize {
    match currency {
        _ if WHOLE.contains(&currency) => 0,
        _ if THOUSANDTHS.contains(&currency) => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// Reads `[~][CURRENCY:]AMOUNT` as stated on `date`; the error says what was expected. `currency` is that of an amount
/// that names none, and `approximate` makes about of everything.
pub fn parse(text: &str, currency: Option<&str>, approximate: bool, date: &str) -> Result<Money, String> {
    let expected = || "an amount of a currency in whole units: USD:360000, ~EUR:1500.50 (about)".to_owned();
    let (about, bare) = match text.trim().strip_prefix('~') {
        Some(bare) => (true, bare),
        None => (false, text.trim()),
    };
    let (currency, amount) = match bare.split_once(':') {
        Some((currency, amount)) => (currency.trim(), amount.trim()),
        None => (currency.ok_or("a currency as well: USD:360000, or --currency USD")?, bare),
    };
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(expected());
    }
    let decimals = decimals(currency);
    let minor_units = decimal(amount, decimals).filter(|units| (0..=MINOR_UNITS_MAX).contains(units));
    let minor_units = minor_units
        .ok_or_else(|| format!("{}, without separators and with at most {decimals} decimals", expected()))?;
    Ok(Money {
        minor_units,
        currency: currency.to_owned(),
        date: date.to_owned(),
        approximate: about || approximate,
    })
}

/// The figure as people read it: 1500.50 of the currency.
#[must_use]
pub fn figure(money: &Money) -> String {
    let decimals = decimals(&money.currency);
    let sign = if money.minor_units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", money.minor_units.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    match fraction {
        "" => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}
