//! `quince-node demo`: sets the cities up, plays, judges, and leaves them up when asked to.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::args::DemoArguments;
use crate::config::{Log, LogFormat};
use crate::demo::story::Act;
use crate::demo::{Door, Player, Story, Town, Verdict, federation};
use crate::error::{Exit, Failure};
use crate::shutdown::{ProcessSignals, Signals as _};
use crate::telemetry;

/// Offices on one machine say only what is wrong: their everyday lines would drown the story.
const LOG: &str = "warn";

pub(super) async fn perform(asked: DemoArguments, out: &mut dyn Write) -> Result<(), Failure> {
    telemetry::start_logs(&Log { format: LogFormat::Text, filter: LOG.to_owned() });
    let mut signals = ProcessSignals::listen()?;
    let story = Story::newsletter().map_err(|error| Failure::of(&error))?;
    let (folder, _temporary) = folder(asked.data.as_deref())?;
    say(format_args!("{} offices open in {}", story.offices.len(), folder.display()));
    let town = Town::build(&folder, &story).await.map_err(|error| Failure::of(&error))?;
    let doors = town.doors();
    let ended = tokio::select! {
        ended = end(&story, &doors, &asked, out) => ended,
        () = signals.next() => Err(failure("interrupted before the end of the story".to_owned())),
    };
    if ended.is_ok() && asked.keep {
        keep(&doors, out)?;
        signals.next().await;
    }
    town.close().await;
    let verdict = ended?;
    if verdict.is_as_told() {
        Ok(())
    } else {
        Err(failure(format!("not everything ended as it is told: {}", verdict.tally())))
    }
}

/// Plays to the end and prints how it ended.
async fn end(
    story: &Story,
    doors: &[Door],
    asked: &DemoArguments,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let verdict = play(story, doors).await?;
    if asked.json {
        let (as_told, flows, context) = (verdict.is_as_told(), &verdict.flows, &verdict.context);
        writeln!(out, "{}", json!({ "as_told": as_told, "flows": flows, "context": context }))?;
    } else {
        writeln!(out, "{}\n{}", verdict.table(), verdict.tally())?;
    }
    out.flush()?;
    Ok(verdict)
}

fn failure(words: String) -> Failure {
    Failure { exit: Exit::Failure, errors: vec![words], hint: None }
}

/// The cities' directory: a new one, which goes at the end unless it was named.
fn folder(asked: Option<&Path>) -> Result<(PathBuf, Option<TempDir>), Failure> {
    let Some(named) = asked else {
        let temporary = tempfile::Builder::new().prefix("quince-demo-").tempdir()?;
        return Ok((temporary.path().to_owned(), Some(temporary)));
    };
    std::fs::create_dir_all(named)?;
    if std::fs::read_dir(named)?.next().is_some() {
        let came =
            vec![format!("--data is {}, which is not empty, expected a new directory", named.display())];
        return Err(Failure::bad_configuration(came, "name another one; nothing was written"));
    }
    Ok((named.canonicalize()?, None))
}

async fn play(story: &Story, doors: &[Door]) -> Result<Verdict, Failure> {
    say(format_args!("they found the federation \"{}\" and admit each other", story.federation));
    federation::found(&story.federation, doors).await.map_err(|error| Failure::of(&error))?;
    let mut player = Player::new(story, doors.iter().cloned());
    player.play(tell).await.map_err(|error| Failure::of(&error))?;
    say(format_args!("waiting until every office holds what all of them wrote"));
    federation::settled(doors).await.map_err(|error| Failure::of(&error))?;
    Verdict::of(story, doors).await.map_err(|error| Failure::of(&error))
}

fn tell(act: &Act) {
    say(format_args!("{}  {:<8} {:<16} {}", act.on, act.flow, act.at, words(&act.call)));
}

/// Progress goes to standard error; when that is gone there is nobody left to tell.
fn say(line: std::fmt::Arguments<'_>) {
    drop(writeln!(stderr(), "{line}"));
}

/// `CreateNeed` as people say it.
fn words(call: &str) -> String {
    let mut words = String::new();
    for letter in call.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// Says how to go on with offices that stay open.
fn keep(doors: &[Door], out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "\nThe offices stay open until you press Ctrl-C. In another terminal, at one of them:\n")?;
    for door in doors {
        writeln!(out, "  export QUINCE_PROFILE={}", door.profile.display())?;
    }
    writeln!(out, "\nand then, for example:\n")?;
    let quince = beside(std::env::current_exe()?);
    if quince.is_none() {
        writeln!(out, "  cargo build --release --bin quince && export PATH=\"$PWD/target/release:$PATH\"")?;
    }
    let quince = quince.unwrap_or_else(|| "quince".to_owned());
    for verb in ["status", "need list", "offer list", "consignment list", "report list", "todo"] {
        writeln!(out, "  {quince} {verb}")?;
    }
    out.flush()
}

/// The operators' command line, if it was built with this program.
fn beside(program: PathBuf) -> Option<String> {
    let quince = program.with_file_name("quince");
    quince.is_file().then(|| quince.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_told_in_words() {
        assert_eq!(words("CreateNeed"), "create need");
        assert_eq!(words("AddConsignmentEvent"), "add consignment event");
    }
}
