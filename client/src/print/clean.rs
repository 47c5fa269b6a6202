//! What other cities wrote, made safe to print: the one place that decides which characters reach a terminal.

use std::fmt::Write;

/// The text without C0, C1, bidirectional controls and invisible characters. Line breaks and tabs become spaces, so
/// that one value stays on one line and words stay apart.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().filter_map(shown).collect()
}

/// JSON with the same characters escaped: equal to a reader of JSON, harmless to a terminal. They can only stand
/// inside strings, because outside of strings the serializer writes ASCII.
#[must_use]
pub fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn shown(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if hidden(c) => None,
        c => Some(c),
    }
}

/// Whether a character has no ink of its own but changes how its neighbours look or what a terminal does.
fn hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'                          // C0, DEL, C1
        | '\u{61c}' | '\u{200e}' | '\u{200f}'                          // bidirectional marks
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'            // embeddings, overrides, isolates
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
