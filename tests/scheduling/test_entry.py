"""From a link to what a flow starts with."""

from dataclasses import fields
from datetime import date, timedelta

import pytest

from directory.models import Advisor, Office, Subject
from scheduling.models import Flow
from scheduling.wizard.entry import Entry, first_step, link_language
from segments.links import Problem
from segments.models import Segment
from tests.factories import NOW, CustomerFactory
from tests.scheduling.link_bank import entry, make_link_bank, refused, signed

pytestmark = pytest.mark.django_db
SKIPPED = ("choices_skipped",)


@pytest.fixture(autouse=True)
def bank(db):
    make_link_bank()


def ids(found: Entry) -> tuple[str, str, str, str]:
    """Return the codes of what was preselected."""
    return (
        Subject.objects.get(pk=found.subject_id).code if found.subject_id else "",
        found.channel,
        Office.objects.get(pk=found.office_id).code if found.office_id else "",
        Advisor.objects.get(pk=found.advisor_id).code if found.advisor_id else "",
    )


def test_every_field_but_two_is_one_of_the_flows():
    flow_fields = {field.attname for field in Flow._meta.concrete_fields}

    assert {field.name for field in fields(Entry)} - flow_fields == {
        "context_id",
        "problems",
    }


def test_a_link_without_parameters_is_general_scheduling():
    found = entry("")

    assert found == Entry(
        prefill={},
        question_prefill={},
        metadata={},
        attribution={},
        address={},
        language="fr",
    )
    assert first_step(found) == "subject"


def test_a_whole_link_is_taken_over():
    found = entry(
        "segment=HIGH&subject=mortgage&channel=office&office=antwerp&agent=eva-peeters"
        "&advisor_mode=only&date=2026-05-04&tz=America/New_York&lang=nl-BE&name=Max+M"
        "&email=max@example.com&street=Meir+1&q[property_type]=house&meta.price=250"
        "&utm_source=mail&return_url=https://www.bank.example/back&who=knows&x"
    )

    assert ids(found) == ("mortgage", "office", "antwerp", "eva-peeters")
    assert found.preset == ("subject", "channel", "office", "advisor")
    assert found.advisor_mode == "only"
    assert found.is_place_answered
    assert found.segment_codes == ("HIGH",)
    assert found.prefill == {
        "first_name": "Max",
        "last_name": "M",
        "email": "max@example.com",
    }
    assert found.address == {"street": "Meir 1"}
    assert found.question_prefill == {"property_type": "house"}
    assert found.metadata == {"price": "250"}
    assert found.attribution == {"utm_source": "mail"}
    assert found.return_url == "https://www.bank.example/back"
    assert (found.opens_on, found.link_zone) == (date(2026, 5, 4), "America/New_York")
    assert found.language == "nl"
    assert found.ignored_parameters == 2
    assert (found.notices, found.problems, found.locked) == ((), (), ())
    assert not found.is_signed
    assert first_step(found) == "time"


def test_consent_is_never_prefilled():
    found = entry("consent=on&customer.consent=1&q[consent]=x&meta.consent=1")

    assert found.prefill == {}
    assert found.ignored_parameters == 2


# Segments.


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("segment=NOBODY", "unknown_segment"),
        ("segment=high", "unknown_segment"),
        ("segment=HIGH%20", "unknown_segment"),
        ("segment=HIGH%00", "unknown_segment"),
        ("segment=", "unknown_segment"),
        ("leadSegment=", "unknown_segment"),
        ("segment=OFF", "inactive_segment"),
        ("segment=OLD", "expired_segment"),
        ("segment=NEW", "future_segment"),
        ("segment=HIGH_SIGNED", "unsigned_segment"),
        ("segment=HIGH,NOBODY", "unknown_segment"),
        ("segment=NOBODY&segment=HIGH", "unknown_segment"),
        ("segment=A,B,C&segment=D,E,F", "too_many_segments"),
        ("leadSegment=A,B,C&lead_segment=D,E,F", "too_many_segments"),
    ],
)
def test_one_failing_segment_fails_the_whole_link(query, problem):
    assert refused(f"{query}&subject=mortgage") == (404, problem)


def test_five_segments_are_taken_and_repetition_does_not_count():
    for code in ("S1", "S2", "S3"):
        Segment.objects.create(code=code, name=code)

    found = entry("segment=HIGH,LOW,S1,S2,S3&segment=HIGH,LOW")

    assert found.segment_codes == ("HIGH", "LOW", "S1", "S2", "S3")


def test_segments_narrow_what_a_link_may_preselect():
    assert entry("segment=HIGH&subject=mortgage&channel=video").channel == "video"
    assert entry("segment=HIGH,LOW&subject=mortgage&channel=video").channel == ""
    assert entry("segment=HIGH&subject=pet-insurance").notices == SKIPPED


# Signatures.


