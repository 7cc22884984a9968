from django.urls import path

from showcase import views

app_name = "showcase"
urlpatterns = [
    path("", views.personal, name="personal"),
    path("business/", views.business, name="business"),
    path("mortgage-calculator/", views.calculator, name="calculator"),
    path("offices/<str:code>/", views.office_page, name="office"),
    path("advisors/<str:code>/", views.advisor_page, name="advisor"),
]
