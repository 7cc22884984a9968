"""What Max does about a meeting: change, cancel, correct, take along."""

from datetime import UTC, datetime

import icalendar
import pytest

from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Flow
from tests.factories import NOW, QuestionChoiceFactory, QuestionFactory
from tests.portal.home import DAY, address, everything

CLOSED = ("completed", "no_show", "cancelled")
PERSON = {
    "first_name": "Max",
    "last_name": "Murdoch",
    "email": "max@example.com",
    "phone": "+32470123456",
    "company": "",
    "remarks": "",
}


@pytest.fixture
def meeting(home):
    """A confirmed video meeting on Monday 4 May, 11:00 in Brussels."""
    return home.meeting(datetime(2026, 5, 4, 9, tzinfo=UTC), busy=True)


# Change.


def test_a_change_is_explained_and_looking_writes_nothing(as_max, meeting):
    before = everything()

    page = as_max.get(address("change-meeting", meeting))

    html = page.content.decode()
    assert page.status_code == 200
    assert "This time stays yours until you have confirmed the new one." in html
    assert "You can change it until Monday 4 May, 11:00." in html
    assert html.count('name="step"') == 2
    assert as_max.head(address("change-meeting", meeting)).status_code == 200
    assert everything() == before


@pytest.mark.parametrize("step", ["time", "place"])
def test_a_change_walks_on_with_everything_kept(as_max, home, meeting, step):
    answer = as_max.post(address("change-meeting", meeting), {"step": step})

    flow = Flow.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"/schedule/{flow.pk}/{step}/"
    assert flow.changes == meeting
    assert flow.needs_sign_in is True
    assert flow.verified_customer == home.customer
    assert flow.subject == meeting.subject
    meeting.refresh_from_db()
    assert (meeting.status, meeting.revision) == ("confirmed", 0)


def test_a_step_that_is_none_leads_to_the_time(as_max, meeting):
    answer = as_max.post(address("change-meeting", meeting), {"step": "https://x.y"})

    assert answer["Location"].endswith("/time/")


@pytest.mark.parametrize("status", CLOSED)
def test_what_is_over_cannot_be_changed(as_max, home, status):
    meeting = home.meeting(status=status)
    before = everything()

    shown = as_max.get(address("change-meeting", meeting))
    answer = as_max.post(address("change-meeting", meeting), {"step": "time"})

    assert "nothing is left to change" in shown.content.decode()
    assert 'name="step"' not in shown.content.decode()
    assert answer.status_code == 422
    assert answer.context["refusal"] == "This meeting cannot be changed any more."
    assert everything() == before


def test_after_the_deadline_a_change_is_explained_away(as_max, home):
    home.bank.office.phone = "+3238084800"
    home.bank.office.save()
    meeting = home.meeting(change_until=NOW - DAY)
    before = everything()

    shown = as_max.get(address("change-meeting", meeting)).content.decode()
    answer = as_max.post(address("change-meeting", meeting))

    assert "This was possible until Tuesday 28 April, 10:00." in shown
    assert 'href="tel:+3238084800"' in shown
    assert 'name="step"' not in shown
    assert answer.status_code == 422
    assert answer.context["refusal"].startswith("It is too late to change")
    assert everything() == before


def test_a_subject_that_is_gone_leaves_only_cancelling(as_max, home, meeting):
    home.bank.subject.is_active = False
    home.bank.subject.save()
    before = everything()

    answer = as_max.post(address("change-meeting", meeting))

    assert answer.status_code == 422
    assert answer.context["refusal"] == (
        "This meeting cannot be changed online any more, only cancelled."
    )
    assert everything() == before


# Cancel.


def test_cancelling_asks_first_and_looking_writes_nothing(as_max, meeting):
    before = everything()

    html = as_max.get(address("cancel-meeting", meeting)).content.decode()

    assert "Why do you cancel?" in html
    assert "This cannot be undone." in html
    assert everything() == before


def test_a_cancelled_meeting_frees_its_time_and_keeps_the_reason(as_max, home, meeting):
    path = address("cancel-meeting", meeting)

    answer = as_max.post(path, {"reason": " Too far\0 ", "revision": "0"}, follow=True)

    assert answer.redirect_chain == [(address("meeting", meeting), 303)]
    assert "Your meeting is cancelled." in answer.content.decode()
    meeting.refresh_from_db()
    assert (meeting.status, meeting.cancel_reason) == ("cancelled", "Too far")
    assert not BusyInterval.objects.exists()
    event = AppointmentEvent.objects.get(kind="cancelled")
    assert (event.actor, event.user) == ("customer", home.customer.user)
    (row,) = answer.context["history"]
    assert (row.text, row.note) == ("You cancelled this meeting", "Too far")


