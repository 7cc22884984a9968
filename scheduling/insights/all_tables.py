"""Every table of insights by its name in the address, in the order of the page."""

from collections.abc import Callable, Mapping

from scheduling.insights.asked import Asked
from scheduling.insights.meetings import (
    by_advisor,
    by_channel,
    by_office,
    by_segment,
    by_subject,
    by_time,
    lead_time,
)
from scheduling.insights.table import Table
from scheduling.insights.visits import funnel, unmet_demand

TABLES: Mapping[str, Callable[[Asked], Table | None]] = {
    "time": by_time,
    "segment": by_segment,
    "subject": by_subject,
    "channel": by_channel,
    "office": by_office,
    "advisor": by_advisor,
    "lead-time": lead_time,
    "funnel": funnel,
    "unmet-demand": unmet_demand,
}


def all_tables(asked: Asked) -> list[Table]:
    """Return all tables that the person may see. A query for each, whatever the size."""
    return [table for make in TABLES.values() if (table := make(asked)) is not None]
