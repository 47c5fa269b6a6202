//! The command line of `quince-node`. What it takes is text; the configuration and `init` say what is wrong with it.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand};

use quince_core::domain::Instant;

use crate::config::Raw;
use crate::config::setting::{self, Setting, Shape};

/// The server of a city office in a Quince federation.
#[derive(Debug, Parser)]
#[command(name = "quince-node", version, max_term_width = 110)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make the data directory of a new node: keys, certificates, configuration and the first admin token.
    Init(Box<InitArguments>),
    /// Run the node until SIGTERM or SIGINT.
    Run(RunArguments),
    /// Play the newsletter that Quince began with: its cities as nodes of this process, from the first call to the last receipt.
    Demo(DemoArguments),
    /// Make another admin token, valid for 24 hours, and put it into the profile. The node may be running.
    AdminToken(DataArguments),
    /// Write a consistent copy of the database, without keys. The node may be running.
    Backup(BackupArguments),
    /// Look for what is wrong with a data directory, and say what to do about it.
    Check(DataArguments),
    /// Print a configuration file with every setting, its meaning and its default.
    Config,
}

/// Which node, and what overrides its configuration.
#[derive(Debug, Args)]
pub struct DataArguments {
    /// The data directory.
    #[arg(long, value_name = "DIR", env = "QUINCE_DATA")]
    pub data: PathBuf,
    /// Flags and variables.
    #[command(flatten)]
    pub overrides: Overrides,
}

/// Which node, and by which time.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Which node.
    #[command(flatten)]
    pub node: DataArguments,
    /// Play: the business clock can be set, and every record written is marked as an exercise. For a node whose records
    /// are all exercises; certificates and tokens keep the real time.
    #[arg(long)]
    pub drill: bool,
    /// Where the business clock starts in a drill, such as 2027-03-01T08:00:00Z [default: now].
    #[arg(long, value_name = "INSTANT", requires = "drill")]
    pub business_time: Option<Instant>,
}

/// How the newsletter is played.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Leave the offices open at the end, and print commands to paste.
    #[arg(long)]
    pub keep: bool,
    /// Print the table as JSON.
    #[arg(long)]
    pub json: bool,
    /// Where the offices keep everything: a new directory, which stays [default: a temporary one, which goes].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Which node, and where its copy goes.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// Which node.
    #[command(flatten)]
    pub node: DataArguments,
    /// The copy: a file that does not exist yet, on another disk if you can.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// Who the new node is.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// Which node, and its first configuration.
    #[command(flatten)]
    pub node: DataArguments,
    /// The node's name in all record ids, chosen once: 2 to 31 of a-z, 0-9 and the hyphen, such as isfahan.
    #[arg(long)]
    pub handle: String,
    /// The office's name for people, such as "City of Isfahan".
    #[arg(long)]
    pub name: String,
    /// Where the office is, such as Isfahan,IR or Isfahan,IR,32.654,51.668.
    #[arg(long, value_name = "NAME,CC[,LAT,LON]")]
    pub place: String,
    /// Where to write the node's next key, encrypted: outside the data directory, to be kept somewhere else.
    #[arg(long, value_name = "FILE")]
    pub recovery_file: PathBuf,
    /// The recovery file's passphrase, as the first line of this file. Without it you are asked for one, or, where
    /// there is no terminal, one is made and printed.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// What flags and variables say about settings: one flag for each row of the table.
#[derive(Debug, Default)]
pub struct Overrides(pub Raw);

impl Args for Overrides {
    fn augment_args(command: Command) -> Command {
        command.next_help_heading("Settings").args(setting::ALL.map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Overrides {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut overrides = Self::default();
        overrides.update_from_arg_matches(matches)?;
        Ok(overrides)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for setting in setting::ALL {
            if let Some(texts) = matches.get_many::<String>(setting.key) {
                self.0.override_with(setting, texts.cloned().collect());
            }
        }
        Ok(())
    }
}

fn flag(setting: &'static Setting) -> Arg {
    let help = format!("{} [default: {}]", setting.meaning, setting.default_shown());
    let arg = Arg::new(setting.key)
        .long(setting.flag)
        .env(setting.variable)
        .hide_env_values(true)
        .value_name(setting.placeholder)
        .help(help);
    match setting.shape {
        Shape::Text => arg,
        Shape::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Shape::List => arg.action(ArgAction::Append).value_delimiter(','),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_shows_every_setting_with_its_default() {
        let mut command = Arguments::command();
        let help = command.find_subcommand_mut("run").unwrap().render_long_help().to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for setting in setting::ALL {
            assert!(help.contains(&format!("--{}", setting.flag)), "{}", setting.flag);
            assert!(help.contains(&format!(
                "[default: {}] [env: {}",
                setting.default_shown(),
                setting.variable
            )));
        }
    }

    #[test]
    fn a_switch_takes_no_word_or_one_after_an_equals_sign() {
        let said = |flag: &str| {
            let arguments = Arguments::try_parse_from(["quince-node", "run", flag, "--data", "d"]).unwrap();
            let Verb::Run(run) = arguments.verb else { panic!("run was asked for") };
            run.node.overrides.0.texts(&setting::PEER_ALLOW_LOCAL).0.concat()
        };
        assert_eq!(said("--peer-allow-local"), "true");
        assert_eq!(said("--peer-allow-local=false"), "false");
    }

    #[test]
    fn the_business_time_is_set_in_a_drill_only() {
        let run = |flags: &[&str]| {
            Arguments::try_parse_from([&["quince-node", "run", "--data", "d"], flags].concat())
        };
        let time = ["--business-time", "2027-03-01T08:00:00Z"];
        assert!(run(&time).is_err());
        assert!(run(&[&["--drill"], &time[..]].concat()).is_ok());
        assert!(run(&["--drill", "--business-time", "tomorrow"]).is_err());
    }

    #[test]
    fn a_list_takes_several_flags_or_one_with_commas() {
        let said = |flags: &[&str]| {
            let all = [&["quince-node", "run", "--data", "d"], flags].concat();
            let Verb::Run(run) = Arguments::try_parse_from(all).unwrap().verb else {
                panic!("run was asked for")
            };
            run.node.overrides.0.texts(&setting::PEER_ADVERTISE).0.join(" ")
        };
        assert_eq!(said(&["--peer-advertise", "a:1", "--peer-advertise", "b:2"]), "a:1 b:2");
        assert_eq!(said(&["--peer-advertise", "a:1,b:2"]), "a:1 b:2");
    }
}
