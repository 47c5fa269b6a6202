//! `quince-node run`: the life of the process on one page.

use std::io::Write;

use crate::args::RunArguments;
use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::error::{Exit, Failure};
use crate::node::{Addresses, Listeners, Node};
use crate::office::BusinessTime;
use crate::shutdown::{Ended, ProcessSignals};
use crate::telemetry;

pub(super) async fn perform(asked: RunArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let RunArguments { node, drill, business_time } = asked;
    let config = Config::load(&node.data, node.overrides.0)?;
    let data = config.data.clone();
    telemetry::start_logs(&config.log);
    let signals = ProcessSignals::listen()?;
    let listeners = Listeners::bind(&config).await?;
    let clock = Clock::system();
    business_time.into_iter().for_each(|time| clock.set(time));
    let time = if drill { BusinessTime::Drill } else { BusinessTime::Machine };
    let node = Node::open(config, clock, time, Entropy::system()).await?;
    let addresses = listeners.addresses()?;
    addresses.write(&data)?;
    say(&addresses, out)?;
    let ended = node.serve(listeners, signals).await;
    Addresses::remove(&data);
    match ended {
        Ended::Drained | Ended::Cut => Ok(()),
        Ended::Broken { task, reason } => {
            let errors = vec![format!("the {task} broke: {reason}")];
            Err(Failure { exit: Exit::Failure, errors, hint: None })
        }
    }
}

fn say(addresses: &Addresses, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "api      https://{}", addresses.api)?;
    addresses.peer.iter().try_for_each(|peer| writeln!(out, "peers    {peer}"))?;
    addresses.metrics.iter().try_for_each(|metrics| writeln!(out, "metrics  http://{metrics}/metrics"))?;
    out.flush()
}
