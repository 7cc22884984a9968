"""Nobody of the staff reaches more than their role: every address of the back office."""

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from zeal import zeal_ignore

from directory.grants import GRANTS, PATHS, PLAN, SHARED, Role
from directory.models import (
    Absence,
    Advisor,
    Closure,
    Expertise,
    Office,
    SwitchedOffChannel,
    User,
    WeekTemplate,
)
from directory.roles import (
    advisor_of,
    is_administrator,
    may,
    may_ever,
    offices_of,
    scope,
)
from directory.transfer.kinds import all_kinds
from directory.transfer.sheets import find_sheet
from scheduling import messages
from scheduling.admin.actions import ACTIONS as REAL_ACTIONS
from scheduling.models import Appointment, AppointmentEvent, Document
from tests import factories, roles
from tests.access import all_addresses
from tests.factories import NINE, NOW, staff_with
from tests.roles import ACTIONS, FILES, FRAME, GHENT_WORDS, OTHERS, PAGES, PEOPLE, ROWS
from tests.undrawn import UndrawnClient

LIMITED = "me"  # who does not reach Ghent
MODELS = {model._meta.label_lower: model for model in admin.site._registry}
SIDES = ("here", "elsewhere")


@pytest.fixture
def world(world_of_roles):
    with zeal_ignore():
        yield world_of_roles


@pytest.fixture
def mails(settings, tmp_path):
    settings.EMAIL_BACKEND = "scheduling.outbox.MailFiles"
    settings.MAIL_DIR = tmp_path / "mail"
    return settings.MAIL_DIR


def client_of(world, letter, kind=Client) -> Client:
    client = kind()
    client.force_login(User.objects.get(pk=world.people[letter].pk))
    return client


def asker_of(world, letter) -> Client:
    """Return a client that reads pages only where some words must not be in them."""
    return client_of(world, letter, Client if letter in LIMITED else UndrawnClient)


def knocker_of(world, letter) -> Client:
    """Return a client that reads no pages: what opens is what counts."""
    return client_of(world, letter, UndrawnClient)


def address(label, name, *args):
    return reverse(f"admin:{label.replace('.', '_')}_{name}", args=args)


def text(answer) -> str:
    return b"".join(answer).decode(errors="replace")


def ghent_words(answer) -> list[str]:
    found = text(answer)
    return [word for word in GHENT_WORDS if word in found]


def rows_in(world, side) -> dict:
    """Return the columns of every row of a side, as they are now."""
    return {
        label: list(type(row)._base_manager.filter(pk=row.pk).values())
        for label, row in getattr(world, side).items()
    }


def plain_pages():
    """Yield the pages without arguments; each other one has a test of its own."""
    for name in PAGES:
        with suppress(NoReverseMatch):
            yield name, reverse(name)


# The tables are complete.


def test_every_model_of_the_admin_has_a_row():
    assert set(MODELS) - OTHERS == set(ROWS)


def test_every_address_of_the_admin_has_a_row():
    lists = {"changelist", "add", "history", "delete", "change"}
    lists |= {"table", "table_file", "deleted", "restore"}
    known = {
        f"admin:{label.replace('.', '_')}_{last}" for label in MODELS for last in lists
    }
    known |= {f"admin:scheduling_appointment_{one}" for one in {*ACTIONS, *FILES}}
    names = {name for name, route in all_addresses() if route.startswith("admin/")}

    assert names - known - FRAME - set(PAGES) == set()
    assert set(PAGES) - names == set()


def test_every_action_has_a_row():
    assert set(ACTIONS) - {"documents", "take_back"} == set(REAL_ACTIONS)


def test_every_model_is_somebodys_or_of_administrators_alone():
    alone = set(ROWS) - PATHS.keys() - SHARED

    assert alone == {
        "auth.group",
        "directory.user",
        "scheduling.flow",
        "scheduling.postcount",
    }
    assert not PATHS.keys() & SHARED
    assert {
        label for role in GRANTS.values() for label in role
    } <= PATHS.keys() | SHARED


# Lists.


