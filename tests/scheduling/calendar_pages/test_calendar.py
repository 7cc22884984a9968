"""The staff calendar: whose days, what is on them, and where each piece leads."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.grants import Role
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AdministratorFactory,
    AppointmentFactory,
    ClosureFactory,
    ExpertiseFactory,
    HoldFactory,
    ImportedEventFactory,
    WeekBlockFactory,
    make_bank,
    open_office,
    staff_with,
    working_advisor,
)

PAGE = reverse("calendar:week")
MONDAY = date(2026, 5, 4)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVA = {"advisor": "eva-peeters", "date": "2026-05-04"}


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def staff(client, db):
    with time_machine.travel(NOW, tick=False):
        client.force_login(AdministratorFactory())
        yield client


def meeting(bank, **fields):
    defaults = {"subject": bank.subject, "office": bank.office, "advisor": bank.advisor}
    return AppointmentFactory(**{**defaults, **fields})


def ask(client, **query):
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.context


def lane(context, day=MONDAY, name="Eva Peeters"):
    [found] = [one for one in context["days"] if one.date == day]
    [own] = [one for one in found.lanes if one.source.advisor.name == name]
    return own


def told(lane):
    """Return what a lane says, line by line."""
    return [
        " ".join(filter(None, [one.kind, one.times, one.title, one.status, one.detail]))
        for one in lane.source.pieces
    ]


def test_a_free_day_is_its_working_hours(staff, bank):
    own = lane(ask(staff, **EVA))

    assert own.source.work == "09:00-17:00"
    assert told(own) == ["free 09:00-17:00 Free"]
    assert own.source.free_text == "8 h"


def test_everything_that_takes_time_is_on_the_day(staff, bank):
    booked = meeting(
        bank, buffer_before=HOUR / 4, buffer_after=HOUR / 6, starts_at=NINE + HOUR
    )
    meeting(bank, starts_at=NINE - 2 * HOUR, status="requested", channel="phone")
    meeting(bank, starts_at=NINE + 5 * HOUR, status="cancelled")
    ImportedEventFactory(advisor=bank.advisor, meeting_starts_at=NINE)
    hold = HoldFactory(
        advisor=bank.advisor, meeting_starts_at=NINE + 3 * HOUR, expires_at=NOW + HOUR
    )
    HoldFactory(advisor=bank.advisor, meeting_starts_at=NINE + 4 * HOUR, expires_at=NOW)
    away = AbsenceFactory(
        advisor=bank.advisor,
        starts_at=NINE + 5 * HOUR,
        ends_at=NINE + 9 * HOUR,
        note="Dentist",
    )

    context = ask(staff, **EVA)

    own = lane(context)
    assert told(own) == [
        "meeting 09:00-10:00 Max Murdoch requested Mortgage, Phone call",
        "free 10:00-11:00 Free",
        "imported 11:00-12:00 Busy From the advisor's own calendar",
        "buffer 11:45-12:00 Buffer",
        "meeting 12:00-13:00 Max Murdoch confirmed Mortgage, Video call",
        "buffer 13:00-13:10 Buffer",
        "free 13:10-14:00 Free",
        "held 14:00-14:30 Held for a visitor Until 11:00",
        "free 14:30-16:00 Free",
        "absence 16:00-20:00 Away Dentist",
    ]
    urls = {one.piece.title: one.url for one in own.drawn}
    assert urls["Away"] == reverse("admin:directory_absence_change", args=[away.pk])
    assert urls["Busy"] == urls["Held for a visitor"] == ""
    page = reverse("admin:scheduling_appointment_change", args=[booked.pk])
    assert page in {one.url for one in own.drawn}
    assert hold.flow_id not in staff.get(PAGE, EVA).content.decode()
    assert context["cancelled"] == 1
    listed = staff.get(context["cancelled_url"]).context["cl"].queryset
    assert [one.status for one in listed] == ["cancelled"]


def test_a_finished_meeting_is_no_free_time(staff, bank):
    meeting(bank, status="completed")

    assert told(lane(ask(staff, **EVA))) == [
        "free 09:00-11:00 Free",
        "meeting 11:00-12:00 Max Murdoch completed Mortgage, Video call",
        "free 12:00-17:00 Free",
    ]


def test_closures_and_opening_hours_leave_no_gap(staff, bank):
    ClosureFactory(
        office=bank.office,
        name="Stock-taking",
        first_day=MONDAY,
        last_day=MONDAY,
        starts=time(9),
        ends=time(12),
    )
    bank.office.opening_hours.filter(weekday=0).update(closes=time(16))

    assert told(lane(ask(staff, **EVA))) == [
        "closure 09:00-12:00 Office closed Stock-taking",
        "free 12:00-16:00 Free",
    ]


def test_an_office_shows_all_its_advisors_by_day(staff, bank):
    tom = working_advisor(
        bank.office, bank.subject, first_name="Tom", last_name="Wouters"
    )
    working_advisor(bank.office, bank.subject, last_name="Former", is_active=False)
    ghent = open_office(code="ghent", name="Ghent Korenmarkt")
    hanne = working_advisor(ghent, bank.subject, first_name="Hanne", last_name="Desmet")
    meeting(bank, advisor=tom)
    meeting(bank, advisor=hanne, starts_at=NINE + HOUR)  # a guest in Antwerp

    context = ask(staff, office="antwerp", date="2026-05-06")

    assert context["layout"] == "table"
    assert context["heading"] == "Antwerp Meir, 4 May to 10 May 2026"
    assert [day.date for day in context["days"]] == [
        MONDAY + number * DAY for number in range(5)
    ]
    names = [one.source.advisor.name for one in context["days"][0].lanes]
    assert names == ["Eva Peeters", "Tom Wouters", "Hanne Desmet"]
    assert [day.meetings for day in context["days"]] == [2, 0, 0, 0, 0]
    assert told(lane(context, name="Hanne Desmet")) == [
        "elsewhere 09:00-17:00 Works at Ghent Korenmarkt",
        "meeting 12:00-13:00 Max Murdoch confirmed Mortgage, Video call",
    ]


def test_a_weekend_shows_when_something_happens_or_when_it_is_asked_for(staff, bank):
    saturday = MONDAY + 5 * DAY

    assert lane(ask(staff, **{**EVA, "span": "day", "date": "2026-05-09"}), saturday)
    assert saturday not in [one.date for one in ask(staff, **EVA)["days"]]
    meeting(bank, starts_at=NINE + 5 * DAY)
    assert saturday in [one.date for one in ask(staff, **EVA)["days"]]


def test_times_are_those_of_the_office(staff, bank):
    london = open_office(code="london", zone_name="Europe/London")
    jane = working_advisor(
        london, bank.subject, code="jane", first_name="Jane", last_name="Doe"
    )
    ExpertiseFactory(advisor=jane, office=bank.office, subject=bank.subject)
    WeekBlockFactory(
        template=jane.week_templates.get(),
        office=bank.office,
        weekday=1,
        starts=time(18),
        ends=time(19),
    )
    meeting(bank, office=london, advisor=jane)

    in_london = ask(staff, advisor="jane", office="london", date="2026-05-04")
    in_antwerp = ask(staff, office="antwerp", date="2026-05-04")

    assert in_london["asked"].zone.key == "Europe/London"
    own = lane(in_london, name="Jane Doe")
    assert own.source.work == "09:00-17:00"
    assert told(own)[1].startswith("meeting 10:00-11:00")
    assert lane(in_london, MONDAY + DAY, "Jane Doe").source.work == "09:00-18:00"
    assert told(lane(in_antwerp, name="Jane Doe"))[0].startswith(
        "elsewhere 10:00-18:00"
    )
    assert lane(in_antwerp, MONDAY + DAY, "Jane Doe").source.work == "18:00-19:00"


def test_the_ways_lead_to_other_days_and_keep_the_question(staff, bank):
    week = ask(staff, **EVA)
    day = ask(staff, office="antwerp", span="day", date="2026-05-04")

    def dates(url):
        return [
            one.date
            for one in staff.get(url).context["asked"].days
            and staff.get(url).context["days"]
        ]

    assert dates(week["before"])[0] == MONDAY - 7 * DAY
    assert dates(week["after"])[0] == MONDAY + 7 * DAY
    assert NOW.date() in dates(week["today"])
    assert dates(week["other_span"]) == [MONDAY]
    assert dates(day["before"]) == [MONDAY - DAY]
    assert dates(day["after"]) == [MONDAY + DAY]
    assert (
        staff.get(day["after"]).context["heading"] == "Antwerp Meir, Tuesday 5 May 2026"
    )
    assert staff.get(week["after"]).context["heading"].startswith("Eva Peeters, ")


def test_a_gap_leads_to_booking_it_and_to_why_not(staff, bank):
    [gap] = lane(ask(staff, **EVA)).drawn
    question = "office=antwerp&advisor=eva-peeters&date=2026-05-04"
    assert (gap.book, gap.why) == (
        f"/admin/book/?{question}",
        f"/admin/why/?{question}",
    )
    for page in (gap.book, gap.why):
        assert staff.get(page).status_code == 200


def test_what_is_past_is_not_offered(staff, bank):
    own = lane(ask(staff, **{**EVA, "date": "2026-04-28"}), date(2026, 4, 28))

    assert [(one.piece.kind, one.book, one.why) for one in own.drawn] == [
        ("free", "", "")
    ]


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ({"office": "nowhere"}, "office", "There is no office “nowhere”."),
        ({"advisor": "nobody"}, "advisor", "There is no advisor “nobody”."),
        ({"date": "soon"}, "date", "Enter a date, like 2026-11-23."),
        ({"date": "1999-12-31"}, "date", "Choose a date from 2000 to 2199."),
        ({"span": "year"}, "span", "Choose a week or a day."),
    ],
)
def test_what_is_not_understood_is_said_beside_the_question(
    staff, bank, query, field, sentence
):
    answer = staff.get(PAGE, {**EVA, **query})

    assert answer.status_code == 422
    assert answer.context["form"].errors == {field: [sentence]}
    assert "days" not in answer.context


def test_the_calendar_opens_on_ones_own_week_or_on_the_first_office(client, bank):
    eva = staff_with(Role.ADVISOR)
    bank.advisor.user = eva
    bank.advisor.save()
    ghent = open_office(code="ghent", name="Ghent Korenmarkt")
    manager = staff_with(Role.OFFICE_MANAGER, offices=[ghent])
    planner = staff_with(Role.PLANNER)

    found = {}
    with time_machine.travel(NOW, tick=False):
        for name, user in (("eva", eva), ("manager", manager), ("planner", planner)):
            client.force_login(user)
            found[name] = client.get(PAGE).context["heading"].partition(",")[0]
        client.force_login(staff_with(Role.OFFICE_MANAGER))
        nobody = client.get(PAGE)
        client.force_login(staff_with())
        refused = client.get(PAGE)

    assert found == {
        "eva": "Eva Peeters",
        "manager": "Ghent Korenmarkt",
        "planner": "Antwerp Meir",
    }
    assert "There is no office and no advisor that you see." in nobody.content.decode()
    assert refused.status_code == 403


def test_a_manager_sees_that_an_advisor_is_taken_elsewhere_and_no_more(client, bank):
    ghent = open_office(code="ghent", name="Ghent Korenmarkt")
    ExpertiseFactory(advisor=bank.advisor, office=ghent, subject=bank.subject)
    week = bank.advisor.week_templates.get()
    WeekBlockFactory(
        template=week, office=ghent, weekday=0, starts=time(18), ends=time(20)
    )
    there = meeting(bank, office=ghent, first_name="Greet", last_name="Gantois")
    with time_machine.travel(NOW, tick=False):
        client.force_login(staff_with(Role.OFFICE_MANAGER, offices=[bank.office]))
        context = ask(client, office="antwerp", span="day", date="2026-05-04")
        page = client.get(context["today"].replace("2026-04-29", "2026-05-04"))
        elsewhere = client.get(PAGE, {"office": "ghent"})

    own = lane(context)
    assert told(own) == [
        "free 09:00-11:00 Free",
        "taken 11:00-12:00 Meeting Not yours to see",
        "free 12:00-17:00 Free",
        "elsewhere 18:00-20:00 Works at another office",
    ]
    assert elsewhere.status_code == 422
    for word in ("Gantois", "Korenmarkt", there.reference):
        assert word not in page.content.decode()


def test_the_scale_of_hours_grows_with_what_is_early_or_late(staff, bank):
    usual = ask(staff, **EVA)
    assert (usual["first_hour"], usual["last_hour"]) == (8, 18)
    meeting(bank, starts_at=NINE - 5 * HOUR)  # 06:00 in Brussels
    meeting(bank, starts_at=NINE + 10 * HOUR + HOUR / 2)  # 21:30

    context = ask(staff, **EVA)

    assert (context["first_hour"], context["last_hour"]) == (6, 23)
    late = lane(context).drawn[-1]
    assert (late.from_hour, late.from_minute) == (21, 30)
    assert (late.to_hour, late.to_minute) == (22, 30)


def test_nothing_is_written_and_the_cost_is_the_same_at_any_size(staff, bank):
    def queries():
        with CaptureQueriesContext(connection) as found:
            ask(staff, office="antwerp", date="2026-05-04")
        assert not any("INSERT" in one["sql"] for one in found)
        return len(found)

    meeting(bank)
    AbsenceFactory(advisor=bank.advisor)
    queries()
    few = queries()
    for number in range(6):
        other = working_advisor(bank.office, bank.subject)
        AbsenceFactory(advisor=other)
        for hour in range(4):
            meeting(
                bank, advisor=other, starts_at=NINE + number % 5 * DAY + hour * HOUR
            )
    queries()  # new advisors: the standing data is read anew

    assert queries() == few <= 14
