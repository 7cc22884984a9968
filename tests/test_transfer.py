"""The whole configuration as one file: out, in, and what a broken one gets."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from directory.models import Advisor, Expertise, Office, OpeningHours, Organisation
from directory.queries import configuration_version
from directory.transfer.dumping import export_configuration
from directory.transfer.importing import (
    Report,
    import_configuration,
    try_configuration,
)
from segments.models import AvailabilityRule, LinkKey, RuleWindow, Segment
from tests.demo import DEMO_NOW
from tests.factories import AdvisorFactory, OfficeFactory, ReminderFactory

OURS = ("directory_", "segments_", "scheduling_", "portal_")
VERSION = "directory_configurationversion"


@pytest.fixture
def bank(demo) -> str:
    """The demo bank's file. A website with a real name: a test server has none."""
    Organisation.objects.update(website="https://www.halyard.example")
    return export_configuration()


def our_tables() -> list[str]:
    names = connection.introspection.table_names()
    return sorted(name for name in names if name.startswith(OURS) and name != VERSION)


def all_rows() -> dict[str, list[Any]]:
    with connection.cursor() as cursor:
        found = {}
        for name in our_tables():
            cursor.execute(f"SELECT t::text FROM {name} t ORDER BY 1")  # noqa: S608
            found[name] = cursor.fetchall()
    return found


def empty_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {', '.join(our_tables())} RESTART IDENTITY CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def run(text: str) -> Report:
    return import_configuration(text, reason="import of bank.json", now=DEMO_NOW)


def changed(text: str, change: Callable[[dict[str, Any]], Any]) -> str:
    """Return the file after a change to its data."""
    document = json.loads(text)
    change(document)
    return json.dumps(document)


def named(document: dict[str, Any], kind: str, code: str) -> dict[str, Any]:
    """Return an object of a file's data."""
    return next(one for one in document[kind] if one["code"] == code)


def sentences(report: Report) -> list[str]:
    return [str(problem) for problem in report.problems]


def test_the_file_makes_the_same_file_from_an_empty_database(bank):
    empty_database()
    assert not Office.objects.exists()

    report = run(bank)

    assert sentences(report) == []
    assert export_configuration() == bank
    assert len(report.created) == 65
    assert report.changed == report.untouched == []


def test_the_file_has_no_secret_no_key_of_a_row_no_customer_and_no_meeting(bank):
    document = json.loads(bank)

    assert list(document) == [
        "format",
        "organisation",
        "categories",
        "subjects",
        "offices",
        "closures_everywhere",
        "advisors",
        "segments",
        "rules",
        "link_keys",
        "reminders",
        "message_texts",
        "banners",
        "handover_keys",
    ]
    assert not {"id", "pk", "secret", "user", "created_at"} & names_in(document)
    for text in ("parlour-demo-key", "Murdoch", "Nosocks", "pbkdf2", "appointment_"):
        assert text not in bank


def names_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


def test_a_row_inside_an_object_takes_one_line(bank):
    assert (
        '        {"weekday": "monday", "opens": "09:00", "closes": "17:00"},\n' in bank
    )
    assert '        {"first_code": "2000", "last_code": "2999"}\n' in bank
    assert max(map(len, bank.splitlines())) < 200


def test_the_export_asks_the_same_number_of_questions_of_a_bigger_bank(
    bank, django_assert_num_queries
):
    with django_assert_num_queries(32):
        export_configuration()
    for _ in range(3):
        AdvisorFactory()
        OfficeFactory()

    with django_assert_num_queries(32):
        export_configuration()


def test_a_file_that_says_what_is_there_writes_nothing(bank):
    before, version = all_rows(), configuration_version()

    report = run(bank)

    assert not report.writes
    assert report.problems == report.untouched == []
    assert all_rows() == before
    assert configuration_version() == version