@pytest.mark.parametrize("letter", PEOPLE)
def test_lists_show_what_the_role_reaches(world, letter):
    client = asker_of(world, letter)
    for label, row in ROWS.items():
        answer = client.get(address(label, "changelist"))

        assert answer.status_code == (200 if letter in row.list else 403), label
        assert letter not in LIMITED or ghent_words(answer) == [], label
        if answer.status_code == 200:
            found = set(answer.context["cl"].queryset.values_list("pk", flat=True))
            assert world.row("here", label).pk in found, label
            is_seen = world.row("elsewhere", label).pk in found
            assert is_seen == (letter in row.elsewhere), label


@pytest.mark.parametrize("letter", PEOPLE)
def test_tables_hold_what_the_list_shows(world, letter):
    client = asker_of(world, letter)
    for label, row in ROWS.items():
        if find_sheet(MODELS[label]) is None:
            continue
        for name in ("table", "table_file"):
            answer = client.get(address(label, name))
            assert answer.status_code == (200 if letter in row.list else 403), label
            assert letter not in LIMITED or ghent_words(answer) == [], label
        if answer.status_code == 200:
            lines = len(text(answer).strip().splitlines())
            listed = client.get(address(label, "changelist")).context["cl"]
            assert lines == 1 + listed.queryset.count(), label


@pytest.mark.parametrize("letter", PEOPLE)
def test_administrators_alone_bring_back_what_was(world, letter):
    client = knocker_of(world, letter)
    for kind in all_kinds():
        label = kind.model._meta.label_lower
        expected = 200 if letter == "a" else 403
        assert client.get(address(label, "deleted")).status_code == expected, label
        pk = world.row("here", label).pk
        page = client.post(f"{address(label, 'restore', pk)}?at={NOW.isoformat()}")
        assert page.status_code in ({403, 404, 422} if letter == "a" else {403}), label


@pytest.mark.parametrize("letter", PEOPLE)
def test_the_tables_of_others_are_for_administrators(world, letter):
    for label in OTHERS:
        answer = knocker_of(world, letter).get(address(label, "changelist"))

        assert answer.status_code == (200 if letter == "a" else 403), label


@pytest.mark.parametrize("letter", PEOPLE)
def test_the_dashboard_names_what_the_role_may_list(world, letter):
    answer = client_of(world, letter).get(reverse("admin:index"))

    named = {
        model["model"]._meta.label_lower
        for app in answer.context["app_list"]
        for model in app["models"]
    }
    links = {
        str(item["link"])
        for group in answer.context["sidebar_navigation"]
        for item in group["items"]
        if item["has_permission"]
    }
    mine = {label for label, row in ROWS.items() if letter in row.list}
    assert named - OTHERS == mine
    lists = {address(label, "changelist") for label in {*mine, *OTHERS}}
    pages = {page for name, page in plain_pages() if letter in PAGES[name]}
    assert links - lists - pages == {reverse("admin:index")}
    assert (reverse("why:page") in links) == (letter in "amp")
    assert (reverse("mailbox:list") in links) == (letter != "i")
    assert (reverse("insights:page") in links) == (letter != "i")


@pytest.mark.parametrize("letter", LIMITED)
def test_searching_finds_nobody_of_another_office(world, letter):
    client = knocker_of(world, letter)
    for label, row in ROWS.items():
        if letter in row.list and letter not in row.elsewhere:
            for word in ("Hanne", "Gantois", "Ghent", "GHENTSGEHE"):
                answer = client.get(address(label, "changelist"), {"q": word})
                found = set(answer.context["cl"].queryset.values_list("pk", flat=True))
                assert world.row("elsewhere", label).pk not in found, label


def test_a_filter_names_ones_own_office_and_all_to_who_sees_all(world):
    listed = address("scheduling.appointment", "changelist")
    found = {}
    for letter in "amep":
        changes = client_of(world, letter).get(listed).context["cl"]
        shown = [one for one in changes.filter_specs if one.title == "advisor"]
        found[letter] = [name for one in shown for _, name in one.lookup_choices]

    assert found["a"] == found["p"] == ["Hanne Desmet", "Eva Peeters"]
    assert found["m"] == found["e"] == []  # nothing to choose: no filter


def test_dates_of_another_office_find_nothing(world):
    there = world.elsewhere["scheduling.appointment"]
    later = NINE.replace(year=2031)
    Appointment.objects.filter(pk=there.pk).update(
        starts_at=later, ends_at=later + timedelta(hours=1)
    )
    listed = address("scheduling.appointment", "changelist")

    def found(letter):
        page = client_of(world, letter).get(listed, {"from": "2031-01-01"})
        return list(page.context["cl"].queryset)

    assert found("m") == found("e") == []
    assert found("p") == [there]


