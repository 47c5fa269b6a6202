"""A partner's first contact in Python: one city asks, another gives, both agree.

Written from the .proto files alone. Each office is known by three environment variables:

    REQUESTER_ENDPOINT  REQUESTER_CA  REQUESTER_TOKEN     the office that asks
    SUPPLIER_ENDPOINT   SUPPLIER_CA   SUPPLIER_TOKEN      the office that gives

ENDPOINT is host:port of the office's API, CA the file of its certificate, TOKEN what `quince token create` told.
Exits 0 when both offices tell that the stock is promised, 1 with the reason otherwise.
"""

import os
import sys
import uuid

import grpc

from quince.admin.v1 import node_pb2, node_pb2_grpc
from quince.api.v1 import commitment_pb2, commitment_pb2_grpc
from quince.api.v1 import desk_pb2, desk_pb2_grpc
from quince.api.v1 import need_pb2, need_pb2_grpc
from quince.api.v1 import offer_pb2, offer_pb2_grpc
from quince.api.v1 import requisition_pb2, requisition_pb2_grpc
from quince.api.v1 import resource_pb2
from quince.record.v1 import common_pb2
from quince.record.v1 import need_pb2 as need_record
from quince.record.v1 import offer_pb2 as offer_record
from quince.record.v1 import requisition_pb2 as requisition_record

ITEM = "mask.surgical.iir"
AMOUNT = 500

# Seconds that one call may take. An office honours the deadline: it begins nothing for a caller who has left.
CALL_SECONDS = 20

# Seconds until a record of one office has arrived at the other. It takes milliseconds between healthy offices.
ARRIVAL_SECONDS = 60

# The cursor before the first change that an office ever saw.
BEGINNING = "0"


class Failed(Exception):
    """What went wrong, in words for the person who runs this."""


class Office:
    """One office's API: TLS trusts exactly the office's own certificate, each call carries the token."""

    def __init__(self, role):
        endpoint, ca, token = (variable(f"{role}_{what}") for what in ("ENDPOINT", "CA", "TOKEN"))
        try:
            with open(ca, "rb") as file:
                certificate = file.read()
        except OSError as error:
            raise Failed(f"{role}_CA must name the office's certificate: {error}") from error
        tls = grpc.ssl_channel_credentials(root_certificates=certificate)
        bearer = grpc.access_token_call_credentials(token)
        channel = grpc.secure_channel(endpoint, grpc.composite_channel_credentials(tls, bearer))
        self.status = node_pb2_grpc.StatusServiceStub(channel)
        self.needs = need_pb2_grpc.NeedServiceStub(channel)
        self.offers = offer_pb2_grpc.OfferServiceStub(channel)
        self.requisitions = requisition_pb2_grpc.RequisitionServiceStub(channel)
        self.commitments = commitment_pb2_grpc.CommitmentServiceStub(channel)
        self.desk = desk_pb2_grpc.DeskServiceStub(channel)
        self.handle = self.status.GetStatus(node_pb2.GetStatusRequest(), timeout=CALL_SECONDS).handle

    def say(self, words):
        print(f"{self.handle}: {words}", flush=True)

    def wait_for(self, collection, wanted, cursor):
        """Watches until `wanted(record)`; returns the record and the cursor from which to go on."""
        request = desk_pb2.WatchRequest(cursor=cursor, collections=[collection])
        changes = self.desk.Watch(request, timeout=ARRIVAL_SECONDS)
        for change in changes:
            kind = change.WhichOneof("resource")
            # A heartbeat only says that the office lives; its cursor is current.
            if kind != "heartbeat" and wanted(getattr(change, kind)):
                changes.cancel()
                return getattr(change, kind), change.cursor
        raise Failed(f"{self.handle} ended the watch of {collection} before what was waited for arrived")


def variable(name):
    value = os.environ.get(name, "")
    if not value:
        raise Failed(f"{name} is not set; expected REQUESTER_ and SUPPLIER_, each with ENDPOINT, CA and TOKEN")
    return value


def request_id():
    """A retry with the same id gets the same answer, so a lost reply never makes a second record."""
    return str(uuid.uuid4())


def named(name):
    return lambda record: record.name == name


def reference(name):
    """nodes/{handle}/needs/{number} as a reference inside a record."""
    _, owner, _, number = name.split("/")
    return common_pb2.RecordRef(owner=owner, number=int(number))


def first_line(name):
    record = reference(name)
    return common_pb2.LineRef(owner=record.owner, number=record.number, line=1)


def pieces(amount):
    return common_pb2.Quantity(qualifier=common_pb2.QUALIFIER_EXACT, amount=amount, unit="piece")


