//! `quince completions` and `quince man`: what a shell and a manual want to know; no node is called.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::{Cli, ShellVerb};
use crate::exit::Exit;
use crate::failure::Failure;

/// `quince completions`
#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

/// `quince man`
#[derive(Args)]
pub(crate) struct ManArgs {
    /// The folder to write a page per command into
    dir: Option<PathBuf>,
}

impl ShellVerb {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        match self {
            Self::Completions(args) => completions(&args, out),
            Self::Man(args) => man(&args, out),
        }
    }
}

fn completions(args: &CompletionsArgs, out: &mut dyn Write) -> Result<(), Failure> {
    // The generator panics when it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "quince", &mut script);
    Ok(out.write_all(&script)?)
}

fn man(args: &ManArgs, out: &mut dyn Write) -> Result<(), Failure> {
    match &args.dir {
        None => Ok(clap_mangen::Man::new(Cli::command()).render(out)?),
        Some(dir) => std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
            .map_err(|error| Failure::new(Exit::Failed, format!("folder {}: {error}", dir.display()))),
    }
}