def test_a_signed_link_may_have_a_signed_segment():
    found = entry(signed("segment=HIGH_SIGNED&subject=mortgage"))

    assert found.is_signed
    assert found.segment_codes == ("HIGH_SIGNED",)
    assert found.ignored_parameters == 0


@pytest.mark.parametrize("query", ["segment=HIGH_SIGNED", "segment=HIGH", "", "a=b"])
def test_a_link_that_carries_a_signature_must_verify_whatever_its_segment(query):
    assert refused(f"{signed(query)}x") == (404, "bad_signature")
    assert refused(f"{signed(query)}&more=1") == (404, "bad_signature")
    assert refused(f"{query}&sig=") == (404, "signature_without_expiry")
    assert refused(f"{query}&sig=abc&exp=1893456000") == (404, "unknown_key")
    assert refused(signed(query, kid="other")) == (404, "unknown_key")
    assert refused(signed(query, key=b"other")) == (404, "bad_signature")


def test_a_good_signature_past_its_expiry_is_gone():
    link = signed("segment=HIGH_SIGNED")

    assert entry(link, now=NOW + timedelta(hours=1)).is_signed
    assert refused(link, now=NOW + timedelta(hours=2)) == (410, "expired_link")


def test_what_advertisements_append_does_not_break_a_signature():
    found = entry(signed("segment=HIGH_SIGNED") + "&utm_source=x&gclid=1")

    assert found.is_signed
    assert found.attribution == {"utm_source": "x"}


def test_expiry_and_key_id_alone_sign_nothing():
    assert refused("segment=HIGH_SIGNED&exp=1893456000&kid=demo-1") == (
        404,
        "unsigned_segment",
    )
    assert not entry("segment=HIGH&exp=1893456000&kid=demo-1").is_signed


# Preselection.


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("subject=nothing", ("", "", "", "")),
        ("subject=MORTGAGE", ("", "", "", "")),
        ("subject=travel", ("", "", "", "")),
        ("subject=nothing&office=antwerp", ("", "", "antwerp", "")),
        ("subject=pet-insurance&channel=office", ("pet-insurance", "", "", "")),
        ("subject=mortgage&channel=telepathy", ("mortgage", "", "", "")),
        ("subject=mortgage&office=nowhere", ("mortgage", "", "", "")),
        (
            "subject=mortgage&channel=video&office=ghent",
            ("mortgage", "video", "", ""),
        ),
        (
            "subject=mortgage&office=ghent&advisor=eva-peeters",
            ("mortgage", "", "ghent", ""),
        ),
        (
            "subject=pet-insurance&advisor=eva-peeters",
            ("pet-insurance", "", "", ""),
        ),
        (
            "subject=mortgage&channel=video&office=ghent&advisor=eva-peeters",
            ("mortgage", "video", "", "eva-peeters"),
        ),
        ("channel=office&advisor=fatima", ("", "office", "", "")),
        ("advisor=nobody", ("", "", "", "")),
        ("category=nothing", ("", "", "", "")),
        ("category=insurance&subject=mortgage", ("", "", "", "")),
        (
            "subject=mortgage&channel=on_location&office=antwerp&postal_code=9000",
            ("mortgage", "on_location", "", ""),
        ),
    ],
)
def test_what_does_not_fit_is_skipped_with_one_neutral_sentence(query, left):
    found = entry(query)

    assert ids(found) == left
    assert found.notices == SKIPPED
    assert found.problems


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("subject=4711", ("mortgage", "", "", "")),
        ("office=BR-7", ("", "", "antwerp", "")),
        ("advisor=E-1", ("", "", "", "eva-peeters")),
        ("office=ghent&advisor=wim-lambert", ("", "", "ghent", "wim-lambert")),
        ("channel=video&advisor=fatima", ("", "video", "", "fatima")),
        (
            "subject=mortgage&channel=on_location&office=antwerp&postal_code=2018",
            ("mortgage", "on_location", "antwerp", ""),
        ),
    ],
)
def test_codes_and_external_ids_preselect(query, left):
    found = entry(query)

    assert ids(found) == left
    assert found.notices == ()


def test_an_advisor_who_takes_no_bookings_is_skipped():
    Advisor.objects.filter(code="eva-peeters").update(is_online_planning=False)

    assert entry("advisor=eva-peeters").notices == SKIPPED


def test_a_problem_of_a_choice_names_its_code_for_staff():
    found = entry("subject=morgage&advisor=Max+Murdoch")

    assert found.problems == (
        Problem("bad_choice", "subject", "morgage"),
        Problem("bad_choice", "advisor", ""),
    )


def test_one_channel_preselects():
    found = entry("subject=mortgage&channel=phone")

    assert (found.channel, found.channels) == ("phone", ())
    assert found.is_place_answered
    assert first_step(found) == "time"


