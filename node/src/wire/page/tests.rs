//! Tokens are bound to their list, and pages to their size.

use super::*;

struct Item(u64);

impl Placed for Item {
    type Position = u64;

    fn position(&self) -> u64 {
        self.0
    }
}

fn request(size: i32, token: &str) -> admin::ListAuditEntriesRequest {
    admin::ListAuditEntriesRequest { page_size: size, page_token: token.to_owned(), holder: "ada".to_owned() }
}

fn entry(len: usize) -> impl Fn(&Item) -> admin::AuditEntry {
    move |item| admin::AuditEntry { sequence: item.0, method: "m".repeat(len), ..Default::default() }
}

fn first_token() -> String {
    let first: Page<u64> = page(&request(2, "")).unwrap();
    let listing = Listing { items: vec![Item(9), Item(8)], more: true };
    first.fill(&listing, entry(1)).1
}

#[test]
fn a_token_leads_to_what_comes_after_the_last_item() {
    let next: Page<u64> = page(&request(5, &first_token())).unwrap();
    assert_eq!(next.paging, Paging { after: Some(8), size: 5 });
}

#[test]
fn the_last_page_has_no_token() {
    let first: Page<u64> = page(&request(2, "")).unwrap();
    let listing = Listing { items: vec![Item(9), Item(8)], more: false };
    assert_eq!(first.fill(&listing, entry(1)).1, "");
    assert_eq!(first.fill(&Listing::<Item> { items: vec![], more: false }, entry(1)).1, "");
}

#[test]
fn a_token_of_another_list_or_filter_is_refused() {
    let token = first_token();
    let other_filter = admin::ListAuditEntriesRequest { holder: "bo".to_owned(), ..request(2, &token) };
    let other_list = api::ListTodosRequest { page_size: 2, page_token: token };
    for refused in [page::<u64>(&other_filter).unwrap_err(), page::<u64>(&other_list).unwrap_err()] {
        assert_eq!(refused.0.first().path, "page_token");
    }
}

#[test]
fn a_token_changed_in_any_bit_is_refused() {
    let token = first_token();
    for at in 0..token.len() {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(page::<u64>(&request(2, &changed)).is_err(), "{changed}");
        }
    }
    for made_up in ["8", "AAAA", "%", &"A".repeat(100_000), "\u{202e}"] {
        assert!(page::<u64>(&request(2, made_up)).is_err());
    }
}

#[test]
fn a_size_has_a_default_a_ceiling_and_no_negative() {
    let size = |size| page::<u64>(&request(size, "")).map(|page| page.paging.size);
    assert_eq!(size(0), Ok(PAGE_SIZE_DEFAULT));
    assert_eq!(size(1_000), Ok(1_000));
    assert_eq!(size(i32::MAX), Ok(PAGE_SIZE_MAX));
    let refused = size(-1).unwrap_err();
    assert_eq!(refused.0.to_string(), "page_size is \"-1\", expected 0 to 1000");
}

#[test]
fn a_page_ends_before_it_is_too_long_and_goes_on_there() {
    let first: Page<u64> = page(&request(0, "")).unwrap();
    let listing = Listing { items: (0..10).map(Item).collect(), more: false };
    let (entries, token) = first.fill(&listing, entry(PAGE_LEN_MAX / 3));
    assert_eq!(entries.len(), 2);
    let next: Page<u64> = page(&request(0, &token)).unwrap();
    assert_eq!(next.paging.after, Some(1));
    assert_eq!(first.fill(&listing, entry(2 * PAGE_LEN_MAX)).0.len(), 1);
}

#[test]
fn a_fill_ends_at_its_count_or_its_bytes_and_always_takes_the_first() {
    let taken = |count_max, len| {
        let mut fill = Fill::new(count_max);
        while fill.push(entry(len)(&Item(1))) {}
        fill.into_messages().len()
    };
    assert_eq!([taken(3, 1), taken(9, PAGE_LEN_MAX / 3), taken(9, 2 * PAGE_LEN_MAX)], [3, 2, 1]);
}
