"""What staff decide about messages: words and reminders."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import translation
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from config import clock
from directory.admin.base import ParlourAdmin
from directory.choices import Channel, Language
from scheduling.kinds import (
    EDITED,
    KINDS,
    RENEWED,
    REQUESTED,
    TAKEN_OVER,
    UNANSWERED,
)
from scheduling.letters import organisation
from scheduling.messages import compose
from scheduling.models import MessageTemplate, Reminder
from scheduling.specimen import specimen
from scheduling.wordings import FIELDS, BrokenWordingError, parts_of

TEMPLATES = "admin/scheduling/messagetemplate"
KIND_CHOICES = [(name, kind.label) for name, kind in KINDS.items()]
CASES = {
    UNANSWERED: "If nobody answered the request",
    EDITED: "If only contact details changed",
    RENEWED: "If only the link is new",
    REQUESTED: "If it still has to be accepted",
    TAKEN_OVER: "If it was a colleague's",
}
KEY = ("kind", "recipient", "language")
TITLE = 200
LONGEST = 5000
HOUR = 60
DAY = 24 * HOUR


class WordsForm(forms.ModelForm):
    """Staff's words: only merge fields that exist, and a subject line of one line."""

    kind = forms.ChoiceField(
        label="Message",
        choices=KIND_CHOICES,
        widget=UnfoldAdminSelectWidget(),
        help_text="A reminder's words hold for all reminders.",
    )

    class Meta:
        model = MessageTemplate
        fields = ["kind", "recipient", "language", "title", "opening", "closing"]

    def clean_title(self) -> str:
        title = self.checked("title")
        if not title.isprintable():
            raise forms.ValidationError("Write the subject line in one line.")
        return title

    def clean_opening(self) -> str:
        return self.checked("opening")

    def clean_closing(self) -> str:
        return self.checked("closing")

    def checked(self, name: str) -> str:
        """Return the text, if its merge fields are right and it is not endless."""
        text: str = self.cleaned_data[name].strip()
        if len(text) > LONGEST:
            raise forms.ValidationError(f"Write {LONGEST:,} characters at most.")
        try:
            parts_of(text)
        except BrokenWordingError as error:
            raise forms.ValidationError(str(error)) from error
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind, recipient = cleaned.get("kind"), cleaned.get("recipient")
        if kind and recipient and recipient not in KINDS[kind].words:
            readers = " and ".join(one.label.lower() for one in KINDS[kind].words)
            self.add_error("recipient", f"This message goes to: {readers}.")
        texts = [cleaned.get(name) for name in ("title", "opening", "closing")]
        if not any(texts) and not self.errors:
            self.add_error(
                None, "Write one text at least. Empty ones keep Parlour's own words."
            )
        if not self.errors:
            self.check_filled_title()
        return cleaned

    def check_filled_title(self) -> None:
        """Refuse a subject line that gets too long when its merge fields are filled."""
        filled = preview_of(MessageTemplate(**self.cleaned_data))
        if len(filled.subject) == TITLE and filled.subject.endswith("…"):
            self.add_error(
                "title",
                f"With its merge fields filled this is longer than {TITLE} characters.",
            )


