"""Rules on their own admin page: another scope is saved, the same one is refused."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from segments.models import AvailabilityRule
from tests.factories import (
    AdministratorFactory,
    AvailabilityRuleFactory,
    OfficeFactory,
    SubjectFactory,
)

NO_WINDOWS = {
    "windows-TOTAL_FORMS": "0",
    "windows-INITIAL_FORMS": "0",
    "windows-MIN_NUM_FORMS": "0",
    "windows-MAX_NUM_FORMS": "1000",
}


@pytest.fixture
def add(client, db):
    """Return a post of the form for a new rule."""
    client.force_login(AdministratorFactory())

    def add(**fields):
        return client.post(
            reverse("admin:segments_availabilityrule_add"),
            {**NO_WINDOWS, "duration": "45", **fields},
        )

    return add


def test_rules_of_different_scope_stand_side_by_side(add):
    subject, office = SubjectFactory(), OfficeFactory()
    AvailabilityRuleFactory(subject=subject, duration=30)

    saved = add(office=office.pk)

    assert saved.status_code == 302
    assert AvailabilityRule.objects.get(office=office).duration == 45


def test_the_same_scope_follows_in_time_and_never_overlaps(add):
    subject = SubjectFactory()
    AvailabilityRuleFactory(subject=subject, duration=30, valid_until="2026-05-31")

    refused = add(subject=subject.pk)
    assert refused.status_code == 422
    assert "same scope" in refused.content.decode()
    assert AvailabilityRule.objects.count() == 1

    saved = add(subject=subject.pk, valid_from="2026-06-01")
    assert saved.status_code == 302
    assert AvailabilityRule.objects.count() == 2


@pytest.mark.parametrize(
    ("regular", "junior"),
    [(60, None), (None, 40), (60, 40)],
    ids=["T1", "T2", "crossed"],
)
def test_rank_thresholds_are_given_both_and_in_order(add, regular, junior):
    given = {"threshold_regular": regular, "threshold_junior": junior}
    refused = add(**{name: value for name, value in given.items() if value})

    assert refused.status_code == 422
    assert "Give both thresholds, T1 not above T2." in refused.content.decode()
    with (
        pytest.raises(IntegrityError, match="rule_thresholds_in_order"),
        transaction.atomic(),
    ):
        AvailabilityRuleFactory(**given)
    assert not AvailabilityRule.objects.exists()
