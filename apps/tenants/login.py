"""Signing in to the admin: password, the second factor where the account has one, and a limit on guessing."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from apps.core import bucket
from apps.tenants.visitors import address_of

# (per second, at once). Of one name from one address: ten, then one every half a minute. Of all names from
# one address, behind which may be a whole office: one password must not be tried on everybody.
OF_NAME = (1 / 30, 10)
OF_ADDRESS = (1 / 5, 60)


class LoginForm(AuthenticationForm):
    """Code and password are asked for together, so that nobody learns which accounts have a second factor."""

    code = forms.CharField(
        label=_("Code from the app"),
        required=False,
        max_length=8,
        help_text=_("Only if you have turned on the second factor."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": " ".join(BASE_INPUT_CLASSES),
            }
        ),
    )

    def clean(self) -> dict[str, Any]:
        wait = _knock(self.request, self.cleaned_data.get("username") or "")
        if wait > timedelta(0):
            raise ValidationError(
                _("Too many attempts. Try again in %(seconds)d seconds."),
                code="throttled",
                params={"seconds": max(1, round(wait.total_seconds()))},
            )
        cleaned: dict[str, Any] = super().clean()
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        devices = list(TOTPDevice.objects.filter(user=user, confirmed=True))
        if not devices:
            return
        code = (self.cleaned_data.get("code") or "").replace(" ", "")
        # A missing code is no guess: it must not count against the device.
        verified = (verify_token(user, device.persistent_id, code) for device in devices if code)
        # django_otp remembers on the session, at sign-in, with which device the user was verified.
        user.otp_device = next((device for device in verified if device is not None), None)
        if user.otp_device is None:
            raise ValidationError(_("Enter the current code from your authenticator app."), code="code")


def _knock(request: Any, username: str) -> timedelta:
    address = address_of(request) if request is not None else ""
    return _take(f"login:{address}", OF_ADDRESS) or _take(f"login:{address}:{username.lower()}", OF_NAME)


def _take(key: str, allowance: tuple[float, int]) -> timedelta:
    rate, burst = allowance
    return bucket.take(key[:200], rate=rate, burst=burst)
