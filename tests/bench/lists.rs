//! Live lists at full size: an owner revised every record so often that most of its feeds is dead, and swept them. What the sweep
//! costs the owner, what the list costs a city that holds everything, and what a newcomer receives, from the owner and from
//! that city once it has let go.
//!
//! The owner's store is filled, and the city's copy made, by the store's own code in this process: two million calls of the public
//! API would take hours. From the sweep on the nodes are processes and what they replicate goes over their sessions.

mod copies;
mod fill;
mod probe;
mod shelf;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use quince_proto::admin::v1 as admin;
use quince_tests::city::{City, Desk, Premises};
use quince_tests::federation;
use tempfile::TempDir;

use crate::lists::fill::Plan;
use crate::lists::probe::Probe;
use crate::lists::shelf::{Shelf, Space};
use crate::ours::{at_rest, status_of};
use crate::process::{Process, received_from};
use crate::stopwatch;
use crate::{say, show};

/// Under which a data directory is kept as it was right after its node joined.
const JOINED: &str = "joined";

/// The handle of the one that owns everything.
const OWNER: &str = "owner";

/// Longer than anything that is waited for takes on a slow machine.
const PATIENCE: Duration = Duration::from_mins(20);

/// Between two looks at whether something is done: short against what is timed.
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// How much, and in which order.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Records of the owner
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    records: u64,
    /// Revisions of each; the last one withdraws a tenth of them
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(2..))]
    revisions: u64,
    /// Revises records in no order, so that what lives stands scattered among what is dead; otherwise one after the other in rounds
    #[arg(long)]
    scattered: bool,
    /// Runs the follower, which is also the relay, as another program, such as an older version
    #[arg(long, value_name = "FILE")]
    follower: Option<PathBuf>,
}

/// Three cities: one that owns everything, one that has followed it, one that comes late.
struct Cities {
    owner: City,
    follower: City,
    newcomer: City,
    _temporary: TempDir,
}

/// What a newcomer came through.
struct Arrival {
    seconds: f64,
    received: Option<f64>,
    peak_mib: f64,
}

pub(crate) async fn measure(arguments: &Arguments) -> Result<()> {
    let Arguments { records, revisions, scattered, .. } = *arguments;
    let plan = Plan { records, revisions, scattered };
    let mut cities = Cities::found(arguments.follower.as_deref()).await?;
    let mut table = String::from("| what | found |\n|---|---|\n");

    let shelf = Shelf::open(&cities.owner).await?;
    let began = stopwatch::start();
    plan.fill(&shelf).await?;
    say(&format!("{} entries written in {:.1} s", plan.entries(), began.elapsed().as_secs_f64()));
    let copy = Shelf::open(&cities.follower).await?;
    let began = stopwatch::start();
    copies::follow(&copy, &shelf).await?;
    say(&format!("followed in {:.1} s", began.elapsed().as_secs_f64()));
    copy.close().await;
    let swept = shelf.sweep().await?;
    shelf.close().await;
    say(&format!("swept in {:.2} s, {:.0} MiB more", swept.seconds, swept.more_mib));
    row(&mut table, "entries, of which a sweep calls dead", format!("{}, {}", plan.entries(), swept.dead))?;
    row(&mut table, "the sweep: writer blocked, s", format!("{:.2}", swept.seconds))?;
    row(&mut table, "the sweep: memory beyond what was there, MiB", format!("{:.0}", swept.more_mib))?;

    cities.take_effect(&mut table).await?;
    let direct = cities.arrive(true).await.context("from the owner")?;
    let facts = cities.compare(&mut table).await.context("after coming from the owner")?;
    arrival(&mut table, "from the owner", &direct, facts.live_bytes)?;
    let relayed = cities.arrive(false).await.context("from the one that has let go")?;
    let facts = cities.compare(&mut String::new()).await.context("after coming from a relay")?;
    arrival(&mut table, "from the one that has let go", &relayed, facts.live_bytes)?;
    show(&table)
}

fn row(table: &mut String, what: &str, found: String) -> Result<()> {
    say(&format!("{what}: {found}"));
    Ok(writeln!(table, "| {what} | {found} |")?)
}

fn arrival(table: &mut String, whence: &str, arrival: &Arrival, live: u64) -> Result<()> {
    let Arrival { seconds, received, peak_mib } = arrival;
    let bytes = received.map_or_else(
        || "not measured".to_owned(),
        |bytes| format!("{bytes:.0}, {:.3} times what lives", bytes / live as f64),
    );
    row(table, &format!("newcomer {whence}: bytes received"), bytes)?;
    row(table, &format!("newcomer {whence}: s, most memory in MiB"), format!("{seconds:.1}, {peak_mib:.0}"))
}

/// What the stores were found to hold.
struct Facts {
    live_bytes: u64,
}

