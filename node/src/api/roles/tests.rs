//! The table against the contract, and the rights against a matrix that a person can read.

use prost_reflect::DescriptorPool;

use super::*;

/// Who may call what: viewer, operator, approver, admin, auditor, integrator; `-` no, a letter yes, `*` unless an
/// approver is required.
const MATRIX: &str = "
    NeedService/CreateNeed                      - O A D - I
    NeedService/GetNeed                         V O A D - I
    NeedService/ListNeeds                       V O A D - I
    NeedService/UpdateNeed                      - O A D - I
    NeedService/SubmitNeed                      - O A D - I
    NeedService/ApproveNeed                     - - A D - -
    NeedService/HoldNeed                        - O A D - I
    NeedService/ResumeNeed                      - O A D - I
    NeedService/WithdrawNeed                    - O A D - I
    NeedService/MarkNeedDuplicate               - O A D - I
    NeedService/ListNeedRevisions               V O A D - I
    OfferService/CreateOffer                    - O A D - I
    OfferService/GetOffer                       V O A D - I
    OfferService/ListOffers                     V O A D - I
    OfferService/UpdateOffer                    - O A D - I
    OfferService/ConfirmOffer                   - O A D - I
    OfferService/AcceptOffer                    - O A D - I
    OfferService/WithdrawOffer                  - O A D - I
    OfferService/CloseOffer                     - O A D - I
    OfferService/ListOfferRevisions             V O A D - I
    RequisitionService/CreateRequisition        - O A D - I
    RequisitionService/CreateBundle             - O A D - I
    RequisitionService/GetRequisition           V O A D - I
    RequisitionService/ListRequisitions         V O A D - I
    RequisitionService/WithdrawRequisition      - O A D - I
    RequisitionService/RefuseHold               - O A D - I
    CommitmentService/HoldStock                 - * A D - *
    CommitmentService/CommitStock               - * A D - *
    CommitmentService/DeclineRequisition        - O A D - I
    CommitmentService/DeclineAllRequisitions    - O A D - I
    CommitmentService/ReleaseCommitment         - * A D - *
    CommitmentService/GetCommitment             V O A D - I
    CommitmentService/ListCommitments           V O A D - I
    ConsignmentService/PlanConsignment          - * A D - *
    ConsignmentService/DispatchConsignment      - * A D - *
    ConsignmentService/AddConsignmentEvent      - O A D - I
    ConsignmentService/CancelConsignment        - * A D - *
    ConsignmentService/CorrectConsignment       - * A D - *
    ConsignmentService/GetConsignment           V O A D - I
    ConsignmentService/ListConsignments         V O A D - I
    ReceiptService/RecordReceipt                - O A D - I
    ReceiptService/CorrectReceipt               - O A D - I
    ReceiptService/GetReceipt                   V O A D - I
    ReceiptService/ListReceipts                 V O A D - I
    PartnershipService/CreatePartnership        - O A D - I
    PartnershipService/GetPartnership           V O A D - I
    PartnershipService/ListPartnerships         V O A D - I
    PartnershipService/EndPartnership           - O A D - I
    CallService/CreateCall                      - O A D - I
    CallService/GetCall                         V O A D - I
    CallService/ListCalls                       V O A D - I
    CallService/CloseCall                       - O A D - I
    MessageService/CreateMessage                - O A D - I
    MessageService/GetMessage                   V O A D - I
    MessageService/ListMessages                 V O A D - I
    MessageService/PublishMessage               - O A D - I
    MessageService/RetractMessage               - O A D - I
    KnowledgeService/CreateKnowledge            - O A D - I
    KnowledgeService/GetKnowledge               V O A D - I
    KnowledgeService/ListKnowledge              V O A D - I
    KnowledgeService/PublishKnowledge           - O A D - I
    KnowledgeService/RetractKnowledge           - O A D - I
    ReportService/CreateReport                  - O A D - I
    ReportService/GetReport                     V O A D - I
    ReportService/ListReports                   V O A D - I
    ReportService/PublishReport                 - O A D - I
    ReportService/RetractReport                 - O A D - I
    HistoryService/ListRevisions                V O A D - I
    PartyService/CreateParty                    - O A D - I
    PartyService/GetParty                       V O A D - I
    PartyService/ListParties                    V O A D - I
    PartyService/UpdateParty                    - O A D - I
    ItemService/SearchItems                     V O A D - I
    ItemService/GetItem                         V O A D - I
    ItemService/ListItems                       V O A D - I
    ItemService/CreateItem                      - O A D - I
    ItemService/UpdateItem                      - O A D - I
    ItemService/WithdrawItem                    - O A D - I
    MatchService/ListMatches                    V O A D - I
    MatchService/ExplainMatch                   V O A D - I
    MatchService/WatchMatches                   V O A D - I
    MatchService/SimulateMatch                  V O A D - I
    MatchService/GetPlan                        V O A D - I
    MatchService/ComparePlan                    V O A D - I
    DeskService/ListTodos                       V O A D - I
    DeskService/Watch                           V O A D - I
    FederationService/CreateFederation          - - - D - -
    FederationService/GetFederation             V O A D U I
    FederationService/CreateInvitation          - - - D - -
    FederationService/ListInvitations           - - - D - -
    FederationService/RevokeInvitation          - - - D - -
    FederationService/JoinFederation            - - - D - -
    FederationService/AdmitMember               - - - D - -
    FederationService/ListMembers               V O A D - I
    FederationService/SetCatalogueVersion       - - - D - -
    FederationService/LeaveFederation           - - - D - -
    StatusService/GetStatus                     V O A D U I
    DrillService/SetBusinessTime                - - - D - -
    PeerService/ListPeers                       V O A D - I
    PeerService/AddPeer                         - - - D - -
    PeerService/RemovePeer                      - - - D - -
    OfflineService/GetHaveFile                  - - - D - -
    OfflineService/ExportFile                   - - - D - -
    OfflineService/ImportFile                   - - - D - -
    TokenService/CreateToken                    - - - D - -
    TokenService/ListTokens                     - - - D - -
    TokenService/RevokeToken                    - - - D - -
    AuditService/ListAuditEntries               - - - D U -
    Health/Check                                V O A D U I
    Health/Watch                                V O A D U I
    ServerReflection/ServerReflectionInfo       V O A D U I
