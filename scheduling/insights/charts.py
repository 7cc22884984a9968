"""Charts for the library that the theme ships: a table's numbers, drawn beside it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_BARS = 12  # the table has them all
INK = "#7b8494"  # legible on the light ground and on the dark one
COLOURS = ("var(--color-primary-600)", "#d97706", "#9aa3af")
ROW_HEIGHT, FRAME = 28, 72  # pixels


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars: one for each label, a colour for each series of numbers."""

    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[float]]]
    is_lying: bool = False
    colours: Sequence[str] = COLOURS

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return not any(any(numbers) for _, numbers in self.series)

    @property
    def is_cut(self) -> bool:
        """Tell whether only the first rows are drawn."""
        return self.is_lying and len(self.labels) > MOST_BARS

    @property
    def shown(self) -> int:
        """Return how many bars are drawn."""
        return min(len(self.labels), MOST_BARS) if self.is_lying else len(self.labels)

    @property
    def height(self) -> int:
        """Return how high to draw it, in pixels."""
        return FRAME + ROW_HEIGHT * self.shown if self.is_lying else 280

    @property
    def data(self) -> str:
        """Return labels and numbers as the library reads them."""
        return json.dumps(
            {
                "labels": list(self.labels)[: self.shown],
                "datasets": [
                    {
                        "label": name,
                        "data": list(numbers)[: self.shown],
                        "backgroundColor": colour,
                    }
                    for (name, numbers), colour in zip(
                        self.series, self.colours, strict=False
                    )
                ],
            }
        )

    @property
    def options(self) -> str:
        """Return how the library draws it."""
        words, numbers = ("y", "x") if self.is_lying else ("x", "y")
        scales: dict[str, Any] = {
            words: {
                "stacked": True,
                "grid": {"display": False},
                "ticks": {"color": INK, "autoSkip": not self.is_lying},
            },
            numbers: {
                "stacked": True,
                "beginAtZero": True,
                "border": {"display": False},
                "ticks": {"color": INK, "precision": 0},
            },
        }
        return json.dumps(
            {
                "animation": False,
                "responsive": True,
                "maintainAspectRatio": False,
                "indexAxis": words,
                "maxBarThickness": 22,
                "scales": scales,
                "plugins": {
                    "legend": {
                        "display": len(self.series) > 1,
                        "align": "end",
                        "labels": {"color": INK, "boxWidth": 10, "boxHeight": 10},
                    }
                },
            }
        )
