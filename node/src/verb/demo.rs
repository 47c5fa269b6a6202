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
    let story = Story::newsletter().map_err(|error| Failure::of(&error))?;
    let (folder, _temporary) = folder(asked.data.as_deref())?;
    say(format_args!("{} offices open in {}", story.offices.len(), folder.display()));
    let town = Town::build(&folder, &story).await.map_err(|error| Failure::of(&error))?;
    let doors = town.doors();
    let verdict = play(&story, &doors).await?;
    if asked.json {
        writeln!(
            out,
            "{}",
            json!({ "asTold": verdict.is_as_told(), "flows": verdict.flows, "context": verdict.context })
        )?;
    } else {
        writeln!(out, "{}\n{}", verdict.table(), verdict.tally())?;
    }
    out.flush()?;
    if asked.keep {
        keep(&doors, out).await?;
    }
    town.close().await;
    if verdict.is_as_told() {
        return Ok(());
    }
    let words = vec![format!("the story did not end as it is told: {}", verdict.tally())];
    Err(Failure { exit: Exit::Failure, errors: words, hint: None })
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

/// Leaves the offices up until somebody has seen enough.
async fn keep(doors: &[Door], out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "\nThe offices stay open until you press Ctrl-C. In another terminal, at one of them:\n")?;
    for door in doors {
        writeln!(out, "  export QUINCE_PROFILE={}", door.profile.display())?;
    }
    writeln!(out, "\nand then, for example:\n")?;
    for command in [
        "quince status",
        "quince need list",
        "quince offer list",
        "quince consignment list",
        "quince report list",
    ] {
        writeln!(out, "  {command}")?;
    }
    out.flush()?;
    ProcessSignals::listen()?.next().await;
    Ok(())
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
