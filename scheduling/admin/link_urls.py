"""The addresses of the link builder and the link lab, in the back office."""

from django.contrib import admin
from django.urls import path

from scheduling.admin import link_pages

app_name = "links"
urlpatterns = [
    path("", admin.site.admin_view(link_pages.builder), name="builder"),
    path("lab/", admin.site.admin_view(link_pages.lab), name="lab"),
    path(
        "lab/broken/<int:pk>/",
        admin.site.admin_view(link_pages.broken),
        name="broken",
    ),
]
