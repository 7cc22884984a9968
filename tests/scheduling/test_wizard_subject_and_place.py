"""Steps one and two: what, how and where."""

import pytest
import time_machine

from tests.factories import (
    NINE,
    NOW,
    AdvisorFactory,
    ExpertiseFactory,
    FlowFactory,
    SubjectFactory,
    SwitchedOffChannelFactory,
    make_bank,
    open_office,
    working_advisor,
)

ADDRESS = {"street": "Meir 1", "postal_code": "2018", "city": "Antwerpen"}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    return make_bank()


def subject_url(flow):
    return f"/schedule/{flow.pk}/subject/"


def place_url(flow):
    return f"/schedule/{flow.pk}/place/"


# Subject


def test_subjects_stand_below_their_categories(bank, client):
    page = client.get(subject_url(FlowFactory()))

    (group,) = page.context["groups"]
    assert group.title == "Loans"
    assert [card.code for card in group.cards] == ["mortgage"]


def test_a_link_to_another_category_leaves_its_subjects_out(bank, client):
    pets = SubjectFactory(code="pets")
    ExpertiseFactory(advisor=bank.advisor, office=bank.office, subject=pets)
    flow = FlowFactory(category_code="loans")

    page = client.get(subject_url(flow))
    refused = client.post(subject_url(flow), {"subject": "pets"})

    assert "pets" not in page.content.decode()
    assert refused.status_code == 422


@pytest.mark.parametrize("posted", ["", "unknown", "Mortgage", "1", "\x00"])
def test_a_subject_outside_the_offer_is_refused(bank, client, posted):
    flow = FlowFactory()

    response = client.post(subject_url(flow), {"subject": posted})

    text = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: " in text
    assert text.index('role="alert"') < text.index("<h1>")
    assert 'href="#id_subject"' in text
    assert 'id="id_subject"' in text
    flow.refresh_from_db()
    assert flow.subject is None


def test_a_locked_subject_is_text_and_cannot_be_another(bank, client):
    other = SubjectFactory(code="pets", category=bank.category)
    ExpertiseFactory(advisor=bank.advisor, office=bank.office, subject=other)
    flow = FlowFactory(subject=bank.subject, locked=["segment", "subject"])

    page = client.get(subject_url(flow))
    refused = client.post(subject_url(flow), {"subject": "pets"})
    kept = client.post(subject_url(flow), {"subject": "mortgage"})

    assert 'type="radio"' not in page.content.decode()
    assert "Mortgage" in page.content.decode()
    assert refused.status_code == 422
    assert kept.status_code == 303
    flow.refresh_from_db()
    assert flow.subject == bank.subject


def test_an_answered_subject_is_checked_when_the_step_is_opened_again(bank, client):
    page = client.get(subject_url(FlowFactory(subject=bank.subject)))

    assert page.context["groups"][0].cards[0].is_checked


def test_it_is_said_what_the_advisor_takes_whom_the_link_asked_for(bank, client):
    other = SubjectFactory(code="pets", category=bank.category, name="Pets")
    other_advisor = AdvisorFactory(code="other")
    ExpertiseFactory(advisor=other_advisor, office=bank.office, subject=other)

    asked = client.get(subject_url(FlowFactory(advisor=bank.advisor)))
    anyone = client.get(subject_url(FlowFactory()))

    def notes(page):
        return {
            card.code: card.note
            for group in page.context["groups"]
            for card in group.cards
        }

    assert notes(asked) == {"mortgage": "Eva Peeters takes this", "pets": ""}
    assert notes(anyone) == {"mortgage": "", "pets": ""}


# Place


def test_an_office_is_needed_only_to_go_there(bank, client):
    flow = FlowFactory(subject=bank.subject)

    without = client.post(place_url(flow), {"channel": "office"})
    call = client.post(place_url(flow), {"channel": "phone", "office": ""})

    assert without.status_code == 422
    assert "Choose an office." in without.content.decode()
    assert call.status_code == 303
    flow.refresh_from_db()
    assert (flow.channel, flow.office, flow.is_place_answered) == ("phone", None, True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose how you would like to meet."),
        ({"channel": "fax"}, "This way to meet is not possible here."),
        ({"channel": "office", "office": "mars"}, "This office does not offer that."),
        ({"channel": "video", "office": "mars"}, "This office does not offer that."),
        ({"channel": "on_location"}, "Enter your street and number."),
        (
            {"channel": "on_location", **ADDRESS, "postal_code": "9000"},
            "We do not visit addresses in 9000.",
        ),
    ],
)
def test_a_place_outside_the_offer_is_refused(bank, client, fields, sentence):
    flow = FlowFactory(subject=bank.subject)

    response = client.post(place_url(flow), fields)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert [card.code for card in response.context["cards"]] == [
        "office",
        "phone",
        "video",
        "on_location",
    ]
    flow.refresh_from_db()
    assert not flow.is_place_answered


