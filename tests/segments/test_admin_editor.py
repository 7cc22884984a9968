"""The segment editor: one page for offers, rules and hours, and what it comes to."""

from datetime import date, time

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.grants import Role
from segments import queries
from segments.editing import duplicate_segment
from segments.forms.rules import STILL_THERE
from segments.forms.scopes import SAME
from segments.models import AvailabilityRule, RuleWindow, Segment, SegmentOffer
from tests.browser_form import posted
from tests.factories import (
    NOW,
    AdministratorFactory,
    AvailabilityRuleFactory as RuleFactory,
    RuleWindowFactory,
    SegmentFactory,
    SegmentOfferFactory,
    StaffFactory,
    make_bank,
    staff_with,
)
from tests.tables import all_rows

EMPTY_RULE = {
    "name": "",
    "office": "",
    "channel": "",
    "subject": "",
    "category": "",
    "who_first": "",
    "notice_hours": "",
    "notice_working_days": "",
    "extra_hours": "",
    "limit_hours": "",
}


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def segment(bank):
    made = SegmentFactory(code="GOLD", name="Gold")
    SegmentOfferFactory(segment=made, subject=bank.subject, channels=["video"])
    return made


@pytest.fixture
def staff(client, db):
    with time_machine.travel(NOW, tick=False):
        client.force_login(AdministratorFactory())
        yield client


def page_of(segment):
    return reverse("admin:segments_segment_change", args=[segment.pk])


def fields(segment, *, offers=(), rules=(), **more):
    """Return what the page posts: rows without an id are new ones."""
    data = {
        "code": segment.code if segment else "NEW",
        "name": "Gold",
        "sort_order": 0,
        "is_active": "on",
        "_sure": "1",
        **more,
    }
    for prefix, rows in (("offers", offers), ("rules", rules)):
        saved = sum("id" in row for row in rows)
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": saved}
        ordered = sorted(rows, key=lambda row: "id" not in row)
        for number, row in enumerate(ordered):
            if segment:
                data[f"{prefix}-{number}-segment"] = segment.pk
            data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def offer(bank, **more):
    return {"what": f"subject-{bank.subject.pk}", **more}


def rule(**more):
    return {**EMPTY_RULE, **more}


def saved_offer(segment, bank, **more):
    row = segment.offers.get()
    return offer(bank, id=row.pk, channels=row.channels, **more)


def errors_of(response):
    formsets = [one.formset for one in response.context["inline_admin_formsets"]]
    return [dict(form.errors) for formset in formsets for form in formset.forms]


# Saving.


def test_a_segment_is_made_with_its_offers_rules_and_hours_at_once(staff, bank):
    response = staff.post(
        reverse("admin:segments_segment_add"),
        fields(
            None,
            code="VIP",
            is_signed_only="on",
            offers=[offer(bank, channels=["video", "on_location"])],
            rules=[
                rule(
                    name="Seniors, Sunday too",
                    office=bank.office.pk,
                    ranks=[1],
                    notice_working_days=1,
                    extra_hours="Sunday 10:00-13:00",
                )
            ],
        ),
    )

    assert response.status_code == 302, errors_of(response)
    segment = Segment.objects.get(code="VIP")
    row = segment.offers.get()
    own = segment.rules.get()
    window = own.windows.get()
    assert segment.is_signed_only is True
    assert (row.subject, row.category, row.channels) == (
        bank.subject,
        None,
        ["video", "on_location"],
    )
    assert (own.office, own.ranks, own.notice_working_days) == (bank.office, [1], 1)
    assert own.notice_hours is None
    assert (window.kind, window.weekday, window.starts, window.ends) == (
        "extra",
        6,
        time(10),
        time(13),
    )


