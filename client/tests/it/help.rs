//! Help is the manual: its text is kept, and it names every exit code.

use clap::CommandFactory;
use quince::args::Cli;
use quince::exit::Exit;
use quince::input::need::NeedLineInput;
use quince::input::offer::OfferLineInput;
use quince::input::sheet::Sheet;

fn help(path: &[&str]) -> String {
    let mut command = Cli::command().term_width(100);
    command.build();
    let command = path
        .iter()
        .fold(&mut command, |command, name| command.find_subcommand_mut(name).expect("the verb exists"));
    command.render_long_help().to_string()
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn help_of_the_whole_is_as_agreed() {
    insta::assert_snapshot!(help(&[]));
}

#[test]
fn help_of_need_create_is_as_agreed() {
    insta::assert_snapshot!(help(&["need", "create"]));
}

#[test]
fn help_of_the_agreement_is_as_agreed() {
    let verbs = [["requisition", "create"], ["commitment", "commit"], ["commitment", "release"]];
    insta::assert_snapshot!(verbs.map(|path| help(&path)).join("\n---\n"));
}

#[test]
fn help_lists_the_verbs_of_each_family() {
    let families = [
        "federation",
        "peer",
        "party",
        "item",
        "need",
        "offer",
        "match",
        "requisition",
        "commitment",
        "consignment",
        "receipt",
        "call",
        "partnership",
        "message",
        "knowledge",
        "report",
        "drill",
    ];
    insta::assert_snapshot!(families.map(|family| help(&[family])).join("\n---\n"));
}

#[test]
fn help_of_import_is_as_agreed_and_names_every_column_and_hashtag() {
    let help = help(&["import"]);
    for column in quince::input::import::column::ALL {
        assert!(help.contains(column.name), "{}", column.name);
    }
    for (tag, _) in quince::input::import::column::TAGS {
        assert!(help.contains(tag), "{tag}");
    }
    insta::assert_snapshot!(help);
}

#[test]
fn help_names_every_exit_code_and_its_meaning() {
    let help = help(&[]);
    for exit in Exit::ALL {
        let line = format!("  {}  {}", exit.code(), exit.meaning());
        assert!(help.contains(&line), "{line:?} is missing");
    }
}

#[test]
fn the_examples_in_help_are_good_files() {
    fn check<L>(verb: &str)
    where
        L: Clone + Default + Send + Sync + serde::de::DeserializeOwned + 'static,
    {
        let help = help(&[verb, "create"]);
        let (_, example) = help.split_once("under `lines`:\n").expect("an example");
        let (example, _) = example.split_once("A line is numbered").expect("its end");
        assert_eq!(Sheet::<L>::parse(example).map(|sheet| sheet.lines.len()), Ok(2));
    }
    check::<NeedLineInput>("need");
    check::<OfferLineInput>("offer");
}

#[test]
fn completions_and_manual_need_no_profile() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = folder.path().join("man");
    crate::fake::quince().args(["completions", "bash"]).env("HOME", folder.path()).assert().success();
    crate::fake::quince().arg("man").arg(&pages).env("HOME", folder.path()).assert().success();
    assert!(pages.join("quince-need-create.1").is_file());
}
