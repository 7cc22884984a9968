"""The buttons of the time page."""

from collections.abc import Iterable
from html import escape
from typing import Protocol

from django import template
from django.utils.safestring import SafeString

register = template.Library()


class Start(Protocol):
    """A start time, in words."""

    @property
    def value(self) -> str: ...
    @property
    def time(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def is_checked(self) -> bool: ...
    @property
    def is_preferred(self) -> bool: ...
    @property
    def is_first(self) -> bool: ...


@register.simple_tag
def slot_buttons(slots: Iterable[Start], focus_id: str) -> SafeString:
    """Return a radio button for each start; `focus_id` is the id of the page's first.

    Not a template's loop: a week has hundreds of them, and they were half of its page.
    """
    return SafeString("".join([_button(slot, focus_id) for slot in slots]))


def _button(slot: Start, focus_id: str) -> str:
    preferred = " data-preferred" if slot.is_preferred else ""
    own_id = f' id="{escape(focus_id)}"' if slot.is_first else ""
    checked = " checked" if slot.is_checked else ""
    return (
        f'<label class="slot"{preferred}><input type="radio" name="slot"'
        f' value="{escape(slot.value)}" aria-label="{escape(slot.label)}"'
        f"{own_id}{checked}>{escape(slot.time)}</label>"
    )
