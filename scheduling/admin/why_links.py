"""Addresses to and from the why-not page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from directory.choices import Channel
from scheduling.availability.ranking import Decided
from scheduling.causes.types import Cause
from scheduling.models import Appointment

PERMISSION = "segments.view_availabilityrule"


@dataclass(frozen=True, slots=True)
class Link:
    """A cause in words; without an address for those who may not see the row."""

    text: str
    url: str


class Links:
    """Where causes lead, as far as a person may follow."""

    def __init__(
        self, person: Any, *, address: Callable[..., str], zone: ZoneInfo
    ) -> None:
        self.person = person
        self.address = address
        self.zone = zone

    def to(self, cause: Cause) -> Link:
        """Return a cause with its address."""
        if cause.kind == "question":
            return Link(cause.text, self.address(advisor="", advisor_mode=""))
        if cause.kind == "start" and cause.start is not None:
            wall = cause.start.astimezone(self.zone)
            day, at = wall.date().isoformat(), f"{wall:%H:%M}"
            return Link(cause.text, self.address(date=day, at=at) + "#reasons")
        name = cause.model.replace(".", "_")
        if cause.kind == "new":
            may_add = self.may("add", cause.model)
            return Link(cause.text, reverse(f"admin:{name}_add") if may_add else "")
        if not self.may_see(cause):
            return Link(cause.plain or cause.text, "")
        return Link(cause.text, reverse(f"admin:{name}_change", args=[cause.pk]))

    def may(self, action: str, model: str) -> bool:
        app, name = model.split(".")
        return bool(self.person.has_perm(f"{app}.{action}_{name}"))

    def may_see(self, cause: Cause) -> bool:
        return self.may("view", cause.model)


def may_ask_why(person: Any) -> bool:
    """Tell whether a person may open the page: it tells what the rules say."""
    return bool(person.has_perm(PERMISSION))


def why_booked(appointment: Appointment) -> str:
    """Return the address that explains an appointment's time, its own counted as free."""
    start = appointment.starts_at.astimezone(appointment.office.zone)
    is_visit = appointment.channel == Channel.ON_LOCATION
    was_named = appointment.assignment_reason.get("code") == Decided.PREFERRED
    pairs = {
        "segment": appointment.segment_codes,
        "subject": appointment.subject.code,
        "channel": appointment.channel,
        "office": appointment.office.code,
        "advisor": appointment.advisor.code if was_named else "",
        "postal_code": postal_code_of(appointment) if is_visit else "",
        "date": start.date().isoformat(),
        "at": f"{start:%H:%M}",
        "appointment": appointment.reference,
    }
    filled = {name: value for name, value in pairs.items() if value}
    return f"{reverse('why:page')}?{urlencode(filled, doseq=True)}#reasons"


def postal_code_of(appointment: Appointment) -> str:
    """Return the code of the customer's place, with its country when that is known."""
    code = str(appointment.address.get("postal_code", ""))
    country = str(appointment.address.get("country", ""))
    is_short = len(country) == 2 and country.isalpha() and code
    return f"{country.upper()}-{code}" if is_short else code
