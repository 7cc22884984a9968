"""What a customer may correct in a booked meeting: who comes, remarks and answers."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.catalogue import QuestionData
from directory.choices import Channel
from scheduling.forms.telling import DetailsForm, Kind, plain_answer, question_field
from scheduling.models import Appointment
from scheduling.services.editing import Edits

CONTACT = ("first_name", "last_name", "email", "phone", "company", "remarks")


class EditForm(forms.Form):
    """The details and the questionnaire of a meeting, filled in with what is known.

    Files are no part of it: they are added and removed beside it.
    """

    def __init__(
        self,
        *args: Any,
        appointment: Appointment,
        questions: tuple[QuestionData, ...],
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", known(appointment))
        super().__init__(*args, **kwargs)
        self.questions = tuple(one for one in questions if one.kind != Kind.FILE)
        for name in CONTACT:
            self.fields[name] = deepcopy(DetailsForm.base_fields[name])
        self.fields["email"].help_text = _("We send what concerns this meeting here.")
        self.fields["phone"].required = appointment.channel == Channel.PHONE
        if self.fields["phone"].required:
            self.fields["phone"].help_text = _("We call you on this number.")
        for question in self.questions:
            self.fields[f"q_{question.code}"] = question_field(question)

    @property
    def contact_rows(self) -> list[forms.BoundField]:
        """Return who comes, without the remarks."""
        return [self[name] for name in CONTACT if name != "remarks"]

    @property
    def answer_rows(self) -> list[forms.BoundField]:
        """Return the questions, then the remarks."""
        rows = [self[f"q_{question.code}"] for question in self.questions]
        return [*rows, self["remarks"]]

    @property
    def edits(self) -> Edits:
        """Return what was typed, once it is valid."""
        data = self.cleaned_data
        texts = {name: str(data[name] or "") for name in CONTACT}
        if data["phone"]:
            texts["phone"] = data["phone"].as_e164
        answers: Mapping[str, object] = {
            question.code: plain_answer(data.get(f"q_{question.code}"))
            for question in self.questions
        }
        return Edits(**texts, answers=answers)


def known(appointment: Appointment) -> dict[str, Any]:
    """Return what the form starts with."""
    contact = {name: getattr(appointment, name) for name in CONTACT}
    answers = {f"q_{row['code']}": row.get("value") for row in appointment.answers}
    return {**contact, **answers}
