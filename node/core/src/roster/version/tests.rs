//! What the room of `version` promises, a test a promise.

use super::*;
use crate::domain::item::CatalogueVersion;
use crate::feed::key::Sign;
use crate::roster::draft::STEWARDS_MAX;
use crate::roster::sample::{expires, first_draft, handle, members, node, steward, stewards};

fn first() -> Roster {
    Roster::new(first_draft()).unwrap()
}

/// The second version, in which one member has a limit of its own.
fn second() -> Roster {
    let mut draft = first().successor(expires());
    draft.members.get_mut(&handle("turin")).unwrap().record_limit = Some(400_000);
    Roster::new(draft).unwrap()
}

/// The third, which names a version of the catalogue.
fn third() -> Roster {
    let mut draft = second().successor(expires());
    draft.catalogue = Some("2027.1".parse().unwrap());
    Roster::new(draft).unwrap()
}

#[test]
fn a_version_of_the_catalogue_is_said_once_told_apart_and_kept_by_the_next_roster() {
    assert_eq!((first().other_catalogue(), first().text().contains("catalogue")), (None, false));
    let told = third().other_catalogue().map(|other| other.to_string()).unwrap_or_default();
    assert!(
        told.starts_with("roster version 3 names catalogue version 2027.1, this program has 1: "),
        "{told}"
    );
    let next = third().successor(expires());
    assert_eq!(next.catalogue, third().catalogue);
    let own = RosterDraft { catalogue: Some(CatalogueVersion::embedded()), ..next };
    assert_eq!(own.other_catalogue(), None);
    let line = |wrong: &str| Roster::parse(&third().text().replace("catalogue 2027.1\n", wrong)).unwrap_err();
    for wrong in ["catalogue \n", "catalogue 2 7\n", "catalogue A\n", "catalogue 123456789.123456789.1\n"] {
        assert!(matches!(line(wrong), RosterError::Line { expected: "catalogue VERSION", .. }), "{wrong:?}");
    }
    assert!(matches!(line("catalogue 1\ncatalogue 2027.1\n"), RosterError::NotCanonical(8)));
}

#[test]
fn a_text_is_read_into_the_roster_it_was_written_for() {
    for roster in [first(), second(), third()] {
        assert_eq!(Roster::parse(roster.text()), Ok(roster));
    }
    assert_eq!(second().previous, Some(first().hash()));
}

#[test]
fn members_are_found_by_handle_and_by_node() {
    let roster = first();
    assert_eq!(roster.handle_of(&node("turin")), Some(&handle("turin")));
    assert_eq!(roster.node_of(&handle("turin")), Some(node("turin")));
    assert_eq!((roster.handle_of(&node("x")), roster.node_of(&handle("xx"))), (None, None));
}

#[test]
fn expiry_is_told_and_nothing_more() {
    let before = expires().checked_sub(jiff::SignedDuration::from_secs(1)).unwrap();
    assert_eq!((first().has_expired(before), first().has_expired(expires())), (false, true));
}

#[test]
fn each_broken_rule_of_a_draft_is_named() {
    let rule = |change: &dyn Fn(&mut RosterDraft)| {
        let mut draft = first_draft();
        change(&mut draft);
        match Roster::new(draft) {
            Err(RosterError::Rule(rule)) => rule,
            other => panic!("expected a broken rule, got {other:?}"),
        }
    };
    assert_eq!(rule(&|draft| draft.version = 0), RosterRule::Version(0));
    assert_eq!(rule(&|draft| draft.version = INTEGER_MAX + 1), RosterRule::Version(INTEGER_MAX + 1));
    assert_eq!(rule(&|draft| draft.version = 2), RosterRule::NoPrevious(2));
    assert_eq!(rule(&|draft| draft.previous = Some(Hash([0; 32]))), RosterRule::PreviousOfFirst);
    for (threshold, stewards) in [(0, 3), (1, 3), (4, 3)] {
        assert_eq!(rule(&|draft| draft.threshold = threshold), RosterRule::Threshold { threshold, stewards });
    }
    assert_eq!(rule(&|draft| draft.stewards.clear()), RosterRule::Stewards(0));
    let same_key = rule(&|draft| {
        draft.stewards.insert(handle("turin"), steward("isfahan").public_key());
    });
    assert_eq!(same_key, RosterRule::SharedKey(handle("isfahan"), handle("turin")));
    let same_node = rule(&|draft| draft.members.get_mut(&handle("turin")).unwrap().node = node("isfahan"));
    assert_eq!(same_node, RosterRule::SharedNode(handle("isfahan"), handle("turin")));
    let limit = INTEGER_MAX + 1;
    let over = rule(&|draft| draft.members.get_mut(&handle("turin")).unwrap().record_limit = Some(limit));
    assert_eq!(over, RosterRule::Limit { handle: handle("turin"), limit });
    for text in ["2027-01-01T00:00:00.5Z", "1969-12-31T23:59:59Z"] {
        let expires: Timestamp = text.parse().unwrap();
        assert_eq!(rule(&|draft| draft.expires = expires), RosterRule::Expires(expires));
    }
}

