"""Staff read the demo's mails: there is no mail server to look into."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.roles import is_administrator, may_ever, scope
from scheduling import mailbox
from scheduling.models import Message

PAGE_SIZE = 50


def list_mails(request: HttpRequest) -> HttpResponse:
    check_access(request)
    page = (
        max(1, int(number))
        if (number := request.GET.get("page", "")).isdecimal()
        else 1
    )
    mails, total = mailbox.list_mails(
        first=(page - 1) * PAGE_SIZE,
        count=PAGE_SIZE,
        within=partial(readable, request),
    )
    return show(
        request,
        "scheduling/mailbox/list.html",
        title=_("Mails"),
        mails=mails,
        table={
            "headers": [
                _("Subject"),
                _("To"),
                _("Kind"),
                _("Reference"),
                _("Date"),
            ],
            "rows": [
                [link_to(mail), mail.to, mail.kind, mail.reference, mail.date]
                for mail in mails
            ],
        },
        total=total,
        newer=page - 1,
        older=page + 1 if page * PAGE_SIZE < total else 0,
    )


def read_mail(request: HttpRequest, name: str) -> HttpResponse:
    check_access(request)
    opened = opened_or_404(request, name)
    return show(
        request,
        "scheduling/mailbox/mail.html",
        title=opened.mail.subject,
        opened=opened,
        facts={
            "rows": [
                [_("To"), opened.mail.to],
                [_("Date"), opened.mail.date],
                [_("Kind"), opened.mail.kind],
                [_("Reference"), opened.mail.reference],
            ]
        },
    )


def download_calendar(request: HttpRequest, name: str) -> HttpResponse:
    check_access(request)
    opened = opened_or_404(request, name)
    if not opened.calendar:
        raise Http404
    return HttpResponse(
        opened.calendar,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="meeting.ics"'},
    )


def check_access(request: HttpRequest) -> None:
    """Let in staff who may see messages, and only where mails are kept as files."""
    if not mailbox.is_in_use():
        raise Http404
    if not may_ever(request.user, "view", Message):
        raise PermissionDenied


def link_to(mail: mailbox.KeptMail) -> str:
    return format_html(
        '<a class="text-link" href="{}">{}</a>',
        reverse("mailbox:mail", args=[mail.name]),
        mail.subject or mail.name,
    )


def readable(request: HttpRequest, references: set[str]) -> set[str] | None:
    """Return the references of the meetings that the person sees; None: all mails.

    Codes, links to come back and new passwords name no meeting: administrators only.
    """
    if is_administrator(request.user):
        return None
    sent = Message.objects.filter(appointment__reference__in=references)
    seen = scope(sent, request.user)
    return set(seen.values_list("appointment__reference", flat=True))


def opened_or_404(request: HttpRequest, name: str) -> mailbox.OpenedMail:
    opened = mailbox.open_mail(name, partial(readable, request))
    if opened is None:
        raise Http404
    return opened


def show(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    # admin_view, around each view, forbids keeping copies of the page.
    return render(request, template, {**admin.site.each_context(request), **context})


def for_staff(view: Any) -> Any:
    """Ask for the back office's own sign-in first; nothing here changes anything."""
    return admin.site.admin_view(require_safe(view))


app_name = "mailbox"
urlpatterns = [
    path("", for_staff(list_mails), name="list"),
    path("<str:name>/", for_staff(read_mail), name="mail"),
    path("<str:name>/meeting.ics", for_staff(download_calendar), name="calendar"),
]