# Pages of one row.


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("letter", PEOPLE)
def test_pages_of_a_row_open_to_who_sees_it(world, letter, side):
    client = asker_of(world, letter)
    for label, row in ROWS.items():
        pk = world.row(side, label).pk
        expected = 200 if letter in row.seen(side) else 404
        for name in ("change", "history"):
            answer = client.get(address(label, name, pk))
            assert answer.status_code == expected, (label, name)
            assert letter not in LIMITED or ghent_words(answer) == [], label

        answer = client.get(address(label, "delete", pk))
        refused = 403 if expected == 200 else 404
        status = 200 if letter in row.deleted(side) else refused
        assert answer.status_code == status, label
        assert letter not in LIMITED or ghent_words(answer) == [], label


@pytest.mark.parametrize("letter", PEOPLE)
def test_the_page_to_add_opens_to_who_may(world, letter):
    for label, row in ROWS.items():
        answer = asker_of(world, letter).get(address(label, "add"))

        assert answer.status_code == (200 if letter in row.add else 403), label
        assert letter not in LIMITED or ghent_words(answer) == [], label


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("letter", PEOPLE)
def test_nothing_is_written_by_who_may_not(world, letter, side):
    client = knocker_of(world, letter)
    before = rows_in(world, side)
    for label, row in ROWS.items():
        pk = world.row(side, label).pk
        is_seen = letter in row.seen(side)
        if letter not in row.changed(side):
            answer = client.post(address(label, "change", pk), {"name": "x"})
            assert answer.status_code == (403 if is_seen else 404), label
        if letter not in row.deleted(side):
            answer = client.post(address(label, "delete", pk), {"post": "yes"})
            assert answer.status_code == (403 if is_seen else 404), label
            client.post(
                address(label, "changelist"),
                {"action": "delete_selected", "_selected_action": [pk], "post": "yes"},
            )
        if letter not in row.add:
            answer = client.post(address(label, "add"), {"name": "x"})
            assert answer.status_code == 403, label

    assert rows_in(world, side) == before


@pytest.mark.parametrize("letter", LIMITED)
def test_no_page_of_an_action_says_a_word_of_another_office(world, letter):
    client = client_of(world, letter)
    for name in REAL_ACTIONS:
        assert ghent_words(client.get(meeting_address(world, "here", name))) == [], name


# Look-ups.


def lookups():
    """Yield every autocomplete field of the admin's forms, with what it looks up."""
    for model_admin in admin.site._registry.values():
        for one in (model_admin, *model_admin.inlines):
            for name in one.autocomplete_fields:
                field = one.model._meta.get_field(name)
                yield one.model, name, field.remote_field.model


@pytest.mark.parametrize("letter", PEOPLE)
def test_look_ups_find_what_the_role_reaches(world, letter):
    client = client_of(world, letter)
    for model, name, related in lookups():
        label = related._meta.label_lower
        answer = client.get(
            reverse("admin:autocomplete"),
            {
                "app_label": model._meta.app_label,
                "model_name": model._meta.model_name,
                "field_name": name,
                "term": "",
            },
        )

        row = ROWS[label]
        assert answer.status_code == (200 if letter in row.list else 403), label
        if answer.status_code == 200:
            found = {one["id"] for one in answer.json()["results"]}
            assert str(world.row("here", label).pk) in found
            is_seen = str(world.row("elsewhere", label).pk) in found
            assert is_seen == (letter in row.elsewhere), label


def test_every_model_that_is_searched_for_can_be_looked_up():
    used = {related for _, _, related in lookups()}

    assert all(admin.site._registry[one].search_fields for one in used)


# Actions and files of a meeting.


def meeting_address(world, side, name):
    meeting = world.row(side, "scheduling.appointment")
    args = [meeting.pk]
    if name in {"document", "take_back"}:
        args.append(world.row(side, "scheduling.document").pk)
    return reverse(f"admin:scheduling_appointment_{name}", args=args)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("letter", PEOPLE)
