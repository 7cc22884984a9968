"""A segment's own rule with its hours, in business words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations
from typing import Any

from django import forms
from django.db.models import Model
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from config import clock
from directory.choices import Channel, Rank
from directory.models import Category, Office, Subject
from segments.drafts import NEW, rule_from
from segments.editing import window_of, write_hours
from segments.effective import Hint, inherited
from segments.forms.kept import KeepingFormSet
from segments.forms.scopes import SAME, Scope, ScopedForm
from segments.hours import EXAMPLE, HoursError, hours_text, read_hours
from segments.models import AvailabilityRule, RuleWindow, Segment
from segments.policy import RuleData, SegmentData
from segments.queries import SegmentsData, segments_data
from segments.settings import Window

SCOPE = ("office", "subject", "category", "channel")
HINTED = {  # a field, and the resolved setting that holds while it is empty
    "duration": "duration",
    "interval": "intervals",
    "buffer_before": "buffer_before",
    "buffer_after": "buffer_after",
    "notice_hours": "notices",
    "horizon": "horizon",
    "threshold_regular": "thresholds",
    "daily_maximum": "daily_maximum",
    "deadline_hours": "deadline_hours",
    "limit_hours": "limits",
    "extra_hours": "extras",
}
CHOSEN = {
    "who_first": "who_first",
    "ranks": "ranks",
    "is_confirmed_automatically": "is_confirmed_automatically",
}
YES_NO = {"": None, "yes": True, "no": False}
YES_NO_OF = {value: name for name, value in YES_NO.items()}


class LoadedChoiceField(forms.ModelChoiceField):
    """A choice among rows that were read once for all forms of a page."""

    def __init__(self, model: type[Model], empty: str, **kwargs: Any) -> None:
        super().__init__(
            model._default_manager.none(),  # noqa: SLF001 - the model's own manager
            required=False,
            widget=UnfoldAdminSelectWidget(),
            **kwargs,
        )
        self.empty = empty
        self.rows: Mapping[str, Any] = {}

    def load(self, rows: Sequence[Model]) -> None:
        self.rows = {str(row.pk): row for row in rows}
        pairs = [(key, str(row)) for key, row in self.rows.items()]
        self.choices = [("", self.empty), *pairs]

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if str(value) not in self.rows:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice"
            )
        return self.rows[str(value)]


@dataclass(frozen=True, slots=True)
class Known:
    """What the forms of one page share."""

    data: SegmentsData
    segment: SegmentData | None
    offices: Sequence[Office]
    subjects: Sequence[Subject]
    categories: Sequence[Category]

    @property
    def codes(self) -> dict[int, str]:
        return {one.id: one.code for one in self.data.catalogue.advisors.values()}

    @property
    def ids(self) -> dict[str, int]:
        return {code: pk for pk, code in self.codes.items()}


class HoursField(forms.CharField):
    """Lines of hours; their windows once cleaned."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"}),
            **kwargs,
        )
        self.advisors: Mapping[str, int] = {}

    def clean(self, value: Any) -> tuple[Window, ...]:
        text = super().clean(value)
        try:
            return read_hours(text, advisors=self.advisors)
        except HoursError as error:
            raise forms.ValidationError(error.sentences) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        lines = [
            [line.strip() for line in (text or "").splitlines() if line.strip()]
            for text in (initial, data)
        ]
        return lines[0] != lines[1]