#[test]
fn stewards_are_at_most_as_many_as_one_note_can_show() {
    let with = |count: usize| {
        let handles: Vec<String> = (0..count).map(|number| format!("steward-{number:03}")).collect();
        let handles: Vec<&str> = handles.iter().map(String::as_str).collect();
        Roster::new(RosterDraft { threshold: count / 2 + 1, stewards: stewards(&handles), ..first_draft() })
    };
    assert!(with(STEWARDS_MAX).is_ok());
    assert_eq!(with(STEWARDS_MAX + 1), Err(RosterError::Rule(RosterRule::Stewards(STEWARDS_MAX + 1))));
}

#[test]
fn any_other_spelling_of_a_text_is_refused() {
    let text = second().text().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    let mut swapped = lines.clone();
    swapped.swap(6, 7);
    let doubled = [&lines[..=6], &lines[6..]].concat();
    let member_first = [&lines[..6], &lines[9..10], &lines[6..9], &lines[10..]].concat();
    let spellings = [
        (swapped.join("\n") + "\n", 7),
        (doubled.join("\n") + "\n", 8),
        (member_first.join("\n") + "\n", 8),
        (text.replace("00:00:00Z", "01:00:00+01:00"), 5),
        (text.replace("threshold 2", "threshold 02"), 6),
        (text.replace('\n', "\r\n"), 1),
        (text.trim_end().to_owned(), 12),
        (text.replace("limit=400000", "limit=0400000"), 12),
    ];
    for (other, line) in spellings {
        assert_eq!(Roster::parse(&other), Err(RosterError::NotCanonical(line)), "{other}");
    }
}

#[test]
fn each_line_that_cannot_be_read_is_named_with_its_number() {
    let text = second().text().to_owned();
    let table = [
        ("federation Silk Road Relief", "federation  Silk", 2),
        ("version 2", "version two", 3),
        ("version 2", "vision 2", 3),
        ("previous ", "previous x", 4),
        ("expires 2027", "expires soon 2027", 5),
        ("threshold 2", "threshold -2", 6),
        ("steward isfahan ", "steward Isfahan ", 7),
        ("steward turin ", "steward turin A", 9),
        ("member isfahan ", "member isfahan  ", 10),
        ("limit=400000", "limit=", 12),
        ("limit=400000", "quota=400000", 12),
        ("limit=400000", "limit=400000 x", 12),
    ];
    for (from, to, number) in table {
        let refused = Roster::parse(&text.replacen(from, to, 1)).unwrap_err();
        assert!(matches!(refused, RosterError::Line { line, .. } if line == number), "{to}: {refused}");
    }
}

#[test]
fn a_line_or_format_of_the_future_says_that_a_newer_quince_is_needed() {
    let text = format!("{}revoked isfahan 17\n", first().text());
    assert_eq!(
        Roster::parse(&text).unwrap_err().to_string(),
        "line 12 of the roster is of kind \"revoked\", which a newer quince is needed to read"
    );
    let text = first().text().replace("quince roster v1", "quince roster v2");
    assert!(matches!(Roster::parse(&text), Err(RosterError::Format(found)) if found == "quince roster v2"));
    assert!(matches!(Roster::parse(""), Err(RosterError::Format(_))));
}

#[test]
fn a_text_beyond_the_limit_is_refused_before_it_is_read() {
    let text = "x".repeat(ROSTER_LEN_MAX + 1);
    assert_eq!(Roster::parse(&text), Err(RosterError::TooLong(ROSTER_LEN_MAX + 1)));
}

#[test]
fn ten_thousand_members_fit_and_are_read_back() {
    let handles: Vec<String> = (0..10_000).map(|number| format!("city-{number}")).collect();
    let handles: Vec<&str> = handles.iter().map(String::as_str).collect();
    let roster = Roster::new(RosterDraft { members: members(&handles), ..first_draft() }).unwrap();
    assert!(roster.text().len() < ROSTER_LEN_MAX / 2);
    assert_eq!(Roster::parse(roster.text()), Ok(roster));
}
