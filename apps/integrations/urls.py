"""Routes of the integrations API, under /api/."""

from django.urls import path

from apps.integrations.api.views import IntegrationList

urlpatterns = [path("integrations", IntegrationList.as_view(), name="api_integrations")]
