//! What must never leave an office.

use crate::replay::replay;

/// The two invented persons of the story: their office, a part of their name, and a part of their telephone number.
const PERSONS: [(&str, &str, &str); 2] =
    [("quanzhou", "Qiaofeng", "595 5550 0117"), ("isfahan", "Zarrinbaf", "31 5550 0142")];

#[test]
fn two_private_contacts_are_on_no_disk_but_their_own_offices() {
    for (own, name, number) in PERSONS {
        for (office, disk) in &replay().disks {
            for canary in [name, number] {
                let found = disk.windows(canary.len()).any(|window| window == canary.as_bytes());
                assert_eq!(found, office == own, "{canary} of {own} at {office}");
            }
        }
    }
}

#[test]
fn no_other_office_lists_a_person() {
    for (office, parties) in &replay().parties {
        for (own, name, _) in PERSONS {
            let listed = parties.iter().flat_map(|party| &party.record).flat_map(|record| &record.names);
            let listed = listed.into_iter().any(|text| text.text.contains(name));
            assert_eq!(listed, office == own, "{name} at {office}");
        }
    }
}
