//! Money as people type and read it: `USD:360000` is 360,000 US dollars, `~EUR:1500.50` about 1,500.50 euros. It is stored
//! in minor units, so this is the one place that asks how many decimals a currency has.

use iso_currency::Currency;
use quince_proto::record::v1::Money;

use crate::input::decimal;

/// The largest amount that every JSON reader keeps exact.
const MINOR_UNITS_MAX: i64 = (1 << 53) - 1;

/// Decimals of a currency that this program does not know: most have as many.
const DECIMALS_USUAL: usize = 2;

/// How many decimals the currency has by ISO 4217; `None` when it is not in there, or has none of its own as gold has.
fn decimals(currency: &str) -> Option<usize> {
    Currency::from_code(currency)?.exponent().map(usize::from)
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
    let decimals =
        decimals(currency).ok_or_else(|| format!("{}; {currency} is no currency of ISO 4217", expected()))?;
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
    let decimals = decimals(&money.currency).unwrap_or(DECIMALS_USUAL);
    let sign = if money.minor_units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", money.minor_units.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    match fraction {
        "" => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(i64, String), String> {
        parse(text, None, false, "2020-03-22").map(|money| (money.minor_units, figure(&money)))
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency_and_no_more() {
        let table = [
            ("USD:360000", Some((36_000_000, "360000.00"))),
            ("~EUR:1500.50", Some((150_050, "1500.50"))),
            ("JPY:1500", Some((1_500, "1500"))),
            ("KWD:1.234", Some((1_234, "1.234"))),
            ("EUR:0.05", Some((5, "0.05"))),
            ("EUR:1.005", None),
            ("JPY:1.5", None),
            ("XXQ:1", None),
            ("usd:1", None),
            ("USD:-1", None),
            ("USD:1,000", None),
            ("12", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(units, shown)| (units, shown.to_owned()));
            assert_eq!(read(text).ok(), expected, "{text}");
        }
        assert!(read("XXQ:1").unwrap_err().contains("XXQ is no currency of ISO 4217"));
    }
}
