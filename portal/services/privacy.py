"""All that is kept about a customer: to take along, or to erase."""

from datetime import datetime
from functools import partial
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q

from directory.models import Customer, User
from portal.errors import StillMeeting
from portal.models import Account, CalendarFeed
from portal.queries import accounts_of, upcoming_meetings
from scheduling.models import Appointment, Document
from scheduling.services.attempts import settle
from scheduling.services.privacy import (
    erase_meetings,
    export_meetings,
    export_walks,
    lock_walks,
)


def export_customer(customer: Customer, *, now: datetime) -> dict[str, Any]:
    """Return everything about a customer, ready for JSON. Ten queries at any size."""
    user = customer.user
    office, advisor = customer.preferred_office, customer.preferred_advisor
    return {
        "made_at": now,
        "profile": {
            "customer_number": customer.customer_number,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "email": customer.email,
            "phone": customer.phone,
            "company": customer.company,
            "language": customer.language,
            "preferred_office": office.name if office else None,
            "preferred_advisor": advisor.name if advisor else None,
            "preferred_channel": customer.preferred_channel,
            "segment_codes": customer.segment_codes,
            "known_since": customer.created_at,
        },
        "sign_in": {
            "user_name": user.get_username(),
            "made_at": user.date_joined,
            "last_used_at": user.last_login,
            "has_password": user.has_usable_password(),
        }
        if user
        else None,
        "calendar_address_made_at": CalendarFeed.objects.filter(customer=customer)
        .values_list("created_at", flat=True)
        .first(),
        "accounts": [account_as_data(account) for account in accounts_of(customer)],
        "meetings": export_meetings(customer),
        "unfinished_walks": export_walks(customer),
    }


def account_as_data(account: Account) -> dict[str, Any]:
    """Return an account as the organisation loaded it."""
    return {
        "kind": account.kind,
        "name": account.name,
        "number": account.masked_number,
        "balance": account.balance,
        "currency": account.currency,
        "as_of": account.as_of,
    }


def erase_customer(customer: Customer, *, now: datetime) -> None:
    """Erase a person for good; the meetings' times stay, without anybody in them.

    Their user can never sign in again. Bookings that somebody made without signing in
    belong to nobody known, whatever was typed there: they are not touched.

    Raises:
        StillMeeting: a meeting is still to come.
        Busy.
    """
    settle(partial(erase, customer, now=now))


@transaction.atomic
def erase(customer: Customer, *, now: datetime) -> None:
    """Erase in one transaction; the customer's row keeps new bookings waiting."""
    user = User.objects.filter(customer=customer).first()
    addresses = addresses_of(customer, user)
    walks = lock_walks(customer, addresses=addresses)
    locked = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    if upcoming_meetings(locked, now=now).exists():
        raise StillMeeting
    clean_admin_log(locked, user)
    erase_meetings(locked, walks=walks, addresses=addresses, now=now)
    locked.accounts.all().delete()
    CalendarFeed.objects.filter(customer=locked).delete()
    locked.lookalikes.update(may_be=None)
    if user is not None:
        forget_tries(user, addresses)
        switch_off(user)
    empty_customer(locked)


def addresses_of(customer: Customer, user: User | None) -> list[str]:
    """Return the e-mail addresses by which a customer is known."""
    known = {customer.email, user.email if user else ""}
    known |= set(customer.appointments.values_list("email", flat=True))
    return sorted({address.strip() for address in known} - {""})


def clean_admin_log(customer: Customer, user: User | None) -> None:
    """Take names out of the back office's own log."""
    meetings = customer.appointments.all()
    documents = Document.objects.filter(appointment__in=meetings)
    keys: dict[type[Model], list[Any]] = {
        Customer: [customer.pk],
        User: [user.pk] if user else [],
        Appointment: list(meetings.values_list("pk", flat=True)),
        Document: list(documents.values_list("pk", flat=True)),
    }
    about = Q()
    for model, kind in ContentType.objects.get_for_models(*keys).items():
        about |= Q(content_type=kind, object_id__in=list(map(str, keys[model])))
    LogEntry.objects.filter(about).update(object_repr="(erased)", change_message="")


def forget_tries(user: User, addresses: list[str]) -> None:
    """Forget failed sign-ins under the user's name or addresses."""
    for name in [user.get_username(), *addresses]:
        AccessAttempt.objects.filter(username__iexact=name).delete()
        AccessLog.objects.filter(username__iexact=name).delete()


def switch_off(user: User) -> None:
    """Empty and disable a user; staff keep theirs, which is their employer's."""
    if user.is_staff:
        return
    user.username = f"erased-{user.pk}"
    user.first_name = user.last_name = user.email = ""
    user.is_active = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


def empty_customer(customer: Customer) -> None:
    """Blank everything about the person; the row stays, for its meetings."""
    Customer.objects.filter(pk=customer.pk).update(
        customer_number="",
        first_name="",
        last_name="",
        email="",
        phone="",
        company="",
        segment_codes=[],
        preferred_office=None,
        preferred_advisor=None,
        preferred_channel="",
        may_be=None,
    )
    # A staff member's own user is theirs still, but no customer's any more.
    Customer.objects.filter(pk=customer.pk, user__is_staff=True).update(user=None)