def test_actions_and_files_are_for_who_may(world, letter, side):
    client = knocker_of(world, letter)
    sees = letter in ROWS["scheduling.appointment"].seen(side)
    for name, letters in {**ACTIONS, **FILES}.items():
        answer = client.get(meeting_address(world, side, name))
        b"".join(answer)

        may_here = letter in letters
        if may_here and sees:
            assert answer.status_code in {200, 303}, name
        else:
            assert answer.status_code == (404 if may_here else 403), name


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("letter", PEOPLE)
def test_posting_an_action_without_the_role_writes_nothing(world, letter, side):
    client = knocker_of(world, letter)
    sees = letter in ROWS["scheduling.appointment"].seen(side)
    meeting = world.row(side, "scheduling.appointment")
    before = rows_in(world, side)
    events, papers = AppointmentEvent.objects.count(), Document.objects.count()
    for name, letters in ACTIONS.items():
        if letter in letters and sees:
            continue
        answer = client.post(
            meeting_address(world, side, name),
            {"revision": meeting.revision, "reason": "x", "outcome": "x"},
        )
        assert answer.status_code == (404 if letter in letters else 403), name

    assert rows_in(world, side) == before
    assert AppointmentEvent.objects.count() == events
    assert Document.objects.count() == papers


@pytest.mark.parametrize(
    ("letter", "shown"),
    [
        ("a", ["move", "reassign", "renew-link", "cancel", "note"]),
        ("m", ["move", "reassign", "renew-link", "cancel", "note"]),
        ("p", ["move", "reassign", "renew-link", "cancel", "note"]),
        ("e", ["note"]),
    ],
)
def test_only_what_the_role_may_do_has_a_button(world, letter, shown):
    pk = world.here["scheduling.appointment"].pk
    page = client_of(world, letter).get(address("scheduling.appointment", "change", pk))

    assert [one.slug for one in page.context.get("actions", [])] == shown


def test_an_advisor_completes_an_own_meeting(world):
    meeting = world.here["scheduling.appointment"]
    with time_machine.travel(NINE + timedelta(hours=1), tick=False):
        answer = client_of(world, "e").post(
            meeting_address(world, "here", "complete"),
            {"revision": meeting.revision, "outcome": "Signed"},
        )

    assert answer.status_code == 303
    meeting.refresh_from_db()
    assert (meeting.status, meeting.outcome) == ("completed", "Signed")
    assert AppointmentEvent.objects.filter(user=world.people["e"]).count() == 1


def test_a_meeting_moves_only_among_the_managers_own_offices(world):
    forms = {
        letter: client_of(world, letter)
        .get(meeting_address(world, "here", "move"))
        .context["form"]
        for letter in "mp"
    }

    def names(letter, field):
        return [label for _, label in forms[letter].fields[field].choices]

    assert names("m", "office") == ["Antwerp Meir"]
    assert names("p", "office") == ["Any", "Antwerp Meir", "Ghent Korenmarkt"]
    assert names("m", "advisor")[1:] == ["Eva Peeters"]
    assert names("p", "advisor")[1:] == ["Eva Peeters", "Hanne Desmet"]


@pytest.mark.parametrize("office", ["elsewhere", "none"])
def test_a_manager_cannot_move_a_meeting_to_another_office(world, office):
    meeting = world.here["scheduling.appointment"]
    ghent = world.elsewhere["directory.office"].pk
    before = rows_in(world, "here")

    answer = client_of(world, "m").post(
        meeting_address(world, "here", "move"),
        {
            "revision": meeting.revision,
            "channel": "video",
            "office": ghent if office == "elsewhere" else "",
            "advisor": "",
            "date": "2026-05-05",
            "start": "2026-05-05T08:00:00Z",
        },
    )

    assert answer.status_code == 422
    assert "office" in answer.context["form"].errors
    assert rows_in(world, "here") == before


def test_a_manager_moves_a_meeting_within_the_office(world):
    meeting = world.here["scheduling.appointment"]

    answer = client_of(world, "m").post(
        meeting_address(world, "here", "move"),
        {
            "revision": meeting.revision,
            "channel": "video",
            "office": meeting.office_id,
            "advisor": "",
            "date": "2026-05-05",
            "start": "2026-05-05T08:00:00Z",
        },
    )

    assert answer.status_code == 303
    meeting.refresh_from_db()
    assert meeting.starts_at == NINE + timedelta(hours=23)
    assert meeting.office == world.here["directory.office"]


# Mails.


