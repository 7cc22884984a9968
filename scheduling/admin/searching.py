"""Searching long tables: what is looked through has an index for it."""

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split, unescape_string_literal


class SearchesApart:
    """Search a table's own columns and those of the meeting apart, each by its index.

    One condition over columns of two tables has no index: it reads every row of both.
    """

    model: type[Model]
    search_fields: list[str]

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows of which each word is in one column or another. No query."""
        for bit in smart_split(search_term):
            is_quoted = len(bit) > 1 and bit[0] in "\"'" and bit[-1] == bit[0]
            word = unescape_string_literal(bit) if is_quoted else bit
            found = [
                self.model._base_manager.filter(**{f"{path}__icontains": word})  # noqa: SLF001
                .order_by()
                .values("pk")
                for path in self.search_fields
            ]
            queryset = queryset.filter(pk__in=found[0].union(*found[1:]))
        return queryset, False
