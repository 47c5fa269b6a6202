//! Files between cities that no session joins: what one writes the other takes, in whatever order and however often.

use quince_core::feed::{Entry, FeedId, Hash, Lane, Raw};
use quince_core::sync::offline::{
    FeedOutcome, Holding, ImportError, ImportReport, OfflineExport, OfflineImport,
};
use quince_core::sync::{Alarm, Effect, Frame, Usage};

use crate::city::City;
use crate::federation::{admit, first_roster, node};

/// A day's records, a catch-up of many tiles, and bodies of which a tile needs several frames.
const WRITTEN: [(Lane, usize, usize); 3] =
    [(Lane::Bulk, 300, 2_000), (Lane::Normal, 1_100, 20), (Lane::Ledger, 7, 50)];

fn cities<const N: usize>(names: [&str; N]) -> [City; N] {
    let roster = first_roster("Silk Road Cities", &names);
    names.map(|name| City::new(name, roster.clone()))
}

/// Isfahan, which has written much, and Khajura, which holds nothing of it.
fn town() -> [City; 2] {
    let [mut isfahan, khajura] = cities(["isfahan", "khajura"]);
    WRITTEN.into_iter().for_each(|(lane, count, len)| isfahan.write(lane, count, len));
    [isfahan, khajura]
}

fn holding(city: &City) -> Holding {
    let mut read = Holding::default();
    Holding::of(&city.ctx).frames().iter().for_each(|frame| read.take(frame).unwrap());
    let roster = city.ctx.chain().roster();
    read.under(roster.version, roster.hash())
}

fn export(from: &City, to: &str, holding: &Holding) -> Vec<Frame> {
    let mut export = OfflineExport::new(&from.ctx, node(to), holding);
    let mut frames = Vec::new();
    loop {
        frames.extend(std::iter::from_fn(|| export.poll_frame()));
        let rows = match export.poll_read() {
            Some(Effect::ReadEntries { feed, from: first, until, leaves_from, bytes_max }) => {
                from.disk.entries(feed, first..until, leaves_from, bytes_max)
            }
            Some(Effect::ReadIndex { feed, size }) => from.disk.index(feed, size),
            Some(Effect::ReadRoster { from: first }) => from.disk.rosters(first),
            _ => return frames,
        };
        export.handle_read(rows);
    }
}

/// Takes frames as the shell does: what must be saved first is saved first, and the rest together.
fn import(to: &mut City, frames: Vec<Frame>) -> (ImportReport, Result<(), ImportError>) {
    let mut import = OfflineImport::new(node("isfahan"));
    let mut outcome = Ok(());
    for frame in frames {
        if import.saves_before(&frame) {
            save(to, &mut import);
        }
        outcome = import.take(&mut to.ctx, frame);
        if outcome.is_err() {
            break;
        }
    }
    save(to, &mut import);
    to.alarms.extend(to.ctx.take_alarms());
    to.assert_sound();
    (import.report().clone(), outcome)
}

fn save(to: &mut City, import: &mut OfflineImport) {
    while let Some(effect) = import.poll_effect() {
        match effect {
            Effect::Store(batch) if !to.disk.has_room(&batch) => {
                import.handle_stalled(&mut to.ctx, &batch.into_receipt(), Usage { records: 10, bytes: 0 });
            }
            Effect::Store(batch) => {
                let new = batch.extended().leaves.len() as u64;
                let saved = to.disk.apply(&batch);
                let receipt = batch.into_receipt();
                if saved {
                    import.handle_stored(&mut to.ctx, &receipt, new);
                } else {
                    import.handle_store_refused(&receipt);
                }
            }
            Effect::StoreRoster(chain, notes) => {
                to.disk.rosters.extend(notes);
                import.handle_roster_stored(&mut to.ctx, *chain);
            }
            Effect::StoreFork(_) => to.disk.forks += 1,
            Effect::CheckCopy(feed) => to.ctx.copy_checked(feed, to.disk.check(feed)),
            _ => {}
        }
    }
}

/// Takes a whole file of which nothing is refused.
fn take(to: &mut City, frames: Vec<Frame>) -> ImportReport {
    let (report, outcome) = import(to, frames);
    assert_eq!(outcome, Ok(()));
    let refused = |outcome: &&FeedOutcome| matches!(outcome, FeedOutcome::Refused(_));
    assert_eq!(report.feeds.values().find(refused), None);
    report
}

