"""What a link says, whoever sent it: names, aliases, lists and limits."""

from datetime import date

import pytest

from segments.links import Problem, decode_query, read


def read_query(query: str):
    return read(decode_query(query.encode()))


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("lead_segment=A", "segments", ("A",)),
        ("LEAD_SEGMENT_CODE=A", "segments", ("A",)),
        ("leadSegment=A", "segments", ("A",)),
        ("subjectId=mortgage", "subject", "mortgage"),
        ("SUBJECT_ID=mortgage", "subject", "mortgage"),
        ("meetingType=video", "channels", ("video",)),
        ("MeetingType=VIDEO", "channels", ("video",)),
        ("meeting_type=video", "channels", ("video",)),
        ("MEETING_TYPES=phone,video", "channels", ("phone", "video")),
        ("officeId=antwerp", "office", "antwerp"),
        ("office_id=antwerp", "office", "antwerp"),
        ("agent=eva-peeters", "advisor", "eva-peeters"),
        ("AgentId=eva-peeters", "advisor", "eva-peeters"),
        ("timezone=Europe/Paris", "tz", "Europe/Paris"),
        ("language=nl", "lang", "nl"),
        ("locale=nl", "lang", "nl"),
        ("redirect_url=https://a.example/", "return_url", "https://a.example/"),
        ("firstName=Max", "prefill", {"first_name": "Max"}),
        ("lastName=Murdoch", "prefill", {"last_name": "Murdoch"}),
        ("phone_number=03", "prefill", {"phone": "03"}),
        ("notes=Hello", "prefill", {"remarks": "Hello"}),
        ("customer.first_name=Max", "prefill", {"first_name": "Max"}),
        ("customer.firstName=Max", "prefill", {"first_name": "Max"}),
        ("customer[last_name]=M", "prefill", {"last_name": "M"}),
        ("Customer[phone_number]=03", "prefill", {"phone": "03"}),
        ("customer.name=Max+M", "prefill", {"first_name": "Max", "last_name": "M"}),
        ("customer.postal_code=2000", "address", {"postal_code": "2000"}),
        ("customer[city]=Gent", "address", {"city": "Gent"}),
        ("meta.price=1", "metadata", {"price": "1"}),
        ("META[Price]=1", "metadata", {"Price": "1"}),
        ("metadata[price]=1", "metadata", {"price": "1"}),
        ("q[amount]=5", "questions", {"amount": "5"}),
        ("utm_source=mail", "attribution", {"utm_source": "mail"}),
    ],
)
def test_a_name_or_an_alias_in_any_case_is_understood(query, field, value):
    link = read_query(query)

    assert getattr(link, field) == value
    assert link.ignored == 0


@pytest.mark.parametrize(
    "query",
    [
        "Segment=A",
        "SUBJECT=mortgage",
        "Lang=nl",
        "First_Name=Max",
        "Metadata[a]=1",
        "Q[a]=1",
        "UTM_SOURCE=mail",
        "utm_id=1",
        "q[]=1",
        "metadata[]=1",
        "metadata[a][b]=1",
        "consent=on",
        "whatever=1",
        "=1",
    ],
)
def test_canonical_names_in_another_case_and_unknown_names_are_counted(query):
    link = read_query(query)

    assert link.ignored == 1
    assert link.passed == frozenset()


@pytest.mark.parametrize(
    "query", ["subject=right&subjectId=wrong", "subjectId=wrong&subject=right"]
)
def test_the_canonical_name_beats_an_alias_whatever_the_order(query):
    assert read_query(query).subject == "right"


def test_the_canonical_name_beats_an_alias_of_a_list_and_of_metadata():
    assert read_query("leadSegment=B&segment=A").segments == ("A",)
    assert read_query("metadata[a]=right&meta.a=wrong").metadata == {"a": "right"}


def test_the_last_value_wins():
    assert read_query("subject=a&subject=b").subject == "b"
    assert read_query("subjectId=a&subject_id=b").subject == "b"


def test_lists_are_repeated_or_have_commas_and_name_each_thing_once():
    link = read_query(
        "segment=A,B&segment=C&segment=A&channel=phone&channel=video,phone"
    )

    assert link.segments == ("A", "B", "C")
    assert link.channels == ("phone", "video")
    assert read_query("lock=subject,office&lock=email").locked == (
        "subject",
        "office",
        "email",
    )


def test_one_channel_preselects_and_several_restrict():
    assert read_query("channel=phone&channel=phone").is_one_channel
    assert not read_query("channel=phone,video").is_one_channel
    assert not read_query("channel=phone,telepathy").is_one_channel


def test_an_unknown_channel_is_skipped_and_told():
    link = read_query("channel=telepathy,VIDEO,phone")

    assert link.channels == ("phone",)
    assert link.problems == (
        Problem("unknown_channel", "channel", "telepathy"),
        Problem("unknown_channel", "channel", "VIDEO"),
    )


