//! Pages of a list. A token says after which item the next page begins; it belongs to one list with one filter and
//! is refused, not guessed at, when it is anything else. It holds nothing that the caller has not seen.

use data_encoding::BASE64URL_NOPAD;
use prost::Message;
use quince_core::domain::handle::Handle;
use quince_core::domain::{self, FieldError, RecordId, Revision};
use quince_proto::{admin::v1 as admin, api::v1 as api};
use sha2::{Digest as _, Sha256};

use crate::office::request::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, Paging};
use crate::office::view::{
    AuditView, CallView, CommitmentView, ConsignmentView, Listing, MemberView, NeedView, OfferView,
    OwnItemView, PartnershipView, PartyView, PublicationView, ReceiptView, RequisitionView, RevisionView,
};
use crate::wire::Gate;

/// The longest token, in bytes: the longest position is that of a suggestion, and the check before it is short.
pub const TOKEN_LEN_MAX: usize = 128;

/// The most bytes of a page: half of what gRPC clients take by default. A page ends early rather than exceed it.
pub const PAGE_LEN_MAX: usize = 2 * 1024 * 1024;

/// Enough of a hash that no slip goes unnoticed. It is no secret: a made-up position shows nothing that a caller
/// could not page to.
const CHECK_LEN: usize = 8;

/// A request for a page of a list.
pub trait ListRequest: Message + Clone {
    /// The list's name, so that a token of one is refused by another.
    const LIST: &'static str;

    /// The size and token that were sent.
    fn page(&self) -> (i32, &str);

    /// The same without size and token: what stays equal from page to page.
    fn filter(&self) -> Self;
}

/// A place in a list that can be written into a token.
pub trait Position: Sized {
    /// As text.
    fn write(&self) -> String;
    /// From text; `None` unless it was written by [`Position::write`].
    fn read(text: &str) -> Option<Self>;
}

/// An item that knows its place in its list.
pub trait Placed {
    /// What places are made of.
    type Position: Position;
    /// Its place.
    fn position(&self) -> Self::Position;
}

/// A page that was asked for: where it begins, and which list it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// What the office needs to know.
    pub paging: Paging<K>,
    list: [u8; 32],
}

/// The page that a request asks for. Too large a size is cut to the largest, as the API guidelines have it.
pub fn page<K: Position>(request: &impl ListRequest) -> Gate<Page<K>> {
    let (size, token) = request.page();
    let list = list_digest(request);
    let size = match u32::try_from(size) {
        Ok(0) => PAGE_SIZE_DEFAULT,
        Ok(size) => size.min(PAGE_SIZE_MAX),
        Err(_) => {
            return Err(FieldError::of(size, format!("0 to {PAGE_SIZE_MAX}")).under("page_size").into());
        }
    };
    let fault = || FieldError::of(token, "the next_page_token of this list with this filter, or nothing");
    let after = match token {
        "" => None,
        token => Some(read(token, &list).ok_or_else(|| fault().under("page_token"))?),
    };
    Ok(Page { paging: Paging { after, size }, list })
}

impl<K: Position> Page<K> {
    /// The messages of a listing, as many as fit, and the token of the page after them.
    pub fn fill<T, M: Message>(&self, listing: &Listing<T>, convert: impl Fn(&T) -> M) -> (Vec<M>, String)
    where
        T: Placed<Position = K>,
    {
        let place = |_: usize, item: &T| item.position();
        self.fill_by(listing, convert, place)
    }

    /// Like [`Page::fill`] for a list whose places are counted: the item's index in the listing gives its place.
    pub fn fill_by<T, M: Message>(
        &self,
        listing: &Listing<T>,
        convert: impl Fn(&T) -> M,
        place: impl Fn(usize, &T) -> K,
    ) -> (Vec<M>, String) {
        let mut fill = Fill::new(usize::MAX);
        for item in &listing.items {
            if !fill.push(convert(item)) {
                break;
            }
        }
        let messages = fill.into_messages();
        let more = listing.more || messages.len() < listing.items.len();
        let last = messages.len().checked_sub(1).filter(|_| more);
        let token = last.map_or(String::new(), |i| write(&place(i, &listing.items[i]), &self.list));
        (messages, token)
    }
}

/// Messages that go out together, as many as fit.
#[derive(Debug)]
pub struct Fill<M> {
    messages: Vec<M>,
    count_max: usize,
    len: usize,
}

