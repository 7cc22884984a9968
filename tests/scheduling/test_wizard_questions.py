"""Step four: every kind of question, what it refuses, and files that stay."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from scheduling.models import Document
from tests.factories import (
    NINE,
    NOW,
    FlowFactory,
    QuestionChoiceFactory,
    QuestionFactory,
    make_bank,
)

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def flow(bank):
    return FlowFactory(
        subject=bank.subject, channel="video", is_place_answered=True, slot=NINE
    )


def ask(bank, kind, *, choices=(), **fields):
    question = QuestionFactory(subject=bank.subject, code="it", kind=kind, **fields)
    for code in choices:
        QuestionChoiceFactory(question=question, code=code, label=code.title())
    return question


def url(flow):
    return f"/schedule/{flow.pk}/questions/"


@pytest.mark.parametrize(
    ("kind", "posted", "stored"),
    [
        ("short_text", " A house ", "A house"),
        ("long_text", "Two\r\nlines", "Two\r\nlines"),
        ("number", "2500", "2500"),
        ("number", "2 500,50", "2500.50"),
        ("date", "2026-12-24", "2026-12-24"),
        ("yes_no", "no", "no"),
        ("choice", "house", "house"),
        ("choices", ["house", "land"], ["house", "land"]),
        ("email", "max@example.com", "max@example.com"),
        ("phone", "0470 12 34 56", "+32470123456"),
    ],
)
def test_an_answer_is_kept(bank, flow, client, kind, posted, stored):
    ask(bank, kind, choices=["house", "land"], is_required=True)

    page = client.get(url(flow))
    response = client.post(url(flow), {"q_it": posted})

    assert page.status_code == 200
    assert response.status_code == 303, response.content.decode()
    flow.refresh_from_db()
    assert flow.answers == {"it": stored}
    assert flow.are_questions_answered


@pytest.mark.parametrize(
    ("kind", "posted", "sentence"),
    [
        ("short_text", "", "Answer this question."),
        ("short_text", "x" * 201, "200 characters"),
        ("long_text", "  ", "Answer this question."),
        ("number", "many", "Enter a number, like 2500."),
        ("number", "NaN", "Enter a number, like 2500."),
        ("date", "2026-02-30", "Enter a date, like 2026-11-23."),
        ("yes_no", "perhaps", "Choose from the list."),
        ("choice", "castle", "Choose from the list."),
        ("choices", ["house", "castle"], "Choose from the list."),
        ("choices", [], "Choose at least one."),
        ("email", "nope", "Enter an e-mail address in the correct format"),
        ("phone", "12", "Enter a phone number, like"),
        ("file", "text", "Choose a file."),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    bank, flow, client, kind, posted, sentence
):
    ask(bank, kind, choices=["house", "land"], is_required=True)

    response = client.post(url(flow), {"q_it": posted})

    text = response.content.decode()
    assert response.status_code == 422
    assert sentence in text
    assert 'href="#id_q_it"' in text
    assert 'id="id_q_it"' in text
    flow.refresh_from_db()
    assert not flow.are_questions_answered


@pytest.mark.parametrize(
    ("posted", "status"), [("999", 422), ("1000", 303), ("5000", 303), ("5001", 422)]
)
def test_numbers_have_bounds(bank, flow, client, posted, status):
    ask(bank, "number", minimum=1000, maximum=5000)

    assert client.post(url(flow), {"q_it": posted}).status_code == status


def test_texts_have_a_length(bank, flow, client):
    ask(bank, "short_text", max_length=5)

    assert client.post(url(flow), {"q_it": "12345"}).status_code == 303
    assert client.post(url(flow), {"q_it": "123456"}).status_code == 422


def test_optional_questions_may_stay_open(bank, flow, client):
    ask(bank, "number")

    response = client.post(url(flow), {})

    assert response.status_code == 303
    flow.refresh_from_db()
    assert flow.answers == {"it": ""}


def test_help_stands_beside_its_question(bank, flow, client):
    ask(bank, "number", label="Amount", help_text="In euro")

    text = client.get(url(flow)).content.decode()

    assert "Amount" in text
    assert "In euro" in text


def test_the_links_answers_are_filled_in(bank, flow, client):
    ask(bank, "choices", choices=["house", "land"])
    flow.question_prefill = {"it": "land", "other": "x"}
    flow.save()

    page = client.get(url(flow))

    assert page.context["form"]["q_it"].value() == ["land"]
    assert "Some answers are filled in already." in page.content.decode()


def test_a_locked_answer_is_text_and_cannot_be_another(bank, flow, client):
    ask(bank, "choice", choices=["house", "land"])
    flow.question_prefill = {"it": "land"}
    flow.locked = ["segment", "q[it]"]
    flow.save()

    page = client.get(url(flow))
    refused = client.post(url(flow), {"q_it": "house"})
    kept = client.post(url(flow), {})

    assert 'type="radio"' not in page.content.decode()
    assert "Land" in page.content.decode()
    assert refused.status_code == 422
    assert kept.status_code == 303
    flow.refresh_from_db()
    assert flow.answers == {"it": "land"}


def test_a_file_stays_when_another_answer_is_refused(bank, flow, client):
    ask(bank, "file", is_required=True)
    QuestionFactory(subject=bank.subject, code="name", is_required=True)

    refused = client.post(
        url(flow), {"q_it": SimpleUploadedFile("payslip.pdf", PDF), "q_name": ""}
    )
    kept = client.post(url(flow), {"q_name": "Max"})

    assert refused.status_code == 422
    assert "We have your file “payslip.pdf”." in refused.content.decode()
    assert kept.status_code == 303
    assert Document.objects.get().name == "payslip.pdf"


def test_a_new_file_takes_the_place_of_the_old(bank, flow, client):
    ask(bank, "file")

    for name in ["first.pdf", "second.pdf"]:
        client.post(url(flow), {"q_it": SimpleUploadedFile(name, PDF)})

    assert Document.objects.get().name == "second.pdf"


def test_a_file_that_is_not_what_it_says_is_refused(bank, flow, client):
    ask(bank, "file")

    response = client.post(
        url(flow), {"q_it": SimpleUploadedFile("payslip.pdf", b"MZ\x90\x00")}
    )

    assert response.status_code == 422
    assert response.context["form"].errors["q_it"]
    assert not Document.objects.exists()
