"""Sets of minutes as Python integers: bit n stands for minute n."""

from collections.abc import Iterable, Iterator


def stretch(start: int, end: int) -> int:
    """Return the mask of the minutes from `start` up to `end`, which is left out."""
    return (1 << end) - (1 << start) if start < end else 0


def paint(stretches: Iterable[tuple[int, int]], size: int) -> int:
    """Return the mask of all stretches together, cut off at 0 and `size`.

    They may overlap and come in any order.
    """
    # Disjoint stretches are the sum of 2**end - 2**start. Both sums are gathered in
    # bytes: an integer of a month is too long to be copied for every booking.
    opening, closing = bytearray(size // 8 + 1), bytearray(size // 8 + 1)
    painted = 0
    for start, end in sorted(stretches):
        if start < painted:
            start = painted  # noqa: PLW2901 - the overlap is painted already
        if end > size:
            end = size  # noqa: PLW2901
        if start < end:
            opening[start >> 3] |= 1 << (start & 7)
            closing[end >> 3] |= 1 << (end & 7)
            painted = end
    return int.from_bytes(closing, "little") - int.from_bytes(opening, "little")


def erode(mask: int, width: int) -> int:
    """Return the minutes from which `width` minutes on end are all in the mask."""
    covered = 1
    while covered < width:
        step = min(covered, width - covered)
        mask &= mask >> step
        covered += step
    return mask


def minutes_in(mask: int) -> Iterator[int]:
    """Yield the minutes of the mask, the earliest first."""
    bits = bin(mask)[:1:-1]
    minute = bits.find("1")
    while minute >= 0:
        yield minute
        minute = bits.find("1", minute + 1)


def first_minute(mask: int) -> int | None:
    """Return the earliest minute of the mask."""
    return (mask & -mask).bit_length() - 1 if mask else None
