"""Where a calendar leads: to meetings, to absences, to booking a gap, to why (not)."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from directory.catalogue import AdvisorData, Catalogue
from directory.roles import Person, offices_for
from scheduling.admin.why_links import may_ask_why, offices_shown
from scheduling.agenda.pieces import Piece

BOOKING = "booking:start"


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a person: `booking` is empty for those who may not book."""

    standing: Catalogue
    booking: str
    bookable: set[int] | None  # offices; None: all
    explained: set[int] | None
    may_ask: bool

    def of(self, piece: Piece) -> str:
        """Return the address of the row behind a piece, if there is one."""
        if piece.pk is None:
            return ""
        name = (
            "directory_absence" if piece.kind == "absence" else "scheduling_appointment"
        )
        return reverse(f"admin:{name}_change", args=[piece.pk])

    def book(self, piece: Piece, advisor: AdvisorData, day: date) -> str:
        """Return where a meeting is booked into a gap."""
        if not self.booking or not _is_among(piece.office_id, self.bookable):
            return ""
        return f"{self.booking}?{self._pairs(piece, advisor, day)}"

    def why(self, piece: Piece, advisor: AdvisorData, day: date) -> str:
        """Return where a gap's starts are explained."""
        if not self.may_ask or not _is_among(piece.office_id, self.explained):
            return ""
        return f"{reverse('why:page')}?{self._pairs(piece, advisor, day)}"

    def _pairs(self, piece: Piece, advisor: AdvisorData, day: date) -> str:
        office = self.standing.offices[piece.office_id or 0]
        return urlencode(
            {"office": office.code, "advisor": advisor.code, "date": day.isoformat()}
        )


def links_of(person: Person, standing: Catalogue) -> Links:
    """Return the links that a person may follow. No query once their reach is known."""
    bookable = offices_for(person, "add", "scheduling.appointment")
    return Links(
        standing=standing,
        booking="" if bookable == set() else booking_address(),
        bookable=bookable,
        explained=offices_shown(person),
        may_ask=may_ask_why(person),
    )


def booking_address() -> str:
    """Return the page on which staff book for a customer; nothing without such a page."""
    try:
        return reverse(BOOKING)
    except NoReverseMatch:
        return ""


def _is_among(office_id: int | None, offices: set[int] | None) -> bool:
    return office_id is not None and (offices is None or office_id in offices)