def test_hours_that_stay_keep_their_rows_and_their_advisors(staff, segment, bank):
    own = RuleFactory(segment=segment)
    kept = RuleWindowFactory(rule=own, kind="extra", weekday=5)
    kept.advisors.add(bank.advisor)
    gone = RuleWindowFactory(rule=own, kind="extra", weekday=6)
    page = staff.get(page_of(segment))
    form = page.context["inline_admin_formsets"][1].formset.forms[0]
    typed = form.initial["extra_hours"].replace("Sun", "Mon")

    response = staff.post(
        page_of(segment),
        fields(
            segment,
            offers=[saved_offer(segment, bank)],
            rules=[rule(id=own.pk, ranks=[1], extra_hours=typed)],
        ),
    )

    assert response.status_code == 302, errors_of(response)
    windows = {row.weekday: row for row in own.windows.all()}
    assert f"by {bank.advisor.code}" in typed
    assert sorted(windows) == [0, 5]
    assert windows[5].pk == kept.pk
    assert list(windows[5].advisors.all()) == [bank.advisor]
    assert not RuleWindow.objects.filter(pk=gone.pk).exists()


def test_a_row_can_mean_a_whole_category_or_leave_a_subject_out(staff, segment, bank):
    category = bank.subject.category

    response = staff.post(
        page_of(segment),
        fields(
            segment,
            offers=[
                saved_offer(segment, bank) | {"channels": [], "is_excluded": "on"},
                {"what": f"category-{category.pk}"},
            ],
        ),
    )

    assert response.status_code == 302, errors_of(response)
    rows = segment.offers.order_by("pk").values_list(
        "category", "subject", "channels", "is_excluded"
    )
    assert list(rows) == [
        (None, bank.subject.pk, [], True),
        (category.pk, None, [], False),
    ]


def test_two_offers_may_change_places(staff, segment, bank):
    first = segment.offers.get()
    second = SegmentOfferFactory(
        segment=segment, subject=None, category=bank.subject.category
    )

    response = staff.post(
        page_of(segment),
        fields(
            segment,
            offers=[
                {"id": first.pk, "what": f"category-{bank.subject.category.pk}"},
                {"id": second.pk, "what": f"subject-{bank.subject.pk}"},
            ],
        ),
    )

    assert response.status_code == 302, errors_of(response)
    rows = dict(segment.offers.values_list("pk", "subject"))
    assert rows == {first.pk: None, second.pk: bank.subject.pk}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Saturday", "write a day and times, like Sat 10:00-16:00."),
        ("Sat 16:00-10:00", "the end must be after the start."),
        ("Sat 10:00-25:00", "times go from 00:00 to 24:00."),
        ("Sax 10:00-16:00", "“Sax” is no day of the week."),
        ("Sat 10:00-16:00 by nobody", "no advisor has the code “nobody”."),
    ],
)
def test_hours_that_cannot_be_read_are_named(staff, segment, bank, typed, sentence):
    before = all_rows()

    response = staff.post(
        page_of(segment),
        fields(
            segment,
            offers=[saved_offer(segment, bank)],
            rules=[rule(ranks=[1], extra_hours=f"Sun 10:00-12:00\n{typed}")],
        ),
    )

    line = typed.strip()
    assert response.status_code == 422
    assert errors_of(response)[1] == {"extra_hours": [f"“{line}”: {sentence}"]}
    assert all_rows() == before


def test_two_rules_for_the_same_meetings_are_refused(staff, segment, bank):
    response = staff.post(
        page_of(segment),
        fields(
            segment,
            offers=[saved_offer(segment, bank)],
            rules=[rule(ranks=[1]), rule(notice_hours=4)],
        ),
    )

    assert response.status_code == 422
    assert errors_of(response)[2]["__all__"] == [SAME]
    assert not AvailabilityRule.objects.exists()


def test_a_rule_may_take_the_place_of_one_that_goes(staff, segment, bank):
    gone = RuleFactory(segment=segment, ranks=[1])
    moved = RuleFactory(segment=segment, ranks=[2], channel="video")

    response = staff.post(
        page_of(segment),
        fields(
            segment,
            offers=[saved_offer(segment, bank)],
            rules=[
                rule(id=moved.pk, ranks=[2]),
                rule(id=gone.pk, ranks=[1], DELETE="on"),
            ],
        ),
    )

    assert response.status_code == 302, errors_of(response)
    assert [(one.pk, one.channel) for one in segment.rules.all()] == [(moved.pk, "")]


