"""The page: the plan, the look that writes nothing, and the doing row by row."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from zeal import zeal_ignore

from directory.grants import Role
from scheduling.management.commands.verify import count_everything
from scheduling.models import Appointment, AppointmentEvent, Message
from scheduling.services.cancelling import cancel_appointment
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AppointmentFactory,
    open_office,
    staff_with,
    working_advisor,
)
from tests.scheduling.absent_advisor.planning import (
    HOUR,
    PAGE,
    PERIOD,
    meeting,
    posted,
)
from tests.scheduling.desk_booking.ordering import dump

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(bank, tom):
    return [meeting(bank, start=NINE + hours * HOUR) for hours in range(3)]


def deeds_for(meetings, *deeds):
    return {f"deed_{one.pk}": deed for one, deed in zip(meetings, deeds, strict=True)}


def outcomes(page):
    return [(one.planned.meeting.pk, text) for one, text in page.context["rows"]]


def carry_out(client, sent):
    """Post the plan to be done: a transaction a row is no accident."""
    with zeal_ignore():
        return client.post(PAGE, sent)


# What is asked


def test_without_a_question_the_page_asks_one(staff, bank):
    page = staff.get(PAGE)

    assert page.status_code == 200
    assert page.context["form"].errors == {}


def test_a_known_absence_is_a_whole_question(staff, bank, three):
    absence = AbsenceFactory(
        advisor=bank.advisor, starts_at=NINE, ends_at=NINE + 2 * HOUR
    )

    page = staff.get(PAGE, {"absence": absence.pk})

    assert [one.meeting for one in page.context["rows"]] == three[:2]
    assert page.context["form"]["first"].value() == "2026-05-04T11:00"
    assert page.context["is_noted"] is True


def test_the_absences_page_leads_there(staff, bank):
    absence = AbsenceFactory(advisor=bank.advisor)
    page = staff.get(reverse("admin:directory_absence_change", args=[absence.pk]))

    assert f'href="{PAGE}?absence={absence.pk}"' in page.content.decode()


def test_the_list_of_appointments_leads_there(staff, bank):
    page = staff.get(reverse("admin:scheduling_appointment_changelist"))

    links = [address for _label, address in page.context["list_links"]]
    assert links == [reverse("booking:start"), PAGE]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"advisor": "nobody"}, {"advisor": ["Choose from the list."]}),
        ({"advisor": ""}, {"advisor": ["Choose an advisor."]}),
        (
            {"first": "soon"},
            {"first": ["Enter a date and a time, like 2026-11-23T09:00."]},
        ),
        ({"last": "2026-05-03T00:00"}, {"last": ["It must end after it starts."]}),
        ({"last": "2029-05-03T00:00"}, {"last": ["Look at one year at most."]}),
    ],
)
def test_a_bad_question_gets_a_sentence(staff, bank, changes, errors):
    page = staff.get(PAGE, {**PERIOD, **changes})

    assert page.status_code == 200
    assert page.context["form"].errors == errors
    assert staff.post(PAGE, {**PERIOD, **changes, "look": "1"}).status_code == 422


# The plan and the look


def test_the_plan_proposes_a_deed_for_each_meeting(staff, tom, three):
    page = staff.get(PAGE, PERIOD)

    assert [one.value for one in page.context["rows"]] == [f"give:{tom.pk}"] * 3
    assert page.context["rows"][0].choices == [
        (f"give:{tom.pk}", "Give to Tom Wouters"),
        ("ask", "Ask to choose another time"),
        ("cancel", "Cancel"),
        ("leave", "Leave as it is"),
    ]
    assert page.context["is_noted"] is False


def test_the_look_says_what_would_happen_and_writes_nothing(staff, bank, tom, three):
    bank.organisation.save()
    chosen = deeds_for(three, f"give:{tom.pk}", "ask", "cancel")
    before = dump()

    page = staff.post(PAGE, posted(three, look="1", **chosen))

    assert page.status_code == 200
    assert [one.happens for one in page.context["rows"]] == [
        "Tom Wouters takes it. The customer is told by mail.",
        "The customer gets a mail that asks for another time. "
        "Until they choose one the meeting stands.",
        "The meeting is cancelled. The customer is told by mail.",
    ]
    assert page.context["doing"] == 3
    staff.get(PAGE, PERIOD)
    staff.post(PAGE, posted(three, back="1", **chosen))
    assert dump() == before


def test_the_look_names_what_cannot_be_done(staff, bank, tom, three):
    AppointmentFactory(advisor=tom, office=bank.office, starts_at=NINE)
    chosen = deeds_for(three, f"give:{tom.pk}", "leave", "leave")

    page = staff.post(PAGE, posted(three, look="1", **chosen))

    first = page.context["rows"][0]
    assert first.problem == "The advisor has something else."
    assert page.context["doing"] == 0


def test_going_back_keeps_what_was_chosen(staff, three):
    chosen = deeds_for(three, "cancel", "ask", "leave")

    page = staff.post(PAGE, posted(three, back="1", reason="Flu", **chosen))

    assert [one.value for one in page.context["rows"]] == ["cancel", "ask", "leave"]
    assert page.context["plan"]["reason"].value() == "Flu"


def test_a_plan_without_a_reason_is_refused(staff, three):
    before = dump()
    chosen = deeds_for(three, "cancel", "ask", "leave")
    for button in ("look", "do"):
        page = staff.post(PAGE, posted(three, reason=" ", **{button: "1"}, **chosen))

        assert page.status_code == 422
        assert page.context["plan"].errors == {"reason": ["Say why."]}
        assert [one.value for one in page.context["rows"]] == [
            *("cancel", "ask", "leave")
        ]
    assert dump() == before


def test_a_plan_that_does_nothing_is_refused(staff, three):
    before = dump()
    chosen = deeds_for(three, "leave", "leave", "leave")

    page = carry_out(staff, posted(three, do="1", **chosen))

    assert page.status_code == 422
    assert dump() == before


# The doing


def test_each_row_is_done(staff, bank, tom, three, planner):
    chosen = deeds_for(three, f"give:{tom.pk}", "ask", "cancel")

    page = carry_out(staff, posted(three, do="1", **chosen))

    assert page.status_code == 200
    assert outcomes(page) == [
        (three[0].pk, "Tom Wouters takes it."),
        (three[1].pk, "The customer is asked."),
        (three[2].pk, "Cancelled."),
    ]
    given, asked, cancelled = Appointment.objects.order_by("starts_at")
    assert given.advisor == tom
    assert (asked.status, asked.change_until) == ("confirmed", asked.starts_at)
    assert cancelled.status == "cancelled"
    events = AppointmentEvent.objects.order_by("pk")
    assert [one.kind for one in events] == ["reassigned", "asked", "cancelled"]
    assert {(one.user, one.note) for one in events} == {(planner, "Eva is ill")}
    kinds = Message.objects.filter(recipient="customer").values_list("kind", flat=True)
    assert sorted(kinds) == ["asked", "cancelled", "reassigned"]


def test_a_row_that_moved_on_is_refused_and_the_others_are_done(staff, tom, three):
    chosen = deeds_for(three, f"give:{tom.pk}", f"give:{tom.pk}", f"give:{tom.pk}")
    sent = posted(three, do="1", **chosen)
    cancel_appointment(three[0], actor="customer", reason="", now=NOW)
    AppointmentFactory(advisor=tom, office=three[1].office, starts_at=NINE + HOUR)
    events = AppointmentEvent.objects.count()

    page = carry_out(staff, sent)

    assert page.status_code == 200
    assert [text for _pk, text in outcomes(page)] == [
        "This meeting was changed in the meantime. Please look at it again before you "
        "go on.",
        "Sorry, this time has just been taken. Please choose another one.",
        "Tom Wouters takes it.",
    ]
    assert (page.context["done"], page.context["refused"]) == (1, 2)
    assert AppointmentEvent.objects.count() == events + 1


def test_when_all_rows_are_refused_the_page_says_so(staff, tom, three):
    chosen = deeds_for(three, "ask", "ask", "ask")
    sent = posted(three, do="1", **chosen)
    Appointment.objects.update(revision=5)
    before = dump()

    page = carry_out(staff, sent)

    assert page.status_code == 422
    assert (page.context["done"], page.context["refused"]) == (0, 3)
    assert dump() == before


def test_pressing_twice_does_it_once(staff, tom, three):
    chosen = deeds_for(three, f"give:{tom.pk}", "ask", "cancel")
    first = carry_out(staff, posted(three, do="1", **chosen))
    before = dump()

    again = carry_out(staff, posted(three, do="1", **chosen))

    assert outcomes(again) == outcomes(first)
    assert dump() == before


def test_rows_that_are_forged_are_left_out(staff, tom, three):
    before = dump()
    forged = {
        **posted(three, do="1"),
        "row": ["0", "x", "9" * 30, str(three[0].pk)],
        "deed_" + "9" * 30: "cancel",
        f"deed_{three[0].pk}": "explode",
        "deed_0": "cancel",
        "revision_0": "0",
    }

    assert staff.post(PAGE, forged).status_code == 422
    assert dump() == before


def test_a_managers_plan_stays_within_the_own_offices(client, bank, tom, time_machine):
    time_machine.move_to(NOW, tick=False)
    ghent = open_office(code="ghent")
    hanne = working_advisor(ghent, bank.subject, code="hanne")
    there = AppointmentFactory(
        advisor=hanne, office=ghent, subject=bank.subject, starts_at=NINE
    )
    abroad = meeting(bank, office=ghent)
    here = meeting(bank, start=NINE + HOUR)
    client.force_login(
        staff_with(Role.OFFICE_MANAGER, offices=[bank.office], username="m")
    )

    shown = client.get(PAGE, PERIOD)
    hidden = client.get(PAGE, {**PERIOD, "advisor": "hanne"})
    before = dump()
    forged = [there, abroad]
    refused = client.post(
        PAGE, posted(forged, do="1", **deeds_for(forged, "cancel", "cancel"))
    )

    assert [one.meeting for one in shown.context["rows"]] == [here]
    assert hidden.context["form"].errors == {"advisor": ["Choose from the list."]}
    assert refused.status_code == 422
    assert dump() == before


def test_the_database_is_whole_afterwards(staff, bank, tom):
    three = [meeting(bank, start=NINE + hours * HOUR) for hours in range(3)]
    Appointment.objects.update(flow_key="")
    chosen = deeds_for(three, f"give:{tom.pk}", "ask", "cancel")

    carry_out(staff, posted(three, do="1", **chosen))

    assert count_everything(now=NOW)["faults"] == 0


@pytest.mark.parametrize("count", [2, 14])
def test_the_page_costs_the_same_at_every_size(staff, bank, tom, count):
    for number in range(count):
        meeting(bank, start=NINE + number * HOUR / 2)
    staff.get(PAGE, PERIOD)

    with CaptureQueriesContext(connection) as queries:
        page = staff.get(PAGE, PERIOD)

    assert len(page.context["rows"]) == count
    assert len(queries) == 17, [one["sql"][:120] for one in queries]