/// Carries a file with what the other city lacks.
fn exchange(from: &City, to: &mut City) -> ImportReport {
    let file = export(from, &to.name.clone(), &holding(to));
    take(to, file)
}

fn size(city: &City, feed: FeedId) -> usize {
    city.disk.copy(feed).rows.len()
}

fn assert_level(from: &City, to: &City) {
    for (lane, count, _) in WRITTEN {
        assert_eq!(size(to, from.feed(lane)), count, "{lane}");
        assert_eq!(to.head(from.feed(lane)), from.head(from.feed(lane)), "{lane}");
    }
}

#[test]
fn a_file_brings_everything_the_most_urgent_lane_first_and_the_same_file_again_nothing() {
    let [isfahan, mut khajura] = town();
    let file = export(&isfahan, "khajura", &Holding::default());
    let lanes = file
        .iter()
        .filter_map(|frame| if let Frame::Bind { feed, .. } = frame { Some(feed.lane) } else { None });
    assert!(lanes.is_sorted());
    let report = take(&mut khajura, file.clone());
    assert_eq!(report.entries, 2 + 300 + 1_100 + 7);
    assert_level(&isfahan, &khajura);

    let before = (khajura.heads(), khajura.disk.rosters.len());
    let again = take(&mut khajura, file);
    assert_eq!((again.entries, again.roster_version), (0, None));
    assert!(again.feeds.values().all(|outcome| *outcome == FeedOutcome::Unchanged), "{again:?}");
    assert_eq!((khajura.heads(), khajura.disk.rosters.len()), before);
}

#[test]
fn a_have_file_leaves_out_what_is_held_and_nothing_is_left_when_all_is() {
    let [mut isfahan, mut khajura] = town();
    take(&mut khajura, export(&isfahan, "khajura", &Holding::default()));
    isfahan.write(Lane::Normal, 3, 20);
    let file = export(&isfahan, "khajura", &holding(&khajura));
    let entries: usize = file
        .iter()
        .map(|frame| if let Frame::Batch { entries, .. } = frame { entries.len() } else { 0 })
        .sum();
    assert_eq!((file.len(), entries), (2, 3), "one feed is bound, and one batch follows");
    assert_eq!(take(&mut khajura, file).entries, 3);
    assert_eq!(export(&isfahan, "khajura", &holding(&khajura)), []);
}

#[test]
fn a_file_for_an_older_have_file_is_taken_wherever_the_copy_ends_by_now() {
    let [mut isfahan, mut khajura] = cities(["isfahan", "khajura"]);
    let sizes = [1, 2, 200, 255, 256, 257, 300, 511, 512, 513, 700, 767, 768, 800];
    let feed = isfahan.feed(Lane::Normal);
    take(&mut khajura, export(&isfahan, "khajura", &Holding::default()));
    let mut held: Vec<City> = vec![khajura.clone()];
    for size in sizes {
        isfahan.write(Lane::Normal, size - self::size(&isfahan, feed), 1_500);
        exchange(&isfahan, &mut khajura);
        held.push(khajura.clone());
    }
    for since in &held {
        let file = export(&isfahan, "khajura", &holding(since));
        for city in &held {
            let mut city = city.clone();
            let before = size(&city, feed);
            let (report, outcome) = import(&mut city, file.clone());
            assert_eq!(outcome, Ok(()));
            if size(since, feed) > before {
                let refused = matches!(report.feeds.get(&feed), Some(FeedOutcome::Refused(_)) | None);
                assert!(
                    refused && size(&city, feed) == before,
                    "{} and {before}: {report:?}",
                    size(since, feed)
                );
            } else {
                assert_eq!(city.head(feed), isfahan.head(feed), "{} and {before}", size(since, feed));
            }
        }
    }
}

#[test]
fn a_file_that_breaks_off_anywhere_leaves_what_was_whole_and_a_second_import_brings_the_rest() {
    let [isfahan, khajura] = town();
    let file = export(&isfahan, "khajura", &Holding::default());
    for end in 0..file.len() {
        let mut khajura = khajura.clone();
        take(&mut khajura, file[..end].to_vec());
        khajura.restart();
        take(&mut khajura, file.clone());
        assert_level(&isfahan, &khajura);
    }
}

