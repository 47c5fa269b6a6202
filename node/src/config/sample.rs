//! Writes `node.toml`: every setting with its meaning and default, commented out where nobody chose otherwise.

use std::fmt::Write as _;

use super::raw::Raw;
use super::setting::{self, Setting, Shape};

/// The width of comments.
const WIDTH: usize = 100;

const HEADER: &str = "\
# The configuration of a Quince node. Each setting stands here with its default; remove the # to change it.
# A flag beats a QUINCE_… variable, a variable beats this file. Restart the node after a change.
";

/// The file with nothing but defaults.
#[must_use]
pub fn sample() -> String {
    written(&Raw::default())
}

/// The file with what was said.
#[must_use]
pub fn written(raw: &Raw) -> String {
    let mut out = HEADER.to_owned();
    let mut section = "";
    for setting in setting::ALL {
        if setting.section() != section {
            section = setting.section();
            put(&mut out, format_args!("\n[{section}]\n"));
        } else {
            out.push('\n');
        }
        for line in wrap(setting.meaning) {
            put(&mut out, format_args!("# {line}\n"));
        }
        let mark = if raw.says(setting) { "" } else { "# " };
        put(&mut out, format_args!("{mark}{} = {}\n", setting.name(), value(setting, &raw.texts(setting).0)));
    }
    out
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes everything");
}

fn value(setting: &Setting, texts: &[&str]) -> String {
    let quoted = |text: &&str| toml::Value::from(*text).to_string();
    match setting.shape {
        Shape::Text => texts.iter().map(quoted).collect(),
        Shape::Switch => texts.concat(),
        Shape::List => format!("[{}]", texts.iter().map(quoted).collect::<Vec<_>>().join(", ")),
    }
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
