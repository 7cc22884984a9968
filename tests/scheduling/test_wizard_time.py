"""Step three: a week of times, a slot that is kept, and what happens when it is lost."""

from datetime import date, datetime, time as time_of_day, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.models import BusyInterval
from scheduling.services.holds import hold_slot
from scheduling.wizard.week import Shown, build_week
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    FlowFactory,
    make_bank,
    open_office,
    working_advisor,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
SLOT = f"{NINE:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    return make_bank()


def a_flow(bank, **fields):
    fields = {"channel": "office", "office": bank.office, **fields}
    return FlowFactory(subject=bank.subject, is_place_answered=True, **fields)


def url(flow):
    return f"/schedule/{flow.pk}/time/"


def choices_of(page):
    return [
        slot for day in page.context["days"] for slot in (*day.morning, *day.afternoon)
    ]


# The week


def test_the_first_week_is_found_by_one_search(bank, client):
    flow = a_flow(bank)

    with CaptureQueriesContext(connection) as queries:
        client.get(url(flow))

    asked = [
        each["sql"] for each in queries if "scheduling_busyinterval" in each["sql"]
    ]
    assert len(asked) == 1


def test_the_page_opens_on_the_first_day_with_a_time(bank, client):
    page = client.get(url(a_flow(bank)))

    assert page.context["week"]["title"] == "27 April – 3 May"  # noqa: RUF001
    assert [day.iso for day in page.context["days"]][::6] == [
        "2026-04-27",
        "2026-05-03",
    ]
    assert [day.iso for day in page.context["days"] if day.is_open] == ["2026-04-29"]
    first = choices_of(page)[0]
    assert (first.label, first.value) == (
        "Wednesday 29 April, 12:00",
        "2026-04-29T10:00:00Z",
    )


def test_every_time_is_a_radio_button_with_a_full_label(bank, client):
    text = client.get(url(a_flow(bank)) + "?date=2026-05-06").content.decode()

    assert (
        f'<input type="radio" name="slot" value="{SLOT}" '
        'aria-label="Monday 4 May, 11:00"' in text
    )


@pytest.mark.parametrize("day", ["2026-05-04", "2026-05-10"])
def test_a_date_shows_the_week_that_holds_it(bank, client, day):
    page = client.get(url(a_flow(bank)) + f"?date={day}")

    assert page.context["week"]["title"] == "4 – 10 May"  # noqa: RUF001
    assert page.context["week"]["previous_url"] == "?date=2026-04-29"
    assert page.context["week"]["next_url"] == "?date=2026-05-11"
    assert page.context["week"]["earliest_url"] == "?date="


@pytest.mark.parametrize(
    "day", ["nonsense", "2026-02-30", "1990-01-01", "9999-12-31", "0001-01-01", "\x00"]
)
def test_a_date_that_cannot_be_shown_opens_the_first_week(bank, client, day):
    page = client.get(url(a_flow(bank)), {"date": day})

    assert page.status_code == 200
    assert page.context["week"]["title"] == "27 April – 3 May"  # noqa: RUF001


def test_the_link_says_where_the_calendar_opens(bank, client):
    page = client.get(url(a_flow(bank, opens_on=date(2026, 5, 14))))

    assert page.context["week"]["title"] == "11 – 17 May"  # noqa: RUF001
    assert [day.iso for day in page.context["days"] if day.is_open] == ["2026-05-14"]


def test_a_week_is_answered_to_htmx_alone(bank, client):
    piece = client.get(
        url(a_flow(bank)) + "?date=2026-05-04", headers={"HX-Request": "true"}
    )

    assert "<html" not in piece.content.decode()
    assert 'id="week"' in piece.content.decode()
    assert "HX-Request" in piece["Vary"]


def test_weeks_end_at_the_horizon(bank, client):
    AvailabilityRuleFactory(horizon=7)

    week = client.get(url(a_flow(bank)) + "?date=2026-05-04").context["week"]

    assert week["next_url"] == ""


def test_without_any_time_the_page_offers_what_else_there_is(bank, client):
    bank.advisor.week_templates.all().delete()

    page = client.get(url(a_flow(bank)))

    text = page.content.decode()
    assert page.status_code == 200
    assert "There is no free time at the moment" in text
    assert "Meet another way: Phone call" in text
    assert 'type="radio"' not in text


def test_mornings_and_afternoons_are_parted_on_the_wall_clock_shown():
    noon = datetime(2026, 5, 4, 10, tzinfo=ZoneInfo("UTC"))
    shown = Shown(
        day=date(2026, 5, 4),
        zone=BRUSSELS,
        today=date(2026, 4, 29),
        last_day=date(2026, 6, 29),
    )

    day = build_week([noon, noon - timedelta(minutes=15)], shown).days[0]

    assert [slot.time for slot in day.morning] == ["11:45"]
    assert [slot.time for slot in day.afternoon] == ["12:00"]


# Zones


def test_an_office_shows_its_own_zone_whatever_the_link_says(bank, client):
    page = client.get(url(a_flow(bank, link_zone="America/New_York")))

    assert "Times are shown in Brussels time (CEST)." in page.content.decode()
    assert page.context["zones"] == []


