"""One visitor's walk with everything that its pages need, loaded once a request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from directory.catalogue import AdvisorData, Catalogue, OfficeData, SubjectData
from directory.choices import Channel
from scheduling.models import Appointment, Flow
from scheduling.queries import Choices, Wish
from segments.policy import Policy

PERSON_FIELDS = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "customer_number",
    "remarks",
)
ADDRESS_FIELDS = ("street", "postal_code", "city", "country")


@dataclass(frozen=True)
class Walk:
    """A flow, what its segments allow now, and what it has chosen so far."""

    flow: Flow
    catalogue: Catalogue
    policy: Policy
    choices: Choices
    now: datetime
    changes: Appointment | None = None  # what a walk of change moves, all of it loaded

    @property
    def subject(self) -> SubjectData | None:
        if self.flow.subject_id is None:
            return None
        return self.catalogue.subjects.get(self.flow.subject_id)

    @property
    def office(self) -> OfficeData | None:
        if self.flow.office_id is None:
            return None
        return self.catalogue.offices.get(self.flow.office_id)

    @property
    def advisor(self) -> AdvisorData | None:
        if self.flow.advisor_id is None:
            return None
        return self.catalogue.advisors.get(self.flow.advisor_id)

    @property
    def has_questions(self) -> bool:
        return bool(self.subject and self.subject.questions)

    @property
    def claim(self) -> UUID | None:
        """Return whose time is free to this walk: the meeting's that it changes."""
        busy = getattr(self.changes, "busy", None)
        return busy.claim if busy else None

    def is_locked(self, name: str) -> bool:
        """Tell whether the link fixed this field: the visitor sees it as text."""
        return name in self.flow.locked

    def wish(
        self, *, advisor_id: int | None = None, is_advisor_only: bool = False
    ) -> Wish:
        """Return what is asked of the calendar; an advisor named here comes first."""
        flow = self.flow
        assert flow.subject_id is not None  # noqa: S101  (steps come in order)
        mode = flow.advisor_mode
        if advisor_id is not None or is_advisor_only:
            mode = Flow.AdvisorMode.ONLY
        is_home_visit = flow.channel == Channel.ON_LOCATION
        return Wish(
            policy=self.policy,
            subject_id=flow.subject_id,
            channel=flow.channel,
            office_id=flow.office_id,
            postal_code=flow.address.get("postal_code") if is_home_visit else None,
            advisor_id=advisor_id or flow.advisor_id,
            advisor_mode=mode,
            flow_id=flow.pk,
            claim=self.claim,
            restricted_channels=tuple(flow.channels),
            country=flow.address.get("country", "") if is_home_visit else "",
        )


def zone_of(name: str) -> ZoneInfo | None:
    """Return a time zone by its name, or None when there is none of that name."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None
