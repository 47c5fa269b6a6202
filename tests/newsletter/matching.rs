//! What the matcher would have said while the newsletter happened: before each city asked another for something, the pair that
//! really came about stood among the suggestions, and the goods from Henan travelled with the flight to Luxembourg.

use std::collections::BTreeMap;
use std::time::Duration;

use quince_node::demo::story::Act;
use quince_node::demo::{Door, Player, Story, Town, federation};
use quince_proto::api::v1 as api;
use quince_proto::api::v1::match_service_client::MatchServiceClient;

/// How long a suggestion may be on its way: many times what records need to arrive and a plan to be made.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A pair that came about, and what was said of it before.
struct Said {
    flow: String,
    suggestion: api::Match,
}

/// What was said while the story was played.
struct Played {
    said: Vec<Said>,
    /// Everything suggested for Luxembourg's need before it asked for the first of it.
    bundle: Vec<api::Match>,
    /// The name of the flight's offer.
    flight: String,
}

#[test]
fn every_pair_that_came_about_was_among_the_suggestions_and_seven_lines_shared_a_flight() {
    quince_node::tls::install();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let Played { said, bundle, flight } = runtime.block_on(play());
    let flows: Vec<_> = said.iter().map(|one| one.flow.as_str()).collect();
    assert_eq!(
        flows,
        [
            "F06", "F03", "F04", "F11", "F07", "F10", "F15", "F20", "F20", "F20", "F20", "F20", "F20", "F20",
            "F21", "F23"
        ]
    );
    for Said { flow, suggestion } in &said {
        let codes: Vec<_> = suggestion.reasons.iter().map(|reason| reason.code.as_str()).collect();
        assert!(codes.contains(&"item.equal") || codes.contains(&"item.open"), "{flow}: {codes:?}");
        assert!(
            suggestion.reasons.iter().all(|reason| !reason.blocks && !reason.sentence.is_empty()),
            "{flow}"
        );
    }
    let mut journeys = Vec::new();
    for suggestion in &bundle {
        let carriage = suggestion.carriage.as_ref().unwrap();
        assert_eq!(carriage.outcome(), api::CarriageOutcome::Carried, "{}", suggestion.need_line);
        let [ride] = &carriage.rides[..] else { panic!("{carriage:?}") };
        assert_eq!(ride.transport_line, format!("{flight}/lines/1"));
        journeys.push((ride.journey, ride.units));
    }
    assert_eq!(journeys.len(), 7, "seven lines: {journeys:?}");
    assert!(journeys.iter().all(|(journey, _)| *journey == 1), "one aircraft: {journeys:?}");
    assert_eq!(journeys.iter().map(|(_, units)| units).sum::<i64>(), 1, "one mission: {journeys:?}");
}

/// Plays the story with the flight offered before its goods are asked for, so that both are open at once.
async fn play() -> Played {
    let folder = tempfile::tempdir().unwrap();
    let mut story = Story::newsletter().unwrap();
    let flight = story.acts.iter().position(|act| act.name.as_deref() == Some("F21.offer")).unwrap();
    let first =
        story.acts.iter().position(|act| act.flow == "F20" && act.call == "CreateRequisition").unwrap();
    let flight = Act { on: story.acts[first].on.clone(), ..story.acts.remove(flight) };
    story.acts.insert(first, flight);
    let town = Town::build(folder.path(), &story).await.unwrap();
    let doors = town.doors();
    federation::found(&story.federation, &doors).await.unwrap();
    let mut player = Player::new(&story, doors.iter().cloned());
    let (mut said, mut bundle) = (Vec::new(), Vec::new());
    let played = player.play_asking(async |act: &Act, made: &BTreeMap<String, String>| {
        if act.call == "CreateRequisition" {
            let door = doors.iter().find(|door| door.handle == act.at).unwrap();
            let suggestion =
                suggested(door, &line(act, "need_line", made), &line(act, "offer_line", made)).await;
            if act.flow == "F20" && bundle.is_empty() {
                bundle = suggestions(door, &line(act, "need_line", made)).await;
            }
            said.push(Said { flow: act.flow.clone(), suggestion });
        }
    });
    played.await.unwrap();
    let flight = player.made()["F21.offer"].clone();
    town.close().await;
    Played { said, bundle, flight }
}

/// The name of a line that an act names in the story's short form, such as `$F03.need/1`.
fn line(act: &Act, field: &str, made: &BTreeMap<String, String>) -> String {
    let short = act.record.as_ref().unwrap()[field].as_str().unwrap();
    let (record, number) = short.trim_start_matches('$').split_once('/').unwrap();
    format!("{}/lines/{number}", made[record])
}

/// Looks until this pair is suggested. Goods from Henan are looked for until they are carried: the flight may arrive later.
async fn suggested(door: &Door, need_line: &str, offer_line: &str) -> api::Match {
    let mut last = None;
    let look = async {
        loop {
            let found = suggestions(door, need_line)
                .await
                .into_iter()
                .find(|one| one.need_line == need_line && one.offer_line == offer_line);
            let stranded = |one: &api::Match| {
                one.carriage
                    .as_ref()
                    .is_some_and(|carriage| carriage.outcome() == api::CarriageOutcome::Stranded)
            };
            match found {
                Some(one) if !(door.handle == "luxembourg" && stranded(&one)) => return one,
                found => last = found,
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(found) => found,
        Err(_) => panic!("{offer_line} is not suggested for {need_line} as it should be: {last:?}"),
    }
}

/// Everything that an office suggests for the need of this line.
async fn suggestions(door: &Door, need_line: &str) -> Vec<api::Match> {
    let mut client = MatchServiceClient::new(door.line.clone());
    let need = need_line.split("/lines/").next().unwrap().to_owned();
    let request = api::ListMatchesRequest { need, page_size: 1_000, ..Default::default() };
    client.list_matches(request).await.unwrap().into_inner().matches
}
