import re
from datetime import timedelta
from email import message_from_string, policy

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.models import User
from portal import password_mails
from portal.next_page import own_page
from tests.factories import NOW, CustomerFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

RIGHT = "secret"
SIGN_IN = "/portal/sign-in/"
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')


@pytest.fixture(autouse=True)
def at_now(settings):
    settings.BASE_URL = "http://testserver"
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def max_murdoch():
    user = UserFactory(username="max", email="max@example.com")
    return CustomerFactory(user=user, language="fr")


def sign_in(client, username="max", password=RIGHT, **fields):
    return client.post(SIGN_IN, {"username": username, "password": password, **fields})


def without_csrf(content):
    return TOKEN.sub(b"", content)


# Signing in.


def test_portal_asks_for_a_sign_in_and_goes_on_afterwards(client, max_murdoch):
    asked = client.get("/portal/meetings/?page=2")

    assert asked["Location"] == f"{SIGN_IN}?next=/portal/meetings/%3Fpage%3D2"
    page = client.get(asked["Location"])
    assert page.status_code == 200
    assert page.context["next"] == "/portal/meetings/?page=2"

    answer = sign_in(client, next="/portal/meetings/?page=2")

    assert (answer.status_code, answer["Location"]) == (303, "/portal/meetings/?page=2")
    assert client.session[SESSION_KEY] == str(max_murdoch.user_id)


def test_sign_in_leads_to_the_overview(client, max_murdoch):
    assert sign_in(client)["Location"] == "/portal/"


def test_staff_who_sign_in_here_are_led_to_the_back_office(client):
    StaffFactory(username="eva")

    assert sign_in(client, "eva")["Location"] == "/admin/"
    assert client.get(SIGN_IN, {"next": "/portal/"})["Location"] == "/admin/"


def test_staff_who_are_customers_too_see_their_portal(client):
    CustomerFactory(user=StaffFactory(username="eva"))

    assert sign_in(client, "eva")["Location"] == "/portal/"


def test_whoever_is_signed_in_goes_on_at_once(client, max_murdoch):
    sign_in(client)

    answer = client.get(SIGN_IN, {"next": "/portal/meetings/"})

    assert (answer.status_code, answer["Location"]) == (302, "/portal/meetings/")


def test_wrong_password_keeps_the_name_and_says_what_to_do(client, max_murdoch):
    answer = sign_in(client, password="wrong", next="/portal/meetings/")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: Sign in - " in page
    assert "This user name and password do not belong together." in page
    assert 'value="max"' in page
    assert "wrong" not in page
    assert answer.context["next"] == "/portal/meetings/"
    assert "no-store" in answer["Cache-Control"]
    assert SESSION_KEY not in client.session


def test_empty_form_names_both_fields(client):
    answer = sign_in(client, "", "")

    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "username": ["Enter your user name."],
        "password": ["Enter your password."],
    }


def test_known_and_unknown_names_get_the_same_answer(max_murdoch):
    UserFactory(username="off", is_active=False)
    known = sign_in(Client(), "max", "wrong")
    answers = [sign_in(Client(), name, "wrong") for name in ("nob", "off")]

    expected = without_csrf(known.content).replace(b'"max"', b'"nob"')
    assert [answer.status_code for answer in answers] == [422, 422]
    assert without_csrf(answers[0].content) == expected
    assert without_csrf(answers[1].content) == expected.replace(b'"nob"', b'"off"')


def test_unknown_names_cost_a_password_check_too(client, max_murdoch, monkeypatch):
    """The time of an answer is that of the check: it must happen for everybody."""
    hashed = []
    password = UserFactory._meta.model.set_password
    monkeypatch.setattr(
        User,
        "set_password",
        lambda user, raw: hashed.append(raw) or password(user, raw),
    )

    sign_in(client, "nobody", "wrong")

    assert hashed == ["wrong"]


