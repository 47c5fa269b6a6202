//! The offices of a story in one process: each founded as `init` does it, with its own directory, database, keys and ports,
//! and served as `run` does it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::args::{DataArguments, InitArguments, Overrides};
use crate::clock::{Clock, Entropy};
use crate::config::setting::{API_LISTEN, PEER_ADVERTISE, PEER_ALLOW_LOCAL, PEER_LISTEN};
use crate::config::{Config, ConfigError, Raw};
use crate::demo::door::{Door, DoorError};
use crate::demo::story::{Office, Story};
use crate::error::sentence;
use crate::init::recovery::draw_passphrase;
use crate::init::{Draft, Plan};
use crate::node::{Listeners, Node};
use crate::office::BusinessTime;
use crate::opening;
use crate::shutdown::Ended;

/// The offices, serving.
#[derive(Debug)]
pub struct Town {
    houses: Vec<House>,
}

/// One office.
#[derive(Debug)]
struct House {
    door: Door,
    stop: mpsc::Sender<()>,
    running: JoinHandle<Ended>,
}

/// An office cannot be set up.
#[derive(Debug, Error)]
#[error("the office {handle} cannot be set up: {fault}")]
pub struct TownError {
    handle: String,
    fault: String,
}

impl Town {
    /// Founds and opens every office of a story, each in a directory of its own in `folder`.
    ///
    /// # Errors
    /// When one of them cannot be set up.
    pub async fn build(folder: &Path, story: &Story) -> Result<Self, TownError> {
        let time = if story.exercise { BusinessTime::Drill } else { BusinessTime::Demonstration };
        let mut building = JoinSet::new();
        for (turn, office) in story.offices.iter().cloned().enumerate() {
            let folder = folder.to_owned();
            building.spawn(async move {
                let built = House::build(&folder, &office, time).await;
                let built = built.map_err(|fault| TownError { handle: office.handle.clone(), fault });
                built.map(|house| (turn, house))
            });
        }
        let built = building.join_all().await.into_iter().collect::<Result<Vec<_>, _>>();
        let mut houses = built?;
        houses.sort_by_key(|(turn, _)| *turn);
        Ok(Self { houses: houses.into_iter().map(|(_, house)| house).collect() })
    }

    /// The ways into the offices, in the story's order.
    #[must_use]
    pub fn doors(&self) -> Vec<Door> {
        self.houses.iter().map(|house| house.door.clone()).collect()
    }

    /// Ends every office, each finishing what it has begun.
    pub async fn close(self) {
        for house in &self.houses {
            // An office that has ended by itself hears nothing any more, and is closed all the same.
            let _gone = house.stop.send(()).await;
        }
        for house in self.houses {
            drop(house.running.await);
        }
    }
}

impl House {
    async fn build(folder: &Path, office: &Office, time: BusinessTime) -> Result<Self, String> {
        let (api, peer) = (bind().await?, bind().await?);
        let data = folder.join(&office.handle);
        let asked = asked(office, data.clone(), address(&api)?, address(&peer)?);
        found(asked).await?;
        let config =
            Config::load(&data, Raw::default()).map_err(|error: ConfigError| error.faults().join("; "))?;
        let node = Node::open(config, Clock::system(), time, Entropy::system()).await;
        let node = node.map_err(|error| sentence(&error))?;
        let (stop, signals) = mpsc::channel(1);
        let listeners = Listeners { api, peer: Some(peer), metrics: None };
        let running = tokio::spawn(node.serve(listeners, signals));
        let door = Door::of(&office.handle, &data).map_err(|error: DoorError| error.to_string())?;
        Ok(Self { door, stop, running })
    }
}

/// A free port of this machine that nobody can take between its choice and its use.
async fn bind() -> Result<TcpListener, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| error.to_string())
}

fn address(tcp: &TcpListener) -> Result<SocketAddr, String> {
    tcp.local_addr().map_err(|error| error.to_string())
}

/// What an administrator would type.
fn asked(office: &Office, data: PathBuf, api: SocketAddr, peer: SocketAddr) -> InitArguments {
    let mut settings = Raw::default();
    settings.override_with(&API_LISTEN, vec![api.to_string()]);
    settings.override_with(&PEER_LISTEN, vec![peer.to_string()]);
    settings.override_with(&PEER_ADVERTISE, vec![peer.to_string()]);
    settings.override_with(&PEER_ALLOW_LOCAL, vec!["true".to_owned()]);
    InitArguments {
        recovery_file: data.with_extension("recovery"),
        node: DataArguments { data, overrides: Overrides(settings) },
        handle: office.handle.clone(),
        name: office.name.clone(),
        place: office.place.clone(),
        passphrase_file: None,
    }
}

/// As `init` does it. Nobody will need the recovery files: their passphrases are drawn and forgotten.
async fn found(asked: InitArguments) -> Result<(), String> {
    let entropy = Entropy::system();
    let plan = Plan::check(asked).map_err(|error| error.to_string())?;
    let draft = Draft::make(plan, &Clock::system(), &entropy).map_err(|error| sentence(&error))?;
    let config = &draft.plan().config;
    let founded = opening::found(draft.path(), config, draft.founding(), draft.token(), &entropy).await;
    founded.map_err(|error| sentence(&error))?;
    // Encrypting with a passphrase takes a second on purpose.
    let published = tokio::task::spawn_blocking(move || draft.publish(&draw_passphrase(&entropy))).await;
    published.map_err(|error| error.to_string())?.map_err(|error| sentence(&error))?;
    Ok(())
}
