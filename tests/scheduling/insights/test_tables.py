"""The tables of insights: exact counts, for the dates and filters asked."""

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling.insights.charts import MOST_BARS, Chart
from scheduling.insights.table import span_text
from tests.factories import (
    NINE,
    NOW,
    AdvisorFactory,
    AppointmentFactory,
    OfficeFactory,
    SegmentFactory,
    StepCountFactory,
    SubjectFactory,
    UnmetDemandFactory,
    make_bank,
)
from tests.scheduling.insights.asking import administrator, page, rows, table

DAY = timedelta(days=1)


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def book(bank):
    """Return how to book meetings that nothing else is asked of."""

    def make(count=1, **fields):
        fields = {
            "subject": bank.subject,
            "office": bank.office,
            "advisor": bank.advisor,
            "busy": False,
            **fields,
        }
        return [AppointmentFactory(**fields) for _ in range(count)]

    return make


def figures(answer):
    return {one.label: (one.text, one.note) for one in answer.context["figures"]}


# Meetings.


def test_meetings_count_by_what_they_are(bank, book):
    other = {
        "subject": SubjectFactory(code="loan", name="Personal loan"),
        "office": OfficeFactory(code="ghent", name="Ghent"),
        "advisor": AdvisorFactory(code="x", first_name="Hanne", last_name="Desmet"),
        "channel": "phone",
    }
    book(3, status="completed")
    book(1, status="no_show", segment_codes=["HIGH"])
    book(1, status="requested", segment_codes=["HIGH", "LOW"])
    book(2, status="cancelled", **other)
    client = administrator()

    assert table(page(client), "subject").headers == (
        *("Subject", "Meetings", "Open", "Completed", "No-show", "Cancelled"),
        "No-show rate",
    )
    one, two = ("5", "1", "3", "1", "0", "25.0%"), ("2", "0", "0", "0", "2", "\u2013")
    assert rows(client, "subject") == [("Mortgage", *one), ("Personal loan", *two)]
    assert rows(client, "office") == [("Antwerp Meir", *one), ("Ghent", *two)]
    assert rows(client, "channel") == [("Video call", *one), ("Phone call", *two)]
    assert rows(client, "advisor") == [("Eva Peeters", *one), ("Hanne Desmet", *two)]
    assert rows(client, "segment") == [
        ("General scheduling", "5", "0", "3", "0", "2", "0.0%"),
        ("HIGH", "2", "1", "0", "1", "0", "100.0%"),
        ("LOW", "1", "1", "0", "0", "0", "\u2013"),
    ]


def test_the_figures_say_what_they_count(book):
    book(3, status="completed")
    book(1, status="no_show")
    StepCountFactory(step="start", count=8)
    StepCountFactory(step="booked", count=2)
    UnmetDemandFactory(count=5)

    assert figures(page(administrator())) == {
        "Meetings": ("4", "that start in these dates"),
        "No-show rate": ("25.0%", "1 of 4 with an outcome"),
        "Median lead time": ("5.0 days", "from booking to start"),
        "Visits that booked": ("25.0%", "2 of 8"),
        "Found nothing to book": ("5", "visits: unmet demand"),
    }


def test_days_are_the_organisations_and_both_ends_count(book):
    for start in (
        datetime(2026, 5, 3, 21, 59, tzinfo=UTC),  # Sunday 23:59 in Brussels
        datetime(2026, 5, 3, 22, 0, tzinfo=UTC),  # Monday 00:00
        datetime(2026, 5, 5, 21, 59, tzinfo=UTC),  # Tuesday 23:59
        datetime(2026, 5, 5, 22, 0, tzinfo=UTC),  # Wednesday 00:00
    ):
        book(starts_at=start)
    found = rows(administrator(), "time", **{"from": "2026-05-04", "to": "2026-05-05"})

    assert [row[:2] for row in found] == [
        ("Mon 4 May 2026", "1"),
        ("Tue 5 May 2026", "1"),
    ]