def test_two_rules_may_not_change_places_at_once(staff, segment, bank):
    wide = RuleFactory(segment=segment, ranks=[1])
    video = RuleFactory(segment=segment, ranks=[2], channel="video")

    response = staff.post(
        page_of(segment),
        fields(
            segment,
            offers=[saved_offer(segment, bank)],
            rules=[
                rule(id=wide.pk, ranks=[1], channel="video"),
                rule(id=video.pk, ranks=[2]),
            ],
        ),
    )

    assert response.status_code == 422
    assert errors_of(response)[1]["__all__"] == [STILL_THERE]
    assert list(segment.rules.order_by("pk").values_list("channel", flat=True)) == [
        "",
        "video",
    ]


@pytest.mark.parametrize(
    ("office", "dates", "is_refused"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"valid_from": "2026-07-01"}, False),
        (True, {"valid_from": "2026-06-30"}, True),
    ],
)
def test_on_its_own_page_a_rule_is_refused_only_for_the_same_scope(
    staff, bank, office, dates, is_refused
):
    RuleFactory(office=bank.office, valid_until=date(2026, 6, 30))
    place = bank.office.pk if office else ""

    response = staff.post(
        reverse("admin:segments_availabilityrule_add"),
        {
            "office": place,
            "horizon": 20,
            "_sure": "1",
            "windows-TOTAL_FORMS": 0,
            "windows-INITIAL_FORMS": 0,
            **dates,
        },
    )

    assert AvailabilityRule.objects.filter(horizon=20).exists() is not is_refused
    if is_refused:
        assert response.context["adminform"].form.non_field_errors() == [SAME]


def test_the_same_subject_twice_is_refused(staff, segment, bank):
    response = staff.post(
        page_of(segment),
        fields(segment, offers=[saved_offer(segment, bank), offer(bank)]),
    )

    assert response.status_code == 422
    assert errors_of(response)[1] == {"what": ["There is a row for this already."]}
    assert SegmentOffer.objects.count() == 1


def test_excluded_with_channels_is_refused(staff, segment, bank):
    row = saved_offer(segment, bank, is_excluded="on")

    response = staff.post(page_of(segment), fields(segment, offers=[row]))

    assert response.status_code == 422
    assert "channels" in errors_of(response)[0]


# What stands in the page.


def test_an_empty_setting_says_what_holds_and_why(staff, segment, bank):
    RuleFactory(name="All", notice_hours=5)
    RuleFactory(segment=segment, name="Seniors", ranks=[1])

    page = staff.get(page_of(segment))

    form = page.context["inline_admin_formsets"][1].formset.forms[0]
    assert form.fields["notice_hours"].widget.attrs["placeholder"] == (
        "inherited: 5 hours"
    )
    assert "5 hours (“All”)" in form.fields["notice_hours"].help_text
    assert "15 minutes (built-in default)" in form.fields["interval"].help_text
    assert "all advisors (built-in default)" in form.fields["ranks"].help_text


def test_the_result_tells_own_rows_from_inherited_ones(staff, segment, bank):
    RuleFactory(segment=segment, name="Seniors", ranks=[1])
    child = SegmentFactory(code="CHILD", parent=segment)

    panel = staff.get(page_of(child)).context["panel"]

    (row,) = panel.rows
    assert (row.subject.id, row.channel) == (bank.subject.pk, "video")
    assert (row.is_own, row.origin) == (False, "GOLD: its own row")
    (ranks,) = row.cells["ranks"]
    assert (ranks.text, ranks.origin, ranks.is_own) == (
        "seniors only",
        "“Seniors”",
        False,
    )


def test_a_visitor_sees_what_the_page_shows(staff, segment, bank):
    panel = staff.get(page_of(segment)).context["panel"]

    (group,) = panel.groups
    (subject,) = group.subjects
    (channel,) = subject.channels
    assert (subject.subject.id, channel.channel) == (bank.subject.pk, "video")
    place = client_place(staff, "segment=GOLD")
    assert channel.first == place


def client_place(client, query):
    """Return the first start that the wizard's time page shows."""
    step = client.get(f"/schedule/?{query}")["Location"]
    while "subject" in step or "place" in step:
        page = client.get(step)
        data = {"channel": "video"}
        if "subject" in step:
            data = {"subject": page.context["groups"][0].cards[0].code}
        step = client.post(step, data)["Location"]
    days = client.get(step).context["days"]
    found = [s.value for day in days for s in (*day.morning, *day.afternoon)]
    return queries.datetime.fromisoformat(found[0])


