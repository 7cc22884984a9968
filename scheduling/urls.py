"""The addresses of the wizard, and of what it books."""

from django.urls import path

from scheduling.views import (
    details,
    done,
    join,
    manage,
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
    path("schedule/<slug:flow_id>/done/", done.done, name="done"),
    path("m/<slug:token>/", manage.manage, name="manage"),
    path("m/<slug:token>/calendar.ics", manage.calendar, name="calendar"),
    path("j/<slug:token>/", join.join, name="join"),
]
