"""The closing room: a customer's documents in the portal."""

import io
import uuid
import zipfile

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from scheduling.models import AppointmentEvent, Document
from scheduling.models.document import private_storage
from tests.factories import (
    NOW,
    AppointmentFactory,
    CustomerFactory,
    DocumentFactory,
    FlowFactory,
    OrganisationFactory,
    UserFactory,
)

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 64


@pytest.fixture
def meeting(db):
    """A meeting of the customer who is signed in."""
    OrganisationFactory()
    return AppointmentFactory(customer=CustomerFactory(user=UserFactory()))


@pytest.fixture
def max_client(client, meeting):
    with time_machine.travel(NOW, tick=False):
        client.force_login(meeting.customer.user)
        yield client


def address(name, meeting, *more):
    return reverse(f"portal:{name}", args=[meeting.reference, *more])


def pdf(name="payslip.pdf", data=PDF):
    return SimpleUploadedFile(name, data, content_type="text/html")


def upload(client, meeting, *files):
    return client.post(address("documents", meeting), {"documents": files})


def files_on_disk():
    storage = private_storage()
    return set(storage.listdir("")[1]) if storage.exists("") else set()


# Looking and fetching.


def test_the_page_lists_both_sides_and_the_zips_true_size(max_client, meeting):
    mine = DocumentFactory(appointment=meeting, name="mine.pdf")
    theirs = DocumentFactory(appointment=meeting, name="offer.pdf", side="advisor")

    response = max_client.get(address("documents", meeting))

    papers = response.context["papers"]
    assert [(row.name, row.size, row.kind) for row in papers.own] == [
        ("mine.pdf", "12 bytes", "PDF")
    ]
    assert [(row.name, row.by, row.date) for row in papers.shared] == [
        ("offer.pdf", "Eva Peeters", "29 April 2026")
    ]
    assert papers.own[0].url == address("document", meeting, mine.pk)
    assert papers.own[0].remove_url == address("remove-document", meeting, mine.pk)
    assert papers.shared[0].url == address("document", meeting, theirs.pk)
    assert papers.shared[0].remove_url == ""
    zipped = max_client.get(address("documents-zip", meeting))
    assert zipped["Content-Length"] == str(len(zipped.getvalue()))
    assert papers.archive_size == f"{zipped['Content-Length']} bytes"


@pytest.mark.parametrize("count", [3, 30])
def test_the_page_costs_the_same_whatever_the_number(
    max_client, meeting, count, django_assert_max_num_queries
):
    DocumentFactory.create_batch(count, appointment=meeting, side="advisor")
    max_client.get(address("documents", meeting))  # notes the time of the sign-in

    with django_assert_max_num_queries(9):
        response = max_client.get(address("documents", meeting))

    assert response.context["papers"].count == count


def test_a_document_is_saved_and_never_shown(max_client, meeting):
    document = DocumentFactory(
        appointment=meeting, name="Zo\u00eb \u201ceerste\u201d.pdf", side="advisor"
    )

    response = max_client.get(address("document", meeting, document.pk))

    assert response.getvalue() == b"%PDF-1.7\n%%E"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == "12"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''Zo%C3%AB%20%E2%80%9Ceerste%E2%80%9D.pdf"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "no-store"


def test_the_zip_has_two_folders_and_the_same_bytes(max_client, meeting):
    DocumentFactory(appointment=meeting, name="a.pdf")
    DocumentFactory(appointment=meeting, name="a.pdf", side="advisor")
    DocumentFactory(appointment=meeting, name="A.pdf", side="advisor")

    response = max_client.get(address("documents-zip", meeting))

    data = response.getvalue()
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Length"] == str(len(data))
    assert response["Content-Disposition"] == (
        f'attachment; filename="documents-{meeting.reference}.zip"'
    )
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.namelist() == [
            "From you/a.pdf",
            "From your advisor/a.pdf",
            "From your advisor/A (2).pdf",
        ]
        assert {opened.read(name) for name in opened.namelist()} == {b"%PDF-1.7\n%%E"}


