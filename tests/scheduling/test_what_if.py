"""What a change of segments and rules would do, shown before it is saved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import Advisor, Office, Subject
from scheduling.availability.types import Reason
from scheduling.comparing import starts_of
from scheduling.offering import choices
from scheduling.whatif import MOST_SEGMENTS, SegmentEffect, effect_of
from segments.drafts import with_rule, with_segment, without_rule
from segments.models import AvailabilityRule, RuleWindow, Segment
from segments.queries import segments_data
from segments.settings import Notice
from tests.browser_form import posted
from tests.demo import DEMO_NOW
from tests.factories import AdministratorFactory, AppointmentFactory, StaffFactory
from tests.tables import all_rows

SATURDAY = datetime(2026, 5, 2, 8, 0, tzinfo=UTC)  # 10:00 in Antwerp
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


@pytest.fixture
def staff(client):
    client.force_login(AdministratorFactory())
    return client


def rule_named(data, text):
    return next(rule for rule in data.rules if text in rule.label)


def weekend_rule():
    return AvailabilityRule.objects.get(name__contains="High repayment: video")


def meeting_on_saturday():
    return AppointmentFactory(
        segment_codes=["HIGH"],
        subject=Subject.objects.get(code="mortgage"),
        office=Office.objects.get(code="antwerp"),
        advisor=Advisor.objects.get(code="eva-peeters"),
        channel="video",
        starts_at=SATURDAY,
        ends_at=SATURDAY + timedelta(hours=1),
    )


def starts(data, code):
    policy = data.policy([code])
    return {
        (pair, start)
        for pair, found in starts_of(policy, choices(policy), now=DEMO_NOW).items()
        for start in found
    }


# Effects.


def test_no_change_has_no_effect():
    data = segments_data()

    effect = effect_of(data, replace(data), now=DEMO_NOW)

    assert effect.is_nothing


def test_a_new_name_has_no_effect():
    data = segments_data()
    rule = rule_named(data, "High repayment: video")

    effect = effect_of(data, with_rule(data, replace(rule, label="x")), now=DEMO_NOW)

    assert effect.is_nothing


def test_dropping_the_weekend_costs_a_segment_and_its_children_those_starts():
    data = segments_data()
    after = without_rule(data, rule_named(data, "High repayment: video").id)

    effect = effect_of(data, after, now=DEMO_NOW)

    lost = starts(data, "HIGH") - starts(after, "HIGH")
    assert len(lost) > 100
    assert starts(after, "HIGH") < starts(data, "HIGH")
    assert [(one.code, one.gained, one.lost) for one in effect.segments] == [
        ("HIGH", 0, len(lost)),
        ("HIGH_SIGNED", 0, len(lost)),
    ]
    assert effect.left_out == 0


def test_a_meeting_that_the_change_would_forbid_is_named_with_its_reasons():
    meeting = meeting_on_saturday()
    data = segments_data()
    after = without_rule(data, rule_named(data, "High repayment: video").id)

    (found,) = effect_of(data, after, now=DEMO_NOW).violations

    assert found.appointment == meeting
    assert found.reasons == (Reason.OFFICE_CLOSED, Reason.NOT_WORKING)


def test_what_speaks_against_a_meeting_already_is_no_news():
    meeting = meeting_on_saturday()
    meeting.segment_codes = ["LOW"]  # neither video nor Saturday
    meeting.save()
    data = segments_data()
    rule = replace(rule_named(data, "Low repayment"), notice=Notice(hours=1))

    effect = effect_of(data, with_rule(data, rule), now=DEMO_NOW)

    assert effect.violations == ()
    assert [(one.code, one.lost) for one in effect.segments] == [("LOW", 0)]
    assert effect.segments[0].gained > 0


def test_a_rule_for_all_counts_the_first_segments_and_says_how_many_are_left():
    data = segments_data()
    rule = replace(rule_named(data, "Everywhere"), horizon=5)

    effect = effect_of(data, with_rule(data, rule), now=DEMO_NOW)

    affected = len(data.segments) + 1
    assert effect.segments[0].code == ""
    assert effect.segments[0].lost > 1000
    assert effect.left_out == affected - MOST_SEGMENTS == 1


def test_switching_a_segment_off_costs_all_of_its_starts():
    data = segments_data()
    low = replace(data.by_code["LOW"], is_active=False)
    rules = [rule for rule in data.rules if rule.segment_id == low.id]

    effect = effect_of(data, with_segment(data, low, rules), now=DEMO_NOW)

    assert effect.segments == (
        SegmentEffect("LOW", low.name, 0, len(starts(data, "LOW"))),
    )


def test_an_effect_costs_the_same_queries_for_many_segments_and_meetings():
    data = segments_data()

    def cost(after):
        with CaptureQueriesContext(connection) as found:
            effect_of(data, after, now=DEMO_NOW)
        return len(found)

    meeting_on_saturday()
    one = without_rule(data, rule_named(data, "High repayment: video").id)
    all_ = with_rule(data, replace(rule_named(data, "Everywhere"), horizon=5))
    few = cost(one)

    assert cost(all_) == few == 3


# The page.


def test_saving_a_segment_shows_the_effect_first_and_writes_nothing(staff):
    meeting = meeting_on_saturday()
    address = reverse(
        "admin:segments_segment_change", args=[Segment.objects.get(code="HIGH").pk]
    )
    data = posted(staff.get(address))
    data["rules-0-extra_hours"] = "Sun 10:00-16:00"
    before = all_rows()

    response = staff.post(address, {**data, "_continue": "1"})

    page = response.content.decode()
    assert response.status_code == 200
    assert [one.code for one in response.context["effect"].segments] == [
        "HIGH",
        "HIGH_SIGNED",
    ]
    assert [row for row, _ in response.context["meetings"]] == [meeting]
    assert meeting.reference in page
    assert "No working hours or extra hours cover the whole meeting." in page
    assert all_rows() == before

    back = staff.post(address, {**posted(response), "_back": "1"})
    form = back.context["inline_admin_formsets"][1].formset.forms[0]
    assert back.status_code == 200
    assert form["extra_hours"].value() == "Sun 10:00-16:00"
    assert all_rows() == before

    saved = staff.post(address, {**posted(response), "_sure": "1"})
    assert saved.status_code == 302
    assert saved["Location"] == address  # and continue editing
    assert [one.weekday for one in weekend_rule().windows.all()] == [6]


def test_a_change_without_effect_is_saved_at_once(staff):
    segment = Segment.objects.get(code="HIGH")
    address = reverse("admin:segments_segment_change", args=[segment.pk])
    data = posted(staff.get(address))

    response = staff.post(address, {**data, "description": "Other words"})

    segment.refresh_from_db()
    assert response.status_code == 302
    assert segment.description == "Other words"


def test_saving_a_rule_shows_the_effect_first(staff):
    rule = weekend_rule()
    address = reverse("admin:segments_availabilityrule_change", args=[rule.pk])
    data = posted(staff.get(address))
    data["windows-1-DELETE"] = "on"
    before = all_rows()

    response = staff.post(address, data)

    assert response.status_code == 200
    assert {one.code for one in response.context["effect"].segments} == {
        "HIGH",
        "HIGH_SIGNED",
    }
    assert all_rows() == before
    assert staff.post(address, {**posted(response), "_sure": "1"}).status_code == 302
    assert RuleWindow.objects.filter(rule=rule).count() == 1


def test_a_new_rule_for_everybody_is_asked_about(staff):
    address = reverse("admin:segments_availabilityrule_add")
    data = posted(staff.get(address))
    data |= {"office": Office.objects.get(code="ghent").pk, "horizon": "3"}

    response = staff.post(address, data)

    effect = response.context["effect"]
    assert effect.segments[0] == SegmentEffect(
        "", "General scheduling", 0, effect.segments[0].lost
    )
    assert effect.segments[0].lost > 0
    assert not AvailabilityRule.objects.filter(horizon=3).exists()


def test_who_may_not_see_meetings_learns_only_their_number(client):
    meeting = meeting_on_saturday()
    user = StaffFactory()
    names = ["change_availabilityrule", "view_availabilityrule", "view_rulewindow"]
    names += ["change_rulewindow", "delete_rulewindow", "view_office"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    user.managed_offices.set([weekend_rule().office])
    client.force_login(user)
    address = reverse(
        "admin:segments_availabilityrule_change", args=[weekend_rule().pk]
    )
    data = posted(client.get(address))
    data |= {"windows-0-DELETE": "on", "windows-1-DELETE": "on"}

    response = client.post(address, data)

    assert len(response.context["effect"].violations) == 1
    assert response.context["meetings"] == []
    assert meeting.reference not in response.content.decode()