@pytest.mark.parametrize(
    ("first", "last", "header", "labels"),
    [
        ("2026-05-04", "2026-05-04", "Day", ["Mon 4 May 2026"]),
        ("2026-05-01", "2026-06-16", "Week from", ["27 Apr 2026", "15 Jun 2026"]),
        ("2025-12-31", "2026-12-01", "Month", ["December 2025", "December 2026"]),
    ],
)
def test_a_long_range_is_cut_into_weeks_or_months(book, first, last, header, labels):
    book(2)
    found = table(page(administrator(), **{"from": first, "to": last}), "time")

    assert found.headers[0] == header
    assert [found.rows[0][0], found.rows[-1][0]][: len(labels)] == labels
    assert sum(int(row[1]) for row in found.rows) == 2


def test_an_hour_that_comes_twice_belongs_to_its_day(book):
    book(starts_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    book(starts_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    query = {"from": "2026-10-24", "to": "2026-10-26"}

    found = rows(administrator(), "time", **query)

    assert [row[1] for row in found] == ["0", "2", "0"]


def test_lead_time_falls_into_bands_and_has_a_median(book):
    for days in (0.5, 1, 2.9, 3, 6.9, 13, 29, 30, 45):
        book(created_at=NINE - days * DAY)
    book(created_at=NINE - 40 * DAY, status="cancelled")
    book(created_at=NINE + DAY)  # noted after it took place
    answer = page(administrator())

    assert [row[:2] for row in table(answer, "lead-time").rows] == [
        ("Less than 1 day", "2"),
        ("1 to 2 days", "2"),
        ("3 to 6 days", "2"),
        ("7 to 13 days", "1"),
        ("14 to 29 days", "1"),
        ("30 days or more", "2"),
    ]
    assert figures(answer)["Median lead time"][0] == "5.0 days"
    assert table(answer, "lead-time").rows[0][2] == "20.0%"


def test_without_meetings_there_is_nothing_to_divide(bank):
    answer = page(administrator())

    assert figures(answer)["Median lead time"][0] == "\u2013"
    assert figures(answer)["No-show rate"] == ("\u2013", "0 of 0 with an outcome")
    assert table(answer, "subject").rows == []
    assert b"Nothing in these dates with these filters." in answer.content


@pytest.mark.parametrize(
    ("hours", "text"), [(0, "0.0 hours"), (47.5, "47.5 hours"), (48, "2.0 days")]
)
def test_a_span_is_in_hours_below_two_days(hours, text):
    assert span_text(timedelta(hours=hours)) == text


# Filters.


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"segment": "HIGH"}, 1),
        ({"segment": "-"}, 3),
        ({"subject": "loan"}, 2),
        ({"channel": "phone"}, 2),
        ({"office": "ghent"}, 2),
        ({"advisor": "hanne"}, 2),
        ({"advisor": "hanne", "segment": "HIGH"}, 0),
    ],
)
def test_filters_narrow_every_table_of_meetings(bank, book, query, count):
    SegmentFactory(code="HIGH")
    book(segment_codes=["HIGH"])
    book(segment_codes=[])
    book(
        2,
        subject=SubjectFactory(code="loan"),
        office=OfficeFactory(code="ghent"),
        advisor=AdvisorFactory(code="hanne"),
        channel="phone",
    )
    answer = page(administrator(), **query)

    for slug in ("time", "segment", "subject", "channel", "office", "advisor"):
        assert sum(int(row[1]) for row in table(answer, slug).rows) == count, slug
    assert sum(int(row[1]) for row in table(answer, "lead-time").rows) == count


def test_the_last_thirty_days_are_shown_at_first(book):
    book(starts_at=NOW - 29 * DAY)
    book(starts_at=NOW - 30 * DAY)
    client = administrator()

    answer = client.get("/admin/insights/")

    asked = answer.context["asked"]
    assert (asked.first, asked.last) == (date(2026, 3, 31), date(2026, 4, 29))
    assert figures(answer)["Meetings"][0] == "1"
    current = [one.label for one in answer.context["presets"] if one.is_current]
    assert current == ["Last 30 days"]


