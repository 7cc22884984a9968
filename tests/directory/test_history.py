"""Who changed what of the configuration, when and why; and how it was before."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.urls import reverse

from directory.grants import Role
from directory.history import BEFORE_ALL, one_change
from directory.models import Category, Closure, OpeningHours, Subject
from directory.transfer.importing import import_configuration
from directory.transfer.kinds import all_kinds, kind_of
from directory.transfer.past import Archive
from portal.models import HandoverKey
from scheduling.models import MessageTemplate, Reminder
from segments.models import AvailabilityRule, LinkKey, RuleWindow
from tests.factories import (
    NOW,
    AdministratorFactory,
    AdvisorFactory,
    AvailabilityRuleFactory,
    CategoryFactory,
    ExpertiseFactory,
    LinkKeyFactory,
    OfficeFactory,
    OpeningHoursFactory,
    QuestionFactory,
    RuleWindowFactory,
    SegmentFactory,
    StaffFactory,
    SubjectFactory,
    WeekBlockFactory,
    WeekTemplateFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as found:
        yield found


@pytest.fixture
def administrator(client):
    user = AdministratorFactory(first_name="Ada", last_name="Min")
    client.force_login(user)
    return user


def later(clock) -> None:
    clock.shift(timedelta(minutes=1))


def entries(row) -> list[list[str]]:
    """Return the changes of an object in words, the last one first."""
    found = Archive(kind_of(type(row)), row.pk).entries()
    return [[str(one) for one in entry.differences] for entry in found]


def history_url(row) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[row.pk])


def test_every_kind_of_configuration_keeps_its_history():
    models = {one.model for kind in all_kinds() for one in kind.family()}

    assert len(models) == 25
    assert all(hasattr(model, "history") for model in models)


def test_no_secret_is_kept():
    for model in (LinkKey, HandoverKey):
        kept = {field.name for field in model.history.model._meta.get_fields()}
        assert "secret" not in kept
        assert "kid" in kept


def test_a_change_tells_who_when_and_what_was_before(clock, client, administrator):
    office = OfficeFactory(name="Antwerp Meir")
    later(clock)

    response = client.post(
        reverse("admin:directory_office_change", args=[office.pk]),
        {
            **{name: getattr(office, name) for name in ("code", "street", "city")},
            "name": "Antwerp Groenplaats",
            "postal_code": "2000",
            "country": "BE",
            "zone_name": "Europe/Brussels",
            "is_active": "on",
            "sort_order": "0",
            **formset("opening_hours", weekday="0", opens="09:00", closes="17:00"),
            **formset("postal_areas", first_code="2000", last_code="2999"),
            **formset("switched_off"),
            **formset("closures"),
        },
    )
    assert response.status_code == 302, response.context["errors"]

    page = client.get(history_url(office))
    [change, made] = page.context["lines"]
    assert change.who == "Ada Min"
    assert change.entry.moment.at == NOW + timedelta(minutes=1)
    assert [str(one) for one in change.entry.differences] == [
        "Name: Antwerp Meir → Antwerp Groenplaats",
        "Opening hours: added Monday, 09:00-17:00",
        "Postal area: added 2000-2999",
    ]
    assert made.who == "A command"
    assert made.entry.made
    assert "<del>Antwerp Meir</del>" in page.content.decode()


def formset(prefix: str, **values: str) -> dict[str, str]:
    total = "1" if values else "0"
    return {
        f"{prefix}-TOTAL_FORMS": total,
        f"{prefix}-INITIAL_FORMS": "0",
        **{f"{prefix}-0-{name}": value for name, value in values.items()},
    }


def test_rows_inside_an_object_belong_to_its_history(clock):
    advisor = AdvisorFactory()
    mortgage = SubjectFactory(code="mortgage")
    ghent = OfficeFactory(code="ghent")
    later(clock)
    expertise = ExpertiseFactory(
        advisor=advisor, office=ghent, subject=mortgage, rank=2
    )
    later(clock)
    expertise.rank = 1
    expertise.save()
    later(clock)
    block = WeekBlockFactory(
        template=WeekTemplateFactory(advisor=advisor), office=ghent, weekday=3
    )
    later(clock)
    block.subjects.add(mortgage)
    later(clock)
    expertise.delete()

    found = entries(advisor)

    assert found[0] == [f"Expertise: removed ghent, mortgage, Senior, {ALL}"]
    assert found[1] == [
        "Week default, block: removed Thursday, 09:00-17:00, ghent",
        "Week default, block: added Thursday, 09:00-17:00, ghent, mortgage",
    ]
    assert found[3] == ["Expertise ghent / mortgage, rank: Regular → Senior"]
    assert found[4] == [f"Expertise: added ghent, mortgage, Regular, {ALL}"]


ALL = "At an office, Phone call, Video call, At your place"


def test_what_was_written_in_bulk_keeps_the_state_before_its_first_change(clock):
    office = OfficeFactory()
    OpeningHours.objects.bulk_create(
        OpeningHoursFactory.build(office=office, weekday=day) for day in range(2)
    )
    later(clock)

    OpeningHours.objects.get(weekday=0).delete()
    tuesday = OpeningHours.objects.get(weekday=1)
    tuesday.closes = "18:00"
    tuesday.save()

    assert entries(office) == [
        [
            "Opening hours: removed Monday, 09:00-17:00",
            "Opening hours: removed Tuesday, 09:00-17:00",
            "Opening hours: added Tuesday, 09:00-18:00",
        ],
        [],
    ]
    first = OpeningHours.history.filter(id=tuesday.pk).last()
    assert (first.history_date, first.history_user) == (BEFORE_ALL, None)


def test_an_import_tells_its_reason_and_is_one_change(clock, client, administrator):
    CategoryFactory(code="loans", name="Loans")
    later(clock)
    text = """{"format": "parlour-configuration-1",
        "categories": [{"code": "loans", "name": "Credit", "sort_order": 4}]}"""

    import_configuration(
        text, reason="import of bank.json", now=NOW + timedelta(hours=1)
    )

    loans = Category.objects.get()
    page = client.get(history_url(loans))
    [change, _made] = page.context["lines"]
    assert change.entry.moment.reason == "import of bank.json"
    assert change.entry.moment.at == NOW + timedelta(hours=1)
    assert "Reason: import of bank.json" in page.content.decode()
    assert Category.history.count() == 2


def test_a_long_reason_is_cut_not_refused():
    with one_change("x" * 300, at=NOW):
        CategoryFactory()

    assert Category.history.get().history_change_reason == "x" * 100


def restore_page(row, entry: int) -> str:
    found = Archive(kind_of(type(row)), row.pk).entries()[entry].moment.at
    meta = row._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_restore", args=[row.pk])
    return f"{url}?at={found.isoformat().replace('+', '%2B')}"


def test_an_earlier_state_comes_back_with_all_rows_after_a_look(
    clock, client, administrator
):
    subject = SubjectFactory(code="mortgage", name="Mortgage")
    question = QuestionFactory(subject=subject, code="amount", label="How much?")
    later(clock)
    subject.name = "Home loan"
    subject.save()
    question.delete()
    later(clock)
    address = restore_page(subject, 1)

    page = client.get(address)
    assert [str(one) for one in page.context["differences"]] == [
        "Name: Home loan → Mortgage",
        "Question: added amount, How much?, Short text",
    ]
    subject.refresh_from_db()
    assert subject.name == "Home loan"

    response = client.post(address, {"state": page.context["state"]})
    assert response.status_code == 302
    subject.refresh_from_db()
    assert subject.name == "Mortgage"
    assert subject.questions.get().label == "How much?"
    last = Archive(kind_of(Subject), subject.pk).entries()[0]
    assert last.moment.reason == "restored to the state of 29 April 2026, 10:00"
    assert last.moment.user == administrator.pk


def test_a_state_is_not_restored_over_somebody_elses_change(
    clock, client, administrator
):
    category = CategoryFactory(name="Loans")
    later(clock)
    category.name = "Credit"
    category.save()
    later(clock)
    address = restore_page(category, 1)
    state = client.get(address).context["state"]
    category.name = "Borrowing"
    category.save()

    response = client.post(address, {"state": state})

    assert response.status_code == 422
    assert "Somebody changed this in the meantime" in response.content.decode()
    category.refresh_from_db()
    assert category.name == "Borrowing"
    assert Category.history.count() == 3


def test_a_state_that_names_what_is_gone_is_refused(clock, client, administrator):
    rule = AvailabilityRuleFactory(subject=SubjectFactory(code="mortgage"), horizon=10)
    later(clock)
    subject, rule.subject, rule.horizon = rule.subject, None, 20
    rule.save()
    subject.delete()
    later(clock)
    address = restore_page(rule, 1)
    before = AvailabilityRule.history.count()

    page = client.get(address)
    response = client.post(address, {"state": page.context["state"]})

    assert response.status_code == 422
    sentence = "There is no subject with the code “mortgage”."
    assert sentence in response.content.decode()
    rule.refresh_from_db()
    assert rule.horizon == 20
    assert AvailabilityRule.history.count() == before


def test_a_deleted_object_comes_back_from_the_list_of_deleted_ones(
    clock, client, administrator
):
    segment = SegmentFactory(code="VIP")
    rule = AvailabilityRuleFactory(segment=segment, name="At the weekend", ranks=[1])
    advisor = AdvisorFactory(code="eva-peeters")
    RuleWindowFactory(rule=rule, weekday=5).advisors.add(advisor)
    pk = rule.pk
    later(clock)
    rule.delete()
    later(clock)

    page = client.get(reverse("admin:segments_availabilityrule_deleted"))
    [line] = page.context["lines"]
    assert (line.name, line.at) == ("At the weekend", NOW + timedelta(minutes=1))
    look = client.get(line.restore_url)
    assert look.context["is_deleted"]
    response = client.post(line.restore_url, {"state": look.context["state"]})

    assert response.status_code == 302
    assert AvailabilityRule.objects.get().pk == pk
    window = RuleWindow.objects.get()
    assert (window.rule_id, window.weekday) == (pk, 5)
    assert [one.code for one in window.advisors.all()] == ["eva-peeters"]
    deleted = client.get(reverse("admin:segments_availabilityrule_deleted"))
    assert deleted.context["lines"] == []


def test_rows_show_the_page_of_the_object_in_which_they_stand(
    clock, client, administrator
):
    expertise = ExpertiseFactory()
    everywhere = Closure.objects.create(
        name="Strike", first_day=NOW.date(), last_day=NOW.date()
    )

    block = WeekBlockFactory(template=WeekTemplateFactory(advisor=expertise.advisor))
    for row in (expertise, block, expertise.advisor):
        page = client.get(history_url(row))
        assert page.context["title"] == f"History: {expertise.advisor}"
    assert client.get(history_url(everywhere)).status_code == 200


def test_keys_have_a_history_but_no_way_back(clock, client, administrator):
    key = LinkKeyFactory()
    later(clock)
    key.revoked_at = NOW
    key.save()

    page = client.get(history_url(key))

    [change, _made] = page.context["lines"]
    assert [str(one) for one in change.entry.differences] == [
        "Revoked at: empty → 2026-04-29T08:00:00Z"
    ]
    assert not any(line.restore_url for line in page.context["lines"])
    response = client.get(
        reverse("admin:segments_linkkey_restore", args=[key.pk]),
        {"at": NOW.isoformat()},
    )
    assert response.status_code == 403


def test_only_administrators_restore_and_others_read_what_they_reach(clock, client):
    office = OfficeFactory()
    other = OfficeFactory()
    manager = StaffFactory()
    manager.groups.add(Group.objects.get(name=Role.OFFICE_MANAGER))
    manager.managed_offices.add(office)
    advisor = AdvisorFactory()
    later(clock)
    ExpertiseFactory(advisor=advisor, office=office, subject__code="mortgage")
    ExpertiseFactory(advisor=advisor, office=other, subject__code="insurance")
    client.force_login(manager)
    later(clock)
    office.name = "New"
    office.save()

    page = client.get(history_url(office))

    assert page.status_code == 200
    assert [line.restore_url for line in page.context["lines"]] == ["", ""]
    assert client.get(history_url(other)).status_code == 404
    text = client.get(history_url(advisor)).content.decode()
    assert f"added {office.code}, mortgage" in text
    assert "insurance" not in text
    assert client.post(restore_page(office, 1)).status_code == 403
    assert client.get(reverse("admin:directory_office_deleted")).status_code == 403
    office.refresh_from_db()
    assert office.name == "New"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-04-29T08:00:00", "1969-01-01T00:00:00Z"]
)
def test_a_moment_without_a_state_is_not_found(clock, client, administrator, text):
    office = OfficeFactory()

    response = client.get(
        reverse("admin:directory_office_restore", args=[office.pk]), {"at": text}
    )

    assert response.status_code == 404


def test_a_longer_history_asks_no_more_questions(
    clock, client, administrator, django_assert_num_queries
):
    advisor = AdvisorFactory()
    for number in range(3):
        later(clock)
        ExpertiseFactory(advisor=advisor, rank=number % 3 + 1)
    client.get(history_url(advisor))
    with django_assert_num_queries(16):
        client.get(history_url(advisor))
    for number in range(9):
        later(clock)
        ExpertiseFactory(advisor=advisor, rank=number % 3 + 1)

    client.get(history_url(advisor))  # the sign-in is noted once a minute
    with django_assert_num_queries(16):
        client.get(history_url(advisor))


def test_messages_and_reminders_keep_their_history(clock):
    reminder = Reminder.objects.create(code="week", minutes_before=10080)
    words = MessageTemplate.objects.create(
        kind="confirmed", recipient="customer", language="en", title="Hello"
    )
    later(clock)
    reminder.minutes_before = 60
    reminder.save()
    words.title = "See you"
    words.save()

    assert entries(reminder)[0] == ["Minutes before: 10080 → 60"]
    assert entries(words)[0] == ["Subject line: Hello → See you"]
