"""All addresses, and a page on which staff book for a customer."""

from django.http import HttpResponse
from django.urls import include, path

from config.urls import urlpatterns as all_addresses

booking = ([path("", lambda _request: HttpResponse("book"), name="start")], "booking")
urlpatterns = [path("admin/book/", include(booking)), *all_addresses]
