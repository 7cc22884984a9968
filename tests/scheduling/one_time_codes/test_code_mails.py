"""The mail with the code, and to which address it goes."""

import email
import re
from email import policy

import pytest
from django.core import mail

from scheduling import unlocking
from scheduling.models import AccessCode, Appointment
from scheduling.services.codes import request_code, use_code
from scheduling.services.editing import Edits, edit_appointment
from tests.demo import empty_queue
from tests.factories import (
    NOW,
    UserFactory,
)
from tests.scheduling.one_time_codes.codes import (
    MINUTE,
    ask,
)
from tests.worker import run_worker


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