def test_without_javascript_an_address_adds_empty_rows(staff, segment):
    page = staff.get(page_of(segment), {"more": "1"})

    forms = [one.formset.extra_forms for one in page.context["inline_admin_formsets"]]
    assert [len(one) for one in forms] == [1, 1]
    assert staff.post(f"{page_of(segment)}?more=1", posted(page)).status_code == 302
    assert segment.offers.count() == 1
    assert not segment.rules.exists()


# Looking before saving.


def test_looking_shows_what_is_typed_and_leaves_nothing_behind(staff, segment, bank):
    staff.get(page_of(segment))
    kept = queries.segments_data()
    policy = kept.policy(["GOLD"])
    before = all_rows()

    response = staff.post(
        page_of(segment),
        fields(
            segment,
            offers=[saved_offer(segment, bank) | {"channels": ["video", "phone"]}],
            rules=[rule(ranks=[2])],
            _look="1",
        ),
    )

    panel = response.context["panel"]
    assert response.status_code == 200
    assert panel.is_typed is True
    assert panel.groups == []  # nobody of rank 2 takes it
    assert {one.check.code for one in panel.faults} == {"no_advisor"}
    assert {row.channel for row in panel.rows} == {"phone", "video"}
    assert all_rows() == before
    assert queries.segments_data() is kept
    assert kept.policy(["GOLD"]) is policy
    assert policy.pairs == {(bank.subject.pk, "video")}


def test_looking_works_before_a_segment_exists(staff, bank):
    before = all_rows()

    response = staff.post(
        reverse("admin:segments_segment_add"),
        fields(
            None,
            offers=[offer(bank)],
            rules=[rule(ranks=[1]), rule(channel="video", notice_hours=9)],
            _look="1",
        ),
    )

    panel = response.context["panel"]
    assert [one.channel for one in panel.groups[0].subjects[0].channels] == [
        "office",
        "phone",
        "video",
        "on_location",
    ]
    assert [row.cells["notices"][0].text for row in panel.rows] == [
        "2 hours",
        "2 hours",
        "9 hours",
        "2 hours",
    ]
    assert all_rows() == before


def test_looking_at_what_cannot_be_read_shows_the_errors(staff, segment, bank):
    response = staff.post(
        page_of(segment),
        fields(segment, rules=[rule(extra_hours="never")], _look="1"),
    )

    assert response.status_code == 422
    assert response.context["panel"] is None


# Copies.


def test_a_copy_has_everything_and_is_switched_off(staff, segment, bank):
    own = RuleFactory(segment=segment, name="Weekend", ranks=[1])
    window = RuleWindowFactory(rule=own, kind="extra", weekday=5)
    window.advisors.add(bank.advisor)
    Segment.objects.update(is_default=True, external_id="77")

    response = staff.post(
        reverse("admin:segments_segment_duplicate", args=[segment.pk]),
        {"code": "GOLD_2", "name": "Gold, again"},
    )

    copy = Segment.objects.get(code="GOLD_2")
    new = copy.rules.get()
    assert response["Location"] == page_of(copy)
    assert (copy.is_active, copy.is_default, copy.external_id) == (False, False, "")
    assert copy.offers.get().channels == ["video"]
    assert (new.name, new.ranks) == ("Weekend", [1])
    assert new.windows.get().weekday == 5
    assert list(new.windows.get().advisors.all()) == [bank.advisor]
    assert own.windows.get() == window


def test_a_copy_needs_a_code_of_its_own(staff, segment):
    response = staff.post(
        reverse("admin:segments_segment_duplicate", args=[segment.pk]),
        {"code": "gold", "name": "x"},
    )

    assert response.status_code == 422
    assert "code" in response.context["form"].errors
    assert Segment.objects.get() == segment


def test_copying_costs_the_same_for_many_rows(segment, bank):
    def cost(code):
        with CaptureQueriesContext(connection) as found:
            duplicate_segment(segment, code=code, name="x")
        return len(found)

    for day in (0, 5):
        own = RuleFactory(
            segment=segment, ranks=[1], channel=["phone", "video"][day > 0]
        )
        RuleWindowFactory(rule=own, kind="extra", weekday=day).advisors.add(
            bank.advisor
        )
    few = cost("A")
    for channel in ("office", "on_location"):
        own = RuleFactory(segment=segment, ranks=[1], channel=channel)
        for day in range(5):
            RuleWindowFactory(rule=own, kind="extra", weekday=day)

    assert cost("B") == few


