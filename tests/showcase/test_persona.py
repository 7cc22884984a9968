"""The portal as Nate or Max: how the demo's visitor comes in, and changes over."""

import html
import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from directory.models import Customer, User
from portal.handover_tokens import is_signed_by, read
from portal.models import HandoverKey, UsedHandover
from showcase.handover import KEY, KEY_ID, make_token

pytestmark = pytest.mark.django_db

PERSONA = "/demo/persona/"
PAGE = "/demo/"
NUMBERS = {"nate": "HB-100201", "max": "HB-100007"}


@pytest.fixture(autouse=True)
def _bank(halyard, monday):
    with time_machine.travel(monday, tick=False):
        yield


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def signed_in(client: Client) -> str:
    """Return the user name of the client's session; empty: nobody."""
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).username if number else ""


@pytest.mark.parametrize("name", ["nate", "max"])
def test_persona_signs_in_and_opens_the_portal(client, name):
    response = client.post(PERSONA, {"persona": name})

    assert response.status_code == 303
    assert response["Location"] == reverse("portal:overview") == "/portal/"
    assert signed_in(client) == name
    assert client.get("/portal/").status_code == 200


@pytest.mark.parametrize("persona", ["eva", "admin", "Nate", "", "nate max"])
def test_nobody_else_is_a_persona(client, persona):
    response = client.post(PERSONA, {"persona": persona})

    page = text_of(response)
    assert response.status_code == 422
    assert page.count("Choose Nate Nosocks or Max Murdoch.") == 1
    assert "<title>Error: Customer portal" in page
    assert 'href="#id_persona"' in page
    assert 'id="id_persona"' in page
    assert signed_in(client) == ""
    assert not UsedHandover.objects.exists()


def test_persona_must_be_named(client):
    assert client.post(PERSONA).status_code == 422
    assert client.get(PERSONA).status_code == 405


def test_other_persona_replaces_the_session(client):
    client.post(PERSONA, {"persona": "nate"})
    old_key = client.session.session_key
    session = client.session
    session["left_behind"] = "of Nate"
    session.save()

    client.post(PERSONA, {"persona": "max"})

    assert signed_in(client) == "max"
    assert client.session.session_key != old_key
    assert "left_behind" not in client.session
    assert not Session.objects.filter(session_key=old_key).exists()


def test_refused_persona_leaves_the_session_alone(client):
    client.post(PERSONA, {"persona": "nate"})
    key = client.session.session_key

    client.post(PERSONA, {"persona": "nobody"})

    assert signed_in(client) == "nate"
    assert client.session.session_key == key


def test_token_of_the_bank_signs_in_once(client, monday, settings):
    token = make_token(NUMBERS["max"], audience=settings.BASE_URL, now=monday)

    first = client.post("/portal/handover/", {"token": token})
    again = Client().post("/portal/handover/", {"token": token})

    assert first.status_code == 303
    assert signed_in(client) == "max"
    assert again.status_code == 403
    assert UsedHandover.objects.count() == 1


def test_token_of_the_bank_ends_after_a_minute(client, monday, settings):
    token = make_token(NUMBERS["max"], audience=settings.BASE_URL, now=monday)

    with time_machine.travel(monday + timedelta(seconds=60), tick=False):
        response = client.post("/portal/handover/", {"token": token})

    assert response.status_code == 403
    assert signed_in(client) == ""


def test_token_says_what_the_portal_asks_for(monday):
    token = make_token("HB-1", audience="https://bank.example", now=monday)

    handover = read(token)

    assert handover is not None
    assert is_signed_by(handover, key=KEY)
    assert not is_signed_by(handover, key=KEY[::-1])
    assert (handover.customer, handover.kid) == ("HB-1", KEY_ID)
    assert handover.audience == "https://bank.example"
    assert handover.expires == int(monday.timestamp()) + 60
    assert len(handover.nonce) >= 16
    assert make_token("HB-1", audience="https://bank.example", now=monday) != token


def test_revoked_key_lets_nobody_in(client, monday):
    HandoverKey.objects.update(revoked_at=monday)

    response = client.post(PERSONA, {"persona": "nate"})

    assert response.status_code == 403
    assert "does not let this customer in" in text_of(response)
    assert signed_in(client) == ""


