//! Figures as people read them.

use iso_currency::Currency;
use quince_proto::record::v1::{Qualifier, Quantity};

/// Decimals of a currency that is in no register: most have as many.
const DECIMALS_USUAL: u16 = 2;

/// A quantity as its writer stated it.
pub(super) fn stated(quantity: Option<&Quantity>) -> String {
    let Some(quantity) = quantity else { return "not stated".to_owned() };
    let figure = amount(quantity.amount, &quantity.unit);
    match quantity.qualifier() {
        Qualifier::Exact => figure,
        Qualifier::AtLeast => format!("> {figure}"),
        Qualifier::About => format!("~ {figure}"),
        Qualifier::Unknown | Qualifier::Unspecified => "not stated".to_owned(),
    }
}

/// So many of a unit; minor units of money as money.
pub(super) fn amount(amount: i64, unit: &str) -> String {
    if let Some(code) = unit.strip_prefix("minor:") {
        let decimals =
            Currency::from_code(code).and_then(|currency| currency.exponent()).unwrap_or(DECIMALS_USUAL);
        let whole = 10_i64.pow(u32::from(decimals));
        return format!(
            "{code} {}.{:0width$}",
            grouped(amount / whole),
            amount % whole,
            width = usize::from(decimals)
        );
    }
    format!("{} {}", grouped(amount), unit.strip_prefix("pack:").unwrap_or(unit))
}

fn grouped(amount: i64) -> String {
    let digits = amount.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_money_has_its_decimals() {
        let table = [
            (0, "piece", "0 piece"),
            (999, "piece", "999 piece"),
            (80_000, "piece", "80,000 piece"),
            (1_500_000, "pack:bottle", "1,500,000 bottle"),
            (10_000_005, "minor:USD", "USD 100,000.05"),
        ];
        for (figure, unit, expected) in table {
            assert_eq!(amount(figure, unit), expected);
        }
    }
}
