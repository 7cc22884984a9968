"""Eva's meetings of a day, their plan, and what staff post about it."""

from datetime import timedelta

from django.urls import reverse

from scheduling.models import Appointment
from scheduling.services.plans import make_plan, meetings_of
from tests.factories import NINE, NOW, AppointmentFactory

PAGE = reverse("absence:page")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PERIOD = {
    "advisor": "eva-peeters",
    "first": "2026-05-04T00:00",
    "last": "2026-05-05T00:00",
}


def meeting(bank, *, start=NINE, **fields):
    """Return an open meeting of Eva's by video, half an hour long."""
    defaults = {
        "subject": bank.subject,
        "office": bank.office,
        "advisor": bank.advisor,
        "starts_at": start,
        "ends_at": start + HOUR / 2,
        "email": "max@example.com",
        "phone": "+32470123456",
        "flow_key": f"flow-{start:%d%H%M}",
    }
    return AppointmentFactory(**{**defaults, **fields})


def plan(bank, wanted=None):
    rows = meetings_of(
        Appointment.objects.all(),
        advisor_id=bank.advisor.pk,
        first=NINE - 9 * HOUR,
        last=NINE + 15 * HOUR,
        now=NOW,
    )
    return make_plan(list(rows), now=NOW, wanted=wanted)


def deeds(bank, wanted=None):
    return [(one.deed.kind, one.deed.advisor_id) for one in plan(bank, wanted)]


def posted(meetings, **changes):
    """Return the page about some meetings as it is posted, with `deed_<pk>` to come."""
    return {
        **PERIOD,
        "reason": "Eva is ill",
        "row": [str(one.pk) for one in meetings],
        **{f"revision_{one.pk}": str(one.revision) for one in meetings},
        **changes,
    }