def test_right_password_of_nobody_in_particular_is_refused(client):
    UserFactory(username="nobody")

    answer = sign_in(client, "nobody")

    assert answer.status_code == 422
    assert "There is nothing to see with this sign-in." in answer.content.decode()
    assert SESSION_KEY not in client.session


def test_demo_users_sign_in_only_in_the_demo(client, settings):
    CustomerFactory(user=UserFactory(username="nate", is_demo=True))
    settings.DEMO = False

    assert sign_in(client, "nate").status_code == 422

    settings.DEMO = True
    assert sign_in(client, "nate").status_code == 303


def test_post_without_csrf_token_signs_nobody_in(max_murdoch):
    client = Client(enforce_csrf_checks=True)

    assert sign_in(client).status_code == 403
    assert SESSION_KEY not in client.session


def test_nul_in_the_name_is_refused_politely(client):
    assert sign_in(client, "max\0").status_code == 422


TRICKS = [
    "https://evil.example/",
    "http://testserver/portal/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\\/evil.example/",
    "\\/\\/evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example/portal/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,hello",
    "vbscript:x",
    "mailto:x@evil.example",
    "ftp://evil.example/portal/",
    "\t//evil.example/",
    "\n//evil.example/",
    " //evil.example/",
    "\x00//evil.example/",
    "/\t/evil.example/",
    "/portal/\r\nSet-Cookie: a=b",
    "/portal//evil.example/",
    "//portal/",
    "/portal/..//evil.example/",
    "/portal/../admin/",
    "/portal/%2e%2e/admin/",
    "/portal/%252e%252e/admin/",
    "/portal/..%2fadmin/",
    "/portal/..%5cadmin/",
    "/portal\\..\\admin/",
    "/portal/./../admin/",
    "%2f%2fevil.example/",
    "%2Fportal/",
    "@evil.example/",
    "http://testserver@evil.example/portal/",
    "http://[::1]/portal/",
    "evil.example/portal/",
    "portal/",
    "/admin/",
    "/portalx/",
    "/Portal/",
    "/portal/。evil",
    "/portal/\u2028",
    "/portal/sign-in/",
    "/portal/sign-in/?next=/portal/",
    "/portal/sign-out/",
    "/portal/%73ign-out/",
    "/portal/handover/",
    "/portal/" + "a" * 2000,
    "",
    "?next=/portal/",
    "#/portal/",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_leads_away(client, max_murdoch, trick):
    answer = sign_in(client, next=trick)

    assert (answer.status_code, answer["Location"]) == (303, "/portal/")


@pytest.mark.parametrize(
    "path",
    [
        "/portal/",
        "/portal/meetings/ABCDEFGHJK/?page=2#top",
        "/schedule/AbC-_123/details/",
        "/schedule/?lang=fr&prefill=a%20b",
    ],
)
def test_our_own_pages_pass(path):
    assert own_page(path) == path


# The session.


def test_sign_in_changes_the_session_key(client, max_murdoch):
    client.session.save()
    planted = client.session.session_key

    sign_in(client)

    assert client.session.session_key not in {None, planted}
    assert SESSION_KEY not in Client().session
    intruder = Client()
    intruder.cookies["session"] = planted
    assert intruder.get("/portal/")["Location"].startswith(SIGN_IN)


def test_disabled_user_is_out_at_the_next_request(client, max_murdoch):
    sign_in(client)
    assert client.get("/portal/").status_code == 200
    User.objects.update(is_active=False)

    assert client.get("/portal/")["Location"] == f"{SIGN_IN}?next=/portal/"


def test_new_password_ends_other_sessions(client, max_murdoch):
    sign_in(client)
    max_murdoch.user.set_password("another")
    max_murdoch.user.save()

    assert client.get("/portal/").status_code == 302


def test_sign_out_needs_a_post(client, max_murdoch):
    sign_in(client)

    assert client.get("/portal/sign-out/").status_code == 405
    assert client.get("/portal/").status_code == 200
    answer = client.post("/portal/sign-out/")

    assert (answer.status_code, answer["Location"]) == (303, "/portal/signed-out/")
    assert "You are signed out" in client.get(answer["Location"]).content.decode()
    assert client.get("/portal/").status_code == 302


def test_sign_out_of_another_site_is_refused(max_murdoch):
    client = Client(enforce_csrf_checks=True)
    client.force_login(max_murdoch.user)

    assert client.post("/portal/sign-out/").status_code == 403
    assert client.get("/portal/").status_code == 200


def test_customer_who_was_idle_for_half_an_hour_is_out(client, max_murdoch, at_now):
    sign_in(client)
    client.get("/portal/")
    at_now.shift(timedelta(minutes=29))
    assert client.get("/portal/").status_code == 200
    at_now.shift(timedelta(minutes=30))
    assert client.get("/portal/").status_code == 200

    at_now.shift(timedelta(minutes=30, seconds=1))

    assert client.get("/portal/").status_code == 302
    assert SESSION_KEY not in client.session


def test_customer_is_out_after_twelve_hours(client, max_murdoch, at_now, settings):
    settings.SESSION_COOKIE_AGE = 14 * 60 * 60
    sign_in(client)
    client.get("/portal/")
    for _ in range(12 * 3):
        at_now.shift(timedelta(minutes=20))
        assert client.get("/portal/").status_code == 200

    at_now.shift(timedelta(seconds=1))

    assert client.get("/portal/").status_code == 302


@pytest.mark.parametrize(
    ("steps", "minutes", "is_in"),
    [(1, 119, True), (1, 121, False), (8, 60, True), (9, 60, False)],
)
def test_staff_are_out_after_two_idle_hours_and_after_eight(
    client, at_now, steps, minutes, is_in
):
    client.force_login(StaffFactory())
    client.get("/admin/")
    for _ in range(steps - 1):
        at_now.shift(timedelta(minutes=minutes))
        client.get("/admin/")
    at_now.shift(timedelta(minutes=minutes))

    assert client.get("/admin/").status_code == (200 if is_in else 302)


def test_new_sign_in_starts_a_new_time(client, max_murdoch, at_now):
    sign_in(client)
    client.get("/portal/")
    at_now.shift(timedelta(hours=1))

    sign_in(client)

    assert client.get("/portal/").status_code == 200


def test_session_is_written_once_a_minute_at_most(
    client, max_murdoch, django_assert_num_queries, at_now
):
    sign_in(client)
    client.get("/portal/")
    session = client.session["sign_in"]
    at_now.shift(timedelta(seconds=59))
    client.get("/portal/")
    assert client.session["sign_in"] == session

    at_now.shift(timedelta(seconds=1))
    client.get("/portal/")

    assert client.session["sign_in"]["seen"] == session["seen"] + 60
    assert client.session["sign_in"]["since"] == session["since"]


def test_sign_in_costs_few_queries(client, max_murdoch, django_assert_max_num_queries):
    client.get(SIGN_IN)
    with django_assert_max_num_queries(2):
        client.get(SIGN_IN)


# A new password.


def ask(client, email):
    return client.post("/portal/password-reset/", {"email": email})


def send_queued():
    for job in ProcrastinateJob.objects.order_by("id"):
        password_mails.send_password_link(**job.args)


def link_in(message):
    return re.search(r"http://testserver(\S+)", message.body)[1]


@pytest.mark.parametrize("typed", ["max@example.com", "MAX@Example.com"])
def test_forgotten_password_is_replaced_by_a_mailed_link(client, max_murdoch, typed):
    answer = ask(client, typed)
    send_queued()

    assert (answer.status_code, answer["Location"]) == (
        303,
        "/portal/password-reset/sent/",
    )
    (sent,) = mail.outbox
    assert sent.to == ["max@example.com"]
    assert sent.extra_headers["Content-Language"] == "fr"
    assert "max" in sent.body

    page = client.get(link_in(sent), follow=True)
    address = page.redirect_chain[-1][0]
    assert address.endswith("/set-password/")
    new = "ein-langes-wort"
    done = client.post(address, {"new_password1": new, "new_password2": new})

    assert done["Location"] == "/portal/password-reset/done/"
    assert sign_in(client, password="secret").status_code == 422
    assert sign_in(client, password=new).status_code == 303
    again = Client().get(link_in(sent))
    assert "This link does not work" in again.content.decode()


def test_customer_is_found_by_the_customers_address_too(client):
    CustomerFactory(user=UserFactory(email=""), email="own@example.com")

    ask(client, "own@example.com")
    send_queued()

    assert [message.to for message in mail.outbox] == [["own@example.com"]]


def test_mail_is_html_in_our_look_too(client, max_murdoch):
    ask(client, "max@example.com")
    send_queued()

    parsed = message_from_string(
        mail.outbox[0].message().as_string(), policy=policy.default
    )
    html = parsed.get_body(("html",)).get_content()
    assert link_in(mail.outbox[0]) in html
    assert '<html lang="fr">' in html


def test_unknown_address_gets_the_same_answer_and_the_same_work(
    client, max_murdoch, django_assert_num_queries
):
    client.get("/portal/password-reset/")
    ask(client, "warm@example.com")
    answers = []
    for address in ("max@example.com", "nobody@example.com"):
        with django_assert_num_queries(5):
            answers.append(ask(client, address))

    send_queued()
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "user",
    [
        {"is_active": False},
        {"is_staff": True},
        {"is_superuser": True},
        {"password": "!unusable"},
    ],
)
def test_no_link_for_who_may_not_have_one(client, user):
    made = UserFactory(email="max@example.com")
    User.objects.filter(pk=made.pk).update(**user)
    CustomerFactory(user=made)

    ask(client, "max@example.com")
    send_queued()

    assert mail.outbox == []


