"""The text that a signature covers, and the links that carry one."""

from datetime import UTC, datetime

import pytest

from segments.links import (
    build_link,
    build_signed_link,
    canonical_text,
    decode_query,
    sign,
    sign_context,
    verify,
    verify_context,
)

KEY = b"parlour-demo-key-0123456789abcde"
TEXT = (
    "exp=1893456000&first_name=Zo%C3%AB&kid=demo-1&lock=subject"
    "&metadata%5Brepayment%5D=2%20500&segment=HIGH_SIGNED&subject=mortgage"
)
SIGNATURE = "wePM3uLxNPpJuL95zCmOF6qz-ZEVEd4ais5cIZgDcCY"


def test_the_published_example_has_its_signature():
    pairs = decode_query(TEXT.encode())

    assert canonical_text(pairs) == TEXT
    assert sign(pairs, key=KEY) == SIGNATURE
    assert verify(pairs, key=KEY, signature=SIGNATURE)


def test_order_and_encoding_of_the_sent_link_do_not_matter():
    sent = (
        "subject=mortgage&segment=HIGH%5FSIGNED&metadata[repayment]=2+500&lock=subject"
        "&kid=demo-1&first_name=Zo%c3%ab&exp=1893456000&sig=whatever"
    )

    assert canonical_text(decode_query(sent.encode())) == TEXT


def test_what_advertisements_append_is_not_signed():
    added = "&utm_source=x&utm_anything=y&gclid=1&fbclid=2&msclkid=3&mc_cid=4&mc_eid=5"
    pairs = decode_query((TEXT + added + "&_gl=6").encode())

    assert canonical_text(pairs) == TEXT


def test_aliases_blanks_and_unknown_names_are_signed_as_sent():
    pairs = decode_query(b"subjectId=a&blank=&Utm_x=1&GCLID=2")

    assert canonical_text(pairs) == "GCLID=2&Utm_x=1&blank=&subjectId=a"


def test_repeated_names_are_all_signed_and_sorted_by_value():
    pairs = decode_query(b"segment=B&segment=A&segment=B&a=~-._%20%2F%C3%AB")

    assert canonical_text(pairs) == "a=~-._%20%2F%C3%AB&segment=A&segment=B&segment=B"


def test_pairs_are_sorted_as_encoded():
    # As characters 'a[' comes before 'aa'; encoded it is 'a%5B', still before 'aa';
    # but 'é' is %C3%A9, which comes before every letter.
    assert canonical_text([("é", "1"), ("A", "1"), ("aa", "1"), ("a[", "1")]) == (
        "%C3%A9=1&A=1&a%5B=1&aa=1"
    )


@pytest.mark.parametrize("place", range(len(SIGNATURE)))
def test_a_signature_with_one_other_letter_is_wrong(place):
    letter = "A" if SIGNATURE[place] != "A" else "B"
    forged = SIGNATURE[:place] + letter + SIGNATURE[place + 1 :]

    assert not verify(decode_query(TEXT.encode()), key=KEY, signature=forged)


@pytest.mark.parametrize("signature", ["", SIGNATURE + "=", SIGNATURE[:-1], "é\ud800"])
def test_what_is_no_signature_is_wrong(signature):
    assert not verify(decode_query(TEXT.encode()), key=KEY, signature=signature)


def test_a_built_link_carries_what_its_signature_covers():
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    pairs = [("segment", "HIGH_SIGNED"), ("first_name", "Zoë"), ("exp", "1")]

    link = build_signed_link(
        "https://a.example/schedule/", pairs, key=KEY, kid="demo-1", expires=expires
    )

    query = decode_query(link.partition("?")[2].encode())
    assert link.startswith("https://a.example/schedule/?segment=HIGH_SIGNED&")
    assert dict(query)["exp"] == "1893456000"
    assert verify(query, key=KEY, signature=dict(query)["sig"])


def test_a_link_without_parameters_has_no_question_mark():
    assert build_link("/schedule/", []) == "/schedule/"
    assert build_link("/schedule/", [("a b", "ë&")]) == "/schedule/?a%20b=%C3%AB%26"


def test_a_request_for_a_context_is_signed_with_its_time_and_body():
    signature = sign_context(b"{}", time="1700000000", key=KEY)

    assert verify_context(b"{}", time="1700000000", key=KEY, signature=signature)
    assert not verify_context(b"{ }", time="1700000000", key=KEY, signature=signature)
    assert not verify_context(b"{}", time="1700000001", key=KEY, signature=signature)
