"""How any link is understood: by the code that starts flows, and nothing is left behind."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies

from scheduling.models import Flow
from scheduling.wizard.entry import LinkRefused, read_entry
from scheduling.wizard.explaining import State, explain_link
from scheduling.wizard.pasted import read_pasted
from segments.links import METADATA_BYTES, decode_query
from segments.models import LinkContext, LinkKey, LinkProblem
from segments.parameters import ALIASES, CANONICAL
from segments.problems import UNKNOWN, WORDS, words_of
from segments.services import make_context
from tests.factories import (
    NOW,
    AdministratorFactory,
    CustomerFactory,
    LinkProblemFactory,
    StaffFactory,
)
from tests.scheduling.link_bank import IN_AN_HOUR, make_link_bank, signed
from tests.tables import all_rows

pytestmark = pytest.mark.django_db
LAB = "/admin/links/lab/"
BASE = "http://testserver/schedule/"
USED, LOCKED, CUT = State.USED, State.LOCKED, State.CUT
SKIPPED, IGNORED, REFUSED = State.SKIPPED, State.IGNORED, State.REFUSED
UNDERSTOOD = State.UNDERSTOOD


@pytest.fixture
def bank(db):
    make_link_bank()


@pytest.fixture
def staff(client, bank):
    with time_machine.travel(NOW, tick=False):
        client.force_login(AdministratorFactory())
        client.get(LAB)  # the sign-in is noted once
        yield client


def explained(query: str, *, now=NOW):
    return explain_link(decode_query(query.encode()), now=now)


def states(query: str) -> dict[str, State]:
    """Return what became of each parameter, by the name that was sent."""
    return {row.sent: row.state for row in explained(query).rows}


# What product.md says of links.

EXAMPLES = [
    # Canonical names, and their aliases in any case.
    ("segment=HIGH&subject=mortgage", {"segment": USED, "subject": USED}),
    ("segment=HIGH&segment=LOW", {"segment": USED}),
    ("segment=HIGH,LOW", {"segment": USED}),
    ("lead_segment=HIGH", {"lead_segment": USED}),
    ("LEAD_SEGMENT_CODE=HIGH", {"LEAD_SEGMENT_CODE": USED}),
    ("leadSegment=HIGH", {"leadSegment": USED}),
    ("subjectId=4711", {"subjectId": USED}),
    ("Subject_Id=mortgage", {"Subject_Id": USED}),
    ("category=L1", {"category": USED}),
    ("channel=phone", {"channel": USED}),
    ("meetingType=PHONE", {"meetingType": USED}),
    ("meeting_types=phone,VIDEO", {"meeting_types": USED}),
    ("officeId=BR-7", {"officeId": USED}),
    ("agent=eva-peeters", {"agent": USED}),
    ("agentId=E-1&advisor_mode=only", {"agentId": USED, "advisor_mode": USED}),
    ("date=2026-05-04", {"date": USED}),
    ("timezone=Europe/Paris&locale=nl_BE", {"timezone": USED, "locale": USED}),
    ("customer.firstName=Zo%C3%AB", {"customer.firstName": USED}),
    ("phone_number=1&notes=x", {"phone_number": USED, "notes": USED}),
    ("customer.street=Meir+1", {"customer.street": USED}),
    ("q[property_type]=house", {"q[property_type]": USED}),
    ("metadata[a]=1&meta.b=2", {"metadata[a]": USED, "meta.b": USED}),
    ("meta[c]=3&utm_source=mail", {"meta[c]": USED, "utm_source": USED}),
    ("return_url=https://www.bank.example/a", {"return_url": USED}),
    ("redirect_url=https://evil.example/", {"redirect_url": SKIPPED}),
    # Which value wins.
    ("Subject=mortgage", {"Subject": IGNORED}),
    ("subject=mortgage&subjectId=travel", {"subject": USED, "subjectId": IGNORED}),
    ("name=Max+M", {"name": USED}),
    ("name=Max&first_name=Zoe", {"name": IGNORED, "first_name": USED}),
    ("who=knows&gclid=1", {"who": IGNORED, "gclid": IGNORED}),
    ("email=", {"email": IGNORED}),
    ("email=not+an+address", {"email": USED}),
    ("consent=on", {"consent": IGNORED}),
    ("remarks=" + "x" * 501, {"remarks": CUT}),
    ("metadata[a]=" + "x" * 501, {"metadata[a]": CUT}),
    # What is skipped with one neutral sentence.
    ("subject=nothing", {"subject": SKIPPED}),
    ("channel=fax", {"channel": SKIPPED}),
    ("segment=LOW&subject=mortgage&channel=video", {"channel": SKIPPED}),
    ("subject=mortgage&office=ghent&advisor=eva-peeters", {"advisor": SKIPPED}),
    ("advisor_mode=only", {"advisor_mode": IGNORED}),
    ("date=2026-02-30", {"date": SKIPPED}),
    ("tz=Mars/Base&lang=xx", {"tz": SKIPPED, "lang": SKIPPED}),
    ("subject=mortgage&lock=subject", {"subject": USED, "lock": SKIPPED}),
    ("sig_=1&kid=demo-1", {"kid": IGNORED}),
]


@pytest.mark.parametrize(("query", "expected"), EXAMPLES)
def test_every_rule_of_a_working_link_is_told(bank, query, expected):
    found = explained(query)

    assert found.status == 200
    assert {name: states(query)[name] for name in expected} == expected


REFUSALS = [
    ("segment=HIHG", 404, "unknown_segment", {"segment": REFUSED}),
    ("segment=high", 404, "unknown_segment", {"segment": REFUSED}),
    ("segment=", 404, "unknown_segment", {"segment": REFUSED}),
    ("segment=OFF", 404, "inactive_segment", {"segment": REFUSED}),
    ("segment=OLD", 404, "expired_segment", {"segment": REFUSED}),
    ("segment=NEW", 404, "future_segment", {"segment": REFUSED}),
    ("segment=HIGH_SIGNED", 404, "unsigned_segment", {"segment": REFUSED}),
    ("segment=A,B,C,D,E,F", 404, "too_many_segments", {"segment": REFUSED}),
    ("segment=HIGH,OFF&email=a", 404, "inactive_segment", {"email": UNDERSTOOD}),
    ("sig=x&kid=demo-1", 404, "signature_without_expiry", {"sig": UNDERSTOOD}),
    (f"sig=x&exp={IN_AN_HOUR}", 404, "unknown_key", {"exp": UNDERSTOOD}),
    (f"sig=x&kid=demo-1&exp={IN_AN_HOUR}", 404, "bad_signature", {"sig": REFUSED}),
    ("ctx=nobody-made-this", 404, "unknown_ctx", {"ctx": REFUSED}),
]


@pytest.mark.parametrize(("query", "status", "problem", "expected"), REFUSALS)
def test_every_refusal_is_told(bank, query, status, problem, expected):
    found = explained(query)

    assert (found.status, found.refusal.problem.problem) == (status, problem)
    assert {name: states(query)[name] for name in expected} == expected


def test_a_refused_code_is_told_from_a_good_one(bank):
    first, second = explained("segment=HIGH&segment=OFF").rows

    assert (first.state, second.state) == (UNDERSTOOD, REFUSED)
    assert second.why.startswith("OFF: The segment is inactive.")


def test_a_signed_link_names_its_key_and_its_end(bank):
    found = explained(signed("segment=HIGH_SIGNED&subject=mortgage&lock=subject"))

    assert (found.status, found.is_signed, found.kid) == (200, True, "demo-1")
    assert found.expires == NOW + timedelta(hours=1)
    assert [row.state for row in found.rows] == [USED, LOCKED, USED, USED, USED, USED]


def test_an_expired_link_tells_what_it_would_be(bank):
    found = explained(signed("segment=HIGH", exp="1"))

    assert (found.status, found.refusal.problem.problem) == (410, "expired_link")
    assert found.otherwise.status == 200


def test_a_changed_link_tells_both_faults(bank):
    found = explained(signed("segment=HIGH").replace("HIGH", "OFF"))

    assert found.refusal.problem.problem == "bad_signature"
    assert found.otherwise.refusal.problem.problem == "inactive_segment"


def test_a_lock_without_a_value_is_told_by_its_name(bank):
    found = explained(signed("segment=HIGH&lock=office"))

    assert found.status == 404
    assert found.states("lock") == [REFUSED]
    assert "office: A field is locked" in found.rows[1].why


def test_more_metadata_than_fits_is_told_name_by_name(bank):
    query = "&".join(f"metadata[k{n}]={'x' * 500}" for n in range(20))

    rows = explained(query).rows

    assert {row.state for row in rows[:15]} == {USED}
    assert {row.state for row in rows[17:]} == {CUT}
    assert sum(row.state == USED for row in rows) * 500 < METADATA_BYTES


def test_a_context_shows_what_it_keeps_and_what_counts_beside_it(bank):
    pairs = [("segment", "HIGH_SIGNED"), ("subject", "mortgage"), ("lang", "nl")]
    pairs += [("lock", "subject"), ("tz", "Europe/Paris"), ("email", "m@example.com")]
    _row, token = make_context(pairs, source=LinkContext.Source.WEB, now=NOW)

    found = explained(f"ctx={token}&lang=fr&subject=travel&sig_=1&kid=x")

    assert [row.state for row in found.rows] == [USED, USED, IGNORED, IGNORED, IGNORED]
    assert [row.state for row in found.kept] == [
        *(USED, LOCKED, IGNORED, USED, USED, USED),
    ]
    assert found.entry.language == "fr"


def test_a_used_context_is_over(bank):
    row, token = make_context(
        [], source=LinkContext.Source.WEB, now=NOW, is_single_use=True
    )
    row.used_at = NOW
    row.save()

    assert explained(f"ctx={token}").status == 410


NAMES = sorted({*CANONICAL, *ALIASES, "q[property_type]", "metadata[a]", "meta.a", "x"})
VALUES = ["HIGH", "LOW", "OFF", "mortgage", "travel", "loans", "phone", "video,fax"]
VALUES += [
    "antwerp",
    "ghent",
    "eva-peeters",
    "only",
    "2026-05-04",
    "Europe/Paris",
    "nl",
]
VALUES += ["", ",", "all", "subject,office", "1893456000", "demo-1", "m@example.com"]
PAIRS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(NAMES) | strategies.text(max_size=5),
        strategies.sampled_from(VALUES) | strategies.text(max_size=8),
    ),
    max_size=9,
)


@given(pairs=PAIRS, is_signed=strategies.booleans())
@hypothesis_settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_lab_says_what_the_wizard_does(bank, pairs, is_signed):
    if is_signed:
        query = "&".join(f"{name}={value}" for name, value in pairs if name.isalpha())
        pairs = decode_query(signed(query).encode("utf-8", "replace"))

    found = explain_link(pairs, now=NOW)

    try:
        entry, refusal = read_entry(pairs, now=NOW, accept_language=""), None
    except LinkRefused as error:
        entry, refusal = None, (error.problem, error.status)
    assert found.entry == entry
    told = found.refusal and (found.refusal.problem, found.refusal.status)
    assert told == refusal
    assert len(found.rows) == len(pairs)
    ignored = sum(not row.name for row in found.rows)
    assert entry is None or "ctx" in dict(pairs) or ignored == entry.ignored_parameters


# What can be pasted.


@pytest.mark.parametrize(
    "text",
    [
        "http://testserver/schedule/?segment=HIGH&subject=mortgage",
        "  /schedule/?segment=HIGH&subject=mortgage\r\n",
        "?segment=HIGH&subject=mortgage",
        "segment=HIGH&subject=mortgage",
        "http://testserver/schedule/?segment=HIGH&sub\r\n  ject=mortgage".replace(
            "  ", ""
        ),
    ],
)
def test_an_address_a_query_and_a_broken_line_are_the_same(text):
    pasted = read_pasted(text, base=BASE)

    assert pasted.pairs == (("segment", "HIGH"), ("subject", "mortgage"))
    assert pasted.notes == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("https://other.example/schedule/?segment=HIGH", "on another site"),
        ("http://testserver/?segment=HIGH", "no scheduling link"),
        ("http://testserver/schedule/?segment=HIGH#top", "What follows #"),
        ("http://testserver/schedule/", "general scheduling"),
        ("x" * 43, "Read as the ctx"),
    ],
)
def test_what_is_odd_about_the_rest_is_said(text, note):
    assert note in " ".join(read_pasted(text, base=BASE).notes)


# The page.


def test_the_page_shows_the_verdict_the_rows_and_the_offer(staff, settings):
    settings.BASE_URL = "http://testserver"
    query = signed("segment=LOW&subject=mortgage&first_name=Zo%C3%AB&lock=subject")

    page = staff.post(LAB, {"link": f"{BASE}?{query}"})

    html = page.content.decode()
    assert page.status_code == 200
    assert "The link works." in html
    assert "“How would you like to meet?”" in html
    assert "Signed with the key demo-1; the signature fits" in html
    assert "The visitor cannot change it." in html
    (subject,) = page.context["told"].offer
    assert (subject.name, subject.is_chosen) == ("Mortgage", True)
    assert "video" not in subject.channels.lower()
    assert ("first_name", "Zoë") in page.context["told"].filled
    assert "no-store" in page["Cache-Control"]
    assert "Referrer-Policy" not in page or page["Referrer-Policy"] == "same-origin"


def test_a_link_in_the_labs_own_address_is_not_read(staff):
    page = staff.get(LAB, {"link": "segment=HIGH", "segment": "HIGH"})

    assert page.status_code == 200
    assert "told" not in page.context


def test_trying_links_leaves_nothing_behind(staff):
    _row, token = make_context(
        [("segment", "HIGH")],
        source=LinkContext.Source.PORTAL,
        now=NOW,
        customer=CustomerFactory(),
    )
    before = all_rows()

    links = ["segment=HIHG", "subject=nothing", "", f"ctx={token}", "x" * 20_000]
    links += [signed("segment=HIGH"), "segment=HIGH&email=max@example.com&lang=xx"]
    for link in links:
        staff.post(LAB, {"link": link})

    assert all_rows() == before
    assert not Flow.objects.exists()
    assert not LinkProblem.objects.exists()


HOSTILE = [
    "<script>alert(1)</script>",
    "?segment=<script>alert(1)</script>",
    "?<img src=x onerror=alert(1)>=1",
    '"><svg onload=alert(1)>=2&segment="><b>',
    "javascript:alert(1)",
    "javascript:alert(1)?segment=HIGH",
    "data:text/html,<script>?x=1",
    "%",
    "%%%=%%%",
    "?segment=%ZZ&subject=%",
    "?segment=%C3%28&email=%FF%FE",
    "?a=%00&segment=HI%00GH",
    "\x00",
    "segment=\x00",
    "\u202esegment=HIGH\u202c",
    "?first_name=%E2%80%AEgnp.exe&last_name=\u2066x",
    "?segment=HIGH\u200b",
    "?segment=\ufeffHIGH",
    "\ud83d\udca9=\ud83d\udca9".encode("utf-16", "surrogatepass").decode("utf-16"),
    "?" + "&" * 5000,
    "?" + "a=&" * 5000,
    "?" + "metadata[k]=v&" * 1000,
    "?segment=" + "A," * 5000,
    "?remarks=" + "é" * 7000,
    "x" * 15_999,
    "x" * 16_001,
    " ",
    "\n\r\t",
    "?",
    "#",
    "://",
    "http://",
    "http://[::1/schedule/?segment=HIGH",
    "http://testserver:99999/schedule/?segment=HIGH",
    "http://user:pw@testserver/schedule/?a=b",
    "//evil.example/schedule/?segment=HIGH",
    "?exp=99999999999999999999&sig=é&kid=%F0%9F%92%A9",
    "?exp=999999999999&sig=x&kid=demo-1",
    "?segment=HIGH&amp;subject=mortgage",
    "?q[" + "x" * 300 + "]=1&metadata[[]]=2&metadata[]=3",
    "?ctx=" + "x" * 9000,
    "?ctx=&sig=&exp=&kid=&lock=",
    "?lock=all&lock=,&channel=,&segment=,",
    "?__proto__=1&constructor[prototype]=2",
    "' OR 1=1 --?segment=' OR '1'='1",
    "{{ 7*7 }}?segment={% now 'Y' %}",
    "?date=99999-99-99&date=0000-00-00&tz=../../etc/passwd",
    "?lang=" + "a-" * 200,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_link_gets_a_sentence_and_changes_nothing(staff, text):
    before = all_rows()

    page = staff.post(LAB, {"link": text})

    html = page.content.decode()
    assert page.status_code in {200, 422}
    shown = html.partition("<main")[2] or html
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "<svg onload" not in shown
    if page.status_code == 422:
        assert page.context["form"].errors["link"][0].endswith(".")
    else:
        assert page.context["told"].verdict.endswith(".")
    assert not {"\u202e", "\u2066", "\x00"} & set("".join(cells(html)))
    assert all_rows() == before


def cells(html: str) -> list[str]:
    return re.findall(r"<bdi[^>]*>(.*?)</bdi>", html, re.DOTALL)


def test_a_link_too_big_for_any_form_is_refused_with_a_page(staff):
    assert staff.post(LAB, {"link": "x" * 3_000_000}).status_code in {400, 413, 422}


def test_the_lab_asks_the_same_few_queries_for_any_link(
    staff, django_assert_max_num_queries
):
    small, big = "segment=HIGH", "&".join(f"metadata[k{n}]=v" for n in range(500))
    counts = []
    for link in (signed(small), signed(f"{small}&{big}")):
        staff.post(LAB, {"link": link})
        with django_assert_max_num_queries(20) as counted:
            staff.post(LAB, {"link": link})
        counts.append(len(counted))

    assert counts[0] == counts[1]


# Who may.


@pytest.mark.parametrize("name", ["builder", "lab"])
def test_the_pages_are_for_staff_who_may_see_segments(client, bank, name):
    url = reverse(f"links:{name}")
    assert client.get(url).status_code == 302
    client.force_login(CustomerFactory(user=StaffFactory(is_staff=False)).user)
    assert client.get(url).status_code == 302
    clerk = StaffFactory()
    client.force_login(clerk)
    assert client.get(url).status_code == 403
    assert client.post(url, {"link": "segment=HIGH"}).status_code == 403

    clerk.user_permissions.add(Permission.objects.get(codename="view_segment"))

    assert client.get(url).status_code == 200


def test_a_post_without_a_token_of_ours_is_refused(bank):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(AdministratorFactory())

    assert strict.post(LAB, {"link": "segment=HIGH"}).status_code == 403


# Broken links in the wild.


def test_broken_links_have_a_sentence_a_fix_and_a_way_into_the_lab(staff):
    row = LinkProblemFactory(origin="https://www.bank.example", count=7)

    page = staff.get("/admin/segments/linkproblem/")

    html = page.content.decode()
    assert WORDS["unknown_segment"].sentence in html
    assert "Correct the code (capitals count)" in html
    assert "https://www.bank.example" in html
    assert "29 Apr 2026, 10:00" in html
    assert f'href="/admin/links/lab/broken/{row.pk}/"' in html


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 2), ("problem=unknown_segment", 1), ("problem=unheard", 0)],
)
def test_broken_links_are_filtered_by_problem(staff, query, count):
    LinkProblemFactory()
    LinkProblemFactory(problem="bad_choice", parameter="subject", value="x")

    page = staff.get(f"/admin/segments/linkproblem/?{query}")

    assert len(page.context["cl"].result_list) == count


def test_a_broken_links_code_is_tried_in_the_lab(staff):
    row = LinkProblemFactory()
    before = all_rows()

    page = staff.get(reverse("links:broken", args=[row.pk]))

    assert page.context["explained"].refusal.problem.problem == "unknown_segment"
    assert page.context["form"]["link"].value() == "?segment=HIHG"
    assert staff.get(reverse("links:broken", args=[row.pk + 1])).status_code == 404
    assert all_rows() == before


def test_a_broken_link_without_a_code_opens_the_lab_with_its_words(staff):
    row = LinkProblemFactory(problem="bad_date", parameter="date", value="")

    page = staff.get(reverse("links:broken", args=[row.pk]))

    assert WORDS["bad_date"].sentence in page.content.decode()
    assert "told" not in page.context


def test_every_problem_that_code_can_name_has_words():
    sources = [
        *("segments/links.py", "segments/services.py", "segments/queries.py"),
        *("scheduling/wizard/entry.py", "scheduling/wizard/preselection.py"),
    ]
    text = "\n".join(Path(source).read_text() for source in sources)
    named = set(re.findall(r'(?:Problem|_problem|Refused)\(\s*"(\w+)"', text))
    named |= set(re.findall(r'return "(\w+_segment)"', text)) | {"unsigned_segment"}

    assert len(named) >= 20
    assert named - WORDS.keys() == set()
    assert words_of("gone_with_an_old_version") == UNKNOWN


# Contexts and keys.


def test_contexts_show_their_state_and_only_the_names_of_what_they_keep(staff):
    key = LinkKey.objects.get()
    for number, fields in enumerate(
        (
            {},
            {"used_at": NOW},
            {"used_at": NOW, "is_single_use": True},
            {"expires_at": NOW},
        )
    ):
        LinkContext.objects.create(
            **{
                "token_hash": f"{number:064x}",
                "source": "back_end",
                "key": key,
                "parameters": [["email", "max@secret.example"]],
                "created_at": NOW,
                "expires_at": NOW + timedelta(hours=1),
                **fields,
            }
        )

    listed = staff.get("/admin/segments/linkcontext/").content.decode()
    counts = [
        len(
            staff.get(f"/admin/segments/linkcontext/?state={state}")
            .context["cl"]
            .result_list
        )
        for state in ("unused", "used", "used-up", "expired")
    ]
    first = LinkContext.objects.first()
    page = staff.get(f"/admin/segments/linkcontext/{first.pk}/change/").content.decode()

    for state in (
        "Not used yet",
        "Used, and works on",
        "Used once, and over",
        "Expired",
    ):
        assert state in listed
    assert counts == [1, 1, 1, 1]
    assert "max@secret.example" not in listed + page
    assert "email" in page


def test_a_revoked_context_is_over(staff):
    row, token = make_context(
        [("segment", "HIGH")], source=LinkContext.Source.BACK_END, now=NOW
    )

    staff.post(
        "/admin/segments/linkcontext/",
        {"action": "revoke", "_selected_action": [row.pk]},
    )

    assert explained(f"ctx={token}").status == 410


def test_staff_who_may_only_look_cannot_revoke(client, bank):
    row, token = make_context([], source=LinkContext.Source.BACK_END, now=NOW)
    clerk = StaffFactory()
    clerk.user_permissions.add(Permission.objects.get(codename="view_linkcontext"))
    client.force_login(clerk)

    client.post(
        "/admin/segments/linkcontext/",
        {"action": "revoke", "_selected_action": [row.pk]},
    )

    assert explained(f"ctx={token}").status == 200


def test_a_signing_keys_secret_is_shown_once(staff):
    answer = staff.post(
        "/admin/segments/linkkey/add/", {"kid": "site-1", "signs_every_segment": "on"}
    )

    key = LinkKey.objects.get(kid="site-1")
    secret = answer.context["secret"]
    assert (answer.status_code, len(bytes(key.secret)), key.created_at) == (
        200,
        32,
        NOW,
    )
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    for address in ("", f"{key.pk}/change/", f"{key.pk}/history/"):
        page = staff.get(f"/admin/segments/linkkey/{address}")
        assert page.status_code == 200
        assert secret not in page.content.decode()


def test_a_revoked_key_signs_no_more_and_stays(staff):
    key = LinkKey.objects.get()
    link = signed("segment=HIGH")

    staff.post(
        "/admin/segments/linkkey/", {"action": "revoke", "_selected_action": [key.pk]}
    )
    staff.post(f"/admin/segments/linkkey/{key.pk}/delete/", {"post": "yes"})

    key.refresh_from_db()
    assert key.revoked_at == NOW
    assert explained(link).refusal.problem.problem == "revoked_key"