@pytest.mark.parametrize("letter", PEOPLE)
def test_mails_are_read_by_who_sees_their_meeting(world, mails, letter):
    names = {}
    for side in SIDES:
        message = world.row(side, "scheduling.message")
        messages.send(message.pk, now=NOW)
        names[side] = f"{message.appointment.reference}-confirmed-0-customer.eml"
    (mails / "password-0123.eml").write_bytes(b"Subject: A new password\r\n\r\nlink")
    client = client_of(world, letter)

    listed = client.get(reverse("mailbox:list"))

    assert listed.status_code == (200 if letter in PAGES["mailbox:list"] else 403)
    expected = {"a": 3, "p": 2, "m": 1, "e": 1, "i": 0}[letter]
    if listed.status_code == 200:
        assert len(listed.context["mails"]) == expected
    for side, name in names.items():
        if letter == "i":
            status = 403
        else:
            status = 200 if letter in ROWS["scheduling.message"].seen(side) else 404
        for view in ("mail", "calendar"):
            answer = client.get(reverse(f"mailbox:{view}", args=[name]))
            assert answer.status_code == status, (side, view)
    secret = client.get(reverse("mailbox:mail", args=["password-0123.eml"]))
    assert secret.status_code == {"a": 200, "i": 403}.get(letter, 404)


@pytest.mark.parametrize("letter", PEOPLE)
def test_other_pages_open_to_whom_the_table_names(world, mails, letter):
    client = asker_of(world, letter)
    for name, page in plain_pages():
        answer = client.get(page)
        statuses = {200, 302, 303} if letter in PAGES[name] else {403}
        assert answer.status_code in statuses, name
        assert letter not in LIMITED or ghent_words(answer) == [], name


@pytest.mark.parametrize("letter", PEOPLE)
def test_wordings_and_passwords_are_for_administrators(world, letter):
    client = client_of(world, letter)
    preview = reverse("admin:scheduling_messagetemplate_preview")
    password = reverse("admin:auth_user_password_change", args=[world.people["m"].pk])

    assert client.get(preview).status_code == (302 if letter == "a" else 403)
    assert client.post(preview).status_code == (422 if letter == "a" else 403)
    assert client.get(password).status_code == (200 if letter == "a" else 404)
    assert client.post(password).status_code == (200 if letter == "a" else 404)


@pytest.mark.parametrize("letter", PEOPLE)
def test_copies_of_segments_and_broken_links_are_for_administrators(world, letter):
    client = client_of(world, letter)
    segment = world.row("here", "segments.segment")
    problem = world.row("here", "segments.linkproblem")
    copy = reverse("admin:segments_segment_duplicate", args=[segment.pk])
    broken = reverse("links:broken", args=[problem.pk])

    assert client.get(copy).status_code == (200 if letter == "a" else 403)
    assert client.get(broken).status_code == (200 if letter == "a" else 403)


# What is saved stays within one's own.


def closure(office, **more):
    return {
        "office": office,
        "name": "Moving",
        "first_day": "2026-06-01",
        "last_day": "2026-06-01",
        **more,
    }


def test_a_manager_closes_only_the_own_office(world):
    client = client_of(world, "m")
    add = address("directory.closure", "add")
    before = Closure.objects.count()

    for office in ("", world.elsewhere["directory.office"].pk):
        answer = client.post(add, closure(office))
        assert list(answer.context["adminform"].form.errors) == ["office"]
    assert Closure.objects.count() == before

    assert (
        client.post(add, closure(world.here["directory.office"].pk)).status_code == 302
    )
    assert Closure.objects.count() == before + 1


def test_closures_of_every_office_are_read_and_not_changed_by_a_manager(world):
    everywhere = factories.ClosureFactory(office=None, name="Labour Day")
    client = client_of(world, "m")

    page = address("directory.closure", "change", everywhere.pk)
    assert client.get(page).status_code == 200
    assert client.post(page, closure("")).status_code == 403
    everywhere.refresh_from_db()
    assert everywhere.name == "Labour Day"