def place(name, country, latitude_e6, longitude_e6):
    point = common_pb2.Point(latitude_e6=latitude_e6, longitude_e6=longitude_e6)
    return common_pb2.Place(name=name, country=country, point=point)


def english(text):
    return common_pb2.Text(language="en", text=text, origin=common_pb2.TEXT_ORIGIN_HUMAN)


def ask(office):
    line = need_record.NeedLine(
        line=1,
        kind=common_pb2.KIND_GOODS,
        item=ITEM,
        quantity=pieces(AMOUNT),
        urgency=1,
        deliver_to=place("Isfahan", "IR", 32_654_000, 51_668_000),
    )
    record = need_record.Need(title=[english("masks wanted")], lines=[line])
    need = office.needs.CreateNeed(
        need_pb2.CreateNeedRequest(need=need_pb2.Need(record=record), request_id=request_id()),
        timeout=CALL_SECONDS,
    )
    office.say(f"asks for {AMOUNT} {ITEM} in {need.name}")
    return need.name


def offer(office):
    line = offer_record.OfferLine(
        line=1,
        kind=common_pb2.KIND_GOODS,
        item=ITEM,
        quantity=pieces(AMOUNT),
        available_at=place("Quanzhou", "CN", 24_874_000, 118_676_000),
    )
    record = offer_record.Offer(title=[english("masks to give")], lines=[line])
    created = office.offers.CreateOffer(
        offer_pb2.CreateOfferRequest(offer=offer_pb2.Offer(record=record), request_id=request_id()),
        timeout=CALL_SECONDS,
    )
    office.say(f"offers {AMOUNT} {ITEM} in {created.name}")
    return created.name


def requisition(office, need, offered):
    record = requisition_record.Requisition(
        need_line=first_line(need), offer_line=first_line(offered), amount=AMOUNT, unit="piece"
    )
    created = office.requisitions.CreateRequisition(
        requisition_pb2.CreateRequisitionRequest(
            requisition=requisition_pb2.Requisition(record=record), request_id=request_id()
        ),
        timeout=CALL_SECONDS,
    )
    office.say(f"asks for {AMOUNT} of {offered} in {created.name}")
    return created.name


def commit(office, requested):
    commitment = office.commitments.CommitStock(
        commitment_pb2.CommitStockRequest(requisition=requested, request_id=request_id()), timeout=CALL_SECONDS
    )
    # When stock ran out meanwhile the answer is a commitment that says no, not an error.
    if commitment.record.amount != AMOUNT:
        raise Failed(f"{office.handle} promised {commitment.record.amount} in {commitment.name}, expected {AMOUNT}")
    office.say(f"promises {commitment.record.amount} in {commitment.name}")
    return commitment.name


def check(office, need, requested):
    """What the office tells of the agreement: the answer, and how far the need is covered."""
    answered = office.requisitions.GetRequisition(
        requisition_pb2.GetRequisitionRequest(name=requested), timeout=CALL_SECONDS
    )
    coverage = office.needs.GetNeed(need_pb2.GetNeedRequest(name=need), timeout=CALL_SECONDS).coverage[0]
    answer = requisition_pb2.Answer.Name(answered.answer)
    track = resource_pb2.Track.Name(coverage.commit_track)
    told = (answer, answered.committed, coverage.committed, track)
    expected = ("ANSWER_COMMITTED", AMOUNT, AMOUNT, "TRACK_COMPLETE")
    if told != expected:
        raise Failed(f"{office.handle} tells {told} of {requested}, expected {expected}")
    # Promised is not received: `outstanding` stays until the masks are there.
    office.say(f"tells {answer}, {track}: {coverage.committed} promised, {coverage.outstanding} to be received")


def walk():
    requester, supplier = Office("REQUESTER"), Office("SUPPLIER")

    need = ask(requester)
    _, supplier_cursor = supplier.wait_for("needs", named(need), BEGINNING)
    supplier.say(f"sees {need}, cursor {supplier_cursor}")

    offered = offer(supplier)
    _, requester_cursor = requester.wait_for("offers", named(offered), BEGINNING)
    requester.say(f"sees {offered}, cursor {requester_cursor}")

    # Going on from the last cursor loses nothing and repeats nothing, even when the record came before the call.
    requested = requisition(requester, need, offered)
    _, supplier_cursor = supplier.wait_for("requisitions", named(requested), supplier_cursor)
    supplier.say(f"sees {requested}, cursor {supplier_cursor}")

    promised = commit(supplier, requested)
    _, requester_cursor = requester.wait_for("commitments", named(promised), requester_cursor)
    requester.say(f"sees {promised}, cursor {requester_cursor}")

    check(requester, need, requested)
    check(supplier, need, requested)


def main():
    try:
        walk()
    except Failed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    except grpc.RpcError as error:
        print(f"error: {error.code().name}: {error.details()}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