def test_a_missing_file_is_told_and_leaves_the_rest_alone(max_client, meeting):
    gone = DocumentFactory(appointment=meeting, name="gone.pdf")
    DocumentFactory(appointment=meeting, name="here.pdf")
    private_storage().delete(gone.file.name)

    page = max_client.get(address("documents", meeting))
    zipped = max_client.get(address("documents-zip", meeting)).getvalue()

    assert [row.url != "" for row in page.context["papers"].own] == [False, True]
    assert "This file is missing" in page.content.decode()
    assert zipfile.ZipFile(io.BytesIO(zipped)).namelist() == ["From you/here.pdf"]
    assert max_client.get(address("document", meeting, gone.pk)).status_code == 404


def test_without_documents_there_is_no_zip(max_client, meeting):
    page = max_client.get(address("documents", meeting))

    assert page.context["papers"].archive_url == ""
    assert "Download all" not in page.content.decode()
    assert max_client.get(address("documents-zip", meeting)).status_code == 404


def test_head_answers_without_changing_anything(max_client, meeting):
    document = DocumentFactory(appointment=meeting)

    answers = [
        max_client.head(one)
        for one in (
            address("documents", meeting),
            address("documents-zip", meeting),
            address("document", meeting, document.pk),
            address("remove-document", meeting, document.pk),
        )
    ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert Document.objects.get() == document
    assert not AppointmentEvent.objects.exists()
    for answer in answers:
        answer.close()


# Whose it is.


def test_nobody_reaches_anothers_documents(max_client, meeting):
    other = AppointmentFactory(advisor=meeting.advisor, busy=False)
    theirs = DocumentFactory(appointment=other)
    mine = DocumentFactory(appointment=meeting)
    of_a_flow = DocumentFactory(flow=FlowFactory(), appointment=None)
    shared = DocumentFactory(appointment=meeting, side="advisor")

    refused = [
        max_client.get(address("documents", other)),
        upload(max_client, other, pdf()),
        max_client.get(address("documents-zip", other)),
        max_client.get(address("document", other, theirs.pk)),
        max_client.get(address("document", meeting, theirs.pk)),
        max_client.get(address("document", other, mine.pk)),
        max_client.get(address("document", meeting, of_a_flow.pk)),
        max_client.get(address("document", meeting, uuid.uuid4())),
        max_client.post(address("remove-document", other, theirs.pk)),
        max_client.post(address("remove-document", meeting, theirs.pk)),
        max_client.post(address("remove-document", meeting, of_a_flow.pk)),
        max_client.post(address("remove-document", meeting, shared.pk)),
    ]

    assert [answer.status_code for answer in refused] == [404] * len(refused)
    assert Document.objects.count() == 4
    assert not AppointmentEvent.objects.exists()


@pytest.mark.parametrize("name", ["documents", "documents-zip"])
def test_without_a_sign_in_nothing_is_shown(client, meeting, name):
    response = client.get(address(name, meeting))

    assert response.status_code == 302
    assert response["Location"].endswith(f"?next={address(name, meeting)}")


def test_an_upload_needs_the_token(meeting, client):
    client.handler.enforce_csrf_checks = True
    client.force_login(meeting.customer.user)

    assert upload(client, meeting, pdf()).status_code == 403
    assert not Document.objects.exists()


# Adding.


def test_several_files_are_added_at_once(max_client, meeting):
    response = upload(max_client, meeting, pdf("a.pdf"), pdf("b.pdf"))

    assert response.status_code == 303
    assert response["Location"] == address("meeting", meeting) + "#documents"
    added = Document.objects.order_by("name")
    assert [(one.name, one.side, one.content_type) for one in added] == [
        ("a.pdf", "customer", "application/pdf"),
        ("b.pdf", "customer", "application/pdf"),
    ]
    assert {one.added_by for one in added} == {meeting.customer.user}
    assert {one.actor for one in AppointmentEvent.objects.all()} == {"customer"}


def test_each_refused_file_is_named_and_the_others_are_kept(max_client, meeting):
    before = files_on_disk()

    response = upload(
        max_client,
        meeting,
        pdf("good.pdf"),
        pdf("virus.pdf.exe", EXE),
        pdf("empty.pdf", b""),
        pdf("fake.pdf", EXE),
        pdf("large.pdf", PDF + b" " * 11_000_000),
    )

    assert response.status_code == 422
    errors = response.context["papers"].form.errors["documents"]
    assert errors == [
        "virus.pdf.exe: Please choose a PDF, a picture (PNG, JPEG, WebP, HEIC), a DOCX, "
        "XLSX or ODT document, or a plain text.",
        "empty.pdf: The file is empty. Please choose another one.",
        "fake.pdf: The file is not what its name says. Please save it again and retry.",
        "large.pdf: The file is larger than 10 MB. Please choose another.",
    ]
    page = response.content.decode()
    assert "We kept: good.pdf." in page
    assert "<title>Error: " in page
    assert [one.name for one in Document.objects.all()] == ["good.pdf"]
    assert len(files_on_disk() - before) == 1


def test_no_file_is_refused_with_a_sentence(max_client, meeting):
    response = max_client.post(address("documents", meeting))

    assert response.status_code == 422
    assert response.context["form"].errors == {"documents": ["Choose a file."]}
    assert not Document.objects.exists()


def test_thirty_files_at_once_are_refused_together(max_client, meeting):
    response = upload(max_client, meeting, *(pdf(f"{n}.pdf") for n in range(30)))

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "documents": ["Choose at most 20 files at once."]
    }
    assert not Document.objects.exists()


