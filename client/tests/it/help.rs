//! Help is the manual: its text is kept, and it names every exit code.

use clap::CommandFactory;
use jiff::Timestamp;
use quince::args::Cli;
use quince::exit::Exit;
use quince::input::catalogue::Catalogue;
use quince::input::fault::Faults;
use quince::input::import::{Entry, Table};
use quince::input::need::NeedLineInput;
use quince::input::offer::OfferLineInput;
use quince::input::sheet::{Author, Sheet};

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
    let verbs = [
        ["requisition", "create"],
        ["requisition", "bundle"],
        ["commitment", "commit"],
        ["commitment", "release"],
    ];
    insta::assert_snapshot!(verbs.map(|path| help(&path)).join("\n---\n"));
}

#[test]
fn help_of_own_items_is_as_agreed() {
    insta::assert_snapshot!(["create", "update", "list"].map(|verb| help(&["item", verb])).join("\n---\n"));
}

#[test]
fn help_of_match_is_as_agreed() {
    let verbs = ["list", "explain", "why-not", "simulate", "watch", "plan"];
    insta::assert_snapshot!(verbs.map(|verb| help(&["match", verb])).join("\n---\n"));
}

#[test]
fn what_is_supposed_is_typed_as_what_is_created() {
    for record in ["need", "offer"] {
        let (create, simulate) = (help(&[record, "create"]), help(&["match", "simulate", record]));
        let examples = |help: &str| help.split_once("A file is YAML").map(|(_, file)| file.to_owned());
        assert_eq!(examples(&simulate), examples(&create));
        // These say how to write, and nothing is written here.
        let only_of_writes = ["draft", "validate-only", "public-contact", "request-id"];
        let flags = |help: &str| -> Vec<String> {
            let words = help.split_whitespace().filter_map(|word| word.strip_prefix("--"));
            words.filter(|word| !only_of_writes.contains(word)).map(str::to_owned).collect()
        };
        assert_eq!(flags(&simulate), flags(&create));
    }
}

#[test]
fn help_lists_the_verbs_of_each_family() {
    let families = [
        "federation",
        "peer",
        "offline",
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
        "import",
        "history",
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
fn the_example_in_the_help_of_import_is_a_good_file() {
    let help = help(&["import"]);
    let (_, example) = help.split_once("`offer create --file` read:\n").expect("an example");
    let (example, _) = example.split_once("\n\nColumns:").expect("its end");
    let lines: Vec<&str> = example.lines().map(str::trim).collect();
    assert_eq!(lines.len(), 4);
    let mut faults = Faults::default();
    let table = Table::parse(&lines.join("\n"), None, &[], &mut faults).expect("a table");
    let entries = Entry::all(table, None, &mut faults);
    assert_eq!(entries.iter().map(|entry| entry.rows.len()).collect::<Vec<_>>(), [2, 1]);
    let author = Author { language: "en", exercise: false, now: Timestamp::UNIX_EPOCH };
    entries.iter().for_each(|entry| drop(entry.prepare(&author, &Catalogue::default(), &mut faults)));
    // The units of the items are the catalogue's to say, and there is none here.
    let told = faults.end().expect_err("no units").fields;
    let units =
        |(place, words): &(String, String)| place.ends_with("quantity") && words.contains("a unit as well");
    assert!(told.len() == 3 && told.iter().all(units), "{told:?}");
}

#[test]
fn completions_and_manual_need_no_profile() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = folder.path().join("man");
    crate::fake::quince().args(["completions", "bash"]).env("HOME", folder.path()).assert().success();
    crate::fake::quince().arg("man").arg(&pages).env("HOME", folder.path()).assert().success();
    assert!(pages.join("quince-need-create.1").is_file());
}
