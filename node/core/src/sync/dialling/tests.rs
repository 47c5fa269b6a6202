//! Whom nodes dial, for any members, pins, places, seeds and sessions that come and go.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

/// What happens to a node that has chosen.
#[derive(Debug, Clone)]
enum Step {
    /// Seconds pass.
    Pass(u64),
    /// These draws have sessions, by their place among all members; a bit each.
    Watch(u64),
    /// It looks again whom to dial.
    Choose(u64),
}

fn id(number: usize) -> NodeId {
    let mut id = [0; 32];
    // Not in the order of numbers, as ids are.
    id[..8].copy_from_slice(&Chance(number as u64).next().to_be_bytes());
    NodeId(id)
}

fn member(number: usize) -> Candidate {
    Candidate { node: id(number), pinned: false, has_address: true, point: None }
}

fn members(count: usize) -> Vec<Candidate> {
    (0..count).map(member).collect()
}

/// Members around the equator, one each degree.
fn around_the_world(count: usize) -> Vec<Candidate> {
    let point = |number: usize| {
        let degree = i32::try_from(number % 360).expect("a small number") - 180;
        Point::new(0, degree * 1_000_000).unwrap()
    };
    (0..count).map(|number| Candidate { point: Some(point(number)), ..member(number) }).collect()
}

fn seconds(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds))
}

fn drawn(dialling: &Dialling) -> BTreeSet<NodeId> {
    dialling.draws.iter().map(|draw| draw.node).collect()
}

