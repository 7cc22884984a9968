"""A row of what a segment allows, in business words."""

from functools import cached_property
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
)

from directory.catalogue import Catalogue
from directory.choices import Channel
from directory.queries import catalogue
from segments.forms.kept import KeepingFormSet
from segments.models import SegmentOffer

WHOLE, ONE = "category", "subject"
Choice = tuple[str, str]


class OfferForm(forms.ModelForm):
    """Chooses a whole category or one subject, and all channels, a few, or none of it."""

    what = forms.ChoiceField(
        label="What",
        widget=UnfoldAdminSelectWidget(),
        error_messages={"required": "Choose a category or a subject."},
    )
    channels = forms.MultipleChoiceField(
        label="By which channels (none ticked: all)",
        choices=Channel.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = SegmentOffer
        fields = ["channels", "is_excluded"]

    field_order = ["what", "channels", "is_excluded"]

    def __init__(self, *args: Any, standing: Catalogue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = standing
        row = self.instance
        what: Any = self.fields["what"]
        what.choices = _choices(standing)
        self.fields["is_excluded"].label = "Not offered"
        for name in ("what", "is_excluded"):  # its heading is far away, in a table
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label
        if row.category_id:
            self.initial["what"] = f"{WHOLE}-{row.category_id}"
        elif row.subject_id:
            self.initial["what"] = f"{ONE}-{row.subject_id}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("is_excluded") and cleaned.get("channels"):
            self.add_error(
                "channels", "Untick the channels, or “Not offered”: it is one of both."
            )
        return cleaned

    def _post_clean(self) -> None:
        kind, _, number = self.cleaned_data.get("what", "").partition("-")
        self.instance.category_id = int(number) if kind == WHOLE else None
        self.instance.subject_id = int(number) if kind == ONE else None
        if not self.errors:
            super()._post_clean()  # type: ignore[misc]


class OfferFormSet(KeepingFormSet[OfferForm]):
    """The rows of a segment: each category and each subject at most once."""

    @cached_property
    def standing(self) -> Catalogue:
        return catalogue()

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "standing": self.standing}

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.kept_forms():
            what = getattr(form, "cleaned_data", {}).get("what")
            if not what:
                continue
            if what in seen:
                form.add_error("what", "There is a row for this already.")
            seen.add(what)

    def save(self, commit: bool = True) -> Any:
        """Save the rows; two that changed places do not get into each other's way."""
        moved = [form for form in self.initial_forms if "what" in form.changed_data]
        leaving = {
            form.initial["what"]: form.instance.pk
            for form in [*moved, *self.deleted_forms]
            if form.instance.pk
        }
        taken = [form.cleaned_data["what"] for form in moved]
        in_the_way = [leaving[what] for what in taken if what in leaving]
        SegmentOffer.objects.filter(pk__in=in_the_way).delete()
        return super().save(commit)


def _choices(standing: Catalogue) -> list[Choice | tuple[str, list[Choice]]]:
    """Return the categories, and the subjects by category; inactive ones are marked."""
    groups: list[Choice | tuple[str, list[Choice]]] = [("", "Choose…")]
    whole = [
        (
            f"{WHOLE}-{one.id}",
            f"All of {one.name}{'' if one.is_active else ' (inactive)'}",
        )
        for one in standing.categories.values()
    ]
    groups.append(("Whole categories, later subjects too", whole))
    for category in standing.categories.values():
        subjects = [
            (f"{ONE}-{one.id}", f"{one.name}{'' if one.is_open else ' (not bookable)'}")
            for one in standing.subjects.values()
            if one.category_id == category.id
        ]
        if subjects:
            groups.append((category.name, subjects))
    return groups