class RuleForm(ScopedForm):
    """A rule of one segment: its scope, its settings, and its hours as lines."""

    office = LoadedChoiceField(Office, "Every office", label="Where")
    subject = LoadedChoiceField(Subject, "Every subject", label="Only for the subject")
    category = LoadedChoiceField(
        Category, "Every category", label="Only for the category"
    )
    channel = forms.ChoiceField(
        label="By which channel",
        choices=[("", "Every channel"), *Channel.choices],
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    ranks = forms.TypedMultipleChoiceField(
        label="Which advisors",
        choices=[(one.value, f"{one.label}s") for one in Rank],
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )
    is_confirmed_automatically = forms.TypedChoiceField(
        label="Confirmed at once",
        choices=[("", "Inherited"), ("yes", "Yes"), ("no", "No, staff accept it")],
        coerce=YES_NO.__getitem__,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    extra_hours = HoursField(label="Extra hours")
    limit_hours = HoursField(label="Only within these hours")

    class Meta:
        model = AvailabilityRule
        labels = {
            "notice_hours": "Notice in hours",
            "notice_working_days": "Or in working days",
            "interval": "Starts every",
            "buffer_before": "Free before",
            "buffer_after": "Free after",
            "threshold_regular": "Regulars after (T1)",
            "threshold_junior": "Juniors after (T2)",
            "daily_maximum": "Most meetings a day",
            "deadline_hours": "Change and cancel until",
            "horizon": "How far ahead",
            "switched_off": "Explicitly none",
        }
        fields = [
            "name",
            *SCOPE,
            "ranks",
            "who_first",
            "notice_hours",
            "notice_working_days",
            "extra_hours",
            "limit_hours",
            "duration",
            "interval",
            "buffer_before",
            "buffer_after",
            "horizon",
            "threshold_regular",
            "threshold_junior",
            "is_confirmed_automatically",
            "daily_maximum",
            "deadline_hours",
            "valid_from",
            "valid_until",
            "switched_off",
        ]

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        for name, rows in (
            ("office", known.offices),
            ("subject", known.subjects),
            ("category", known.categories),
        ):
            field: Any = self.fields[name]
            field.load(rows)
        self.saved_scope = Scope.saved(self.instance)
        self.kept = self._kept_windows()
        for name, kind in KINDS.items():
            field = self.fields[name]
            field.advisors = known.ids
            self.initial[name] = hours_text(self.kept[kind], codes=known.codes)
        is_automatic = self.instance.is_confirmed_automatically
        self.initial["is_confirmed_automatically"] = YES_NO_OF[is_automatic]
        self._describe()

    def _kept_windows(self) -> dict[str, tuple[Window, ...]]:
        rows = self.instance.windows.all() if self.instance.pk else ()
        return {
            kind: tuple(window_of(row) for row in rows if row.kind == kind)
            for kind in KINDS.values()
        }

    def _describe(self) -> None:
        """Put beside each field its unit, and what holds while it is empty."""
        hints = self._hints()
        for name, text in HELP.items():
            self.fields[name].help_text = text
        for name, setting in HINTED.items():
            hint, field = hints[setting], self.fields[name]
            shown = f"inherited: {hint.text}"
            field.widget.attrs["placeholder"] = (
                f"{EXAMPLE}\n({shown})"
                if name.endswith("_hours") and name in KINDS
                else shown
            )
            field.help_text = f"{HELP[name]} Empty: {hint.sentence}."
        for name, setting in CHOSEN.items():
            hint = hints[setting]
            field = self.fields[name]
            field.help_text = f"{HELP[name]} Empty: {hint.sentence}."
        who: Any = self.fields["who_first"]
        who.choices = [("", "Inherited"), *AvailabilityRule.WhoFirst.choices]

    def _hints(self) -> dict[str, Hint]:
        known = self.known
        day = clock.now().astimezone(known.data.catalogue.organisation.zone).date()
        limits, extras = self.kept["limit"], self.kept["extra"]
        rule = self.data_of(limits=limits, extras=extras, number=0)
        return inherited(known.data, known.segment, rule, day=day)

    def data_of(
        self, *, limits: tuple[Window, ...], extras: tuple[Window, ...], number: int
    ) -> RuleData:
        """Return the rule as it stands in the form's row."""
        segment = self.known.segment
        return rule_from(
            self.instance,
            row_id=self.instance.pk or NEW - number,
            segment_id=segment.id if segment else NEW,
            limits=limits,
            extras=extras,
            data=self.known.data,
        )

    def typed_data(self, number: int) -> RuleData:
        """Return the rule as it was typed; the form is valid."""
        limits, extras = self.kept["limit"], self.kept["extra"]
        if self.has_changed():  # never, for those who may only read it
            limits = self.cleaned_data["limit_hours"]
            extras = self.cleaned_data["extra_hours"]
        return self.data_of(limits=limits, extras=extras, number=number)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        subject, category = cleaned.get("subject"), cleaned.get("category")
        if subject and category and subject.category_id != category.pk:
            self.add_error("category", f"{subject} is not in {category}: empty one.")
        return cleaned

    @property
    def scope(self) -> Scope:
        """Return the scope as it was typed; the form is valid."""
        return Scope.of({**self.cleaned_data, "segment": self.instance.segment_id})

    def save_hours(self) -> None:
        """Write the windows; the rule is saved."""
        for name, kind in KINDS.items():
            if name in self.changed_data:
                write_hours(
                    self.instance,
                    kind=RuleWindow.Kind(kind),
                    windows=self.cleaned_data[name],
                )


STILL_THERE = (
    "Another rule still has this scope, as it is saved: save that one's change first."
)
KINDS = {"extra_hours": "extra", "limit_hours": "limit"}
HELP = {
    "ranks": "None ticked: inherited.",
    "who_first": "Who gets a meeting that several could take.",
    "notice_hours": "Hours before the start.",
    "notice_working_days": "Days on which the office is open, instead of hours.",
    "extra_hours": f"Opens more time, a stretch a line: {EXAMPLE}. For a few advisors "
    "add “by” and their codes. They add to those of broader rules.",
    "limit_hours": "Offers nothing outside these hours.",
    "duration": "Minutes.",
    "interval": "Minutes from one start to the next.",
    "buffer_before": "Minutes kept free before the meeting.",
    "buffer_after": "Minutes kept free after it.",
    "horizon": "Days ahead that can be booked.",
    "threshold_regular": "Days: regular advisors only when seniors have nothing for so "
    "long.",
    "threshold_junior": "Days: junior advisors only when nobody else has anything for "
    "so long.",
    "is_confirmed_automatically": "If not, staff accept or decline each meeting.",
    "daily_maximum": "Meetings for each advisor and day.",
    "deadline_hours": "Hours before the start until which customers change and cancel.",
    "valid_until": "Included.",
    "switched_off": "Tick what should not count at all, whatever broader rules say.",
}


class RuleFormSet(KeepingFormSet[RuleForm]):
    """The rules of a segment; two with the same scope do not overlap in time."""

    @cached_property
    def known(self) -> Known:
        """Return what all forms need. Four queries."""
        data = segments_data()
        segment: Segment = self.instance
        return Known(
            data=data,
            segment=data.segments.get(segment.pk) if segment.pk else None,
            offices=list(Office.objects.all()),
            subjects=list(Subject.objects.all()),
            categories=list(Category.objects.all()),
        )

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "known": self.known}

    def clean(self) -> None:
        super().clean()
        valid = [form for form in self.kept_forms() if not form.errors]
        for one, other in combinations(valid, 2):
            if one.scope.clashes(other.scope):
                other.add_error(None, SAME)
        for one, other in permutations(valid, 2):
            is_saved = other.instance.pk is not None and one.has_changed()
            if is_saved and one.scope.clashes(other.saved_scope):
                one.add_error(None, STILL_THERE)

    def save(self, commit: bool = True) -> Any:
        """Save the rules; one that goes makes room for one that takes its scope."""
        taken = [form.scope for form in self.kept_forms() if form.has_changed()]
        in_the_way = [
            form.instance.pk
            for form in self.deleted_forms
            if form.instance.pk
            and any(form.saved_scope.clashes(scope) for scope in taken)
        ]
        AvailabilityRule.objects.filter(pk__in=in_the_way).delete()
        return super().save(commit)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        return self._with_hours(form, super().save_new, commit)

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        def save(form: Any, commit: bool) -> Any:
            return super(RuleFormSet, self).save_existing(form, obj, commit)

        return self._with_hours(form, save, commit)

    def _with_hours(
        self,
        form: Any,
        save: Callable[..., Any],
        commit: bool,
    ) -> Any:
        saved = save(form, commit=commit)
        if commit:
            form.save_hours()
        return saved