impl<M: Message> Fill<M> {
    /// At most so many.
    #[must_use]
    pub fn new(count_max: usize) -> Self {
        Self { messages: Vec::new(), count_max, len: 0 }
    }

    /// Takes one more, unless that is too many or too much. The first always goes out, or nothing would get past a large one.
    pub fn push(&mut self, message: M) -> bool {
        let len = self.len + message.encoded_len();
        let fits = self.messages.len() < self.count_max && len <= PAGE_LEN_MAX;
        if fits || self.messages.is_empty() {
            self.messages.push(message);
            self.len = len;
            return true;
        }
        false
    }

    /// All that were taken.
    #[must_use]
    pub fn into_messages(self) -> Vec<M> {
        self.messages
    }
}

fn list_digest<R: ListRequest>(request: &R) -> [u8; 32] {
    let filter = request.filter().encode_to_vec();
    Sha256::new()
        .chain_update("quince/list/v1\n")
        .chain_update(R::LIST)
        .chain_update("\n")
        .chain_update(filter)
        .finalize()
        .into()
}

fn check(position: &str, list: &[u8; 32]) -> [u8; CHECK_LEN] {
    let digest = Sha256::new().chain_update("quince/page/v1\n").chain_update(list).chain_update(position);
    let mut check = [0; CHECK_LEN];
    check.copy_from_slice(&digest.finalize()[..CHECK_LEN]);
    check
}

fn write(position: &impl Position, list: &[u8; 32]) -> String {
    let position = position.write();
    BASE64URL_NOPAD.encode(&[&check(&position, list), position.as_bytes()].concat())
}

fn read<K: Position>(token: &str, list: &[u8; 32]) -> Option<K> {
    let bytes = BASE64URL_NOPAD.decode(Some(token).filter(|t| t.len() <= TOKEN_LEN_MAX)?.as_bytes()).ok()?;
    let (given, position) = bytes.split_at_checked(CHECK_LEN)?;
    let position = std::str::from_utf8(position).ok()?;
    (given == check(position, list)).then(|| K::read(position))?
}

impl Position for RecordId {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Position for Handle {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Position for u64 {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Position for Revision {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::new(text.parse().ok()?).ok()
    }
}

macro_rules! placed {
    ($($item:ty: $position:ty = |$it:ident| $place:expr;)+) => {
        $(impl Placed for $item {
            type Position = $position;

            fn position(&self) -> $position {
                let $it = self;
                $place
            }
        })+
    };
}

/// A view of a record stands at the record's id.
macro_rules! placed_by_id {
    ($($view:ty),+ $(,)?) => {
        placed! {
            $($view: RecordId = |view| view.snapshot.id.clone();)+
        }
    };
}

placed_by_id! {
    NeedView, OfferView, PartyView, RequisitionView, CommitmentView, ConsignmentView, ReceiptView, PartnershipView,
    CallView, PublicationView<domain::Message>, PublicationView<domain::Knowledge>, PublicationView<domain::Report>,
    OwnItemView,
}

placed! {
    RevisionView: Revision = |view| view.snapshot.revision;
    MemberView: Handle = |view| view.handle.clone();
    AuditView: u64 = |view| view.sequence;
}

macro_rules! list_requests {
    ($($request:ty),+ $(,)?) => {
        $(impl ListRequest for $request {
            const LIST: &'static str = stringify!($request);

            fn page(&self) -> (i32, &str) {
                (self.page_size, &self.page_token)
            }

            fn filter(&self) -> Self {
                let mut filter = self.clone();
                filter.page_size = 0;
                filter.page_token.clear();
                filter
            }
        })+
    };
}

list_requests! {
    api::ListNeedsRequest,
    api::ListNeedRevisionsRequest,
    api::ListOffersRequest,
    api::ListOfferRevisionsRequest,
    api::ListPartiesRequest,
    api::ListRequisitionsRequest,
    api::ListCommitmentsRequest,
    api::ListConsignmentsRequest,
    api::ListReceiptsRequest,
    api::ListPartnershipsRequest,
    api::ListCallsRequest,
    api::ListMessagesRequest,
    api::ListKnowledgeRequest,
    api::ListReportsRequest,
    api::ListItemsRequest,
    api::ListRevisionsRequest,
    api::ListMatchesRequest,
    api::ListTodosRequest,
    admin::ListMembersRequest,
    admin::ListAuditEntriesRequest,
}

#[cfg(test)]
mod tests;
