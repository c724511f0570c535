"""What a first start makes: an administrator of the installation, and a demo tenant with a web chat."""

import secrets

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from apps.appeals.prices.keeping import add_examples
from apps.integrations.connecting import connect
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant


def create_demo() -> list[str]:
    """Returns what is shown once, for passwords are not kept readable. Nothing when it is not a first
    start.
    """
    with transaction.atomic():
        if User.objects.exists():
            return []
        admin_password, operator_password = secrets.token_urlsafe(9), secrets.token_urlsafe(9)
        User.objects.create_superuser("admin", password=admin_password)
        tenant = Tenant.objects.create(slug="demo", name="Демо-мастерская")
        add_member(
            tenant=tenant, username="operator", password=operator_password, role=Role.OPERATOR, name="Анна"
        )
        add_examples(tenant=tenant)
        connection = connect(tenant=tenant, connector="webchat", key="site", name="Чат на сайте", values={})
    chat = reverse("chat:page", args=[connection.channel.public_id])
    return [
        "",
        "First start. These passwords are shown only now:",
        f"  administrator   admin / {admin_password}",
        f"  operator        operator / {operator_password}",
        f"  web chat        {settings.PUBLIC_URL}{chat}",
        f"  desk            {settings.PUBLIC_URL}{reverse('desk')}",
        "",
    ]
