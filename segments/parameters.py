"""The names of a link's parameters: the canonical ones, and what else is understood."""

import re

PREFILL = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "customer_number",
    "remarks",
)
ADDRESS = ("street", "postal_code", "city", "country")
ATTRIBUTION = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
LISTS = ("segment", "channel", "lock")
BESIDE_CONTEXT = frozenset({"ctx", "lang", "tz", "date", *ATTRIBUTION})
CANONICAL = frozenset(
    {
        *LISTS,
        *("subject", "category", "office", "advisor", "advisor_mode"),
        *("date", "tz", "lang", "name", "return_url", "ctx", "sig", "exp", "kid"),
        *PREFILL,
        *ADDRESS,
        *ATTRIBUTION,
    }
)
# What a link adds on its way through mail tools and advertisements is not signed.
TRACKERS = frozenset({"gclid", "fbclid", "msclkid", "mc_cid", "mc_eid", "_gl"})

QUESTION = re.compile(r"q\[([A-Za-z0-9_-]{1,64})\]\Z")
METADATA = re.compile(r"metadata\[([^\[\]]+)\]\Z")
METADATA_ALIAS = re.compile(r"meta(?:\.([^\[\]]+)|\[([^\[\]]+)\])\Z", re.IGNORECASE)


def _aliases() -> dict[str, str]:
    """Return each alias in lower case with the canonical name that it stands for."""
    own = {"firstname": "first_name", "lastname": "last_name"}
    own |= {"phone_number": "phone", "notes": "remarks"}
    customers = {name: name for name in ("name", *PREFILL, *ADDRESS)}
    customers |= {name.replace("_", ""): name for name in (*PREFILL, *ADDRESS)}
    customers |= own
    return {
        "lead_segment": "segment",
        "lead_segment_code": "segment",
        "leadsegment": "segment",
        "subjectid": "subject",
        "subject_id": "subject",
        "meetingtype": "channel",
        "meeting_type": "channel",
        "meeting_types": "channel",
        "officeid": "office",
        "office_id": "office",
        "agent": "advisor",
        "agentid": "advisor",
        "timezone": "tz",
        "language": "lang",
        "locale": "lang",
        "redirect_url": "return_url",
        **own,
        **{f"customer.{form}": name for form, name in customers.items()},
        **{f"customer[{form}]": name for form, name in customers.items()},
    }


ALIASES = _aliases()


def canonical_name(name: str) -> str:
    """Return what a sent name stands for: `subject`, `q[code]`, ...; '' if unknown.

    Canonical names are compared exactly, aliases in any case.
    """
    if name in CANONICAL or QUESTION.match(name) or METADATA.match(name):
        return name
    if alias := ALIASES.get(name.lower()):
        return alias
    if match := METADATA_ALIAS.match(name):
        return f"metadata[{match[1] or match[2]}]"
    return ""
