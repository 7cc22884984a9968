"""The back office's look: the bank's hue, and a sidebar in the words of its tasks."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse, reverse_lazy


def _links(*rows: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "icon": icon,
            "link": reverse_lazy(f"admin:{name}_changelist"),
            "permission": _may_see(name),
        }
        for title, icon, name in rows
    ]


def _may_see(name: str) -> Any:
    app, model = name.split("_")
    return lambda request: request.user.has_perm(f"{app}.view_{model}")


MAILS = {
    "title": "Kept mails",
    "icon": "mail",
    "link": reverse_lazy("mailbox:list"),
    "permission": _may_see("scheduling_message"),
}
CALENDAR = {
    "title": "Calendar",
    "icon": "calendar_month",
    "link": reverse_lazy("calendar:week"),
    "permission": _may_see("scheduling_appointment"),
}
CONFIGURATION = {
    "title": "Whole configuration",
    "icon": "file_copy",
    "link": reverse_lazy("admin:directory_organisation_configuration"),
    "permission": "directory.admin.configuration.is_open_to",
}
WHY = {
    "title": "Why (not)",
    "icon": "help",
    "link": reverse_lazy("why:page"),
    "permission": _may_see("segments_availabilityrule"),
}
COMPARE = {
    "title": "Compare segments",
    "icon": "compare_arrows",
    "link": reverse_lazy("compare-segments"),
    "permission": "scheduling.admin.comparing.sees_every_rule",
}
BUILDER = {
    "title": "Link builder",
    "icon": "add_link",
    "link": reverse_lazy("links:builder"),
    "active": lambda request: request.path == reverse("links:builder"),
    "permission": _may_see("segments_segment"),
}
LAB = {
    "title": "Link lab",
    "icon": "science",
    "link": reverse_lazy("links:lab"),
    "permission": _may_see("segments_segment"),
}
BOOK = {
    "title": "Book for a customer",
    "icon": "add_circle",
    "link": reverse_lazy("booking:start"),
    "permission": "scheduling.admin.desk.is_open_to",
}
ABSENT = {
    "title": "Absent advisor",
    "icon": "person_off",
    "link": reverse_lazy("absence:page"),
    "permission": "scheduling.admin.absence.is_open_to",
}
TODAY = {
    "title": "Today",
    "icon": "wb_sunny",
    "link": reverse_lazy("admin:index"),
    "active": lambda request: request.path == reverse("admin:index"),
}
INSIGHTS = {
    "title": "Insights",
    "icon": "bar_chart",
    "link": reverse_lazy("insights:page"),
    "permission": "scheduling.admin.insights.is_open_to",
}
NAVIGATION = [
    {"items": [TODAY, INSIGHTS]},
    {
        "title": "Meetings",
        "items": [
            CALENDAR,
            BOOK,
            *_links(
                ("Appointments", "event", "scheduling_appointment"),
                ("Customers", "group", "directory_customer"),
                ("Messages", "outgoing_mail", "scheduling_message"),
            ),
            ABSENT,
            MAILS,
        ],
    },
    {
        "title": "Availability",
        "items": _links(
            ("Advisors", "badge", "directory_advisor"),
            ("Expertise", "school", "directory_expertise"),
            ("Working weeks", "calendar_view_week", "directory_weektemplate"),
            ("Single days", "today", "directory_daytemplate"),
            ("Absences", "beach_access", "directory_absence"),
            ("Offices", "storefront", "directory_office"),
            ("Closures and holidays", "event_busy", "directory_closure"),
        ),
    },
    {
        "title": "What can be booked",
        "items": [
            *_links(("Segments", "filter_alt", "segments_segment")),
            COMPARE,
            *_links(
                ("Rules", "rule", "segments_availabilityrule"),
                ("Subjects", "topic", "directory_subject"),
                ("Categories", "category", "directory_category"),
                ("Questions", "quiz", "directory_question"),
            ),
            WHY,
        ],
    },
    {
        "title": "Customer portal",
        "items": _links(
            ("Banners", "campaign", "portal_banner"),
            ("Accounts", "account_balance", "portal_account"),
        ),
    },
    {
        "title": "Links",
        "items": [
            BUILDER,
            LAB,
            *_links(
                ("Broken links", "link_off", "segments_linkproblem"),
                ("Signing keys", "key", "segments_linkkey"),
                ("Hand-over keys", "vpn_key", "portal_handoverkey"),
                ("Contexts", "dataset", "segments_linkcontext"),
            ),
        ],
    },
    {
        "title": "Settings",
        "collapsible": True,
        "items": [
            CONFIGURATION,
            *_links(
                ("Organisation", "apartment", "directory_organisation"),
                ("Message texts", "edit_note", "scheduling_messagetemplate"),
                ("Reminders", "alarm", "scheduling_reminder"),
                ("Staff and sign-ins", "manage_accounts", "directory_user"),
                ("Roles", "lock_person", "auth_group"),
                ("Postal areas", "map", "directory_postalarea"),
                ("Postal places", "pin_drop", "directory_postalplace"),
                ("Jobs", "work_history", "procrastinate_procrastinatejob"),
                ("Busy time", "block", "scheduling_busyinterval"),
                ("Visits", "footprint", "scheduling_flow"),
                ("Step counts", "filter_list", "scheduling_stepcount"),
                ("Unmet demand", "event_busy", "scheduling_unmetdemand"),
            ),
        ],
    },
]
COLOURS = {
    "50": "#f1f8fb",
    "100": "#e6f1f6",
    "200": "#c3deea",
    "300": "#92c3d9",
    "400": "#4f9abd",
    "500": "#217aa3",
    "600": "#0d5e82",
    "700": "#0b4f6e",
    "800": "#0c425b",
    "900": "#0e384d",
    "950": "#082433",
}
LOOK: dict[str, Any] = {
    "SITE_TITLE": "Parlour",
    "SITE_HEADER": "Parlour",
    "SITE_SYMBOL": "event_available",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("img/logo-parlour.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "DASHBOARD_CALLBACK": "scheduling.admin.today.dashboard",
    "COLORS": {"primary": COLOURS},
    "STYLES": [lambda _request: static("css/back-office.css")],
    "SCRIPTS": [lambda _request: static("js/back-office.js")],
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": True,
        "navigation": NAVIGATION,
    },
}
