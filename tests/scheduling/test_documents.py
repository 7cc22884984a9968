"""Files of visitors."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from hypothesis import given, strategies as st

from scheduling.errors import FlowGone, NotYourFile, UploadRefused, WrongStatus
from scheduling.models import AppointmentEvent, Document
from scheduling.models.document import private_storage
from scheduling.services.documents import (
    add_document,
    keep_upload,
    remove_document,
    remove_upload,
)
from scheduling.services.uploads import check_upload, clean_name
from tests.factories import (
    NOW,
    AppointmentFactory,
    DocumentFactory,
    FlowFactory,
    StaffFactory,
)

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02"
    b"\x00\x00\x00\x90wS\xde\x00\x00\x00\x00IEND\xaeB`\x82"
)
BOMB = PNG.replace(
    b"\x00\x00\x00\x01\x00\x00\x00\x01", b"\x00\x0f\xff\xff\x00\x0f\xff\xff"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
WEBP = (
    b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88"
)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 32
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 64


def zipped(*names: str, stored: str = "") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        if stored:
            archive.writestr("mimetype", stored)
        for name in names:
            archive.writestr(name, "<x/>")
    return data.getvalue()


DOCX = zipped("[Content_Types].xml", "word/document.xml")
XLSX = zipped("[Content_Types].xml", "xl/workbook.xml")
ODT = zipped("content.xml", stored="application/vnd.oasis.opendocument.text")
MACROS = zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
JAR = zipped("META-INF/MANIFEST.MF", "Main.class")


def upload(flow, name="payslip.pdf", data=PDF, *, code="payslip"):
    return keep_upload(
        flow, question_code=code, name=name, content=ContentFile(data), now=NOW
    )


@pytest.fixture
def new_files():
    """A function that tells which files are stored that were not there before."""

    def stored() -> set[str]:
        storage = private_storage()
        return set(storage.listdir("")[1]) if storage.exists("") else set()

    before = stored()
    return lambda: stored() - before


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("A.PDF", PDF, "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.jpg", JPEG, "image/jpeg"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.webp", WEBP, "image/webp"),
        ("a.heic", HEIC, "image/heic"),
        ("a.txt", "Zoë: 1 € a day\r\n".encode(), "text/plain"),
        (
            "a.docx",
            DOCX,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "a.xlsx",
            XLSX,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("a.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("2026.05.04 statement.pdf", PDF, "application/pdf"),
        ("bomb.png", BOMB, "image/png"),  # never decoded, so it is only small
    ],
)
def test_a_file_whose_name_and_content_agree_is_accepted(name, data, content_type):
    checked = check_upload(name, ContentFile(data))

    assert checked.content_type == content_type
    assert checked.size == len(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b""),
        ("a.exe", EXE),
        ("a.pdf", EXE),
        ("a.txt", EXE),
        ("a.exe.pdf", PDF),
        ("a.pdf.exe", PDF),
        ("a.pdf.exe ", EXE),
        ("a.php.jpg", JPEG),
        ("a.html", b"<html></html>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.txt", b"<html><script>alert(1)</script></html>"),
        ("a.png", JPEG),
        ("a.jpg", PNG),
        ("a.jpg", b"GIF89a" + JPEG),
        ("a.pdf", b"<html>" + PDF),
        ("a.pdf", PDF + JAR),
        ("a.png", PNG + JAR),
        ("a.docx", JAR),
        ("a.docx", XLSX),
        ("a.docx", MACROS),
        ("a.docx", DOCX[:-30]),
        ("a.odt", DOCX),
        ("a.docm", MACROS),
        ("a.zip", DOCX),
        ("a.txt", PDF),
        ("a.txt", b"\xff\xfe\x00\x00"),
        ("a", PDF),
        (".pdf", PDF + JAR),
        ("", PDF),
    ],
)
def test_a_file_that_pretends_is_refused(name, data):
    with pytest.raises(UploadRefused):
        check_upload(name, ContentFile(data))


def test_ten_megabytes_are_enough(settings):
    settings.UPLOAD_MAX_BYTES = len(PDF)
    assert check_upload("a.pdf", ContentFile(PDF))

    with pytest.raises(UploadRefused):
        check_upload("a.pdf", ContentFile(PDF + b"\n"))


@given(st.text(max_size=300))
def test_a_clean_name_is_harmless(name):
    clean = clean_name(name + ".pdf")

    assert len(clean.encode()) <= 120
    assert not set(clean) & set("/\\\x00\r\n\u202e\u200b")
    assert clean not in {".", ".."}
    assert clean == clean_name(clean)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("C:\\Users\\max\\pay slip.pdf", "pay slip.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("fdp.\u202eexe.pdf", "fdp.exe.pdf"),
        ("Zoe\u0308.pdf", "Zo\u00eb.pdf"),
        ("a\r\nb.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("e\u200b\u0301.pdf", "\u00e9.pdf"),
        (".pdf", "file.pdf"),
    ],
)
def test_names_are_cleaned(name, clean):
    assert clean_name(name) == clean


@pytest.mark.django_db
def test_a_file_is_kept_under_a_name_of_our_own():
    flow = FlowFactory()

    document = upload(flow, "../evil/payslip.pdf")

    document.refresh_from_db()
    assert document.name == "payslip.pdf"
    assert (document.flow, document.side) == (flow, "customer")
    assert document.question_code == "payslip"
    assert "payslip" not in document.file.name
    with document.file.open() as stored:
        assert stored.read() == PDF


@pytest.mark.django_db
def test_a_second_file_for_a_question_replaces_the_first(
    django_capture_on_commit_callbacks, new_files
):
    flow = FlowFactory()
    upload(flow)
    other = upload(flow, code="id-card")

    with django_capture_on_commit_callbacks(execute=True):
        second = upload(flow, "new.pdf")

    assert set(Document.objects.all()) == {other, second}
    assert new_files() == {other.file.name, second.file.name}


@pytest.mark.django_db
def test_a_removed_file_leaves_the_disk_when_that_is_committed(
    django_capture_on_commit_callbacks, new_files
):
    flow = FlowFactory()
    upload(flow)

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        remove_upload(flow, question_code="payslip")
        assert len(new_files()) == 1

    assert callbacks
    assert not Document.objects.exists()
    assert new_files() == set()


@pytest.mark.django_db
def test_a_refused_file_leaves_nothing(new_files):
    flow = FlowFactory()

    with pytest.raises(UploadRefused):
        upload(flow, "a.pdf", EXE)

    assert not Document.objects.exists()
    assert new_files() == set()


@pytest.mark.django_db
def test_there_is_room_for_twenty(settings, new_files):
    settings.UPLOADS_PER_APPOINTMENT = 2
    flow = FlowFactory()
    DocumentFactory(flow=flow, appointment=None)
    DocumentFactory(flow=flow, appointment=None)
    before = new_files()

    with pytest.raises(UploadRefused, match="20 files"):
        upload(flow)

    assert Document.objects.count() == 2
    assert new_files() == before


@pytest.mark.django_db
def test_a_booked_flow_takes_no_more_files(new_files):
    with pytest.raises(FlowGone):
        upload(FlowFactory(is_booked=True))

    assert not Document.objects.exists()
    assert new_files() == set()


# Files of a meeting.


def add(appointment, name="payslip.pdf", data=PDF, *, side="customer", **options):
    actor = {"customer": "customer", "advisor": "staff"}[side]
    return add_document(
        appointment,
        side=side,
        name=name,
        content=ContentFile(data),
        actor=actor,
        now=NOW,
        **options,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["requested", "confirmed", "completed", "no_show"])
def test_a_customer_adds_a_file_to_a_meeting(status):
    appointment = AppointmentFactory(status=status)

    document = add(appointment, "../pay slip.pdf")

    document.refresh_from_db()
    assert (document.appointment, document.flow) == (appointment, None)
    assert (document.side, document.added_by) == ("customer", None)
    assert (document.name, document.size) == ("pay slip.pdf", len(PDF))
    with document.file.open() as stored:
        assert stored.read() == PDF
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.at) == ("document_added", "customer", NOW)
    assert event.old == {}
    assert event.new == {
        "document": str(document.pk),
        "name": "pay slip.pdf",
        "side": "customer",
    }


@pytest.mark.django_db
def test_an_advisor_shares_a_file_by_name():
    user = StaffFactory()

    document = add(AppointmentFactory(), side="advisor", user=user)

    assert (document.side, document.added_by) == ("advisor", user)
    event = AppointmentEvent.objects.get()
    assert (event.actor, event.user) == ("staff", user)


@pytest.mark.django_db
def test_adding_a_file_leaves_the_meeting_and_its_revision_alone():
    appointment = AppointmentFactory(revision=3)
    before = vars(type(appointment).objects.get()).copy()

    add(appointment)

    after = vars(type(appointment).objects.get())
    assert {**before, "_state": None} == {**after, "_state": None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.exe", EXE, "Please choose a PDF"),
        ("a.pdf", b"", "The file is empty"),
        ("payslip.pdf.exe", PDF, "Please choose a PDF"),
        ("payslip.exe.pdf", PDF, "Please choose a PDF"),
        ("a.pdf", PDF + JAR, "not what its name says"),
        ("a.png", PNG + JAR, "not what its name says"),
        ("a.pdf", PDF + b" " * 11_000_000, "larger than 10 MB"),
    ],
    ids=["type", "empty", "double", "hidden", "polyglot", "picture", "11 MB"],
)
def test_a_refused_file_of_a_meeting_leaves_nothing(name, data, sentence, new_files):
    with pytest.raises(UploadRefused, match=sentence):
        add(AppointmentFactory(), name, data)

    assert not Document.objects.exists()
    assert not AppointmentEvent.objects.exists()
    assert new_files() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("side", ["customer", "advisor"])
def test_a_cancelled_meeting_takes_no_files(side, new_files):
    appointment = AppointmentFactory(status="cancelled")

    with pytest.raises(WrongStatus):
        add(appointment, side=side)

    assert not Document.objects.exists()
    assert not AppointmentEvent.objects.exists()
    assert new_files() == set()


@pytest.mark.django_db
def test_each_side_has_its_own_room(settings, new_files):
    settings.UPLOADS_PER_APPOINTMENT = 2
    appointment = AppointmentFactory()
    add(appointment, "1.pdf")
    add(appointment, "2.pdf")
    add(appointment, "3.pdf", side="advisor")
    before = new_files()

    with pytest.raises(UploadRefused, match="20 files"):
        add(appointment, "4.pdf")

    assert Document.objects.count() == AppointmentEvent.objects.count() == 3
    assert new_files() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("side", "actor"), [("customer", "customer"), ("advisor", "staff")]
)
def test_each_side_removes_its_own_files(
    side, actor, new_files, django_capture_on_commit_callbacks
):
    user = StaffFactory()
    appointment = AppointmentFactory(status="cancelled")
    document = DocumentFactory(appointment=appointment, side=side)

    with django_capture_on_commit_callbacks(execute=True):
        remove_document(document, actor=actor, user=user, now=NOW)
        assert len(new_files()) == 1  # until it is certain

    assert not Document.objects.exists()
    assert new_files() == set()
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == ("document_removed", actor, user)
    assert event.old["name"] == "payslip.pdf"
    assert event.new == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("side", "actor"), [("advisor", "customer"), ("customer", "staff")]
)
def test_nobody_removes_the_other_sides_files(side, actor, new_files):
    document = DocumentFactory(side=side)
    before = new_files()

    with pytest.raises(NotYourFile):
        remove_document(document, actor=actor, now=NOW)

    assert Document.objects.get() == document
    assert not AppointmentEvent.objects.exists()
    assert new_files() == before


@pytest.mark.django_db
def test_removing_twice_changes_nothing_more():
    document = DocumentFactory()
    again = Document.objects.get()
    remove_document(document, actor="customer", now=NOW)

    remove_document(again, actor="customer", now=NOW)

    assert AppointmentEvent.objects.count() == 1


@pytest.mark.django_db
def test_an_answer_goes_with_its_file():
    kept = {"code": "income", "label": "Income", "kind": "number", "text": "2500"}
    gone = {"code": "payslip", "label": "Payslip", "kind": "file", "text": "a.pdf"}
    appointment = AppointmentFactory(answers=[kept, gone])
    document = DocumentFactory(appointment=appointment, question_code="payslip")

    remove_document(document, actor="customer", now=NOW)

    appointment.refresh_from_db()
    assert appointment.answers == [kept]


@pytest.mark.django_db
def test_a_file_whose_row_is_not_written_leaves_the_disk(new_files):
    appointment = AppointmentFactory()
    appointment.pk = 0  # gone meanwhile

    with pytest.raises(WrongStatus):
        add(appointment)

    assert not Document.objects.exists()
    assert new_files() == set()