def test_no_link_for_staff_without_a_customer(client):
    StaffFactory(email="eva@example.com")

    ask(client, "eva@example.com")
    send_queued()

    assert mail.outbox == []


def test_look_alike_address_gets_nothing(client):
    CustomerFactory(user=UserFactory(email="mike@example.org"), email="")

    ask(client, "m\u0131ke@example.org")
    send_queued()

    assert mail.outbox == []


def test_sixth_mail_in_an_hour_is_dropped_in_silence(client, max_murdoch):
    answers = [ask(client, "max@example.com") for _ in range(6)]

    assert {answer.status_code for answer in answers} == {303}
    assert ProcrastinateJob.objects.count() == 5


def test_wrong_address_is_named(client):
    answer = ask(client, "max")

    assert answer.status_code == 422
    assert 'value="max"' in answer.content.decode()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ("", "", "new_password1"),
        ("long-enough-1", "long-enough-2", "new_password2"),
        ("12345678", "12345678", "new_password2"),
        ("short", "short", "new_password2"),
    ],
)
def test_bad_new_password_is_refused(client, max_murdoch, first, second, field):
    ask(client, "max@example.com")
    send_queued()
    address = client.get(link_in(mail.outbox[0]))["Location"]

    answer = client.post(address, {"new_password1": first, "new_password2": second})

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert sign_in(client).status_code == 303


def test_link_ends_after_an_hour_and_when_the_user_is_disabled(
    client, max_murdoch, at_now
):
    ask(client, "max@example.com")
    send_queued()
    link = link_in(mail.outbox[0])
    User.objects.update(is_active=False)
    assert client.get(link).status_code == 200
    assert "This link does not work" in client.get(link).content.decode()
    User.objects.update(is_active=True)
    assert client.get(link).status_code == 302

    at_now.shift(timedelta(hours=1, seconds=1))

    assert "This link does not work" in Client().get(link).content.decode()


@pytest.mark.parametrize("uid", ["AA", "x", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw"])
def test_made_up_link_does_not_work(client, uid):
    answer = client.get(f"/portal/password-reset/{uid}/abc-def/")

    assert answer.status_code == 200
    assert "This link does not work" in answer.content.decode()
