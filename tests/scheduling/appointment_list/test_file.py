"""The list as a file: the same rows, the same order, within the person's reach."""

import csv
from datetime import timedelta
from io import StringIO

import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.grants import Role
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    CustomerFactory,
    open_office,
    staff_with,
    working_advisor,
)

LIST = reverse("admin:scheduling_appointment_changelist")
FILE = reverse("admin:scheduling_appointment_file")
DAY = timedelta(days=1)


def table(answer):
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def make(bank, count, **fields):
    return [
        AppointmentFactory(
            subject=bank.subject,
            office=bank.office,
            advisor=bank.advisor,
            starts_at=NINE + number * DAY,
            **fields,
        )
        for number in range(count)
    ]


def test_the_file_has_the_lists_rows_in_its_order_on_all_its_pages(staff, bank):
    make(bank, 60)
    make(bank, 3, status="cancelled")

    for query in (
        {"when": "coming", "status__exact": "confirmed"},
        {"from": "2026-05-05", "to": "2026-05-07", "o": "0"},
        {"q": "Murdoch", "p": "2"},
    ):
        listed = staff.get(LIST, query).context["cl"].queryset
        found = table(staff.get(FILE, query))
        assert [row["reference"] for row in found] == [one.reference for one in listed]
    assert len(table(staff.get(FILE, {"status__exact": "confirmed"}))) == 60


def test_a_row_says_what_was_booked_in_the_offices_time(staff, bank):
    make(bank, 1, segment_codes=["HIGH", "B2B"], is_signed=True, reference="HGHHHHHHHH")

    answer = staff.get(FILE)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = 'attachment; filename="appointments-2026-04-29.csv"'
    assert answer["Content-Disposition"] == name
    assert "no-store" in answer["Cache-Control"]
    [row] = table(answer)
    expected = {
        "reference": "HGHHHHHHHH",
        "status": "confirmed",
        "date": "2026-05-04",
        "start": "11:00",
        "end": "12:00",
        "minutes": "60",
        "time_zone": "Europe/Brussels",
        "subject": "mortgage",
        "channel": "video",
        "office": "antwerp",
        "advisor": "eva-peeters",
        "segments": "HIGH, B2B",
        "signed": "yes",
        "booked_at": "2026-04-29 10:00",
    }
    assert {name: row[name] for name in expected} == expected


def test_no_cell_is_a_formula(staff, bank):
    make(bank, 1, customer=CustomerFactory(first_name="=1+1", last_name="@SUM(A1)"))

    [row] = table(staff.get(FILE))

    assert (row["first_name"], row["last_name"]) == ("'=1+1", "'@SUM(A1)")


def test_nobody_gets_rows_beyond_their_reach(client, bank):
    make(bank, 2)
    ghent = open_office(code="ghent")
    hanne = working_advisor(ghent, bank.subject)
    AppointmentFactory(office=ghent, advisor=hanne, subject=bank.subject)
    with time_machine.travel(NOW, tick=False):
        manager = staff_with(Role.OFFICE_MANAGER, offices=[ghent])
        client.force_login(manager)
        assert [row["office"] for row in table(client.get(FILE))] == ["ghent"]
        elsewhere = {"office__id__exact": bank.office.pk}
        assert table(client.get(FILE, elsewhere)) == []
        client.force_login(staff_with())
        assert client.get(FILE).status_code == 403


def test_what_is_not_understood_leads_to_the_list(staff, bank):
    answer = staff.get(FILE, {"when": "someday"})

    assert (answer.status_code, answer["Location"]) == (303, LIST)


def test_a_long_file_costs_no_more_queries_than_a_short_one(staff, bank):
    def queries():
        with CaptureQueriesContext(connection) as found:
            table(staff.get(FILE))
        return len(found)

    make(bank, 2)
    queries()
    few = queries()
    make(bank, 70, status="completed")

    assert queries() == few <= 12
