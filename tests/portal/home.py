"""A customer of the portal with the bank around them, for the tests of its pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from directory.models import Customer
from portal.models import Banner
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Document,
    Flow,
    Message,
)
from segments.models import LinkContext, Segment
from tests.factories import (
    NOW,
    AppointmentFactory,
    Bank,
    BannerFactory,
    CustomerFactory,
    SegmentFactory,
    SegmentOfferFactory,
    UserFactory,
    make_bank,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
COUNTED = (
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Customer,
    Document,
    Flow,
    LinkContext,
    Message,
)


@dataclass(frozen=True)
class Home:
    """Max at home: his segment, for signed links only, allows the bank's subject."""

    bank: Bank
    segment: Segment
    customer: Customer

    def meeting(self, starts_at: datetime = NOW + 5 * DAY, **fields) -> Appointment:
        """Return a meeting about the bank's subject; it takes no time unless `busy`."""
        defaults = {
            "customer": self.customer,
            "subject": self.bank.subject,
            "office": self.bank.office,
            "advisor": self.bank.advisor,
            "segment_codes": ["PREMIUM"],
            "is_signed": True,
            "busy": False,
        }
        return AppointmentFactory(starts_at=starts_at, **{**defaults, **fields})

    def banner(self, **fields) -> Banner:
        """Return a banner of the segment for the bank's subject."""
        defaults = {"segment": self.segment, "subject": self.bank.subject}
        return BannerFactory(**{**defaults, **fields})


def make_home(**customer_fields: object) -> Home:
    """Return Max, whose office and advisor are the bank's."""
    bank = make_bank()
    segment = SegmentFactory(code="PREMIUM", is_signed_only=True)
    SegmentOfferFactory(segment=segment, subject=bank.subject)
    fields = {
        "user": UserFactory(username="max"),
        "segment_codes": ["PREMIUM"],
        "preferred_office": bank.office,
        "preferred_advisor": bank.advisor,
    }
    return Home(bank, segment, CustomerFactory(**{**fields, **customer_fields}))


def address(name: str, meeting: Appointment) -> str:
    return reverse(f"portal:{name}", args=[meeting.reference])


def everything() -> dict[str, list]:
    """Return all rows that a page of the portal could write, to compare them."""
    return {
        model.__name__: list(model.objects.order_by("pk").values()) for model in COUNTED
    }
