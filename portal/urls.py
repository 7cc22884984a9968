"""The addresses of the customer portal."""

from django.urls import path

from portal.views import meetings, overview

MEETING = "meetings/<slug:reference>/"

app_name = "portal"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("meetings/", meetings.meetings, name="meetings"),
    path(MEETING, meetings.meeting, name="meeting"),
    # Coming: change/, cancel/, edit/, follow-up/, calendar.ics below a meeting;
    # offers/<code>/ and schedule/.
]
