"""The addresses of the customer portal."""

from django.urls import path

from portal.views import booking, changing, meetings, overview

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
]
