"""Views of the list: those that everybody has, and those that staff keep."""

import pytest
import time_machine
from django.urls import reverse

from directory.models import SavedView
from directory.saved_views import save_view
from scheduling.admin.list_views import LIST as NAME
from tests.factories import NOW, AppointmentFactory, staff_with

LIST = reverse("admin:scheduling_appointment_changelist")
VIEWS = reverse("admin:scheduling_appointment_views")


def keep(user, name="Mine", query="status__exact=confirmed", *, shared=False):
    return save_view(user, list_name=NAME, name=name, query=query, is_shared=shared)


def delete(client, view):
    return client.post(
        reverse("admin:scheduling_appointment_view_delete", args=[view.pk])
    )


def tabs(client, **query):
    return client.get(LIST, query).context["tabs"]


@pytest.fixture
def at_the_desk(client, planner):
    with time_machine.travel(NOW, tick=False):
        client.force_login(planner)
        yield client


def test_everybody_has_views_and_the_open_one_is_marked(staff):
    found = tabs(staff, needs="outcome")

    assert [(one.name, one.is_open) for one in found] == [
        ("All", False),
        ("Today", False),
        ("The coming 7 days", False),
        ("Needs an outcome", True),
        ("Waits for an answer", False),
    ]
    assert next(one.is_open for one in tabs(staff)) is True
    for tab in found:
        assert staff.get(tab.url).status_code == 200


def test_a_filtered_list_is_kept_under_a_name(at_the_desk, planner):
    query = {"when": "next_7", "status__exact": ["requested", "confirmed"], "p": "2"}
    form = at_the_desk.get(LIST, query).context["save_form"]
    hidden = form["query"].value()
    assert hidden == ("status__exact=confirmed&status__exact=requested&when=next_7")

    answer = at_the_desk.post(VIEWS, {"name": "  My week ", "query": hidden})

    assert answer.status_code == 303
    assert answer["Location"] == f"{LIST}?{hidden}"
    view = SavedView.objects.get()
    assert (view.name, view.owner, view.is_shared) == ("My week", planner, False)
    assert (view.list_name, view.query) == ("scheduling.appointment", hidden)
    kept = tabs(at_the_desk, when="next_7", status__exact=["requested", "confirmed"])
    assert [(one.name, one.is_open) for one in kept][-1] == ("My week", True)


def test_the_same_name_again_replaces_the_view(at_the_desk, planner):
    keep(planner)

    at_the_desk.post(VIEWS, {"name": "Mine", "query": "when=today"})

    assert SavedView.objects.get().query == "when=today"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("  ", "Give the view a name."),
        ("x" * 61, "Ensure this value has at most 60 characters (it has 61)."),
    ],
)
def test_a_view_without_a_fitting_name_is_refused(at_the_desk, name, sentence):
    answer = at_the_desk.post(VIEWS, {"name": name, "query": "when=today"})

    assert answer.status_code == 422
    form = answer.context["form"]
    assert form.errors == {"name": [sentence]}
    assert (form["name"].value(), form["query"].value()) == (name, "when=today")
    assert not SavedView.objects.exists()


def test_administrators_alone_share_a_view_with_all(staff, planner, client):
    staff.post(VIEWS, {"name": "Ours", "query": "when=today", "is_shared": "on"})
    assert SavedView.objects.get().is_shared

    staff.force_login(planner)
    shown = tabs(staff)
    staff.post(VIEWS, {"name": "Theirs", "query": "when=week", "is_shared": "on"})

    assert [(one.name, one.is_shared) for one in shown][-1] == ("Ours", True)
    assert not SavedView.objects.get(name="Theirs").is_shared
    assert "is_shared" not in client.get(LIST, {"q": "x"}).context["save_form"].fields


def test_views_of_others_are_not_seen_and_not_deleted(at_the_desk, boss):
    mine, shared = keep(boss), keep(boss, "Shared", shared=True)

    assert [one.name for one in tabs(at_the_desk)][5:] == ["Shared"]
    rows = at_the_desk.get(VIEWS).context["rows"]
    assert [(view.name, own, deletes) for view, _, own, deletes in rows] == [
        ("Shared", False, False)
    ]
    for view in (mine, shared):
        assert delete(at_the_desk, view).status_code == 404
    assert SavedView.objects.count() == 2


def test_own_views_are_deleted_and_shared_ones_by_administrators(staff, planner, boss):
    own, private, former = (
        keep(boss),
        keep(planner, "Private"),
        keep(planner, "Former"),
    )
    SavedView.objects.filter(pk=former.pk).update(is_shared=True)

    assert delete(staff, own).status_code == 303
    assert delete(staff, former).status_code == 303
    assert delete(staff, private).status_code == 404
    assert [view.name for view in SavedView.objects.all()] == ["Private"]


def test_a_shared_view_shows_nobody_more_than_they_reach(client, bank, boss):
    meeting = AppointmentFactory(
        office=bank.office, advisor=bank.advisor, subject=bank.subject
    )
    view = keep(boss, query=f"office__id__exact={bank.office.pk}", shared=True)
    with time_machine.travel(NOW, tick=False):
        client.force_login(boss)
        found = client.get(f"{LIST}?{view.query}").context["cl"].queryset
        assert [*found] == [meeting]
        stranger = staff_with("Office manager")
        client.force_login(stranger)
        answer = client.get(f"{LIST}?{view.query}")
        assert [*answer.context["cl"].queryset] == []


def test_without_a_role_there_are_no_views(client, db):
    client.force_login(staff_with())

    assert client.get(VIEWS).status_code == 403
    assert client.post(VIEWS, {"name": "Mine"}).status_code == 403
    assert not SavedView.objects.exists()