def test_several_channels_restrict():
    found = entry("subject=mortgage&channel=phone,video,telepathy")

    assert (found.channel, found.channels) == ("", ("phone", "video"))
    assert first_step(found) == "place"


def test_channels_of_which_none_is_allowed_restrict_nothing():
    found = entry("subject=pet-insurance&channel=office,on_location")

    assert (found.channels, found.notices) == ((), SKIPPED)


@pytest.mark.parametrize("query", ["channel=office", "channel=on_location", ""])
def test_a_place_that_is_not_known_yet_is_asked(query):
    assert first_step(entry(f"subject=mortgage&{query}")) == "place"


def test_a_category_limits_the_subjects():
    assert entry("category=loans&subject=mortgage").category_code == "loans"
    assert entry("category=L1").category_code == "loans"
    assert entry("segment=HIGH&category=insurance").notices == SKIPPED


def test_an_advisor_is_preferred_unless_the_link_says_only():
    assert entry("advisor=eva-peeters").advisor_mode == "prefer"
    assert entry("advisor=eva-peeters&advisor_mode=maybe").advisor_mode == "prefer"
    assert entry("advisor=nobody&advisor_mode=only").advisor_mode == "prefer"


def test_answers_are_kept_until_their_subject_is_chosen():
    found = entry("q[property_type]=castle&q[other]=x")

    assert found.question_prefill == {"property_type": "castle", "other": "x"}


# Dates, zones, languages, addresses to go back to.


@pytest.mark.parametrize("text", ["2026-02-30", "0001-01-01", "9999-12-31", "soon"])
def test_a_date_that_opens_no_calendar_is_skipped(text):
    found = entry(f"date={text}")

    assert found.opens_on is None
    assert found.problems == (Problem("bad_date", "date"),)
    assert found.notices == ()


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("lang=nl", "de", "nl"),
        ("lang=nl-BE", "de", "nl"),
        ("lang=NL_be", "de", "nl"),
        ("locale=de-AT", "", "de"),
        ("lang=tlh", "de;q=0.5, nl-BE", "nl"),
        ("lang=tlh", "", "fr"),
        ("", "tlh, en-GB;q=0.8", "en"),
        ("", "nl;q=0, de;q=0.1", "de"),
        ("", "*", "fr"),
        ("", "x" * 600, "fr"),
        ("", "x" * 600 + ",nl", "fr"),
    ],
)
def test_the_language_is_the_links_else_the_browsers_else_the_sites(
    query, header, language
):
    assert entry(query, accept_language=header).language == language


def test_an_unknown_language_is_told_to_staff_only():
    found = entry("lang=tlh")

    assert found.problems == (Problem("unknown_language", "lang"),)
    assert found.notices == ()
    assert link_language("") == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://www.bank.example",
        "https://www.bank.example:443/a?b=c#d",
        "HTTPS://WWW.BANK.example/",
        "http://localhost:8080/x",
    ],
)
def test_the_way_back_leads_to_an_allowed_origin(url):
    assert entry(f"return_url={url.replace('#', '%23')}").return_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://www.bank.example/",
        "https://www.bank.example:8443/",
        "https://bank.example/",
        "https://www.bank.example.evil.example/",
        "https://evil.example/https://www.bank.example",
        "https://www.bank.example@evil.example/",
        "https://www.bank.example%2540evil.example/",
        "https://www.bank.example%5C@evil.example/",
        "//www.bank.example/",
        "/schedule/",
        "javascript:alert(1)",
        "https:www.bank.example",
        "%09https://www.bank.example",
        "https://www.bank.example/%0d%0aSet-Cookie:a=b",
        "https://www.bank.example/" + "a" * 2000,
    ],
)
def test_another_way_back_is_ignored_and_told_to_staff(url):
    found = entry(f"return_url={url}")

    assert found.return_url == ""
    assert found.problems == (Problem("foreign_return_url", "return_url"),)


# Who it is.


def test_a_signed_customer_number_is_verified():
    customer = CustomerFactory(customer_number="C-1")

    assert entry(signed("customer_number=C-1")).verified_customer_id == customer.pk
    assert entry("customer_number=C-1").verified_customer_id is None


def test_a_signed_number_of_nobody_or_of_a_claim_verifies_nobody():
    CustomerFactory(customer_number="C-1", is_provisional=True)
    CustomerFactory(customer_number="", is_provisional=False)

    assert entry(signed("customer_number=C-1")).verified_customer_id is None
    assert entry(signed("customer_number=C-2")).verified_customer_id is None
    assert entry(signed("customer_number=")).verified_customer_id is None


def test_reading_a_link_changes_nothing_and_asks_little(django_assert_max_num_queries):
    link = signed("segment=HIGH_SIGNED&subject=mortgage&customer_number=C-1&lock=all")
    entry(link)

    with django_assert_max_num_queries(4):  # key, two versions, customer
        entry(link)

    assert Flow.objects.count() == 0
