"""What a connector's Config asks a person for, setting by setting: the one reading of its pydantic fields.

The form, the masking, the API and the split into settings and secrets all start here. `SecretStr` makes a
setting a secret; nothing else does.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from django.utils.functional import Promise
from django.utils.translation import gettext
from pydantic import AnyUrl, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from apps.core.secrets import DOTS, mask
from apps.integrations.contract import AUTO, ConnectorConfig


class Kind(StrEnum):
    """How a setting is asked for."""

    SECRET = "secret"  # noqa: S105 - a word, not a password
    TEXT = "text"
    URL = "url"
    INTEGER = "integer"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LINES = "lines"
    JSON = "json"


_KINDS: dict[Any, Kind] = {
    bool: Kind.SWITCH,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    Decimal: Kind.NUMBER,
    str: Kind.TEXT,
    SecretStr: Kind.SECRET,
}
_LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One field of a Config. `default` is undefined (`has_default` False) where the person must give it."""

    name: str
    kind: Kind
    title_text: str | Promise
    help_text: str | Promise = ""
    default: Any = None
    required: bool = False
    advanced: bool = False
    generated: bool = False
    multiline: bool = False
    example: str = ""
    choices: tuple[tuple[Any, str | Promise], ...] = ()
    # Asked for only while other settings have these values; `needed`: and then it must be given.
    only_for: Mapping[str, Any] = field(default_factory=dict)
    # The same for the form, which shows it as well while it is left to the service itself which value holds.
    shown_for: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    needed: bool = False
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_secret(self) -> bool:
        return self.kind is Kind.SECRET

    @property
    def title(self) -> str:
        return gettext(str(self.title_text))

    @property
    def help(self) -> str:
        return gettext(str(self.help_text)) if self.help_text else ""


@cache
def settings_of(model: type[ConnectorConfig]) -> tuple[Setting, ...]:
    """All settings in the order in which the Config declares them."""
    return tuple(_read(name, info, model) for name, info in model.model_fields.items())


def secret_names(model: type[ConnectorConfig]) -> frozenset[str]:
    return frozenset(setting.name for setting in settings_of(model) if setting.is_secret)


def is_mask(value: Any) -> bool:
    """Whether this is what we showed in place of a secret, sent back to us."""
    return isinstance(value, str) and value.strip().startswith(DOTS)


def masked(
    model: type[ConnectorConfig], *, config: Mapping[str, Any], secrets: Mapping[str, str]
) -> dict[str, Any]:
    """The settings as they may be shown: of a secret its last four characters, the rest with defaults."""
    shown: dict[str, Any] = {}
    for setting in settings_of(model):
        if setting.is_secret:
            shown[setting.name] = mask(secrets.get(setting.name, ""))
        else:
            shown[setting.name] = config.get(setting.name, plain(setting.default))
    return shown


def plain(value: Any) -> Any:
    """A default as JSON would hold it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal | AnyUrl):
        return str(value)
    return value


def _read(name: str, info: FieldInfo, model: type[ConnectorConfig]) -> Setting:
    bare = _bare(info.annotation)
    # A StrEnum's members are strings, too: look for choices first.
    choices = _choices(bare)
    extra: Mapping[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    labels: Mapping[Any, Any] = extra.get("labels", {})
    default = info.get_default(call_default_factory=True)
    only_for = extra.get("needed_for") or extra.get("only_for") or {}
    return Setting(
        name=name,
        kind=Kind.CHOICE if choices else _kind(name, bare),
        title_text=info.title or name.replace("_", " ").capitalize(),
        help_text=info.description or "",
        default=None if default is PydanticUndefined else default,
        required=info.is_required(),
        advanced=bool(extra.get("advanced")),
        generated=bool(extra.get("generated")),
        multiline=bool(extra.get("multiline")),
        example=str(info.examples[0]) if info.examples else "",
        only_for=only_for,
        shown_for={other: _beside(model.model_fields[other], value) for other, value in only_for.items()},
        needed="needed_for" in extra,
        choices=tuple((value, labels.get(value, label)) for value, label in choices),
        limits=_limits(info),
    )


def _beside(other: FieldInfo, value: Any) -> tuple[Any, ...]:
    choices = [one for one, _label in _choices(_bare(other.annotation))]
    return (value, AUTO) if AUTO in choices else (value,)


def _bare(annotation: Any) -> Any:
    """The type itself, without `| None` and `Annotated`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        left = [one for one in get_args(annotation) if one is not type(None)]
        return _bare(left[0]) if len(left) == 1 else annotation
    return annotation


def _choices(bare: Any) -> list[tuple[Any, str | Promise]]:
    if get_origin(bare) is Literal:
        return [(value, str(value)) for value in get_args(bare)]
    if isinstance(bare, type) and issubclass(bare, Enum):
        return [(member.value, getattr(member, "label", str(member.value))) for member in bare]
    return []


def _kind(name: str, bare: Any) -> Kind:
    if bare is str and name.endswith("url"):
        return Kind.URL
    if bare in _KINDS:
        return _KINDS[bare]
    if isinstance(bare, type) and issubclass(bare, AnyUrl):
        return Kind.URL
    if get_origin(bare) in (list, tuple, set, frozenset) and _bare(get_args(bare)[0]) is str:
        return Kind.LINES
    return Kind.JSON


def _limits(info: FieldInfo) -> dict[str, Any]:
    return {
        limit: getattr(piece, limit)
        for piece in info.metadata
        for limit in _LIMITS
        if getattr(piece, limit, None) is not None
    }
