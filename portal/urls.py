"""The addresses of the customer portal."""

from django.urls import path

from portal.views import handover, meetings, overview, sign_in

MEETING = "meetings/<slug:reference>/"

app_name = "portal"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("meetings/", meetings.meetings, name="meetings"),
    path(MEETING, meetings.meeting, name="meeting"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("signed-out/", sign_in.signed_out, name="signed-out"),
    path("password-reset/", sign_in.ask_for_password, name="password-ask"),
    path("password-reset/sent/", sign_in.password_sent, name="password-sent"),
    path("password-reset/done/", sign_in.password_done, name="password-done"),
    path(
        "password-reset/<slug:uidb64>/<slug:token>/",
        sign_in.new_password,
        name="password-new",
    ),
    path("handover/", handover.handover, name="handover"),
    # Coming: change/, cancel/, edit/, follow-up/, calendar.ics below a meeting;
    # offers/<code>/ and schedule/.
]
