//! A receipt as typed: what was counted of each line of a consignment.

use std::path::PathBuf;

use clap::Args;
use quince_proto::record::v1::ReceiptLine;
use serde::Deserialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::common::with_common;
use crate::input::count;
use crate::input::fault::{At, Faults};
use crate::input::sheet::read;

/// What `--line` takes, as error messages say it.
const LINE: &str = "N or N:KEY=AMOUNT[,KEY=AMOUNT], such as 2:good=500,missing=20, where KEY is good, damaged, missing, \
                    refused or surplus";

with_common! {
    /// A receipt as typed.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
    #[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
    pub struct ReceiptInput {
        /// When it was received: 2027-03-15, 2027-03-14..2027-03-15
        #[arg(long, value_name = "WHEN")]
        pub received: Option<String>,
        /// Where: NAME,CC or NAME,CC,LAT,LON
        #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
        pub at: Option<String>,
        /// A note on the whole
        #[arg(long, value_name = "TEXT")]
        pub note: Option<String>,
        /// The lines; on the command line the flags of counts are one.
        #[arg(skip)]
        pub lines: Vec<CountInput>,
    }
}

/// What was counted of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct CountInput {
    /// The consignment's line.
    #[arg(skip)]
    pub line: Option<u32>,
    /// In good order
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub good: Option<String>,
    /// Arrived and of no use
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub damaged: Option<String>,
    /// Did not arrive
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub missing: Option<String>,
    /// Arrived and was not taken
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub refused: Option<String>,
    /// More than was dispatched
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub surplus: Option<String>,
    /// A note on the line, in a file.
    #[arg(skip)]
    pub note: Option<String>,
}

/// A receipt as typed in either form.
#[derive(Debug, Clone, Args)]
pub struct CountedArgs {
    /// Read it from a file of YAML or JSON instead, with several lines; - is standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Which line the counts are of, where the consignment has several for this city: N, or N:good=500,missing=20 for
    /// several at once; may be repeated
    #[arg(long, value_name = "LINE")]
    pub line: Vec<String>,
    /// What stands above the lines.
    #[command(flatten)]
    pub sheet: ReceiptInput,
    /// The counts of one line.
    #[command(flatten)]
    pub count: CountInput,
}

impl CountedArgs {
    /// The receipt with all its lines, and where it was typed. A line without a number is the only one for this city.
    pub fn into_input(self, faults: &mut Faults) -> Result<(At, ReceiptInput), Failure> {
        let mut sheet = self.sheet;
        if let Some(file) = self.file {
            let typed = self.count != CountInput::default() || !self.line.is_empty();
            if typed || sheet != ReceiptInput::default() {
                let message = "--file takes the place of all other flags that say what is in it";
                return Err(Failure::new(Exit::Usage, message));
            }
            return Ok((At::File, read(&file)?));
        }
        let bare = self.count == CountInput::default();
        sheet.lines = match self.line.as_slice() {
            [] if bare => Vec::new(),
            [] => vec![self.count],
            [number] if number.parse::<u32>().is_ok() => {
                vec![CountInput { line: number.parse().ok(), ..self.count }]
            }
            several if bare => several
                .iter()
                .filter_map(|text| faults.parse(At::Flags, "line", text, CountInput::of_flag))
                .collect(),
            _ => {
                let message =
                    "--good and its like are of one line: give --line N, or --line N:good=AMOUNT for each";
                return Err(Failure::new(Exit::Usage, message));
            }
        };
        Ok((At::Flags, sheet))
    }
}

impl CountInput {
    /// Reads `N:KEY=AMOUNT[,KEY=AMOUNT]`.
    fn of_flag(text: &str) -> Result<Self, String> {
        let (number, counts) = text.split_once(':').ok_or(LINE)?;
        let mut input = Self { line: Some(number.parse().map_err(|_| LINE)?), ..Self::default() };
        for pair in counts.split(',') {
            let (key, amount) = pair.trim().split_once('=').ok_or(LINE)?;
            let place = match key.trim() {
                "good" => &mut input.good,
                "damaged" => &mut input.damaged,
                "missing" => &mut input.missing,
                "refused" => &mut input.refused,
                "surplus" => &mut input.surplus,
                _ => return Err(LINE.to_owned()),
            };
            if place.replace(amount.trim().to_owned()).is_some() {
                return Err(LINE.to_owned());
            }
        }
        Ok(input)
    }

    /// Changes what was typed and leaves the rest of the line as it is; every fault is noted.
    pub fn change(&self, line: &mut ReceiptLine, at: At, faults: &mut Faults) {
        let counts = [
            ("good", &self.good, &mut line.good),
            ("damaged", &self.damaged, &mut line.damaged),
            ("missing", &self.missing, &mut line.missing),
            ("refused", &self.refused, &mut line.refused),
            ("surplus", &self.surplus, &mut line.surplus),
        ];
        for (key, text, amount) in counts {
            let Some(text) = text else { continue };
            let parse = |text: &str| count(text, "an amount in the line's base unit");
            *amount = faults.parse(at, key, text, parse).unwrap_or(*amount);
        }
        if let Some(note) = &self.note {
            line.note.clone_from(note);
        }
    }
}
