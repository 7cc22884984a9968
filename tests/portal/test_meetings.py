"""All meetings, and the page of one: coming, past and cancelled."""

from datetime import UTC, date, datetime

import pytest

from directory.choices import Channel
from tests.factories import (
    NOW,
    AdvisorFactory,
    AppointmentEventFactory,
    ClosureFactory,
    DocumentFactory,
    OfficeFactory,
)
from tests.portal.home import DAY, MINUTE, address

MEETINGS = "/portal/meetings/"


def references(cards):
    return [card.meeting.url.split("/")[-2] for card in cards]


# The list.


def test_coming_meetings_stand_first_then_the_past_newest_first(as_max, home):
    last = home.meeting(NOW + 30 * DAY)
    oldest = home.meeting(NOW - 400 * DAY, status="completed")
    cancelled = home.meeting(NOW + 2 * DAY, status="cancelled")
    first = home.meeting(NOW + 1 * DAY)

    page = as_max.get(MEETINGS)

    assert references(page.context["upcoming"]) == [first.reference, last.reference]
    past = page.context["past"]
    assert references(past) == [cancelled.reference, oldest.reference]
    assert [card.meeting.year for card in past] == ["", "2025"]
    assert [action.label for action in past[0].actions] == ["See details"]


def test_20_meetings_stand_on_a_page(as_max, home):
    coming = [home.meeting(NOW + (n + 1) * DAY) for n in range(22)]
    past = home.meeting(NOW - DAY, status="completed")

    first, second = as_max.get(MEETINGS), as_max.get(MEETINGS, {"page": "2"})

    assert references(first.context["upcoming"]) == [
        one.reference for one in coming[:20]
    ]
    assert references(second.context["upcoming"]) == [
        one.reference for one in coming[20:]
    ]
    assert references(second.context["past"]) == [past.reference]
    assert "Page 2 of 2" in second.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "%00", "9" * 400])
def test_a_page_that_is_none_leads_to_one_that_is(as_max, home, page):
    meeting = home.meeting()

    answer = as_max.get(f"{MEETINGS}?page={page}")

    assert answer.status_code == 200
    assert references(answer.context["upcoming"]) == [meeting.reference]


def test_an_empty_list_offers_the_one_thing_to_do(as_max, home):
    page = as_max.get(MEETINGS).content.decode()

    assert "No meetings yet" in page
    assert page.count('action="/portal/schedule/"') == 1


def test_a_past_meeting_offers_its_documents_as_a_zip_of_true_size(as_max, home):
    meeting = home.meeting(NOW - DAY, status="completed")
    DocumentFactory(appointment=meeting)
    DocumentFactory(appointment=meeting, side="advisor", name="offer.pdf")

    (card,) = as_max.get(MEETINGS).context["past"]
    size = len(as_max.get(address("documents-zip", meeting)).getvalue())

    assert card.meeting.documents == "2 documents"
    assert [action.label for action in card.actions] == [
        "See details",
        f"Download all (zip, {size} bytes)",
    ]


