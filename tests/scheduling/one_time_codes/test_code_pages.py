"""The pages behind the manage link that a code opens."""

import re
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.queries import catalogue
from scheduling import housekeeping
from scheduling.errors import CodeRefused
from scheduling.models import AccessCode, Appointment, Document
from scheduling.tokens import manage_token
from tests.factories import (
    NINE,
    NOW,
    DocumentFactory,
)
from tests.scheduling.meetings import booked
from tests.scheduling.one_time_codes.codes import (
    HOUR,
    MINUTE,
    TICK,
    ask,
    wrong,
)

PDF = b"%PDF-1.7\n%%E"


def link(appointment, rest="") -> str:
    token = manage_token(appointment.reference, appointment.link_version)
    return f"/m/{token}/documents/{rest}"


def test_asking_by_the_page_leads_to_the_field_for_the_code(appointment, client):
    shown = client.get(link(appointment))
    asked = client.post(link(appointment))
    entered = client.get(asked["Location"])

    assert "Mail me a code" in shown.content.decode()
    assert 'name="code"' not in shown.content.decode()
    assert (asked.status_code, asked["Location"]) == (303, f"{link(appointment)}?sent")
    assert 'name="code"' in entered.content.decode()
    assert AccessCode.objects.count() == 1


def test_the_answer_does_not_tell_whether_a_mail_can_be_sent(appointment, client):
    def answers():
        asked = client.post(link(appointment))
        entered = client.get(asked["Location"])
        return asked.status_code, asked["Location"], entered.content

    with_address = answers()
    Appointment.objects.update(email="")

    assert answers() == with_address


def test_the_page_names_no_address(appointment, client):
    assert (
        "max@example.com"
        not in client.get(f"{link(appointment)}?sent").content.decode()
    )


def test_too_many_codes_are_told_when_to_try_again(appointment, client):
    for _ in range(3):
        client.post(link(appointment))

    refused = client.post(link(appointment))

    assert refused.status_code == 429
    assert refused["Retry-After"] == "3600"
    assert AccessCode.objects.count() == 3


@pytest.mark.parametrize(
    "spelled", ["{}", " {} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}"]
)
def test_the_right_code_leads_to_the_documents(appointment, client, spelled):
    code = ask(appointment)

    opened = client.post(link(appointment), {"code": spelled.format(code)})

    assert opened.status_code == 303
    assert re.fullmatch(
        re.escape(link(appointment)) + r"[\w-]{22}/", opened["Location"]
    )
    assert client.get(opened["Location"]).status_code == 200
    assert not client.cookies


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\0" * 6]
)
def test_what_is_no_code_is_refused_without_a_try(appointment, client, typed):
    ask(appointment)

    refused = client.post(link(appointment), {"code": typed})

    assert refused.status_code == 422
    assert "<title>Error: " in refused.content.decode()
    assert AccessCode.objects.get().tries == 0


def test_a_wrong_code_is_a_sentence_beside_the_field(appointment, client):
    code = ask(appointment)

    refused = client.post(link(appointment), {"code": wrong(code)})

    text = refused.content.decode()
    assert refused.status_code == 422
    assert str(CodeRefused.sentence) in text
    assert f'value="{wrong(code)}"' in text
    assert not AccessCode.objects.get().grant_hash


def test_a_meeting_without_any_code_answers_like_one_with_a_wrong_code(
    appointment, client
):
    refused = client.post(link(appointment), {"code": "123456"})

    assert refused.status_code == 422
    assert str(CodeRefused.sentence) in refused.content.decode()


@pytest.fixture
def opened(appointment, client) -> str:
    """The address of the documents, open."""
    return client.post(link(appointment), {"code": ask(appointment)})["Location"]


def test_the_documents_of_both_sides_are_listed(appointment, client, opened):
    DocumentFactory(appointment=appointment, name="payslip.pdf")
    DocumentFactory(appointment=appointment, side="advisor", name="offer.pdf")
    DocumentFactory(name="of somebody else.pdf")

    page = client.get(opened)
    papers = page.context["papers"]

    assert [row.name for row in papers.own] == ["payslip.pdf"]
    assert [row.name for row in papers.shared] == ["offer.pdf"]
    assert "of somebody else" not in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in page["Cache-Control"]