def test_a_dry_run_tells_what_would_change_and_writes_nothing(bank):
    def edit(document):
        named(document, "offices", "ghent")["name"] = "Ghent Graslei"
        del named(document, "offices", "ghent")["opening_hours"][4]
        document["banners"].pop()
        document["reminders"].append({"code": "week-before", "minutes_before": 10080})

    before = all_rows()

    report = try_configuration(changed(bank, edit), now=DEMO_NOW)

    assert all_rows() == before
    assert sentences(report) == []
    assert [(one.word, one.title) for one in report.created] == [
        ("reminder", "week-before")
    ]
    [office] = report.changed
    assert [str(one) for one in office.differences] == [
        "Name: Ghent Korenmarkt → Ghent Graslei",
        "Opening hours: removed Friday, 09:00-16:30",
    ]
    assert [(one.word, one.title) for one in report.untouched] == [
        ("banner", "pet-insurance")
    ]


def test_an_import_changes_what_differs_and_leaves_the_rest(bank):
    def edit(document):
        lotte = named(document, "advisors", "lotte-claes")
        lotte["expertise"] = [
            {**one, "rank": 1} if one["subject"] == "mortgage" else one
            for one in lotte["expertise"]
            if one["subject"] != "pet-insurance"
        ]
        document["segments"] = [
            {"code": "VIP_GHENT", "name": "Ghent", "parent": "HIGH", "is_active": True}
        ]
        document["rules"] = [
            {
                "segment": "VIP_GHENT",
                "office": "ghent",
                "ranks": [1],
                "windows": [
                    {
                        "kind": "extra",
                        "weekday": "sunday",
                        "starts": "10:00",
                        "ends": "13:00",
                        "advisors": ["hanne-de-smet"],
                    }
                ],
            }
        ]

    mortgage = Expertise.objects.get(
        advisor__code="lotte-claes", subject__code="mortgage"
    )
    offices, segments = Office.objects.count(), Segment.objects.count()
    version = configuration_version()

    report = run(changed(bank, edit))

    assert sentences(report) == []
    mortgage.refresh_from_db()
    assert mortgage.rank == 1
    assert Expertise.objects.filter(advisor__code="lotte-claes").count() == 2
    vip = Segment.objects.get(code="VIP_GHENT")
    assert vip.parent == Segment.objects.get(code="HIGH")
    window = RuleWindow.objects.get(rule__segment=vip)
    assert (window.weekday, window.starts, window.ends) == (6, time(10), time(13))
    assert [one.code for one in window.advisors.all()] == ["hanne-de-smet"]
    assert Office.objects.count() == offices
    assert Segment.objects.count() == segments + 1
    assert configuration_version() != version


def test_an_object_is_found_by_its_external_id_when_its_code_is_new(bank):
    ghent = Office.objects.get(code="ghent")
    Office.objects.filter(pk=ghent.pk).update(external_id="B-9000")

    report = run(
        changed(
            bank,
            lambda document: document.update(
                offices=[{"code": "gent", "external_id": "B-9000"}],
                advisors=[
                    {
                        "code": "wim-lambert",
                        "expertise": [
                            {
                                "office": "B-9000",
                                "subject": "mortgage",
                                "channels": ["phone"],
                            }
                        ],
                    }
                ],
            ),
        )
    )

    assert sentences(report) == []
    ghent.refresh_from_db()
    assert (ghent.code, ghent.name) == ("gent", "Ghent Korenmarkt")
    [only] = Advisor.objects.get(code="wim-lambert").expertise.all()
    assert (only.office, only.channels) == (ghent, ["phone"])


def test_a_new_key_gets_a_secret_and_an_old_one_keeps_its_own(bank):
    secret = bytes(LinkKey.objects.get(kid="demo-1").secret)

    report = run(
        changed(
            bank,
            lambda document: document["link_keys"].append(
                {"kid": "site-1", "name": "The site", "segments": ["HIGH_SIGNED"]}
            ),
        )
    )

    [made] = report.created
    assert (made.title, "new secret was made" in made.note) == ("site-1", True)
    key = LinkKey.objects.get(kid="site-1")
    assert len(bytes(key.secret)) == 32
    assert not key.is_demo
    assert [one.code for one in key.segments.all()] == ["HIGH_SIGNED"]
    assert bytes(LinkKey.objects.get(kid="demo-1").secret) == secret


