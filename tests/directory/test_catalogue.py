from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from directory.catalogue import OfficeData, OpenHours, Shut, WorkBlock
from directory.models import (
    Advisor,
    Category,
    Closure,
    ConfigurationVersion,
    Expertise,
    Office,
    OpeningHours,
    Organisation,
    PostalArea,
    PostalPlace,
    Question,
    QuestionChoice,
    Subject,
    SwitchedOffChannel,
    WeekBlock,
    WeekTemplate,
)
from directory.queries import catalogue, offices_near
from directory.services import (
    HolidaysUnknownError,
    add_public_holidays,
    lift_closure,
)

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def make_office(code="antwerp", **values):
    return Office.objects.create(code=code, **{"name": code.title(), **values})


def make_subject(code="mortgage", **values):
    category, _ = Category.objects.get_or_create(code="loans", name="Loans")
    return Subject.objects.create(
        **{"code": code, "name": code.title(), "category": category}
        | {"channels": ["office", "video"]}
        | values
    )


def make_advisor(code="eva-peeters", **values):
    return Advisor.objects.create(
        **{"code": code, "first_name": "Eva", "last_name": "Peeters"} | values
    )


def test_the_catalogue_holds_an_office_with_its_hours_closures_and_areas():
    office = make_office(zone_name="Europe/London", latitude=51.5, longitude=-0.1)
    other = make_office("ghent")
    OpeningHours.objects.create(
        office=office, weekday=4, opens=time(9), closes=time(17, 30)
    )
    OpeningHours.objects.create(office=office, weekday=5, opens=time(9), closes=time(0))
    day = date(2026, 12, 25)
    for where, lifted in ((None, False), (office, True), (other, False)):
        Closure.objects.create(
            office=where, name="X", first_day=day, last_day=day, is_lifted=lifted
        )
    PostalArea.objects.create(office=office, first_code="2000", last_code="2999")
    SwitchedOffChannel.objects.create(office=office, channel="phone")

    found = catalogue().offices[office.pk]

    assert found.zone == ZoneInfo("Europe/London")
    assert (found.latitude, found.longitude) == (51.5, -0.1)
    assert found.opening == (OpenHours(4, 540, 1050), OpenHours(5, 540, 1440))
    assert found.closures == (Shut(day, day, 0, 1440, "X"),)
    assert len(catalogue().offices[other.pk].closures) == 2
    assert found.areas == (("2000", "2999"),)
    assert not found.offers(1, "phone")
    assert found.offers(1, "video")


def test_the_catalogue_holds_subjects_with_their_questionnaire():
    subject = make_subject(external_id="CRM-7", is_segment_only=True)
    question = Question.objects.create(
        subject=subject, code="kind", label="Kind", kind="choice", minimum="1.50"
    )
    QuestionChoice.objects.create(question=question, code="a", label="A")

    found = catalogue().find("subject", "CRM-7")

    assert found == catalogue().subject("mortgage")
    assert (found.id, found.is_open, found.segment_only) == (subject.pk, True, True)
    assert found.channels == ("office", "video")
    assert found.questions[0].choices == (("a", "A"),)
    assert str(found.questions[0].minimum) == "1.50"
    assert catalogue().find("subject", "MORTGAGE") is None


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"is_customer_facing": False}],
)
def test_a_subject_that_is_off_is_not_open(change):
    subject = make_subject(**change)

    assert not catalogue().subjects[subject.pk].is_open


def test_a_subject_of_an_inactive_category_is_not_open():
    subject = make_subject()
    Category.objects.update(is_active=False)

    assert not catalogue().subjects[subject.pk].is_open


def test_the_catalogue_holds_advisors_with_rota_and_expertise():
    office, subject, advisor = make_office(), make_subject(), make_advisor()
    template = WeekTemplate.objects.create(advisor=advisor)
    block = WeekBlock.objects.create(
        template=template,
        weekday=0,
        starts=time(9),
        ends=time(12, 30),
        office=office,
        channels=["video"],
    )
    block.subjects.add(subject)
    Expertise.objects.create(
        advisor=advisor, office=office, subject=subject, channels=["office"], rank=1
    )

    found = catalogue().advisors[advisor.pk]

    assert found.rota.default[0] == (
        WorkBlock(office.pk, 540, 750, frozenset({"video"}), frozenset({subject.pk})),
    )
    (expertise,) = catalogue().expertise_of(subject.pk)
    assert (expertise.advisor_id, expertise.rank) == (advisor.pk, 1)
    assert found.is_bookable


def test_an_unchanged_catalogue_takes_one_query_and_a_changed_one_two(
    django_assert_num_queries,
):
    make_office()
    first = catalogue()

    with django_assert_num_queries(1):
        assert catalogue() is first
    Office.objects.update(name="Other")
    with django_assert_num_queries(2):
        second = catalogue()

    assert second.office("antwerp").name == "Other"
    assert second.version != first.version


def test_a_rolled_back_change_leaves_no_trace():
    office = make_office()
    catalogue()
    with transaction.atomic():
        Office.objects.update(name="Never")
        assert catalogue().offices[office.pk].name == "Never"
        transaction.set_rollback(True)

    assert catalogue().offices[office.pk].name == "Antwerp"


