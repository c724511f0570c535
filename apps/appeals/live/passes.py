"""What lets a page ask what is new: signed for a day, good for nothing but numbers of what has changed."""

from django.core import signing

SALT = "desk.live"
LASTS = 24 * 3600


def make_pass(*, tenant_id: int | None) -> str:
    """None is for a superuser, who sees all organisations."""
    return signing.TimestampSigner(salt=SALT).sign(str(tenant_id or 0))


def tenant_of(pass_: str) -> int:
    """0 stands for all. Raises `signing.BadSignature` where it is not ours or too old."""
    return int(signing.TimestampSigner(salt=SALT).unsign(pass_, max_age=LASTS))
