"""Addresses to and from the why-not page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.apps import apps
from django.urls import reverse

from directory.choices import Channel
from directory.grants import Span
from directory.roles import Person, may_ever, offices_for, scope, spans_of
from scheduling.availability.ranking import Decided
from scheduling.causes.types import Cause
from scheduling.models import Appointment
from segments.models import AvailabilityRule


@dataclass(frozen=True, slots=True)
class Link:
    """A cause in words; without an address for those who may not see the row."""

    text: str
    url: str


class Links:
    """Where causes lead, as far as a person may follow.

    At most one query for each kind of row, and none for those who see all.
    """

    def __init__(
        self,
        person: Person,
        *,
        address: Callable[..., str],
        zone: ZoneInfo,
        causes: Iterable[Cause] = (),
    ) -> None:
        self.person = person
        self.address = address
        self.zone = zone
        named: dict[str, set[int]] = {}
        for cause in causes:
            if cause.pk is not None:
                named.setdefault(cause.model, set()).add(cause.pk)
        self.seen = {model: self._seen(model, pks) for model, pks in named.items()}

    def to(self, cause: Cause) -> Link:
        """Return a cause with its address."""
        if cause.kind == "question":
            return Link(cause.text, self.address(advisor="", advisor_mode=""))
        if cause.kind == "new":
            model = apps.get_model(cause.model)
            may_add = may_ever(self.person, "add", model)
            return Link(cause.text, _admin("add", cause.model) if may_add else "")
        if not self.may_see(cause):
            return Link(cause.plain or cause.text, "")
        if cause.kind == "start" and cause.start is not None:
            wall = cause.start.astimezone(self.zone)
            day, at = wall.date().isoformat(), f"{wall:%H:%M}"
            return Link(cause.text, self.address(date=day, at=at) + "#reasons")
        return Link(cause.text, _admin("change", cause.model, cause.pk))

    def may_see(self, cause: Cause) -> bool:
        seen = self.seen.get(cause.model, set())
        return seen is None or cause.pk in seen

    def _seen(self, label: str, pks: set[int]) -> set[int] | None:
        """Return which of some rows the person sees; None: all of them."""
        spans = spans_of(self.person, "view", label)
        if Span.ALL in spans:
            return None
        if not spans:
            return set()
        rows = apps.get_model(label)._default_manager.filter(pk__in=pks)  # noqa: SLF001
        return set(scope(rows, self.person).values_list("pk", flat=True))


def _admin(name: str, label: str, *args: int | None) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{name}", args=args)


def may_ask_why(person: Person) -> bool:
    """Tell whether a person may open the page: it tells what the rules say."""
    return may_ever(person, "view", AvailabilityRule)


def offices_shown(person: Person) -> set[int] | None:
    """Return the offices whose advisors the page may name to a person; None: all."""
    return offices_for(person, "view", "directory.advisor")


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