def test_a_document_is_a_download(appointment, client, opened):
    document = DocumentFactory(appointment=appointment)

    got = client.get(f"{opened}{document.pk}/")

    assert b"".join(got.streaming_content) == PDF
    assert got["Content-Disposition"] == 'attachment; filename="payslip.pdf"'
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Cache-Control"] == "no-store"


def test_a_document_of_another_meeting_is_404(appointment, client, opened):
    other = DocumentFactory()

    assert client.get(f"{opened}{other.pk}/").status_code == 404


def test_all_documents_are_one_zip(appointment, client, opened):
    DocumentFactory(appointment=appointment)
    DocumentFactory(appointment=appointment, side="advisor", name="offer.pdf")

    got = client.get(f"{opened}documents.zip")

    names = ZipFile(BytesIO(b"".join(got.streaming_content))).namelist()
    assert sorted(names) == ["From you/payslip.pdf", "From your advisor/offer.pdf"]


def test_a_document_can_be_added(appointment, client, opened):
    upload = SimpleUploadedFile("id.pdf", PDF, "application/pdf")

    added = client.post(opened, {"documents": [upload]})
    page = client.get(added["Location"])

    document = Document.objects.get()
    assert added.status_code == 303
    assert (document.name, document.side) == ("id.pdf", "customer")
    assert document.appointment == appointment
    assert "Your documents are added." in page.content.decode()


def test_a_refused_upload_is_a_sentence(appointment, client, opened):
    upload = SimpleUploadedFile("run.exe", b"MZ", "application/octet-stream")

    refused = client.post(opened, {"documents": [upload]})

    assert refused.status_code == 422
    assert "run.exe" in refused.content.decode()
    assert "<title>Error: " in refused.content.decode()
    assert not Document.objects.exists()


@pytest.mark.parametrize("rest", ["", "documents.zip", "document"])
def test_the_documents_shut_after_half_an_hour(appointment, client, opened, rest):
    document = DocumentFactory(appointment=appointment)
    address = opened + (f"{document.pk}/" if rest == "document" else rest)

    with time_machine.travel(NOW + 30 * MINUTE - TICK, tick=False):
        response = client.get(address)
        assert (response.status_code, bool(b"".join(response))) == (200, True)
    with time_machine.travel(NOW + 30 * MINUTE, tick=False):
        over = client.get(address)
        posted = client.post(address)

    assert over.status_code == 410
    assert posted.status_code == (405 if rest else 422)  # downloads are only looked at
    assert "The documents are closed again." in over.content.decode()
    assert Document.objects.count() == 1


@pytest.mark.parametrize("rest", ["", "documents.zip", "document"])
def test_a_grant_that_nobody_has_got_is_404(appointment, client, rest):
    document = DocumentFactory(appointment=appointment)
    rest = f"{document.pk}/" if rest == "document" else rest

    for grant in ("A" * 22, "x"):
        got = client.get(link(appointment, f"{grant}/{rest}"))
        assert got.status_code == 404
        assert "payslip" not in got.content.decode()


def test_a_grant_opens_its_own_meeting_only(bank, client, opened):
    other = booked(bank, start=NINE + HOUR)
    grant = opened.split("/")[-2]

    assert client.get(link(other, f"{grant}/")).status_code == 404


def test_another_site_cannot_ask_for_codes(appointment, client):
    refused = client.post(link(appointment), headers={"Sec-Fetch-Site": "cross-site"})

    assert refused.status_code == 403
    assert not AccessCode.objects.exists()


@pytest.mark.parametrize("documents", [0, 20])
def test_a_page_of_documents_costs_the_same_at_every_size(
    appointment, client, opened, documents
):
    for number in range(documents):
        DocumentFactory(
            appointment=appointment, side=("advisor", "customer")[number % 2]
        )
    catalogue()

    with CaptureQueriesContext(connection) as queries:
        client.get(opened)

    assert len(queries) == 4, [query["sql"][:200] for query in queries]


def test_old_codes_are_deleted(appointment):
    ask(appointment, now=NOW - timedelta(days=1, seconds=1))
    ask(appointment)

    report = housekeeping.purge(now=NOW)

    assert report["access_codes"] == 1
    assert AccessCode.objects.count() == 1