def test_who_sees_all_offices_still_closes_only_the_own(world):
    """A planner who is a manager too: each role in its own scope."""
    office = world.here["directory.office"]
    both = staff_with(Role.PLANNER, Role.OFFICE_MANAGER, offices=[office])
    client = Client()
    client.force_login(both)
    there = world.elsewhere["directory.closure"]

    page = address("directory.closure", "change", there.pk)
    assert client.get(page).status_code == 200
    assert client.post(page, closure(there.office_id)).status_code == 403
    answer = client.post(address("directory.closure", "add"), closure(there.office_id))
    assert list(answer.context["adminform"].form.errors) == ["office"]
    own = world.here["directory.closure"]
    moved = client.post(
        address("directory.closure", "change", own.pk), closure(there.office_id)
    )
    assert list(moved.context["adminform"].form.errors) == ["office"]
    assert Closure.objects.filter(office=there.office).get() == there


def absence(advisor):
    return {
        "advisor": advisor.pk,
        "starts_at_0": "2026-07-06",
        "starts_at_1": "09:00",
        "ends_at_0": "2026-07-06",
        "ends_at_1": "12:00",
    }


@pytest.mark.parametrize("letter", LIMITED)
def test_absences_are_noted_for_ones_own_advisors_only(world, letter):
    client = client_of(world, letter)
    add = address("directory.absence", "add")
    eva, hanne = (world.row(side, "directory.advisor") for side in SIDES)

    refused = client.post(add, absence(hanne))
    assert list(refused.context["adminform"].form.errors) == ["advisor"]
    assert Absence.objects.filter(advisor=hanne).count() == 1

    assert client.post(add, absence(eva)).status_code == 302
    assert Absence.objects.filter(advisor=eva).count() == 2


def test_an_advisor_notes_no_absence_of_a_colleague(world):
    colleague = factories.working_advisor(
        world.here["directory.office"], world.here["directory.subject"]
    )

    answer = client_of(world, "e").post(
        address("directory.absence", "add"), absence(colleague)
    )

    assert list(answer.context["adminform"].form.errors) == ["advisor"]
    assert not Absence.objects.filter(advisor=colleague).exists()


def test_a_planner_with_a_diary_notes_only_own_absences(world):
    planner = world.people["p"]
    planner.groups.add(Group.objects.get(name=Role.ADVISOR))
    eva, hanne = (world.row(side, "directory.advisor") for side in SIDES)
    Advisor.objects.filter(pk=eva.pk).update(user=planner)
    client = client_of(world, "p")
    add = address("directory.absence", "add")

    assert list(client.post(add, absence(hanne)).context["adminform"].form.errors) == [
        "advisor"
    ]
    assert client.post(add, absence(eva)).status_code == 302


def test_a_manager_switches_a_channel_off_and_never_on(world):
    client = client_of(world, "m")
    office = world.here["directory.office"]
    off = world.here["directory.switchedoffchannel"]

    added = client.post(
        address("directory.switchedoffchannel", "add"),
        {"office": office.pk, "subject": "", "channel": "video"},
    )
    assert added.status_code == 302
    for name, data in (("change", {"channel": "office"}), ("delete", {"post": "yes"})):
        page = address("directory.switchedoffchannel", name, off.pk)
        assert client.post(page, data).status_code == 403

    found = SwitchedOffChannel.objects.filter(office=office)
    assert set(found.values_list("channel", flat=True)) == {"phone", "video"}


def form_of(page) -> dict:
    """Return what a browser would post of an admin page's forms."""
    forms = [page.context["adminform"].form]
    for one in page.context["inline_admin_formsets"]:
        forms += [one.formset.management_form, *one.formset.initial_forms]
    return {
        bound.html_name: value
        for form in forms
        for bound in form
        if (value := bound.value()) is not None and value is not False
    }


def test_a_manager_changes_an_office_but_not_what_links_rest_on(world):
    client = client_of(world, "m")
    office = world.here["directory.office"]
    page = address("directory.office", "change", office.pk)
    data = form_of(client.get(page))

    answer = client.post(
        page, {**data, "city": "Anvers", "code": "x", "zone_name": "UTC"}
    )

    assert answer.status_code == 302
    office.refresh_from_db()
    assert (office.city, office.code) == ("Anvers", "antwerp")
    assert office.zone_name == "Europe/Brussels"


def new_advisor(**more):
    return {
        "code": "new",
        "first_name": "Nina",
        "last_name": "Goossens",
        "is_active": "on",
        "expertise-TOTAL_FORMS": "1",
        "expertise-INITIAL_FORMS": "0",
        "week_templates-TOTAL_FORMS": "0",
        "week_templates-INITIAL_FORMS": "0",
        **more,
    }


