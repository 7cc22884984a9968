"""The demo bank's tables go out and come back."""

import csv
import io

import pytest

from directory.models import (
    Advisor,
    Category,
    Expertise,
    Office,
    OpeningHours,
    Subject,
    WeekBlock,
)
from directory.transfer.sheets import export_sheet, find_sheet, import_sheet
from segments.models import AvailabilityRule, Segment, SegmentOffer
from tests.demo import DEMO_NOW

TABLES = [
    Category,
    Subject,
    Office,
    OpeningHours,
    Advisor,
    Expertise,
    WeekBlock,
    Segment,
    SegmentOffer,
    AvailabilityRule,
]


@pytest.mark.parametrize("model", TABLES)
def test_a_table_that_comes_back_changes_nothing(demo, model):
    sheet = find_sheet(model)
    text = export_sheet(sheet, model.objects.all())
    before = list(model.objects.order_by("pk").values())

    report = import_sheet(sheet, text, person=None, reason="", now=DEMO_NOW)

    assert report.problems == []
    assert not report.writes
    assert report.unchanged == len(before)
    assert len(before) == len(list(csv.DictReader(io.StringIO(text)))) > 2
    assert list(model.objects.order_by("pk").values()) == before
