"""Routes of the messengers' webhooks and of the web chat."""

from django.urls import include, path, re_path

from apps.channels.public_files import public_file
from apps.channels.webhooks import incoming

# A slash at the end, or none, as whoever typed the address into the vendor's form had it.
urlpatterns = [
    re_path(r"^webhook/(?P<connector>[-\w]+)/incoming/?$", incoming, name="webhook"),
    re_path(r"^webhook/(?P<connector>[-\w]+)/(?P<public_id>[-\w]+)/?$", incoming, name="webhook_of_channel"),
    re_path(r"^webhook/(?P<connector>[-\w]+)/?$", incoming, name="webhook_short"),
    path("files/<str:token>", public_file, name="public_file"),
    path("chat/", include("apps.channels.chat.urls")),
]
