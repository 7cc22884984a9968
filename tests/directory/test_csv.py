"""Tables for spreadsheets: out, in after a look, and what a broken one gets."""

import csv
import io

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from directory.grants import Role
from directory.models import (
    Category,
    Expertise,
    Office,
    OpeningHours,
    Subject,
    WeekBlock,
)
from directory.transfer.sheets import (
    export_sheet,
    find_sheet,
    import_sheet,
    try_sheet,
)
from segments.models import AvailabilityRule
from tests.demo import DEMO_NOW
from tests.factories import (
    AdministratorFactory,
    AdvisorFactory,
    CategoryFactory,
    ExpertiseFactory,
    OfficeFactory,
    OpeningHoursFactory,
    SegmentFactory,
    StaffFactory,
    SubjectFactory,
    WeekBlockFactory,
    WeekTemplateFactory,
)

pytestmark = pytest.mark.django_db


def table(model) -> str:
    return export_sheet(find_sheet(model), model.objects.all())


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def run(model, text: str, person=None):
    return import_sheet(
        find_sheet(model), text, person=person, reason="import of a.csv", now=DEMO_NOW
    )


def sentences(report) -> list[str]:
    return [str(problem) for problem in report.problems]


def test_texts_come_back_as_they_were_and_no_spreadsheet_computes_them():
    nasty = ["=1+1", "+32 3 808", "-5", "@me", "'quoted", "'=x", ' a "b", c\r\n d ']
    for number, text in enumerate(nasty):
        CategoryFactory(code=f"c{number}", name="N", description=text)

    found = table(Category)

    cells = [row["description"] for row in rows_of(found)]
    assert cells == [
        "'=1+1",
        "'+32 3 808",
        "'-5",
        "'@me",
        "''quoted",
        "''=x",
        ' a "b", c\r\n d ',
    ]
    assert run(Category, found).unchanged == len(nasty)
    Category.objects.update(description="")
    run(Category, found)
    descriptions = Category.objects.order_by("code").values_list(
        "description", flat=True
    )
    assert list(descriptions) == nasty


def test_a_negative_number_is_a_number():
    OfficeFactory(code="lisbon", longitude=-9.14, latitude=38.72)

    text = table(Office)

    assert [row["longitude"] for row in rows_of(text)] == ["-9.14"]
    assert run(Office, text).unchanged == 1


def test_rows_are_found_by_code_or_external_id_and_others_are_new():
    CategoryFactory(code="loans", name="Loans")
    CategoryFactory(code="old", external_id="42", name="Old")

    report = run(
        Category,
        "code,external_id,name\nloans,,Credit\nnewer,42,Newer\ninvest,7,Investing\n",
    )

    assert sentences(report) == []
    assert [one.title for one in report.created] == ["invest"]
    assert [[str(one) for one in each.differences] for each in report.changed] == [
        ["Name: Loans → Credit"],
        ["Code: old → newer", "Name: Old → Newer"],
    ]
    assert list(Category.objects.order_by("pk").values_list("code", "name")) == [
        ("loans", "Credit"),
        ("newer", "Newer"),
        ("invest", "Investing"),
    ]


def test_a_column_that_is_left_out_changes_nothing():
    SubjectFactory(code="mortgage", instructions="Bring it", channels=["office"])

    report = run(Subject, 'code,channels\nmortgage,"office, video"\n')

    assert sentences(report) == []
    subject = Subject.objects.get()
    assert (subject.instructions, subject.channels) == ("Bring it", ["office", "video"])


def test_an_empty_cell_empties_what_may_be_empty():
    segment = SegmentFactory(code="LOW")
    AvailabilityRule.objects.create(segment=segment, who_first="junior", horizon=3)

    report = run(AvailabilityRule, "segment,who_first,horizon,ranks\nLOW,,,\n")

    assert sentences(report) == []
    rule = AvailabilityRule.objects.get()
    assert (rule.who_first, rule.horizon, rule.ranks) == ("", None, None)


def test_rows_inside_objects_are_removed_only_when_the_file_says_so():
    office = OfficeFactory(code="ghent")
    for weekday in range(3):
        OpeningHoursFactory(office=office, weekday=weekday)

    report = run(
        OpeningHours,
        "office,weekday,opens,closes,remove\n"
        "ghent,Monday,09:00,18:00,\n"
        "ghent,tuesday,09:00,,yes\n"
        "ghent,saturday,10:00,12:00,no\n",
    )

    assert sentences(report) == []
    assert [str(row) for row in OpeningHours.objects.all()] == [
        "Monday 09:00-18:00",
        "Wednesday 09:00-17:00",
        "Saturday 10:00-12:00",
    ]


