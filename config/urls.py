"""All addresses."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health

urlpatterns = [
    path("healthz", health.is_alive, name="is-alive"),
    path("readyz", health.is_ready, name="is-ready"),
    path("admin/mails/", include("scheduling.views.mailbox")),
    path("admin/", admin.site.urls),
]
if not settings.DEMO:
    urlpatterns += [path("", RedirectView.as_view(url="/schedule/", query_string=True))]
