//! The offices' federation: the first founds it, invites the others and admits them, as administrators would.

use std::future::Future;
use std::time::Duration;

use quince_proto::admin::v1 as admin;
use quince_proto::admin::v1::federation_service_client::FederationServiceClient;
use quince_proto::admin::v1::status_service_client::StatusServiceClient;
use thiserror::Error;
use tonic::{Response, Status};

use crate::demo::door::{Door, Line};

/// How long a step may take: many times what it needs on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// The federation cannot be founded, or does not come to rest.
#[derive(Debug, Error)]
#[error("{what}: {words}")]
pub struct FederationError {
    what: String,
    words: String,
}

/// Founds a federation at the first door and brings the others in.
///
/// # Errors
/// When one of the steps fails.
pub async fn found(name: &str, doors: &[Door]) -> Result<(), FederationError> {
    let Some((first, others)) = doors.split_first() else { return Ok(()) };
    let mut steward = client(first);
    let create = admin::CreateFederationRequest { display_name: name.to_owned(), ..Default::default() };
    let founded = until(|| {
        let (mut steward, create) = (steward.clone(), create.clone());
        async move { steward.create_federation(create).await }
    });
    founded.await.map_err(|status| fault("founding", first, &status))?;
    for newcomer in others {
        admit(&mut steward, newcomer).await.map_err(|status| fault("admitting", newcomer, &status))?;
    }
    for door in others {
        until(|| member(client(door))).await.map_err(|status| fault("joining", door, &status))?;
    }
    Ok(())
}

async fn admit(steward: &mut FederationServiceClient<Line>, newcomer: &Door) -> Result<(), Status> {
    let handle = newcomer.handle.clone();
    let invitation = admin::CreateInvitationRequest {
        handle: handle.clone(),
        display_name: handle.clone(),
        trust_code: true,
        ..Default::default()
    };
    let code = steward.create_invitation(invitation).await?.into_inner().code;
    until(|| {
        let (mut newcomer, join) =
            (client(newcomer), admin::JoinFederationRequest { code: code.clone(), ..Default::default() });
        async move { newcomer.join_federation(join).await }
    })
    .await?;
    steward.admit_member(admin::AdmitMemberRequest { handle, ..Default::default() }).await?;
    Ok(())
}

async fn member(mut office: FederationServiceClient<Line>) -> Result<Response<()>, Status> {
    let federation = office.get_federation(admin::GetFederationRequest {}).await?.into_inner();
    match federation.membership() {
        admin::MembershipState::Member => Ok(Response::new(())),
        other => Err(Status::unavailable(format!("it stands at {}", other.as_str_name()))),
    }
}

/// Waits until every office holds all that any office has published.
///
/// # Errors
/// When they do not come to rest.
pub async fn settled(doors: &[Door]) -> Result<(), FederationError> {
    let alike = until(|| async {
        let mut sizes = Vec::new();
        for door in doors {
            sizes.push((door.handle.clone(), feeds(door).await?));
        }
        let all = sizes.iter().max_by_key(|(_, feeds)| feeds.iter().map(|feed| feed.2).sum::<u64>());
        let Some((_, most)) = all else { return Ok(Response::new(())) };
        match sizes.iter().find(|(_, feeds)| feeds != most) {
            None => Ok(Response::new(())),
            Some((behind, _)) => Err(Status::unavailable(format!("{behind} does not hold everything yet"))),
        }
    });
    let alike: Result<Response<()>, Status> = alike.await;
    let words = |status: Status| status.message().to_owned();
    alike
        .map(|_| ())
        .map_err(|status| FederationError { what: "waiting for copies".to_owned(), words: words(status) })
}

/// Owner, lane and size of every feed that an office holds.
async fn feeds(door: &Door) -> Result<Vec<(String, u32, u64)>, Status> {
    let status = StatusServiceClient::new(door.line.clone()).get_status(admin::GetStatusRequest {}).await?;
    let feeds = status.into_inner().feeds.into_iter().filter(|feed| feed.size > 0);
    let mut feeds: Vec<_> = feeds.map(|feed| (feed.owner, feed.lane, feed.size)).collect();
    feeds.sort();
    Ok(feeds)
}

fn client(door: &Door) -> FederationServiceClient<Line> {
    FederationServiceClient::new(door.line.clone())
}

/// Asks again until there is an answer, or gives the last fault.
async fn until<T, F>(mut ask: impl FnMut() -> F) -> Result<Response<T>, Status>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut last = Status::deadline_exceeded("no answer");
    let patient = tokio::time::timeout(PATIENCE, async {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(status) => last = status,
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    let answer = patient.await;
    answer.map_err(|_| last)
}

fn fault(what: &str, door: &Door, status: &Status) -> FederationError {
    FederationError { what: format!("{what} {}", door.handle), words: status.message().to_owned() }
}
