"""Each problem of a link in words for staff: what happened, and what mends it."""

from typing import NamedTuple

from segments.links import Problem


class Words(NamedTuple):
    """What is wrong, and the fix."""

    sentence: str
    fix: str


WORDS: dict[str, Words] = {
    # The whole link is refused.
    "unknown_segment": Words(
        "There is no segment with this code.",
        "Correct the code (capitals count), or make the segment.",
    ),
    "inactive_segment": Words(
        "The segment is inactive.", "Make it active, or use another segment."
    ),
    "expired_segment": Words(
        "The segment's validity has ended.",
        "Extend its validity, or take the link off the page.",
    ),
    "future_segment": Words(
        "The segment's validity has not begun.",
        "Wait, or let its validity begin earlier.",
    ),
    "unsigned_segment": Words(
        "The segment opens by signed links only, and this link is not signed.",
        "Sign the link, or make a server-side context of it.",
    ),
    "too_many_segments": Words(
        "The link names more than five segments.", "Name five segments at most."
    ),
    "signature_without_expiry": Words(
        "The link is signed, but exp is missing or is no number of seconds.",
        "Add exp in Unix seconds, and sign again.",
    ),
    "unknown_key": Words(
        "The link is signed, but there is no key with this kid.",
        "Correct the kid, or make the key; then sign again.",
    ),
    "revoked_key": Words(
        "The key that signed the link was revoked.", "Sign with another key."
    ),
    "bad_signature": Words(
        "The signature does not fit the link: a parameter was changed after signing, "
        "or it was signed in another way or with another secret.",
        "Sign the parameters exactly as they are sent; the link builder has a sample.",
    ),
    "key_not_for_segment": Words(
        "The key may not sign for this segment.",
        "Use another key, or let this one sign for the segment.",
    ),
    "expired_link": Words(
        "The link's expiry has passed.", "Make a new link with a later expiry."
    ),
    "unknown_ctx": Words(
        "There is no such context, or the key that made it was revoked.",
        "Make a new context.",
    ),
    "expired_ctx": Words("The context's time has passed.", "Make a new context."),
    "used_ctx": Words(
        "The context works once, and it has been used.", "Make a new context."
    ),
    "lock_without_value": Words(
        "A field is locked, but its value is missing or not allowed.",
        "Give the field a value that the segment allows, or do not lock it.",
    ),
    # One parameter does not count; the link works.
    "unsigned_lock": Words(
        "Locks count on signed links and contexts only: nothing is locked.",
        "Sign the link, or take the lock away.",
    ),
    "bad_choice": Words(
        "It does not exist, is not in the offer of this link, or does not fit what the "
        "link chose before it. It is skipped, and the visitor chooses.",
        "Correct the code, or let the segment offer it.",
    ),
    "unknown_channel": Words(
        "There is no such channel.", "Write office, phone, video or on_location."
    ),
    "bad_advisor_mode": Words(
        "The advisor mode is neither prefer nor only: prefer it is.",
        "Write prefer or only.",
    ),
    "bad_date": Words(
        "This is no date that the calendar can open on.",
        "Write a date near today like 2026-11-23.",
    ),
    "bad_zone": Words(
        "There is no such time zone.", "Write an IANA zone like Europe/Brussels."
    ),
    "unknown_language": Words(
        "This is none of our languages.", "Write en, nl, fr or de."
    ),
    "foreign_return_url": Words(
        "The way back leads to a site that is not on the list.",
        "Add its origin to the organisation's return origins, or correct the address.",
    ),
    "cut": Words(
        "It is too long, or there is too much of it: the rest was cut.",
        "Keep values within 500 characters; metadata within 20 names and 8 KB.",
    ),
}
UNKNOWN = Words("The link did not work.", "Try the link in the link lab.")


def words_of(problem: str) -> Words:
    """Return a problem's words; one of an older version has general ones."""
    return WORDS.get(problem, UNKNOWN)


def sentence_of(problem: Problem) -> str:
    """Return what happened, with the code that it happened to."""
    sentence = words_of(problem.problem).sentence
    return f"{problem.value}: {sentence}" if problem.value else sentence
