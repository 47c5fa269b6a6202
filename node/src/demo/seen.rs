//! What one office shows of everybody's records: all that a row of the table is computed from.

use quince_proto::api::v1 as api;
use quince_proto::record::v1::Common;
use tonic::Status;

use crate::demo::door::Door;

/// The largest page.
const PAGE: i32 = 1_000;

/// Everybody's records, as one office has them.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// What is asked for.
    pub needs: Vec<api::Need>,
    /// What can be given.
    pub offers: Vec<api::Offer>,
    /// What was sent.
    pub consignments: Vec<api::Consignment>,
    /// Calls for help.
    pub calls: Vec<api::Call>,
    /// Standing relations.
    pub partnerships: Vec<api::Partnership>,
    /// Words of support and thanks.
    pub messages: Vec<api::Message>,
    /// Practices and documents.
    pub knowledge: Vec<api::Knowledge>,
    /// Third-hand statements.
    pub reports: Vec<api::Report>,
}

/// Reads every page of a list.
macro_rules! all {
    ($door:expr, $service:ident :: $client:ident, $list:ident($request:ident) . $rows:ident) => {{
        let mut client = api::$service::$client::new($door.line.clone());
        let (mut rows, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = api::$request { page_size: PAGE, page_token, ..Default::default() };
            let page = client.$list(request).await?.into_inner();
            rows.extend(page.$rows);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break rows;
            }
        }
    }};
}

impl Seen {
    /// Reads everything at one office.
    ///
    /// # Errors
    /// What the office answers instead.
    pub async fn at(door: &Door) -> Result<Self, Status> {
        Ok(Self {
            needs: all!(door, need_service_client::NeedServiceClient, list_needs(ListNeedsRequest).needs),
            offers: all!(
                door,
                offer_service_client::OfferServiceClient,
                list_offers(ListOffersRequest).offers
            ),
            consignments: all!(
                door,
                consignment_service_client::ConsignmentServiceClient,
                list_consignments(ListConsignmentsRequest).consignments
            ),
            calls: all!(door, call_service_client::CallServiceClient, list_calls(ListCallsRequest).calls),
            partnerships: all!(
                door,
                partnership_service_client::PartnershipServiceClient,
                list_partnerships(ListPartnershipsRequest).partnerships
            ),
            messages: all!(
                door,
                message_service_client::MessageServiceClient,
                list_messages(ListMessagesRequest).messages
            ),
            knowledge: all!(
                door,
                knowledge_service_client::KnowledgeServiceClient,
                list_knowledge(ListKnowledgeRequest).knowledge
            ),
            reports: all!(
                door,
                report_service_client::ReportServiceClient,
                list_reports(ListReportsRequest).reports
            ),
        })
    }

    /// What belongs to one flow.
    #[must_use]
    pub fn of(&self, scheme: &str, flow: &str) -> Self {
        macro_rules! kept {
            ($($family:ident),+) => {
                Self { $($family: self.$family.iter().filter(|one| belongs(one.common(), scheme, flow)).cloned().collect()),+ }
            };
        }
        kept!(needs, offers, consignments, calls, partnerships, messages, knowledge, reports)
    }
}

/// A resource of the API whose record has what all records have.
pub(super) trait Carries {
    /// What every record carries.
    fn common(&self) -> Option<&Common>;
}

macro_rules! carries {
    ($($resource:ident),+) => {
        $(impl Carries for api::$resource {
            fn common(&self) -> Option<&Common> {
                self.record.as_ref()?.common.as_ref()
            }
        })+
    };
}

carries!(Need, Offer, Consignment, Call, Partnership, Message, Knowledge, Report);

/// The flows that a record names.
pub(super) fn flows<'a>(common: Option<&'a Common>, scheme: &str) -> impl Iterator<Item = &'a str> {
    let ids = common.map_or(&[][..], |common| &common.external_ids);
    ids.iter().filter(move |id| id.scheme == scheme).map(|id| id.value.as_str())
}

fn belongs(common: Option<&Common>, scheme: &str, flow: &str) -> bool {
    flows(common, scheme).any(|one| one == flow)
}
