"""What lets a page ask what is new: signed for a day, good for nothing but numbers of what has changed."""

from django.core import signing

SALT = "desk.live"
LASTS = 24 * 3600


def make_pass(*, tenant_id: int | None, member_id: int | None = None) -> str:
    """No tenant is for a superuser, who sees all organisations and is no member of any."""
    return signing.TimestampSigner(salt=SALT).sign(f"{tenant_id or 0}-{member_id or 0}")


def bearer_of(pass_: str) -> tuple[int, int]:
    """Tenant and member; 0 stands for all and for none. Raises `signing.BadSignature` where it is not ours or
    too old.
    """
    tenant, _sign, member = signing.TimestampSigner(salt=SALT).unsign(pass_, max_age=LASTS).partition("-")
    return int(tenant), int(member or 0)
