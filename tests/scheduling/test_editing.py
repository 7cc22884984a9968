"""Contact details, remarks and answers of a booked meeting."""

from datetime import timedelta

import pytest

from scheduling.errors import Outdated, TooLate, WrongStatus
from scheduling.models import AppointmentEvent, Message
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.editing import Edits, edit_appointment, renew_link
from scheduling.tokens import hash_token, manage_token
from tests.factories import NINE, NOW, QuestionFactory
from tests.scheduling.meetings import booked, everything

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def edit(appointment, *, now=LATER, **edits):
    revision = edits.pop("revision", None)
    return edit_appointment(
        appointment, edits=Edits(**edits), actor="customer", now=now, revision=revision
    )


@pytest.fixture
def a_meeting(a_bank):
    QuestionFactory(
        subject=a_bank.subject, code="amount", kind="number", label="How much?"
    )
    QuestionFactory(subject=a_bank.subject, code="why", kind="short_text", label="Why?")
    meeting = booked(
        a_bank, answers={"amount": "100", "why": "A house"}, are_questions_answered=True
    )
    Message.objects.all().delete()
    return meeting


def test_remarks_and_answers_change_without_another_mail(a_meeting):
    edited = edit(a_meeting, remarks=" I bring my son. ", answers={"amount": "250"})

    assert edited.remarks == "I bring my son."
    assert [(row["code"], row["text"]) for row in edited.answers] == [
        ("amount", "250"),
        ("why", "A house"),
    ]
    assert edited.revision == 0
    assert not Message.objects.exists()
    event = AppointmentEvent.objects.get(kind="edited")
    assert event.old["remarks"] == ""
    assert event.new["remarks"] == "I bring my son."


def test_another_phone_number_is_told(a_meeting):
    edited = edit(a_meeting, phone="+3211223344")

    assert (edited.phone, edited.revision, edited.link_version) == ("+3211223344", 1, 1)
    told = Message.objects.values_list("kind", "recipient")
    assert set(told) == {("changed", "customer"), ("changed", "advisor")}


def test_another_address_ends_the_link_that_the_old_one_got(a_meeting):
    old_link = a_meeting.link_hash

    edited = edit(a_meeting, email="new@example.com")

    assert edited.link_version == 2
    assert edited.link_hash == hash_token(manage_token(edited.reference, 2))
    event = AppointmentEvent.objects.get(kind="edited")
    assert event.old["link_hash"] == old_link
    assert "link_hash" not in event.new
    assert Message.objects.get(recipient="customer").address == "new@example.com"


def test_nothing_different_writes_nothing(a_meeting):
    before = everything()

    edit(a_meeting, first_name=a_meeting.first_name, answers={"why": "A house"})

    assert everything() == before


def test_an_answer_to_a_question_that_nobody_asks_is_dropped(a_meeting):
    before = everything()

    edit(a_meeting, answers={"unknown": "x"})

    assert everything() == before


def test_an_answer_can_be_taken_back(a_meeting):
    edited = edit(a_meeting, answers={"why": ""})

    assert [row["code"] for row in edited.answers] == ["amount"]


def test_nothing_changes_after_the_start_or_when_it_is_over(a_meeting):
    before = everything()
    with pytest.raises(TooLate):
        edit(a_meeting, now=NINE, remarks="x")
    with pytest.raises(Outdated):
        edit(a_meeting, remarks="x", revision=7)
    assert everything() == before

    cancel_appointment(a_meeting, actor="customer", reason="", now=LATER)
    before = everything()
    with pytest.raises(WrongStatus):
        edit(a_meeting, remarks="x")
    assert everything() == before


def test_a_renewed_link_replaces_the_old_one_and_is_mailed(a_meeting):
    renewed = renew_link(a_meeting, actor="staff", now=LATER)

    assert (renewed.link_version, renewed.revision) == (2, 1)
    event = AppointmentEvent.objects.get(kind="link_renewed")
    assert event.old["link_hash"] == a_meeting.link_hash
    assert Message.objects.filter(kind="changed", recipient="customer").exists()


def test_a_link_is_not_renewed_from_a_page_that_is_out_of_date(a_meeting):
    renew_link(a_meeting, actor="staff", now=LATER, revision=0)
    before = everything()

    with pytest.raises(Outdated):
        renew_link(a_meeting, actor="staff", now=LATER, revision=0)

    assert everything() == before
