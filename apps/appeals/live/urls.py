"""Outside the admin, for it has no session."""

from django.urls import path

from apps.appeals.live.asking import changes

urlpatterns = [path("live/desk", changes, name="desk_changes")]
