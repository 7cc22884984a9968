"""The demo bank as it stands on a Monday in May."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import connection

from showcase.seed.meetings import fill_diary
from showcase.seed.standing import load_bank

MONDAY = datetime(2026, 5, 4, 6, tzinfo=UTC)  # 08:00 in Brussels
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def monday() -> datetime:
    return MONDAY


@pytest.fixture
def halyard(db, monday) -> None:
    """Its standing data, without meetings."""
    load_bank(now=monday, address=ADDRESS)


@pytest.fixture(scope="module")
def diary(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The bank with its meetings, made once for a module: that takes seconds."""
    with django_db_blocker.unblock():
        load_bank(now=MONDAY, address=ADDRESS)
        fill_diary(now=MONDAY)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        tables = [
            connection.ops.quote_name(model._meta.db_table)
            for label in ("directory", "segments", "scheduling", "portal")
            for model in apps.get_app_config(label).get_models()
        ]
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    connection.close()
