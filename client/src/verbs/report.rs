//! `quince report`: third-hand statements with source and date; two may disagree, and both stay.

use clap::{Args, Subcommand};
use quince_proto::api::v1::{
    CreateReportRequest, GetReportRequest, ListReportsRequest, PublishReportRequest, Report,
    RetractReportRequest,
};
use quince_proto::record::v1::{self as record, Place, ReportFigure, When};

use crate::args::{EtagArgs, ListArgs, SureArgs, WriteArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::input::common::CommonInput;
use crate::input::fault::{At, Faults};
use crate::input::quantity::figure;
use crate::input::text::Texts;
use crate::input::{place, when};
use crate::name::{AnyName, Handle};
use crate::page::collect;
use crate::verbs::{ReportName, name_or_empty, own_parties, parent, texts};

/// `quince report …`
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Write down what somebody else says, and publish it, unless it is kept as a draft
    Add(Box<AddArgs>),
    /// Publish a draft
    Publish {
        /// Its id, such as isfahan/9
        id: ReportName,
        #[command(flatten)]
        etag: EtagArgs,
        #[command(flatten)]
        write: WriteArgs,
    },
    /// List reports of all cities
    List {
        /// Only those of this node
        #[arg(long, value_name = "HANDLE")]
        node: Option<Handle>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show a report
    Show {
        /// Its id, such as isfahan/9
        id: ReportName,
    },
    /// Take a report back, for good; another may take its place
    Retract(RetractArgs),
}

/// `quince report add`
#[derive(Args)]
#[command(mut_arg("source", |arg| arg.required(true)))]
pub(crate) struct AddArgs {
    /// What it is about, such as "Isfahan: confirmed cases"
    #[arg(long, value_name = "WORDS")]
    subject: String,
    /// What is said
    #[arg(long, value_name = "TEXT")]
    statement: Option<Texts>,
    /// A figure that it states: METRIC=AMOUNT or "METRIC=AMOUNT UNIT", such as cases=1200, deaths=~40, "beds=300+ piece"
    #[arg(long, value_name = "FIGURE", value_parser = parse_figure)]
    figure: Option<ReportFigure>,
    /// Where: NAME,CC or NAME,CC,LAT,LON; a region by its UN M49 code: Africa,002
    #[arg(long, value_name = "PLACE", value_parser = place::parse, allow_hyphen_values = true)]
    place: Option<Place>,
    /// When it happened, as reported
    #[arg(long, value_name = "WHEN", value_parser = when::parse_past)]
    happened: Option<When>,
    /// A record that it speaks about; may be repeated
    #[arg(long, value_name = "ID")]
    about: Vec<AnyName>,
    #[command(flatten)]
    common: CommonInput,
    /// Keep it private until it is published
    #[arg(long)]
    draft: bool,
    /// Only check; write nothing
    #[arg(long)]
    validate_only: bool,
    /// Telephone numbers or mail addresses in the texts are meant to be published
    #[arg(long)]
    public_contact: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// `quince report retract`
#[derive(Args)]
pub(crate) struct RetractArgs {
    /// Its id, such as isfahan/9
    id: ReportName,
    /// Why
    #[arg(long)]
    reason: String,
    /// The own report that takes its place
    #[arg(long, value_name = "ID")]
    superseded_by: Option<ReportName>,
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
            Self::Add(args) => add(cx, *args).await,
            Self::Publish { id, etag, write } => publish(cx, &id, &etag, &write).await,
            Self::List { node, list } => self::list(cx, node.as_ref(), list.limit).await,
            Self::Show { id } => {
                let request = GetReportRequest { name: id.to_string() };
                let shown = cx.node.call(request, async |r| cx.node.reports().get_report(r).await).await?;
                cx.shown(&shown)
            }
            Self::Retract(args) => retract(cx, args).await,
        }
    }
}

async fn add(cx: &mut Context<'_>, args: AddArgs) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let author = cx.author();
    let record = record::Report {
        common: Some(args.common.to_record(At::Flags, &author, &mut faults)),
        subject: args.subject,
        statement: texts(args.statement.as_ref(), &author),
        place: args.place,
        happened: args.happened,
        figure: args.figure,
        about: args.about.iter().map(AnyName::to_ref).collect(),
        ..record::Report::default()
    };
    faults.end()?;
    own_parties(cx, &args.common).await?;
    let id = args.write.id();
    let request = CreateReportRequest {
        report: Some(Report { record: Some(record), ..Report::default() }),
        request_id: id.clone(),
        draft: args.draft,
        validate_only: args.validate_only,
        public_contact: args.public_contact,
    };
    let mut created = cx.node.write(&id, request, async |r| cx.node.reports().create_report(r).await).await?;
    if args.validate_only {
        // The name that it would have had is nobody's yet.
        created.name.clear();
    }
    cx.written(&created)
}

/// draft -> published.
async fn publish(
    cx: &mut Context<'_>,
    id: &ReportName,
    etag: &EtagArgs,
    write: &WriteArgs,
) -> Result<(), Failure> {
    let request_id = write.id();
    let request =
        PublishReportRequest { name: id.to_string(), etag: etag.etag(), request_id: request_id.clone() };
    let published =
        cx.node.write(&request_id, request, async |r| cx.node.reports().publish_report(r).await).await?;
    cx.written(&published)
}

async fn list(cx: &mut Context<'_>, node: Option<&Handle>, limit: u32) -> Result<(), Failure> {
    let all = collect(limit, async |page_size, page_token| {
        let request = ListReportsRequest { parent: parent(node), page_size, page_token };
        let page = cx.node.call(request, async |r| cx.node.reports().list_reports(r).await).await?;
        Ok((page.reports, page.next_page_token))
    });
    let all = all.await?;
    cx.listed(&all)
}

async fn retract(cx: &mut Context<'_>, args: RetractArgs) -> Result<(), Failure> {
    cx.confirm(&args.sure, "retracting this report")?;
    let id = args.write.id();
    let request = RetractReportRequest {
        name: args.id.to_string(),
        etag: args.etag.etag(),
        request_id: id.clone(),
        reason: args.reason,
        superseded_by: name_or_empty(args.superseded_by.as_ref()),
    };
    let retracted = cx.node.write(&id, request, async |r| cx.node.reports().retract_report(r).await).await?;
    cx.written(&retracted)
}

/// Reads `METRIC=AMOUNT [UNIT]`; the error says what was expected.
fn parse_figure(text: &str) -> Result<ReportFigure, String> {
    let expected = "METRIC=AMOUNT [UNIT], such as cases=1200, deaths=~40, \"beds=300+ piece\" or cases=?";
    let (metric, rest) = text.split_once('=').ok_or(expected)?;
    // `beds=>=300` has its first equals sign where it is meant.
    let (amount, unit) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
    let (qualifier, amount) = figure(amount).filter(|_| !metric.trim().is_empty()).ok_or(expected)?;
    Ok(ReportFigure {
        metric: metric.trim().to_owned(),
        qualifier: qualifier.into(),
        amount,
        unit: unit.trim().to_owned(),
    })
}
