"""All documents of a meeting as one zip."""

import io
import os
import shutil
import subprocess
import tracemalloc
import unicodedata
import zipfile

import pytest
from django.core.files.base import ContentFile
from hypothesis import given, strategies as st

from scheduling.archives import FOR_STAFF, archive, archive_names, archive_size
from scheduling.models import Document
from scheduling.models.document import private_storage
from tests.factories import AppointmentFactory, DocumentFactory

# Letters that make trouble come up more often than chance would bring them.
ODD = st.text(
    st.one_of(
        st.sampled_from("aAßİ.. /\\:\x00\x1f\u202e\u200b\u0301e\u212a(2)CON"),
        st.characters(),
    ),
    max_size=150,
)
SIDES = st.sampled_from(["customer", "advisor"])
MB = 1_000_000


def named(name: str, side: str = "customer") -> Document:
    return Document(name=name, side=side)


def last_part(entry: str) -> str:
    return entry.partition("/")[2]


@given(st.lists(st.tuples(ODD, SIDES), max_size=12))
def test_no_name_leaves_its_folder_or_meets_another(rows):
    entries = archive_names([named(name + ".pdf", side) for name, side in rows])

    assert len(entries) == len(rows)
    for entry, (_name, side) in zip(entries, rows, strict=True):
        folder, _slash, name = entry.partition("/")
        assert folder == {"customer": "From you", "advisor": "From your advisor"}[side]
        assert not set(name) & set('/\\<>:"|?*')
        assert ".." not in entry
        assert not any(unicodedata.category(one) in {"Cc", "Cf"} for one in entry)
        assert len(name.encode()) <= 120
        assert name.endswith(".pdf")
        assert name == name.strip(". ")
        assert unicodedata.is_normalized("NFC", entry)
    for fold in (str.casefold, str.lower, str.upper):
        assert len({fold(entry) for entry in entries}) == len(entries)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("payslip.pdf", "payslip.pdf"),
        ("../../x", "x"),
        ("C:\\temp\\x.pdf", "x.pdf"),
        ("a:b?.pdf", "a_b_.pdf"),
        ("a..pdf", "a.pdf"),
        ("name. ", "name"),
        ("..", "file"),
        (".pdf", "file.pdf"),
        ("", "file"),
        ("CON.txt", "_CON.txt"),
        ("con .txt", "_con.txt"),
        ("Aux", "_Aux"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("contract.pdf", "contract.pdf"),
        ("fdp.\u202eexe.pdf", "fdp.exe.pdf"),
        ("e\u200b\u0301.pdf", "\u00e9.pdf"),
        ("\U0001f436.pdf", "\U0001f436.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_made_harmless(name, expected):
    assert archive_names([named(name)]) == [f"From you/{expected}"]


def test_equal_names_are_numbered_whatever_their_case():
    names = ["a.pdf", "A.PDF", "a (2).pdf", "a.pdf", "\u00e9.pdf", "E\u0301.pdf"]

    entries = archive_names([named(name) for name in names])

    assert [last_part(entry) for entry in entries] == [
        "a.pdf",
        "A (2).PDF",
        "a (2) (2).pdf",
        "a (3).pdf",
        "\u00e9.pdf",
        "\u00c9 (2).pdf",
    ]


def test_the_two_folders_do_not_meet():
    entries = archive_names([named("a.pdf"), named("a.pdf", "advisor")])

    assert entries == ["From you/a.pdf", "From your advisor/a.pdf"]


def test_staff_read_folders_in_their_own_words():
    entries = archive_names(
        [named("a.pdf"), named("a.pdf", "advisor")], folders=FOR_STAFF
    )

    assert entries == ["From the customer/a.pdf", "From the advisor/a.pdf"]


# Zips of real files.

ODD_NAMES = [
    "payslip.pdf",
    "Payslip.PDF",
    "../x.pdf",
    "..\\..\\x.pdf",
    "\U0001f436 dog.png",
    "fdp.\u202eexe.pdf",
    "Zoe\u0308.pdf",
    "\u05e9\u05dc\u05d5\u05dd.txt",
    "NUL.txt",
    "a" * 240 + ".pdf",
]


def stored(appointment, name, data, side="customer"):
    return DocumentFactory(
        appointment=appointment,
        name=name,
        side=side,
        size=len(data),
        file=ContentFile(data, name="x"),
    )


@pytest.fixture
def two_hundred(db):
    """Two hundred documents with awkward names, each with its own content."""
    appointment = AppointmentFactory()
    return [
        stored(
            appointment,
            ODD_NAMES[number % len(ODD_NAMES)],
            f"file {number}\n".encode() * (number + 1),
            "advisor" if number % 3 == 0 else "customer",
        )
        for number in range(200)
    ]


def contents(document: Document) -> bytes:
    with document.file.open("rb") as file:
        return file.read()


def test_two_hundred_odd_files_come_back_byte_for_byte(two_hundred):
    stream = archive(two_hundred)
    promised = len(stream)

    data = b"".join(stream)

    assert len(data) == promised == archive_size(two_hundred)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == archive_names(two_hundred)
        for entry, document in zip(opened.namelist(), two_hundred, strict=True):
            assert opened.read(entry) == contents(document)


COMMANDS = {
    "unzip": ["unzip", "-q", "all.zip", "-d", "out"],
    "bsdtar": ["bsdtar", "-xf", "all.zip", "-C", "out"],
}


@pytest.mark.parametrize("tool", COMMANDS)
def test_another_program_opens_it_too(two_hundred, tool, tmp_path):
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (tmp_path / "all.zip").write_bytes(b"".join(archive(two_hundred)))
    (tmp_path / "out").mkdir()

    subprocess.run(  # noqa: S603  (a fixed command)
        COMMANDS[tool],
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=True,
        capture_output=True,
    )

    found = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    names = archive_names(two_hundred)
    assert found == {
        name: contents(document)
        for name, document in zip(names, two_hundred, strict=True)
    }


@pytest.mark.django_db
def test_a_missing_file_is_left_out_and_the_size_stays_exact():
    appointment = AppointmentFactory()
    gone = stored(appointment, "a.pdf", b"gone")
    here = stored(appointment, "a.pdf", b"here")
    private_storage().delete(gone.file.name)

    stream = archive([gone, here])
    promised = len(stream)
    data = b"".join(stream)

    assert len(data) == promised
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.namelist() == ["From you/a.pdf"]
        assert opened.read("From you/a.pdf") == b"here"


@pytest.mark.django_db
def test_no_documents_make_no_zip():
    assert not archive([])


@pytest.mark.slow
@pytest.mark.django_db
def test_memory_stays_flat_for_two_hundred_megabytes():
    appointment = AppointmentFactory()
    documents = [stored(appointment, f"{n}.pdf", b"x") for n in range(20)]
    for document in documents:
        with private_storage().open(document.file.name, "r+b") as file:
            file.truncate(10 * MB)  # a hole: nothing is written

    tracemalloc.start()
    try:
        stream = archive(documents)
        promised = len(stream)
        sent = sum(map(len, stream))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sent == promised > 200 * MB
    assert peak < 2 * MB
