"""One-time codes: who reads the customer's mail may see a meeting's documents."""

import email
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import policy
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.queries import catalogue
from scheduling import housekeeping, unlocking
from scheduling.errors import CodeRefused, LimitReached
from scheduling.models import AccessCode, Appointment, Document
from scheduling.services.codes import find_grant, request_code, use_code
from scheduling.services.editing import Edits, edit_appointment, renew_link
from scheduling.tokens import hash_code, hash_token, manage_token, one_time_code
from tests.demo import empty_queue
from tests.factories import (
    NINE,
    NOW,
    AccessCodeFactory,
    AppointmentFactory,
    DocumentFactory,
    UserFactory,
    make_bank,
)
from tests.scheduling.meetings import booked
from tests.worker import run_worker

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(microseconds=1)
PDF = b"%PDF-1.7\n%%E"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    empty_queue()
    return make_bank()


@pytest.fixture
def appointment(bank) -> Appointment:
    return booked(bank)


def link(appointment, rest="") -> str:
    token = manage_token(appointment.reference, appointment.link_version)
    return f"/m/{token}/documents/{rest}"


def code_of(row: AccessCode) -> str:
    return one_time_code(row.pk, row.created_at)


def ask(appointment, *, now=NOW) -> str:
    """Ask for a code; return what the mail says."""
    request_code(appointment, now=now)
    return code_of(AccessCode.objects.latest("pk"))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


# Asking


def test_a_code_is_six_digits_of_which_the_database_keeps_a_hash(appointment):
    code = ask(appointment)

    row = AccessCode.objects.get()
    assert re.fullmatch(r"\d{6}", code)
    assert row.code_hash == hash_code(row.pk, code)
    assert code not in row.code_hash
    assert (row.expires_at, row.tries, row.used_at) == (NOW + 15 * MINUTE, 0, None)
    job = ProcrastinateJob.objects.get(task_name="scheduling.send_access_code")
    assert job.args == {"code_id": row.pk}


def test_three_codes_an_hour_are_enough(appointment):
    for minutes in (0, 10, 20):
        ask(appointment, now=NOW + minutes * MINUTE)

    with pytest.raises(LimitReached) as refused:
        request_code(appointment, now=NOW + 30 * MINUTE)

    assert refused.value.retry_after == 30 * MINUTE
    assert AccessCode.objects.count() == 3
    sent = ProcrastinateJob.objects.filter(task_name="scheduling.send_access_code")
    assert sent.count() == 3
    ask(appointment, now=NOW + HOUR)


def test_codes_of_another_meeting_do_not_count(appointment):
    for _ in range(3):
        AccessCodeFactory()

    ask(appointment)


# Using


def test_the_right_code_opens_for_half_an_hour(appointment):
    code = ask(appointment)

    grant = use_code(appointment, typed=code, now=NOW + MINUTE)

    row = AccessCode.objects.get()
    assert re.fullmatch(r"[\w-]{22}", grant)
    assert row.used_at == NOW + MINUTE
    assert row.grant_hash == hash_token(grant)
    assert row.grant_expires_at == NOW + 31 * MINUTE
    assert find_grant(appointment, grant) == row


def test_a_wrong_code_is_refused_and_counted(appointment):
    code = ask(appointment)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=wrong(code), now=NOW)

    row = AccessCode.objects.get()
    assert (row.tries, row.used_at, row.grant_hash) == (1, None, None)
    use_code(appointment, typed=code, now=NOW)


def test_after_five_tries_the_right_code_is_refused_too(appointment):
    code = ask(appointment)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            use_code(appointment, typed=wrong(code), now=NOW)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW)

    assert AccessCode.objects.get().tries == 5
    assert AccessCode.objects.get().grant_hash is None


def test_the_fifth_try_may_be_the_right_one(appointment):
    code = ask(appointment)
    for _ in range(4):
        with pytest.raises(CodeRefused):
            use_code(appointment, typed=wrong(code), now=NOW)

    assert use_code(appointment, typed=code, now=NOW)


@pytest.mark.parametrize(
    ("after", "is_good"), [(15 * MINUTE - TICK, True), (15 * MINUTE, False)]
)
def test_a_code_works_for_fifteen_minutes(appointment, after, is_good):
    code = ask(appointment)

    if is_good:
        use_code(appointment, typed=code, now=NOW + after)
        return
    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW + after)
    assert AccessCode.objects.get().grant_hash is None


def test_a_code_works_once(appointment):
    code = ask(appointment)
    use_code(appointment, typed=code, now=NOW)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW)


def test_a_new_code_ends_the_earlier_one(appointment):
    first, second = ask(appointment), ask(appointment)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=first, now=NOW)

    assert use_code(appointment, typed=second, now=NOW)