def test_cancelling_needs_no_reason_and_cuts_a_long_one(as_max, home):
    first, second = home.meeting(), home.meeting()

    as_max.post(address("cancel-meeting", first))
    as_max.post(address("cancel-meeting", second), {"reason": "x" * 900})

    rows = Appointment.objects.filter(status="cancelled").order_by("pk")
    assert [row.cancel_reason for row in rows] == ["", "x" * 500]


def test_cancelling_twice_changes_nothing_more(as_max, meeting):
    path = address("cancel-meeting", meeting)
    as_max.post(path, {"reason": "Once"})
    before = everything()

    answer = as_max.post(path, {"reason": "Twice"})

    assert answer.status_code == 303
    assert everything() == before


def test_after_the_deadline_cancelling_is_refused_and_the_reason_kept(as_max, home):
    meeting = home.meeting(change_until=NOW - DAY, busy=True)
    before = everything()

    shown = as_max.get(address("cancel-meeting", meeting)).content.decode()
    answer = as_max.post(address("cancel-meeting", meeting), {"reason": "Ill"})

    assert "This was possible until Tuesday 28 April, 10:00." in shown
    assert "<textarea" not in shown
    assert answer.status_code == 422
    assert "<title>Error:" in answer.content.decode()
    assert answer.context["refusal"].startswith("It is too late to change")
    assert everything() == before


@pytest.mark.parametrize("status", ["completed", "no_show"])
def test_what_took_place_cannot_be_cancelled(as_max, home, status):
    meeting = home.meeting(NOW - DAY, status=status, change_until=NOW + DAY)
    before = everything()

    answer = as_max.post(address("cancel-meeting", meeting))

    assert answer.status_code == 422
    assert answer.context["refusal"] == "This meeting cannot be changed any more."
    assert everything() == before


def test_a_meeting_that_was_moved_meanwhile_is_looked_at_again(as_max, meeting):
    Appointment.objects.update(revision=1)
    before = everything()

    answer = as_max.post(
        address("cancel-meeting", meeting), {"revision": "0", "reason": "Too far"}
    )

    assert answer.status_code == 422
    assert "was changed in the meantime" in answer.context["refusal"]
    html = answer.content.decode()
    assert 'name="revision" value="1"' in html
    assert ">Too far</textarea>" in html
    assert everything() == before


# Correct.


@pytest.fixture
def asked(home):
    """Two questions about the subject: one of several, and a file."""
    purpose = QuestionFactory(
        subject=home.bank.subject,
        code="purpose",
        kind="choice",
        label="What for?",
        is_required=True,
    )
    QuestionChoiceFactory(question=purpose, code="house", label="A house")
    QuestionChoiceFactory(question=purpose, code="flat", label="A flat")
    QuestionFactory(subject=home.bank.subject, code="payslip", kind="file")
    return purpose


def answered(value, text):
    row = {"code": "purpose", "label": "What for?", "kind": "choice"}
    return [{**row, "value": value, "text": text}]


def test_what_was_told_is_filled_in_to_be_corrected(as_max, home, asked):
    meeting = home.meeting(answers=answered("house", "A house"), remarks="Soon.")

    form = as_max.get(address("edit-meeting", meeting)).context["form"]

    assert form.initial["q_purpose"] == "house"
    assert form.initial["remarks"] == "Soon."
    assert form.initial["email"] == "max@example.com"
    assert set(form.fields) == {
        *PERSON,
        "q_purpose",
    }


def test_answers_and_remarks_are_saved_without_a_new_revision(as_max, home, asked):
    meeting = home.meeting(answers=answered("house", "A house"))

    answer = as_max.post(
        address("edit-meeting", meeting),
        {**PERSON, "q_purpose": "flat", "remarks": "At the coast.", "revision": "0"},
        follow=True,
    )

    assert answer.redirect_chain == [(address("meeting", meeting), 303)]
    assert "Your details are saved." in answer.content.decode()
    meeting.refresh_from_db()
    assert meeting.answers == answered("flat", "A flat")
    assert meeting.remarks == "At the coast."
    assert meeting.revision == 0
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == (
        "edited",
        "customer",
        home.customer.user,
    )


