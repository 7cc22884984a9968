"""A client for walks that ask for statuses and contexts: drawing pages costs the most."""

from typing import Any
from unittest.mock import patch

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client
from django.test.signals import template_rendered


def noted(self: Template, context: Context) -> str:
    """Stand in for drawing a template: tell the test client of it, as Django's does."""
    template_rendered.send(sender=self, template=self, context=context)
    return ""


def without_a_frame(_site: Any, _request: HttpRequest) -> dict[str, Any]:
    """Stand in for what each page of the back office has around it: the menu."""
    return {}


class UndrawnClient(Client):
    """Gets a page's status and what it would be drawn from, and leaves the page empty."""

    def request(self, **request: Any) -> HttpResponse:
        with (
            patch.object(Template, "_render", noted),
            patch.object(type(admin.site), "each_context", without_a_frame),
        ):
            return super().request(**request)
