"""`{{ words|masked:phones }}`, `{{ phone|phone_for:phones }}`: a page that gives no `phones` shows dots."""

from django import template

from apps.appeals.masking import masked, phone_for

register = template.Library()
register.filter("masked", masked)
register.filter("phone_for", phone_for)
