//! Money: integer minor units of one currency, exact everywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A currency of ISO 4217, in use or withdrawn: old statements are in what was paid then.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    code: &'static str,
    exponent: u8,
}

/// A text that is no ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no currency; use an ISO 4217 code such as EUR, USD or JPY")]
pub struct CurrencyError(String);

impl Currency {
    pub const EUR: Currency = Currency { code: "EUR", exponent: 2 };
    pub const USD: Currency = Currency { code: "USD", exponent: 2 };
    pub const JPY: Currency = Currency { code: "JPY", exponent: 0 };

    /// Currencies that the euro took the place of in this century, all with two decimals.
    const WITHDRAWN: [&str; 8] = ["CYP", "EEK", "LTL", "LVL", "MTL", "SIT", "SKK", "HRK"];

    /// Reads a code in capital letters.
    pub fn parse(code: &str) -> Result<Self, CurrencyError> {
        let withdrawn = || {
            let found = Self::WITHDRAWN.into_iter().find(|other| *other == code);
            found.map(|code| Currency { code, exponent: 2 })
        };
        iso_currency::Currency::from_code(code)
            .and_then(Self::of_list)
            .or_else(withdrawn)
            .ok_or_else(|| CurrencyError(code.to_owned()))
    }

    /// A currency of the list in use, if money can be held in it: gold has no minor unit.
    fn of_list(listed: iso_currency::Currency) -> Option<Self> {
        let exponent = u8::try_from(listed.exponent()?).ok()?;
        Some(Currency { code: listed.code(), exponent })
    }

    /// The three letters of ISO 4217.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// How many decimals the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.exponent.into()
    }

    /// Every currency in use that money can be held in, by code.
    pub fn all() -> impl Iterator<Item = Currency> {
        use iso_currency::IntoEnumIterator;
        iso_currency::Currency::iter().filter_map(Self::of_list)
    }

    /// Minor units in one major unit: 100 for EUR.
    pub fn scale(self) -> i64 {
        10_i64.pow(self.exponent())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// An exact amount of one currency, in its minor unit (cents of EUR, yen of JPY).
///
/// On the wire it is `{"amount":"12.34","currency":"EUR"}`: decimal text, never a float.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// Why a text is no amount, or why two amounts can't be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("\"{0}\" is no amount; write digits with a point before the decimals, such as 12.34")]
    NotANumber(String),
    #[error("{currency} has {allowed} decimals; {text} has {found}")]
    TooManyDecimals { text: String, currency: Currency, allowed: u32, found: usize },
    #[error("{0} is too large; the largest amount has 15 digits")]
    TooLarge(String),
    #[error("{0} and {1} can't be added; convert one first")]
    OtherCurrency(Currency, Currency),
}

