from django.urls import path

from showcase import views

app_name = "showcase"
urlpatterns = [
    path("", views.personal, name="personal"),
    path("business/", views.business, name="business"),
    path("mortgage-calculator/", views.calculator, name="calculator"),
    path("demo/", views.portal_page, name="portal"),
    path("demo/persona/", views.take_persona, name="persona"),
    path("offices/<str:code>/", views.office_page, name="office"),
    path("advisors/<str:code>/", views.advisor_page, name="advisor"),
]
