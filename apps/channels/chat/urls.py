"""Under /chat/{public_id}/: the page, the snippet for other sites, and the page's API."""

from django.urls import path

from apps.channels.chat import api, files, pages

app_name = "chat"

urlpatterns = [
    path("<slug:public_id>/", pages.page, name="page"),
    path("<slug:public_id>/widget.js", pages.widget, name="widget"),
    path("<slug:public_id>/messages", api.messages, name="messages"),
    path("<slug:public_id>/seen", api.seen, name="seen"),
    path("<slug:public_id>/files/<int:line>", files.file, name="file"),
]
