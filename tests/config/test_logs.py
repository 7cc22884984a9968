"""What the logs say of a request, and what they must never say."""

import json
import logging

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import RequestFactory

from config.logs import AccessFile, NameInsteadOfMessage, PlacesOnly, RequestLog

pytestmark = pytest.mark.django_db

SECRETS = ("AAAAAAAAAAAAAAAAAAAAAA", "zoe@example.com", "4711")


@pytest.fixture
def access_log(tmp_path):
    """The access log of one test."""
    path = tmp_path / "log" / "access.log"
    handler = AccessFile(path, delay=True)
    logger = logging.getLogger("django_structlog.middlewares.request")
    logger.addHandler(handler)
    yield path
    logger.removeHandler(handler)
    handler.close()


def test_access_log_names_route_status_and_time_only(client, access_log):
    client.get(f"/m/{SECRETS[0]}/?email={SECRETS[1]}&customer={SECRETS[2]}")

    (line,) = access_log.read_text().splitlines()
    event = json.loads(line)
    assert event.keys() == {"at", "method", "route", "status", "milliseconds"}
    assert event["method"] == "GET"
    assert event["status"] == 404
    assert not any(secret in line for secret in SECRETS)


def test_access_log_shows_the_pattern_of_the_address(client, access_log):
    client.get("/healthz?email=zoe@example.com")

    event = json.loads(access_log.read_text())
    assert event["route"] == "/healthz"
    assert event["status"] == 200
    assert event["milliseconds"] >= 0


def test_unknown_address_is_not_written_down(client, access_log):
    client.get("/zoe@example.com/")

    assert json.loads(access_log.read_text())["route"] == "(no such address)"


def test_failing_request_is_logged_without_its_error(access_log):
    def broken(_request):
        raise IntegrityError("Key (email)=(zoe@example.com) already exists.")

    middleware = RequestLog(broken)
    request = RequestFactory().get("/m/AAAAAAAAAAAAAAAAAAAAAA/")
    middleware.prepare(request)
    try:
        broken(request)
    except IntegrityError as error:
        middleware._process_exception(request, error)

    line = access_log.read_text()
    assert json.loads(line)["status"] == 500
    assert not any(secret in line for secret in SECRETS)


def test_messages_of_django_lose_their_path():
    record = logging.makeLogRecord(
        {"msg": "Not Found: %s", "args": ("/m/4711/",), "status_code": 404}
    )

    NameInsteadOfMessage().filter(record)

    assert record.getMessage() == "Answered 404"


def fail() -> None:
    """Raise an error with a cause; both hold personal data."""
    try:
        int("zoe@example.com")
    except ValueError as error:
        raise LookupError("4711") from error


def test_traceback_names_places_but_no_values():
    with pytest.raises(LookupError) as caught:
        fail()

    text = PlacesOnly().formatException((caught.type, caught.value, caught.tb))

    assert "builtins.LookupError" in text
    assert text.endswith("builtins.ValueError")
    assert "test_logs.py" in text
    assert "invalid literal" not in text


@pytest.mark.parametrize("name", ["django.request", "django.security"])
def test_loggers_that_carry_paths_are_filtered(name):
    handlers = settings.LOGGING["loggers"][name]["handlers"]

    assert handlers == ["unnamed"]
    assert settings.LOGGING["handlers"]["unnamed"]["filters"] == ["unnamed"]
