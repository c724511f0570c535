"""Routes for whoever watches over the installation."""

from django.urls import path

from apps.core.health import alive, ready
from apps.core.metrics import metrics

urlpatterns = [
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
