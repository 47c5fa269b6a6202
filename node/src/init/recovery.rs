//! The recovery file: the node's next signing key, encrypted with a passphrase, outside the data directory.
//!
//! Only its hash is in the inception. Whoever steals the node's machine has the present key but not this one, so its
//! owner can end the thief's reign. The file is plain `age` with a passphrase: `age -d` opens it too.

use std::io::Write as _;
use std::path::Path;

use age::armor::{ArmoredWriter, Format};
use age::secrecy::SecretString;
use quince_core::domain::{FieldError, Handle};
use quince_core::feed::NodeId;
use zeroize::Zeroizing;

use crate::clock::Entropy;
use crate::keys::{Seed, seed_text};

/// Words of a passphrase that we make: 48 bits, each guess of which costs a second of scrypt.
const PASSPHRASE_WORDS: usize = 6;

/// A shorter passphrase is guessed in days, in spite of scrypt.
const PASSPHRASE_CHARS_MIN: usize = 8;

/// A passphrase; wiped when dropped.
pub type Passphrase = Zeroizing<String>;

/// Makes a passphrase that can be written down and read aloud.
#[must_use]
pub fn draw_passphrase(entropy: &Entropy) -> Passphrase {
    let bytes: [u8; PASSPHRASE_WORDS] = entropy.bytes();
    Zeroizing::new(bytes.map(quince_core::roster::words::word).join(" "))
}

/// Reads a passphrase from the first line of a file.
///
/// # Errors
/// When the file cannot be read or the passphrase is too short.
pub fn read_passphrase(path: &Path) -> Result<Passphrase, FieldError> {
    let unreadable =
        |error| FieldError::of(format!("{} ({error})", path.display()), "a file that can be read");
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
    check_passphrase(text.lines().next().unwrap_or_default())
}

/// Asks for a passphrase twice, on the terminal.
///
/// # Errors
/// When there is no terminal, the two differ, or the passphrase is too short.
pub fn ask_passphrase() -> Result<Passphrase, FieldError> {
    let ask = |prompt| {
        let typed = rpassword::prompt_password(prompt).map(Zeroizing::new);
        typed.map_err(|error| FieldError::of(error, "a terminal to type it, or --passphrase-file"))
    };
    let first = ask("Passphrase for the recovery file: ")?;
    if *first != *ask("The same once more: ")? {
        return Err(
            FieldError::of("typed differently twice", "the same passphrase twice").under("passphrase")
        );
    }
    check_passphrase(&first)
}

/// The value itself stays out of the error.
fn check_passphrase(text: &str) -> Result<Passphrase, FieldError> {
    let chars = text.chars().count();
    if chars >= PASSPHRASE_CHARS_MIN {
        return Ok(Zeroizing::new(text.to_owned()));
    }
    Err(FieldError::of(format!("{chars} characters"), format!("at least {PASSPHRASE_CHARS_MIN}"))
        .under("passphrase"))
}

/// The file's content: text that survives mail and printing.
///
/// # Errors
/// When the library cannot encrypt.
pub fn encrypt(
    handle: &Handle,
    node: &NodeId,
    next: &Seed,
    passphrase: &Passphrase,
) -> Result<Vec<u8>, std::io::Error> {
    let key = seed_text(next);
    let plain =
        Zeroizing::new(format!("quince recovery v1\nhandle {handle}\nnode {node}\nnext key {}", *key));
    let encryptor = age::Encryptor::with_user_passphrase(SecretString::from(passphrase.as_str()));
    let armor = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
    let mut writer = encryptor.wrap_output(armor)?;
    writer.write_all(plain.as_bytes())?;
    writer.finish()?.finish()
}
