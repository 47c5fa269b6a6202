//! What every verb works with: the node, the printer, and who types.

use std::io::{BufRead, IsTerminal, Write, stdin};

use crate::args::{Global, SureArgs};
use crate::clock;
use crate::connect::Node;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::sheet::Author;
use crate::page::Listed;
use crate::print::table::Row;
use crate::print::{Printer, Shown, View, Written};
use crate::profile::Profile;

/// One command's surroundings.
pub(crate) struct Context<'a> {
    pub(crate) node: Node,
    pub(crate) print: Printer<'a>,
    language: String,
    exercise: bool,
}

impl<'a> Context<'a> {
    /// Reads the profile and prepares the connection.
    pub(crate) fn open(
        global: &Global,
        out: &'a mut dyn Write,
        err: &'a mut dyn Write,
    ) -> Result<Self, Failure> {
        let path = match &global.profile {
            Some(path) => path.clone(),
            None => Profile::default_path()?,
        };
        let profile = Profile::read(&path)?;
        let mut print = Printer::new(out, err, global.json);
        if profile.exercise {
            print.say("EXERCISE: everything written through this profile is a drill")?;
        }
        let node = Node::new(&profile)?;
        Ok(Self { node, print, language: profile.language, exercise: profile.exercise })
    }

    /// Who types, and when.
    pub(crate) fn author(&self) -> Author<'_> {
        Author { language: &self.language, exercise: self.exercise, now: clock::now() }
    }

    /// How values are to be read.
    pub(crate) fn view(language: &str) -> View<'_> {
        View { now: clock::now(), language }
    }

    /// The language of the person who types.
    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// Prints a message as the whole result.
    pub(crate) fn shown<M: Shown>(&mut self, message: &M) -> Result<(), Failure> {
        Ok(self.print.shown(message, &Self::view(&self.language))?)
    }

    /// Prints what a write answered.
    pub(crate) fn written<M: Written>(&mut self, message: &M) -> Result<(), Failure> {
        Ok(self.print.written(message)?)
    }

    /// Prints a list.
    pub(crate) fn listed<M: Row>(&mut self, list: &Listed<M>) -> Result<(), Failure> {
        Ok(self.print.listed(list, &Self::view(&self.language))?)
    }

    /// Lets the person at the terminal think again before something that cannot be undone.
    pub(crate) fn confirm(&mut self, sure: &SureArgs, act: &str) -> Result<(), Failure> {
        self.agree(sure, &format!("{act} cannot be undone"))
    }

    /// Lets the person at the terminal think again about `what` they were told.
    pub(crate) fn agree(&mut self, sure: &SureArgs, what: &str) -> Result<(), Failure> {
        if sure.yes {
            return Ok(());
        }
        if !stdin().is_terminal() {
            return Err(Failure::new(Exit::Usage, format!("{what}, and nobody is here to confirm it"))
                .with_hint("add --yes if it is meant"));
        }
        self.print.ask(&format!("{what}. Is it meant? [y/N]"))?;
        let mut answer = String::new();
        stdin().lock().read_line(&mut answer)?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(()),
            _ => Err(Failure::new(Exit::Refused, "not confirmed; nothing was sent")),
        }
    }
}