def test_a_segment_that_is_there_but_blank_is_told_apart_from_none():
    assert read_query("segment=").has_blank_segment
    assert read_query("segment=,&subject=a").has_blank_segment
    assert not read_query("subject=a").has_blank_segment


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("name=Max+Murdoch", "Max", "Murdoch"),
        ("name=Anna+De+Smet", "Anna", "De Smet"),
        ("name=+Max++Murdoch+", "Max", "Murdoch"),
        ("name=Max", "Max", None),
        ("name=Max+Murdoch&first_name=Zoe", "Zoe", None),
        ("name=Max+Murdoch&last_name=Bee", None, "Bee"),
        ("name=Max+Murdoch&first_name=&last_name=", "Max", "Murdoch"),
    ],
)
def test_name_fills_both_names_if_neither_is_given(query, first, last):
    prefill = read_query(query).prefill

    assert (prefill.get("first_name"), prefill.get("last_name")) == (first, last)


def test_prefill_is_kept_as_typed_but_for_its_length():
    link = read_query(f"email=not+a+mail%22%3Cb%3E&remarks={'x' * 501}")

    assert link.prefill["email"] == 'not a mail"<b>'
    assert link.prefill["remarks"] == "x" * 500
    assert link.problems == (Problem("cut", "remarks"),)


def test_metadata_keeps_twenty_keys():
    link = read_query("&".join(f"metadata[k{n}]=v" for n in range(21)))

    assert list(link.metadata) == [f"k{n}" for n in range(20)]
    assert link.problems == (Problem("cut", "metadata"),)


def test_metadata_keeps_64_characters_of_a_key_and_500_of_a_value():
    link = read_query(f"metadata[{'k' * 65}]=a&metadata[b]={'é' * 501}")

    assert link.metadata == {"k" * 64: "a", "b": "é" * 500}
    assert link.problems == (Problem("cut", "metadata"),)


def test_metadata_keeps_8_kilobytes_in_all():
    values = "&".join(f"metadata[key{n:02}]={'é' * 500}" for n in range(12))

    link = read_query(values)

    size = sum(len((key + value).encode()) for key, value in link.metadata.items())
    assert 8190 <= size <= 8192
    assert link.metadata["key07"] == "é" * 500
    assert set(link.metadata["key08"]) == {"é"}
    assert link.problems == (Problem("cut", "metadata"),)


def test_metadata_at_its_limits_is_whole():
    link = read_query("&".join(f"metadata[{n:064}]={'v' * 345}" for n in range(20)))

    assert len(link.metadata) == 20
    assert link.problems == ()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-04", date(2026, 5, 4)),
        ("2026-02-30", None),
        ("20260504", None),
        ("2026-W19-1", None),
        ("2026-5-4", None),
        ("٢٠٢٦-05-04", None),
        ("2026-05-04 ", None),
    ],
)
def test_a_date_is_a_date_or_skipped(text, day):
    link = read([("date", text)])

    assert link.date == day
    assert link.problems == (() if day else (Problem("bad_date", "date"),))


@pytest.mark.parametrize(
    "name", ["europe/brussels", "Mars/Base", "../etc/passwd", "/", "Factory", "a" * 999]
)
def test_what_is_no_iana_zone_is_skipped(name):
    link = read([("tz", name)])

    assert link.tz == ""
    assert link.problems == (Problem("bad_zone", "tz"),)


def test_an_unknown_advisor_mode_is_skipped():
    link = read_query("advisor_mode=always")

    assert link.advisor_mode == ""
    assert link.problems == (Problem("bad_advisor_mode", "advisor_mode", "always"),)


def test_problems_hold_codes_and_nothing_else():
    link = read_query("channel=max@example.com&advisor_mode=Max+Murdoch")

    assert {problem.value for problem in link.problems} == {""}


def test_what_cannot_be_stored_is_replaced_so_that_a_code_stays_wrong():
    link = read([("segment", "HIGH\x00"), ("first_name", "Zo\ud800")])

    assert link.segments == ("HIGH\ufffd",)
    assert link.prefill == {"first_name": "Zo\ufffd"}


def test_a_query_is_decoded_once_and_never_refused():
    assert decode_query(b"a=1+2%2B&b&=c&&%ff%00=%ed%a0%80&d=%2541&e=%zz") == [
        ("a", "1 2+"),
        ("b", ""),
        ("", "c"),
        ("\ufffd\x00", "\ufffd\ufffd\ufffd"),
        ("d", "%41"),
        ("e", "%zz"),
    ]


def test_values_stay_text_that_no_page_reads_as_html():
    link = read_query("first_name=%3Cscript%3E&metadata[a]=%26lt%3B")

    assert link.prefill == {"first_name": "<script>"}
    assert link.metadata == {"a": "&lt;"}