/// The largest amount of minor units that one value may hold: a thousand of them still add up
/// within `i64`, and every one is exact in a JavaScript number too.
const MAX_MINOR: i64 = 999_999_999_999_999;

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads decimal text such as `-12.34`, with at most the decimals that the currency has.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let not_a_number = || MoneyError::NotANumber(text.to_owned());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let has_point_without_decimals = digits.ends_with('.');
        if whole.is_empty()
            || has_point_without_decimals
            || !is_digits(whole)
            || !is_digits(decimals)
        {
            return Err(not_a_number());
        }
        let allowed = currency.exponent();
        if decimals.len() > allowed as usize {
            return Err(MoneyError::TooManyDecimals {
                text: text.to_owned(),
                currency,
                allowed,
                found: decimals.len(),
            });
        }
        let padded = format!("{whole}{decimals:0<width$}", width = allowed as usize);
        let minor: i64 = padded.parse().map_err(|_| MoneyError::TooLarge(text.to_owned()))?;
        if minor > MAX_MINOR {
            return Err(MoneyError::TooLarge(text.to_owned()));
        }
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }

    /// The decimal text of the amount, with all decimals of the currency: `-12.30`.
    pub fn amount(self) -> String {
        let exponent = self.currency.exponent() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = exponent + 1);
        let (whole, decimals) = digits.split_at(digits.len() - exponent);
        if exponent == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
    }

    /// The sum, refused across currencies and beyond the largest amount.
    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::OtherCurrency(self.currency, other.currency));
        }
        let sum = self.minor.checked_add(other.minor);
        match sum {
            Some(minor) => Ok(Money::new(minor, self.currency)),
            None => Err(MoneyError::TooLarge(format!("{self} and {other}"))),
        }
    }

    pub const fn negated(self) -> Money {
        Money { minor: -self.minor, currency: self.currency }
    }

    /// Splits the amount by weights so that the parts add up to it exactly.
    ///
    /// Largest remainder: each part is rounded towards zero, and the minor units left over go one
    /// by one to the parts that lost most; of equal ones, to the first.
    ///
    /// # Panics
    /// If all weights are zero, since nothing then says who gets the amount.
    pub fn allocate(self, weights: &[u32]) -> Vec<Money> {
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        assert!(total > 0, "an allocation needs a weight above zero");
        let amount = i128::from(self.minor);
        let mut parts: Vec<i128> =
            weights.iter().map(|w| amount * i128::from(*w) / total).collect();
        let mut by_loss: Vec<usize> = (0..weights.len()).collect();
        by_loss
            .sort_by_key(|i| std::cmp::Reverse((amount * i128::from(weights[*i]) % total).abs()));
        let left_over = amount - parts.iter().sum::<i128>();
        let left_over_count = usize::try_from(left_over.abs()).unwrap_or(0);
        for index in by_loss.into_iter().take(left_over_count) {
            parts[index] += left_over.signum();
        }
        debug_assert_eq!(parts.iter().sum::<i128>(), amount);
        parts
            .into_iter()
            .map(|part| Money::new(i64::try_from(part).unwrap_or(self.minor), self.currency))
            .collect()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    amount: &'a str,
    currency: Currency,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedWire {
    amount: String,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { amount: &self.amount(), currency: self.currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = OwnedWire::deserialize(deserializer)?;
        Money::parse(&wire.amount, wire.currency).map_err(serde::de::Error::custom)
    }
}

mod schema {
    //! How money looks in the API document.

    use utoipa::openapi::schema::{ObjectBuilder, Type};
    use utoipa::openapi::{RefOr, Schema};
    use utoipa::{PartialSchema, ToSchema};

    use super::{Currency, Money};

    impl PartialSchema for Currency {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^[A-Z]{3}$"))
                .description(Some("A currency code of ISO 4217."))
                .examples(["EUR"])
                .into()
        }
    }

    impl ToSchema for Currency {
        fn name() -> std::borrow::Cow<'static, str> {
            "Currency".into()
        }
    }

    impl PartialSchema for Money {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .property(
                    "amount",
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .pattern(Some(r"^[+-]?[0-9]+(\.[0-9]+)?$"))
                        .description(Some("Decimal text with at most the currency's decimals.")),
                )
                .required("amount")
                .property("currency", Currency::schema())
                .required("currency")
                .description(Some("An exact amount of one currency."))
                .examples([serde_json::json!({ "amount": "12.34", "currency": "EUR" })])
                .into()
        }
    }

    impl ToSchema for Money {
        fn name() -> std::borrow::Cow<'static, str> {
            "Money".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_writes_decimal_text() {
        for (text, code, minor, written) in [
            ("12.34", "EUR", 1234, "12.34"),
            ("-12.3", "EUR", -1230, "-12.30"),
            ("+5", "EUR", 500, "5.00"),
            ("0.05", "EUR", 5, "0.05"),
            ("-0.05", "EUR", -5, "-0.05"),
            ("5390", "JPY", 5390, "5390"),
            ("1.234", "KWD", 1234, "1.234"),
        ] {
            let money = Money::parse(text, Currency::parse(code).unwrap()).unwrap();
            assert_eq!((money.minor, money.amount().as_str()), (minor, written), "{text} {code}");
        }
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", "-", ".5", "5.", "1,5", "1e3", "12 ", "0x10", "--1", "1.2.3", "١٢"] {
            assert!(
                matches!(Money::parse(text, Currency::EUR), Err(MoneyError::NotANumber(_))),
                "{text:?}"
            );
        }
    }

    #[test]
    fn says_how_many_decimals_are_right() {
        let error = Money::parse("12.345", Currency::EUR).unwrap_err();
        assert_eq!(error.to_string(), "EUR has 2 decimals; 12.345 has 3");
        assert!(Money::parse("1.5", Currency::JPY).is_err());
        assert!(matches!(
            Money::parse("99999999999999999999", Currency::EUR),
            Err(MoneyError::TooLarge(_))
        ));
    }

    #[test]
    fn reads_withdrawn_currencies() {
        let litas = Currency::parse("LTL").unwrap();
        assert_eq!((litas.code(), litas.exponent()), ("LTL", 2));
        assert!(Currency::all().all(|currency| currency != litas));
    }

    #[test]
    fn refuses_unknown_currencies() {
        for code in ["eur", "EURO", "", "XYZ"] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(minor in -MAX_MINOR..=MAX_MINOR) {
            for currency in [Currency::EUR, Currency::JPY, Currency::parse("KWD").unwrap()] {
                let money = Money::new(minor, currency);
                prop_assert_eq!(Money::parse(&money.amount(), currency), Ok(money));
                let wire = serde_json::to_string(&money).unwrap();
                prop_assert_eq!(serde_json::from_str::<Money>(&wire).unwrap(), money);
            }
        }

        #[test]
        fn allocation_loses_nothing(
            minor in -MAX_MINOR..=MAX_MINOR,
            weights in prop::collection::vec(0_u32..1000, 1..12),
        ) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let parts = Money::new(minor, Currency::EUR).allocate(&weights);
            prop_assert_eq!(parts.iter().map(|p| i128::from(p.minor)).sum::<i128>(), i128::from(minor));
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*weight > 0 || part.minor == 0);
            }
        }
    }
}