#[test]
fn an_entry_or_hash_that_was_changed_is_never_stored_and_only_its_feed_stops() {
    let [isfahan, khajura] = town();
    let file = export(&isfahan, "khajura", &Holding::default());
    let mut refusals = 0;
    for place in 0..file.len() {
        let mut changed = file.clone();
        if !change(&mut changed[place]) {
            continue;
        }
        let mut khajura = khajura.clone();
        let (report, outcome) = import(&mut khajura, changed);
        assert_eq!(outcome, Ok(()));
        let refused: Vec<_> =
            report.feeds.iter().filter(|(_, outcome)| matches!(outcome, FeedOutcome::Refused(_))).collect();
        let identity = report.feeds.len() == refused.len();
        assert!(refused.len() == 1 || identity, "frame {place}: {report:?}");
        for feed in WRITTEN.map(|(lane, ..)| isfahan.feed(lane)) {
            let right = isfahan.disk.copy(feed).rows;
            let stored = khajura.disk.copy(feed).rows;
            assert_eq!(stored, right[..stored.len()], "frame {place}");
        }
        refusals += refused.len();
    }
    assert!(refusals > 10, "{refusals}");
}

/// Turns one bit of what a frame brings. False when it brings nothing that could be turned.
fn change(frame: &mut Frame) -> bool {
    match frame {
        Frame::Batch { entries, .. } | Frame::Tile { entries, .. } if !entries.is_empty() => {
            let last = entries.last_mut().unwrap();
            let mut body = last.body().unwrap().to_vec();
            body[0] ^= 1;
            *last = Entry::full(*last.header().unwrap(), Raw::from(body)).unwrap();
            true
        }
        Frame::TileIndex { edge, .. } if !edge.is_empty() => {
            edge[0] = Hash([1; 32]);
            true
        }
        _ => false,
    }
}

#[test]
fn a_third_citys_records_travel_in_a_file_of_another() {
    let [mut isfahan, mut khajura, mut turin] = cities(["isfahan", "khajura", "turin"]);
    isfahan.write(Lane::Normal, 400, 20);
    take(&mut turin, export(&isfahan, "turin", &Holding::default()));
    turin.write(Lane::Ledger, 2, 20);
    exchange(&turin, &mut khajura);
    assert_eq!(size(&khajura, isfahan.feed(Lane::Normal)), 400);
    assert_eq!(size(&khajura, turin.feed(Lane::Ledger)), 2);
}

#[test]
fn of_the_recipients_own_feeds_a_file_tells_the_heads_and_a_restored_recipient_hears_it() {
    let [mut isfahan, mut khajura] = cities(["isfahan", "khajura"]);
    khajura.write(Lane::Normal, 3, 20);
    let backup = khajura.clone();
    khajura.write(Lane::Normal, 2, 20);
    take(&mut isfahan, export(&khajura, "isfahan", &Holding::default()));

    let file = export(&isfahan, "khajura", &Holding::default());
    let own = khajura.feed(Lane::Normal);
    let place =
        file.iter().position(|frame| matches!(frame, Frame::Bind { feed, .. } if *feed == own)).unwrap();
    assert!(matches!(file[place + 1], Frame::Have { .. }), "{:?}", file[place + 1]);

    let report = take(&mut khajura, file.clone());
    assert_eq!(report.feeds[&own], FeedOutcome::Own { ahead: false });
    assert_eq!(khajura.alarms, []);
    let mut restored = backup;
    let report = take(&mut restored, file);
    assert_eq!(report.feeds[&own], FeedOutcome::Own { ahead: true });
    assert!(matches!(restored.alarms[..], [Alarm::OwnHeadAhead { .. }]), "{:?}", restored.alarms);
    assert_eq!(size(&restored, own), 3);
}

#[test]
fn a_file_brings_a_new_member_and_its_records_and_nothing_of_whoever_is_none() {
    let [mut isfahan, mut khajura] = cities(["isfahan", "khajura"]);
    let note = admit(isfahan.ctx.chain(), "turin");
    let mut turin = City::new("turin", first_roster("Silk Road Cities", &["isfahan", "khajura"]));
    turin.take_roster(note.clone());
    turin.write(Lane::Normal, 3, 20);
    isfahan.take_roster(note);
    exchange(&turin, &mut isfahan);
    let mut file = export(&isfahan, "khajura", &holding(&khajura));

    let feed = turin.feed(Lane::Normal);
    let mut unread = khajura.clone();
    let report = take(&mut khajura, file.clone());
    assert_eq!(report.roster_version, Some(2));
    assert_eq!(size(&khajura, feed), 3);

    file.retain(|frame| !matches!(frame, Frame::Roster { .. }));
    let (report, _) = import(&mut unread, file);
    assert!(matches!(report.feeds[&feed], FeedOutcome::Refused(_)), "{report:?}");
    assert_eq!(size(&unread, feed), 0);
    assert_eq!(size(&unread, isfahan.feed(Lane::Identity)), 2, "the others are taken");
}

