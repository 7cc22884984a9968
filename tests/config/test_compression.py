"""Pages travel compressed, files as they are."""

import gzip

import pytest

from scheduling.tokens import hash_token
from tests.factories import AppointmentFactory

TOKEN = "a" * 22


@pytest.mark.django_db
def test_a_page_is_compressed_for_a_browser_that_takes_it(client):
    page = client.get("/no/such/page/", headers={"Accept-Encoding": "gzip, br"})

    assert page["Content-Encoding"] == "gzip"
    assert b"<h1>Page not found</h1>" in gzip.decompress(page.content)
    assert "Accept-Encoding" in page["Vary"]


@pytest.mark.django_db
def test_a_page_stays_plain_for_others(client):
    page = client.get("/no/such/page/")

    assert "Content-Encoding" not in page


@pytest.mark.django_db
def test_a_file_keeps_its_size(client):
    appointment = AppointmentFactory(link_hash=hash_token(TOKEN))

    file = client.get(f"/m/{TOKEN}/calendar.ics", headers={"Accept-Encoding": "gzip"})

    assert file.status_code == 200
    assert "Content-Encoding" not in file
    assert appointment.reference.encode() in file.content