def test_working_hours_go_by_the_code_of_their_advisor():
    office, advisor = OfficeFactory(code="ghent"), AdvisorFactory(code="wim-lambert")
    week = WeekTemplateFactory(advisor=advisor)
    WeekBlockFactory(template=week, office=office, weekday=0)

    report = run(
        WeekBlock,
        "template,weekday,starts,ends,office,channels\n"
        "wim-lambert,friday,13:00,17:00,ghent,phone\n",
    )

    assert sentences(report) == []
    assert [str(row) for row in week.blocks.all()] == [
        "Monday 09:00-17:00",
        "Friday 13:00-17:00",
    ]


BROKEN = [
    ("code,nmae\na,A\n", "“nmae” is not known here. Did you mean “name”?"),
    ("name\nA\n", "The column code is missing."),
    ("code,code\na,b\n", "The column code stands twice in the file."),
    ("code,name\na\n", "Row 2 has 1 columns, the first one has 2."),
    ("", "The file is empty. Choose another one."),
    ('code,name\n"a,A\n', "This is no CSV file: unexpected end of data."),
    ("code,name\na b,A\n", "row 2, code: Use letters, digits, _ and -, at most 255 of "
     "them."),
    ("code,name\na,\n", "row 2, name: This field cannot be blank."),
    ("code,name,is_active\na,A,maybe\n", "row 2, is_active: Write yes or no."),
    ("code,name,sort_order\na,A,first\n", "row 2, sort_order: Write a number."),
    ("code,name,sort_order\na,A,1.5\n", "row 2, sort_order: Write a whole number."),
    ("code,name,sort_order\na,A,-3\n", "row 2, sort_order: Ensure this value is greater "
     "than or equal to 0."),
    ("code,name\na,A\na,B\n", "row 3: This one stands twice in the file."),
    ("code,name\nLOANS,A\n", "row 2: Another one has this code already (upper and lower "
     "case count as the same here)."),
    ("code,name,external_id\na,A,1\nb,B,1\n", "row 3: Another one has this external id "
     "already."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_a_broken_table_is_refused_with_a_sentence_and_its_row(text, sentence):
    CategoryFactory(code="loans", name="Loans")

    report = run(Category, text)

    assert sentences(report) == [sentence]
    assert list(Category.objects.values_list("code", "name")) == [("loans", "Loans")]


def test_broken_references_are_told_with_their_column():
    report = run(
        Expertise,
        "advisor,office,subject,rank,channels,remove\n"
        'eva,ghent,mortgage,4,"fax, phone",perhaps\n',
    )

    assert sentences(report) == [
        "row 2, advisor: There is no advisor with the code “eva”.",
        "row 2, office: There is no office with the code “ghent”.",
        "row 2, subject: There is no subject with the code “mortgage”.",
        "row 2, rank: “4” is not known here. Write one of: 1, 2, 3.",
        "row 2, channels: “fax” is not known here. "
        "Write one of: office, phone, video, on_location.",
    ]
    assert not Expertise.objects.exists()


def test_a_dry_run_writes_nothing_and_semicolons_are_understood():
    CategoryFactory(code="loans", name="Loans")

    report = try_sheet(
        find_sheet(Category),
        "\ufeffcode;name\r\nloans;Credit\r\nnew;New\r\n",
        person=None,
        now=DEMO_NOW,
    )

    assert (len(report.created), len(report.changed)) == (1, 1)
    assert Category.objects.get().name == "Loans"
    assert Category.history.count() == 1


def test_a_bigger_table_asks_no_more_questions(django_assert_num_queries):
    def make() -> None:
        for _ in range(3):
            ExpertiseFactory()

    make()
    with django_assert_num_queries(5):
        table(Expertise)
    make()
    with django_assert_num_queries(5):
        table(Expertise)


# In the back office.


@pytest.fixture
def manager(client):
    user = StaffFactory()
    user.groups.add(Group.objects.get(name=Role.OFFICE_MANAGER))
    user.managed_offices.add(OfficeFactory(code="antwerp"))
    client.force_login(user)
    return user


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("hours.csv", text.encode())


def test_the_page_shows_first_what_a_table_changes_and_then_writes_it(client):
    client.force_login(AdministratorFactory())
    CategoryFactory(code="loans", name="Loans", description="one\ntwo")
    address = reverse("admin:directory_category_table")
    text = "code,name,description\nloans,Credit,one\ntwo\n".replace(
        "one\ntwo", '"one\ntwo"'
    )

    look = client.post(address, {"file": upload(text)})
    assert look.status_code == 200
    assert Category.objects.get().name == "Loans"
    assert "<del>Loans</del> is now <ins>Credit</ins>" in look.content.decode()

    response = client.post(address, {"text": look.context["text"], "name": "hours.csv"})
    assert response["Location"] == reverse("admin:directory_category_changelist")
    assert Category.objects.get().name == "Credit"
    assert Category.history.first().history_change_reason == "import of hours.csv"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose a file."),
        ({"file": SimpleUploadedFile("a.csv", b"")}, "The file is empty."),
        ({"file": SimpleUploadedFile("a.csv", b"\xff")}, "This is no text in UTF-8."),
        ({"text": "%"}, "Choose a file."),
        ({"file": SimpleUploadedFile("a.csv", b"name\n")}, "column code is missing"),
    ],
)
def test_what_is_no_table_is_refused_on_the_page(client, fields, sentence):
    client.force_login(AdministratorFactory())

    response = client.post(reverse("admin:directory_category_table"), fields)

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_manager_gets_and_writes_only_the_rows_of_own_offices(client, manager):
    own = Office.objects.get(code="antwerp")
    OpeningHoursFactory(office=own, weekday=0)
    other = OpeningHoursFactory(office=OfficeFactory(code="ghent"), weekday=0)

    file = client.get(reverse("admin:directory_openinghours_table_file"))
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert [row["office"] for row in rows_of(file.content.decode("utf-8-sig"))] == [
        "antwerp"
    ]

    address = reverse("admin:directory_openinghours_table")
    header = "office,weekday,opens,closes,remove\n"
    for row in ("ghent,monday,09:00,20:00,", "ghent,monday,09:00,,yes",
                "ghent,friday,09:00,20:00,"):  # fmt: skip
        response = client.post(address, {"file": upload(header + row + "\n")})
        assert response.status_code == 422
        assert "row 2" in response.content.decode()
    other.refresh_from_db()
    assert f"{other.closes:%H:%M}" == "17:00"
    text = header + "antwerp,monday,09:00,20:00,\n"
    response = client.post(address, {"file": upload(text)})
    assert response.status_code == 200


