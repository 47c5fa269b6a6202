//! Printing: data to stdout, words to stderr. With `--json` data is the canonical JSON of the API's messages, one a
//! line; otherwise tables and sheets for people, free of whatever a partner could have smuggled into a text.

pub mod clean;
pub(crate) mod cover;
pub(crate) mod delivery;
pub mod json;
pub(crate) mod office;
pub(crate) mod offline;
pub(crate) mod publication;
pub(crate) mod records;
pub(crate) mod sheet;
pub(crate) mod suggestion;
pub(crate) mod table;
pub(crate) mod words;

use std::io::{self, Write};

use jiff::Timestamp;

use crate::page::Listed;
use crate::print::clean::clean;
use crate::print::json::{Described, to_json};
use crate::print::table::Row;

/// How values are to be read: by whom and when.
pub(crate) struct View<'a> {
    /// The present.
    pub(crate) now: Timestamp,
    /// BCP 47.
    pub(crate) language: &'a str,
}

/// A message that a command prints as its only result.
pub(crate) trait Shown: Described {
    /// For people.
    fn show(&self, view: &View<'_>) -> String;
}

/// A message that a write answers with.
pub(crate) trait Written: Described {
    /// What a script wants of it: an id, or a secret that is told only once. May be empty.
    fn datum(&self) -> String;

    /// One sentence for people.
    fn sentence(&self) -> String;
}

/// The two streams, and which form data takes.
pub(crate) struct Printer<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    json: bool,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, err: &'a mut dyn Write, json: bool) -> Self {
        Self { out, err, json }
    }

    /// Whether data is messages, so that no table may stand between them.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A message as the whole result.
    pub(crate) fn shown<M: Shown>(&mut self, message: &M, view: &View<'_>) -> io::Result<()> {
        if self.json { self.json(message) } else { self.data(&message.show(view)) }
    }

    /// What a write answered: its datum on stdout, its sentence on stderr.
    pub(crate) fn written<M: Written>(&mut self, message: &M) -> io::Result<()> {
        if self.json {
            return self.json(message);
        }
        let datum = clean(&message.datum());
        if !datum.is_empty() {
            self.data(&format!("{datum}\n"))?;
        }
        self.say(&message.sentence())
    }

    /// A list, and on stderr whether there is more.
    pub(crate) fn listed<M: Row>(&mut self, list: &Listed<M>, view: &View<'_>) -> io::Result<()> {
        if self.json {
            list.rows.iter().try_for_each(|row| self.json(row))?;
        } else if list.rows.is_empty() {
            self.say("nothing to list")?;
        } else {
            self.data(&table::table(&list.rows, view))?;
        }
        if list.more {
            self.say(&format!("there is more than these {}; raise --limit to see it", list.rows.len()))?;
        }
        Ok(())
    }

    /// One message of a stream, at once.
    pub(crate) fn streamed<M: Described>(&mut self, message: &M, line: Option<String>) -> io::Result<()> {
        match (self.json, line) {
            (true, _) => self.json(message)?,
            (false, Some(line)) => self.data(&format!("{line}\n"))?,
            (false, None) => {}
        }
        self.out.flush()
    }

    /// Data as it is, for what is neither table nor message.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Bytes as they are, for what is no text.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// A sentence for the person at the terminal.
    pub(crate) fn say(&mut self, sentence: &str) -> io::Result<()> {
        writeln!(self.err, "{}", clean(sentence))
    }

    /// A question, after which the person types.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<()> {
        write!(self.err, "{} ", clean(question))?;
        self.err.flush()
    }

    fn json<M: Described>(&mut self, message: &M) -> io::Result<()> {
        writeln!(self.out, "{}", to_json(message))
    }
}
