"""The addresses of the customer portal."""

from django.urls import path

from portal.views import documents, meetings, overview

MEETING = "meetings/<slug:reference>/"

app_name = "portal"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("meetings/", meetings.meetings, name="meetings"),
    path(MEETING, meetings.meeting, name="meeting"),
    path(f"{MEETING}documents/", documents.documents, name="documents"),
    path(f"{MEETING}documents.zip", documents.archive, name="documents-zip"),
    path(f"{MEETING}documents/<uuid:pk>/", documents.document, name="document"),
    path(
        f"{MEETING}documents/<uuid:pk>/remove/",
        documents.remove,
        name="remove-document",
    ),
    # Coming: change/, cancel/, edit/, follow-up/, calendar.ics below a meeting;
    # offers/<code>/ and schedule/.
]
