//! What the newsletter forces the product to represent, demand by demand.

use std::collections::BTreeSet;

use quince_proto::record::v1::{MessageType, PartyType, Qualifier};

use crate::replay::{common, replay};

#[test]
fn demand_01_donors_of_every_sort_give_alone_or_jointly_and_a_node_speaks_for_those_that_run_none() {
    let offer = replay().offer("F07").record.as_ref().unwrap();
    let donors: Vec<_> =
        common(offer.common.as_ref()).parties.iter().filter(|role| role.role == "donor").collect();
    assert_eq!(donors.len(), 2);
    assert!(donors.iter().all(|donor| donor.share_e4 == 0), "their shares are unknown");
    let names: Vec<String> = donors.iter().map(|donor| replay().party("fcssc", donor.party)).collect();
    assert_eq!(names, ["Shenzhen Ordinary Hero Foundation", "Overseas Chinese Students Union in America"]);
    let known = &replay().parties["koidu"];
    let sorts: BTreeSet<PartyType> =
        known.iter().flat_map(|party| &party.record).map(|party| party.r#type()).collect();
    for sort in [
        PartyType::Province,
        PartyType::Firm,
        PartyType::Foundation,
        PartyType::Association,
        PartyType::Chamber,
        PartyType::UnOffice,
        PartyType::Ministry,
    ] {
        assert!(sorts.contains(&sort), "{sort:?}");
    }
}

#[test]
fn demand_02_quantities_may_be_unknown_or_qualified_and_units_may_be_pairs_sets_and_bottles_of_unknown_size()
{
    let qualifier = |quantity: Option<&quince_proto::record::v1::Quantity>| quantity.unwrap().qualifier();
    let line = |flow: &str| replay().offer(flow).record.as_ref().unwrap().lines[0].clone();
    let asked = &replay().need("F12").record.as_ref().unwrap().lines[0];
    assert_eq!(qualifier(asked.quantity.as_ref()), Qualifier::Unknown);
    assert_eq!(qualifier(line("F14").quantity.as_ref()), Qualifier::Unknown);
    assert_eq!(qualifier(line("F15").quantity.as_ref()), Qualifier::AtLeast);
    assert_eq!(qualifier(line("F03").quantity.as_ref()), Qualifier::Exact);
    let figures = replay().reports("S1");
    let about = |report: &quince_proto::api::v1::Report| {
        report.record.as_ref().unwrap().figure.as_ref().unwrap().qualifier()
    };
    assert!(figures.iter().any(|report| about(report) == Qualifier::About));
    assert_eq!(line("F07").quantity.unwrap().unit, "set");
    let seven = &replay().offer("F20").record.as_ref().unwrap().lines;
    let (gloves, sanitiser) = (seven[3].quantity.as_ref().unwrap(), seven[5].quantity.as_ref().unwrap());
    let pair = gloves.pack.as_ref().unwrap();
    assert_eq!((gloves.amount, pair.name.as_str(), pair.contains), (200_000, "pair", 2));
    assert_eq!((sanitiser.amount, sanitiser.unit.as_str()), (20_000, "pack:bottle"));
}

#[test]
fn demand_03_one_value_covers_several_lines_and_places_may_be_approximate_and_comes_in_two_currencies() {
    let replay = replay();
    let shared = &common(replay.consignment("F04").record.as_ref().unwrap().common.as_ref()).values[0];
    let covered: Vec<String> =
        shared.covers.iter().map(|line| format!("nodes/{}/offers/{}", line.owner, line.number)).collect();
    assert_eq!(covered, [replay.name("F03.offer"), replay.name("F04.offer")]);
    let to =
        |flow: &str| replay.need(flow).record.as_ref().unwrap().lines[0].deliver_to.clone().unwrap().name;
    assert_eq!((to("F03").as_str(), to("F04").as_str()), ("Wuhan", "Yuxi"));
    let money = |flow: &str| {
        let values = &common(replay.offer(flow).record.as_ref().unwrap().common.as_ref()).values;
        values[0].money.clone().unwrap()
    };
    let seven = money("F20");
    assert!(seven.approximate && seven.currency == "USD" && seven.minor_units == 36_000_000);
    assert_eq!((money("F07").currency.as_str(), money("F07").minor_units), ("CNY", 60_000_000));
}

#[test]
fn demand_04_dates_may_be_vague_and_the_day_of_a_report_stands_apart_from_the_day_of_the_event() {
    let available = replay().offer("F07").record.as_ref().unwrap().lines[0].available.clone().unwrap();
    assert_eq!(available.words, "mid-February");
    assert!(available.earliest.unwrap().seconds < available.latest.unwrap().seconds);
    let report = replay().reports("F24").remove(0).record.unwrap();
    let as_of = report.common.unwrap().source.unwrap().as_of.unwrap();
    let happened = report.happened.unwrap();
    assert_eq!(happened.words, "before 22 March");
    assert!(happened.earliest.unwrap().seconds < as_of.seconds);
}

#[test]
fn demand_05_a_call_gathers_pledges_a_pool_ships_one_consignment_and_one_consignment_fans_out_to_nineteen() {
    let replay = replay();
    let call = replay.call("F13");
    let totals = call.totals.as_ref().unwrap();
    assert!(totals.offers >= 3 && totals.needs >= 1, "{totals:?}");
    let pledge = common(replay.offer("F14").record.as_ref().unwrap().common.as_ref());
    assert_eq!(pledge.call, Some(replay.reference("F13.call")));
    let pooled = common(replay.offer("F15").record.as_ref().unwrap().common.as_ref());
    assert_eq!(pooled.related, [replay.reference("F14.offer")]);
    let shipped = replay.bystander("F15").of(&replay.story.scheme, "F15").consignments;
    assert_eq!(shipped.len(), 1);
    let fan = &replay.consignment("F07").record.as_ref().unwrap().lines[0].consignees;
    let places: BTreeSet<&str> = fan.iter().map(|one| one.place.as_ref().unwrap().name.as_str()).collect();
    assert_eq!((fan.len(), places.len()), (19, 9));
}

#[test]
fn demand_06_transport_cost_insurance_training_and_assessment_are_offers_of_their_own_linked_to_what_they_serve()
 {
    let replay = replay();
    let related =
        |flow: &str| common(replay.offer(flow).record.as_ref().unwrap().common.as_ref()).related.clone();
    assert_eq!(related("F21"), [replay.reference("F20.offer")]);
    assert_eq!(related("F08"), [replay.reference("F07.offer")]);
    let carriage = replay.consignment("F20").record.as_ref().unwrap().carriage.as_ref().unwrap();
    assert_eq!(carriage.transport, Some(replay.reference("F21.commitment")));
    let item = |flow: &str| replay.offer(flow).record.as_ref().unwrap().lines[0].item.clone();
    assert_eq!((item("F10").as_str(), item("F26").as_str()), ("insurance.personnel", "service.assessment"));
    let training = replay.bystander("F28").of(&replay.story.scheme, "F28").knowledge;
    assert_eq!(training[0].record.as_ref().unwrap().languages, ["vi"]);
}

#[test]
fn demand_07_every_sort_of_intermediary_has_its_role() {
    let roles = replay().roles();
    let expected = [
        ("agent", "Iranian Chamber of Commerce in China"),
        ("adviser", "UN Resident Coordinator in China"),
        ("approver", "Ministry of Commerce"),
        ("procurer", "UNDP China"),
        ("carrier", "Cargolux"),
        ("logistics", "Consulate General of Iran in Guangzhou"),
        ("customs", "Consulate General of Iran in Guangzhou"),
        ("focal-point", "Ministry of Health of Iran"),
        ("coordinator", "African Union"),
        ("host", "South-South Galaxy"),
        ("funder", "Government of China"),
    ];
    for (role, party) in expected {
        assert!(roles[role].iter().any(|name| name == party), "{party} as {role}: {:?}", roles[role]);
    }
}

#[test]
fn demand_08_funds_may_have_a_region_for_recipient_and_be_committed_but_unpaid() {
    let need = replay().need("F23");
    let place = need.record.as_ref().unwrap().lines[0].deliver_to.clone().unwrap();
    assert_eq!((place.country.as_str(), place.region.as_str()), ("", "002"));
    let covered = &need.coverage[0];
    assert_eq!((covered.committed, covered.dispatched, covered.good), (10_000_000, 0, 0));
}

#[test]
fn demand_09_knowledge_and_messages_stand_by_themselves_in_many_languages() {
    let replay = replay();
    let video = replay.messages("F27").remove(0).record.unwrap();
    assert_eq!((video.languages.len(), video.r#type()), (22, MessageType::Support));
    let thanks = replay.messages("M04").remove(0).record.unwrap();
    let languages: BTreeSet<&str> = thanks.text.iter().map(|text| text.language.as_str()).collect();
    assert_eq!(languages, BTreeSet::from(["en", "zh"]));
    let khajura = replay.messages("M02").remove(0).record.unwrap();
    assert!(khajura.text.iter().any(|text| text.language == "ne"));
    assert_eq!(replay.bystander("F30").of(&replay.story.scheme, "F30").knowledge.len(), 3);
}

#[test]
fn demand_10_two_reports_that_disagree_both_stand_with_source_and_page() {
    for number in 1..=8 {
        let reports = replay().reports(&format!("C{number}"));
        let told: BTreeSet<(String, String)> = reports
            .iter()
            .map(|report| {
                let record = report.record.clone().unwrap();
                let source = record.common.unwrap().source.unwrap();
                assert!(!source.name.is_empty() && !source.locator.is_empty());
                (record.statement[0].text.clone(), source.locator)
            })
            .collect();
        assert_eq!(told.len(), 2, "C{number}");
    }
}

#[test]
fn demand_11_intent_promise_and_fact_are_never_added_together() {
    let replay = replay();
    for flow in ["F16", "F18", "F22"] {
        let message = replay.messages(flow).remove(0).record.unwrap();
        assert_eq!(message.r#type(), MessageType::Intent);
    }
    // Members mean to give, the council promised 80,000 and sent them, and nobody counted one as received.
    let covered = &replay.need("F15").coverage[0];
    assert_eq!((covered.committed, covered.dispatched, covered.good), (80_000, 80_000, 0));
    let planned = &replay.offer("F17").coverage[0];
    assert_eq!((planned.committed, planned.dispatched, planned.good), (100_000, 0, 0));
    let pledged = replay.offer("F14");
    assert!(pledged.coverage.iter().all(|line| line.committed == 0 && line.dispatched == 0));
}

#[test]
fn demand_12_thanks_are_evidence_of_receipt_and_without_any_it_stays_unknown() {
    let replay = replay();
    for flow in ["F04", "F11"] {
        assert_eq!(replay.consignment(flow).thanks.len(), 1, "{flow}");
    }
    for flow in ["F07", "F15", "F20"] {
        let sent = replay.consignment(flow);
        assert!(sent.thanks.is_empty() && sent.receipts.is_empty(), "{flow}");
        let (good, missing): (i64, i64) = replay
            .need(flow)
            .coverage
            .iter()
            .map(|c| (c.good, c.missing))
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        assert_eq!((good, missing), (0, 0), "{flow}: nothing is assumed");
    }
}

#[test]
fn demand_13_standing_partnerships_of_cities_are_known_to_all_and_mutual_when_both_sides_tell_them() {
    let replay = replay();
    let known = |flow: &str| replay.bystander(flow).of(&replay.story.scheme, flow).partnerships;
    let friends = known("B4");
    assert_eq!(friends.len(), 2);
    assert!(friends.iter().all(|one| one.mutual));
    assert!(known("B7").iter().all(|one| !one.mutual));
    let since = friends[0].record.as_ref().unwrap().since.clone().unwrap();
    assert_eq!(since.words, "October 2019");
}

#[test]
fn demand_14_a_public_call_publishes_nobodys_telephone_number() {
    let record = replay().call("F13").record.as_ref().unwrap();
    let texts = record.title.iter().chain(&record.description).map(|text| text.text.as_str());
    for text in texts {
        assert!(!quince_node::wire::contact::contains_contact(text), "{text}");
    }
    for party in &replay().parties["koidu"] {
        let party = party.record.as_ref().unwrap();
        assert!(party.public_contact.is_empty() && party.r#type() != PartyType::Person);
    }
}