def test_no_file_makes_a_revoked_key_good_again(bank):
    LinkKey.objects.update(revoked_at=datetime(2026, 4, 1, tzinfo=UTC))

    report = run(bank)

    assert sentences(report) == [
        "link_keys / demo-1 / revoked_at: This key is revoked here, and stays so. "
        "Make a new one instead."
    ]
    assert not LinkKey.objects.filter(revoked_at=None).exists()


def test_children_may_stand_before_their_parents_and_defaults_may_swap(bank):
    def edit(document):
        document["segments"] = [
            {"code": "a", "name": "A", "parent": "b", "is_default": True},
            {"code": "b", "name": "B", "parent": "c"},
            {"code": "c", "name": "C"},
            {"code": "LOW", "is_default": False},
        ]

    Segment.objects.filter(code="LOW").update(is_default=True)

    report = run(changed(bank, edit))

    assert sentences(report) == []
    assert Segment.objects.get(is_default=True).code == "a"
    assert Segment.objects.get(code="a").parent.parent.code == "c"


def test_two_closures_alike_come_back_as_two(bank):
    for _ in range(2):
        run(bank)  # nothing
    closure = {"name": "Strike", "first_day": "2026-06-01", "last_day": "2026-06-01"}
    text = changed(
        bank, lambda document: document.update(closures_everywhere=[closure, closure])
    )

    assert len(run(text).created) == 2
    before = export_configuration()
    assert not run(before).writes
    assert before.count("Strike") == 2


def broken_value(kind: str, code: str, **values: Any) -> Callable[[Any], None]:
    return lambda document: named(document, kind, code).update(values)


def broken_row(kind: str, code: str, part: str, **values: Any) -> Callable[[Any], None]:
    return lambda document: named(document, kind, code)[part][1].update(values)


