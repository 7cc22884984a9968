"""A customer's meetings as data to take along, and how they are emptied of the person.

What is left of an erased meeting says when, where, about what and with which advisor:
enough for figures, nothing about whom.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from directory.models import Customer
from scheduling.models import (
    AccessCode,
    Appointment,
    AppointmentEvent,
    Document,
    Flow,
    Message,
)
from scheduling.outbox import forget_mails
from scheduling.services.documents import remove_documents
from scheduling.services.noting import NOTED
from segments.models import LinkContext

ERASED = "erased"
# What the history may keep: everything else could be somebody's own words.
HARMLESS = frozenset(
    {
        "status",
        "starts_at",
        "ends_at",
        "change_until",
        "channel",
        "office",
        "advisor",
        "revision",
        "link_version",
        "closed_at",
    }
)
WALK_COLUMNS = (
    *("created_at", "last_used_at", "segment_codes", "prefill", "details"),
    *("question_prefill", "answers", "metadata", "attribution", "address"),
)


def export_meetings(customer: Customer) -> list[dict[str, Any]]:
    """Return all that is kept about a customer's meetings, oldest first. Four queries."""
    meetings = (
        customer.appointments.select_related("subject", "office", "advisor")
        .prefetch_related("events", "messages", "documents")
        .order_by("starts_at", "pk")
    )
    return [meeting_as_data(meeting) for meeting in meetings]


def meeting_as_data(meeting: Appointment) -> dict[str, Any]:
    """Return one meeting with everything that hangs on it, without notes of staff."""
    return {
        "reference": meeting.reference,
        "status": meeting.status,
        "subject": meeting.subject.name,
        "channel": meeting.channel,
        "office": meeting.office.name,
        "advisor": meeting.advisor.name,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "time_zone": meeting.visitor_zone,
        "language": meeting.language,
        "first_name": meeting.first_name,
        "last_name": meeting.last_name,
        "email": meeting.email,
        "phone": meeting.phone,
        "company": meeting.company,
        "customer_number": meeting.customer_number,
        "address": meeting.address,
        "remarks": meeting.remarks,
        "answers": meeting.answers,
        "consent": {"version": meeting.consent_version, "at": meeting.consent_at},
        "segment_codes": meeting.segment_codes,
        "was_signed": meeting.is_signed,
        "assignment_reason": meeting.assignment_reason,
        "offer_reason": meeting.offer_reason,
        "metadata": meeting.metadata,
        "attribution": meeting.attribution,
        "cancel_reason": meeting.cancel_reason,
        "outcome": meeting.outcome,
        "booked_at": meeting.created_at,
        "changed_at": meeting.changed_at,
        "history": [
            event_as_data(event)
            for event in meeting.events.all()
            if event.kind != NOTED
        ],
        "messages": [
            {
                "kind": message.kind,
                "address": message.address,
                "written_at": message.created_at,
                "sent_at": message.sent_at,
                "not_sent_because": message.skipped,
            }
            for message in meeting.messages.all()
            if message.recipient == Message.Recipient.CUSTOMER
        ],
        "documents": [
            {
                "name": document.name,
                "side": document.side,
                "content_type": document.content_type,
                "bytes": document.size,
                "added_at": document.created_at,
            }
            for document in meeting.documents.all()
        ],
    }


def event_as_data(event: AppointmentEvent) -> dict[str, Any]:
    """Return a row of history; who of the staff it was is not the customer's data."""
    return {
        "at": event.at,
        "kind": event.kind,
        "by": event.actor,
        "old": event.old,
        "new": event.new,
        "note": event.note,
    }


def export_walks(customer: Customer) -> list[dict[str, Any]]:
    """Return what was entered on unfinished walks of the signed-in customer. One query."""
    rows = Flow.objects.filter(verified_customer=customer).order_by("created_at")
    return list(rows.values(*WALK_COLUMNS))


def lock_walks(customer: Customer, *, addresses: Iterable[str]) -> list[str]:
    """Lock the walks of a person and return their ids: before any other lock.

    Theirs are those that the portal started for them, those that booked or change their
    meetings, and those in which one of their e-mail addresses was entered.
    """
    booked = customer.appointments.exclude(flow_key="").values_list("flow_key")
    wanted = Q(verified_customer=customer) | Q(changes__customer=customer)
    wanted |= Q(pk__in=booked)
    for address in addresses:
        wanted |= Q(details__email__iexact=address)
        wanted |= Q(prefill__email__iexact=address)
    rows = Flow.objects.select_for_update(of=("self",)).filter(wanted).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def erase_meetings(
    customer: Customer, *, walks: list[str], addresses: list[str], now: datetime
) -> None:
    """Empty a customer's meetings of the person, inside the caller's transaction.

    Files go when it has committed. `walks` are those of `lock_walks`.
    """
    assert connection.in_atomic_block  # noqa: S101  (half of it would be worse)
    locked = customer.appointments.select_for_update(no_key=True).order_by("pk")
    references = dict(locked.values_list("pk", "reference"))
    mine = Q(appointment__in=list(references))
    remove_documents(Document.objects.filter(mine | Q(flow__in=walks)))
    AccessCode.objects.filter(mine).delete()
    Flow.objects.filter(pk__in=walks).delete()
    empty_appointments(customer.appointments.all())
    empty_history(AppointmentEvent.objects.filter(mine))
    empty_messages(Message.objects.filter(mine))
    forget_contexts(customer, addresses)
    forget_jobs(addresses)
    AppointmentEvent.objects.bulk_create(
        AppointmentEvent(
            appointment_id=pk,
            at=now,
            kind=ERASED,
            actor=AppointmentEvent.Actor.CUSTOMER,
        )
        for pk in references
    )
    kept = list(references.values())
    transaction.on_commit(lambda: forget_mails(kept))


def empty_appointments(rows: QuerySet[Appointment]) -> None:
    """Blank who came, what they wrote and what was passed along; end the manage link."""
    rows.update(
        first_name="",
        last_name="",
        email="",
        phone="",
        company="",
        customer_number="",
        remarks="",
        address={},
        answers=[],
        metadata={},
        attribution={},
        cancel_reason="",
        outcome="",
        visitor_zone=F("office_zone"),
        link_hash=None,
    )


def empty_history(rows: QuerySet[AppointmentEvent]) -> None:
    """Keep times, places and states of the history; nobody's words and details."""
    found = list(rows)
    for event in found:
        event.old = harmless(event.old)
        event.new = harmless(event.new)
        event.note = ""
    AppointmentEvent.objects.bulk_update(found, ["old", "new", "note"], batch_size=500)


def harmless(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that say nothing about a person."""
    return {name: value for name, value in values.items() if name in HARMLESS}


def empty_messages(rows: QuerySet[Message]) -> None:
    """Forget where messages went; one that has not gone out stays here."""
    rows.filter(sent_at=None, skipped="").update(skipped="Erased.")
    # Different ones: an address is part of what makes a message unique.
    rows.filter(recipient=Message.Recipient.CUSTOMER).update(
        address=Concat(Value("erased-"), Cast("pk", CharField()))
    )


def forget_contexts(customer: Customer, addresses: Iterable[str]) -> None:
    """Delete the prepared links of a person."""
    theirs = Q(customer=customer)
    for address in addresses:
        theirs |= Q(parameters__contains=[["email", address]])
    LinkContext.objects.filter(theirs).delete()


def forget_jobs(addresses: list[str]) -> None:
    """Delete queued mails that name an address; one at work ends by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs"
            " WHERE lower(args->>'address') = ANY(%s) AND status <> 'doing'",
            [[address.lower() for address in addresses]],
        )
