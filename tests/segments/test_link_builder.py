"""The builder's links say exactly what was chosen, and are tried before they are given."""

import base64
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies

from directory.models import Advisor, Office, Subject
from scheduling.admin.qr import qr_code
from scheduling.forms.linking import CONTEXT, PLAIN, SIGNED
from scheduling.models import Flow
from scheduling.wizard.building import build_signed
from scheduling.wizard.entry import read_entry
from scheduling.wizard.explaining import State, explain_link
from segments.building import build_pattern, gaps_of
from segments.links import decode_query, read
from segments.models import LinkContext, LinkKey, Segment
from segments.queries import segments_data
from segments.samples import form_snippet, php_sample, python_sample
from tests.factories import NOW, AdministratorFactory, LinkKeyFactory, StaffFactory
from tests.scheduling.link_bank import KEY, make_link_bank
from tests.tables import all_rows

pytestmark = pytest.mark.django_db
BUILDER = "/admin/links/"
BASE = "http://testserver/schedule/"
SECRET = base64.urlsafe_b64encode(KEY).decode().rstrip("=")
VECTOR = "wePM3uLxNPpJuL95zCmOF6qz-ZEVEd4ais5cIZgDcCY"
VECTOR_ENDS = datetime.fromtimestamp(1893456000, UTC)
VECTOR_PAIRS = [
    ("segment", "HIGH_SIGNED"),
    ("subject", "mortgage"),
    ("first_name", "Zoë"),
    ("metadata[repayment]", "2 500"),
    ("lock", "subject"),
]


@pytest.fixture
def bank(db, settings):
    settings.BASE_URL = "http://testserver"
    make_link_bank()


@pytest.fixture
def staff(client, bank):
    with time_machine.travel(NOW, tick=False):
        client.force_login(AdministratorFactory())
        client.get(BUILDER)  # the sign-in is noted once
        yield client


def build(client, **fields):
    """Post the builder's form: a plain link, if nothing else is said."""
    return client.post(BUILDER, {"kind": PLAIN, **fields})


def signing(**fields) -> dict:
    return {"kind": SIGNED, "key": "demo-1", "expires": "2026-04-30T12:00", **fields}


def address_of(page) -> str:
    assert page.status_code == 200, page.context["form"].errors
    return page.context["result"].address


def pairs_of(address: str) -> list[tuple[str, str]]:
    base, _, query = address.partition("?")
    assert base == BASE
    return decode_query(query.encode())


def entry_of(address: str):
    return read_entry(pairs_of(address), now=NOW, accept_language="")


def copied(page, name: str) -> str:
    return next(one.text for one in page.context["result"].copies if one.name == name)


# What was chosen is what the link says.


def test_a_link_of_everything_gives_back_everything(staff):
    page = build(
        staff,
        **signing(
            segments=["HIGH"],
            category="loans",
            subject="mortgage",
            channels=["office"],
            office="antwerp",
            advisor="eva-peeters",
            advisor_mode="only",
            date="2026-05-04",
            lang="nl",
            tz="America/New_York",
            fixed_first_name="Zoë",
            fixed_last_name="D'Arc & Søn",
            fixed_email="zoe@example.com",
            fixed_phone="+32 470 12 34 56",
            fixed_street="Meir 1 = 2?",
            fixed_postal_code="2000",
            metadata="repayment = 2 500\nnote = a=b & <c>",
            answers="property_type = house",
            locks=["subject", "office", "email"],
            return_url="https://www.bank.example/back?a=b#c",
        ),
    )

    found = entry_of(address_of(page))

    assert page.context["result"].told.warnings == []
    assert found.segment_codes == ("HIGH",)
    assert found.category_code == "loans"
    assert Subject.objects.get(pk=found.subject_id).code == "mortgage"
    assert found.channel == "office"
    assert Office.objects.get(pk=found.office_id).code == "antwerp"
    assert Advisor.objects.get(pk=found.advisor_id).code == "eva-peeters"
    assert found.advisor_mode == "only"
    assert found.opens_on == date(2026, 5, 4)
    assert (found.language, found.link_zone) == ("nl", "America/New_York")
    assert found.prefill == {
        "first_name": "Zoë",
        "last_name": "D'Arc & Søn",
        "email": "zoe@example.com",
        "phone": "+32 470 12 34 56",
    }
    assert found.address == {"street": "Meir 1 = 2?", "postal_code": "2000"}
    assert found.metadata == {"repayment": "2 500", "note": "a=b & <c>"}
    assert found.question_prefill == {"property_type": "house"}
    assert found.return_url == "https://www.bank.example/back?a=b#c"
    assert found.locked == ("email", "office", "subject")
    assert (found.is_signed, found.problems, found.ignored_parameters) == (True, (), 0)


