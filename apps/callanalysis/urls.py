from django.urls import path

from apps.callanalysis.admin.chat_page import chat_act, chat_page

MARKS = "desk/<int:pk>/appeals/<int:row>/marks/"
urlpatterns = [
    path(MARKS, chat_page, name="callanalysis_chat"),
    path(f"{MARKS}<str:what>/<int:found>/", chat_act, name="callanalysis_chat_act"),
]
