//! What the room of `invitation` promises, a test a promise.

use proptest::prelude::*;

use super::*;
use crate::roster::sample::expires;

fn invitation() -> Invitation {
    Invitation {
        federation: FederationId([0xfe; 32]),
        steward_spki: Hash([0x5b; 32]),
        addresses: vec!["quanzhou.example:7400".parse().unwrap(), "[2001:db8::1]:7400".parse().unwrap()],
        code_id: CodeId([1, 2, 3, 4, 5, 6, 7, 8]),
        secret: Secret([0xa5; 16]),
        handle: "isfahan".parse().unwrap(),
        name: "شهر اصفهان".parse().unwrap(),
        expires: expires(),
    }
}

/// A code whose checksum is right, whatever it says.
fn code_of(bytes: &[u8]) -> String {
    let bytes = [bytes, &checksum(bytes)].concat();
    format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
}

fn bytes_of(invitation: &Invitation) -> Vec<u8> {
    let code = invitation.to_code();
    let bytes = BASE64URL_NOPAD.decode(&code.as_bytes()[PREFIX.len()..]).unwrap();
    bytes[..bytes.len() - CHECKSUM_LEN].to_vec()
}

#[test]
fn a_code_is_read_back_also_when_mail_has_broken_its_lines() {
    let code = invitation().to_code();
    assert!(code.starts_with("quince-invite-1:") && code.len() < 400, "{code}");
    assert_eq!(code.parse(), Ok(invitation()));
    let broken = format!("  {}\r\n  {}\n", &code[..70], &code[70..]);
    assert_eq!(broken.parse(), Ok(invitation()));
    let without_address = Invitation { addresses: Vec::new(), ..invitation() };
    assert_eq!(without_address.to_code().parse(), Ok(without_address));
}

#[test]
fn the_secret_is_not_shown_by_accident() {
    let shown = format!("{:?}", invitation());
    assert!(shown.contains("Secret(hidden)") && !shown.contains("165"), "{shown}");
}

#[test]
fn every_single_wrong_character_is_noticed() {
    let code = invitation().to_code();
    for place in PREFIX.len()..code.len() {
        let mut typed = code.clone().into_bytes();
        typed[place] = if typed[place] == b'A' { b'B' } else { b'A' };
        let typed = String::from_utf8(typed).unwrap();
        assert!(typed.parse::<Invitation>().is_err(), "character {place}");
    }
}

#[test]
fn each_thing_that_is_no_code_is_refused_by_name() {
    let code = invitation().to_code();
    let refused = |code: &str| code.parse::<Invitation>().unwrap_err();
    assert_eq!(refused("hello"), InvitationError::Prefix);
    assert_eq!(refused(&code.replace("invite-1", "invite-2")), InvitationError::Prefix);
    assert_eq!(refused(&code.replacen(':', ":*", 1)), InvitationError::Alphabet);
    assert_eq!(refused(PREFIX), InvitationError::Checksum);
    assert_eq!(refused(&code[..code.len() - 4]), InvitationError::Checksum);
    assert_eq!(refused(&"x".repeat(5000)), InvitationError::TooLong(5000));
}

#[test]
fn each_value_in_a_code_is_checked_although_the_checksum_is_right() {
    let good = bytes_of(&invitation());
    let refused = |bytes: &[u8]| code_of(bytes).parse::<Invitation>().unwrap_err();
    assert_eq!(refused(&good[..90]), InvitationError::Layout);
    assert_eq!(refused(&good[..good.len() - 1]), InvitationError::Layout);
    let mut late = good.clone();
    late[88..96].copy_from_slice(&i64::MAX.to_be_bytes());
    assert_eq!(refused(&late), InvitationError::Expires(i64::MAX));
    let mut shouting = good.clone();
    shouting[98] = b'I';
    assert!(matches!(refused(&shouting), InvitationError::Handle(_)));
    let many = Invitation { addresses: vec!["a.example:1".parse().unwrap(); 5], ..invitation() };
    assert_eq!(refused(&bytes_of(&many)), InvitationError::Addresses(5));
    let mut no_address = good;
    push_text(&mut no_address, "nowhere");
    assert!(matches!(refused(&no_address), InvitationError::Address(_)));
}

proptest! {
    #[test]
    fn no_bytes_behind_a_right_checksum_can_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(invitation) = code_of(&bytes).parse::<Invitation>() {
            prop_assert_eq!(invitation.to_code(), code_of(&bytes));
        }
    }
}
