//! What every record carries, as people type it: drill, call, parties, values, source, and what it belongs with. The fields
//! stand here once and are pasted into whatever is typed, because a file has them beside its other keys.

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use quince_proto::record::v1::{Common, ExternalId, PartyRole, Source, Valuation};

use crate::input::attribute::parse_role;
use crate::input::fault::{At, Faults};
use crate::input::money;
use crate::input::sheet::Author;
use crate::input::when;
use crate::name::{AnyName, Calls, Parties, RecordName};

/// Defines a struct of typed values with what every record carries beside its own fields.
macro_rules! with_common {
    ($(#[$meta:meta])* pub struct $name:ident$(<$line:ident: $($bound:path),+>)? { $($fields:tt)* }) => {
        $(#[$meta])*
        pub struct $name$(<$line: $($bound +)+ 'static>)? {
            $($fields)*
            /// It is a drill
            #[arg(long)]
            pub exercise: bool,
            /// The incident that it belongs to
            #[arg(long, value_name = "NAME")]
            pub incident: Option<String>,
            /// The call for help that it answers
            #[arg(long, value_name = "ID")]
            pub call: Option<String>,
            /// An own party and its role: ID:ROLE[:SHARE%], such as isfahan/3:donor:50%; may be repeated
            #[arg(long, value_name = "ROLE")]
            pub party: Vec<String>,
            /// An identifier elsewhere: SCHEME:VALUE; may be repeated
            #[arg(long, value_name = "ID")]
            pub external_id: Vec<String>,
            /// What all of it is worth, in whole units: 360000 or USD:360000, ~USD:360000 (about); may be repeated
            #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
            pub value: Vec<String>,
            /// The currency of values that name none
            #[arg(long, value_name = "CURRENCY", requires = "value")]
            pub currency: Option<String>,
            /// The values are about
            #[arg(long, requires = "value")]
            pub approximate: bool,
            /// Who says so, where it is known from others
            #[arg(long, value_name = "NAME")]
            pub source: Option<String>,
            /// Page, address or paragraph of the source
            #[arg(long, value_name = "TEXT")]
            pub locator: Option<String>,
            /// The day for which the source says it, and on which values were stated
            #[arg(long, value_name = "DAY")]
            pub as_of: Option<String>,
            /// The record that this one takes over
            #[arg(long, value_name = "ID")]
            pub continues: Option<String>,
            /// A record that this one serves or belongs with; may be repeated
            #[arg(long, value_name = "ID")]
            pub related: Vec<String>,
        }

        impl$(<$line: $($bound +)+ 'static>)? $name$(<$line>)? {
            /// What every record carries, as it was typed.
            #[must_use]
            pub fn common(&self) -> $crate::input::common::CommonInput {
                $crate::input::common::CommonInput {
                    exercise: self.exercise,
                    incident: self.incident.clone(),
                    call: self.call.clone(),
                    party: self.party.clone(),
                    external_id: self.external_id.clone(),
                    value: self.value.clone(),
                    currency: self.currency.clone(),
                    approximate: self.approximate,
                    source: self.source.clone(),
                    locator: self.locator.clone(),
                    as_of: self.as_of.clone(),
                    continues: self.continues.clone(),
                    related: self.related.clone(),
                }
            }
        }
    };
}

pub(crate) use with_common;

with_common! {
    /// What every record carries, as typed.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
    pub struct CommonInput {}
}

impl CommonInput {
    /// The common values; every fault is noted.
    pub fn to_record(&self, at: At, author: &Author<'_>, faults: &mut Faults) -> Common {
        let record = |text: &str| text.parse::<AnyName>().map_err(|error| told(&error.to_string()));
        let call = self.call.as_deref().and_then(|call| {
            faults.parse(at, "call", call, |text| {
                text.parse::<RecordName<Calls>>().map_err(|_| "a call such as isfahan/3".to_owned())
            })
        });
        let continues = self.continues.as_deref().and_then(|id| faults.parse(at, "continues", id, record));
        let related = self.related.iter().filter_map(|id| faults.parse(at, "related", id, record));
        let related = related.map(|name| name.to_ref()).collect();
        Common {
            exercise: self.exercise || author.exercise,
            call: call.map(|call| call.to_ref()),
            incident: self.incident.clone().unwrap_or_default(),
            parties: self.roles(at, faults).into_iter().map(|(_, role)| role).collect(),
            external_ids: self
                .external_id
                .iter()
                .filter_map(|id| faults.parse(at, "external-id", id, external_id))
                .collect(),
            source: self.source(at, faults),
            continues: continues.map(|name| name.to_ref()),
            values: self.values(at, author.now, faults),
            related,
            ..Common::default()
        }
    }

    /// The parties that were named by an id. A record holds their numbers only, so somebody has to ask whether they are
    /// this node's.
    #[must_use]
    pub fn named_parties(&self) -> Vec<RecordName<Parties>> {
        let parsed = self.party.iter().filter_map(|text| parse_role(text).ok());
        parsed.filter_map(|(name, _)| name).collect()
    }

    /// What was typed and only a creation can set: the rest of a record is fixed once it is written.
    pub fn refuse_fixed(&self, at: At, faults: &mut Faults) {
        let fixed = [
            ("exercise", self.exercise),
            ("incident", self.incident.is_some()),
            ("call", self.call.is_some()),
            ("party", !self.party.is_empty()),
            ("external-id", !self.external_id.is_empty()),
            ("value", !self.value.is_empty()),
            ("source", self.source.is_some()),
            ("locator", self.locator.is_some()),
            ("as-of", self.as_of.is_some()),
            ("continues", self.continues.is_some()),
            ("related", !self.related.is_empty()),
        ];
        for (key, _) in fixed.iter().filter(|(_, typed)| *typed) {
            faults.note(at, key, "a value", "nothing: it cannot change after the record was created");
        }
    }

    fn roles(&self, at: At, faults: &mut Faults) -> Vec<(Option<RecordName<Parties>>, PartyRole)> {
        self.party.iter().filter_map(|role| faults.parse(at, "party", role, parse_role)).collect()
    }

    fn source(&self, at: At, faults: &mut Faults) -> Option<Source> {
        let as_of = self.as_of.as_deref();
        let as_of = as_of.and_then(|day| faults.parse(at, "as-of", day, when::parse_start));
        match &self.source {
            Some(name) => {
                Some(Source { name: name.clone(), locator: self.locator.clone().unwrap_or_default(), as_of })
            }
            None if self.locator.is_some() => {
                faults.missing(at, "source", "who says so, since a locator is given");
                None
            }
            None if self.as_of.is_some() && self.value.is_empty() => {
                faults.missing(at, "source", "who says so, since a day is given for it");
                None
            }
            None => None,
        }
    }

    fn values(&self, at: At, now: Timestamp, faults: &mut Faults) -> Vec<Valuation> {
        let date = self.as_of.as_deref().and_then(day).unwrap_or_else(|| date(now));
        let currency = self.currency.as_deref();
        let value = |text: &String| {
            let parse = |text: &str| money::parse(text, currency, self.approximate, &date);
            let money = faults.parse(at, "value", text, parse)?;
            Some(Valuation { money: Some(money), covers: Vec::new() })
        };
        self.value.iter().filter_map(value).collect()
    }
}

/// The day of an instant, as money is dated.
pub(crate) fn date(now: Timestamp) -> String {
    TimeZone::UTC.to_datetime(now).date().to_string()
}

fn day(text: &str) -> Option<String> {
    let instant = when::parse_start(text).ok()?;
    Timestamp::new(instant.seconds, instant.nanos).ok().map(date)
}

/// The error of a name says "expected" itself, and so does the list of faults.
fn told(error: &str) -> String {
    error.strip_prefix("expected ").unwrap_or(error).to_owned()
}

fn external_id(text: &str) -> Result<ExternalId, String> {
    let (scheme, value) = text.split_once(':').ok_or("SCHEME:VALUE such as glide:EP-2020-000012-IRN")?;
    Ok(ExternalId { scheme: scheme.to_owned(), value: value.to_owned() })
}
