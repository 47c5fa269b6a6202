//! `quince item`: the catalogue and what cities add to it, searchable in every language they have terms in.

use clap::{Args, Subcommand};
use prost_types::FieldMask;
use quince_proto::admin::v1::GetStatusRequest;
use quince_proto::api::v1::{
    CreateItemRequest, GetItemRequest, Item, ListItemsRequest, SearchItemsRequest, UpdateItemRequest,
    WithdrawItemRequest,
};
use quince_proto::record::v1::{Common, OwnItem, Pack};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::input::quantity::pack_of;
use crate::input::text::{LanguageText, Texts};
use crate::name::Handle;
use crate::page::{Listed, collect};
use crate::verbs::{parent, texts};

/// Shown below the help of `create`.
const CREATE_HELP: &str = "\
Define a code only for what the catalogue has no item for: `quince item search` in your language first. Lines with an own
code meet lines with the same code and no others, and nothing makes it the same as another city's or the catalogue's.
Code and unit are for ever, because lines count in them; names, packs and the rest can be changed.

  quince item create isfahan:hood.padded --name en=\"Padded hood\" --name fr=\"Capuche matelassée\" \\
    --unit piece --pack box=50 --hs6 6505.00 --hs-note HS2022";

/// `quince item …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Propose items for words in any language; a person picks the grade
    Search {
        /// What is looked for
        #[arg(required = true, value_name = "WORD")]
        words: Vec<String>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show an item: what it counts in, packs, standards, what may replace it, whose it is
    Show {
        /// Its code, such as mask.surgical.iir or isfahan:hood.padded
        code: String,
    },
    /// List the codes that cities have defined; the catalogue is searched
    List {
        /// Only those of this node
        #[arg(long, value_name = "HANDLE", conflicts_with = "mine")]
        node: Option<Handle>,
        /// Only this city's own
        #[arg(long)]
        mine: bool,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Define a code of this city's own, for what the catalogue has no item for
    #[command(after_long_help = CREATE_HELP)]
    Create(Box<CreateArgs>),
    /// Change what an own item is called, its packs, tariff code or description
    Update(Box<UpdateArgs>),
    /// End an own item, for good: it can still be read, and no new line of this city names it
    Withdraw(WithdrawArgs),
}

/// What can be said of an own item, when it is defined and afterwards.
#[derive(Args)]
pub(crate) struct SaidArgs {
    /// How it is packed, by name and content, such as box=50; may be repeated
    #[arg(long, value_name = "NAME=UNITS", value_parser = pack_of)]
    pack: Vec<Pack>,
    /// Its heading in the Harmonized System, such as 6307.90
    #[arg(long, value_name = "CODE")]
    hs6: Option<String>,
    /// Which edition of the Harmonized System, such as HS2022, and what differs
    #[arg(long, value_name = "TEXT")]
    hs_note: Option<String>,
    /// What it is, in full
    #[arg(long, value_name = "TEXT")]
    description: Option<Texts>,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
}

/// `quince item create`
#[derive(Args)]
pub(crate) struct CreateArgs {
    /// The code: isfahan:hood.padded, or hood.padded for the same at this node
    code: String,
    /// What it is called: LANGUAGE=TEXT, or a text in the profile's language; may be repeated
    #[arg(long, value_name = "LANGUAGE=TEXT", required = true)]
    name: Vec<LanguageText>,
    /// What it counts in: piece, set, gram, millilitre, test, person, pallet or mission
    #[arg(long)]
    unit: String,
    #[command(flatten)]
    said: SaidArgs,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince item update`
#[derive(Args)]
pub(crate) struct UpdateArgs {
    /// Its code, such as isfahan:hood.padded
    code: String,
    /// What it is called in a language, LANGUAGE=TEXT; other languages stay; may be repeated
    #[arg(long, value_name = "LANGUAGE=TEXT")]
    name: Vec<LanguageText>,
    /// No name in this language any more; may be repeated
    #[arg(long, value_name = "LANGUAGE")]
    drop_name: Vec<String>,
    #[command(flatten)]
    said: SaidArgs,
    /// Why it changes
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince item withdraw`
#[derive(Args)]
pub(crate) struct WithdrawArgs {
    /// Its code, such as isfahan:hood.padded
    code: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    sure: SureArgs,
    #[command(flatten)]
    write: WriteArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Search { words, list } => search(cx, words.join(" "), list.limit).await,
            Self::Show { code } => {
                let item = get(cx, &code).await?;
                cx.shown(&item)
            }
            Self::List { node, mine, list } => {
                let own = if mine { Some(own_handle(cx).await?) } else { None };
                let parent = own.map_or_else(|| parent(node.as_ref()), |own| format!("nodes/{own}"));
                self::list(cx, parent, list.limit).await
            }
            Self::Create(args) => create(cx, *args).await,
            Self::Update(args) => update(cx, *args).await,
            Self::Withdraw(args) => withdraw(cx, args).await,
        }
    }
}

