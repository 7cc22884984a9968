"""The page that shows the kept mails: staff only, and nothing outside the folder."""

import os
from urllib.parse import quote

import pytest

from directory.grants import Role
from scheduling import messages
from tests.factories import (
    NOW,
    AdministratorFactory,
    AppointmentFactory,
    MessageFactory,
    StaffFactory,
    UserFactory,
    staff_with,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/mails/"


@pytest.fixture(autouse=True)
def mail_dir(settings, tmp_path):
    settings.EMAIL_BACKEND = "scheduling.outbox.MailFiles"
    settings.MAIL_DIR = tmp_path / "mail"
    return settings.MAIL_DIR


@pytest.fixture
def staff(client):
    client.force_login(staff_with(Role.PLANNER))
    return client


def send_mail(*, reference="ABCDEFGH23", **fields):
    appointment = AppointmentFactory(reference=reference, **fields)
    messages.send(MessageFactory(appointment=appointment).pk, now=NOW)
    return f"{reference}-confirmed-0-customer.eml"


def test_the_list_shows_the_newest_mail_first(staff, mail_dir):
    older = send_mail(reference="AAAAAAAAAA")
    newer = send_mail(reference="BBBBBBBBBB")
    os.utime(mail_dir / older, (1, 1))

    page = staff.get(LIST)

    assert page.status_code == 200
    assert [mail.name for mail in page.context["mails"]] == [newer, older]
    mail = page.context["mails"][0]
    assert (mail.to, mail.kind, mail.reference) == (
        "max@example.com",
        "confirmed",
        "BBBBBBBBBB",
    )
    assert mail.subject.startswith("Your meeting is booked: Mortgage")
    assert "no-store" in page["Cache-Control"]


def test_the_list_turns_pages(staff, monkeypatch):
    monkeypatch.setattr("scheduling.views.mailbox.PAGE_SIZE", 1)
    send_mail(reference="AAAAAAAAAA")
    send_mail(reference="BBBBBBBBBB")

    first = staff.get(LIST)
    second = staff.get(f"{LIST}?page=2")
    beyond = staff.get(f"{LIST}?page=99999999")
    odd = staff.get(f"{LIST}?page=x")

    assert (first.context["older"], second.context["older"]) == (2, 0)
    assert first.context["mails"] != second.context["mails"]
    assert beyond.context["mails"] == []
    assert odd.context["mails"] == first.context["mails"]


def test_an_empty_mailbox_is_a_page_too(staff):
    assert staff.get(LIST).status_code == 200


def test_a_mail_shows_its_text_and_its_page_in_a_frame_without_rights(staff):
    name = send_mail(first_name="<script>alert(1)</script>")

    page = staff.get(f"{LIST}{name}/")

    html = page.content.decode()
    assert page.status_code == 200
    assert "<script>alert(1)" not in html
    assert "<iframe sandbox title=" in html
    assert "Hello &lt;script&gt;" in html
    assert page.context["opened"].text.startswith("Hello <script>")


def test_the_calendar_file_is_a_download(staff):
    name = send_mail()

    answer = staff.get(f"{LIST}{name}/meeting.ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="meeting.ics"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")


@pytest.mark.parametrize(
    "name",
    [
        "../secret.eml",
        "..",
        "%2e%2e%2fsecret.eml",
        quote("../secret.eml", safe=""),
        quote("..\\secret.eml", safe=""),
        "secret",
        "nothing.eml",
        ".hidden.part",
        "%00",
    ],
)
def test_no_name_leads_outside_the_folder(staff, mail_dir, name):
    send_mail()
    (mail_dir.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    (mail_dir / ".hidden.part").write_text("Subject: secret\n\nsecret")

    answer = staff.get(f"{LIST}{name}/")

    assert answer.status_code in {301, 302, 404}
    assert b"secret" not in answer.content.replace(b"/secret", b"")


def test_who_is_not_staff_is_sent_to_the_sign_in(client):
    name = send_mail()

    for user in (None, UserFactory()):
        if user:
            client.force_login(user)
        for address in (LIST, f"{LIST}{name}/", f"{LIST}{name}/meeting.ics"):
            answer = client.get(address)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")


def test_staff_without_the_permission_are_refused(client):
    client.force_login(StaffFactory())
    name = send_mail()

    for address in (LIST, f"{LIST}{name}/", f"{LIST}{name}/meeting.ics"):
        assert client.get(address).status_code == 403


def test_there_is_no_mailbox_where_mail_is_really_sent(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    client.force_login(AdministratorFactory())

    assert client.get(LIST).status_code == 404


def test_posts_are_refused(staff):
    assert staff.post(LIST).status_code == 405
