//! The node that holds many records: cities join it and bring theirs over the wire, signed and verified like any other's, so that
//! nothing is in its database that a federation could not have put there.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use quince_core::feed::Lane;
use quince_tests::attacker::{Mask, Member, Session};
use quince_tests::city::{City, Desk, Premises};
use quince_tests::federation;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::time::timeout;

use super::Arguments;
use super::records::Records;
use crate::ours::status_of;
use crate::say;

/// Cities that write records: as many as a full mesh has.
pub(super) const CITIES: i32 = 32;

/// Under which the data directory is kept as it was right after it was filled: every run begins with it.
const FILLED: &str = "filled";

/// The file that says what was loaded.
const LOADED: &str = "loaded.json";

/// Longer than a city's records take.
const PATIENCE: Duration = Duration::from_mins(10);

/// Between two looks at how much has arrived.
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// What a node holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) records: u64,
    pub(super) open_percent: u32,
    pub(super) body_bytes: u64,
}

/// A node with many records, not running.
#[derive(Debug)]
pub(super) struct Stock {
    pub(super) city: City,
    pub(super) content: Content,
    _temporary: Option<TempDir>,
}

impl Stock {
    /// Sets the node up and fills it. With a folder, that is done once and found there the next time.
    pub(super) async fn prepare(arguments: &Arguments) -> Result<Self> {
        let Arguments { records, open_percent, ref keep, ref node, .. } = *arguments;
        let temporary = tempfile::tempdir()?;
        let folder = keep.as_deref().unwrap_or(temporary.path());
        let binary = node.clone().map_or_else(std::env::current_exe, Ok)?;
        let binary = binary.to_str().context("a path that is text")?;
        let (place, premises) = ("Isfahan,IR,32.654,51.668", Premises::default());
        let mut city = City::settle(binary, "isfahan", place, &premises, &folder.join("isfahan"));
        let file = folder.join(LOADED);
        let content = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(_) => {
                let body_bytes = fill(&mut city, records, open_percent).await?;
                let content = Content { records, open_percent, body_bytes };
                std::fs::write(file, serde_json::to_vec(&content)?)?;
                content
            }
        };
        let expected = Content { records, open_percent, ..content };
        ensure!(content == expected, "{} holds {content:?}, expected {expected:?}", folder.display());
        city.bring_back(FILLED);
        Ok(Self { city, content, _temporary: keep.is_none().then_some(temporary) })
    }
}

/// Fills a node that was just set up, and keeps it aside. Tells how many bytes the bodies have.
async fn fill(city: &mut City, records: u64, open_percent: u32) -> Result<u64> {
    let desk = city.start().await;
    federation::found(&desk).await;
    let (mut bytes, mut arrived) = (0, 0);
    for number in 0..CITIES {
        let cities = u64::from(CITIES.unsigned_abs());
        let share = records / cities + u64::from(u64::from(number.unsigned_abs()) < records % cities);
        bytes += bring(city, &desk, number, share, open_percent).await?;
        arrived += share;
        let held = async {
            while records_of(&desk).await? < arrived {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, held).await.context("the records never arrived")??;
        say(&format!("{arrived} records are there"));
    }
    city.kill();
    city.keep(FILLED);
    Ok(bytes)
}

/// One city joins and brings its records.
async fn bring(city: &City, desk: &Desk, number: i32, count: u64, open_percent: u32) -> Result<u64> {
    let member = Member::join(Mask::new(&format!("city-{number}")), city, desk).await;
    let (mut feed, mut bytes) = (member.feed(Lane::Normal), 0);
    let mut records = Records::of(number, open_percent);
    for record in 1..=count {
        let (kind, body) = records.next();
        bytes += body.len() as u64;
        feed.push(kind, (record + 1, 1), body);
    }
    let mut session = Session::enter(&member.dial(city).await, &member).await;
    session.bring(&feed).await;
    Ok(bytes)
}

/// Needs and offers that can be queried.
pub(super) async fn records_of(desk: &Desk) -> Result<u64> {
    let status = status_of(desk).await?;
    Ok(status.needs + status.offers)
}
