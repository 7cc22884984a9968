"""The addresses of the wizard, and of what it books."""

from django.urls import path

from scheduling.views import (
    confirm,
    details,
    done,
    edit,
    join,
    manage,
    papers,
    place,
    questions,
    resume,
    start,
    subject,
    time,
)

app_name = "scheduling"
urlpatterns = [
    path("schedule/", start.start, name="start"),
    path("schedule/ctx/", start.context, name="context"),
    path("schedule/resume/<slug:token>/", resume.resume, name="resume"),
    path("schedule/<slug:flow_id>/subject/", subject.subject, name="subject"),
    path("schedule/<slug:flow_id>/place/", place.place, name="place"),
    path("schedule/<slug:flow_id>/time/", time.time, name="time"),
    path("schedule/<slug:flow_id>/questions/", questions.questions, name="questions"),
    path("schedule/<slug:flow_id>/details/", details.details, name="details"),
    path("schedule/<slug:flow_id>/confirm/", confirm.confirm, name="confirm"),
    path("schedule/<slug:flow_id>/done/", done.done, name="done"),
    path("m/<slug:token>/", manage.manage, name="manage"),
    path("m/<slug:token>/change/", manage.change, name="change"),
    path("m/<slug:token>/edit/", edit.edit, name="edit"),
    path("m/<slug:token>/documents/", papers.documents, name="documents"),
    path("m/<slug:token>/documents/<slug:grant>/", papers.papers, name="papers"),
    path(
        "m/<slug:token>/documents/<slug:grant>/documents.zip",
        papers.archive,
        name="papers-archive",
    ),
    path(
        "m/<slug:token>/documents/<slug:grant>/<uuid:document_id>/",
        papers.paper,
        name="paper",
    ),
    path("m/<slug:token>/calendar.ics", manage.calendar, name="calendar"),
    path("j/<slug:token>/", join.join, name="join"),
]
