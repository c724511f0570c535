"""Routes of the operators' desk, inside the admin."""

from django.urls import include, path

urlpatterns = [path("desk/", include("apps.appeals.desk.urls"))]