# Who, and how much.


def test_the_page_costs_the_same_for_many_rows(staff, segment, bank):
    def cost():
        staff.get(page_of(segment))
        with CaptureQueriesContext(connection) as found:
            staff.get(page_of(segment))
        return len(found)

    first = RuleFactory(segment=segment, ranks=[1], office=bank.office)
    RuleWindowFactory(rule=first, kind="extra").advisors.add(bank.advisor)
    few = cost()
    for channel in ("office", "phone", "video"):
        own = RuleFactory(segment=segment, channel=channel, subject=bank.subject)
        RuleWindowFactory(rule=own, kind="extra").advisors.add(bank.advisor)
    SegmentOfferFactory(segment=segment, subject=None, category=bank.subject.category)

    assert cost() == few


@pytest.mark.parametrize(
    ("permissions", "looks", "copies"),
    [
        ([], 404, 403),
        (["view_segment"], 200, 403),
        (["view_segment", "view_availabilityrule", "view_segmentoffer"], 200, 403),
        (
            ["view_segment", "add_segment", "add_segmentoffer", "add_availabilityrule"],
            200,
            200,
        ),
    ],
)
def test_each_may_do_what_their_permissions_say(
    client, segment, permissions, looks, copies
):
    user = StaffFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    copy = reverse("admin:segments_segment_duplicate", args=[segment.pk])

    assert client.get(page_of(segment)).status_code == looks
    assert client.get(copy).status_code == copies
    refused = 404 if looks == 404 else 403
    assert client.post(page_of(segment), {"_look": "1"}).status_code == refused


def test_who_may_not_change_rules_keeps_them_when_looking(client, segment, bank):
    RuleWindowFactory(
        rule=RuleFactory(segment=segment, ranks=[1]), kind="extra", weekday=5
    )
    user = staff_with(Role.PLANNER)
    user.user_permissions.set(Permission.objects.filter(codename="change_segment"))
    client.force_login(user)

    with time_machine.travel(NOW, tick=False):
        data = posted(client.get(page_of(segment)))
        data |= {"name": "Other", "_look": "1"}
        response = client.post(page_of(segment), data)

    panel = response.context["panel"]
    assert panel.segment.name == "Other"
    (extras,) = panel.rows[0].cells["extras"]
    assert extras.text == "Saturday 10:00-16:00"


# The page as a browser posts it.


def test_an_untouched_page_changes_nothing(staff, segment, bank):
    own = RuleFactory(
        segment=segment,
        office=bank.office,
        ranks=[1, 2],
        notice_working_days=2,
        is_confirmed_automatically=False,
        switched_off=["thresholds"],
        threshold_regular=None,
    )
    window = RuleWindowFactory(rule=own, kind="extra")
    window.advisors.add(bank.advisor)
    RuleWindowFactory(rule=own, kind="limit", weekday=1)
    RuleFactory(segment=segment, channel="video", horizon=10)
    before = all_rows()

    response = staff.post(page_of(segment), posted(staff.get(page_of(segment))))

    after = all_rows()
    assert response.status_code == 302, errors_of(response)
    changed = {name for name in after if before[name] != after[name]}
    assert changed <= {
        "django_admin_log",
        "directory_configurationversion",
        "segments_historicalsegment",  # a state like the one before: not told
        "segments_segment",
    }
    assert Segment.objects.values().get() == {**vars_of(segment)}


def vars_of(row):
    return {name: value for name, value in vars(row).items() if name[0] != "_"}


def test_other_hours_in_a_full_page_are_looked_at(staff, segment, bank):
    RuleFactory(segment=segment, office=bank.office, ranks=[1])
    RuleFactory(segment=segment, switched_off=["thresholds"], notice_hours=3)
    data = posted(staff.get(page_of(segment)))
    data["rules-0-extra_hours"] = "Fri 18:00-20:00\r\nSun 9:00-12:00"

    response = staff.post(page_of(segment), {**data, "_look": "1"})

    assert response.status_code == 200, errors_of(response)
