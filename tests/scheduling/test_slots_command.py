import json
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from scheduling.availability.types import Reason
from scheduling.reasons import SENTENCES, customer_sentence, staff_sentence
from tests.factories import (
    NOW,
    AppointmentFactory,
    AvailabilityRuleFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SubjectFactory,
    working_advisor,
)

pytestmark = pytest.mark.django_db


def slots(*arguments):
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("slots", *arguments, stdout=out)
    return out.getvalue()


def ask(*more):
    return (
        *("--subject", "mortgage", "--channel", "video"),
        *("--date", "2026-05-04"),
        *more,
    )


def test_the_command_prints_starts_with_advisors_reasons_and_rules(a_bank):
    segment = SegmentFactory(code="HIGH")
    SegmentOfferFactory(segment=segment, subject=a_bank.subject)
    rule = AvailabilityRuleFactory(segment=segment, ranks=[1], name="Seniors only")
    working_advisor(a_bank.office, a_bank.subject, code="tom-wouters", rank=3)
    AppointmentFactory(advisor=a_bank.advisor)

    told = json.loads(slots(*ask("--segment", "HIGH", "--office", "antwerp", "--json")))

    assert told["segments"] == ["HIGH"]
    assert told["zone"] == "Europe/Brussels"
    assert told["rules"]["antwerp"]["ranks"] == {
        "value": [1],
        "from": [{"rule": rule.pk, "label": "Seniors only"}],
    }
    starts = {start["time"]: start for start in told["starts"]}
    assert starts["09:00"]["start"] == "2026-05-04T07:00:00Z"
    assert starts["09:00"]["offered"]
    eva, tom = starts["11:00"]["advisors"]
    assert (eva["advisor"], eva["rank"], eva["reasons"]) == ("eva-peeters", 1, ["BUSY"])
    assert (tom["advisor"], tom["rank"], tom["reasons"]) == ("tom-wouters", 3, ["RANK"])
    assert eva["sentences"] == ["The advisor has something else."]
    assert not starts["11:00"]["offered"]


@pytest.mark.usefixtures("a_bank")
def test_the_command_reads_well_without_json():
    text = slots(*ask())

    assert "mortgage by video, no segment (general scheduling)" in text
    assert "duration: 30 (built-in default)" in text
    assert "09:00  offered\n    eva-peeters at antwerp, rank 1: free" in text
    assert "00:00  not offered" in text


@pytest.mark.usefixtures("a_bank")
def test_today_is_the_default_date():
    told = json.loads(slots("--subject", "mortgage", "--channel", "video", "--json"))

    assert told["date"] == "2026-04-29"


def test_an_advisor_without_the_expertise_can_be_asked_about(a_bank):
    other = SubjectFactory(code="other", category=a_bank.category)
    working_advisor(a_bank.office, other, code="nina-goossens")

    told = json.loads(slots(*ask("--advisor", "nina-goossens", "--json")))

    nina = told["starts"][40]["advisors"][-1]
    assert (nina["advisor"], nina["rank"]) == ("nina-goossens", None)
    assert nina["reasons"] == ["NO_EXPERTISE"]


@pytest.mark.usefixtures("a_bank")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--segment", "HIHG"), "There is no segment 'HIHG'"),
        (("--subject", "typo"), "There is no subject 'typo'"),
        (("--office", "typo"), "There is no office 'typo'"),
        (("--advisor", "typo"), "There is no advisor 'typo'"),
        (("--date", "4 May"), "'4 May' is not a date"),
        (("--channel", "fax"), "invalid choice: 'fax'"),
    ],
)
def test_a_wrong_code_is_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        slots(*ask(*arguments))


def test_every_reason_has_its_sentences():
    assert set(SENTENCES) == set(Reason)
    taken = {customer_sentence(r) for r in (Reason.BUSY, Reason.HELD, Reason.ABSENT)}
    assert len(taken) == 1
    assert len({staff_sentence(reason) for reason in Reason}) == len(Reason)
