"""Calendar files, read back by a parser; and links to web calendars."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import icalendar
import pytest

from scheduling.ical import calendar_file, calendar_links
from tests.factories import (
    NINE,
    NOW,
    AdvisorFactory,
    AppointmentFactory,
    OrganisationFactory,
    SubjectFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def our_address(settings):
    settings.BASE_URL = "https://meet.bank.example"
    settings.DEFAULT_FROM_EMAIL = "Halyard Bank <no-reply@bank.example>"


def read(file):
    calendar = icalendar.Calendar.from_ical(file)
    [event] = calendar.walk("VEVENT")
    return calendar, event


def test_a_calendar_file_says_what_when_where_and_who():
    OrganisationFactory(email="hello@bank.example")
    appointment = AppointmentFactory(
        reference="ABCDEFGH23", revision=4, channel="office"
    )

    calendar, event = read(calendar_file(appointment, method="REQUEST"))

    assert calendar["METHOD"] == "REQUEST"
    assert event["UID"] == "ABCDEFGH23@meet.bank.example"
    assert event["SEQUENCE"] == 4
    assert event.decoded("DTSTAMP") == NOW
    assert event.decoded("DTSTART") == NINE
    assert event.decoded("DTEND") == NINE + timedelta(hours=1)
    assert event["SUMMARY"] == "Mortgage with Eva Peeters"
    assert event["LOCATION"] == "Antwerp Meir, Meir 48, 2000 Antwerpen"
    assert event["STATUS"] == "CONFIRMED"
    assert event["ORGANIZER"] == "mailto:hello@bank.example"
    assert event["ORGANIZER"].params["CN"] == "Halyard Bank"
    assert event["ATTENDEE"] == "mailto:max@example.com"
    assert event["ATTENDEE"].params["CN"] == "Max Murdoch"
    assert "https://meet.bank.example/m/" in event["DESCRIPTION"]


def test_the_same_revision_always_gives_the_same_bytes():
    appointment = AppointmentFactory()

    assert calendar_file(appointment) == calendar_file(appointment)


def test_a_cancellation_keeps_the_uid_and_says_cancelled():
    appointment = AppointmentFactory(status="confirmed")
    _calendar, before = read(calendar_file(appointment))
    appointment.status, appointment.revision = "cancelled", 1

    calendar, after = read(calendar_file(appointment, method="CANCEL"))

    assert calendar["METHOD"] == "CANCEL"
    assert after["STATUS"] == "CANCELLED"
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_former_advisors_cancellation_is_cancelled_though_the_meeting_is_on():
    _calendar, event = read(
        calendar_file(AppointmentFactory(), method="CANCEL", recipient="advisor")
    )

    assert event["STATUS"] == "CANCELLED"


def test_a_request_is_tentative():
    _calendar, event = read(calendar_file(AppointmentFactory(status="requested")))

    assert event["STATUS"] == "TENTATIVE"


def test_the_advisors_file_invites_the_advisor_and_hides_the_customers_link():
    appointment = AppointmentFactory(channel="phone")

    _calendar, event = read(calendar_file(appointment, recipient="advisor"))

    assert event["SUMMARY"] == "Mortgage with Max Murdoch"
    assert event["LOCATION"] == "Phone call: +32470123456"
    assert event["ATTENDEE"] == f"mailto:{appointment.advisor.email}"
    assert "/m/" not in event["DESCRIPTION"]
    assert "/admin/scheduling/appointment/" in event["DESCRIPTION"]


def test_a_file_for_download_invites_nobody():
    _calendar, event = read(calendar_file(AppointmentFactory(), method="PUBLISH"))

    assert "ATTENDEE" not in event
    assert "ORGANIZER" not in event


def test_customer_and_advisor_join_a_video_call_by_links_of_their_own():
    appointment = AppointmentFactory(channel="video")

    _calendar, customer = read(calendar_file(appointment))
    _calendar, advisor = read(calendar_file(appointment, recipient="advisor"))

    assert customer["LOCATION"].startswith("https://meet.bank.example/j/")
    assert advisor["LOCATION"].startswith("https://meet.bank.example/j/")
    assert customer["LOCATION"] != advisor["LOCATION"]


EVIL = 'Max"; X=1\r\nATTENDEE:mailto:all@example.com\nEND:VEVENT\x07\u2028,;\\n'


def test_nothing_that_was_typed_adds_a_line_to_the_file():
    appointment = AppointmentFactory(
        first_name=EVIL,
        last_name=EVIL,
        phone=EVIL,
        email="max@example.com\r\nX-EVIL:1",
        channel="phone",
        subject=SubjectFactory(name=EVIL, instructions=EVIL),
        advisor=AdvisorFactory(last_name=EVIL),
    )

    for recipient in ("customer", "advisor"):
        file = calendar_file(appointment, recipient=recipient)
        _calendar, event = read(file)
        names = [line.split(b":")[0].split(b";")[0] for line in unfold(file)]
        assert names.count(b"ATTENDEE") == 1
        assert names.count(b"END") == 2
        assert b"X-EVIL" not in names
        assert b"\x07" not in file
        assert event.decoded("DTSTART") == NINE


def unfold(file):
    return file.replace(b"\r\n ", b"").split(b"\r\n")


def test_lines_end_and_fold_as_the_format_asks():
    appointment = AppointmentFactory(
        subject=SubjectFactory(instructions="é" * 300 + "\n" + "x" * 300)
    )

    file = calendar_file(appointment)

    assert b"\n" not in file.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    _calendar, event = read(file)
    assert "é" * 199 in event["DESCRIPTION"]


BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),  # the clock jumps over 02:30
        datetime(2026, 10, 25, 2, 30, tzinfo=BRUSSELS),  # 02:30 for the first time
        datetime(2026, 10, 25, 2, 30, tzinfo=BRUSSELS, fold=1),  # and again
        datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("America/New_York")),
    ],
)
def test_instants_are_equal_after_parsing_also_around_clock_changes(start):
    end = start.astimezone(UTC) + timedelta(minutes=90)
    appointment = AppointmentFactory(starts_at=start.astimezone(UTC), ends_at=end)

    _calendar, event = read(calendar_file(appointment))

    assert event.decoded("DTSTART") == start.astimezone(UTC)
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(minutes=90)


def test_links_fill_in_web_calendars_without_the_manage_link():
    appointment = AppointmentFactory(channel="office", reference="ABCDEFGH23")

    links = calendar_links(appointment)

    google = parse_qs(urlsplit(links.google).query)
    assert google["dates"] == ["20260504T090000Z/20260504T100000Z"]
    assert google["text"] == ["Mortgage with Eva Peeters"]
    assert google["location"] == ["Antwerp Meir, Meir 48, 2000 Antwerpen"]
    outlook = parse_qs(urlsplit(links.outlook).query)
    assert outlook["startdt"] == ["2026-05-04T09:00:00Z"]
    assert outlook["enddt"] == ["2026-05-04T10:00:00Z"]
    assert "/m/" not in links.google + links.outlook


def test_a_link_for_a_call_names_no_place():
    links = calendar_links(AppointmentFactory(channel="video"))

    assert "location" not in parse_qs(urlsplit(links.google).query)
