"""A client for walks that ask for statuses and contexts: drawing pages costs the most."""

from typing import Any
from unittest.mock import patch

from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client


class UndrawnClient(Client):
    """Gets what a page would be drawn from, its status too, and leaves the page empty."""

    def request(self, **request: Any) -> HttpResponse:
        with patch.object(SimpleTemplateResponse, "rendered_content", ""):
            answer = super().request(**request)
        if answer.context is None:
            answer.context = getattr(answer, "context_data", None)
        return answer
