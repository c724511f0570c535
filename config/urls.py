"""Routes: the admin for people, webhooks and the web chat for clients, the API for other systems."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="desk"), name="home"),
    path("", include("apps.core.urls")),
    path("", include("apps.channels.urls")),
    path("api/", include("apps.integrations.urls")),
    path("admin/", include("apps.appeals.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
