"""What the methods take, and what is wrong with what came instead."""

import math
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

MOST_OFFICES, MOST_MANAGERS, MOST_IN_OFFICE = 5_000, 50_000, 5_000
LONGEST_SECONDS = 24 * 3600

_NO_LINK = _("A full http or https link is expected.")
_NO_SECONDS = _("A number of seconds, 0 or more, is expected.")


class Seconds(serializers.FloatField):
    """A number, also as text. Empty is as if it were not there."""

    default_error_messages = {"invalid": _NO_SECONDS, "min_value": _NO_SECONDS, "max_value": _NO_SECONDS}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=LONGEST_SECONDS, allow_null=True, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(None if data == "" else data)

    def to_internal_value(self, data: Any) -> float:
        found = math.nan if isinstance(data, bool) else super().to_internal_value(data)
        if not math.isfinite(found):
            self.fail("invalid")
        return found


def check_link(value: str) -> None:
    """No more than that: hosts inside a company have names that no rule for public ones would take."""
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or any(char.isspace() or not char.isprintable() for char in value):
        raise serializers.ValidationError(_NO_LINK)


def _id(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=200, **kwargs)


def _optional(**kwargs: Any) -> serializers.CharField:
    return _id(required=False, allow_blank=True, allow_null=True, **kwargs)


class CallSerializer(serializers.Serializer):
    call_id = _id()
    audio_url = serializers.CharField(max_length=4000, validators=[check_link])
    manager_id = _id()
    deal_id = _id()
    duration = Seconds(required=False)
    manager_name = serializers.CharField(max_length=450, required=False, allow_blank=True, allow_null=True)
    deal_stage_id = _optional()
    stage_id = _optional()
    stage = _optional()


class OfficeSerializer(serializers.Serializer):
    office_id = _id()
    office_title = _id()
    leader_ids = serializers.ListField(child=_id(), required=False, max_length=MOST_IN_OFFICE, default=list)
    managers_ids = serializers.ListField(child=_id(), required=False, max_length=MOST_IN_OFFICE, default=list)


class OfficesSerializer(serializers.Serializer):
    offices = serializers.ListField(child=OfficeSerializer(), max_length=MOST_OFFICES)


def _name() -> serializers.CharField:
    return serializers.CharField(max_length=150, required=False, allow_blank=True, allow_null=True)


class ManagerSerializer(serializers.Serializer):
    manager_id = _id()
    name = _name()
    surname = _name()
    middlename = _name()


class ManagersSerializer(serializers.Serializer):
    managers = serializers.ListField(child=ManagerSerializer(), max_length=MOST_MANAGERS)