def test_files_beyond_the_room_are_refused_each(max_client, meeting):
    DocumentFactory.create_batch(19, appointment=meeting)

    response = upload(max_client, meeting, pdf("20.pdf"), pdf("21.pdf"))

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "documents": ["21.pdf: There are 20 files already. Remove one first."]
    }
    assert Document.objects.count() == 20


def test_hundreds_of_files_and_huge_bodies_are_refused_unread(
    max_client, meeting, settings
):
    many = upload(max_client, meeting, *(pdf(f"{n}.pdf") for n in range(101)))
    settings.REQUEST_MAX_BYTES = 1000
    huge = upload(max_client, meeting, pdf(data=PDF * 20))

    assert many.status_code == 400
    assert "at most 20 files at once" in many.content.decode()
    assert huge.status_code == 413
    assert "A file may have 10 MB" in huge.content.decode()
    assert not Document.objects.exists()


def test_a_cancelled_meeting_shows_its_documents_and_takes_no_more(max_client, meeting):
    meeting.status = "cancelled"
    meeting.save()
    DocumentFactory(appointment=meeting)

    page = max_client.get(address("documents", meeting))
    refused = upload(max_client, meeting, pdf())

    assert page.context["papers"].upload_url == ""
    assert len(page.context["papers"].own) == 1
    assert refused.status_code == 422
    assert Document.objects.count() == 1


# Removing.


def test_removing_asks_first(max_client, meeting):
    document = DocumentFactory(appointment=meeting)

    response = max_client.get(address("remove-document", meeting, document.pk))

    assert "payslip.pdf" in response.content.decode()
    assert Document.objects.get() == document


def test_a_customer_removes_a_file(
    max_client, meeting, django_capture_on_commit_callbacks
):
    document = DocumentFactory(appointment=meeting)

    with django_capture_on_commit_callbacks(execute=True):
        response = max_client.post(address("remove-document", meeting, document.pk))

    assert response.status_code == 303
    assert not Document.objects.exists()
    assert document.file.name not in files_on_disk()
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.user) == ("document_removed", meeting.customer.user)
