//! `quince-node admin-token`: another token for whoever can write the data directory.

use std::io::Write;

use crate::args::DataArguments;
use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::error::Failure;
use crate::founding::Founding;
use crate::init::FIRST_HOLDER;
use crate::opening;
use crate::store::Access;
use crate::token::{AdminToken, PROFILE};

pub(super) async fn perform(asked: DataArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let config = Config::load(&asked.data, asked.overrides.0)?;
    let founding = Founding::load(&config.data).map_err(|error| Failure::of(&error))?;
    let entropy = Entropy::system();
    let store = opening::open(&config, &founding, Access::Beside, &entropy).await?;
    let token = AdminToken::draw(&entropy, FIRST_HOLDER, Clock::system().real_now());
    opening::add_token(&store, &token).await?;
    store.close().await;
    token.write_profile(&config.data, &config.api.listen)?;
    writeln!(out, "{} has a new token, valid until {}", config.data.join(PROFILE).display(), token.expires)?;
    Ok(())
}
