"""The addresses of the wizard."""

from django.urls import path

from scheduling.views import start

app_name = "scheduling"
urlpatterns = [
    path("schedule/", start.start, name="start"),
    path("schedule/ctx/", start.context, name="context"),
]