#[test]
fn a_second_history_in_a_file_freezes_the_feed_and_the_others_go_on() {
    let [mut isfahan, mut khajura] = cities(["isfahan", "khajura"]);
    let clone = isfahan.clone();
    isfahan.write(Lane::Ledger, 5, 50);
    take(&mut khajura, export(&isfahan, "khajura", &Holding::default()));
    let mut other = clone;
    other.write(Lane::Ledger, 5, 60);
    other.write(Lane::Normal, 4, 60);
    let (report, _) = import(&mut khajura, export(&other, "khajura", &Holding::default()));
    let ledger = isfahan.feed(Lane::Ledger);
    assert!(
        matches!(&report.feeds[&ledger], FeedOutcome::Refused(why) if why.contains("two different heads"))
    );
    assert!(khajura.ctx.is_frozen(ledger) && khajura.disk.forks == 1);
    assert_eq!(size(&khajura, isfahan.feed(Lane::Normal)), 4);
}

#[test]
fn an_owner_without_room_is_refused_at_a_prefix_and_said_so() {
    let [isfahan, mut khajura] = town();
    let normal = isfahan.feed(Lane::Normal);
    khajura.disk.room = Some((normal, 600));
    let (report, _) = import(&mut khajura, export(&isfahan, "khajura", &Holding::default()));
    assert!(matches!(&report.feeds[&normal], FeedOutcome::Refused(why) if why.contains("in use")));
    assert_eq!(size(&khajura, normal), 512);
    assert_eq!(size(&khajura, isfahan.feed(Lane::Bulk)), 300);
}

#[test]
fn what_only_a_conversation_has_ends_the_file() {
    let [isfahan, mut khajura] = town();
    let feed = isfahan.feed(Lane::Ledger);
    let handle = quince_core::sync::FeedHandle(7);
    let bind = Frame::Bind { handle, feed };
    let unbound = Frame::Durable { handle, size: 1 };
    assert_eq!(import(&mut khajura, vec![unbound]).1, Err(ImportError::Frame("durable")));
    assert_eq!(import(&mut khajura, vec![bind.clone(), bind.clone()]).1, Err(ImportError::Twice(feed)));
    let tile = Frame::Tile { handle, from: 0, entries: Vec::new(), leaf_hashes: Vec::new() };
    let frame = ImportError::Unbound { frame: "tile", handle: 7 };
    assert_eq!(import(&mut khajura, vec![tile]).1, Err(frame));
}

#[test]
fn a_file_leaves_out_what_a_live_list_lets_go_and_changes_nothing_the_second_time() {
    let [mut isfahan, mut khajura] = cities(["isfahan", "khajura"]);
    isfahan.write(Lane::Normal, 1_100, 200);
    isfahan.sweep(Lane::Normal, 1..512);
    let feed = isfahan.feed(Lane::Normal);
    let frames = export(&isfahan, "khajura", &holding(&khajura));
    assert_eq!(frames.iter().filter(|frame| frame.name() == "dead_tiles").count(), 1);
    let hole = |frame: &Frame| matches!(frame, Frame::LiveList { .. } | Frame::DeadTiles { .. });
    let without: Vec<Frame> = frames.iter().filter(|frame| !hole(frame)).cloned().collect();
    let (report, _) = import(&mut khajura.clone(), without);
    assert!(matches!(report.feeds[&feed], FeedOutcome::Refused(_)), "{:?}", report.feeds[&feed]);
    let (_, outcome) = import(&mut khajura, frames.clone());
    outcome.unwrap();
    assert_eq!(khajura.head(feed), isfahan.head(feed));
    let bodies = khajura.disk.copy(feed).rows.iter().filter(|(entry, _)| entry.body().is_some()).count();
    assert_eq!(bodies, 1_101 - 511);
    let (report, _) = import(&mut khajura, frames);
    assert_eq!(report.feeds[&feed], FeedOutcome::Unchanged);
    khajura.assert_sound();
}