def preview_of(words: MessageTemplate) -> EmailMultiAlternatives:
    """Return the mail about a made-up meeting, as the worker would compose it."""
    now = clock.now()
    made_up = specimen(words, us=organisation(), now=now)
    return compose(
        made_up.message, made_up.appointment, before=made_up.before, own=words
    )


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ParlourAdmin):
    form = WordsForm
    list_display = ["message", "recipient", "language", "title"]
    list_filter = ["recipient", "language"]
    search_fields = ["kind", "title", "opening", "closing"]

    @admin.display(description="message", ordering="kind")
    def message(self, row: MessageTemplate) -> str:
        return KINDS[row.kind].label if row.kind in KINDS else row.kind

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview_view)
        name = "scheduling_messagetemplate_preview"
        return [path("preview/", view, name=name), *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        typed = MessageTemplate(**{name: request.POST.get(name, "") for name in KEY})
        saved = MessageTemplate.objects.filter(pk=object_id) if object_id else None
        row = typed if request.method == "POST" or saved is None else saved.first()
        context = {
            "merge_fields": FIELDS,
            "own_words": (words_of(row) if row else []) or all_words(),
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, context)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Show the mail that the typed words make; nothing is written or sent."""
        if not (
            self.has_add_permission(request) or self.has_change_permission(request)
        ):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(
                reverse("admin:scheduling_messagetemplate_changelist")
            )
        key = {name: request.POST.get(name, "") for name in KEY}
        saved = MessageTemplate.objects.filter(**key).first()
        form = WordsForm(request.POST, instance=saved)  # words that exist may be typed
        context = {
            **self.admin_site.each_context(request),
            "title": "Preview",
            "form": form,
        }
        if not form.is_valid():
            return render(request, f"{TEMPLATES}/preview.html", context, status=422)
        words = MessageTemplate(**form.cleaned_data)
        mail = preview_of(words)
        context |= {
            "words": words,
            "message": self.message(words),
            "subject": mail.subject,
            "text": mail.body,
            "html": mail.alternatives[0][0],
        }
        return render(request, f"{TEMPLATES}/preview.html", context)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Parlour's own words for one reader of one kind, merge fields not filled."""

    label: str
    recipient: str
    title: str
    opening: str
    special: tuple[tuple[str, str], ...]  # the case, and its words


def words_of(row: MessageTemplate) -> list[OwnWords]:
    """Return what stands in for the row's empty texts, in its language, if it is known."""
    if row.language not in Language.values:
        return []
    with translation.override(row.language):
        return [one for one in all_words(row.kind) if one.recipient == row.recipient]


def all_words(only: str = "") -> list[OwnWords]:
    """Return Parlour's own words for every reader of every kind, or of one."""
    return [
        OwnWords(
            label=f"{kind.label}, to {reader.label.lower()}",
            recipient=reader,
            title=str(words.title),
            opening=str(words.opening),
            special=tuple(
                (CASES[case], str(text))
                for texts in (words.titles, words.openings)
                for case, text in texts.items()
            ),
        )
        for name, kind in KINDS.items()
        if only in {"", name}
        for reader, words in kind.words.items()
    ]


def length_text(minutes: int) -> str:
    """Return a length in words: `1 day`, `2 hours 30 minutes`."""
    days, rest = divmod(minutes, DAY)
    hours, rest = divmod(rest, HOUR)
    parts = [(days, "day"), (hours, "hour"), (rest, "minute")]
    return " ".join(
        f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count
    )


class TimeOfDay(UnfoldAdminTextInputWidget):
    """A time without a zone and without seconds, in 24 hours in every browser."""

    def format_value(self, value: Any) -> Any:
        return f"{value:%H:%M}" if isinstance(value, time) else value


FROM_TO = "Choose between 5 minutes and 30 days (43200 minutes)."


class ReminderForm(forms.ModelForm):
    """Says the limits in words."""

    class Meta:
        model = Reminder
        fields = [
            "code",
            "minutes_before",
            "recipient",
            "channels",
            "sends_from",
            "sends_until",
            "is_active",
        ]
        labels = {
            "minutes_before": "Minutes before the start",
            "sends_from": "Not before",
            "sends_until": "Not after",
        }
        help_texts = {
            "code": "A short name, for example day-before. It stays: it tells which "
            "reminders went out already.",
            "minutes_before": "An hour is 60, a day is 1440, a week is 10080.",
        }
        widgets = {"sends_from": TimeOfDay(), "sends_until": TimeOfDay()}
        error_messages = {
            "minutes_before": {"min_value": FROM_TO, "max_value": FROM_TO}
        }


@admin.register(Reminder)
class ReminderAdmin(ParlourAdmin):
    form = ReminderForm
    list_display = ["before", "code", "recipient", "by", "hours", "is_active"]
    list_filter = ["recipient", "is_active"]
    search_fields = ["code"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "code",
                    "is_active",
                    "minutes_before",
                    "recipient",
                    "channels",
                ],
                "description": "Only confirmed meetings are reminded of. Who was told "
                "the time after a reminder was due gets none.",
            },
        ),
        (
            "Time of day",
            {
                "fields": ["sends_from", "sends_until"],
                "description": "On the reader's clock. A reminder that is due outside "
                "waits for the next opening of these hours, if that is an hour or more "
                "before the meeting; else it goes out at the end of the hours before.",
            },
        ),
    ]

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Reminder | None = None
    ) -> list[str]:
        return ["code"] if obj else []

    @admin.display(description="when", ordering="minutes_before")
    def before(self, row: Reminder) -> str:
        return f"{length_text(row.minutes_before)} before"

    @admin.display(description="channels")
    def by(self, row: Reminder) -> str:
        return ", ".join(str(Channel(one).label) for one in row.channels) or "all"

    @admin.display(description="hours")
    def hours(self, row: Reminder) -> str:
        return f"{row.sends_from:%H:%M} to {row.sends_until:%H:%M}"