@pytest.mark.parametrize("count", [3, 300])
def test_the_list_takes_at_most_12_queries(
    as_max, home, django_assert_max_num_queries, count
):
    for number in range(count):
        meeting = home.meeting(
            NOW + (number - count // 2) * DAY,
            advisor=AdvisorFactory() if number % 3 else home.bank.advisor,
        )
        DocumentFactory(appointment=meeting)
    as_max.get(MEETINGS)  # reads the standing data

    with django_assert_max_num_queries(12):
        page = as_max.get(MEETINGS, {"page": "3"})

    assert page.status_code == 200


# One that is coming.


def test_a_coming_meeting_shows_all_that_is_to_know(as_max, home):
    subject = home.bank.subject
    subject.instructions = "Bring your identity card."
    subject.save()
    meeting = home.meeting(
        datetime(2026, 5, 4, 9, tzinfo=UTC),
        channel="office",
        answers=[
            {"code": "a", "label": "What for?", "kind": "x", "value": 1, "text": "Flat"}
        ],
        remarks="At the coast.",
        company="Murdoch Ltd",
    )

    page = as_max.get(address("meeting", meeting))

    context = page.context
    assert context["meeting"].countdown == "In 5 days"
    assert [line.text for line in context["meeting"].lines] == [
        "Monday 4 May 2026, 11:00 to 12:00",
        "Antwerp Meir, Meir 48, 2000 Antwerpen",
        "Eva Peeters, Mortgage advisor",
    ]
    assert [(row.label, row.text) for row in context["told"]] == [
        ("What for?", "Flat"),
        ("Remarks", "At the coast."),
    ]
    assert [(row.label, row.text) for row in context["contact"]] == [
        ("Name", "Max Murdoch"),
        ("Company", "Murdoch Ltd"),
        ("E-mail address", "max@example.com"),
        ("Phone number", "+32\xa0470\xa012\xa034\xa056"),
    ]
    assert [action.label for action in context["ways"]] == ["Route"]
    assert [action.label for action in context["changes"]] == ["Change", "Cancel"]
    assert context["office"].hours == "That day: open 09:00–17:00"  # noqa: RUF001
    html = page.content.decode()
    assert "Bring your identity card." in html
    assert meeting.reference in html
    assert f'href="{address("calendar", meeting)}"' in html
    assert f'href="{address("edit-meeting", meeting)}"' in html
    assert "Upload" in html
    assert "You can change or cancel until Monday 4 May, 11:00." in html
    assert "follow-up" not in html


def test_the_office_tells_the_hours_of_the_meetings_own_day(as_max, home):
    ClosureFactory(
        office=home.bank.office,
        name="Works",
        first_day=date(2026, 4, 29),
        last_day=date(2026, 4, 29),
        starts=None,
        ends=None,
    )
    meeting = home.meeting(datetime(2026, 5, 4, 9, tzinfo=UTC), channel="office")

    page = as_max.get(address("meeting", meeting))

    assert page.context["office"].hours == "That day: open 09:00–17:00"  # noqa: RUF001


@pytest.mark.parametrize(
    ("channel", "where"),
    [
        (Channel.PHONE, "We call you on +32\xa0470\xa012\xa034\xa056"),
        (Channel.VIDEO, "Video call"),
        (Channel.ON_LOCATION, "At your place: Cogels-Osylei 25, 2600 Berchem"),
    ],
)
def test_each_way_to_meet_says_where_to_be(as_max, home, channel, where):
    meeting = home.meeting(
        channel=channel,
        address={
            "street": "Cogels-Osylei 25",
            "postal_code": "2600",
            "city": "Berchem",
        },
    )

    page = as_max.get(address("meeting", meeting))

    assert page.context["meeting"].lines[1].text == where
    assert page.context["office"] is None


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (60, "You can join from Wednesday 29 April, 10:45 on."),
        (15, ""),
        (-30, ""),
    ],
    ids=str,
)
def test_it_is_said_when_the_room_opens(as_max, home, minutes, text):
    meeting = home.meeting(NOW + minutes * DAY / 1440)

    page = as_max.get(address("meeting", meeting))

    assert page.context["join_text"] == text
    join = as_max.get(page.context["ways"][0].url)
    assert join.status_code == (200 if text else 302)


def test_metadata_and_where_it_came_from_are_never_shown(as_max, home):
    meeting = home.meeting(
        metadata={"repayment": "2503.12"},
        attribution={"utm_source": "newsletter"},
        assignment_reason={"sentence": "The rank that is to be asked first."},
    )

    html = as_max.get(address("meeting", meeting)).content.decode()

    assert "2503.12" not in html
    assert "newsletter" not in html
    assert "PREMIUM" not in html
    assert "asked first" not in html


def test_after_the_deadline_the_page_says_what_to_do(as_max, home):
    meeting = home.meeting(change_until=NOW - MINUTE)

    page = as_max.get(address("meeting", meeting))

    assert page.context["changes"] == []
    assert page.context["may_edit"] is True
    assert "It is too late to change this meeting online." in page.content.decode()


def test_a_request_tells_that_the_time_is_kept(as_max, home):
    page = as_max.get(address("meeting", home.meeting(status="requested")))

    assert page.context["lead"] == (
        "We keep this time for you and tell you as soon as it is confirmed."
    )


# One that has been.


def test_a_past_meeting_is_a_closing_room(as_max, home):
    meeting = home.meeting(
        NOW - DAY, status="completed", outcome="Two cards cancelled."
    )
    DocumentFactory(appointment=meeting, side="advisor", name="summary.pdf")
    DocumentFactory(appointment=meeting, name="payslip.pdf")

    page = as_max.get(address("meeting", meeting))
    size = len(as_max.get(address("documents-zip", meeting)).getvalue())

    html = page.content.decode()
    assert "Two cards cancelled." in html
    assert [row.name for row in page.context["papers"].shared] == ["summary.pdf"]
    assert [row.name for row in page.context["papers"].own] == ["payslip.pdf"]
    assert f"Download all (zip, {size} bytes)" in html
    assert "Upload" in html
    assert "Book a follow-up with Eva" in html
    assert f'action="{address("follow-up", meeting)}"' in html
    assert page.context["ways"] == page.context["changes"] == []
    assert f'href="{address("edit-meeting", meeting)}"' not in html
    assert "Add it to your calendar" not in html


def test_a_follow_up_names_only_an_advisor_whom_one_may_book(as_max, home):
    home.bank.advisor.is_active = False
    home.bank.advisor.save()
    meeting = home.meeting(NOW - DAY, status="completed")

    html = as_max.get(address("meeting", meeting)).content.decode()

    assert "Book a follow-up" in html
    assert "Book a follow-up with" not in html