def test_another_address_counts_for_this_meeting_only(as_max, home, meeting):
    as_max.post(
        address("edit-meeting", meeting), {**PERSON, "email": "max@work.example"}
    )

    meeting.refresh_from_db()
    home.customer.refresh_from_db()
    assert (meeting.email, meeting.revision) == ("max@work.example", 1)
    assert meeting.link_version == 2
    assert home.customer.email == "max@example.com"


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"first_name": ""}, "first_name", "Enter your first name."),
        ({"email": "max"}, "email", "Enter an e-mail address in the correct format"),
        ({"phone": "12"}, "phone", "Enter a phone number, like"),
        ({"q_purpose": "boat"}, "q_purpose", "Choose from the list."),
        ({"q_purpose": ""}, "q_purpose", "Choose an answer."),
    ],
)
def test_what_cannot_be_is_refused_with_all_that_was_typed(
    as_max, home, asked, fields, field, sentence
):
    meeting = home.meeting()
    before = everything()
    sent = {**PERSON, "q_purpose": "flat", "remarks": "Typed long.", **fields}

    answer = as_max.post(address("edit-meeting", meeting), sent)

    assert answer.status_code == 422
    assert answer.context["form"].errors[field][0].startswith(sentence)
    html = answer.content.decode()
    assert "<title>Error:" in html
    assert "Typed long." in html
    assert everything() == before


def test_a_call_needs_a_number(as_max, home):
    meeting = home.meeting(channel="phone")
    before = everything()

    answer = as_max.post(address("edit-meeting", meeting), {**PERSON, "phone": ""})

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"phone": ["Enter your phone number."]}
    assert everything() == before


def test_details_are_corrected_until_the_meeting_starts(as_max, home):
    meeting = home.meeting(NOW)
    before = everything()

    shown = as_max.get(address("edit-meeting", meeting)).content.decode()
    answer = as_max.post(address("edit-meeting", meeting), {**PERSON, "remarks": "Hm"})

    assert 'name="remarks"' not in shown
    assert answer.status_code == 422
    assert everything() == before


@pytest.mark.parametrize("status", CLOSED)
def test_what_is_over_is_not_corrected(as_max, home, status):
    meeting = home.meeting(status=status)
    before = everything()

    answer = as_max.post(address("edit-meeting", meeting), {**PERSON, "remarks": "Hm"})

    assert answer.status_code == 422
    assert everything() == before


def test_details_that_staff_changed_meanwhile_are_looked_at_again(as_max, meeting):
    Appointment.objects.update(revision=3)
    before = everything()

    answer = as_max.post(
        address("edit-meeting", meeting), {**PERSON, "remarks": "Hm", "revision": "0"}
    )

    assert answer.status_code == 422
    assert "was changed in the meantime" in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize("revision", ["", "x", "-1", "²", "9" * 30])
def test_a_revision_that_is_none_compares_nothing(as_max, home, revision):
    meeting = home.meeting()

    answer = as_max.post(
        address("edit-meeting", meeting),
        {**PERSON, "remarks": "Hm", "revision": revision},
    )

    assert answer.status_code == 303


# Take along.


@pytest.mark.parametrize(
    ("status", "method"), [("confirmed", "PUBLISH"), ("cancelled", "CANCEL")]
)
def test_the_calendar_file_is_the_meetings_own(as_max, home, status, method):
    meeting = home.meeting(status=status, revision=2)

    answer = as_max.get(address("calendar", meeting))

    calendar = icalendar.Calendar.from_ical(answer.content)
    (event,) = calendar.walk("VEVENT")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="meeting.ics"'
    assert answer["Cache-Control"] == "no-store"
    assert calendar["METHOD"] == method
    assert event["UID"].startswith(meeting.reference)
    assert event["SEQUENCE"] == 2
    assert event["DTSTART"].dt == meeting.starts_at


@pytest.mark.parametrize("name", ["change-meeting", "cancel-meeting", "edit-meeting"])
def test_each_page_takes_at_most_12_queries(
    as_max, meeting, asked, name, django_assert_max_num_queries
):
    as_max.get(address(name, meeting))

    with django_assert_max_num_queries(12):
        assert as_max.get(address(name, meeting)).status_code == 200