def test_a_call_shows_the_visitors_zone(bank, client):
    flow = a_flow(bank, channel="video", office=None, link_zone="America/New_York")

    page = client.get(url(flow) + "?date=2026-05-04")

    assert "Times are shown in New York time (EDT)." in page.content.decode()
    assert "Monday 4 May, 05:00" in [slot.label for slot in choices_of(page)]


def test_a_chosen_zone_beats_the_links(bank, client):
    flow = a_flow(bank, channel="video", office=None, link_zone="America/New_York")

    response = client.post(url(flow), {"zone": "Asia/Tokyo", "date": "2026-05-04"})
    page = client.get(response["Location"])

    assert response.status_code == 303
    assert "Tokyo time (JST)" in page.content.decode()


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "x" * 5000, "\x00"])
def test_an_unknown_zone_changes_nothing(bank, client, zone):
    flow = a_flow(bank, channel="video", office=None)

    response = client.post(url(flow), {"zone": zone})

    assert response.status_code == 303
    flow.refresh_from_db()
    assert flow.chosen_zone == ""


# Choosing


def test_a_chosen_time_is_kept_for_ten_minutes(bank, client):
    flow = a_flow(bank)

    response = client.post(url(flow), {"slot": SLOT})
    page = client.get(response["Location"]).content.decode()

    hold = BusyInterval.objects.get()
    assert response.status_code == 303
    assert (hold.flow, hold.meeting_starts_at) == (flow, NINE)
    assert hold.expires_at == NOW + timedelta(minutes=10)
    assert hold.client
    assert "We keep Monday 4 May, 11:00 for you until 10:10." in page


@pytest.mark.parametrize(
    "slot",
    [
        "",
        "nonsense",
        "2026-05-04",
        "2026-05-04T09:00:00",
        "2026-05-04T09:00:00+00:00",
        "2026-02-30T09:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-05-04T09:00:00Z\x00",
        "2026-05-04T09:07:00Z",
        "2026-05-04T03:00:00Z",
        "2020-05-04T09:00:00Z",
    ],
)
def test_a_time_that_is_not_offered_is_refused(bank, client, slot):
    flow = a_flow(bank)

    response = client.post(url(flow), {"slot": slot})

    assert response.status_code == 422
    assert response.context["form"].errors["slot"]
    assert 'type="radio"' in response.content.decode()
    assert not BusyInterval.objects.exists()


def test_a_taken_time_is_refused_with_the_nearest_three(bank, client):
    AppointmentFactory(
        advisor=bank.advisor, starts_at=NINE, ends_at=NINE + timedelta(minutes=30)
    )
    flow = a_flow(bank)

    response = client.post(url(flow), {"slot": SLOT})

    assert response.status_code == 422
    assert [text for _value, text in response.context["alternatives"]] == [
        "Monday 4 May, 10:15",
        "Monday 4 May, 10:30",
        "Monday 4 May, 11:30",
    ]
    assert not BusyInterval.objects.filter(kind="hold").exists()


@pytest.mark.parametrize("fields", [{}, {"slot": "2026-05-11T03:00:00Z"}])
def test_a_refusal_shows_the_week_that_was_looked_at(bank, client, fields):
    address = url(a_flow(bank)) + "?date=2026-05-13"

    page = client.post(address, fields)

    assert page.status_code == 422
    assert page.context["week"]["title"] == "11 – 17 May"  # noqa: RUF001
    assert [day.iso for day in page.context["days"] if day.is_open] == ["2026-05-13"]


def test_a_refusal_shows_the_times_of_the_advisor_who_was_asked_for(bank, client):
    working_advisor(bank.office, bank.subject, code="tom", ends=time_of_day(12))
    flow = a_flow(bank)

    page = client.post(url(flow) + "?date=2026-05-04", {"advisor": "tom"})

    assert page.status_code == 422
    assert page.context["asked"].advisor.code == "tom"
    assert page.context["week"]["next_url"] == "?date=2026-05-11&advisor=tom"
    assert all(not day.afternoon for day in page.context["days"])


def test_another_zone_keeps_the_week_that_was_looked_at(bank, client):
    flow = a_flow(bank, channel="video")

    response = client.post(url(flow) + "?date=2026-05-13", {"zone": "Asia/Tokyo"})

    assert response["Location"] == url(flow) + "?date=2026-05-13"


def test_a_week_without_times_says_when_the_first_one_is(bank, client):
    week = timedelta(days=6)
    early = NINE - timedelta(hours=5)
    AbsenceFactory(advisor=bank.advisor, starts_at=early, ends_at=early + week)

    page = client.get(url(a_flow(bank)) + "?date=2026-05-04").content.decode()

    assert "The first free time is Wednesday 29 April, 12:00." in page


def test_the_page_opens_on_the_week_of_the_chosen_time(bank, client):
    flow = a_flow(bank)
    client.post(url(flow), {"slot": "2026-05-13T09:00:00Z"})

    again = client.get(url(flow))
    earliest = client.get(url(flow) + again.context["week"]["earliest_url"])

    assert again.context["week"]["title"] == "11 – 17 May"  # noqa: RUF001
    assert [slot.value for slot in choices_of(again) if slot.is_checked] == [
        "2026-05-13T09:00:00Z"
    ]
    assert earliest.context["week"]["title"] == "27 April – 3 May"  # noqa: RUF001


