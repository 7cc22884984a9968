"""What staff may not do, or not any more: a sentence, and nothing written."""

import re

import pytest
from django.contrib.auth.models import Permission

from directory.models import Office
from scheduling.admin.actions import ACTIONS
from scheduling.models import Document
from tests.factories import (
    NOW,
    DocumentFactory,
    StaffFactory,
    working_advisor,
)
from tests.scheduling.admin_actions.desk import (
    address,
    booked,
    errors_of,
    file_of,
    nothing_written,
    page,
    post,
    where,
)

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
