//! `quince party`: the organisations that this node speaks for.

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    CreatePartyRequest, GetPartyRequest, ListPartiesRequest, Party, UpdatePartyRequest,
};
use quince_proto::record::v1::{self as record, Common, PartyType, Place};

use crate::args::{EtagArgs, ListArgs, WriteArgs};
use crate::choice::choice;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::place;
use crate::input::text::Texts;
use crate::name::Handle;
use crate::page::collect;
use crate::verbs::{PartyName, parent};

/// `quince party …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Add an organisation
    Add(AddArgs),
    /// List organisations, own and other cities'
    List {
        /// Only those of this node
        #[arg(long, value_name = "HANDLE")]
        node: Option<Handle>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show an organisation
    Show {
        /// Its id, such as isfahan/3
        id: PartyName,
    },
    /// Change an organisation
    Update(UpdateArgs),
}

/// `quince party add`
#[derive(Args)]
pub(crate) struct AddArgs {
    /// Its name
    name: Texts,
    /// What it is
    #[arg(long = "type", value_name = "TYPE", value_parser = choice::<PartyType>())]
    party_type: PartyType,
    /// Where it is: NAME,CC or NAME,CC,LAT,LON
    #[arg(long, value_name = "PLACE", value_parser = place::parse)]
    place: Option<Place>,
    /// A functional mailbox or switchboard; needs --public-contact
    #[arg(long, requires = "public_contact")]
    contact: Option<String>,
    /// The contact is meant to be published
    #[arg(long)]
    public_contact: bool,
    /// Keep it on this node; persons always are
    #[arg(long)]
    private: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince party update`
#[derive(Args)]
pub(crate) struct UpdateArgs {
    /// Its id, such as isfahan/3
    id: PartyName,
    /// Its name, in the profile's language
    #[arg(long)]
    name: Option<String>,
    /// What it is
    #[arg(long = "type", value_name = "TYPE", value_parser = choice::<PartyType>())]
    party_type: Option<PartyType>,
    /// Where it is: NAME,CC or NAME,CC,LAT,LON
    #[arg(long, value_name = "PLACE", value_parser = place::parse)]
    place: Option<Place>,
    /// A functional mailbox or switchboard; needs --public-contact
    #[arg(long, requires = "public_contact")]
    contact: Option<String>,
    /// The contact is meant to be published
    #[arg(long)]
    public_contact: bool,
    /// It is no longer active (true), or active again (false)
    #[arg(long, value_name = "BOOL")]
    retired: Option<bool>,
    /// Why it changes
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    etag: EtagArgs,
    #[command(flatten)]
    write: WriteArgs,
}

impl Verb {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::Add(args) => add(cx, args).await,
            Self::List { node, list } => self::list(cx, node.as_ref(), list.limit).await,
            Self::Show { id } => {
                let party = get(cx, &id).await?;
                cx.shown(&party)
            }
            Self::Update(args) => update(cx, args).await,
        }
    }
}

async fn add(cx: &mut Context<'_>, args: AddArgs) -> Result<(), Failure> {
    let id = args.write.id();
    let author = cx.author();
    let record = record::Party {
        common: Some(Common { exercise: author.exercise, ..Common::default() }),
        r#type: args.party_type.into(),
        names: args.name.to_record(author.language),
        place: args.place,
        public_contact: args.contact.unwrap_or_default(),
        retired: false,
    };
    let party = Party { record: Some(record), private: args.private, ..Party::default() };
    let request = CreatePartyRequest {
        party: Some(party),
        request_id: id.clone(),
        public_contact: args.public_contact,
    };
    let party = cx.node.write(&id, request, async |r| cx.node.parties().create_party(r).await).await?;
    cx.written(&party)
}

async fn list(cx: &mut Context<'_>, node: Option<&Handle>, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListPartiesRequest { parent: parent(node), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.parties().list_parties(r).await).await?;
        Ok((page.parties, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

async fn get(cx: &Context<'_>, id: &PartyName) -> Result<Party, Failure> {
    let request = GetPartyRequest { name: id.to_string() };
    cx.node.call(request, async |r| cx.node.parties().get_party(r).await).await
}

/// Reads, changes what was typed, writes back at the revision that was read.
async fn update(cx: &mut Context<'_>, args: UpdateArgs) -> Result<(), Failure> {
    let mut party = get(cx, &args.id).await?;
    let record = party.record.get_or_insert_default();
    let mut paths = Vec::new();
    if let Some(name) = args.name {
        let author = cx.author();
        record.names.retain(|text| text.language != author.language);
        record.names.extend(Texts::One(name).to_record(author.language));
        paths.push("names");
    }
    if let Some(party_type) = args.party_type {
        record.r#type = party_type.into();
        paths.push("type");
    }
    if args.place.is_some() {
        record.place = args.place;
        paths.push("place");
    }
    if let Some(contact) = args.contact {
        record.public_contact = contact;
        paths.push("public_contact");
    }
    if let Some(retired) = args.retired {
        record.retired = retired;
        paths.push("retired");
    }
    let id = args.write.id();
    party.etag = Some(args.etag.etag()).filter(|etag| !etag.is_empty()).unwrap_or(party.etag);
    let request = UpdatePartyRequest {
        party: Some(party),
        update_mask: Some(prost_types::FieldMask { paths: paths.into_iter().map(str::to_owned).collect() }),
        request_id: id.clone(),
        reason: args.reason.unwrap_or_default(),
        public_contact: args.public_contact,
    };
    let party = cx.node.write(&id, request, async |r| cx.node.parties().update_party(r).await).await?;
    cx.written(&party)
}
