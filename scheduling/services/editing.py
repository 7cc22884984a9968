"""What may be corrected in a booked meeting besides its time: who comes, and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from directory.models import User
from directory.queries import catalogue
from scheduling.errors import TooLate
from scheduling.messages import queue_messages
from scheduling.models import Appointment
from scheduling.services.attempts import settle
from scheduling.services.confirmation import FILE, answer_rows
from scheduling.services.swapping import (
    check_open,
    check_revision,
    lock_appointment,
    swap,
)
from scheduling.tokens import hash_token, manage_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What is to be known from now on; None leaves a field as it is.

    `answers` has question codes as its keys; files are no part of it.
    """

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    remarks: str | None = None
    answers: Mapping[str, object] = field(default_factory=dict)

    def texts(self) -> dict[str, str]:
        """Return the text fields that are given."""
        names = [one.name for one in fields(self) if one.name != "answers"]
        given = {name: getattr(self, name) for name in names}
        return {name: text.strip() for name, text in given.items() if text is not None}


def edit_appointment(
    appointment: Appointment,
    *,
    edits: Edits,
    actor: str,
    now: datetime,
    user: User | None = None,
    revision: int | None = None,
) -> Appointment:
    """Correct contact details, remarks and answers until the meeting starts.

    Another e-mail address or phone number tells everybody, with a new revision; another
    e-mail address also ends the manage link that the old one got. Without a difference
    nothing is written.

    Raises:
        WrongStatus: the meeting is over or cancelled.
        TooLate: it has started.
        Outdated, Busy.
    """
    return settle(
        partial(
            edit, appointment, edits, actor=actor, now=now, user=user, seen=revision
        )
    )


def renew_link(
    appointment: Appointment,
    *,
    actor: str,
    now: datetime,
    user: User | None = None,
    revision: int | None = None,
) -> Appointment:
    """End the manage link and mail the customer another one.

    Raises:
        Outdated, Busy.
    """
    return settle(
        partial(renew, appointment, actor=actor, now=now, user=user, seen=revision)
    )


@transaction.atomic
def edit(
    appointment: Appointment,
    edits: Edits,
    *,
    actor: str,
    now: datetime,
    user: User | None,
    seen: int | None,
) -> Appointment:
    """Correct it in one transaction."""
    locked = lock_appointment(appointment)
    check_revision(locked, seen)
    check_open(locked)
    if now >= locked.starts_at:
        raise TooLate
    values: dict[str, Any] = {**edits.texts(), "answers": answers_after(locked, edits)}
    changed = {name for name, value in values.items() if getattr(locked, name) != value}
    if not changed:
        return locked
    if "email" in changed:
        values |= next_link(locked)
    if is_told := bool(changed & {"email", "phone"}):
        values["revision"] = locked.revision + 1
    edited = swap(locked, "edited", values=values, actor=actor, user=user, now=now)
    if is_told:
        queue_messages(edited, "changed", now=now)
    return edited


@transaction.atomic
def renew(
    appointment: Appointment,
    *,
    actor: str,
    now: datetime,
    user: User | None,
    seen: int | None,
) -> Appointment:
    """Renew it in one transaction; a meeting that is over needs no mail."""
    locked = lock_appointment(appointment)
    check_revision(locked, seen)
    values = next_link(locked)
    if locked.is_open:
        values["revision"] = locked.revision + 1
    renewed = swap(
        locked, "link_renewed", values=values, actor=actor, user=user, now=now
    )
    if renewed.is_open:
        queue_messages(renewed, "changed", now=now)
    return renewed


def next_link(appointment: Appointment) -> dict[str, Any]:
    """Return the columns of the next manage link."""
    version = appointment.link_version + 1
    token = manage_token(appointment.reference, version)
    return {"link_version": version, "link_hash": hash_token(token)}


def answers_after(appointment: Appointment, edits: Edits) -> list[dict[str, object]]:
    """Return the answers with the edits: in the questionnaire's order, files kept.

    Answers to questions that the subject no longer asks stay behind the others.
    """
    stored = {str(row["code"]): row for row in appointment.answers}
    if not edits.answers:
        return list(appointment.answers)
    subject = catalogue().subjects.get(appointment.subject_id)
    questions = subject.questions if subject else ()
    asked = {question.code: question for question in questions}
    values = {code: row.get("value") for code, row in stored.items()}
    values |= {
        code: value
        for code, value in edits.answers.items()
        if code in asked and asked[code].kind != FILE
    }
    gone = [row for code, row in stored.items() if code not in asked]
    return [*answer_rows(questions, values), *gone]