BROKEN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "unknown kind": (
        lambda document: document.update(officers=[]),
        "“officers” is not known here. Did you mean “offices”?",
    ),
    "unknown field": (
        broken_value("offices", "ghent", opening_hour=[]),
        "offices / ghent: “opening_hour” is not known here. "
        "Did you mean “opening_hours”?",
    ),
    "unknown field of a row": (
        broken_row("offices", "ghent", "opening_hours", day="monday"),
        "offices / ghent / opening_hours 2: “day” is not known here. "
        "Did you mean “weekday”?",
    ),
    "unknown reference": (
        broken_value("subjects", "mortgage", category="lones"),
        "subjects / mortgage / category: There is no category with the code “lones”.",
    ),
    "unknown reference of a row": (
        broken_row("advisors", "eva-peeters", "expertise", office="paris"),
        "advisors / eva-peeters / expertise 2 / office: "
        "There is no office with the code “paris”.",
    ),
    "a number where a code belongs": (
        broken_row("advisors", "eva-peeters", "expertise", subject=3),
        "advisors / eva-peeters / expertise 2 / subject: "
        "Write the code of the subject in quotes.",
    ),
    "unknown channel": (
        broken_value("subjects", "mortgage", channels=["office", "fax"]),
        "subjects / mortgage / channels: “fax” is not known here. "
        "Write one of: office, phone, video, on_location.",
    ),
    "no list": (
        broken_value("subjects", "mortgage", channels="office"),
        "subjects / mortgage / channels: Write a list in square brackets.",
    ),
    "unknown weekday": (
        broken_row("offices", "ghent", "opening_hours", weekday="Mo"),
        "offices / ghent / opening_hours 2 / weekday: “Mo” is not known here. Write "
        "one of: monday, tuesday, wednesday, thursday, friday, saturday, sunday.",
    ),
    "no time": (
        broken_row("offices", "ghent", "opening_hours", closes="25:00"),
        "offices / ghent / opening_hours 2 / closes: Write a time of day like 09:00.",
    ),
    "end before start": (
        broken_row("offices", "ghent", "opening_hours", closes="08:00"),
        "offices / ghent / opening_hours 2: "
        "The closing time must be after the opening time.",
    ),
    "no date": (
        broken_value("banners", "pet-insurance", valid_from="tomorrow"),
        "banners / pet-insurance / valid_from: Write a date like 2026-05-04.",
    ),
    "no zone": (
        broken_value("segments", "LOW", valid_from="2026-05-04T09:00:00"),
        "segments / LOW / valid_from: Write the time zone too: 2026-05-04T09:00:00Z.",
    ),
    "unknown time zone": (
        broken_value("offices", "ghent", zone_name="Europe/Gent"),
        "offices / ghent / zone_name: Use a time zone's name, like Europe/Brussels.",
    ),
    "text where yes or no belongs": (
        broken_value("advisors", "eva-peeters", is_active="yes"),
        "advisors / eva-peeters / is_active: Write true or false.",
    ),
    "text where a number belongs": (
        broken_value("offices", "ghent", sort_order="first"),
        "offices / ghent / sort_order: Write a whole number.",
    ),
    "null where a value belongs": (
        broken_value("offices", "ghent", name=None),
        "offices / ghent / name: This cannot be null: write a value.",
    ),
    "an empty name": (
        broken_value("offices", "ghent", name=""),
        "offices / ghent / name: This field cannot be blank.",
    ),
    "a code with a space": (
        lambda document: document["categories"].append({"code": "a b", "name": "A"}),
        "categories / a b / code: Use letters, digits, _ and -, at most 255 of them.",
    ),
    "a code that differs only in case": (
        lambda document: document["categories"].append({"code": "LOANS", "name": "A"}),
        "categories / LOANS: Another one has this code already "
        "(upper and lower case count as the same here).",
    ),
    "a code twice": (
        lambda document: document["categories"].append({"code": "loans"}),
        "categories / loans: This category stands twice in the file.",
    ),
    "a row twice": (
        lambda document: named(document, "segments", "LOW")["offers"].append(
            {"subject": "mortgage"}
        ),
        "segments / LOW / offers 2: This offer stands twice in the file.",
    ),
    "a new object without its name": (
        lambda document: document["categories"].append({"code": "new"}),
        "categories / new / name: Name is missing.",
    ),
    "a rule with thresholds in the wrong order": (
        lambda document: document["rules"].append(
            {
                "name": "Late",
                "channel": "video",
                "threshold_regular": 3,
                "threshold_junior": 2,
            }
        ),
        "rules 20 (Late): Give both thresholds, T1 not above T2.",
    ),
    "a rule whose validity overlaps another's": (
        lambda document: document["rules"].append(
            {"name": "Now", "valid_from": "2026-05-01", "horizon": 3}
        ),
        "rules 20 (Now): Another rule has the same scope at that time.",
    ),
    "segments in a circle": (
        lambda document: document["segments"].extend(
            [
                {"code": "a", "name": "A", "parent": "b"},
                {"code": "b", "name": "B", "parent": "a"},
            ]
        ),
        "segments / b / parent: “a” is below this one already.",
    ),
    "an unreadable colour": (
        lambda document: document["organisation"].update(on_brand="blue"),
        "organisation: On brand: write a colour as #rrggbb, like #0d5e82.",
    ),
    "a merge field that does not exist": (
        lambda document: document["message_texts"].append(
            {
                "kind": "confirmed",
                "recipient": "customer",
                "language": "en",
                "opening": "Dear {name}",
            }
        ),
        "message_texts 1 / opening: {name} is no merge field. You can use {subject}, "
        "{person}, {when}, {reference}, {office}, {first_name}, {organisation}, "
        "{channel}.",
    ),
    "a text without quotes": (
        lambda document: document.update(offices={}),
        "offices: Write a list in square brackets.",
    ),
    "an object without braces": (
        lambda document: document["offices"].append("antwerp"),
        "offices 4: Write the office in braces.",
    ),
    "a secret": (
        lambda document: document["link_keys"][0].update(secret="abc"),
        "link_keys / demo-1: “secret” is not known here.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_a_sentence_and_its_place(bank, name):
    change, sentence = BROKEN[name]
    before = all_rows()

    report = run(changed(bank, change))

    assert sentences(report) == [sentence]
    assert all_rows() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "This is not JSON: line 1, column 1: Expecting value."),
        ('{"format"\n 3}', "This is not JSON: line 2, column 2: Expecting ':' delimiter."),
        ("[]", "This is no configuration file: it must begin with "
         "“format”: “parlour-configuration-1”."),
        ('{"format": "x"}', "This is no configuration file: it must begin with "
         "“format”: “parlour-configuration-1”."),
        ('{"format": "x", "format": "y"}', "“format” stands twice in the same braces."),
        ('{"format": NaN}', "NaN is not a number that can be used."),
        ("[" * 100_000, "This file is nested too deeply."),
        (" " * 2_000_001, "The file is longer than 2,000,000 characters."),
    ],
)  # fmt: skip
def test_what_is_no_configuration_is_refused_in_one_sentence(text, sentence):
    before = all_rows()

    assert sentences(run(text)) == [sentence]
    assert all_rows() == before