TEXT = (
    strategies.text(
        strategies.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30
    )
    .map(str.strip)
    .filter(
        lambda text: text and not text.startswith("{") and text.splitlines() == [text]
    )
)
NAME = TEXT.map(lambda text: "".join(one for one in text if one not in "[]{}=").strip())


@strategies.composite
def choices_of_staff(draw) -> dict:
    """Return a form that suits the bank: a subject with what fits it."""

    def maybe(strategy, nothing=""):
        return draw(strategies.just(nothing) | strategy)

    fields = {"segments": maybe(strategies.just(["HIGH"]), [])}
    if draw(strategies.booleans()):
        fields["subject"] = "mortgage"
        fields["channels"] = maybe(
            strategies.lists(
                strategies.sampled_from(["office", "phone", "video"]),
                unique=True,
                max_size=3,
            ),
            [],
        )
        fields["office"] = maybe(strategies.just("antwerp"))
        fields["advisor"] = maybe(strategies.just("eva-peeters"))
        fields["advisor_mode"] = maybe(strategies.sampled_from(["prefer", "only"]))
    for name in ("first_name", "last_name", "company", "remarks", "city"):
        fields[f"fixed_{name}"] = maybe(TEXT)
    fields["lang"] = maybe(strategies.sampled_from(["en", "nl", "fr", "de"]))
    fields["tz"] = maybe(strategies.sampled_from(["Europe/Paris", "Asia/Tokyo"]))
    metadata = draw(strategies.dictionaries(NAME.filter(bool), TEXT, max_size=4))
    fields["metadata"] = "\n".join(f"{key} = {text}" for key, text in metadata.items())
    fields["locks"] = [
        name
        for name in ("subject", "office", "advisor", "lang", "tz")
        if fields.get(name) and draw(strategies.booleans())
    ]
    fields["locks"] += [
        name
        for name in ("first_name", "company", "city")
        if fields[f"fixed_{name}"] and draw(strategies.booleans())
    ]
    return {"fields": fields, "metadata": metadata}


@given(chosen=choices_of_staff())
@hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_lab_and_the_wizard_give_back_what_was_chosen(staff, chosen):
    fields = chosen["fields"]

    page = build(staff, **signing(**fields))

    address = address_of(page)
    found, said = entry_of(address), read(pairs_of(address))
    lab = explain_link(pairs_of(address), now=NOW)
    assert lab.entry == found
    assert {row.state for row in lab.rows} <= {State.USED, State.LOCKED, State.IGNORED}
    ignored = {row.name for row in lab.rows if row.state == State.IGNORED}
    assert ignored <= ({"advisor_mode"} if not fields.get("advisor") else set())
    assert list(said.segments) == fields["segments"]
    assert said.subject == fields.get("subject", "")
    assert list(said.channels) == fields.get("channels", [])
    assert said.office == fields.get("office", "")
    assert said.advisor == fields.get("advisor", "")
    assert said.advisor_mode == fields.get("advisor_mode", "")
    assert said.lang == fields["lang"]
    assert said.tz == fields["tz"]
    assert {**said.prefill, **said.address} == {
        name: fields[f"fixed_{name}"]
        for name in ("first_name", "last_name", "company", "remarks", "city")
        if fields[f"fixed_{name}"]
    }
    assert said.metadata == chosen["metadata"]
    assert found.locked == tuple(sorted(fields["locks"]))
    assert found.problems == ()


