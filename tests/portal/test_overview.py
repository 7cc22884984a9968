"""The portal's first page: what is coming, what has been, who is there for Max."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from directory.models import Customer
from portal.models import Account
from tests.factories import (
    NOW,
    AccountFactory,
    AdvisorFactory,
    AppointmentFactory,
    ClosureFactory,
    DocumentFactory,
    OpeningHoursFactory,
    QuestionFactory,
    SegmentFactory,
    SubjectFactory,
)
from tests.portal.home import DAY, MINUTE

OVERVIEW = "/portal/"


def references(cards):
    return [card.meeting.url.split("/")[-2] for card in cards]


# Meetings.


def test_the_next_meeting_comes_first_with_all_that_is_needed(as_max, home):
    later = home.meeting(NOW + 9 * DAY)
    soon = home.meeting(datetime(2026, 5, 4, 9, tzinfo=UTC), channel="office")

    page = as_max.get(OVERVIEW)

    card = page.context["next_meeting"]
    assert references([card]) == [soon.reference]
    assert references(page.context["upcoming"]) == [later.reference]
    assert card.meeting.countdown == "In 5 days"
    assert (card.meeting.weekday, card.meeting.day, card.meeting.month) == (
        "Mon",
        "4",
        "May",
    )
    assert [line.text for line in card.meeting.lines] == [
        "Monday 4 May 2026, 11:00 to 12:00",
        "Antwerp Meir, Meir 48, 2000 Antwerpen",
        "Eva Peeters, Mortgage advisor",
    ]
    assert [action.label for action in card.actions] == [
        "Route",
        "See details",
        "Change",
        "Cancel",
    ]
    assert page["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        (NOW, "Now"),
        (NOW + time.resolution, "Today"),
        (datetime(2026, 4, 29, 21, 59, tzinfo=UTC), "Today"),  # 23:59 in Brussels
        (datetime(2026, 4, 29, 22, 0, tzinfo=UTC), "Tomorrow"),
        (datetime(2026, 5, 1, 8, 0, tzinfo=UTC), "In 2 days"),
    ],
)
def test_days_are_counted_by_the_dates_of_the_zone_shown(
    as_max, home, starts_at, words
):
    home.meeting(starts_at)

    page = as_max.get(OVERVIEW)

    assert page.context["next_meeting"].meeting.countdown == words


def test_the_zone_is_named_only_when_it_is_not_the_organisations(as_max, home):
    home.meeting(datetime(2026, 5, 4, 9, tzinfo=UTC))
    home.meeting(datetime(2026, 5, 5, 15, tzinfo=UTC), visitor_zone="America/New_York")

    page = as_max.get(OVERVIEW)

    assert page.context["next_meeting"].meeting.time == "11:00–12:00"  # noqa: RUF001
    (other,) = page.context["upcoming"]
    assert other.meeting.time == "11:00–12:00, New York time (EDT)"  # noqa: RUF001


def test_what_was_cancelled_or_is_over_stands_under_past_newest_first(as_max, home):
    over = home.meeting(NOW - 2 * DAY, status="completed")
    cancelled = home.meeting(NOW + 3 * DAY, status="cancelled")
    missed = home.meeting(NOW - 9 * DAY, status="no_show")
    home.meeting(NOW - 20 * DAY, status="completed")

    page = as_max.get(OVERVIEW)

    assert page.context["next_meeting"] is None
    past = page.context["past"]
    assert references(past) == [one.reference for one in (cancelled, over, missed)]
    assert [card.meeting.status_text for card in past] == [
        "Cancelled",
        "Took place",
        "Missed",
    ]
    assert page.context["has_more_past"] is True
    assert "All past meetings" in page.content.decode()


def test_a_meeting_that_nobody_has_closed_is_past_when_it_ends(as_max, home):
    running = home.meeting(NOW - DAY / 48)
    ended = home.meeting(NOW - DAY / 24)

    page = as_max.get(OVERVIEW)

    assert references([page.context["next_meeting"]]) == [running.reference]
    (card,) = page.context["past"]
    assert references([card]) == [ended.reference]
    assert card.meeting.status_text == "Past"


def test_a_request_says_that_it_waits(as_max, home):
    home.meeting(status="requested")

    card = as_max.get(OVERVIEW).context["next_meeting"]

    assert card.meeting.status_text == "Waiting for confirmation"
    assert card.meeting.status_kind == "warn"


def test_change_and_cancel_go_when_the_deadline_has_passed(as_max, home):
    home.meeting(change_until=NOW - MINUTE)

    card = as_max.get(OVERVIEW).context["next_meeting"]

    assert [action.label for action in card.actions] == [
        "Join the video call",
        "See details",
    ]


@pytest.mark.parametrize(
    ("minutes", "kind"), [(16, "ghost"), (15, ""), (-5, "")], ids=str
)
def test_the_way_into_a_call_stands_out_around_its_time(as_max, home, minutes, kind):
    home.meeting(NOW + minutes * DAY / 1440)

    join = as_max.get(OVERVIEW).context["next_meeting"].actions[0]

    assert join.label == "Join the video call"
    assert join.url.startswith("/j/")
    assert join.kind == kind


def test_a_document_that_the_subject_asks_for_is_named_until_one_is_there(as_max, home):
    QuestionFactory(subject=home.bank.subject, kind="file", label="Payslip")
    meeting = home.meeting()

    before = as_max.get(OVERVIEW).context["next_meeting"].meeting.missing
    DocumentFactory(appointment=meeting)
    after = as_max.get(OVERVIEW).context["next_meeting"].meeting.missing

    assert before == "Document to add: Payslip"
    assert after == ""


def test_an_empty_overview_offers_the_one_thing_to_do(as_max, home):
    page = as_max.get(OVERVIEW).content.decode()

    assert "Hello Max, here are your meetings" in page
    assert "Nothing is planned" in page
    assert page.count('action="/portal/schedule/"') == 3  # it, the advisor, the office


# Documents.


def test_recent_documents_are_the_newest_of_all_meetings(as_max, home):
    first, second = home.meeting(), home.meeting(NOW - DAY, status="completed")
    for number in range(5):
        DocumentFactory(
            appointment=second if number % 2 else first,
            name=f"paper-{number}.pdf",
            side="advisor" if number % 2 else "customer",
            created_at=NOW - number * DAY,
        )
    DocumentFactory(appointment=AppointmentFactory(busy=False), name="alien.pdf")

    rows = as_max.get(OVERVIEW).context["documents"]

    assert [(row.name, row.by) for row in rows] == [
        ("paper-0.pdf", "You"),
        ("paper-1.pdf", "Eva Peeters"),
        ("paper-2.pdf", "You"),
        ("paper-3.pdf", "Eva Peeters"),
    ]
    assert rows[0].date == "29 April 2026"
    assert rows[0].url.startswith(f"/portal/meetings/{first.reference}/documents/")


# Beside the meetings.


@pytest.mark.parametrize(
    ("language", "balance"),
    [("en", "€1,250.75"), ("nl", "€\xa01.250,75"), ("fr", "1\u202f250,75\xa0€")],
)
def test_balances_are_written_as_the_customer_writes_money(
    as_max, home, language, balance
):
    Customer.objects.update(language=language)
    AccountFactory(customer=home.customer)

    page = as_max.get(OVERVIEW)

    (row,) = page.context["accounts"]
    assert row.balance == balance
    assert row.number == "BE71 **** **** 4321"
    assert balance in page.content.decode()


def test_accounts_stand_in_their_order_and_are_nobody_elses(as_max, home):
    AccountFactory(customer=home.customer, name="Second", sort_order=2)
    AccountFactory(
        customer=home.customer,
        name="Card",
        kind=Account.Kind.CREDIT,
        balance=Decimal(-20),
        currency="USD",
    )
    AccountFactory(name="Alien")

    rows = as_max.get(OVERVIEW).context["accounts"]

    assert [(row.name, row.balance) for row in rows] == [
        ("Card", "-US$20.00"),
        ("Second", "€1,250.75"),
    ]


def test_the_advisor_is_shown_while_customers_may_book_them(as_max, home):
    before = as_max.get(OVERVIEW)
    home.bank.advisor.is_online_planning = False
    home.bank.advisor.save()
    after = as_max.get(OVERVIEW)

    assert "Book with Eva" in before.content.decode()
    assert after.context["advisor"] is None
    assert "Book with Eva" not in after.content.decode()


def test_the_office_tells_todays_hours(as_max, home):
    office = home.bank.office
    office.phone = "+3238084800"
    office.save()

    card = as_max.get(OVERVIEW).context["office"]

    assert card.hours == "Today: open 09:00–17:00"  # noqa: RUF001
    assert card.phone == "+32\xa03\xa0808\xa048\xa000"
    assert card.phone_url == "tel:+3238084800"


def test_a_closure_of_a_few_hours_is_taken_out_of_todays_hours(as_max, home):
    ClosureFactory(
        office=home.bank.office,
        first_day=date(2026, 4, 29),
        last_day=date(2026, 4, 29),
        starts=time(12),
        ends=time(13, 30),
    )
    OpeningHoursFactory(
        office=home.bank.office, weekday=2, opens=time(18), closes=time(0)
    )

    card = as_max.get(OVERVIEW).context["office"]

    assert card.hours == "Today: open 09:00–12:00, 13:30–17:00, 18:00–00:00"  # noqa: RUF001


def test_a_closed_day_says_why_and_a_weekend_only_that(as_max, home):
    ClosureFactory(
        office=None,
        name="Market day",
        first_day=date(2026, 4, 29),
        last_day=date(2026, 4, 29),
        starts=None,
        ends=None,
    )

    closed = as_max.get(OVERVIEW).context["office"].hours
    with time_machine.travel(datetime(2026, 5, 2, 8, tzinfo=UTC), tick=False):
        as_max.force_login(home.customer.user)  # the other sign-in is too old
        weekend = as_max.get(OVERVIEW).context["office"].hours

    assert closed == "Today: closed, Market day"
    assert weekend == "Today: closed"


# Banners.


def test_a_banner_is_shown_to_its_segment_while_it_is_valid(as_max, home):
    home.banner(code="now", valid_from=date(2026, 4, 29), valid_until=date(2026, 4, 29))

    page = as_max.get(OVERVIEW)

    (offer,) = page.context["offers"]
    assert offer.banner.code == "now"
    assert 'action="/portal/offers/now/"' in page.content.decode()
    assert "Schedule an appointment" in page.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"is_active": False},
        {"valid_from": date(2026, 4, 30)},
        {"valid_until": date(2026, 4, 28)},
    ],
    ids=["inactive", "to come", "over"],
)
def test_a_banner_is_hidden_otherwise(as_max, home, fields):
    home.banner(**fields)

    assert as_max.get(OVERVIEW).context["offers"] == []


def test_banners_of_other_segments_or_unbookable_subjects_are_hidden(as_max, home):
    home.banner(code="other", segment=SegmentFactory(code="OTHER"))
    home.banner(code="not-mine", subject=SubjectFactory(category=home.bank.category))

    assert as_max.get(OVERVIEW).context["offers"] == []


def test_two_banners_are_shown_in_their_order(as_max, home):
    for number in (3, 1, 2):
        home.banner(code=f"banner-{number}", sort_order=number)

    offers = as_max.get(OVERVIEW).context["offers"]

    assert [one.banner.code for one in offers] == ["banner-1", "banner-2"]


def test_a_banner_whose_picture_is_gone_is_shown_without_it(as_max, home, settings):
    home.banner(picture="img/dog.svg")
    assert "img/dog.svg" in as_max.get(OVERVIEW).content.decode()

    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "tests.portal.storages.NothingCollected"},
    }
    page = as_max.get(OVERVIEW)

    assert page.context["offers"][0].picture == ""


def test_a_segment_that_has_ended_hides_the_offers_and_nothing_else(as_max, home):
    home.banner()
    home.meeting()
    home.segment.is_active = False
    home.segment.save()

    page = as_max.get(OVERVIEW)

    assert page.context["offers"] == []
    assert page.context["next_meeting"] is not None


# Cost.


@pytest.mark.parametrize("count", [3, 300])
def test_the_overview_takes_at_most_12_queries(
    as_max, home, django_assert_max_num_queries, count
):
    AccountFactory(customer=home.customer)
    home.banner()
    for number in range(count):
        meeting = home.meeting(
            NOW + (number - count // 2) * DAY,
            advisor=AdvisorFactory() if number % 3 else home.bank.advisor,
        )
        DocumentFactory(appointment=meeting)
    as_max.get(OVERVIEW)  # reads the standing data

    with django_assert_max_num_queries(12):
        page = as_max.get(OVERVIEW)

    assert page.status_code == 200


def test_the_overview_is_read_only(as_max):
    assert as_max.post(OVERVIEW).status_code == 405
    assert as_max.head(OVERVIEW).status_code == 200
    assert reverse("portal:overview") == OVERVIEW
