"""Keys, contexts and the record of broken links."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from segments.links import Problem, read, sign, sign_context
from segments.models import LinkContext, LinkProblem
from segments.services import (
    LinkFailed,
    check_context_request,
    check_signature,
    make_context,
    open_context,
    origin_of,
    record_problems,
    use_context,
)
from tests.factories import (
    NOW,
    CustomerFactory,
    LinkContextFactory,
    LinkKeyFactory,
    LinkProblemFactory,
    OrganisationFactory,
    SegmentFactory,
)

pytestmark = pytest.mark.django_db
PORTAL = LinkContext.Source.PORTAL
WEB = LinkContext.Source.WEB
BACK_END = LinkContext.Source.BACK_END
KEY = b"parlour-demo-key-0123456789abcde"
LATER = str(int((NOW + timedelta(hours=1)).timestamp()))


def signed(*pairs, key=KEY, kid="demo-1", exp=LATER):
    sent = [*pairs, ("exp", exp), ("kid", kid)]
    return [*sent, ("sig", sign(sent, key=key))]


def check(pairs, now=NOW):
    return check_signature(read(pairs), pairs, now=now)


def refusal(call, *args, **kwargs) -> LinkFailed:
    with pytest.raises(LinkFailed) as caught:
        call(*args, **kwargs)
    return caught.value


# Signatures.


def test_a_good_signature_names_its_key():
    key = LinkKeyFactory()

    assert check(signed(("subject", "mortgage"))) == key


def test_a_signature_needs_expiry_and_key_id():
    LinkKeyFactory()
    without_exp = [("kid", "demo-1")]
    without_kid = [("exp", LATER)]

    for pairs in (without_exp, without_kid):
        failed = refusal(check, [*pairs, ("sig", sign(pairs, key=KEY))])
        assert not failed.is_over


@pytest.mark.parametrize(
    "exp", ["", "soon", "1e9", "-1", "١٢", " 1893456000", "9" * 13]
)
def test_an_expiry_that_is_no_number_fails(exp):
    LinkKeyFactory()

    assert refusal(check, signed(exp=exp)).problem.problem == "signature_without_expiry"


def test_a_link_works_until_its_expiry_and_is_over_after_it():
    LinkKeyFactory()
    pairs = signed(("subject", "mortgage"))

    assert check(pairs, now=NOW + timedelta(hours=1))
    failed = refusal(check, pairs, now=NOW + timedelta(hours=1, seconds=1))
    assert (failed.problem.problem, failed.is_over) == ("expired_link", True)


def test_an_expired_link_with_a_bad_signature_is_bad_and_not_over():
    LinkKeyFactory()

    failed = refusal(check, signed(exp="1", key=b"another"))

    assert (failed.problem.problem, failed.is_over) == ("bad_signature", False)


def test_a_revoked_key_signs_nothing_from_then_on():
    LinkKeyFactory(revoked_at=NOW)

    assert check(signed(), now=NOW - timedelta(seconds=1))
    assert refusal(check, signed()).problem == Problem("revoked_key", "kid", "demo-1")


def test_several_keys_are_active_at_once():
    LinkKeyFactory()
    second = LinkKeyFactory(kid="second", secret=b"another")

    assert check(signed(key=b"another", kid="second")) == second
    assert refusal(check, signed(key=KEY, kid="second")).problem == Problem(
        "bad_signature", "sig", "second"
    )


def test_a_key_signs_for_its_own_segments_only():
    key = LinkKeyFactory(signs_every_segment=False)
    key.segments.add(SegmentFactory(code="HIGH"))
    SegmentFactory(code="LOW")

    assert check(signed(("segment", "HIGH")))
    assert check(signed(("subject", "mortgage")))
    for pairs in ([("segment", "LOW")], [("segment", "HIGH,LOW")], [("segment", "X")]):
        problem = refusal(check, signed(*pairs)).problem
        assert (problem.problem, problem.parameter) == (
            "key_not_for_segment",
            "segment",
        )


def test_the_demo_key_signs_only_in_a_demo(settings):
    LinkKeyFactory(is_demo=True)

    assert check(signed())
    settings.DEMO = False
    assert refusal(check, signed()).problem.problem == "revoked_key"


def test_an_alias_is_covered_as_it_was_sent():
    LinkKeyFactory()
    pairs = signed(("leadSegment", "HIGH"))
    renamed = [("segment" if n == "leadSegment" else n, v) for n, v in pairs]

    assert check(pairs)
    assert refusal(check, renamed).problem.problem == "bad_signature"


# Contexts.


def test_a_context_is_opened_by_its_token_and_only_the_hash_is_kept():
    context, token = make_context([("segment", "HIGH")], source=WEB, now=NOW)

    assert open_context(token, now=NOW) == context
    assert len(token) == 43
    assert token not in str(LinkContext.objects.values().get())
    assert context.parameters == [["segment", "HIGH"]]


@pytest.mark.parametrize(
    ("source", "life"),
    [
        (PORTAL, timedelta(minutes=15)),
        (WEB, timedelta(hours=24)),
        (BACK_END, timedelta(hours=24)),
    ],
)
def test_a_context_lives_as_long_as_its_source_says(source, life):
    context, token = make_context([], source=source, now=NOW)

    assert context.is_single_use == (source == PORTAL)
    assert open_context(token, now=NOW + life - timedelta(seconds=1))
    failed = refusal(open_context, token, now=NOW + life)
    assert (failed.problem.problem, failed.is_over) == ("expired_ctx", True)


def test_no_context_lives_longer_than_thirty_days():
    context, _token = make_context(
        [], source=BACK_END, now=NOW, lifetime=timedelta(days=31)
    )

    assert context.expires_at == NOW + timedelta(days=30)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "é" * 5000])
def test_a_token_that_nobody_made_is_unknown(token):
    LinkContextFactory()

    failed = refusal(open_context, token, now=NOW)

    assert (failed.problem, failed.is_over) == (Problem("unknown_ctx", "ctx"), False)


def test_revoking_a_key_ends_the_contexts_that_it_made():
    key = LinkKeyFactory()
    _context, token = make_context([], source=BACK_END, now=NOW, key=key)
    key.revoked_at = NOW
    key.save()

    assert refusal(open_context, token, now=NOW).problem.problem == "unknown_ctx"


def test_a_portal_context_is_used_once():
    customer = CustomerFactory()
    context, token = make_context([], source=PORTAL, now=NOW, customer=customer)
    open_context(token, now=NOW)  # looking uses nothing up

    use_context(context.pk, now=NOW)

    failed = refusal(use_context, context.pk, now=NOW)
    assert (failed.problem.problem, failed.is_over) == ("used_ctx", True)
    assert refusal(open_context, token, now=NOW).is_over


def test_other_contexts_are_used_as_often_as_wanted():
    context, token = make_context([], source=WEB, now=NOW)

    use_context(context.pk, now=NOW)
    use_context(context.pk, now=NOW)

    assert open_context(token, now=NOW).used_at == NOW


def test_a_context_keeps_what_the_database_can_store():
    context, _token = make_context([("remarks", "a\x00b\ud800")], source=WEB, now=NOW)

    context.refresh_from_db()
    assert context.parameters == [["remarks", "a\ufffdb\ufffd"]]


def test_a_request_for_a_context_counts_for_five_minutes():
    key = LinkKeyFactory()
    time = str(int(NOW.timestamp()))
    proof = {"kid": "demo-1", "time": time}
    proof["signature"] = sign_context(b"{}", time=time, key=KEY)

    for drift in (timedelta(minutes=5), timedelta(minutes=-5)):
        assert check_context_request(b"{}", now=NOW + drift, **proof) == key
        late = NOW + drift * 1.01
        assert refusal(check_context_request, b"{}", now=late, **proof).is_over
    assert not refusal(check_context_request, b"[]", now=NOW, **proof).is_over


# Broken links.


def test_the_same_problem_is_one_row_a_day_with_a_count():
    problem = Problem("unknown_segment", "segment", "HIHG")
    later = NOW + timedelta(hours=1)

    record_problems([problem], origin="https://a.example", now=NOW)
    record_problems([problem], origin="https://a.example", now=later)

    row = LinkProblem.objects.get()
    assert (row.count, row.first_at, row.last_at) == (2, NOW, later)
    assert (row.value, row.origin, row.day) == ("HIHG", "https://a.example", NOW.date())


def test_another_day_origin_or_parameter_is_another_row():
    OrganisationFactory(zone_name="Europe/Brussels")
    problem = Problem("cut", "metadata")

    record_problems([problem], origin="https://a.example", now=NOW)
    record_problems([problem], origin="https://b.example", now=NOW)
    record_problems([Problem("cut", "email")], origin="https://a.example", now=NOW)
    midnight = NOW.replace(hour=22)  # 00:00 of the next day in Brussels
    record_problems([problem], origin="https://a.example", now=midnight)

    assert LinkProblem.objects.count() == 4
    assert set(LinkProblem.objects.values_list("count", flat=True)) == {1}


def test_made_up_origins_do_not_fill_the_table():
    for number in range(1000):
        LinkProblemFactory(origin=f"https://{number}.example")

    record_problems([Problem("x")], origin="https://more.example", now=NOW)
    record_problems([Problem("x")], origin="https://evermore.example", now=NOW)

    assert LinkProblem.objects.count() == 1001
    assert LinkProblem.objects.get(problem="x").count == 2


def test_the_database_keeps_only_codes_as_values():
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkProblemFactory(value="max@example.com")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://www.bank.example/a?b#c", "https://www.bank.example"),
        ("HTTPS://WWW.Bank.Example:443", "https://www.bank.example"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:80/x", "http://[::1]"),
        ("https://www.bank.example/café", "https://www.bank.example"),
        ("", ""),
        ("null", ""),
        ("//evil.example", ""),
        ("https:evil.example", ""),
        ("https:/evil.example", ""),
        ("https:///evil.example", ""),
        ("https://www.bank.example@evil.example", ""),
        ("https://user:pass@www.bank.example", ""),
        ("https://www.bank.example\\@evil.example", ""),
        ("https:\\\\evil.example", ""),
        ("\thttps://evil.example", ""),
        ("https://evil.example\n", ""),
        ("ht\ntps://evil.example", ""),
        (" https://evil.example", ""),
        ("javascript:alert(1)//https://www.bank.example", ""),
        ("data:text/html,x", ""),
        ("ftp://www.bank.example", ""),
        ("https://www.bank.example:99999", ""),
        ("https://www.bank.example:x", ""),
        ("https://[::1", ""),
        ("https://bänk.example", ""),
        ("https://" + "a" * 300 + ".example", ""),
    ],
)
def test_the_origin_of_an_address(address, origin):
    assert origin_of(address) == origin
