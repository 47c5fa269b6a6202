//! The profile: which node to call, whom to trust there, and with which token.
//!
//! A TOML file, mode 0600, written by `quince-node init` as `profile.toml` in its data directory:
//!
//! ```toml
//! endpoint = "https://127.0.0.1:7443"  # the node's API listener
//! ca = "api.crt"                       # PEM; the only root that is trusted; relative to this file
//! token = "..."                        # the bearer token, or: token_file = "token" (mode 0600 too)
//! exercise = false                     # everything written through this profile is a drill
//! language = "en"                      # BCP 47; of texts typed here, and of the node's sentences
//! ```
//!
//! `http://` is accepted for loopback addresses only, because the token would travel in the clear.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tonic::transport::Uri;

/// Where to call, and as whom. It has no `Debug`, so that no log can show the token.
pub struct Profile {
    /// The API listener.
    pub endpoint: Uri,
    /// PEM of the only root that is trusted; `None` for plain loopback.
    pub ca: Option<Vec<u8>>,
    /// The bearer token.
    pub token: String,
    /// Everything written is a drill.
    pub exercise: bool,
    /// BCP 47.
    pub language: String,
}

/// A profile cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says it")]
pub enum ProfileError {
    #[error("no profile: neither --profile nor QUINCE_PROFILE is given, and there is no home directory")]
    NoHome,
    #[error("profile {}: cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("profile {}: mode is {mode:04o}, expected 0600, because it holds a token", path.display())]
    TooOpen { path: PathBuf, mode: u32 },
    #[error("profile {}: line {line}: {problem}", path.display())]
    Malformed { path: PathBuf, line: usize, problem: String },
    #[error("profile {}: {field}: expected {expected}", path.display())]
    Missing { path: PathBuf, field: &'static str, expected: &'static str },
    #[error("profile {}: endpoint: got {got:?}, expected https://HOST:PORT, or http:// for a loopback address", path.display())]
    Endpoint { path: PathBuf, got: String },
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    endpoint: String,
    ca: Option<PathBuf>,
    token: Option<String>,
    token_file: Option<PathBuf>,
    #[serde(default)]
    exercise: bool,
    #[serde(default = "default_language")]
    language: String,
}

impl Profile {
    /// Reads and checks the profile at `path`.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let text = private_text(path)?;
        let file: ProfileFile = toml::from_str(&text).map_err(|error| malformed(path, &text, &error))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let endpoint = endpoint(path, &file.endpoint)?;
        let ca = match (endpoint.scheme_str(), file.ca) {
            (Some("https"), None) => return Err(missing(path, "ca", "the PEM file of the node's root")),
            (_, None) => None,
            (_, Some(ca)) => Some(fs::read(folder.join(&ca)).map_err(unreadable(&folder.join(ca)))?),
        };
        let token = match (file.token, file.token_file) {
            (Some(token), None) => token,
            (None, Some(file)) => private_text(&folder.join(file))?,
            _ => return Err(missing(path, "token", "exactly one of token and token_file")),
        };
        let token = token.trim().to_owned();
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(missing(path, "token", "printable ASCII without spaces"));
        }
        Ok(Self { endpoint, ca, token, exercise: file.exercise, language: file.language })
    }

    /// Where the profile lies when nobody says otherwise.
    pub fn default_path() -> Result<PathBuf, ProfileError> {
        let folder = |variable| std::env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from);
        folder("XDG_CONFIG_HOME")
            .or_else(|| folder("HOME").map(|home| home.join(".config")))
            .map(|config| config.join("quince").join("profile.toml"))
            .ok_or(ProfileError::NoHome)
    }
}

impl ProfileError {
    /// What to do about it: a command to paste where there is one.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoHome => "say where the profile is: --profile FILE".to_owned(),
            Self::TooOpen { path, .. } => format!("chmod 600 {}", path.display()),
            Self::Unreadable { .. } => {
                "`quince-node init` writes a profile.toml into its data directory: --profile DIR/profile.toml"
                    .to_owned()
            }
            Self::Malformed { .. } | Self::Missing { .. } | Self::Endpoint { .. } => {
                "a profile has: endpoint, ca, token or token_file, exercise, language".to_owned()
            }
        }
    }
}

fn default_language() -> String {
    "en".to_owned()
}

fn endpoint(path: &Path, text: &str) -> Result<Uri, ProfileError> {
    let refused = || ProfileError::Endpoint { path: path.to_owned(), got: text.to_owned() };
    let uri: Uri = text.parse().map_err(|_| refused())?;
    let host = uri.host().unwrap_or_default();
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") if !host.is_empty() => Ok(uri),
        Some("http") if loopback => Ok(uri),
        _ => Err(refused()),
    }
}

/// The value is not repeated, because it may be a secret.
fn missing(path: &Path, field: &'static str, expected: &'static str) -> ProfileError {
    ProfileError::Missing { path: path.to_owned(), field, expected }
}

/// The line instead of the parser's excerpt, which could show the token.
fn malformed(path: &Path, text: &str, error: &toml::de::Error) -> ProfileError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    ProfileError::Malformed {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        problem: error.message().replace('\n', ", "),
    }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> ProfileError {
    let path = path.to_owned();
    |source| ProfileError::Unreadable { path, source }
}

/// The text of a file that only its owner may read.
fn private_text(path: &Path) -> Result<String, ProfileError> {
    let metadata = fs::metadata(path).map_err(unreadable(path))?;
    match looser_mode(&metadata) {
        Some(mode) => Err(ProfileError::TooOpen { path: path.to_owned(), mode }),
        None => fs::read_to_string(path).map_err(unreadable(path)),
    }
}

#[cfg(unix)]
fn looser_mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o777;
    (mode & !0o600 != 0).then_some(mode)
}

/// Elsewhere the home directory's own rights protect the file.
#[cfg(not(unix))]
fn looser_mode(_: &fs::Metadata) -> Option<u32> {
    None
}
