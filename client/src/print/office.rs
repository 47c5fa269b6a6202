//! What is not a city's record: the desk, items, and the administration of the node.

use quince_proto::admin::v1::{
    AuditEntry, Federation, FeedStatus, Invitation, LaneLag, Member, MembershipState, Peer, Role,
    SetBusinessTimeResponse, Status, Token, invitation,
};
use quince_proto::api::v1::watch_response::Resource;
use quince_proto::api::v1::{Item, ItemProposal, Todo, TodoKind, WatchResponse};
use quince_proto::record::v1::OwnItemState;

use crate::choice::word;
use crate::name::short;
use crate::print::records::changed;
use crate::print::sheet::facts;
use crate::print::table::{self, Row};
use crate::print::words::{age, instant, or_nothing, text, yes};
use crate::print::{Shown, View, Written};

impl Row for Todo {
    const HEAD: &'static [&'static str] = &["WHAT", "ID", "URGENCY", "SINCE", "DUE", "SUMMARY", "COMMAND"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        vec![
            word::<TodoKind>(self.kind),
            short(&self.resource),
            self.urgency.to_string(),
            age(view.now, self.since.as_ref()),
            age(view.now, self.due.as_ref()),
            or_nothing(&self.summary),
            or_nothing(&self.command),
        ]
    }
}

impl Row for ItemProposal {
    const HEAD: &'static [&'static str] = &["CODE", "TITLE", "COUNTS IN", "PACKS", "OF", "FOUND BY"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        let item = self.item.clone().unwrap_or_default();
        vec![
            item.code.clone(),
            title(&item, view),
            item.base_unit.clone(),
            or_nothing(&item.packs.join(", ")),
            of(&item),
            or_nothing(&self.reason),
        ]
    }
}

impl Row for Item {
    const HEAD: &'static [&'static str] = &["CODE", "STATE", "TITLE", "COUNTS IN", "PACKS", "HS", "RECORD"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        vec![
            self.code.clone(),
            word::<OwnItemState>(self.record.as_ref().map_or(0, |record| record.state)),
            title(self, view),
            self.base_unit.clone(),
            or_nothing(&self.packs.join(", ")),
            or_nothing(&self.hs6),
            or_nothing(&short(&self.record_name)),
        ]
    }
}

/// What it is called in the reader's language, where its city says so.
fn title(item: &Item, view: &View<'_>) -> String {
    item.record.as_ref().map_or_else(|| item.title.clone(), |record| text(&record.terms, view.language))
}

/// Whose it is.
fn of(item: &Item) -> String {
    item.provenance.as_ref().map_or_else(|| "catalogue".to_owned(), |provenance| provenance.owner.clone())
}

impl Row for Member {
    const HEAD: &'static [&'static str] =
        &["HANDLE", "NAME", "STEWARD", "SELF", "HEARD", "ENDPOINTS", "NODE ID"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        vec![
            self.handle.clone(),
            or_nothing(&self.display_name),
            yes(self.steward),
            yes(self.self_),
            age(view.now, self.last_heard.as_ref()),
            or_nothing(&self.endpoints.join(", ")),
            self.node_id.clone(),
        ]
    }
}

impl Row for Invitation {
    const HEAD: &'static [&'static str] = &["ID", "HANDLE", "NAME", "STATE", "EXPIRES", "WORDS"];

    fn cells(&self, _: &View<'_>) -> Vec<String> {
        vec![
            short(&self.name),
            self.handle.clone(),
            or_nothing(&self.display_name),
            word::<invitation::State>(self.state),
            instant(self.expires.as_ref()),
            or_nothing(&self.words),
        ]
    }
}

impl Row for Peer {
    const HEAD: &'static [&'static str] =
        &["HANDLE", "CONNECTED", "DIALLED", "PINNED", "SINCE", "HEARD", "LAG", "ADDRESS", "LAST ERROR"];

    fn cells(&self, view: &View<'_>) -> Vec<String> {
        vec![
            self.handle.clone(),
            yes(self.connected),
            yes(self.outbound),
            yes(self.pinned),
            age(view.now, self.since.as_ref()),
            age(view.now, self.last_heard.as_ref()),
            lag(&self.lag),
            or_nothing(&self.address),
            or_nothing(&self.last_error),
        ]
    }
}

impl Row for Token {
    const HEAD: &'static [&'static str] =
        &["ID", "HOLDER", "ROLE", "CREATED", "EXPIRES", "REVOKED", "PARTY", "METHODS"];

    fn cells(&self, _: &View<'_>) -> Vec<String> {
        vec![
            short(&self.name),
            or_nothing(&self.holder),
            word::<Role>(self.role),
            instant(self.created.as_ref()),
            instant(self.expires.as_ref()),
            instant(self.revoked.as_ref()),
            or_nothing(&short(&self.party)),
            or_nothing(&self.methods.join(", ")),
        ]
    }
}

