"""The addresses of the customer portal."""

from django.urls import path

from portal.views import (
    booking,
    changing,
    documents,
    feed,
    handover,
    meetings,
    overview,
    profile,
    sign_in,
)

MEETING = "meetings/<slug:reference>/"

app_name = "portal"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("offers/<slug:code>/", booking.offer, name="offer"),
    path("schedule/", booking.schedule, name="schedule"),
    path("meetings/", meetings.meetings, name="meetings"),
    path(MEETING, meetings.meeting, name="meeting"),
    path(f"{MEETING}change/", changing.change, name="change-meeting"),
    path(f"{MEETING}cancel/", changing.cancel, name="cancel-meeting"),
    path(f"{MEETING}edit/", changing.edit, name="edit-meeting"),
    path(f"{MEETING}follow-up/", booking.follow_up, name="follow-up"),
    path(f"{MEETING}calendar.ics", changing.calendar, name="calendar"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("signed-out/", sign_in.signed_out, name="signed-out"),
    path("password-reset/", sign_in.ask_for_password, name="password-ask"),
    path("password-reset/sent/", sign_in.password_sent, name="password-sent"),
    path("password-reset/done/", sign_in.password_done, name="password-done"),
    path(
        "password-reset/<slug:uidb64>/<slug:token>/",
        sign_in.new_password,
        name="password-new",
    ),
    path("handover/", handover.handover, name="handover"),
    path("profile/", profile.profile, name="profile"),
    path("profile/feed/", profile.calendar, name="calendar-address"),
    path("profile/export/", profile.export, name="export"),
    path("profile/erase/", profile.erase, name="erase"),
    path("erased/", profile.farewell, name="erased"),
    path("feed/<slug:token>.ics", feed.feed, name="feed"),
    path(f"{MEETING}documents/", documents.documents, name="documents"),
    path(f"{MEETING}documents.zip", documents.archive, name="documents-zip"),
    path(f"{MEETING}documents/<uuid:pk>/", documents.document, name="document"),
    path(
        f"{MEETING}documents/<uuid:pk>/remove/",
        documents.remove,
        name="remove-document",
    ),
]