def test_a_refused_address_is_kept_as_typed(bank, client):
    flow = FlowFactory(subject=bank.subject)

    response = client.post(
        place_url(flow), {"channel": "on_location", **ADDRESS, "postal_code": "4000"}
    )

    text = response.content.decode()
    assert 'value="Meir 1"' in text
    assert 'value="4000"' in text
    assert 'href="#id_postal_code"' in text


@pytest.mark.parametrize("code", ["2018", " 20 18 ", "B-2018", "BE-2018", "be2018"])
def test_postal_codes_may_have_spaces_and_a_prefix(bank, client, code):
    flow = FlowFactory(subject=bank.subject)

    response = client.post(
        place_url(flow), {"channel": "on_location", **ADDRESS, "postal_code": code}
    )

    assert response.status_code == 303
    flow.refresh_from_db()
    assert flow.office is None


def test_an_office_without_the_channel_cannot_be_chosen_for_it(bank, client):
    ghent = open_office(code="ghent", name="Ghent")
    working_advisor(ghent, bank.subject)
    SwitchedOffChannelFactory(office=ghent)
    flow = FlowFactory(subject=bank.subject)

    video = client.post(place_url(flow), {"channel": "video", "office": "ghent"})
    office = client.post(place_url(flow), {"channel": "office", "office": "ghent"})

    assert video.status_code == 422
    assert office.status_code == 303


def test_locked_channel_and_office_are_text_and_cannot_be_others(bank, client):
    ghent = open_office(code="ghent", name="Ghent")
    working_advisor(ghent, bank.subject)
    flow = FlowFactory(
        subject=bank.subject,
        channel="office",
        office=bank.office,
        is_place_answered=True,
        locked=["segment", "channel", "office"],
    )

    page = client.get(place_url(flow))
    channel = client.post(place_url(flow), {"channel": "video", "office": "antwerp"})
    office = client.post(place_url(flow), {"channel": "office", "office": "ghent"})
    same = client.post(place_url(flow), {"channel": "office", "office": "antwerp"})

    text = page.content.decode()
    assert 'type="radio"' not in text
    assert "Antwerp Meir" in text
    assert "Ghent" not in text
    assert channel.status_code == office.status_code == 422
    assert same.status_code == 303
    flow.refresh_from_db()
    assert (flow.channel, flow.office) == ("office", bank.office)


def test_channels_show_their_first_free_time(bank, client):
    cards = client.get(place_url(FlowFactory(subject=bank.subject))).context["cards"]

    notes = {card.code: card.note for card in cards}
    assert notes["office"] == "First free: Wednesday 29 April, 12:00"
    assert notes["on_location"] == ""


def test_the_search_answers_htmx_with_the_offices_alone(bank, client):
    flow = FlowFactory(subject=bank.subject)

    piece = client.get(
        place_url(flow) + "?near=2000", headers={"HX-Request": "true"}
    ).content.decode()

    assert "<html" not in piece
    assert 'id="offices"' in piece


def test_a_changed_place_keeps_a_time_that_fits_and_drops_one_that_does_not(
    bank, client
):
    flow = FlowFactory(subject=bank.subject, channel="video", is_place_answered=True)
    slot = f"{NINE:%Y-%m-%dT%H:%M:%SZ}"
    client.post(f"/schedule/{flow.pk}/time/", {"slot": slot})
    mornings = open_office(code="ghent", name="Ghent", weekdays=range(1, 2))
    working_advisor(mornings, bank.subject)

    kept = client.post(place_url(flow), {"channel": "phone"})
    asked = client.post(place_url(flow), {"channel": "office", "office": "ghent"})

    assert kept["Location"].endswith("/details/")
    assert asked["Location"].endswith("/time/")
    flow.refresh_from_db()
    assert flow.slot is None
