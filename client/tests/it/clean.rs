//! Peer text never reaches a terminal raw.

use quince::print::clean::{clean, escape_json};

/// Texts that a hostile partner could send, and what a reader sees of them.
const CORPUS: &[(&str, &str)] = &[
    ("plain", "plain"),
    ("\u{1b}[31mred\u{1b}[0m", "[31mred[0m"),
    ("\u{1b}]0;title\u{7}", "]0;title"),
    ("\u{9b}2J", "2J"),
    ("\u{9d}8;;http://evil\u{9c}", "8;;http://evil"),
    ("line\nline", "line line"),
    ("carriage\rreturn", "carriage return"),
    ("tab\ttab", "tab tab"),
    ("back\u{8}space", "backspace"),
    ("nul\0nul", "nulnul"),
    ("del\u{7f}", "del"),
    ("nel\u{85}nel", "nel nel"),
    ("para\u{2028}para\u{2029}", "para para "),
    ("\u{202e}gpj.exe", "gpj.exe"),
    ("\u{2066}iso\u{2069}", "iso"),
    ("\u{200e}\u{200f}\u{61c}marks", "marks"),
    ("zero\u{200b}width\u{200d}\u{feff}", "zerowidth"),
    ("soft\u{ad}hyphen", "softhyphen"),
    ("word\u{2060}joiner", "wordjoiner"),
    ("hangul\u{3164}\u{115f}\u{ffa0}", "hangul"),
    ("braille\u{2800}", "braille"),
    ("variation\u{fe0f}\u{e0100}", "variation"),
    ("tag\u{e0041}\u{e007f}", "tag"),
    ("note\u{fff9}a\u{fffb}", "notea"),
    ("ماسک جراحی", "ماسک جراحی"),
    ("医用外科口罩", "医用外科口罩"),
    ("सर्जिकल मास्क", "सर्जिकल मास्क"),
    ("mascarilla quirúrgica 😷", "mascarilla quirúrgica 😷"),
];

#[test]
fn a_corpus_of_hostile_texts_prints_without_controls() {
    for (text, seen) in CORPUS {
        assert_eq!(clean(text), *seen, "{text:?}");
    }
}

#[test]
fn every_control_of_unicode_is_hidden() {
    for c in (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| c.is_control()) {
        let shown = clean(&c.to_string());
        assert!(shown.is_empty() || shown == " ", "{c:?} came through");
    }
}

#[test]
fn escaped_json_reads_back_to_the_same_text() {
    for (text, _) in CORPUS {
        let json = serde_json::to_string(text).expect("a string");
        let escaped = escape_json(&json);
        assert_eq!(serde_json::from_str::<String>(&escaped).expect("valid"), *text);
        assert_eq!(clean(&escaped), escaped, "{text:?} is not harmless");
    }
}
