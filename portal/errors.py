"""What the portal refuses."""

# The names are the words of the domain, without a suffix.
# ruff: noqa: N818


class HandoverRefused(Exception):
    """A hand-over was refused and nothing was written.

    `reason` is for our log only: whoever sent the token learns nothing from it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StillMeeting(Exception):
    """Meetings are still to come: first cancel them, then erase."""