def test_persona_is_posted_with_the_forms_own_token():
    browser = Client(enforce_csrf_checks=True)

    bare = browser.post(PERSONA, {"persona": "nate"})
    token = browser.get(PAGE).cookies["csrf"].value
    proper = browser.post(PERSONA, {"persona": "nate", "csrfmiddlewaretoken": token})

    assert bare.status_code == 403
    assert proper.status_code == 303
    assert signed_in(browser) == "nate"


def test_toggle_of_the_portal_brings_its_own_token():
    browser = Client(enforce_csrf_checks=True)
    token = browser.get(PAGE).cookies["csrf"].value
    browser.post(PERSONA, {"persona": "nate", "csrfmiddlewaretoken": token})

    page = text_of(browser.get("/portal/"))
    toggle = page[page.index('<aside class="persona"') :]
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', toggle)
    response = browser.post(PERSONA, {"persona": "max", "csrfmiddlewaretoken": token})

    assert response.status_code == 303
    assert signed_in(browser) == "max"


@pytest.mark.parametrize(
    ("name", "pressed", "other"),
    [("nate", "Nate Nosocks", "Max Murdoch"), ("max", "Max Murdoch", "Nate Nosocks")],
)
def test_portal_says_as_whom_it_is_seen(client, name, pressed, other):
    client.post(PERSONA, {"persona": name})

    page = text_of(client.get("/portal/"))
    toggle = page[page.index('<aside class="persona"') :]

    assert f'value="{name}" aria-pressed="true"' in toggle
    assert toggle.count('aria-pressed="true"') == 1
    assert toggle.count('aria-pressed="false"') == 1
    assert f'{pressed} <span class="persona__state">(shown now)</span>' in toggle
    assert f"<span>{other}</span>" in toggle


def test_portal_of_no_demo_has_no_toggle_and_no_bank(client, monday, settings):
    client.force_login(User.objects.get(username="nate"))
    User.objects.update(is_demo=False)
    settings.DEMO = False

    page = text_of(client.get("/portal/"))

    assert "persona" not in page
    assert "showcase" not in page
    assert "How it works" not in page


def test_strip_explains_the_context_and_tells_no_value(client):
    nate = Customer.objects.get(user__username="nate")
    client.post(PERSONA, {"persona": "nate"})

    page = text_of(client.get("/portal/"))
    strip = page[page.index('<section class="works"') : page.index("<footer")]

    for name in ("ctx", "segment", "subject", "office", "advisor", "first_name"):
        assert f"<code>{name}</code>" in strip
    for value in (nate.first_name, nate.email, "CUSTOMER_STANDARD", "ghent"):
        assert value not in strip


def test_page_introduces_both_and_how_they_come_in(client):
    response = client.get(PAGE)

    page = text_of(response)
    assert response.status_code == 200
    assert [one.name for one in response.context["personas"]] == [
        "Nate Nosocks",
        "Max Murdoch",
    ]
    for words in (
        "Fatima El Idrissi",
        "Eva Peeters",
        "CUSTOMER_STANDARD",
        "nate / nate",
    ):
        assert words in page
    for name in ("customer", "aud", "exp", "nonce", "kid"):
        assert f"<dt><code>{name}</code></dt>" in page
    assert KEY.decode() not in page
    assert f'<a href="{PAGE}"' in text_of(client.get("/"))
    assert f'<a href="{PAGE}"' not in text_of(client.get("/business/"))


def test_page_lives_without_the_office_and_the_advisor(client):
    Customer.objects.update(preferred_office=None, preferred_advisor=None)
    client.get(PAGE)

    assert client.get(PAGE).status_code == 200


@pytest.mark.slow
def test_without_demo_the_address_does_not_exist():
    """A process of its own: addresses are made when it starts."""
    program = (
        "import django; django.setup();"
        "from django.conf import settings;"
        "from django.urls import Resolver404, resolve;"
        "assert 'showcase' not in settings.INSTALLED_APPS;"
        "resolve('/portal/');\n"
        "for path in ('/demo/persona/', '/demo/'):\n"
        "    try: resolve(path); raise SystemExit(path)\n"
        "    except Resolver404: pass"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "bank.example",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DATA_DIR": str(django_settings.DATA_DIR),
    }

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr + done.stdout
