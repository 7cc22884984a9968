"""What stands beside the meetings: accounts, the advisor, the office, documents."""

from collections.abc import Iterable
from dataclasses import dataclass

from babel.numbers import format_currency
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from directory.catalogue import AdvisorData, OfficeData
from directory.models import Customer
from portal.hours import hours_text
from portal.models import Account
from portal.views.scene import Scene
from portal.views.wording import phone_text, route_url
from scheduling.archives import is_there
from scheduling.models import Document
from scheduling.views.documents import size_text


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with its balance as the customer writes money."""

    name: str
    number: str
    balance: str


def account_rows(accounts: Iterable[Account], scene: Scene) -> list[AccountRow]:
    return [
        AccountRow(
            account.name,
            account.masked_number,
            format_currency(account.balance, account.currency, locale=scene.locale),
        )
        for account in accounts
    ]


def as_of(accounts: Iterable[Account], scene: Scene) -> str:
    """Return the day of the oldest balance shown; nothing without accounts."""
    oldest = min((account.as_of for account in accounts), default=None)
    return date_format(oldest.astimezone(scene.zone), "j F Y, H:i") if oldest else ""


def own_advisor(customer: Customer, scene: Scene) -> AdvisorData | None:
    """Return the customer's advisor while they take meetings."""
    found = scene.standing.advisors.get(customer.preferred_advisor_id or 0)
    return found if found and found.is_bookable else None


@dataclass(frozen=True, slots=True)
class OfficeCard:
    """An office with its hours of a day."""

    code: str
    name: str
    street: str
    town: str
    hours: str
    phone: str
    phone_url: str
    route_url: str


def own_office(customer: Customer, scene: Scene) -> OfficeCard | None:
    """Return the customer's office while it is one."""
    found = scene.standing.offices.get(customer.preferred_office_id or 0)
    if found is None or not found.is_active:
        return None
    today = scene.now.astimezone(found.zone).date()
    return office_card(found, _("Today: %s") % hours_text(found, today))


def office_card(office: OfficeData, hours: str) -> OfficeCard:
    """Return an office; `hours` says when it is open, and on which day."""
    return OfficeCard(
        code=office.code,
        name=office.name,
        street=office.street,
        town=f"{office.postal_code} {office.city}".strip(),
        hours=hours,
        phone=phone_text(office.phone, office.country),
        phone_url=f"tel:{office.phone}" if office.phone else "",
        route_url=route_url(office),
    )


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as templates/components/document_row.html draws it."""

    name: str
    url: str
    size: str
    kind: str
    by: str
    date: str
    about: str


def document_row(document: Document, scene: Scene) -> DocumentRow:
    """Return a document in words; its appointment, subject and advisor must be loaded."""
    appointment = document.appointment
    assert appointment is not None  # noqa: S101  (one of a booked meeting)
    is_own = document.side == Document.Side.CUSTOMER
    address = reverse("portal:document", args=[appointment.reference, document.pk])
    return DocumentRow(
        name=document.name,
        url=address if is_there(document) else "",
        size=size_text(document.size),
        kind=document.name.rpartition(".")[2].upper(),
        by=_("You") if is_own else appointment.advisor.name,
        date=date_format(document.created_at.astimezone(scene.zone), "j F Y"),
        about=appointment.subject.name,
    )
