"""Documents and history on the page of a meeting."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from scheduling.models import AppointmentEvent, Document
from tests.factories import (
    AppointmentEventFactory,
    DocumentFactory,
    working_advisor,
)
from tests.scheduling.admin_actions.desk import (
    address,
    booked,
    errors_of,
    file_of,
    page,
)

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 64


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
