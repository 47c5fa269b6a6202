//! Work that may take seconds, on a thread of its own that gives way to all others: on a small machine, what comes from peers and
//! what people ask for goes first.

use std::io;
use std::thread;

use thiserror::Error;
use tokio::sync::oneshot;

/// By how much its turn to run comes later than others', of 19: it gets what they leave, and a tenth where they leave nothing.
const NICE: i32 = 10;

/// Work that did not come to its end.
#[derive(Debug, Error)]
pub(super) enum AsideError {
    #[error("no thread can be started")]
    Start(#[from] io::Error),
    #[error("it broke off")]
    Broken,
}

/// Does the work, and waits for it.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AsideError> {
    let (tell, done) = oneshot::channel();
    let run = move || {
        if let Err(error) = rustix::process::setpriority_process(None, NICE) {
            tracing::debug!(%error, "matching does not give way to other work: {error}");
        }
        // Who waited may be gone.
        drop(tell.send(work()));
    };
    thread::Builder::new().name("matcher".to_owned()).spawn(run)?;
    done.await.map_err(|_| AsideError::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_at_a_lower_priority_and_a_panic_is_told() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        assert_eq!(aside(nice).await.unwrap(), nice().max(NICE));
        assert!(matches!(aside(|| panic!("on purpose")).await, Err(AsideError::Broken)));
    }
}
