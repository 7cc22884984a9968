"""Which object a code names, and which code an object has."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from directory.models import WeekTemplate
from directory.transfer.errors import NotUnderstood

Model = type[Any]


class Names:
    """Codes and external ids of all objects. One query for each model that is asked."""

    def __init__(self) -> None:
        self._codes: dict[Model, dict[int, str]] = {}
        self._by_code: dict[Model, dict[str, int]] = {}
        self._by_external_id: dict[Model, dict[str, int]] = {}
        self._broken: defaultdict[Model, set[str]] = defaultdict(set)

    def code(self, model: Model, pk: int) -> str:
        """Return an object's code; that of a deleted one as its history has it."""
        self._load(model)
        if pk not in self._codes[model]:
            self._codes[model][pk] = self._former_code(model, pk)
        return self._codes[model][pk]

    def find(self, model: Model, text: Any) -> int:
        """Return the primary key of the object with this code, or this external id.

        Raises:
            NotUnderstood: there is none.
        """
        self._load(model)
        word = model._meta.verbose_name  # noqa: SLF001
        if not isinstance(text, str):
            raise NotUnderstood(f"Write the code of the {word} in quotes.")
        found = self._by_code[model].get(text)
        if found is None:
            found = self._by_external_id[model].get(text)
        if found is not None:
            return found
        if text in self._broken[model]:
            raise NotUnderstood
        raise NotUnderstood(f"There is no {word} with the code “{text[:60]}”.")

    def learn(self, row: Any) -> None:
        """Remember an object that was just written."""
        model = type(row)
        self._load(model)
        self._by_code[model] = {
            code: pk for code, pk in self._by_code[model].items() if pk != row.pk
        }
        self._note(model, row.pk, row.code, row.external_id)

    def give_up(self, model: Model, code: Any) -> None:
        """Note that an object of the file has faults: who names it has none of its own."""
        if isinstance(code, str):
            self._broken[model].add(code)

    def _load(self, model: Model) -> None:
        if model in self._codes:
            return
        self._codes[model] = {}
        self._by_code[model] = {}
        self._by_external_id[model] = {}
        for row in coded(model):
            self._note(model, *row)

    def _note(self, model: Model, pk: int, code: str, external_id: str) -> None:
        self._codes[model][pk] = code
        self._by_code[model][code] = pk
        if external_id:
            self._by_external_id[model][external_id] = pk

    @staticmethod
    def _former_code(model: Model, pk: int) -> str:
        history = getattr(model, "history", None)
        last = history.filter(id=pk).first() if history is not None else None
        return last.code if last else f"deleted-{pk}"


def coded(model: Model) -> Iterable[tuple[int, str, str]]:
    """Return the primary key, code and external id of all rows. One query.

    An advisor's week goes by the advisor's code, and by its first day if it has one.
    """
    if not issubclass(model, WeekTemplate):
        rows: Iterable[tuple[int, str, str]] = model.objects.values_list(
            "pk", "code", "external_id"
        ).order_by()
        return rows
    weeks = WeekTemplate.objects.values_list("pk", "advisor__code", "first_day")
    return [
        (pk, f"{code} {first_day}" if first_day else code, "")
        for pk, code, first_day in weeks.order_by()
    ]
