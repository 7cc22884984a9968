"""What staff do with an appointment in the back office."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from directory.models import Office
from scheduling.admin.actions import ACTIONS
from scheduling.models import Appointment, AppointmentEvent, Document, Message
from tests.factories import (
    NINE,
    NOW,
    AdministratorFactory,
    AppointmentEventFactory,
    AppointmentFactory,
    DocumentFactory,
    StaffFactory,
    make_bank,
    working_advisor,
)

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 64
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def bank(db):
    return make_bank()


def booked(bank, **fields):
    """Half an hour at the bank, from NINE on: 11:00 in Brussels."""
    defaults = {
        "subject": bank.subject,
        "office": bank.office,
        "advisor": bank.advisor,
        "ends_at": NINE + HOUR / 2,
        "revision": 3,
    }
    return AppointmentFactory(**{**defaults, **fields})


@pytest.fixture
def boss(db):
    return AdministratorFactory(first_name="Ada", last_name="Verhoeven")


@pytest.fixture
def staff(client, boss):
    with time_machine.travel(NOW, tick=False):
        client.force_login(boss)
        yield client


@pytest.fixture
def after_the_meeting(client, boss):
    with time_machine.travel(NINE + HOUR, tick=False):
        client.force_login(boss)
        yield client


def address(appointment, slug):
    return reverse(f"admin:scheduling_appointment_{slug}", args=[appointment.pk])


def page(appointment):
    return address(appointment, "change")


def post(client, appointment, slug, **data):
    data = {"revision": appointment.revision, **data}
    return client.post(address(appointment, slug), data)


def labels(client, appointment):
    response = client.get(page(appointment))
    return [action.slug for action in response.context.get("actions", [])]


def nothing_written(appointment):
    before = {**vars(appointment), "_state": None}
    after = {**vars(Appointment.objects.get(pk=appointment.pk)), "_state": None}
    changed = {name for name in after if before.get(name) != after[name]}
    return not (
        changed or AppointmentEvent.objects.exists() or Message.objects.exists()
    )


def errors_of(response):
    return {
        name: list(texts) for name, texts in response.context["form"].errors.items()
    }


# Buttons.


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            "requested",
            ["accept", "decline", "move", "reassign", "renew-link", "cancel"],
        ),
        ("confirmed", ["move", "reassign", "renew-link", "cancel"]),
        ("completed", ["complete", "no-show", "undo", "renew-link"]),
        ("no_show", ["complete", "undo", "renew-link"]),
        ("cancelled", ["renew-link"]),
    ],
)
def test_only_what_the_status_allows_has_a_button(staff, bank, status, expected):
    closed = NOW - DAY if status in {"completed", "no_show"} else None

    assert labels(staff, booked(bank, status=status, closed_at=closed)) == expected


def test_after_its_start_a_meeting_is_closed(after_the_meeting, bank):
    meeting = booked(bank)

    assert labels(after_the_meeting, meeting) == [
        "complete",
        "no-show",
        "move",
        "renew-link",
        "cancel",
    ]


def test_after_a_week_the_outcome_stands(staff, bank):
    meeting = booked(bank, status="completed", closed_at=NOW - timedelta(days=8))

    assert labels(staff, meeting) == ["renew-link"]


@pytest.mark.parametrize("slug", [slug for slug in ACTIONS if slug != "renew-link"])
def test_a_page_that_the_status_does_not_allow_leads_back(staff, bank, slug):
    meeting = booked(bank, status="cancelled")

    response = staff.get(address(meeting, slug))

    assert response.status_code == 303
    assert response["Location"] == page(meeting)


@pytest.mark.parametrize("slug", ACTIONS)
def test_looking_at_an_action_changes_nothing(client, boss, bank, slug):
    status = "requested" if slug in {"accept", "decline"} else "confirmed"
    meeting = booked(bank, status=status)
    if slug == "undo":
        Appointment.objects.update(status="completed", closed_at=NINE)
        meeting.refresh_from_db()

    for moment in (NOW, NINE + HOUR):
        with time_machine.travel(moment, tick=False):
            client.force_login(boss)
            assert client.get(address(meeting, slug)).status_code in {200, 303}
            assert client.head(address(meeting, slug)).status_code in {200, 303}

    assert nothing_written(meeting)


# Doing it.


@pytest.mark.parametrize(
    ("slug", "data", "status", "kind"),
    [
        ("accept", {}, "confirmed", "accepted"),
        ("decline", {"reason": "No room"}, "cancelled", "declined"),
    ],
)
def test_a_request_is_answered(staff, bank, boss, slug, data, status, kind):
    meeting = booked(bank, status="requested")

    response = post(staff, meeting, slug, **data)

    assert response.status_code == 303
    assert response["Location"] == page(meeting)
    meeting.refresh_from_db()
    assert (meeting.status, meeting.revision) == (status, 4)
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == (kind, "staff", boss)
    assert event.note == data.get("reason", "")


def test_a_meeting_is_cancelled_with_a_reason(staff, bank, boss):
    meeting = booked(bank)

    response = post(staff, meeting, "cancel", reason="The advisor is ill")

    assert response.status_code == 303
    meeting.refresh_from_db()
    assert (meeting.status, meeting.cancel_reason) == (
        "cancelled",
        "The advisor is ill",
    )
    assert AppointmentEvent.objects.get().user == boss


def test_a_meeting_is_completed_corrected_and_reopened(after_the_meeting, bank):
    meeting = booked(bank)
    client = after_the_meeting

    post(client, meeting, "complete", outcome="An offer follows")
    meeting.refresh_from_db()
    assert (meeting.status, meeting.outcome) == ("completed", "An offer follows")

    post(client, meeting, "no-show")
    meeting.refresh_from_db()
    assert (meeting.status, meeting.outcome) == ("no_show", "")

    post(client, meeting, "undo")
    meeting.refresh_from_db()
    assert (meeting.status, meeting.closed_at) == ("confirmed", None)
    kinds = AppointmentEvent.objects.values_list("kind", flat=True)
    assert list(kinds) == ["completed", "no_show", "reopened"]


def test_the_outcome_is_shown_again_when_it_is_corrected(staff, bank):
    meeting = booked(bank, status="completed", outcome="Good", closed_at=NOW)

    response = staff.get(address(meeting, "complete"))

    assert response.context["form"]["outcome"].value() == "Good"


def test_the_manage_link_is_renewed(staff, bank):
    meeting = booked(bank)

    assert post(staff, meeting, "renew-link").status_code == 303

    meeting.refresh_from_db()
    assert meeting.link_version == 2


def test_a_meeting_goes_to_a_competent_and_free_advisor(staff, bank):
    meeting = booked(bank)
    free = working_advisor(bank.office, bank.subject, first_name="Jan")
    busy = working_advisor(bank.office, bank.subject, first_name="Lea")
    booked(bank, advisor=busy)

    shown = staff.get(address(meeting, "reassign"))
    response = post(staff, meeting, "reassign", advisor=free.pk, reason="Eva is ill")

    assert shown.context["form"].fields["advisor"].choices == [(free.pk, "Jan Peeters")]
    assert shown.context["others"] == [
        ("Lea Peeters", ["The advisor has something else."])
    ]
    assert response.status_code == 303
    meeting.refresh_from_db()
    assert meeting.advisor == free
    assert AppointmentEvent.objects.get().note == "Eva is ill"


def test_a_meeting_does_not_go_to_somebody_who_is_busy(staff, bank):
    meeting = booked(bank)
    busy = working_advisor(bank.office, bank.subject)
    booked(bank, advisor=busy)

    response = post(staff, meeting, "reassign", advisor=busy.pk)

    assert response.status_code == 422
    assert errors_of(response) == {
        "advisor": ["This advisor is not free. Choose another one."]
    }
    assert nothing_written(meeting)


# Moving.


def starts(response):
    return [label for _, label in response.context["form"].fields["start"].choices]


def where(bank, **changes):
    return {
        "channel": "video",
        "office": bank.office.pk,
        "advisor": "",
        "date": "2026-05-04",
        "reason": "",
        **changes,
    }


def test_the_page_shows_the_engines_times_of_the_meetings_day(staff, bank):
    response = staff.get(address(booked(bank), "move"))

    shown = starts(response)
    assert shown[0] == "09:00, Eva Peeters"
    assert "11:00, Eva Peeters" in shown  # its own time is free to it
    assert shown[-1] == "16:30, Eva Peeters"
    assert response.context["zone"] == "Europe/Brussels"


def test_another_look_keeps_what_was_typed_and_writes_nothing(staff, bank):
    meeting = booked(bank)

    response = post(
        staff,
        meeting,
        "move",
        show="1",
        **where(bank, date="2026-05-09", reason="Ill", channel="phone"),
    )

    assert response.status_code == 200
    form = response.context["form"]
    assert form["reason"].value() == "Ill"
    assert form["channel"].value() == "phone"
    assert starts(response) == []
    assert response.context["sentence"] == (
        "There is no free time on this date. "
        "The first one is on Wednesday 29 April 2026, 12:00."
    )
    assert nothing_written(meeting)


def test_a_meeting_moves_to_another_time_and_channel(staff, bank, boss):
    meeting = booked(bank)

    response = post(
        staff,
        meeting,
        "move",
        start="2026-05-05T12:00:00Z",
        **where(bank, date="2026-05-05", channel="phone"),
    )

    assert response.status_code == 303
    meeting.refresh_from_db()
    assert meeting.starts_at == NINE + DAY + 3 * HOUR
    assert (meeting.channel, meeting.revision) == ("phone", 4)
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.user) == ("moved", boss)


def test_a_visit_needs_an_address(staff, bank):
    meeting = booked(bank)
    moved = where(bank, channel="on_location", start="2026-05-04T09:00:00Z")

    refused = post(staff, meeting, "move", **moved)
    assert refused.status_code == 422
    assert errors_of(refused)["street"] == ["A visit needs an address."]
    assert nothing_written(meeting)

    home = {"street": "Meir 1", "postal_code": "2000", "city": "Antwerpen"}
    assert post(staff, meeting, "move", **moved, **home).status_code == 303
    meeting.refresh_from_db()
    assert meeting.channel == "on_location"
    assert meeting.address["street"] == "Meir 1"


def test_nobody_is_called_without_a_number(staff, bank):
    meeting = booked(bank, phone="")

    response = post(
        staff,
        meeting,
        "move",
        start="2026-05-04T10:00:00Z",
        **where(bank, channel="phone"),
    )

    assert response.status_code == 422
    assert "phone number" in errors_of(response)["__all__"][0]
    assert nothing_written(meeting)


@pytest.mark.parametrize(
    ("changes", "name", "sentence"),
    [
        ({}, "start", "Choose a time."),
        (
            {"start": "2026-05-04T03:00:00Z"},
            "start",
            "This time is not free (any more). Choose another one.",
        ),
        ({"date": "soon"}, "date", "Enter a date, like 2026-11-23."),
        ({"channel": "office", "office": ""}, "office", "Choose an office."),
    ],
)
def test_a_move_without_a_free_time_is_refused(staff, bank, changes, name, sentence):
    meeting = booked(bank)

    response = post(staff, meeting, "move", **where(bank, **changes))

    assert response.status_code == 422
    assert errors_of(response)[name] == [sentence]
    assert nothing_written(meeting)


@pytest.mark.parametrize("slug", ["move", "cancel"])
def test_after_the_customers_deadline_a_reason_is_needed(staff, bank, slug):
    meeting = booked(bank, change_until=NOW - HOUR)
    moved = where(bank, start="2026-05-04T10:00:00Z")

    refused = post(staff, meeting, slug, **moved)
    assert refused.status_code == 422
    assert errors_of(refused) == {
        "reason": ["The deadline for changes has passed. Please give a reason."]
    }
    assert nothing_written(meeting)

    allowed = post(staff, meeting, slug, **{**moved, "reason": "The customer called"})
    assert allowed.status_code == 303
    assert AppointmentEvent.objects.get().note == "The customer called"


# Refusals.

TYPED = {
    "accept": {},
    "decline": {"reason": "No room"},
    "complete": {"outcome": "Good"},
    "no-show": {},
    "undo": {},
    "cancel": {"reason": "Ill"},
    "renew-link": {},
}


@pytest.mark.parametrize("slug", TYPED)
def test_a_stale_page_changes_nothing_and_loses_nothing(staff, bank, slug):
    status = {"accept": "requested", "decline": "requested", "undo": "completed"}
    meeting = booked(bank, status=status.get(slug, "confirmed"), closed_at=NOW)

    response = post(staff, meeting, slug, **{**TYPED[slug], "revision": 2})

    assert response.status_code == 422
    assert "was changed in the meantime" in errors_of(response)["__all__"][0]
    form = response.context["form"]
    assert form["revision"].value() == "3"  # it shows the meeting as it is now
    for name, value in TYPED[slug].items():
        assert form[name].value() == value
    assert re.search(r"<title>\s*Error: ", response.content.decode())
    assert nothing_written(meeting)


def test_a_stale_move_and_a_stale_reassignment_are_refused(staff, bank):
    meeting = booked(bank)
    free = working_advisor(bank.office, bank.subject)
    moved = where(bank, start="2026-05-04T10:00:00Z")

    for slug, data in (("move", moved), ("reassign", {"advisor": free.pk})):
        response = post(staff, meeting, slug, **{**data, "revision": 2})
        assert response.status_code == 422
        assert "was changed in the meantime" in errors_of(response)["__all__"][0]

    assert nothing_written(meeting)


@pytest.mark.parametrize(
    ("slug", "status"),
    [
        ("accept", "confirmed"),
        ("accept", "cancelled"),
        ("decline", "confirmed"),
        ("complete", "requested"),
        ("complete", "cancelled"),
        ("complete", "confirmed"),  # too early
        ("no-show", "cancelled"),
        ("no-show", "confirmed"),
        ("undo", "confirmed"),
        ("undo", "cancelled"),
        ("cancel", "completed"),
        ("cancel", "no_show"),
    ],
)
def test_what_the_status_does_not_allow_is_refused(staff, bank, slug, status):
    meeting = booked(bank, status=status)

    response = post(staff, meeting, slug, **TYPED[slug])

    assert response.status_code == 422
    assert errors_of(response)["__all__"]
    assert nothing_written(meeting)


@pytest.mark.parametrize("revision", ["", "x"])
def test_a_form_without_a_revision_is_refused(staff, bank, revision):
    meeting = booked(bank)

    response = post(staff, meeting, "cancel", revision=revision)

    assert response.status_code == 422
    assert errors_of(response) == {"revision": ["Please open this page again."]}
    assert "Please open this page again." in response.content.decode()
    assert nothing_written(meeting)


def test_a_meeting_whose_segment_is_gone_can_only_be_cancelled(staff, bank):
    meeting = booked(bank, segment_codes=["GONE"])

    looked = staff.get(address(meeting, "move"))
    posted = post(staff, meeting, "move", start="2026-05-04T10:00:00Z", **where(bank))

    assert looked.status_code == 303
    assert posted.status_code == 422
    assert "only cancelled" in errors_of(posted)["__all__"][0]
    assert nothing_written(meeting)


# Who may.


def reader(client, *codenames):
    """Staff with single permissions, which hold at the offices that they run."""
    user = StaffFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    user.managed_offices.set(Office.objects.all())
    client.force_login(user)
    return client


@pytest.mark.parametrize("slug", [*ACTIONS, "documents"])
def test_readers_change_nothing(client, bank, slug):
    meeting = booked(bank)
    reader(client, "view_appointment")

    assert client.get(address(meeting, slug)).status_code == 403
    assert post(client, meeting, slug, reason="x").status_code == 403
    assert nothing_written(meeting)


def test_readers_see_the_documents_and_no_buttons(client, bank):
    document = DocumentFactory(appointment=booked(bank), side="advisor")
    meeting = document.appointment
    reader(client, "view_appointment")

    response = client.get(page(meeting))

    assert "actions" not in response.context
    papers = response.context["papers"]
    assert papers.upload_url == ""
    assert papers.shared[0].remove_url == ""
    assert client.get(papers.shared[0].url).getvalue() == b"%PDF-1.7\n%%E"
    assert client.post(file_of(document, "take_back")).status_code == 403
    assert Document.objects.get() == document


def test_other_staff_see_no_documents(client, bank):
    document = DocumentFactory(appointment=booked(bank))
    reader(client, "view_document")

    assert client.get(file_of(document, "document")).status_code == 403
    assert client.get(address(document.appointment, "documents_zip")).status_code == 403


@pytest.mark.parametrize("slug", [*ACTIONS, "documents", "documents_zip"])
def test_customers_are_sent_to_the_sign_in(client, bank, slug):
    meeting = booked(bank)

    response = client.get(address(meeting, slug))

    assert response.status_code == 302
    assert "/admin/login/" in response["Location"]


def test_an_unknown_appointment_is_not_found(staff, bank):
    missing = booked(bank, status="cancelled")
    missing.pk = 0

    for slug in (*ACTIONS, "documents", "documents_zip"):
        assert staff.get(address(missing, slug)).status_code == 404


# Documents.


def file_of(document, name):
    args = [document.appointment_id, document.pk]
    return reverse(f"admin:scheduling_appointment_{name}", args=args)


def test_staff_share_a_document(staff, bank, boss):
    meeting = booked(bank)
    file = SimpleUploadedFile("offer.pdf", PDF)

    response = staff.post(address(meeting, "documents"), {"documents": [file]})

    assert response.status_code == 303
    document = Document.objects.get()
    assert (document.side, document.added_by) == ("advisor", boss)
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == ("document_added", "staff", boss)
    shown = staff.get(page(meeting)).context["papers"]
    assert [(row.name, row.by) for row in shown.shared] == [
        ("offer.pdf", "Ada Verhoeven")
    ]


def test_a_refused_document_comes_back_with_its_name(staff, bank):
    meeting = booked(bank)
    files = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", EXE)]

    response = staff.post(address(meeting, "documents"), {"documents": files})

    assert response.status_code == 422
    assert errors_of(response)["documents"] == [
        "b.pdf: The file is not what its name says. Please save it again and retry."
    ]
    assert "These were shared: a.pdf." in response.content.decode()
    assert [one.name for one in Document.objects.all()] == ["a.pdf"]


def test_staff_take_back_only_what_was_shared(staff, bank):
    meeting = booked(bank)
    shared = DocumentFactory(appointment=meeting, side="advisor")
    theirs = DocumentFactory(appointment=meeting, side="customer")

    asked = staff.get(file_of(shared, "take_back"))
    assert asked.status_code == 200
    assert Document.objects.count() == 2

    assert staff.post(file_of(shared, "take_back")).status_code == 303
    assert staff.post(file_of(theirs, "take_back")).status_code == 404
    assert Document.objects.get() == theirs
    assert AppointmentEvent.objects.get().kind == "document_removed"


def test_staff_get_all_documents_in_two_folders(staff, bank):
    meeting = booked(bank)
    DocumentFactory(appointment=meeting, side="advisor")
    DocumentFactory(appointment=meeting, side="customer")

    response = staff.get(address(meeting, "documents_zip"))

    data = response.getvalue()
    assert response["Content-Length"] == str(len(data))
    assert set(zipfile.ZipFile(io.BytesIO(data)).namelist()) == {
        "From the customer/payslip.pdf",
        "From the advisor/payslip.pdf",
    }


def test_a_document_of_another_appointment_is_not_found(staff, bank):
    document = DocumentFactory()
    meeting = booked(bank)
    document.appointment_id = meeting.pk

    assert staff.get(file_of(document, "document")).status_code == 404
    assert staff.post(file_of(document, "take_back")).status_code == 404


# Reading.


def test_the_history_is_readable(staff, bank, boss):
    meeting = booked(bank)
    jan = working_advisor(bank.office, bank.subject, first_name="Jan")
    AppointmentEventFactory(
        appointment=meeting,
        kind="moved",
        actor="staff",
        user=boss,
        old={
            "starts_at": "2026-05-04T08:00:00+00:00",
            "advisor": jan.pk,
            "status": "requested",
            "revision": 2,
            "link_hash": "a secret hash",
        },
        new={
            "starts_at": "2026-05-04T09:00:00+00:00",
            "advisor": bank.advisor.pk,
            "status": "confirmed",
            "revision": 3,
        },
    )

    text = staff.get(page(meeting)).content.decode()

    assert "Staff: Ada Verhoeven" in text
    assert "start: Mon 04 May 2026, 10:00 \u2192 Mon 04 May 2026, 11:00" in text
    assert "advisor: Jan Peeters \u2192 Eva Peeters" in text
    assert "status: Requested \u2192 Confirmed" in text
    assert "a secret hash" not in text


@pytest.mark.parametrize("count", [2, 30])
def test_the_page_costs_the_same_whatever_happened(
    staff, bank, boss, count, django_assert_max_num_queries
):
    meeting = booked(bank)
    DocumentFactory.create_batch(count, appointment=meeting, added_by=boss)
    for _ in range(count):
        AppointmentEventFactory(
            appointment=meeting, user=boss, new={"advisor": bank.advisor.pk}
        )
    staff.get(page(meeting))

    with django_assert_max_num_queries(12):
        staff.get(page(meeting))


@pytest.mark.parametrize("colleagues", [1, 10])
def test_the_pages_of_moving_cost_the_same_whatever_the_number(
    staff, bank, colleagues, django_assert_max_num_queries
):
    meeting = booked(bank)
    for _ in range(colleagues):
        working_advisor(bank.office, bank.subject)
    staff.get(address(meeting, "move"))

    for slug in ("move", "reassign"):
        with django_assert_max_num_queries(12):
            staff.get(address(meeting, slug))