def test_the_code_of_another_meeting_opens_nothing(appointment):
    other = AppointmentFactory()
    code = ask(other)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW)


def test_a_replaced_link_ends_codes_and_grants(appointment):
    code = ask(appointment)
    grant = use_code(appointment, typed=code, now=NOW)
    unused = ask(appointment)

    renewed = renew_link(appointment, actor="staff", now=NOW)

    assert find_grant(renewed, grant) is None
    with pytest.raises(CodeRefused):
        use_code(renewed, typed=unused, now=NOW)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_have_five_tries_together(appointment):
    code = ask(appointment)

    def guess(number: int) -> bool:
        # The right one comes first, wrong ones race with it: at most five are compared.
        try:
            return bool(use_code(appointment, typed=wrong(code), now=NOW))
        except CodeRefused:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(guess, range(40)))

    assert AccessCode.objects.get().tries == 5
    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_used_eight_times_at_once_opens_once(appointment):
    code = ask(appointment)

    def use(_number: int) -> str:
        try:
            return use_code(appointment, typed=code, now=NOW)
        except CodeRefused:
            return ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        grants = [grant for grant in pool.map(use, range(8)) if grant]

    assert len(grants) == 1
    assert AccessCode.objects.get().grant_hash == hash_token(grants[0])


# The mail


def test_the_mail_has_the_code_and_nothing_that_anybody_wrote(appointment):
    Appointment.objects.update(first_name="Buy gold", remarks="http://evil.example")
    code = ask(appointment)

    unlocking.send_access_code(AccessCode.objects.get().pk, now=NOW)

    sent = mail.outbox[0]
    assert sent.to == ["max@example.com"]
    assert sent.extra_headers["X-Parlour-Kind"] == "code"
    assert code in sent.body
    assert code not in sent.subject
    assert "evil" not in sent.body
    assert "gold" not in sent.body


def test_the_mail_is_in_the_customers_language(appointment):
    Appointment.objects.update(language="nl")
    ask(appointment)

    unlocking.send_access_code(AccessCode.objects.get().pk, now=NOW)

    assert mail.outbox[0].extra_headers["Content-Language"] == "nl"
    assert mail.outbox[0].subject == "Uw code voor de documenten van uw afspraak"


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_the_code_that_opens_the_documents(
    appointment, settings, tmp_path
):
    settings.EMAIL_BACKEND = "scheduling.outbox.MailFiles"
    settings.MAIL_DIR = tmp_path
    empty_queue()
    request_code(appointment, now=NOW)

    run_worker()

    (file,) = tmp_path.glob("code-*.eml")
    read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    code = re.search(r"^(\d{6})\s*$", read.get_content(), re.MULTILINE)[1]
    assert read["X-Parlour-Kind"] == "code"
    assert use_code(appointment, typed=code, now=NOW)


@pytest.mark.parametrize("reason", ["expired", "used", "replaced"])
def test_a_code_that_no_longer_works_is_not_sent(appointment, reason):
    code = ask(appointment)
    row = AccessCode.objects.get()
    if reason == "used":
        use_code(appointment, typed=code, now=NOW)
    if reason == "replaced":
        ask(appointment)

    later = 15 * MINUTE if reason == "expired" else MINUTE
    unlocking.send_access_code(row.pk, now=NOW + later)

    assert mail.outbox == []


def give_address(appointment, address, **by):
    return edit_appointment(
        appointment, edits=Edits(email=address), actor="customer", now=NOW, **by
    )


def test_an_address_that_came_by_the_link_gets_no_code(appointment):
    edited = give_address(appointment, "thief@example.com")
    edited = give_address(edited, "thief2@example.com")
    ask(edited)

    unlocking.send_access_code(AccessCode.objects.get().pk, now=NOW)

    assert mail.outbox[0].to == ["max@example.com"]


def test_an_address_from_the_signed_in_customer_gets_the_code(appointment):
    edited = give_address(appointment, "thief@example.com")
    edited = give_address(edited, "new@example.com", user=UserFactory())
    edited = give_address(edited, "thief@example.com")

    assert unlocking.trusted_address(edited) == "new@example.com"


def test_an_address_from_staff_gets_the_code(appointment):
    edited = edit_appointment(
        appointment, edits=Edits(email="new@example.com"), actor="staff", now=NOW
    )

    assert unlocking.trusted_address(edited) == "new@example.com"


def test_without_an_address_nothing_is_sent(appointment):
    Appointment.objects.update(email="")
    ask(appointment)

    unlocking.send_access_code(AccessCode.objects.get().pk, now=NOW)

    assert mail.outbox == []


# The pages


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
