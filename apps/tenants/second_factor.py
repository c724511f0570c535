"""One's own second factor: turn it on by scanning a code, turn it off with a code."""

from base64 import b32encode
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from django_otp import DEVICE_ID_SESSION_KEY, login, verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.tenants.models import Role
from apps.tenants.scope import EVERYONE, Scope
from apps.tenants.scoped_pages import page, scoped_page

NAME = "app"


class CodeForm(forms.Form):
    """A code counts as a guess of the device, whose own throttle then holds further ones off."""

    code = forms.CharField(
        label=_("Code from the app"),
        max_length=8,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, device: TOTPDevice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.device = device

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).replace(" ", "")
        if verify_token(self.device.user, self.device.persistent_id, code) is None:
            raise forms.ValidationError(_("The code is wrong or old. Wait for the next one."))
        return code


@scoped_page(roles=EVERYONE)
@sensitive_variables()
def second_factor(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    device = TOTPDevice.objects.filter(user=user).order_by("-confirmed", "-pk").first()
    if request.method == "POST" and "begin" in request.POST:
        begin(user=user)
        return redirect("admin:second_factor")
    form = CodeForm(request.POST if request.method == "POST" else None, device=device) if device else None
    if device is not None and form is not None and request.method == "POST" and form.is_valid():
        return _turned_off(request, device) if device.confirmed else _turned_on(request, device)
    secret = device is not None and not device.confirmed
    return page(
        request,
        "tenants/second_factor.html",
        title=_("Second factor"),
        form=form,
        is_on=device is not None and device.confirmed,
        picture=picture_of(device.config_url) if device and secret else "",
        key=b32encode(device.bin_key).decode() if device and secret else "",
    )


@transaction.atomic
def begin(*, user: User) -> None:
    """A fresh secret, unless one is in force: that one is turned off first, with a code."""
    if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        return
    TOTPDevice.objects.filter(user=user).delete()
    TOTPDevice.objects.create(user=user, name=NAME, confirmed=False)


def _turned_on(request: HttpRequest, device: TOTPDevice) -> HttpResponse:
    device.refresh_from_db()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    login(request, device)
    messages.success(request, _("The second factor is on. From now on signing in asks for a code."))
    return redirect("admin:second_factor")


def _turned_off(request: HttpRequest, device: TOTPDevice) -> HttpResponse:
    device.delete()
    request.session.pop(DEVICE_ID_SESSION_KEY, None)
    messages.warning(request, _("The second factor is off."))
    return redirect("admin:second_factor")


def picture_of(address: str) -> SafeString:
    """A QR code as SVG, drawn here: the secret goes to no other service and to no file."""
    import qrcode  # brings the whole of Pillow along: not into every web process
    from qrcode.image.svg import SvgPathImage

    drawn = qrcode.make(address, image_factory=SvgPathImage, box_size=12)
    return mark_safe(drawn.to_string(encoding="unicode"))  # noqa: S308 - our own drawing


def is_reminded(scope: Scope) -> bool:
    """Administrators are asked to turn it on, nobody is forced to."""
    return scope.may(Role.ADMIN) and not TOTPDevice.objects.filter(user=scope.user, confirmed=True).exists()