def test_without_a_version_nothing_is_kept():
    office = make_office()
    ConfigurationVersion.objects.all().delete()
    assert catalogue().version is None
    with connection.cursor() as cursor:  # a write that no trigger sees
        cursor.execute("ALTER TABLE directory_office DISABLE TRIGGER USER")
        cursor.execute("UPDATE directory_office SET name = 'Unseen'")

    assert catalogue().offices[office.pk].name == "Unseen"


def test_the_organisation_has_defaults_until_it_is_set():
    assert catalogue().organisation.name == "Parlour"

    Organisation.objects.create(pk=1, name="Halyard", return_origins=["https://x.be"])

    assert catalogue().organisation.name == "Halyard"
    assert catalogue().organisation.return_origins == ("https://x.be",)


@pytest.mark.parametrize(
    ("code", "covered"),
    [
        ("2000", True),
        (" 29 99 ", True),
        ("B-2018", True),
        ("be-2018", True),
        ("BE 2018", True),
        ("NL-2018", False),
        ("3000", False),
        ("20000", False),
        ("", False),
        ("B-", False),
    ],
)
def test_an_office_covers_postal_codes_of_its_country(code, covered):
    office = make_office()
    PostalArea.objects.create(office=office, first_code="2000", last_code="2999")

    assert catalogue().offices[office.pk].covers(code) is covered


def test_an_office_does_not_cover_the_same_code_in_another_country():
    office = make_office()
    PostalArea.objects.create(office=office, first_code="2000", last_code="2999")
    found = catalogue().offices[office.pk]

    assert isinstance(found, OfficeData)
    assert found.covers("2018", country="be")
    assert not found.covers("2018", country="NL")


def test_codes_with_letters_lie_in_the_area_of_their_beginning():
    office = make_office(country="NL")
    PostalArea.objects.create(office=office, first_code="1000", last_code="1099")

    found = catalogue().offices[office.pk]

    assert found.covers("1012 AB")
    assert not found.covers("1112 AB")


@pytest.mark.parametrize("text", ["9000", "gent", "B-9000", "9000 Gent", " GENT "])
def test_offices_sort_by_distance_from_a_code_or_town(text, django_assert_num_queries):
    make_office("antwerp", latitude=51.22, longitude=4.40)
    make_office("brussels")
    make_office("ghent", latitude=51.05, longitude=3.72)
    PostalPlace.objects.create(
        country="BE", code="9000", town="Gent", latitude=51.05, longitude=3.73
    )
    offices = catalogue().offices.values()

    with django_assert_num_queries(1):
        found, is_known = offices_near(text, offices, country="BE")

    assert is_known
    assert [office.code for office, _ in found] == ["ghent", "antwerp", "brussels"]
    assert found[0][1] == pytest.approx(0.7, abs=0.1)
    assert found[1][1] == pytest.approx(50, abs=2)
    assert found[2][1] is None


def test_offices_sort_by_name_from_an_unknown_place():
    make_office("ghent", latitude=51.05, longitude=3.72)
    make_office("antwerp")

    found, is_known = offices_near(
        "Nowhere", catalogue().offices.values(), country="BE"
    )

    assert not is_known
    assert [(office.code, km) for office, km in found] == [
        ("antwerp", None),
        ("ghent", None),
    ]


def test_public_holidays_are_added_once_and_stay_lifted():
    office = make_office()
    added = add_public_holidays(office, [2026], now=NOW)
    assert date(2026, 7, 21) in {row.first_day for row in added}
    lift_closure(Closure.objects.get(first_day=date(2026, 7, 21)))

    assert add_public_holidays(office, [2026], now=NOW) == []

    assert Closure.objects.get(first_day=date(2026, 7, 21)).is_lifted
    days = {shut.first for shut in catalogue().offices[office.pk].closures}
    assert date(2026, 7, 21) not in days
    assert date(2026, 12, 25) in days


def test_public_holidays_follow_the_region():
    scotland = make_office("edinburgh", country="GB", region="SCT")
    england = make_office("london", country="GB", region="ENG")

    add_public_holidays(scotland, [2026], now=NOW)
    add_public_holidays(england, [2026], now=NOW)

    saint_andrew = Closure.objects.filter(first_day=date(2026, 11, 30))
    assert [row.office for row in saint_andrew] == [scotland]


def test_public_holidays_of_this_year_and_the_next_two_are_the_default():
    added = add_public_holidays(make_office(), now=NOW)

    assert {row.first_day.year for row in added} == {2026, 2027, 2028}


def test_an_unknown_country_is_refused_and_nothing_is_written():
    with pytest.raises(HolidaysUnknownError, match="country and region"):
        add_public_holidays(make_office(country="XX"), now=NOW)

    assert not Closure.objects.exists()


def test_lifting_another_closure_deletes_it():
    day = date(2026, 5, 5)
    closure = Closure.objects.create(name="Move", first_day=day, last_day=day)

    lift_closure(closure)

    assert not Closure.objects.exists()