/// A search has one page: what does not stand in it was too far from the words.
async fn search(cx: &mut Context<'_>, query: String, limit: u32) -> Result<(), Failure> {
    let page_size = i32::try_from(limit).unwrap_or(i32::MAX);
    let request = SearchItemsRequest { query, page_size };
    let found = cx.node.call(request, async |r| cx.node.items().search_items(r).await).await?;
    cx.listed(&Listed { rows: found.proposals, more: false })
}

async fn list(cx: &mut Context<'_>, parent: String, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListItemsRequest { parent: parent.clone(), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.items().list_items(r).await).await?;
        Ok((page.items, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

async fn create(cx: &mut Context<'_>, args: CreateArgs) -> Result<(), Failure> {
    let code = match args.code.contains(':') {
        true => args.code,
        false => format!("{}:{}", own_handle(cx).await?, args.code),
    };
    let author = cx.author();
    let SaidArgs { pack, hs6, hs_note, description, public_contact } = args.said;
    let record = OwnItem {
        common: Some(Common { exercise: author.exercise, ..Common::default() }),
        code,
        terms: args.name.iter().map(|name| name.to_record(author.language)).collect(),
        base_unit: args.unit,
        packs: pack,
        hs6: hs6.unwrap_or_default(),
        hs_note: hs_note.unwrap_or_default(),
        description: texts(description.as_ref(), &author),
        ..OwnItem::default()
    };
    let id = args.write.id();
    let request = CreateItemRequest {
        item: Some(Item { record: Some(record), ..Item::default() }),
        request_id: id.clone(),
        validate_only: args.validate_only,
        public_contact,
    };
    let mut created = cx.node.write(&id, request, async |r| cx.node.items().create_item(r).await).await?;
    if args.validate_only {
        // Nothing has this name yet.
        created.name.clear();
    }
    cx.written(&created)
}

/// Reads, changes what was typed, writes back at the revision that was read.
async fn update(cx: &mut Context<'_>, args: UpdateArgs) -> Result<(), Failure> {
    let mut item = get(cx, &args.code).await?;
    let author = cx.author();
    let record = item.record.get_or_insert_default();
    let SaidArgs { pack, hs6, hs_note, description, public_contact } = args.said;
    let mut paths = Vec::new();
    if !args.name.is_empty() || !args.drop_name.is_empty() {
        record.terms.retain(|term| !args.drop_name.contains(&term.language));
        for term in args.name.iter().map(|name| name.to_record(author.language)) {
            match record.terms.iter_mut().find(|one| one.language == term.language) {
                Some(one) => *one = term,
                None => record.terms.push(term),
            }
        }
        paths.push("terms");
    }
    if !pack.is_empty() {
        record.packs = pack;
        paths.push("packs");
    }
    if let Some(hs6) = hs6 {
        record.hs6 = hs6;
        paths.push("hs6");
    }
    if let Some(hs_note) = hs_note {
        record.hs_note = hs_note;
        paths.push("hs_note");
    }
    if description.is_some() {
        record.description = texts(description.as_ref(), &author);
        paths.push("description");
    }
    let id = args.write.id();
    item.etag = Some(args.etag.etag()).filter(|etag| !etag.is_empty()).unwrap_or(item.etag);
    let request = UpdateItemRequest {
        item: Some(item),
        update_mask: Some(FieldMask { paths: paths.into_iter().map(str::to_owned).collect() }),
        request_id: id.clone(),
        reason: args.reason.unwrap_or_default(),
        public_contact,
    };
    let updated = cx.node.write(&id, request, async |r| cx.node.items().update_item(r).await).await?;
    cx.written(&updated)
}

async fn withdraw(cx: &mut Context<'_>, args: WithdrawArgs) -> Result<(), Failure> {
    cx.confirm(&args.sure, "withdrawing this item")?;
    let id = args.write.id();
    let request = WithdrawItemRequest {
        name: name_of(&args.code),
        etag: args.etag.etag(),
        request_id: id.clone(),
        reason: args.reason,
    };
    let withdrawn = cx.node.write(&id, request, async |r| cx.node.items().withdraw_item(r).await).await?;
    cx.written(&withdrawn)
}

async fn get(cx: &Context<'_>, code: &str) -> Result<Item, Failure> {
    let request = GetItemRequest { name: name_of(code) };
    cx.node.call(request, async |r| cx.node.items().get_item(r).await).await
}

fn name_of(code: &str) -> String {
    format!("items/{}", code.strip_prefix("items/").unwrap_or(code))
}

/// Whose node this is.
async fn own_handle(cx: &Context<'_>) -> Result<String, Failure> {
    let status = cx.node.call(GetStatusRequest {}, async |r| cx.node.status().get_status(r).await).await?;
    Ok(status.handle)
}
