from segments.models.links import LinkContext, LinkKey, LinkProblem
from segments.models.rules import AvailabilityRule, RuleWindow
from segments.models.segments import Segment, SegmentOffer

__all__ = [
    "AvailabilityRule",
    "LinkContext",
    "LinkKey",
    "LinkProblem",
    "RuleWindow",
    "Segment",
    "SegmentOffer",
]
