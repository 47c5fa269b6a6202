//! A node to test with: founded in a directory of its own, on ports of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser as _;
use quince_node::args::{Arguments, InitArguments, Verb};
use quince_node::clock::{Clock, Entropy};
use quince_node::config::{Config, Raw};
use quince_node::init::{Draft, Passphrase, Plan};
use quince_node::node::{Addresses, Listeners, Node};
use quince_node::office::BusinessTime;
use quince_node::opening;
use quince_node::shutdown::Ended;
use quince_node::tls::TlsIdentity;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A founded node. Its directory goes when it is dropped.
pub(crate) struct House {
    pub(crate) folder: TempDir,
}

/// A node that serves.
pub(crate) struct Running {
    pub(crate) house: House,
    pub(crate) addresses: Addresses,
    pub(crate) signals: mpsc::Sender<()>,
    pub(crate) ended: JoinHandle<Ended>,
}

impl House {
    pub(crate) async fn found(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::check(asked(folder.path(), flags)).unwrap_or_else(|error| panic!("{error}"));
        let entropy = Entropy::seeded(1);
        let draft = Draft::make(plan, &Clock::system(), &entropy).unwrap();
        let config = &draft.plan().config;
        opening::found(draft.path(), config, draft.founding(), draft.token(), &entropy).await.unwrap();
        draft.publish(&Passphrase::new("only for tests".to_owned())).unwrap();
        Self { folder }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The API authority's certificate, as clients get it.
    pub(crate) fn root(&self) -> String {
        std::fs::read_to_string(self.data().join("api-ca.pem")).unwrap()
    }

    pub(crate) async fn run(self) -> Running {
        let config = Config::load(&self.data(), Raw::default()).unwrap();
        let listeners = Listeners::bind(&config).await.unwrap();
        let addresses = listeners.addresses().unwrap();
        let node =
            Node::open(config, Clock::system(), BusinessTime::Machine, Entropy::seeded(2)).await.unwrap();
        let (signals, receiver) = mpsc::channel(2);
        let ended = tokio::spawn(node.serve(listeners, receiver));
        Running { house: self, addresses, signals, ended }
    }
}

/// What `init` is asked for, on free ports unless the flags say otherwise.
pub(crate) fn asked(folder: &Path, flags: &[&str]) -> InitArguments {
    let (data, recovery) = (folder.join("data"), folder.join("recovery"));
    let mut line = vec!["quince-node", "init", "--handle", "isfahan", "--name", "Isfahan"];
    line.extend(["--place", "Isfahan,IR", "--data", data.to_str().unwrap()]);
    line.extend(["--recovery-file", recovery.to_str().unwrap(), "--api-listen", "127.0.0.1:0"]);
    line.extend(flags);
    let Verb::Init(asked) = Arguments::parse_from(line).verb else { panic!("init was asked for") };
    *asked
}

/// A key that belongs to nobody.
pub(crate) fn stranger() -> Arc<TlsIdentity> {
    let pem = TlsIdentity::make_peer(Clock::system().real_now()).unwrap();
    Arc::new(TlsIdentity::from_pem("a stranger's key", &pem).unwrap())
}
