"""Routes: the admin for people, webhooks and the web chat for clients, the API for other systems."""

from typing import Any

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from apps.push.api import DeviceList, OneDevice
from apps.push.pages import worker


class Favicon(RedirectView):
    """For pages that name no icon of their own: browsers ask here unbidden."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        # Not at import: the manifest of static files may not be there yet.
        return static("admin_extra/favicon.svg")


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="desk"), name="home"),
    path("favicon.ico", Favicon.as_view()),
    path("", include("apps.core.urls")),
    path("", include("apps.channels.urls")),
    path("", include("apps.appeals.live.urls")),
    path("api/v1/", include("apps.callanalysis.api.urls")),
    path("api/", include("apps.integrations.urls")),
    path("api/push/devices", DeviceList.as_view(), name="api_push_devices"),
    path("api/push/devices/<int:pk>", OneDevice.as_view(), name="api_push_device"),
    # Nothing else lies under it: its scope holds no page.
    path("push/worker.js", worker, name="push_worker"),
    path("admin/", include("apps.appeals.urls")),
    path("admin/", include("apps.callanalysis.urls")),
    path("admin/", include("apps.crm.urls")),
    path("admin/", include("apps.push.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
