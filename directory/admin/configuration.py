"""The whole configuration as one file, in the back office: out, and in after a look."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from config import clock
from directory.roles import is_administrator
from directory.transfer.dumping import export_configuration
from directory.transfer.importing import (
    Report,
    import_configuration,
    try_configuration,
)
from directory.transfer.reading import MOST_BYTES, Problem

UNPROCESSABLE = 422
PAGE = "admin:directory_organisation_configuration"
CHANGED_MEANWHILE = (
    "Somebody changed the configuration in the meantime. Look again at what the file "
    "would change."
)


class ConfigurationForm(forms.Form):
    """A file, as the browser sends it."""

    file = forms.FileField(
        label="Configuration file",
        help_text="A file that was downloaded here, edited or not. You see first what "
        "it would change.",
        error_messages={
            "required": "Choose a file.",
            "empty": "The file is empty. Choose another one.",
        },
    )

    def clean_file(self) -> tuple[str, str]:
        """Return the file's name and its text."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                f"The file is larger than {MOST_BYTES:,} bytes. Choose another one."
            )
        try:
            return file.name, file.read().decode()
        except UnicodeDecodeError as error:
            raise forms.ValidationError(
                "This is no text in UTF-8. Choose a file that was downloaded here."
            ) from error


class HoldsConfiguration:
    """The organisation's pages: beside the settings, everything in one file."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "directory_organisation_configuration"
        return [
            path("configuration/", wrap(self.file_view), name=name),
            path("configuration/file/", wrap(self.download_view), name=f"{name}_file"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def download_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with the whole configuration as a file."""
        check_administrator(request)
        response = HttpResponse(
            export_configuration(), content_type="application/json; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="configuration.json"'
        response["Cache-Control"] = "no-store"
        return response

    def file_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file: show what it would change, and write it when that is confirmed.

        422: the file cannot be taken, or the configuration changed since the look.
        """
        check_administrator(request)
        if request.method != "POST":
            return self.draw(request, ConfigurationForm())
        if "text" in request.POST:
            return self.confirm(request)
        form = ConfigurationForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.draw(request, form, status=UNPROCESSABLE)
        name, text = form.cleaned_data["file"]
        report = try_configuration(text, now=clock.now())
        status = UNPROCESSABLE if report.problems else 200
        return self.draw(
            request, ConfigurationForm(), report, name=name, text=text, status=status
        )

    def confirm(self, request: HttpRequest) -> HttpResponse:
        """Write the file that was looked at."""
        name, text, now = (
            request.POST.get("name", ""),
            request.POST["text"],
            clock.now(),
        )
        if request.POST.get("state") == state_now():
            report = import_configuration(text, reason=f"import of {name}", now=now)
            if not report.problems:
                messages.success(
                    request,
                    f"Imported: {len(report.created)} new, {len(report.changed)} changed.",
                )
                for made in report.created:
                    if made.note:
                        messages.warning(
                            request, f"{made.word} {made.title}: {made.note}"
                        )
                return HttpResponseRedirect(reverse(PAGE))
        else:
            report = try_configuration(text, now=now)
            report.problems.insert(0, Problem("", CHANGED_MEANWHILE))
        return self.draw(
            request,
            ConfigurationForm(),
            report,
            name=name,
            text=text,
            status=UNPROCESSABLE,
        )

    def draw(
        self,
        request: HttpRequest,
        form: ConfigurationForm,
        report: Report | None = None,
        *,
        name: str = "",
        text: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """Show the page; with a report, what the file would change."""
        may_confirm = report is not None and report.writes
        if report is not None and any(
            str(problem) != CHANGED_MEANWHILE for problem in report.problems
        ):
            may_confirm = False
        context = {
            **self.admin_site.each_context(request),
            "title": "Whole configuration",
            "form": form,
            "report": report,
            "name": name,
            "text": text,
            "may_confirm": may_confirm,
            "state": state_now() if may_confirm else "",
        }
        page = "admin/directory/configuration.html"
        return render(request, page, context, status=status)


def check_administrator(request: HttpRequest) -> None:
    """Refuse everybody else: the file reaches over all offices."""
    if not is_administrator(request.user):
        raise PermissionDenied


def is_open_to(request: HttpRequest) -> bool:
    """Tell whether the sidebar leads here."""
    return is_administrator(request.user)


def state_now() -> str:
    """Return a short text that changes with the configuration."""
    return hashlib.sha256(export_configuration().encode()).hexdigest()[:16]