def test_a_manager_reads_subjects_but_imports_none(client, manager):
    address = reverse("admin:directory_subject_table")

    page = client.get(address)

    assert page.status_code == 200
    assert page.context["form"] is None
    assert client.post(address, {"file": upload("code\n")}).status_code == 403


def test_who_sees_no_list_gets_no_table(client):
    client.force_login(StaffFactory())

    for name in ("table", "table_file"):
        address = reverse(f"admin:directory_subject_{name}")
        assert client.get(address).status_code == 403


# The whole configuration.


@pytest.fixture
def configuration_page() -> str:
    return reverse("admin:directory_organisation_configuration")


def test_the_configuration_goes_out_and_in_on_its_page(client, configuration_page):
    client.force_login(AdministratorFactory())
    CategoryFactory(code="loans", name="Loans")
    file = client.get(reverse("admin:directory_organisation_configuration_file"))
    assert file["Content-Disposition"] == 'attachment; filename="configuration.json"'
    text = file.content.decode().replace("Loans", "Credit")

    look = client.post(configuration_page, {"file": upload(text)})
    assert look.context["may_confirm"]
    assert Category.objects.get().name == "Loans"

    posted = {"text": text, "name": "bank.json", "state": look.context["state"]}
    response = client.post(configuration_page, posted)
    assert response["Location"] == configuration_page
    assert Category.objects.get().name == "Credit"
    assert Category.history.first().history_change_reason == "import of bank.json"

    again = client.post(configuration_page, {"file": upload(text)})
    assert not again.context["may_confirm"]
    assert "there is nothing to write" in again.content.decode()


def test_a_configuration_that_changed_since_the_look_is_not_written_over(
    client, configuration_page
):
    client.force_login(AdministratorFactory())
    CategoryFactory(code="loans", name="Loans")
    text = (
        '{"format": "parlour-configuration-1", '
        '"categories": [{"code": "loans", "name": "Credit"}]}'
    )
    look = client.post(configuration_page, {"file": upload(text)})
    CategoryFactory(code="other")

    posted = {"text": text, "name": "bank.json", "state": look.context["state"]}
    response = client.post(configuration_page, posted)

    assert response.status_code == 422
    assert "in the meantime" in response.content.decode()
    assert Category.objects.get(code="loans").name == "Loans"
    assert response.context["may_confirm"]


def test_a_broken_configuration_is_refused_on_its_page(client, configuration_page):
    client.force_login(AdministratorFactory())

    response = client.post(configuration_page, {"file": upload("{}")})

    assert response.status_code == 422
    assert "it must begin with" in response.content.decode()
    assert not response.context["may_confirm"]


def test_only_administrators_move_the_whole_configuration(
    client, manager, configuration_page
):
    for address in (
        configuration_page,
        reverse("admin:directory_organisation_configuration_file"),
    ):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403


@time_machine.travel(DEMO_NOW, tick=False)
@pytest.mark.parametrize("name", ["directory_office", "segments_segment"])
def test_the_list_leads_to_its_table_and_to_what_was_deleted(client, name):
    client.force_login(AdministratorFactory())

    page = client.get(reverse(f"admin:{name}_changelist"))

    assert [address for _, address in page.context["list_links"]] == [
        reverse(f"admin:{name}_table"),
        reverse(f"admin:{name}_deleted"),
    ]
    assert reverse(f"admin:{name}_table") in page.content.decode()
