//! `quince-node init`: the data directory of a new node, whole or not at all.
//!
//! Everything is made in a directory beside the target and renamed at the end, so that a crash leaves nothing that looks
//! like a node. The recovery file is written just before that, and removed if the end is not reached.

mod plan;
pub mod recovery;

use std::fs;
use std::path::{Path, PathBuf};

use quince_core::feed::{Sign as _, SigningKey};
use quince_core::roster::Inception;
use quince_core::roster::inception::next_key_hash;
use thiserror::Error;

use crate::clock::{Clock, Entropy};
use crate::config;
use crate::founding::{Founding, FoundingError};
use crate::keys::{Keys, KeysError, Seed};
use crate::private::{self, PrivateError};
use crate::token::AdminToken;

pub use plan::{Plan, PlanError};
pub use recovery::Passphrase;

/// Whom the first token names.
pub const FIRST_HOLDER: &str = "admin";

/// A data directory that is made but not yet in its place. Dropped, it leaves nothing behind.
pub struct Draft {
    plan: Plan,
    building: PathBuf,
    founding: Founding,
    next: Seed,
    token: AdminToken,
    recovery_written: bool,
    published: bool,
}

/// A node cannot be made.
#[derive(Debug, Error)]
pub enum InitError {
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The keys cannot be made.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The founding cannot be written.
    #[error(transparent)]
    Founding(#[from] FoundingError),
    /// The recovery file cannot be encrypted.
    #[error("the recovery file cannot be encrypted")]
    Recovery(#[source] std::io::Error),
    /// The directory cannot be put in its place.
    #[error("{} cannot be put in its place", path.display())]
    Publish {
        /// The data directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Draft {
    /// Makes everything beside the target.
    ///
    /// # Errors
    /// When a file cannot be written; nothing is left then.
    pub fn make(plan: Plan, clock: &Clock, entropy: &Entropy) -> Result<Self, InitError> {
        let now = clock.real_now();
        let building = beside(&plan.data, entropy);
        private::make_directory(&building)?;
        let [signing, next] = [(); 2].map(|()| Seed::new(entropy.bytes()));
        let inception = Inception {
            signing_key: SigningKey::from_seed(&signing).public_key(),
            next_key_hash: next_key_hash(&SigningKey::from_seed(&next).public_key()),
            salt: entropy.bytes(),
        };
        let founding = Founding {
            handle: plan.handle.clone(),
            name: plan.name.clone(),
            seat: plan.seat.clone(),
            inception,
        };
        let token = AdminToken::draw(entropy, FIRST_HOLDER, now);
        let draft = Self { plan, building, founding, next, token, recovery_written: false, published: false };
        Keys::make(&draft.building, &signing, draft.plan.handle.as_str(), entropy, now)?;
        draft.founding.write(&draft.building)?;
        let configuration = config::written(&draft.plan.settings);
        private::write_new(&draft.building.join(config::FILE), configuration.as_bytes())?;
        draft.token.write_profile(&draft.building, &draft.plan.config.api.listen)?;
        Ok(draft)
    }

    /// Where the directory is being made: the database goes in here before [`Draft::publish`].
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.building
    }

    /// What was asked for.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Who the node is.
    #[must_use]
    pub fn founding(&self) -> &Founding {
        &self.founding
    }

    /// The first token: its hash goes into the database before [`Draft::publish`].
    #[must_use]
    pub fn token(&self) -> &AdminToken {
        &self.token
    }

    /// Writes the recovery file and puts the directory in its place. From here on the node exists.
    ///
    /// # Errors
    /// When a file exists or cannot be written; nothing is left then.
    pub fn publish(mut self, passphrase: &Passphrase) -> Result<Founding, InitError> {
        let node = self.founding.node_id();
        let sealed = recovery::encrypt(&self.founding.handle, &node, &self.next, passphrase);
        private::write_new(&self.plan.recovery_file, &sealed.map_err(InitError::Recovery)?)?;
        self.recovery_written = true;
        // Renaming replaces an empty directory and fails on any other.
        fs::rename(&self.building, &self.plan.data)
            .map_err(|source| InitError::Publish { path: self.plan.data.clone(), source })?;
        self.published = true;
        private::sync_parent(&self.plan.data)?;
        Ok(self.founding.clone())
    }
}

impl Drop for Draft {
    /// Nobody can be told here that cleaning up failed; what stays has a name that says what it is.
    fn drop(&mut self) {
        if self.published {
            return;
        }
        drop(fs::remove_dir_all(&self.building));
        if self.recovery_written {
            drop(fs::remove_file(&self.plan.recovery_file));
        }
    }
}

/// A name in the same directory, so that renaming stays within one file system.
fn beside(data: &Path, entropy: &Entropy) -> PathBuf {
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    let mark = data_encoding::HEXLOWER.encode(&entropy.bytes::<4>());
    data.with_file_name(format!(".{name}.init-{mark}"))
}

#[cfg(test)]
mod tests;
