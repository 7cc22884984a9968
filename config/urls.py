"""All addresses."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health, styleguide
from directory.views import brand_stylesheet
from scheduling.admin.comparing import compare

urlpatterns = [
    path("healthz", health.is_alive, name="is-alive"),
    path("readyz", health.is_ready, name="is-ready"),
    path("brand.<slug:version>.css", brand_stylesheet, name="brand-stylesheet"),
    path("admin/mails/", include("scheduling.views.mailbox")),
    path("admin/calendar/", include("scheduling.admin.calendar")),
    path("admin/why/", include("scheduling.admin.why")),
    path("admin/compare/", admin.site.admin_view(compare), name="compare-segments"),
    path("admin/absence/", include("scheduling.admin.absence")),
    path("admin/book/", include("scheduling.admin.desk")),
    path("admin/insights/", include("scheduling.admin.insights")),
    path("admin/links/", include("scheduling.admin.link_urls")),
    path("admin/search/", include("scheduling.admin.search")),  # not the theme's own
    path("admin/", admin.site.urls),
    path("portal/", include("portal.urls")),
    path("", include("scheduling.urls")),
]
if settings.DEBUG or settings.DEMO:
    urlpatterns += [path("styleguide/", styleguide.show, name="styleguide")]
if settings.DEMO:
    urlpatterns += [path("", include("showcase.urls"))]
else:
    urlpatterns += [path("", RedirectView.as_view(url="/schedule/", query_string=True))]