fn any_members(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Candidate>> {
    let point = (-90_000_000..=90_000_000, -180_000_000..=180_000_000);
    let point = option::of(point.prop_map(|(latitude, longitude)| Point::new(latitude, longitude).unwrap()));
    let traits = (prop::bool::weighted(0.1), prop::bool::weighted(0.6), point);
    let candidate =
        traits.prop_map(|(pinned, has_address, point)| Candidate { node: id(0), pinned, has_address, point });
    vec(candidate, count).prop_map(|all| {
        all.into_iter().enumerate().map(|(number, it)| Candidate { node: id(number), ..it }).collect()
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..2_000_u64).prop_map(Step::Pass),
        any::<u64>().prop_map(Step::Watch),
        any::<u64>().prop_map(Step::Choose),
    ]
}

/// Lets steps happen to a node that is told of members in their order, or in the opposite one, and shows each choice with the
/// draws before and after it.
fn walk(
    members: &[Candidate],
    is_reversed: bool,
    steps: &[Step],
    mut look: impl FnMut(&BTreeSet<NodeId>, &BTreeSet<NodeId>),
) {
    let places: BTreeMap<NodeId, usize> = (0..).zip(members).map(|(place, it)| (it.node, place)).collect();
    let mut members = members.to_vec();
    if is_reversed {
        members.reverse();
    }
    let (mut dialling, mut now) = (Dialling::default(), Moment::default());
    for step in steps {
        match step {
            Step::Pass(passed) => now = now.plus(Duration::from_secs(*passed)),
            Step::Watch(bits) => dialling.watch(now, |node| bits >> (places[&node] % 64) & 1 == 1),
            Step::Choose(seed) => {
                let before = drawn(&dialling);
                dialling.choose(id(0), &members, now, *seed);
                look(&before, &drawn(&dialling));
            }
        }
    }
}

proptest! {
    #[test]
    fn up_to_the_full_mesh_everybody_with_an_address_is_dialled(
        members in any_members(1..FULL_MESH_MAX + 1),
        seed: u64,
    ) {
        let chosen = Dialling::default().choose(id(0), &members, Moment::default(), seed);
        let others = members.iter().filter(|member| member.node != id(0) && member.has_address);
        prop_assert_eq!(chosen, others.map(|member| member.node).collect());
    }

    #[test]
    fn beyond_it_pinned_peers_and_four_others_are_dialled_and_nobody_without_an_address(
        members in any_members(FULL_MESH_MAX + 1..120),
        seed: u64,
    ) {
        let chosen = Dialling::default().choose(id(0), &members, Moment::default(), seed);
        let others = members.iter().filter(|member| member.node != id(0) && member.has_address);
        let (pinned, free): (Vec<&Candidate>, Vec<&Candidate>) = others.partition(|member| member.pinned);
        let free: BTreeSet<NodeId> = free.iter().map(|member| member.node).collect();
        prop_assert!(pinned.iter().all(|member| chosen.contains(&member.node)));
        prop_assert_eq!(chosen.len(), pinned.len() + DRAWS.min(free.len()));
        prop_assert_eq!(chosen.intersection(&free).count(), DRAWS.min(free.len()));
    }

    #[test]
    fn a_seed_decides_and_the_order_of_members_does_not(
        members in any_members(20..80),
        steps in vec(any_step(), 0..60),
    ) {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        walk(&members, false, &steps, |_, after| first.push(after.clone()));
        walk(&members, true, &steps, |_, after| second.push(after.clone()));
        prop_assert_eq!(first, second);
    }

    #[test]
    fn whatever_happens_one_draw_at_a_time_gives_its_place_to_another(
        members in any_members(FULL_MESH_MAX + 1..120),
        steps in vec(any_step(), 0..200),
    ) {
        let mut changes = Vec::new();
        walk(&members, false, &steps, |before, after| {
            if !before.is_empty() {
                changes.push((before.difference(after).count(), after.difference(before).count()));
            }
        });
        prop_assert!(changes.iter().all(|(gone, come)| *gone <= 1 && gone == come), "{changes:?}");
    }

    #[test]
    fn draws_whose_sessions_last_change_neither_sooner_nor_later_than_their_time(seed: u64) {
        let (members, mut now) = (members(100), Moment::default());
        let mut dialling = Dialling::default();
        dialling.choose(id(0), &members, now, seed);
        for turn in 1..50 {
            dialling.watch(now, |_| true);
            let (before, at) = (dialling.draws.clone(), dialling.redraw_at().expect("a draw is due some day"));
            prop_assert!((REDRAW_PERIOD / 2..=REDRAW_PERIOD).contains(&at.since(now)));
            let early = Moment(at.0.saturating_sub(Duration::from_millis(1)));
            dialling.choose(id(0), &members, early, seed ^ turn);
            prop_assert_eq!(&dialling.draws, &before);
            dialling.choose(id(0), &members, at, seed ^ turn);
            // The oldest went, and somebody else came.
            prop_assert_eq!(&dialling.draws[..DRAWS - 1], &before[1..]);
            prop_assert!(before.iter().all(|draw| draw.node != dialling.draws[DRAWS - 1].node));
            now = at;
        }
    }

    #[test]
    fn one_of_the_draws_is_among_the_farthest_quarter(seed: u64, turns in 1..40_u64) {
        let (members, mut now) = (around_the_world(361), Moment::default());
        let mut dialling = Dialling::default();
        for turn in 0..turns {
            dialling.choose(id(0), &members, now, seed.wrapping_add(turn));
            dialling.watch(now, |_| true);
            now = dialling.redraw_at().expect("a draw is due some day");
            let far = |node: NodeId| {
                let place = members.iter().find(|member| member.node == node).and_then(|it| it.point);
                members[0].point.zip(place).is_some_and(|(from, to)| from.distance_km(to) > 14_500)
            };
            prop_assert!(drawn(&dialling).into_iter().any(far), "{dialling:?}");
        }
    }
}

#[test]
fn a_draw_without_a_session_is_replaced_when_patience_ends_and_one_that_comes_back_before_stays() {
    let members = members(100);
    let mut dialling = Dialling::default();
    dialling.choose(id(0), &members, seconds(0), 7);
    let (away, back) = (dialling.draws[1].node, dialling.draws[2].node);
    dialling.watch(seconds(0), |_| true);
    dialling.watch(seconds(100), |node| node != away && node != back);
    dialling.watch(seconds(130), |node| node != away);
    assert_eq!(dialling.redraw_at(), Some(seconds(100).plus(DRAW_PATIENCE)));
    dialling.choose(id(0), &members, seconds(159), 8);
    assert!(drawn(&dialling).contains(&away));
    dialling.choose(id(0), &members, seconds(160), 8);
    assert!(!drawn(&dialling).contains(&away) && drawn(&dialling).contains(&back));
}

#[test]
fn where_there_is_nobody_else_a_lost_draw_stays_and_is_not_looked_at_all_the_time() {
    let members: Vec<Candidate> = members(50)
        .into_iter()
        .enumerate()
        .map(|(n, it)| Candidate { has_address: n <= DRAWS, ..it })
        .collect();
    let mut dialling = Dialling::default();
    let chosen = dialling.choose(id(0), &members, seconds(0), 7);
    dialling.watch(seconds(0), |_| false);
    for turn in 1..=4 {
        let at = dialling.redraw_at().expect("a lost draw is looked at again");
        assert_eq!(at, seconds(60));
        assert_eq!(dialling.choose(id(0), &members, at, turn), chosen);
    }
    assert_eq!(dialling.redraw_at(), Some(seconds(120)));
}

#[test]
fn every_member_is_drawn_now_and_then() {
    let members = members(40);
    let drawn: BTreeSet<NodeId> =
        (0..200).flat_map(|seed| Dialling::default().choose(id(0), &members, seconds(0), seed)).collect();
    assert_eq!(drawn.len(), 39);
}

#[test]
fn who_leaves_or_is_pinned_or_loses_its_address_makes_room_for_one_other() {
    let mut members = members(100);
    let mut dialling = Dialling::default();
    let first = dialling.choose(id(0), &members, seconds(0), 1);
    let [left, pinned, lost, stays] = dialling.draws.iter().map(|draw| draw.node).collect::<Vec<_>>()[..]
    else {
        panic!("four draws: {first:?}")
    };
    members.retain(|member| member.node != left);
    members.iter_mut().filter(|member| member.node == pinned).for_each(|member| member.pinned = true);
    members.iter_mut().filter(|member| member.node == lost).for_each(|member| member.has_address = false);
    let then = dialling.choose(id(0), &members, seconds(1), 2);
    assert_eq!(then.len(), 1 + DRAWS);
    assert!(
        then.contains(&pinned) && then.contains(&stays) && !then.contains(&left) && !then.contains(&lost)
    );
}

#[test]
fn a_federation_that_outgrows_the_full_mesh_lets_go_of_one_session_at_a_time() {
    let mut dialling = Dialling::default();
    let mut sessions = dialling.choose(id(0), &members(32), seconds(0), 1);
    assert_eq!(dialling.let_go(&BTreeSet::from([id(1)]), seconds(0), 1), None, "in a full mesh");
    let chosen = dialling.choose(id(0), &members(33), seconds(0), 1);
    let surplus =
        |sessions: &BTreeSet<NodeId>| sessions.difference(&chosen).copied().collect::<BTreeSet<_>>();
    dialling.watch(seconds(0), |node| !chosen.contains(&node));
    assert_eq!(
        dialling.let_go(&surplus(&sessions), seconds(600), 1),
        None,
        "while draws lack their sessions"
    );
    dialling.watch(seconds(0), |_| true);
    let (mut now, mut ended) = (seconds(0), 0);
    while !surplus(&sessions).is_empty() {
        assert_eq!(dialling.let_go(&surplus(&sessions), now, ended), None, "at once");
        let at = dialling.let_go_at().expect("there is a session too many");
        assert!((LET_GO_PAUSE / 2..=LET_GO_PAUSE).contains(&at.since(now)));
        let gone = dialling.let_go(&surplus(&sessions), at, ended).expect("its time has come");
        assert!(sessions.remove(&gone) && !chosen.contains(&gone));
        (now, ended) = (at, ended + 1);
    }
    assert!(ended >= 31 - DRAWS as u64 && now.since(seconds(0)) <= Duration::from_mins(30));
    assert_eq!(dialling.let_go(&BTreeSet::new(), now, 1), None);
    assert_eq!(dialling.let_go_at(), None);
}
