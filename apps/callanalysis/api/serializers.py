"""What the methods take, and what is wrong with what came instead."""

import math
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MOST_OFFICES, MOST_MANAGERS, MOST_IN_OFFICE = 5_000, 50_000, 5_000
LONGEST_SECONDS = 24 * 3600

_NO_LINK = _("A full http or https link is expected.")
_TOO_LONG = _("No more than %(most)d characters are taken.")
_NO_SECONDS = _("A number of seconds, 0 or more, is expected.")


# Also as text, for a form knows nothing else: up to a day, or empty.
_SECONDS = r"^([0-9]{1,4}|[1-7][0-9]{4}|8[0-5][0-9]{3})?(\.[0-9]+)?$"


@extend_schema_field(
    {"type": ["number", "string"], "minimum": 0, "maximum": LONGEST_SECONDS, "pattern": _SECONDS}
)
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


_LONGEST_ID = 200


# No text may hold the character of the number nought, and what must be there is more than spaces.
_TEXT, _SOMETHING = r"^[^\u0000]*$", r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


# Whether numbers or texts are ids there, here they are texts.
@extend_schema_field({"type": ["string", "number"], "maxLength": _LONGEST_ID, "pattern": _SOMETHING})
class Id(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=_LONGEST_ID, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """As it came, spaces included: so long and no longer."""
        value = super().to_internal_value(data)
        if len(str(data)) > _LONGEST_ID:
            raise serializers.ValidationError(_TOO_LONG % {"most": _LONGEST_ID})
        return value


@extend_schema_field({"type": ["string", "number"], "maxLength": _LONGEST_ID, "pattern": _TEXT})
class OptionalId(Id):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, **kwargs)


@extend_schema_field(
    {"type": "string", "maxLength": 4000, "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}
)
class Link(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=4000, validators=[check_link], **kwargs)


@extend_schema_field({"type": ["string", "number"], "maxLength": 150, "pattern": _TEXT})
class Name(serializers.CharField):
    longest = 150

    def __init__(self) -> None:
        super().__init__(max_length=self.longest, required=False, allow_blank=True, allow_null=True)


@extend_schema_field({"type": ["string", "number"], "maxLength": 450, "pattern": _TEXT})
class WholeName(Name):
    longest = 3 * Name.longest


class CallSerializer(serializers.Serializer):
    call_id = Id()
    audio_url = Link()
    manager_id = Id()
    deal_id = Id()
    duration = Seconds(required=False)
    manager_name = WholeName()
    deal_stage_id = OptionalId()
    stage_id = OptionalId()
    stage = OptionalId()
    client_phone = OptionalId(
        help_text=_(
            "Of the client who called or was called: by it the call is found in the client's history."
        )
    )


class OfficeSerializer(serializers.Serializer):
    office_id = Id()
    office_title = Id()
    leader_ids = serializers.ListField(child=Id(), required=False, max_length=MOST_IN_OFFICE, default=list)
    managers_ids = serializers.ListField(child=Id(), required=False, max_length=MOST_IN_OFFICE, default=list)


class OfficesSerializer(serializers.Serializer):
    offices = serializers.ListField(child=OfficeSerializer(), max_length=MOST_OFFICES)


class ManagerSerializer(serializers.Serializer):
    manager_id = Id()
    name = Name()
    surname = Name()
    middlename = Name()


class ManagersSerializer(serializers.Serializer):
    managers = serializers.ListField(child=ManagerSerializer(), max_length=MOST_MANAGERS)