def first_expertise(office, subject):
    return {
        "expertise-0-office": office.pk,
        "expertise-0-subject": subject.pk,
        "expertise-0-channels": ["video"],
        "expertise-0-rank": "1",
    }


def test_a_new_advisor_of_a_manager_belongs_to_the_own_office(world):
    client = client_of(world, "m")
    add = address("directory.advisor", "add")
    subject = world.here["directory.subject"]
    here, there = (world.row(side, "directory.office") for side in SIDES)

    assert client.post(add, new_advisor()).status_code == 200
    elsewhere = new_advisor(**first_expertise(there, subject))
    assert client.post(add, elsewhere).status_code == 200
    assert not Advisor.objects.filter(code="new").exists()

    added = client.post(add, new_advisor(**first_expertise(here, subject)))
    assert added.status_code == 302
    assert Expertise.objects.get(advisor__code="new").office == here


def test_nobody_makes_somebody_an_advisor_but_administrators(world):
    """Whose sign-in an advisor has decides whose meetings somebody sees."""
    data = first_expertise(
        world.here["directory.office"], world.here["directory.subject"]
    )
    client_of(world, "m").post(
        address("directory.advisor", "add"),
        new_advisor(user=world.people["m"].pk, **data),
    )

    assert Advisor.objects.get(code="new").user is None


def test_an_advisor_of_two_offices_is_changed_by_neither_manager(world):
    eva = world.here["directory.advisor"]
    there = factories.ExpertiseFactory(
        advisor=eva,
        office=world.elsewhere["directory.office"],
        subject=world.here["directory.subject"],
    )
    client = client_of(world, "m")

    for label in ("directory.advisor", "directory.weektemplate"):
        page = address(label, "change", world.here[label].pk)
        assert client.get(page).status_code == 200
        assert client.post(page, {"first_name": "x"}).status_code == 403
    page = address(
        "directory.weektemplate", "delete", world.here["directory.weektemplate"].pk
    )
    assert client.post(page, {"post": "yes"}).status_code == 403
    assert WeekTemplate.objects.filter(advisor=eva).exists()
    shown = client.get(address("directory.expertise", "changelist")).context["cl"]
    assert there not in shown.queryset
    assert (
        client.post(address("directory.absence", "add"), absence(eva)).status_code
        == 302
    )


def test_a_posted_row_of_another_office_is_not_taken_into_an_inline(world):
    eva = world.here["directory.advisor"]
    there = world.elsewhere["directory.expertise"]
    client = client_of(world, "m")
    page = address("directory.advisor", "change", eva.pk)
    data = form_of(client.get(page))

    client.post(page, {**data, "expertise-0-id": there.pk, "expertise-0-rank": "3"})

    there.refresh_from_db()
    assert there.rank == 1
    assert there.advisor == world.elsewhere["directory.advisor"]


def test_a_manager_corrects_a_customer_but_not_who_they_are(world):
    client = client_of(world, "m")
    customer = world.here["directory.customer"]
    page = address("directory.customer", "change", customer.pk)
    data = form_of(client.get(page))

    answer = client.post(
        page,
        {
            **data,
            "first_name": "Maxim",
            "user": world.people["m"].pk,
            "segment_codes": "HIGH",
            "customer_number": "C1",
            "may_be": "",
            "preferred_office": world.here["directory.office"].pk,
        },
    )

    assert answer.status_code == 302
    before = (customer.customer_number, [], None, customer.may_be)
    customer.refresh_from_db()
    assert customer.first_name == "Maxim"
    assert customer.preferred_office is None
    now = (
        customer.customer_number,
        customer.segment_codes,
        customer.user,
        customer.may_be,
    )
    assert now == before


# The functions that others build on.


def test_offices_and_advisor_of_the_roles(world):
    office = world.here["directory.office"].pk
    people = {
        letter: User.objects.get(pk=one.pk) for letter, one in world.people.items()
    }

    assert {letter: offices_of(one) for letter, one in people.items()} == {
        "a": None,
        "m": {office},
        "e": set(),
        "p": None,
        "i": set(),
    }
    eva = world.here["directory.advisor"].pk
    assert [advisor_of(people[letter]) for letter in "amepi"] == [
        None,
        None,
        eva,
        None,
        None,
    ]
    assert [letter for letter in PEOPLE if is_administrator(people[letter])] == ["a"]