";

/// The full names of the methods of a descriptor set.
fn methods(descriptors: &[u8]) -> BTreeSet<String> {
    let pool = DescriptorPool::decode(descriptors).unwrap();
    let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.map(|m| format!("/{}/{}", m.parent_service().full_name(), m.name())).collect()
}

#[test]
fn every_method_of_the_contract_stands_in_the_table_and_nothing_else_does() {
    let mut contract = methods(quince_proto::FILE_DESCRIPTOR_SET);
    // Peers are no role: their stream is on another listener and verifies for itself.
    contract.retain(|method| !method.starts_with("/quince.sync."));
    contract.extend(methods(tonic_health::pb::FILE_DESCRIPTOR_SET));
    contract.extend(methods(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET));
    let table: BTreeSet<String> = TABLE.iter().map(|rule| rule.method.to_owned()).collect();
    assert_eq!(table, contract);
    assert_eq!(table.len(), TABLE.len(), "a method stands in the table twice");
}

#[test]
fn every_role_may_call_exactly_what_the_matrix_says() {
    let rows: Vec<Vec<&str>> = MATRIX.trim().lines().map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), TABLE.len());
    for row in rows {
        let found = TABLE.iter().find(|rule| rule.method.ends_with(&format!(".{}", row[0])));
        let access = found.unwrap_or_else(|| panic!("{} is in the table", row[0])).access;
        for (role, mark) in Role::ALL.into_iter().zip(&row[1..]) {
            assert_eq!(access.allows(role, false), *mark != "-", "{} {role}", row[0]);
            assert_eq!(access.allows(role, true), !["-", "*"].contains(mark), "{} {role}, strictly", row[0]);
        }
    }
}

#[test]
fn what_is_not_in_the_table_has_no_rule() {
    for method in ["", "/", "/quince.api.v1.NeedService/DropNeeds", "/quince.api.v1.NeedService/CreateNeed/"]
    {
        assert_eq!(rule(method), None, "{method}");
    }
}

#[test]
fn an_integrator_token_names_no_admin_act_and_nothing_public() {
    assert!(is_integrable("/quince.api.v1.NeedService/CreateNeed"));
    assert!(!is_integrable("/quince.admin.v1.TokenService/CreateToken"));
    assert!(!is_integrable("/grpc.health.v1.Health/Check"));
    assert!(!is_integrable("/quince.api.v1.NeedService/Anything"));
}
