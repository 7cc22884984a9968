"""What a visitor may not change, and links whose locks cannot hold."""

import pytest

from scheduling.wizard.entry import check_parameters
from segments.links import Problem, decode_query
from tests.factories import NOW
from tests.scheduling.link_bank import entry, make_link_bank, refused, signed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bank(db):
    make_link_bank()


def test_a_lock_counts_on_a_signed_link_only():
    query = "subject=mortgage&lock=subject"

    assert entry(signed(query)).locked == ("subject",)
    unsigned = entry(query)
    assert unsigned.locked == ()
    assert unsigned.problems == (Problem("unsigned_lock", "lock"),)


@pytest.mark.parametrize(
    "query",
    [
        "lock=subject",
        "subject=&lock=subject",
        "subject=nothing&lock=subject",
        "subject=travel&lock=subject",
        "segment=LOW&subject=mortgage&channel=video&lock=channel",
        "subject=pet-insurance&channel=office,on_location&lock=channel",
        "subject=mortgage&channel=video&office=ghent&lock=office",
        "subject=mortgage&office=ghent&advisor=eva-peeters&lock=advisor",
        "category=nothing&lock=category",
        "lock=segment",
        "lock=email",
        "email=&lock=email",
        "email=not+a+mail&lock=email",
        "phone=12&lock=phone",
        "lock=name",
        "lock=street",
        "tz=Mars/Base&lock=tz",
        "lang=tlh&lock=lang",
        "date=2026-02-30&lock=date",
        "advisor=eva-peeters&advisor_mode=maybe&lock=advisor_mode",
        "lock=q[property_type]",
        "subject=mortgage&q[property_type]=castle&lock=q[property_type]",
        "lock=metadata[price]",
        "lock=slot",
        "lock=consent",
        "lock=officeId&officeId=antwerp",
        "subject=mortgage&lock=subject,office",
        "subject=nothing&lock=all",
        "subject=&lock=all",
        f"q[{'a' * 62}]=x&lock=q[{'a' * 62}]",
    ],
)
def test_a_lock_whose_value_is_missing_or_not_allowed_refuses_the_link(query):
    assert refused(signed(query)) == (404, "lock_without_value")


@pytest.mark.parametrize(
    ("query", "locked"),
    [
        ("segment=HIGH&lock=segment", ("segment",)),
        ("subject=mortgage&lock=subject&lock=subject", ("subject",)),
        ("office=antwerp&subject=mortgage&lock=office", ("office",)),
        ("officeId=antwerp&lock=office", ("office",)),
        ("category=L1&lock=category", ("category",)),
        ("email=max@example.com&lock=email", ("email",)),
        ("phone=%2B32470123456&lock=phone", ("phone",)),
        ("name=Max+Murdoch&lock=name", ("first_name", "last_name")),
        ("name=Max&lock=name", ("first_name",)),
        ("city=Gent&postal_code=9000&lock=city,postal_code", ("city", "postal_code")),
        ("tz=Europe/Paris&lang=nl&lock=tz,lang", ("lang", "tz")),
        (
            "subject=mortgage&q[property_type]=house&lock=q[property_type]",
            ("q[property_type]",),
        ),
        ("q[anything]=x&lock=q[anything]", ("q[anything]",)),
        ("metadata[price]=1&lock=metadata[price]", ("metadata[price]",)),
    ],
)
def test_a_lock_with_an_allowed_value_holds(query, locked):
    assert entry(signed(query)).locked == locked


def test_all_locks_everything_that_was_passed():
    found = entry(
        signed(
            "segment=HIGH&subjectId=mortgage&channel=office&office=antwerp&name=Max+M"
            "&email=max@example.com&company=&city=Gent&q[property_type]=house&tz=UTC"
            "&metadata[price]=1&utm_source=mail&unknown=1&lock=all"
        )
    )

    assert found.locked == (
        "channel",
        "city",
        "email",
        "first_name",
        "last_name",
        "office",
        "q[property_type]",
        "segment",
        "subject",
        "tz",
    )


def test_a_locked_channel_limits_the_subjects_until_one_is_chosen():
    found = entry(signed("channel=on_location&lock=channel"))

    assert (found.channel, found.channels) == ("on_location", ("on_location",))


def test_several_locked_channels_are_a_restriction():
    found = entry(signed("subject=mortgage&channel=phone,video&lock=channel"))

    assert (found.channel, found.channels, found.locked) == ("", ("phone", "video"), ())


def test_a_changed_lock_breaks_the_signature():
    link = signed("subject=mortgage&lock=subject")

    assert refused(link.replace("&lock=subject", "")) == (404, "bad_signature")


def test_the_parameters_of_a_context_are_checked_like_a_signed_link():
    check_parameters(decode_query(b"segment=HIGH_SIGNED&subject=mortgage"), now=NOW)

    assert refused(signed("lock=office")) == (404, "lock_without_value")