impl Cities {
    async fn found(follower: Option<&Path>) -> Result<Self> {
        let temporary = tempfile::tempdir()?;
        let own = std::env::current_exe()?;
        let other = follower.unwrap_or(&own).to_str().context("a path that is text")?;
        let own = own.to_str().context("a path that is text")?;
        let settle = |program: &str, handle: &str, place: &str, premises: &Premises| {
            City::settle(program, handle, place, premises, &temporary.path().join(handle))
        };
        let (open, hidden) = (Premises::default(), Premises { dials_out_only: true, ..Premises::default() });
        let mut owner = settle(own, OWNER, "Quanzhou,CN,24.874,118.676", &open);
        let mut follower = settle(other, "follower", "Isfahan,IR,32.654,51.668", &open);
        let mut newcomer = settle(own, "newcomer", "Recife,BR,-8.05,-34.9", &hidden);
        let desk = owner.start().await;
        federation::found(&desk).await;
        for (city, handle) in [(&mut follower, "follower"), (&mut newcomer, "newcomer")] {
            let joining = city.start().await;
            federation::admit(&desk, &joining, handle).await;
        }
        // Everybody knows by now where everybody else can be dialled.
        let late = newcomer.desk();
        let known = async {
            while status_of(&late).await?.sessions < 2 {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, known).await.context("the newcomer never saw both")??;
        for city in [&mut owner, &mut follower, &mut newcomer] {
            city.kill();
        }
        newcomer.keep(JOINED);
        Ok(Self { owner, follower, newcomer, _temporary: temporary })
    }

    /// The follower hears of the lists, loses what they call dead, and lets go of it.
    async fn take_effect(&mut self, table: &mut String) -> Result<()> {
        let before = Shelf::beside(&self.follower).await?.space().await?;
        let here = self.follower.start().await;
        at_rest(&here).await?;
        let follower = Process::on(&self.follower.data())?;
        follower.forget_peak()?;
        let resident = follower.peak_mib()?;
        let probe = Probe::begin(here.clone());
        let began = stopwatch::start();
        self.owner.spawn();
        self.settled().await?;
        let (seconds, waits) = (began.elapsed().as_secs_f64(), probe.end().await?);
        let more = (follower.peak_mib()? - resident).max(0.0);
        self.follower.kill();
        self.owner.kill();
        let after = Shelf::beside(&self.follower).await?.space().await?;
        let shown = |space: Space| format!("{} in {} of the file", space.used, space.file);
        row(table, "the follower: s until all that is dead is let go", format!("{seconds:.1}"))?;
        row(table, "the follower: longest wait of a write meanwhile, s", format!("{:.2}", waits.longest_s))?;
        row(table, "the follower: waits over a second", format!("{} of {}", waits.long, waits.count))?;
        row(table, "the follower: memory beyond what was there, MiB", format!("{more:.0}"))?;
        row(table, "the follower's bytes before", shown(before))?;
        row(table, "the follower's bytes after", shown(after))
    }

    /// Waits until the follower has the lists and has let go.
    async fn settled(&self) -> Result<()> {
        let (ours, theirs) = (Shelf::beside(&self.owner).await?, Shelf::beside(&self.follower).await?);
        let settled = async {
            while !theirs.has_let_go(&ours).await? {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, settled).await.context("the follower never let go")?
    }

    /// The newcomer comes, from the owner alone or from the follower alone.
    async fn arrive(&mut self, from_owner: bool) -> Result<Arrival> {
        self.newcomer.bring_back(JOINED);
        let source = if from_owner { &mut self.owner } else { &mut self.follower };
        let desk = source.start().await;
        at_rest(&desk).await?;
        let peer = source.peer_address();
        let began = stopwatch::start();
        self.newcomer.spawn();
        let here = self.newcomer.desk();
        let arrived = async {
            while !has_all(&desk, &here).await? {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, arrived).await.context("the newcomer never had everything")??;
        let seconds = began.elapsed().as_secs_f64();
        let received = received_from(peer.rsplit(':').next().context("an address with a port")?);
        let peak_mib = Process::on(&self.newcomer.data())?.peak_mib()?;
        self.newcomer.kill();
        self.owner.kill();
        self.follower.kill();
        Ok(Arrival { seconds, received, peak_mib })
    }

    /// All three show the same records of the owner.
    async fn compare(&self, table: &mut String) -> Result<Facts> {
        let owner = Shelf::beside(&self.owner).await?;
        let follower = Shelf::beside(&self.follower).await?;
        let newcomer = Shelf::beside(&self.newcomer).await?;
        let records =
            copies::assert_same(&owner, &[("follower", &follower), ("newcomer", &newcomer)]).await?;
        let (theirs, late) = (follower.usage_of(&owner).await?, newcomer.usage_of(&owner).await?);
        ensure!(theirs == late, "the follower counts {theirs:?} for the owner, the newcomer {late:?}");
        row(
            table,
            "records that are the same at all three, withdrawn ones among them",
            format!("{}, {}", records.all, records.withdrawn),
        )?;
        row(table, "state digest of all three", records.digest.to_string())?;
        row(table, "bytes of entries that live", late.bytes.to_string())?;
        for (name, shelf) in [("owner", &owner), ("follower", &follower), ("newcomer", &newcomer)] {
            let Space { used, file } = shelf.space().await?;
            let times = used as f64 / late.bytes as f64;
            row(
                table,
                &format!("{name}: bytes in use, of the file"),
                format!("{used} ({times:.2} times what lives), {file}"),
            )?;
        }
        Ok(Facts { live_bytes: late.bytes })
    }
}

/// Whether a newcomer holds every feed of the owner's as another does.
async fn has_all(there: &Desk, here: &Desk) -> Result<bool> {
    let Ok(found) = status_of(here).await else { return Ok(false) };
    let holds = |of: &admin::FeedStatus| {
        found.feeds.iter().any(|feed| (&feed.owner, feed.lane, &feed.root) == (&of.owner, of.lane, &of.root))
    };
    Ok(status_of(there).await?.feeds.iter().filter(|feed| feed.owner == OWNER).all(holds))
}