def test_a_fault_is_told_once_not_again_by_all_that_name_the_object(bank):
    empty_database()

    report = run(changed(bank, broken_value("offices", "ghent", latitude="north")))

    assert sentences(report) == ["offices / ghent / latitude: Write a number."]
    assert not OpeningHours.objects.exists()


def test_all_faults_are_told_at_once(bank):
    def edit(document):
        named(document, "offices", "ghent").update(name=None, country="Belgium")
        named(document, "subjects", "mortgage").update(channels=[])
        document["rules"][0]["horizon"] = 9999

    report = run(changed(bank, edit))

    assert sentences(report) == [
        "subjects / mortgage / channels: This field cannot be blank.",
        "offices / ghent / name: This cannot be null: write a value.",
        "rules 1 (Everywhere): The horizon is at most 730 days.",
    ]


def export_text() -> str:
    out = io.StringIO()
    call_command("export_config", stdout=out)
    return out.getvalue()


def test_the_commands_write_and_read_a_file(bank, tmp_path):
    file = tmp_path / "bank.json"
    file.write_text(export_text(), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == bank
    Office.objects.filter(code="ghent").update(name="Graslei")
    AvailabilityRule.objects.filter(name="Everywhere").delete()

    out = io.StringIO()
    call_command("import_config", file, "--dry-run", stdout=out)
    assert Office.objects.get(code="ghent").name == "Graslei"
    assert out.getvalue() == (
        "new rule Everywhere\n"
        "changed office ghent\n"
        "    Name: Graslei → Ghent Korenmarkt\n"
        "1 new, 1 changed, 63 unchanged, 0 left alone.\n"
        "This was a dry run: nothing was written.\n"
    )

    call_command("import_config", file, stdout=io.StringIO())
    assert export_text() == bank


def test_the_command_refuses_a_broken_file_with_all_its_sentences(bank, tmp_path):
    file = tmp_path / "bank.json"
    file.write_text(changed(bank, BROKEN["no date"][0]), encoding="utf-8")

    with pytest.raises(CommandError) as error:
        call_command("import_config", file)

    assert str(error.value) == (
        "Nothing was written:\n"
        "  banners / pet-insurance / valid_from: Write a date like 2026-05-04."
    )
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_config", tmp_path / "other.json")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match=r"is no text in UTF-8\."):
        call_command("import_config", file)


@pytest.mark.django_db
def test_a_reminder_that_is_left_out_stays():
    ReminderFactory(code="hour-before")

    report = run('{"format": "parlour-configuration-1", "reminders": []}')

    assert [one.title for one in report.untouched if one.title == "hour-before"]
