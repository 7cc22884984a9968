"""A link as a QR code, drawn here: no other service gets to see it."""

from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True, slots=True)
class QrCode:
    """A drawing that can stand in a page, and the same as files."""

    drawing: SafeString
    png: str  # a data: address, as is svg
    svg: str


def qr_code(link: str) -> QrCode | None:
    """Return the code of a link; None if the link is too long for any."""
    try:
        code = segno.make_qr(link, error="m")
    except segno.DataOverflowError:
        return None
    drawing = code.svg_inline(scale=4, light="#fff", svgclass=None)
    return QrCode(
        drawing=mark_safe(drawing),  # noqa: S308  (modules, no text of anybody)
        png=code.png_data_uri(scale=8),
        svg=code.svg_data_uri(scale=8, light="#fff"),
    )