def test_a_refused_new_time_keeps_the_old_one(bank, client):
    flow = a_flow(bank)
    hold_slot(flow, start=NINE, now=NOW)

    client.post(url(flow), {"slot": "2026-05-04T03:00:00Z"})

    flow.refresh_from_db()
    assert flow.slot == NINE
    assert BusyInterval.objects.get().meeting_starts_at == NINE


def test_your_own_kept_time_is_shown_as_free_and_chosen(bank, client):
    flow = a_flow(bank)
    hold_slot(flow, start=NINE, now=NOW)

    page = client.get(url(flow) + "?date=2026-05-04")

    assert [slot.value for slot in choices_of(page) if slot.is_checked] == [SLOT]


def test_a_kept_time_is_extended_once_and_nothing_typed_is_lost(bank, client):
    flow = a_flow(bank)
    hold_slot(flow, start=NINE, now=NOW)

    first = client.post(url(flow), {"extend": "1", "first_name": "Max"})
    page = client.get(first["Location"]).content.decode()
    second = client.post(url(flow), {"extend": "1"})

    assert first.status_code == 303
    assert "until 10:20" in page
    assert 'value="Max"' in page
    assert 'name="extend"' not in page
    assert second.status_code == 422
    assert BusyInterval.objects.get().expires_at == NOW + timedelta(minutes=20)


# Advisors


def test_exactly_the_eligible_advisors_can_be_asked_for(bank, client):
    working_advisor(bank.office, bank.subject, code="lotte", first_name="Lotte")
    working_advisor(open_office(code="ghent"), bank.subject, code="hanne")

    page = client.get(url(a_flow(bank)))

    assert {advisor.code for advisor in page.context["advisors"]} == {
        "eva-peeters",
        "lotte",
    }


def test_the_times_of_one_advisor_can_be_seen_alone(bank, client):
    lotte = working_advisor(bank.office, bank.subject, code="lotte")
    AppointmentFactory(advisor=lotte, starts_at=NINE)
    flow = a_flow(bank)

    everybody = client.get(url(flow) + "?date=2026-05-04")
    lottes = client.get(url(flow) + "?date=2026-05-04&advisor=lotte")

    assert SLOT in [slot.value for slot in choices_of(everybody)]
    assert SLOT not in [slot.value for slot in choices_of(lottes)]
    assert lottes.context["week"]["next_url"] == "?date=2026-05-11&advisor=lotte"


def test_a_time_that_the_asked_advisor_does_not_have_is_refused(bank, client):
    lotte = working_advisor(bank.office, bank.subject, code="lotte")
    AppointmentFactory(advisor=lotte, starts_at=NINE)
    flow = a_flow(bank)

    refused = client.post(url(flow), {"slot": SLOT, "advisor": "lotte"})
    unknown = client.post(url(flow), {"slot": SLOT, "advisor": "nobody"})
    taken = client.post(url(flow), {"slot": SLOT, "advisor": "eva-peeters"})

    assert refused.status_code == unknown.status_code == 422
    assert len(refused.context["alternatives"]) == 3
    assert taken.status_code == 303
    assert BusyInterval.objects.get(kind="hold").advisor == bank.advisor


def test_a_preferred_advisors_times_are_marked_and_open_the_page(bank, client):
    lotte = working_advisor(
        bank.office, bank.subject, code="lotte", weekdays=range(3, 4)
    )
    flow = a_flow(bank, advisor=lotte, preset=["advisor"])

    page = client.get(url(flow))

    marked = [slot.label for slot in choices_of(page) if slot.is_preferred]
    assert [day.iso for day in page.context["days"] if day.is_open] == ["2026-04-30"]
    assert marked[0] == "Thursday 30 April, 09:00"
    assert all("30 April" in label for label in marked)
    assert len(choices_of(page)) > len(marked)


def test_only_a_named_advisors_times_are_shown(bank, client):
    lotte = working_advisor(
        bank.office, bank.subject, code="lotte", weekdays=range(3, 4)
    )
    flow = a_flow(bank, advisor=lotte, advisor_mode="only", preset=["advisor"])

    page = client.get(url(flow))
    other = client.post(url(flow), {"slot": SLOT, "advisor": "eva-peeters"})

    assert {slot.label[:8] for slot in choices_of(page)} == {"Thursday"}
    assert other.status_code == 422
    assert not BusyInterval.objects.exists()


def test_an_own_choice_of_advisor_can_be_taken_back(bank, client):
    working_advisor(bank.office, bank.subject, code="lotte")
    flow = a_flow(bank)
    client.post(url(flow), {"slot": SLOT, "advisor": "lotte"})

    shown = client.get(url(flow))
    client.post(url(flow), {"slot": SLOT, "advisor": ""})

    assert shown.context["asked"].advisor.code == "lotte"
    flow.refresh_from_db()
    assert flow.advisor is None