# The signature.


def test_the_published_example_gets_its_signature(bank):
    built = build_signed(
        BASE,
        VECTOR_PAIRS,
        key=LinkKey.objects.get(),
        expires=VECTOR_ENDS,
        catalogue=segments_data().catalogue,
        now=NOW,
    )

    assert built.judged.status == 200
    assert dict(pairs_of(built.address))["sig"] == VECTOR


def test_the_builder_signs_the_published_example(staff):
    page = build(
        staff,
        **signing(
            segments=["HIGH_SIGNED"],
            subject="mortgage",
            fixed_first_name="Zoë",
            metadata="repayment=2 500",
            locks=["subject"],
            expires="2030-01-01T01:00",  # in Brussels
        ),
    )

    assert address_of(page).endswith(f"&exp=1893456000&kid=demo-1&sig={VECTOR}")


def run(command: list[str], code: str, *, key: str = SECRET) -> str:
    done = subprocess.run(  # noqa: S603
        command,
        input=code,
        env={**os.environ, "PARLOUR_KEY": key},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


NASTY = [
    ("first_name", "Zoë \u202e\"'\\$x {y} `z` 💩"),
    ("remarks", "a\r\nb\t%00 ?> */ </textarea>"),
    ("metadata[a b~_.-]", "1+1=2&3"),
    ("segment", "HIGH"),
    ("aa", "2"),
    ("a[", "1"),
]


def test_the_python_sample_prints_our_link(staff):
    page = build(
        staff,
        **signing(
            segments=["HIGH_SIGNED"],
            fixed_first_name=NASTY[0][1].strip(),
            metadata="b = 1\na = 2 + 2",
        ),
    )

    assert run([sys.executable, "-"], copied(page, "python")) == address_of(page)


@pytest.mark.parametrize("language", ["python", "php"])
def test_a_sample_signs_whatever_a_link_can_say(bank, language):
    if language == "php" and not shutil.which("php"):
        pytest.skip("no PHP on this machine")
    built = build_signed(
        BASE,
        NASTY,
        key=LinkKey.objects.get(),
        expires=VECTOR_ENDS,
        catalogue=segments_data().catalogue,
        now=NOW,
    )

    if language == "python":
        printed = run([sys.executable, "-"], python_sample(BASE, built.pairs))
    else:
        printed = run(["php"], php_sample(BASE, built.pairs))

    assert printed == built.address


def test_a_php_text_holds_nothing_that_php_would_read_as_code():
    code = php_sample(BASE, [("first_name", '"; system($x); "\n?>')])

    assert '["first_name", "\\"; system(\\$x); \\"\\u{a}?>"],' in code


def test_a_sample_fills_gaps_with_what_the_site_knows(staff):
    page = build(
        staff,
        **signing(
            segments=["HIGH_SIGNED"],
            filled=["first_name", "email"],
            metadata="repayment",
            locks=["email"],
        ),
    )
    code = copied(page, "python")
    for name, value in (("first_name", "Zoë"), ("email", "z@e.be"), ("repayment", "9")):
        code = code.replace(f"'{name}': \"\"", f"'{name}': {value!r}")

    found = entry_of(run([sys.executable, "-"], code))

    assert (page.context["result"].address, page.context["result"].qr) == ("", None)
    assert [one.name for one in page.context["result"].copies] == ["python", "php"]
    assert found.prefill == {"first_name": "Zoë", "email": "z@e.be"}
    assert (found.metadata, found.locked) == ({"repayment": "9"}, ("email",))


def test_no_page_and_no_sample_holds_a_secret(staff):
    page = build(staff, **signing(segments=["HIGH"]))

    html = page.content.decode()
    assert SECRET not in html
    assert KEY.decode() not in html
    assert KEY.hex() not in html


# Gaps, snippets, QR.


def test_a_plain_link_with_gaps_is_a_pattern_to_fill(staff):
    page = build(
        staff, segments=["HIGH"], filled=["first_name", "email"], metadata="loan sum"
    )

    address = address_of(page)
    assert address == (
        f"{BASE}?segment=HIGH&first_name={{first_name}}&email={{email}}"
        "&metadata%5Bloan%20sum%5D={loan sum}"
    )
    assert page.context["result"].gaps == ["first_name", "email", "loan sum"]
    assert page.context["result"].qr is None


def test_gaps_are_values_in_braces_only():
    pairs = [("a", "{x}"), ("b", "{x"), ("c", "y{x}"), ("d", "{}"), ("e", "{x}")]

    assert gaps_of(pairs) == ["x"]
    assert build_pattern(BASE, pairs[:2]) == f"{BASE}?a={{x}}&b=%7Bx"


class Fields(HTMLParser):
    """What a browser makes of a snippet."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_snippets_lead_to_what_the_link_leads_to(staff):
    page = build(
        staff,
        **signing(
            segments=["HIGH"],
            fixed_last_name='"><script>x</script>&amp;',
            button="Meet <us> & talk",
        ),
    )
    visitor = Client()

    ((_, anchor),) = Fields(copied(page, "anchor")).tags
    (_, form), *inputs, _button = Fields(copied(page, "form")).tags
    posted = {attrs["name"]: attrs["value"] for _, attrs in inputs}
    answer = visitor.post("/schedule/", posted)

    assert anchor == {"href": address_of(page)}
    assert form == {"method": "post", "action": BASE}
    assert answer.status_code == 303
    flow = Flow.objects.get()
    assert (flow.is_signed, flow.prefill) == (
        True,
        {"last_name": '"><script>x</script>&amp;'},
    )
    assert "<button>Meet &lt;us&gt; &amp; talk</button>" in copied(page, "form")


def test_a_form_snippet_is_what_a_site_writes():
    assert form_snippet(BASE, [("q[a]", "1")], text="Go") == (
        f'<form method="post" action="{BASE}">\n'
        '  <input type="hidden" name="q[a]" value="1">\n'
        "  <button>Go</button>\n"
        "</form>"
    )


def test_a_link_has_a_qr_code_to_see_and_to_download(staff):
    page = build(staff, segments=["HIGH"])

    html, code = page.content.decode(), page.context["result"].qr
    drawn = str(code.drawing)
    assert drawn.startswith("<svg ")
    assert drawn in html
    assert 'role="img" aria-label="QR code of the link above"' in html
    assert code.drawing == qr_code(f"{BASE}?segment=HIGH").drawing
    assert "onload" not in drawn
    kind, _, data = code.png.partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(unquote(data)).startswith(b"\x89PNG")
    assert code.svg.startswith("data:image/svg+xml")
    assert f'href="{code.png}"' in html


def test_a_link_too_long_for_a_code_has_none():
    assert qr_code("x" * 3000) is None


def test_what_is_copied_can_be_selected_without_javascript(staff):
    page = build(staff, segments=["HIGH"])

    html = page.content.decode()
    assert 'id="copy-address"' in html
    assert f'readonly spellcheck="false">{BASE}?segment=HIGH</textarea>' in html
    assert unescape(html).count('<button type="button" hidden data-copies=') == 3
    assert 'src="/static/js/copy.js"' in html


# Judged before it is given out.


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"segments": ["HIGH_SIGNED"]}, "kind", "signed links only"),
        ({"segments": ["OLD"]}, "segments", "validity has ended"),
        ({"segments": ["NEW"]}, "segments", "has not begun"),
        ({"segments": ["OFF"]}, "segments", "inactive"),
        ({"segments": ["GONE"]}, "segments", "GONE"),
        ({"subject": "mortgage", "locks": ["subject"]}, "locks", "A plain link locks"),
        (signing(segments=["HIGH"], locks=["office"]), "locks", "office: A field"),
        (
            signing(segments=["LOW"], subject="pet-insurance", locks=["subject"]),
            "locks",
            "subject: A field is locked",
        ),
        (signing(locks=["email"], fixed_email="nobody"), "locks", "email: A field"),
        (signing(key=""), "key", "Choose the key"),
        (signing(key="other"), "key", "other"),
        (signing(expires=""), "expires", "until when"),
        (signing(expires="soon"), "expires", "Enter a date and a time"),
        (signing(expires="2026-04-29T09:59"), "expires", "has passed"),
        (
            signing(kind=CONTEXT, expires="2026-06-29T09:00"),
            "expires",
            "30 days at most",
        ),
        (signing(kind=CONTEXT, filled=["email"]), "kind", "nobody can fill its gaps"),
        ({"filled": ["email"], "fixed_email": "a@b.be"}, "fixed_email", "Your site"),
        ({"tz": "Mars"}, "tz", "like Europe/Brussels"),
        ({"date": "2026-02-30"}, "date", "Enter a date"),
        ({"metadata": "a[b] = c"}, "metadata", "is no name"),
        ({"metadata": "= c"}, "metadata", "Write a name"),
        ({"metadata": "a = " + "x" * 501}, "metadata", "longer than 500"),
        ({"answers": "property_type"}, "answers", "Write an answer"),
        ({"answers": "a b = c"}, "answers", "no question's code"),
        (
            {"metadata": "\n".join(f"k{n} = {'x' * 400}" for n in range(12))},
            None,
            "most",
        ),
        ({"kind": ""}, "kind", "Choose a kind"),
        ({"kind": "other"}, "kind", "other"),
    ],
)
def test_a_link_that_would_not_work_is_not_given_out(staff, fields, field, sentence):
    before = all_rows()

    page = build(staff, **fields)

    form = page.context["form"]
    assert page.status_code == 422
    assert page.context["result"] is None
    errors = form.errors[field] if field else form.non_field_errors()
    assert sentence in " ".join(errors)
    assert all_rows() == before


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"segments": ["LOW"], "subject": "pet-insurance"}, "subject: pet-insurance:"),
        ({"segments": ["LOW"], "channels": ["video"]}, "channel: video:"),
        (
            {"subject": "mortgage", "office": "ghent", "advisor": "eva-peeters"},
            "advisor:",
        ),
        ({"subject": "travel"}, "subject: travel:"),
        ({"return_url": "https://evil.example/"}, "return_url: The way back"),
        ({"metadata": "\n".join(f"k{n} = x" for n in range(21))}, "metadata[k20]:"),
    ],
)
def test_a_choice_that_would_be_skipped_is_warned_of(staff, fields, warning):
    page = build(staff, **fields)

    assert page.status_code == 200
    (said,) = page.context["result"].told.warnings
    assert said.startswith(warning)


def test_a_segment_that_offers_nothing_is_warned_of(staff):
    Segment.objects.create(code="EMPTY", name="Empty")

    page = build(staff, segments=["EMPTY"])

    (said,) = page.context["result"].told.warnings
    assert said.startswith("Nothing can be scheduled")


def test_a_key_signs_only_for_its_segments(staff):
    own = LinkKeyFactory(kid="own", signs_every_segment=False)
    own.segments.add(Segment.objects.get(code="LOW"))

    for kind in (SIGNED, CONTEXT):
        refused = build(staff, **signing(kind=kind, key="own", segments=["HIGH"]))
        assert "HIGH: The key may not sign" in refused.context["form"].errors["key"][0]
        assert build(staff, **signing(key="own", segments=["LOW"])).status_code == 200
    assert not LinkContext.objects.exists()


def test_a_revoked_key_is_not_offered(staff):
    LinkKey.objects.update(revoked_at=NOW)

    page = build(staff, **signing())

    assert page.status_code == 422
    assert "key" in page.context["form"].errors


def test_links_with_and_without_a_signature_leave_nothing_behind(staff):
    before = all_rows()

    build(staff, segments=["HIGH"], fixed_email="max@example.com")
    build(staff, **signing(segments=["HIGH_SIGNED"]))
    staff.get(BUILDER, {"segment": "HIGH"})

    assert all_rows() == before


# Contexts.


def test_a_context_is_shown_once_and_works_as_often_as_was_said(staff):
    page = build(
        staff,
        **signing(
            kind=CONTEXT,
            segments=["HIGH_SIGNED"],
            subject="mortgage",
            locks=["subject"],
            is_single_use="on",
        ),
    )

    address = address_of(page)
    row = LinkContext.objects.get()
    assert (row.is_single_use, row.key.kid, row.source) == (True, "demo-1", "back_end")
    assert row.expires_at == datetime(2026, 4, 30, 10, tzinfo=UTC)
    ((name, token),) = pairs_of(address)
    assert (name, len(token)) == ("ctx", 43)
    assert token not in repr(LinkContext.objects.values())
    assert "not shown again" in page.content.decode()
    assert token not in staff.get(BUILDER).content.decode()
    visitor = Client()
    assert visitor.get(f"/schedule/?ctx={token}").status_code == 302
    assert visitor.get(f"/schedule/?ctx={token}").status_code == 410
    assert Flow.objects.get().locked == ["subject"]


def test_a_context_that_is_not_for_once_works_until_its_end(staff):
    page = build(staff, **signing(kind=CONTEXT, segments=["HIGH"]))

    pairs = pairs_of(address_of(page))
    ends = datetime(2026, 4, 30, 10, tzinfo=UTC)
    assert not LinkContext.objects.get().is_single_use
    assert explain_link(pairs, now=ends - timedelta(seconds=1)).status == 200
    assert explain_link(pairs, now=ends).status == 410


def test_looking_at_the_builder_makes_no_context(staff):
    fields = signing(kind=CONTEXT, segments=["HIGH"])

    assert staff.get(BUILDER, fields).status_code == 200
    assert not LinkContext.objects.exists()


# Who may.


@pytest.mark.parametrize(
    ("permissions", "kinds"),
    [
        (["view_segment"], [PLAIN]),
        (["view_segment", "add_linkcontext"], [PLAIN]),
        (["view_segment", "view_linkkey"], [PLAIN, SIGNED]),
        (
            ["view_segment", "view_linkkey", "add_linkcontext"],
            [PLAIN, SIGNED, CONTEXT],
        ),
    ],
)
def test_kinds_of_links_are_for_who_may_make_them(client, bank, permissions, kinds):
    clerk = StaffFactory()
    clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(clerk)

    with time_machine.travel(NOW, tick=False):
        forms = [{"kind": PLAIN}, signing(), signing(kind=CONTEXT)]
        allowed = [
            form["kind"]
            for form in forms
            if client.post(BUILDER, {**form, "segments": ["HIGH"]}).status_code == 200
        ]
        page = client.get(BUILDER)

    assert allowed == kinds
    assert page.context["kinds"] == kinds
    assert LinkContext.objects.count() == (CONTEXT in kinds)


def test_the_builder_begins_with_the_segment_of_its_address(staff):
    page = staff.get(BUILDER, {"segment": ["HIGH", "LOW", "<b>"]})

    assert page.context["form"]["segments"].value() == ["HIGH", "LOW", "<b>"]
    assert page.content.decode().count("checked") >= 2


def test_the_builder_asks_the_same_few_queries_for_any_link(
    staff, django_assert_max_num_queries
):
    many = "\n".join(f"k{number} = x" for number in range(20))
    counts = []
    for fields in ({}, {"metadata": many, "segments": ["HIGH", "LOW"]}):
        build(staff, **signing(**fields))
        with django_assert_max_num_queries(20) as counted:
            build(staff, **signing(**fields))
        counts.append(len(counted))

    assert counts[0] == counts[1]
