"""The demo's visits are counts of past days, and the same at every start."""

from datetime import timedelta

import pytest
from django.db.models import Max, Sum

from scheduling.models import StepCount, UnmetDemand
from showcase.seed.visits import DAYS, fill_visits
from tests.demo import DEMO_NOW

TODAY = DEMO_NOW.date()


def counts():
    fields = ("day", "step", "segment_codes", "count")
    return sorted(StepCount.objects.values_list(*fields))


@pytest.mark.usefixtures("demo")
def test_past_days_have_visits_and_a_second_start_adds_none():
    mine = StepCount.objects.create(
        day=TODAY - timedelta(days=1), step="start", segment_codes="LOW", count=999
    )
    fill_visits(now=DEMO_NOW)
    first = counts(), UnmetDemand.objects.aggregate(Sum("count"))
    fill_visits(now=DEMO_NOW)

    assert (counts(), UnmetDemand.objects.aggregate(Sum("count"))) == first
    assert {row[0] for row in counts()} == {
        TODAY - timedelta(days=number) for number in range(1, DAYS + 1)
    }
    assert UnmetDemand.objects.aggregate(last=Max("day"))["last"] < TODAY
    mine.refresh_from_db()
    assert mine.count == 999


@pytest.mark.usefixtures("demo")
def test_fewer_visits_reach_each_further_step():
    fill_visits(now=DEMO_NOW)
    rows = StepCount.objects.values_list("step").annotate(total=Sum("count"))
    totals = dict(rows.order_by())

    steps = ["start", "subject", "place", "time", "questions", "booked"]
    found = [totals[step] for step in steps]
    assert found == sorted(found, reverse=True)
