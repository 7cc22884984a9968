"""Every admin page opens, and searching and filtering it works."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from directory.models import User

OURS = {"directory", "segments", "scheduling"}
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
    }

    assert missing == {"directory.ConfigurationVersion"}