impl Row for AuditEntry {
    const HEAD: &'static [&'static str] =
        &["SEQUENCE", "TIME", "HOLDER", "ROLE", "ADDRESS", "METHOD", "RESOURCES", "RESULT"];

    fn cells(&self, _: &View<'_>) -> Vec<String> {
        let resources: Vec<String> = self.resources.iter().map(|name| short(name)).collect();
        vec![
            self.sequence.to_string(),
            instant(self.time.as_ref()),
            or_nothing(&self.holder),
            word::<Role>(self.role),
            or_nothing(&self.address),
            or_nothing(&self.method),
            or_nothing(&resources.join(", ")),
            or_nothing(&self.result),
        ]
    }
}

impl Shown for Status {
    fn show(&self, view: &View<'_>) -> String {
        let records = format!(
            "{} needs, {} offers, {} requisitions, {} commitments",
            self.needs, self.offers, self.requisitions, self.commitments
        );
        let federation = match self.federation.as_str() {
            "" => "none yet".to_owned(),
            name => format!("{name}, roster version {}, {} members", self.roster_version, self.members),
        };
        let drill = match self.drill {
            true => {
                format!("all that is written is an exercise; it is {} there", instant(self.time.as_ref()))
            }
            false => String::new(),
        };
        let sheet = facts(&[
            ("node", format!("{} ({})", self.handle, self.display_name)),
            ("node id", self.node_id.clone()),
            ("version", self.version.clone()),
            ("database", self.database.clone()),
            ("started", age(view.now, self.started.as_ref())),
            ("federation", federation),
            ("catalogue", catalogue(self)),
            ("sessions", self.sessions.to_string()),
            ("records", records),
            ("lag", if self.lag.is_empty() { "none".to_owned() } else { lag(&self.lag) }),
            ("own feeds", held(self)),
            ("quarantined", self.quarantined.to_string()),
            ("plan", plan(self, view)),
            ("drill", drill),
            ("read only", self.read_only_reason.clone()),
        ]);
        if self.feeds.is_empty() { sheet } else { sheet + "\n" + &feeds(&self.feeds, view) }
    }
}

/// How old the plan is, and why there is no newer one.
fn plan(status: &Status, view: &View<'_>) -> String {
    let computed = status.plan_computed_time.as_ref();
    let age = computed.map_or("none yet".to_owned(), |_| format!("computed {}", age(view.now, computed)));
    match status.plan_failure.as_str() {
        "" => age,
        failure => format!("{age}; no newer one: {failure}"),
    }
}

/// Which catalogue the node has, and whether its federation goes by another.
fn catalogue(status: &Status) -> String {
    let own = &status.catalogue_version;
    match other_catalogue(status) {
        Some(named) => format!("version {own}, and the roster names version {named}: they differ"),
        None if own.is_empty() => String::new(),
        None => format!("version {own}"),
    }
}

/// The version that the roster names, if the node has another.
pub(crate) fn other_catalogue(status: &Status) -> Option<&str> {
    let named = status.federation_catalogue_version.as_str();
    Some(named).filter(|named| !named.is_empty() && *named != status.catalogue_version)
}

impl Shown for SetBusinessTimeResponse {
    fn show(&self, _: &View<'_>) -> String {
        facts(&[("time", instant(self.time.as_ref()))])
    }
}

impl Shown for Federation {
    fn show(&self, _: &View<'_>) -> String {
        facts(&[
            ("federation", self.display_name.clone()),
            ("id", self.federation_id.clone()),
            (
                "roster",
                format!("version {}, ends {}", self.roster_version, instant(self.roster_expires.as_ref())),
            ),
            ("membership", word::<MembershipState>(self.membership)),
            ("catalogue", self.catalogue_version.clone()),
            ("steward", yes(self.steward)),
            ("words", self.words.clone()),
        ])
    }
}

impl Written for Item {
    fn datum(&self) -> String {
        short(&self.name)
    }

    fn sentence(&self) -> String {
        let state = self.record.as_ref().map_or(0, |record| record.state);
        changed("item", &self.name, word::<OwnItemState>(state))
    }
}

impl Written for Federation {
    /// While pending, what has to be read out to the steward.
    fn datum(&self) -> String {
        self.words.clone()
    }

    fn sentence(&self) -> String {
        let membership = word::<MembershipState>(self.membership);
        let name = if self.display_name.is_empty() { "the federation" } else { &self.display_name };
        let sentence = format!("{name}: {membership}, roster version {}", self.roster_version);
        if self.words.is_empty() {
            return sentence;
        }
        format!("{sentence}; read these words to the steward, who then admits this node")
    }
}

impl Written for Invitation {
    /// The code is told once, when the invitation is made.
    fn datum(&self) -> String {
        if self.code.is_empty() { short(&self.name) } else { self.code.clone() }
    }