@pytest.mark.parametrize(
    ("reason", "lead"),
    [
        ("declined", "We could not confirm this meeting."),
        ("unanswered", "Nobody could confirm this meeting in time."),
        ("The boss is ill: hush", "This meeting does not take place."),
    ],
)
def test_a_cancelled_meeting_says_so_and_offers_another(as_max, home, reason, lead):
    meeting = home.meeting(status="cancelled", cancel_reason=reason)

    page = as_max.get(address("meeting", meeting))

    html = page.content.decode()
    assert page.context["lead"] == lead
    assert page.context["meeting"].status_text == "Cancelled"
    assert "Book again" in html
    assert "hush" not in html
    assert "Upload" not in html


# History.


def history(page):
    return [(row.text, row.note) for row in page.context["history"]]


def test_history_is_told_in_plain_words(as_max, home):
    meeting = home.meeting()
    karim = AdvisorFactory(code="karim", first_name="Karim", last_name="Haddad")
    ghent = OfficeFactory(code="ghent", name="Ghent")
    start, later = "2026-05-04T09:00:00+00:00", "2026-05-05T09:30:00+00:00"
    rows = [
        ("booked", "customer", {}, {"status": "requested", "starts_at": start}, ""),
        ("accepted", "staff", {"status": "requested"}, {"status": "confirmed"}, "ok"),
        ("moved", "customer", {"starts_at": start}, {"starts_at": later}, ""),
        (
            "moved",
            "staff",
            {"channel": "video", "office": 1, "advisor": 1},
            {"channel": "office", "office": ghent.pk, "advisor": karim.pk},
            "Eva is ill",
        ),
        ("reassigned", "staff", {}, {"advisor": karim.pk}, "Eva is ill"),
        ("edited", "customer", {"email": "a"}, {"email": "b"}, ""),
        ("link_renewed", "staff", {"link_hash": "a"}, {"link_hash": "b"}, ""),
        ("document_added", "staff", {}, {"name": "x.pdf"}, ""),
        ("document_added", "customer", {}, {"name": "x.pdf"}, ""),
        ("document_removed", "customer", {"name": "x.pdf"}, {}, ""),
        ("no_show", "staff", {}, {}, "rude"),
        ("reopened", "staff", {}, {}, "rude"),
        ("completed", "staff", {}, {}, "rude"),
        ("cancelled", "customer", {}, {}, "I found a house elsewhere."),
        ("something_new", "system", {}, {}, "?"),
    ]
    for number, (kind, actor, old, new, note) in enumerate(rows):
        AppointmentEventFactory(
            appointment=meeting,
            at=NOW + number * DAY / 1440,
            kind=kind,
            actor=actor,
            old=old,
            new=new,
            note=note,
        )

    page = as_max.get(address("meeting", meeting))

    assert history(page) == [
        ("You asked for this meeting for Monday 4 May, 11:00", ""),
        ("We confirmed this meeting", ""),
        ("Moved from Monday 4 May, 11:00 to Tuesday 5 May, 11:30", ""),
        (
            "Changed from “Video call” to “At an office”. Now at Ghent. "
            "Now with Karim Haddad, by us",
            "",
        ),
        ("Now with Karim Haddad", ""),
        ("You changed your details", ""),
        ("We shared a document with you", ""),
        ("You added a document", ""),
        ("You removed a document", ""),
        ("We noted that we missed you", ""),
        ("We took our last note back", ""),
        ("The meeting took place", ""),
        ("You cancelled this meeting", "I found a house elsewhere."),
    ]
    assert page.context["history"][0].at == "Wednesday 29 April, 10:00"
    assert "Eva is ill" not in page.content.decode()
    assert "rude" not in page.content.decode()


def test_history_bears_rows_that_say_less_than_it_hopes(as_max, home):
    meeting = home.meeting()
    for kind in ("booked", "moved", "reassigned"):
        AppointmentEventFactory(appointment=meeting, kind=kind, new={"advisor": 99999})

    page = as_max.get(address("meeting", meeting))

    assert history(page) == [("You booked this meeting", ""), ("Changed", "")]


@pytest.mark.parametrize("count", [3, 300])
def test_a_meetings_page_takes_at_most_12_queries(
    as_max, home, django_assert_max_num_queries, count
):
    meeting = home.meeting()
    for number in range(count):
        AppointmentEventFactory(
            appointment=meeting, at=NOW + number * DAY / 1440, kind="edited"
        )
        home.meeting(NOW + number * DAY)
    for _number in range(min(count, 20)):
        DocumentFactory(appointment=meeting)
    as_max.get(address("meeting", meeting))

    with django_assert_max_num_queries(12):
        page = as_max.get(address("meeting", meeting))

    assert len(page.context["history"]) == count


def test_looking_writes_nothing(as_max, home):
    meeting = home.meeting()

    for path in (MEETINGS, address("meeting", meeting)):
        assert as_max.post(path).status_code == 405
        assert as_max.head(path).status_code == 200
        assert as_max.get(path)["Cache-Control"] == "no-store"
