"""Whether a customer was asked to choose another time, and has not done so yet."""

from scheduling.models import Appointment

ASKED = "asked"
ANSWERS = ("moved", "reassigned")  # after these the meeting can take place


def is_asked_to_move(appointment: Appointment) -> bool:
    """Tell whether the meeting waits for the customer to choose another time. One query."""
    last = (
        appointment.events.filter(kind__in=[ASKED, *ANSWERS])
        .order_by("-at", "-pk")
        .values_list("kind", flat=True)
        .first()
    )
    return last == ASKED