    fn sentence(&self) -> String {
        let state = word::<invitation::State>(self.state);
        let sentence = format!("invitation {} for {} is {state}", short(&self.name), self.handle);
        if self.code.is_empty() {
            return sentence;
        }
        let expires = instant(self.expires.as_ref());
        format!("{sentence} until {expires}; hand the code over in confidence, it is told only now")
    }
}

impl Written for Member {
    fn datum(&self) -> String {
        self.handle.clone()
    }

    fn sentence(&self) -> String {
        if self.display_name == self.handle {
            return format!("{} is a member", self.handle);
        }
        format!("{} ({}) is a member", self.handle, self.display_name)
    }
}

impl Written for Peer {
    fn datum(&self) -> String {
        self.handle.clone()
    }

    fn sentence(&self) -> String {
        let pinned =
            if self.pinned { "pinned: this node always tries to reach it" } else { "no longer pinned" };
        format!("peer {} is {pinned}", self.handle)
    }
}

impl Written for Token {
    /// The secret is told once, when the token is made.
    fn datum(&self) -> String {
        if self.secret.is_empty() { short(&self.name) } else { self.secret.clone() }
    }

    fn sentence(&self) -> String {
        let (id, role) = (short(&self.name), word::<Role>(self.role));
        match &self.revoked {
            Some(_) => format!("token {id} of {} is revoked", self.holder),
            None => format!(
                "token {id}: {} as {role} until {}; it is told only now",
                self.holder,
                instant(self.expires.as_ref())
            ),
        }
    }
}

/// One line for one change; `None` for a heartbeat, which only moves the cursor.
pub(crate) fn change_line(change: &WatchResponse, view: &View<'_>) -> Option<String> {
    fn row<M: Row>(kind: &str, message: &M, view: &View<'_>) -> String {
        let cells = message.cells(view);
        crate::print::clean::clean(&format!("{kind:11}  {}", cells.join("  ")))
    }
    match change.resource.as_ref()? {
        Resource::Need(need) => Some(row("need", need, view)),
        Resource::Offer(offer) => Some(row("offer", offer, view)),
        Resource::Requisition(requisition) => Some(row("requisition", requisition, view)),
        Resource::Commitment(commitment) => Some(row("commitment", commitment, view)),
        Resource::Party(party) => Some(row("party", party, view)),
        Resource::Partnership(partnership) => Some(row("partnership", partnership, view)),
        Resource::Call(call) => Some(row("call", call, view)),
        Resource::Consignment(consignment) => Some(row("consignment", &**consignment, view)),
        Resource::Receipt(receipt) => Some(row("receipt", receipt, view)),
        Resource::Message(message) => Some(row("message", message, view)),
        Resource::Knowledge(knowledge) => Some(row("knowledge", knowledge, view)),
        Resource::Report(report) => Some(row("report", report, view)),
        Resource::Item(item) => Some(row("item", &**item, view)),
        Resource::Heartbeat(_) => None,
    }
}

/// Replication lag, lane by lane: entries, and seconds since the node was last level.
fn lag(lags: &[LaneLag]) -> String {
    let one = |lag: &LaneLag| format!("{}: {} entries, {} s", lane(lag.lane), lag.entries, lag.seconds);
    or_nothing(&lags.iter().map(one).collect::<Vec<_>>().join("; "))
}

/// A lane by its name; by its number where a newer node has more.
fn lane(number: u32) -> String {
    let names = ["identity", "ledger", "urgent", "normal", "bulk"];
    let name = usize::try_from(number).ok().and_then(|number| names.get(number));
    name.map_or_else(|| format!("lane {number}"), |name| (*name).to_owned())
}

/// How many peers hold everything that this node wrote.
fn held(status: &Status) -> String {
    let least = status.feeds.iter().filter_map(|feed| feed.held_by).min();
    least.map(|peers| format!("all held by {peers} peers up to the newest entry")).unwrap_or_default()
}

fn feeds(feeds: &[FeedStatus], view: &View<'_>) -> String {
    let rows = feeds.iter().map(|feed| {
        let quarantined = match feed.quarantine_reason.as_str() {
            "" => feed.quarantined.to_string(),
            reason => format!("{}: {reason}", feed.quarantined),
        };
        vec![
            feed.owner.clone(),
            lane(feed.lane),
            feed.epoch.to_string(),
            feed.size.to_string(),
            age(view.now, feed.last_heard.as_ref()),
            or_nothing(&feed.held_by.map(|peers| format!("{peers} peers")).unwrap_or_default()),
            quarantined,
            or_nothing(&feed.stalled),
        ]
    });
    let head = ["FEED", "LANE", "EPOCH", "ENTRIES", "HEARD", "HELD BY", "QUARANTINED", "STALLED"];
    table::plain(&head, rows)
}
