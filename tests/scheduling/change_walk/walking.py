"""A walk that changes a meeting: its addresses and pages."""

from datetime import timedelta

from scheduling.models import Flow
from scheduling.tokens import manage_token
from tests.factories import NINE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEN = NINE + HOUR


def text(start):
    return f"{start:%Y-%m-%dT%H:%M:%SZ}"


def link(appointment):
    return f"/m/{manage_token(appointment.reference, appointment.link_version)}/"


def start(client, appointment, **fields) -> Flow:
    """Post the button of the manage page; return the walk that it starts."""
    response = client.post(f"{link(appointment)}change/", fields)
    assert response.status_code == 303
    return Flow.objects.get(pk=response["Location"].split("/")[2])


def step(flow, name):
    return f"/schedule/{flow.pk}/{name}/"


def page(client, flow, name) -> str:
    response = client.get(step(flow, name))
    assert response.status_code == 200, response
    return response.content.decode()


def body(response) -> str:
    return " ".join(response.content.decode().split())


def switch(client, appointment, **place):
    flow = start(client, appointment, step="place")
    client.post(step(flow, "place"), place)
    return flow