def test_several_roles_add_up_each_in_its_own_scope(world):
    """Eva is an advisor in Antwerp and runs the office of Ghent."""
    here, there = (world.row(side, "scheduling.appointment") for side in SIDES)
    colleague = factories.AppointmentFactory(
        office=here.office, advisor=factories.AdvisorFactory()
    )
    eva = world.people["e"]
    eva.groups.add(Group.objects.get(name=Role.OFFICE_MANAGER))
    eva.managed_offices.add(there.office)
    eva = User.objects.get(pk=eva.pk)

    seen = scope(Appointment.objects.all(), eva)
    assert set(seen) == {here, there}
    assert set(scope(Appointment.objects.all(), eva, PLAN)) == {there}
    assert [may(eva, PLAN, one) for one in (here, there, colleague)] == [
        False,
        True,
        False,
    ]
    assert [may(eva, "change", one) for one in (here, there, colleague)] == [
        True,
        True,
        False,
    ]


def test_a_single_permission_holds_at_the_offices_that_somebody_runs(world):
    here, there = (world.row(side, "scheduling.appointment") for side in SIDES)
    idle = world.people["i"]
    idle.user_permissions.set(
        Permission.objects.filter(
            codename__in=["view_appointment", "view_segment", "view_user"]
        )
    )
    idle = User.objects.get(pk=idle.pk)
    assert list(scope(Appointment.objects.all(), idle)) == []
    assert may_ever(idle, "view", type(world.here["segments.segment"]))
    assert not may_ever(idle, "view", User)

    idle.managed_offices.add(there.office)
    idle = User.objects.get(pk=idle.pk)
    assert list(scope(Appointment.objects.all(), idle)) == [there]
    assert not may(idle, "view", here)
    assert not may(idle, "change", there)


def test_running_an_office_without_the_role_gives_nothing(world):
    eva = world.people["e"]
    eva.managed_offices.add(world.elsewhere["directory.office"])
    eva = User.objects.get(pk=eva.pk)

    assert list(scope(Appointment.objects.all(), eva)) == [
        world.here["scheduling.appointment"]
    ]
    assert not may_ever(eva, PLAN, Appointment)


def test_whoever_is_switched_off_reaches_nothing(world):
    for letter in PEOPLE:
        User.objects.filter(pk=world.people[letter].pk).update(is_active=False)
        one = User.objects.get(pk=world.people[letter].pk)
        assert not is_administrator(one)
        assert not one.has_perm("directory.view_office")
        assert list(scope(Office.objects.all(), one)) == []


def test_rows_are_not_doubled_by_joins(world):
    here = world.here["scheduling.appointment"]
    factories.AppointmentFactory(
        customer=here.customer,
        office=here.office,
        advisor=here.advisor,
        starts_at=NINE + timedelta(hours=3),
    )
    page = client_of(world, "m").get(address("directory.customer", "changelist"))

    assert [one.pk for one in page.context["cl"].result_list] == [here.customer_id]


def test_asking_costs_one_query_beside_the_permissions(world):
    manager = User.objects.get(pk=world.people["m"].pk)
    manager.get_all_permissions()
    here, there = (world.row(side, "scheduling.appointment") for side in SIDES)

    with CaptureQueriesContext(
        connection,
    ) as made:
        assert may(manager, "view", here)
        assert not may(manager, PLAN, there)
        assert offices_of(manager) == {here.office_id}
        scope(Appointment.objects.all(), manager)

    assert len(made) == 1


# The lists stay quick: with what they draw, see test_admin_lists.py.


@pytest.mark.parametrize("letter", LIMITED)
def test_lists_cost_the_same_however_long_they_are(world, letter):
    client = knocker_of(world, letter)
    labels = [label for label, row in ROWS.items() if letter in row.list]

    def queries(label):
        with CaptureQueriesContext(connection) as made:
            assert client.get(address(label, "changelist")).status_code == 200
        return len(made)

    queries(labels[0])  # keeps what is asked for once only
    few = {label: queries(label) for label in labels}
    roles.more_rows(world, 3)
    queries(labels[0])
    many = {label: queries(label) for label in labels}

    assert many == few
    assert max(many.values()) <= 20
