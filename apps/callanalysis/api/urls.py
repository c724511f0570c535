"""Routes of the API of calls, under /api/v1/."""

from django.urls import path

from apps.callanalysis.api.calls import Calls, OneCall
from apps.callanalysis.api.description import Description, Viewer
from apps.callanalysis.api.structure import Managers, Offices
from apps.callanalysis.api.tables import CallReady

urlpatterns = [
    path("calls/audio-upload", Calls.as_view(route="/calls/audio-upload"), name="calls_upload"),
    path("calls", Calls.as_view(route="/calls"), name="calls"),
    path("calls/<str:call_id>", OneCall.as_view(), name="calls_one"),
    path("settings/offices-update", Offices.as_view(), name="calls_offices"),
    path("settings/managers-update", Managers.as_view(), name="calls_managers"),
    path("tables/call-ready", CallReady.as_view(), name="calls_ready"),
    path("openapi.json", Description.as_view(), name="calls_openapi"),
    path("docs/", Viewer.as_view(), name="calls_docs"),
]
