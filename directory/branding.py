"""The organisation's look: six variables as a style sheet, and whether one can read it."""

import hashlib
import re
from typing import Protocol

from directory.choices import Typeface

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
FONTS = {
    Typeface.PUBLIC_SANS.value: '"Public Sans",system-ui,sans-serif',
    Typeface.SYSTEM.value: "system-ui,sans-serif",
    Typeface.SERIF.value: "Charter,Cambria,Georgia,serif",
}
SURFACE = "#ffffff"
PAGE = "#f5f7f8"


class Branded(Protocol):
    """What has a look: the settings' row, and the plain data made of it."""

    @property
    def brand(self) -> str: ...
    @property
    def brand_hover(self) -> str: ...
    @property
    def brand_tint(self) -> str: ...
    @property
    def on_brand(self) -> str: ...
    @property
    def font(self) -> str: ...
    @property
    def radius(self) -> int: ...


def relative_luminance(colour: str) -> float:
    """Return the WCAG 2 relative luminance of "#rrggbb": 0 is black, 1 is white."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((relative_luminance(one), relative_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def contrast_problems(organisation: Branded) -> list[str]:
    """Return a sentence for each colour that is none, or pair that cannot be read."""
    named = {
        "Brand": organisation.brand,
        "Brand hover": organisation.brand_hover,
        "Brand tint": organisation.brand_tint,
        "On brand": organisation.on_brand,
    }
    unreadable = [
        f"{name}: write a colour as #rrggbb, like #0d5e82."
        for name, colour in named.items()
        if not COLOUR.fullmatch(colour)
    ]
    if unreadable:
        return unreadable
    pairs = [
        ("The text on a button", organisation.on_brand, organisation.brand),
        (
            "The text on a button under the pointer",
            organisation.on_brand,
            organisation.brand_hover,
        ),
        ("A link on a card", organisation.brand, SURFACE),
        ("A link on the page", organisation.brand, PAGE),
        ("A link on the tint", organisation.brand, organisation.brand_tint),
        ("A link under the pointer", organisation.brand_hover, PAGE),
        ("A tag's text on the tint", organisation.brand_hover, organisation.brand_tint),
    ]
    return [
        f"{what} has a contrast of {ratio:.1f}; it needs {TEXT_CONTRAST}."
        for what, ratio in ((what, contrast(one, two)) for what, one, two in pairs)
        if ratio < TEXT_CONTRAST
    ]


def stylesheet(organisation: Branded) -> str:
    """Return the variables that replace the tokens of static/css/parlour.css."""
    return (
        "@layer tokens{:root{"
        f"--brand:{organisation.brand};"
        f"--brand-hover:{organisation.brand_hover};"
        f"--brand-tint:{organisation.brand_tint};"
        f"--on-brand:{organisation.on_brand};"
        f"--font:{FONTS[organisation.font]};"
        f"--radius:{organisation.radius}px"
        "}}\n"
    )


def digest(organisation: Branded) -> str:
    """Return the part of the style sheet's address that changes with its content."""
    return hashlib.sha256(stylesheet(organisation).encode()).hexdigest()[:12]
