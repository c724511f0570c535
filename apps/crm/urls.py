from django.urls import path

from apps.crm import desk

urlpatterns = [
    path("desk/<int:pk>/appeals/<int:row>/order/<int:crm>/", desk.send, name="desk_order"),
    path("desk/<int:pk>/orders/<int:row>/decide/", desk.decide, name="desk_order_decide"),
    path("desk/<int:pk>/orders/proposals/<int:row>/send/", desk.tell, name="desk_order_tell"),
    path("desk/<int:pk>/orders/proposals/<int:row>/discard/", desk.discard, name="desk_order_discard"),
]