def test_ranges_keep_the_other_filters(bank):
    answer = page(administrator(), channel="phone")

    links = {one.label: one.url for one in answer.context["presets"]}
    assert links["This month"] == "?from=2026-04-01&to=2026-04-30&channel=phone"
    assert links["Last month"] == "?from=2026-03-01&to=2026-03-31&channel=phone"
    assert links["Coming 30 days"] == "?from=2026-04-29&to=2026-05-28&channel=phone"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "nonsense"}, "Enter a date, like 2026-11-23."),
        ({"from": ""}, "Choose a date."),
        ({"from": "2026-06-01"}, "Choose a date that is not before the first one."),
        ({"from": "2020-01-01"}, "Choose five years at most."),
        ({"from": "0001-01-01"}, "Choose a date from 2000 to 2199."),
        ({"subject": "gone"}, "There is no subject \u201cgone\u201d."),
        ({"segment": "<script>"}, "There is no segment \u201c&lt;script&gt;\u201d."),
        ({"channel": "\0"}, "There is no channel"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(bank, query, words):
    client = administrator()

    for answer in (
        page(client, **query),
        client.get("/admin/insights/time.csv", {"to": "2026-05-31", **query}),
    ):
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "tables" not in answer.context


# Visits.


def test_the_funnel_adds_up_days_in_the_order_of_the_steps(bank):
    SegmentFactory(code="HIGH")
    for step, count in (("start", 10), ("place", 6), ("time", 5), ("booked", 4)):
        StepCountFactory(step=step, count=count, segment_codes="HIGH,LOW")
    StepCountFactory(step="start", day=date(2026, 5, 1), count=10)
    StepCountFactory(step="start", day=date(2026, 6, 1), count=99)
    client = administrator()

    assert rows(client, "funnel") == [
        ("Opened the link", "20", "100.0%"),
        ("Chose a topic", "0", "0.0%"),
        ("Chose how and where", "6", "30.0%"),
        ("Chose a time", "5", "25.0%"),
        ("Answered questions", "0", "0.0%"),
        ("Booked", "4", "20.0%"),
    ]
    assert rows(client, "funnel", segment="HIGH")[0] == (
        *("Opened the link", "10", "100.0%"),
    )
    assert rows(client, "funnel", segment="-")[0][1] == "10"


def test_the_funnel_says_when_it_is_not_narrowed(bank):
    words = "It is narrowed by dates and segment only."
    client = administrator()

    assert words in table(page(client, channel="phone"), "funnel").note
    assert words not in table(page(client), "funnel").note


def test_unmet_demand_adds_up_days_the_most_wanted_first(bank):
    subject, office = bank.subject, bank.office
    wanted = {"subject": subject, "channel": "office", "office": office}
    UnmetDemandFactory(count=2, segment_codes="HIGH,LOW", **wanted)
    UnmetDemandFactory(count=3, segment_codes="HIGH,LOW", day=NINE.date(), **wanted)
    UnmetDemandFactory(count=4, reason="nothing", segment_codes="EMPTY")
    UnmetDemandFactory(count=9, day=date(2026, 6, 1))
    client = administrator()

    found = table(page(client), "unmet-demand")
    assert found.rows == [
        (
            *("HIGH, LOW", "Mortgage", "At an office", "Antwerp Meir"),
            *("No free time within the horizon", "5"),
        ),
        ("EMPTY", "Any", "Any", "Any", "Nothing to choose from", "4"),
    ]
    assert found.links == [
        "/admin/why/?segment=HIGH&segment=LOW&subject=mortgage&channel=office"
        "&office=antwerp",
        "",
    ]
    narrowed = rows(client, "unmet-demand", subject="mortgage")
    assert [row[-1] for row in narrowed] == ["5"]


# Charts.


def test_a_chart_draws_the_rows_of_its_table(book):
    book(2, status="completed")
    book(1, status="no_show")

    chart = table(page(administrator()), "subject").chart

    assert chart.labels == ["Mortgage"]
    assert chart.series == [
        ("Open or completed", [2]),
        ("No-show", [1]),
        ("Cancelled", [0]),
    ]


def test_a_long_chart_draws_the_first_rows_and_says_so():
    chart = Chart([str(n) for n in range(20)], [("Meetings", [1] * 20)], is_lying=True)

    assert chart.is_cut
    assert chart.shown == MOST_BARS == 12
    assert chart.data.count('"labels": ["0", "1"') == 1
    assert '"12"' not in chart.data
