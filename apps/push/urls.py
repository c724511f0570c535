"""Routes of a member's own devices; those of the worker and the API are in `config`."""

from django.urls import path

from apps.push import pages

urlpatterns = [
    path("desk/notifications/devices/", pages.add, name="push_add"),
    path("desk/notifications/devices/<int:pk>/remove/", pages.remove, name="push_remove"),
    path("desk/notifications/devices/<int:pk>/try/", pages.try_out, name="push_try"),
]
