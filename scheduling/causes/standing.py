"""Causes in the standing data that hold whatever the time: offices, subjects, people."""

from collections.abc import Iterator

from directory.choices import Channel
from scheduling.candidates import Wish
from scheduling.causes.rows import Rows
from scheduling.causes.types import Case, Cause, row


def subject_inactive(_wish: Wish, rows: Rows, _case: Case) -> Iterator[Cause]:
    subject, category = rows.subject, rows.subject.category
    if not category.is_active:
        yield row("directory.category", category.pk, f"{category.name}: inactive")
    if not subject.is_active:
        yield row("directory.subject", subject.pk, f"{subject.name}: inactive")
    if not subject.is_customer_facing:
        text = f"{subject.name}: customers may not book it"
        yield row("directory.subject", subject.pk, text)


def channel_off(wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    channel = wish.channel
    if channel not in rows.subject.channels:
        text = f"{rows.subject.name}: not by {channel_name(channel)}"
        yield row("directory.subject", wish.subject_id, text)
    for off in rows.switched_off.get(case.office_id, ()):
        if off.channel == channel:
            what = "this subject" if off.subject_id else "every subject"
            text = f"{office_name(wish, case)}: {channel_name(channel)} off for {what}"
            yield row("directory.switchedoffchannel", off.pk, text)


def office_off(wish: Wish, _rows: Rows, case: Case) -> Iterator[Cause]:
    name = office_name(wish, case)
    yield row("directory.office", case.office_id, f"{name}: inactive")


def not_covered(wish: Wish, _rows: Rows, case: Case) -> Iterator[Cause]:
    name, code = office_name(wish, case), wish.postal_code or "no postal code"
    text = f"{name}: no postal area holds {code}"
    yield row("directory.office", case.office_id, text)


def advisor_off(wish: Wish, _rows: Rows, case: Case) -> Iterator[Cause]:
    advisor = wish.policy.catalogue.advisors[case.advisor_id]
    why = "inactive" if not advisor.is_active else "online planning is off"
    yield row("directory.advisor", advisor.id, f"{advisor.name}: {why}")


def not_chosen(wish: Wish, _rows: Rows, _case: Case) -> Iterator[Cause]:
    asked = wish.policy.catalogue.advisors[wish.advisor_id or 0]
    yield Cause(f"You asked for {asked.name} alone", "question")


def no_expertise(wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    advisor = wish.policy.catalogue.advisors[case.advisor_id]
    channel, office = channel_name(wish.channel), office_name(wish, case)
    found = rows.expertise.get(case.key)
    if found is None:
        text = f"{advisor.name}: {rows.subject.name} is not in the list for {office}"
        yield row("directory.advisor", advisor.id, text)
    else:
        text = f"{advisor.name}: {rows.subject.name} at {office} not by {channel}"
        yield row("directory.expertise", found.pk, text)


def channel_name(channel: str) -> str:
    """Return a channel inside a sentence: "video call"."""
    return str(Channel(channel).label).lower()


def office_name(wish: Wish, case: Case) -> str:
    return wish.policy.catalogue.offices[case.office_id].name
