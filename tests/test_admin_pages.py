"""Every admin page opens, and searching and filtering it works."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from directory.models import Absence, User
from tests.factories import AdvisorFactory, AppointmentFactory, SegmentFactory

OURS = {"directory", "segments", "scheduling", "portal"}
MODELS = sorted(
    (model for model in admin.site._registry if model._meta.app_label in OURS),
    key=lambda model: model._meta.label,
)


@pytest.fixture
def staff_client(client, db):
    client.force_login(User.objects.create_superuser("root", "r@example.com", "x"))
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_opens_searches_and_offers_what_it_allows(staff_client, model):
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    listed = staff_client.get(reverse(f"{base}_changelist"), {"q": "antwerp"})
    added = staff_client.get(reverse(f"{base}_add"))

    assert listed.status_code == 200
    assert list(listed.context["cl"].result_list) == []
    may_add = admin.site._registry[model].has_add_permission(listed.wsgi_request)
    assert added.status_code == (200 if may_add else 403)


def test_every_model_of_ours_has_an_admin_page():

    missing = {
        model._meta.label
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if not admin.site.is_registered(model)
        and not model.__name__.startswith("Historical")  # on the pages of their rows
    }

    assert missing == {
        "directory.ConfigurationVersion",
        "directory.SavedView",  # everybody's own, on the lists that they are of
        "scheduling.AccessCode",  # hashes that nobody can read
        "portal.CalendarFeed",  # the customer's own address
        "portal.UsedHandover",
    }


def test_staff_type_absences_in_the_organisations_time(staff_client):
    advisor = AdvisorFactory()

    staff_client.post(
        reverse("admin:directory_absence_add"),
        {
            "advisor": advisor.pk,
            "starts_at_0": "2026-07-06",
            "starts_at_1": "09:00",
            "ends_at_0": "2026-07-06",
            "ends_at_1": "12:00",
        },
    )

    absence = Absence.objects.get()
    assert absence.starts_at == datetime(2026, 7, 6, 7, tzinfo=UTC)  # Brussels, summer
    assert absence.ends_at == datetime(2026, 7, 6, 10, tzinfo=UTC)


def test_the_appointment_page_says_why_and_where_from(staff_client):
    appointment = AppointmentFactory(
        segment_codes=["HIGH"],
        metadata={"repayment": "2503.12"},
        assignment_reason={"code": "rank", "sentence": "The most senior advisor."},
        offer_reason={"ranks": [{"rule": 1, "label": "Seniors only"}]},
    )

    page = staff_client.get(
        reverse("admin:scheduling_appointment_change", args=[appointment.pk])
    ).content.decode()

    assert "HIGH" in page
    assert "2503.12" in page
    assert "The most senior advisor." in page
    assert "Seniors only" in page


def test_a_segment_cannot_become_its_own_ancestor(staff_client):
    parent = SegmentFactory(code="PARENT")
    child = SegmentFactory(code="CHILD", parent=parent)

    answer = staff_client.post(
        reverse("admin:segments_segment_change", args=[parent.pk]),
        {"code": "PARENT", "name": "x", "parent": child.pk, "sort_order": 0},
    )

    assert "parent" in answer.context["adminform"].form.errors
    parent.refresh_from_db()
    assert parent.parent is None
