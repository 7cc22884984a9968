"""Refusals of links by their segments."""


class SegmentRefused(Exception):  # noqa: N818 - a refusal is what it is
    """A segment code that must not be used: the whole link fails closed.

    `problem` is one of unknown_segment, inactive_segment, expired_segment,
    future_segment, unsigned_segment and too_many_segments.
    """

    def __init__(self, problem: str, code: str = "") -> None:
        super().__init__(f"{problem}: {code}")
        self.problem = problem
        self.code = code
