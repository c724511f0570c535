from django.urls import path

from apps.appeals.desk import actions, corrections, files, listing, page, templates

urlpatterns = [
    path("", listing.desk, name="desk"),
    path("live/", listing.live, name="desk_live"),
    path("<int:pk>/", page.conversation, name="desk_conversation"),
    path("<int:pk>/live/", page.live, name="desk_conversation_live"),
    path("<int:pk>/answer/", actions.answer, name="desk_answer"),
    path("<int:pk>/seen/", actions.seen, name="desk_seen"),
    path("<int:pk>/templates/", templates.picker, name="desk_templates"),
    path("<int:pk>/templates/send/", templates.send, name="desk_send_template"),
    path("<int:pk>/templates/refresh/", templates.refresh, name="desk_refresh_templates"),
    path("<int:pk>/now/", actions.answer_now, name="desk_now"),
    path("<int:pk>/resend/<int:delivery>/", actions.resend, name="desk_resend"),
    path("<int:pk>/draft/<int:draft>/discard/", actions.discard_draft, name="desk_discard"),
    path("<int:pk>/no-answer/", actions.no_answer, name="desk_no_answer"),
    path("<int:pk>/appeals/<int:row>/status/", actions.set_status, name="desk_status"),
    path("<int:pk>/appeals/<int:row>/take/", actions.take, name="desk_take"),
    path("<int:pk>/appeals/<int:row>/give-back/", actions.give_back, name="desk_give_back"),
    path("<int:pk>/appeals/<int:row>/devices/", corrections.add_device, name="desk_add_device"),
    path("<int:pk>/contact/", corrections.contact, name="desk_contact"),
    path("<int:pk>/contact/campaigns/off/", corrections.campaigns_off, name="desk_campaigns_off"),
    path("<int:pk>/contact/campaigns/on/", corrections.campaigns_on, name="desk_campaigns_on"),
    path("<int:pk>/devices/<int:row>/", corrections.device, name="desk_device"),
    path("<int:pk>/devices/<int:row>/repairs/", corrections.add_repair, name="desk_add_repair"),
    path("<int:pk>/repairs/<int:row>/", corrections.repair, name="desk_repair"),
    path("<int:pk>/repairs/<int:row>/parts/", corrections.add_part, name="desk_add_part"),
    path("<int:pk>/parts/<int:row>/remove/", corrections.remove_part, name="desk_remove_part"),
    path("file/<int:pk>/", files.attachment, name="desk_file"),
    path("file/<int:pk>/shown/", files.rendition, name="desk_rendition"),
]
