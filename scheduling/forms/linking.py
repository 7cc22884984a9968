"""What staff fill in to compose a scheduling link, and to try one."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from directory.catalogue import AdvisorData, Catalogue, Coded, OfficeData
from directory.choices import Channel
from segments.building import gap, gap_name
from segments.links import METADATA_KEY_MAX, TEXT_MAX, zone_names
from segments.models import LinkKey
from segments.parameters import ADDRESS, METADATA, PREFILL, QUESTION
from segments.policy import SegmentData
from segments.services import CONTEXT_LIFE_MAX

LONGEST_PASTE = 16_000
MOMENT = "%Y-%m-%dT%H:%M"
SUGGESTED_LIFE = timedelta(days=7)
DETAILS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "company": "Company",
    "customer_number": "Customer number",
    "remarks": "Remarks",
    "street": "Street",
    "postal_code": "Postal code",
    "city": "Town",
    "country": "Country",
}
LOCKS = {
    "subject": "Subject",
    "category": "Category",
    "channel": "Channel",
    "office": "Office",
    "advisor": "Advisor",
    "date": "Date",
    "tz": "Time zone",
    "lang": "Language",
    **DETAILS,
    "all": "Everything that the link says",
}
PLAIN, SIGNED, CONTEXT = "plain", "signed", "context"
KINDS = {
    PLAIN: "A plain link",
    SIGNED: "A signed link: it cannot be changed, and may lock fields",
    CONTEXT: "A server-side context: the link shows none of this",
}
Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choosable:
    """What the builder offers to choose from."""

    catalogue: Catalogue
    offices: Sequence[OfficeData]
    advisors: Sequence[AdvisorData]
    segments: Collection[SegmentData]
    keys: Sequence[LinkKey]
    kinds: Collection[str]


def choice(label: str, *, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=help_text,
    )


def boxes(label: str, *, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=help_text,
    )


def text(label: str, *, length: int = TEXT_MAX, **options: Any) -> forms.CharField:
    attrs = options.pop("attrs", {})
    return forms.CharField(
        label=label,
        required=False,
        max_length=length,
        widget=UnfoldAdminTextInputWidget(attrs=attrs),
        **options,
    )


def lines(label: str, *, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_PASTE,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=help_text,
    )


class BuilderForm(forms.Form):
    """Everything that a link can say. What it says together is judged by others."""

    segments = boxes("Segments", help_text="Several narrow the offer; five at most.")
    category = choice("Category", help_text="Only subjects of this category.")
    subject = choice("Subject", help_text="Chosen beforehand.")
    channels = boxes(
        "Channels", help_text="One is chosen beforehand; of several one can be chosen."
    )
    office = choice("Office")
    advisor = choice("Advisor")
    advisor_mode = choice("With this advisor")
    date = forms.DateField(
        label="The calendar opens on",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        error_messages={"invalid": "Enter a date, like 2026-11-23."},
    )
    lang = choice("Language")
    tz = text("Time zone", length=64, help_text="Like Europe/Brussels.")
    filled = boxes(
        "Your site fills in",
        help_text="The link gets a gap, like {first_name}, for each visitor's own.",
    )
    metadata = lines(
        "Metadata",
        help_text="A name on each line, which your site fills in; or a name = a value.",
    )
    answers = lines(
        "Answers to questions", help_text="On each line a question's code = an answer."
    )
    locks = boxes(
        "The visitor may not change",
        help_text="On signed links and contexts only. The segment is always locked.",
    )
    return_url = text(
        "Back to the site leads to",
        length=2000,
        help_text="An address of a site among the organisation's return origins.",
    )
    button = text(
        "Words of the button on your site", length=80, initial="Make an appointment"
    )
    kind = forms.ChoiceField(
        label="Kind of link",
        widget=UnfoldAdminRadioSelectWidget(),
        initial=PLAIN,
        error_messages={"required": "Choose a kind of link."},
    )
    key = choice("Key", help_text="Of signed links and contexts.")
    expires = forms.DateTimeField(
        label="Works until",
        required=False,
        input_formats=[MOMENT],
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text="In the organisation's time; a context lives 30 days at most.",
        error_messages={"invalid": "Enter a date and a time, like 2026-11-23T17:00."},
    )
    is_single_use = forms.BooleanField(
        label="Works once (contexts only)", required=False, widget=UnfoldBooleanWidget()
    )

    def __init__(
        self, *args: Any, offered: Choosable, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.keys = {key.kid: key for key in offered.keys}
        for name, label in DETAILS.items():
            self.fields[f"fixed_{name}"] = text(label)
        standing = offered.catalogue
        self.choose(
            "segments", [(o.code, f"{o.name} ({o.code})") for o in offered.segments]
        )
        self.choose_one("category", _coded(standing.categories.values()), "Any")
        self.choose_one("subject", _coded(standing.subjects.values()), "Not chosen")
        self.choose_one("office", _coded(offered.offices), "Not chosen")
        self.choose_one(
            "advisor",
            [(one.code, one.name) for one in offered.advisors],
            "Not chosen",
        )
        self.choose("channels", Channel.choices)
        modes = [("prefer", "Preferred"), ("only", "Nobody else will do")]
        self.choose_one("advisor_mode", modes, "Not said")
        languages = [(code, str(name)) for code, name in settings.LANGUAGES]
        self.choose_one("lang", languages, "The visitor's browser's")
        self.choose("filled", list(DETAILS.items()))
        self.choose("locks", list(LOCKS.items()))
        self.choose("kind", [(one, KINDS[one]) for one in offered.kinds])
        self.choose_one("key", [(kid, _key_text(self.keys[kid])) for kid in self.keys])

    def choose(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        """Set the choices of a field."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def choose_one(
        self, name: str, choices: Sequence[Choice], nothing: str = "None"
    ) -> None:
        self.choose(name, [("", nothing), *choices])

    @property
    def fixed(self) -> list[forms.BoundField]:
        """Return the fields of what is filled in beforehand."""
        return [self[f"fixed_{name}"] for name in DETAILS]

    @property
    def has_fixed(self) -> bool:
        """Tell whether any of them is filled in."""
        return any(field.value() or field.errors for field in self.fixed)

    @property
    def place(self) -> list[forms.BoundField]:
        names = ("office", "advisor", "advisor_mode", "date", "lang", "tz")
        return [self[name] for name in names]

    def clean_tz(self) -> str:
        name: str = self.cleaned_data["tz"]
        if name and name not in zone_names():
            raise forms.ValidationError("Enter a time zone like Europe/Brussels.")
        return name

    def clean_metadata(self) -> list[Choice]:
        """Return the metadata: a name alone has a gap as its value."""
        found = dict(self.named_lines("metadata"))
        for name in found:
            if len(name) > METADATA_KEY_MAX or not METADATA.match(f"metadata[{name}]"):
                raise forms.ValidationError(
                    f"“{name[:80]}” is no name: use {METADATA_KEY_MAX} characters at "
                    "most, and no square brackets."
                )
            if "{" in name or "}" in name:
                raise forms.ValidationError("A name has no braces.")
        return [(name, value or gap(name)) for name, value in found.items()]

    def clean_answers(self) -> list[Choice]:
        found = dict(self.named_lines("answers"))
        for code, answer in found.items():
            if not QUESTION.match(f"q[{code}]"):
                raise forms.ValidationError(f"“{code[:80]}” is no question's code.")
            if not answer:
                raise forms.ValidationError(f"Write an answer: {code} = ...")
        return list(found.items())

    def named_lines(self, field: str) -> Iterator[Choice]:
        """Return each line's name and value."""
        for line in self.cleaned_data[field].splitlines():
            name, _, value = (part.strip() for part in line.partition("="))
            if len(value) > TEXT_MAX:
                raise forms.ValidationError(
                    f"The value of {name[:80]} is longer than {TEXT_MAX} characters."
                )
            if name:
                yield name, value
            elif value:
                raise forms.ValidationError("Write a name before =.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in cleaned.get("filled", []):
            if cleaned.get(f"fixed_{name}"):
                self.add_error(
                    f"fixed_{name}", "Your site fills this in: leave it out here."
                )
        kind = cleaned.get("kind")
        if kind == PLAIN and cleaned.get("locks"):
            self.add_error(
                "locks",
                "A plain link locks nothing: choose a signed link or a context.",
            )
        if kind in {SIGNED, CONTEXT}:
            self.check_key_and_end(kind, cleaned)
        if kind == CONTEXT and self.has_gaps(cleaned):
            self.add_error(
                "kind",
                "A context is kept as it is, so nobody can fill its gaps. Give fixed "
                "values, or let your back end make one for each visitor.",
            )
        return cleaned

    def check_key_and_end(self, kind: str, cleaned: dict[str, Any]) -> None:
        """Refuse a link that must be trusted without what it is trusted for."""
        expires: datetime | None = cleaned.get("expires")
        if not cleaned.get("key") and "key" not in self.errors:
            self.add_error("key", "Choose the key that signs it.")
        if expires is None and "expires" not in self.errors:
            self.add_error("expires", "Say until when it works.")
        if expires and expires <= self.now:
            self.add_error("expires", "This time has passed: choose a later one.")
        if expires and kind == CONTEXT and expires - self.now > CONTEXT_LIFE_MAX:
            self.add_error("expires", "A context lives 30 days at most.")

    def has_gaps(self, cleaned: dict[str, Any]) -> bool:
        metadata = cleaned.get("metadata", [])
        fixed = [cleaned.get(f"fixed_{name}", "") for name in DETAILS]
        values = [*fixed, *(value for _, value in metadata)]
        return bool(cleaned.get("filled")) or any(map(gap_name, values))

    @property
    def chosen_key(self) -> LinkKey:
        """Return the key of a valid form whose kind needs one."""
        return self.keys[self.cleaned_data["key"]]

    def pairs(self) -> list[Choice]:
        """Return what a valid form says, as the parameters of a link."""
        given = self.cleaned_data
        pairs = [("segment", code) for code in given["segments"]]
        pairs += _said(given, "category", "subject")
        pairs += [("channel", channel) for channel in given["channels"]]
        pairs += _said(given, "office", "advisor", "advisor_mode")
        if given["date"]:
            pairs.append(("date", given["date"].isoformat()))
        pairs += _said(given, "tz", "lang")
        for name in (*PREFILL, *ADDRESS):
            value = gap(name) if name in given["filled"] else given[f"fixed_{name}"]
            if value:
                pairs.append((name, value))
        pairs += [(f"q[{code}]", answer) for code, answer in given["answers"]]
        pairs += [(f"metadata[{name}]", value) for name, value in given["metadata"]]
        pairs += _said(given, "return_url")
        if given["locks"]:
            pairs.append(("lock", ",".join(given["locks"])))
        return pairs


def _said(given: dict[str, Any], *names: str) -> list[Choice]:
    return [(name, given[name]) for name in names if given[name]]


def _coded(rows: Iterable[Coded]) -> list[Choice]:
    return [(row.code, row.name) for row in rows]


def _key_text(key: LinkKey) -> str:
    return f"{key.kid} ({key.name})" if key.name else key.kid


class LabForm(forms.Form):
    """Any link; or what of it somebody sent."""

    link = forms.CharField(
        label="Link",
        max_length=LONGEST_PASTE,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="A whole address, what follows its ?, the fields of a form as "
        "name=value, or a ctx. Trying a link uses nothing up and records nothing.",
        error_messages={
            "required": "Paste a link.",
            "max_length": f"This is longer than {LONGEST_PASTE:,} characters: no "
            "browser sends such a link.",
        },
    )
