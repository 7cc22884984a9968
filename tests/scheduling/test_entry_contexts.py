"""Links that carry nothing but a `ctx`."""

from datetime import date, timedelta

import pytest

from segments.links import decode_query
from segments.models import LinkContext
from segments.services import make_context, use_context
from tests.factories import NOW, CustomerFactory
from tests.scheduling.link_bank import entry, make_link_bank, refused

pytestmark = pytest.mark.django_db
Source = LinkContext.Source


@pytest.fixture(autouse=True)
def bank(db):
    make_link_bank()


def context(query: str, *, source=Source.WEB, **fields) -> str:
    _row, token = make_context(
        decode_query(query.encode()), source=source, now=NOW, **fields
    )
    return token


def test_a_context_counts_as_signed():
    token = context("segment=HIGH_SIGNED&subject=mortgage&name=Max+M&lock=subject")

    found = entry(f"ctx={token}")

    assert found.is_signed
    assert found.segment_codes == ("HIGH_SIGNED",)
    assert found.prefill == {"first_name": "Max", "last_name": "M"}
    assert found.locked == ("subject",)
    assert found.context_id == LinkContext.objects.get().pk


def test_beside_a_context_only_language_zone_date_and_attribution_are_read():
    token = context("segment=LOW&subject=mortgage&lang=nl&utm_source=portal")

    found = entry(
        f"ctx={token}&segment=HIGH&subject=pet-insurance&email=eve@example.com"
        "&metadata[a]=1&lock=all&leadSegment=NOBODY&whatever=1"
        "&locale=de&timezone=Europe/Paris&date=2026-05-04&utm_source=mail&utm_term=x"
    )

    assert found.segment_codes == ("LOW",)
    assert (found.prefill, found.metadata, found.locked) == ({}, {}, ())
    assert (found.language, found.link_zone) == ("de", "Europe/Paris")
    assert found.opens_on == date(2026, 5, 4)
    assert found.attribution == {"utm_source": "mail", "utm_term": "x"}
    assert found.preset == ("subject",)
    assert found.ignored_parameters == 6


def test_what_a_context_locks_stays_beside_other_values():
    token = context("lang=nl&tz=Europe/Brussels&lock=all")

    found = entry(f"ctx={token}&lang=de&tz=Europe/Paris&date=2026-05-04")

    assert (found.language, found.link_zone) == ("nl", "Europe/Brussels")
    assert found.locked == ("lang", "tz")
    assert found.opens_on == date(2026, 5, 4)


@pytest.mark.parametrize("token", ["", "unknown", "%00", "%ff"])
def test_an_unknown_context_is_refused(token):
    assert refused(f"ctx={token}&subject=mortgage") == (404, "unknown_ctx")


def test_an_expired_context_is_gone():
    token = context("", lifetime=timedelta(minutes=1))

    assert refused(f"ctx={token}", now=NOW + timedelta(minutes=1)) == (
        410,
        "expired_ctx",
    )


def test_a_used_portal_context_is_gone():
    token = context("", source=Source.PORTAL)
    use_context(LinkContext.objects.get().pk, now=NOW)

    assert refused(f"ctx={token}") == (410, "used_ctx")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("segment=OLD", "expired_segment"),
        ("segment=", "unknown_segment"),
        ("subject=nothing&lock=subject", "lock_without_value"),
    ],
)
def test_what_a_context_says_fails_closed_too(query, problem):
    assert refused(f"ctx={context(query)}") == (404, problem)


def test_a_signature_beside_a_context_must_verify():
    assert refused(f"ctx={context('')}&sig=x&exp=1893456000&kid=demo-1") == (
        404,
        "bad_signature",
    )


def test_a_context_does_not_lead_to_another():
    inner = context("segment=HIGH_SIGNED")

    assert entry(f"ctx={context(f'ctx={inner}')}").segment_codes == ()


def test_a_portal_context_knows_the_customer_and_asks_for_the_sign_in():
    customer = CustomerFactory()
    portal = entry(f"ctx={context('', source=Source.PORTAL, customer=customer)}")
    web = entry(f"ctx={context('')}")

    assert (portal.verified_customer_id, portal.needs_sign_in) == (customer.pk, True)
    assert (web.verified_customer_id, web.needs_sign_in) == (None, False)


def test_a_customer_number_in_a_context_is_verified():
    customer = CustomerFactory(customer_number="C-1")

    found = entry(f"ctx={context('customer_number=C-1')}")

    assert found.verified_customer_id == customer.pk
