"""Lists as tables for spreadsheets: out, and in after a look."""

import base64
import binascii
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from config import clock
from directory.admin.configuration import UNPROCESSABLE, ConfigurationForm
from directory.roles import is_administrator
from directory.transfer.importing import Report
from directory.transfer.kinds import kind_of, meta_of
from directory.transfer.sheets import (
    Sheet,
    export_sheet,
    find_sheet,
    import_sheet,
    try_sheet,
)


class SheetForm(ConfigurationForm):
    """A table, as the browser sends it."""

    file = forms.FileField(
        label="CSV file",
        help_text="A file that was downloaded here, edited or not. You see first what "
        "it would change.",
        error_messages=ConfigurationForm.base_fields["file"].error_messages,
    )


class HasSheet:
    """A page for the model's table, if it has one, and links to it above the list."""

    model: Any
    admin_site: Any
    list_before_template = "admin/directory/_list_links.html"

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        if find_sheet(self.model) is None:
            return urls
        wrap, name = self.admin_site.admin_view, self.sheet_name
        return [
            path("table/", wrap(self.sheet_view), name=name),
            path("table/file/", wrap(self.sheet_file_view), name=f"{name}_file"),
            *urls,
        ]

    @property
    def sheet_name(self) -> str:
        meta = meta_of(self.model)
        return f"{meta.app_label}_{meta.model_name}_table"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {**(extra_context or {}), "list_links": self.list_links(request)}
        return super().changelist_view(request, context)  # type: ignore[misc]

    def list_links(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Return what stands above the list: label and address."""
        links = []
        if find_sheet(self.model) is not None:
            links.append(("As a table (CSV)", reverse(f"admin:{self.sheet_name}")))
        if kind_of(self.model) is not None and is_administrator(request.user):
            meta = meta_of(self.model)
            name = f"admin:{meta.app_label}_{meta.model_name}_deleted"
            links.append(("Deleted ones", reverse(name)))
        return links

    def may_import(self, request: HttpRequest) -> bool:
        may_add: bool = self.has_add_permission(request)  # type: ignore[attr-defined]
        may_change: bool = self.has_change_permission(request)  # type: ignore[attr-defined]
        return may_add and may_change

    def sheet_file_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with the rows that the person sees, as a CSV file."""
        sheet = self.sheet_or_refusal(request)
        rows = self.get_queryset(request)  # type: ignore[attr-defined]
        name = meta_of(self.model).verbose_name_plural.replace(" ", "-")
        # Spreadsheets take a file for UTF-8 only when it begins with this mark.
        response = HttpResponse(
            "\ufeff" + export_sheet(sheet, rows), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        response["Cache-Control"] = "no-store"
        return response

    def sheet_view(self, request: HttpRequest) -> HttpResponse:
        """Take a table: show what it would change, and write it when that is confirmed.

        422: it cannot be taken.
        """
        sheet = self.sheet_or_refusal(request)
        if request.method != "POST":
            return self.draw_sheet(request, sheet, SheetForm())
        if not self.may_import(request):
            raise PermissionDenied
        if "text" in request.POST:
            return self.confirm_sheet(request, sheet)
        form = SheetForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.draw_sheet(request, sheet, form, status=UNPROCESSABLE)
        name, text = form.cleaned_data["file"]
        report = try_sheet(sheet, text, person=request.user, now=clock.now())
        status = UNPROCESSABLE if report.problems else 200
        return self.draw_sheet(
            request, sheet, SheetForm(), report, name=name, text=text, status=status
        )

    def confirm_sheet(self, request: HttpRequest, sheet: Sheet) -> HttpResponse:
        """Write the table that was looked at."""
        name, now = request.POST.get("name", ""), clock.now()
        try:
            text = base64.b64decode(request.POST["text"], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return self.draw_sheet(request, sheet, SheetForm({}), status=UNPROCESSABLE)
        report = import_sheet(
            sheet, text, person=request.user, reason=f"import of {name}", now=now
        )
        if report.problems:
            return self.draw_sheet(
                request,
                sheet,
                SheetForm(),
                report,
                name=name,
                text=text,
                status=UNPROCESSABLE,
            )
        messages.success(
            request,
            f"Imported: {len(report.created)} new, {len(report.changed)} changed.",
        )
        meta = meta_of(self.model)
        page = f"admin:{meta.app_label}_{meta.model_name}_changelist"
        return HttpResponseRedirect(reverse(page))

    def sheet_or_refusal(self, request: HttpRequest) -> Sheet:
        """Return the model's table, for those who see the model at all."""
        sheet = find_sheet(self.model)
        if sheet is None or not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        return sheet

    def draw_sheet(
        self,
        request: HttpRequest,
        sheet: Sheet,
        form: SheetForm,
        report: Report | None = None,
        *,
        name: str = "",
        text: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """Show the page; with a report, what the file would change."""
        meta = meta_of(self.model)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{meta.verbose_name_plural.capitalize()} as a table",
            "sheet": sheet,
            "form": form if self.may_import(request) else None,
            "report": report,
            "name": name,
            "text": base64.b64encode(text.encode()).decode(),
            "may_confirm": report is not None and report.writes and not report.problems,
            "file_url": reverse(f"admin:{self.sheet_name}_file"),
            "back": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
        }
        return render(request, "admin/directory/sheet.html", context, status=status)
