"""Settings: what differs between machines comes from the environment, as `.env.example` lists it.

Each variable may also be given as NAME_FILE, the path of a file that holds it (Docker secrets).
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import embedded, logs, openapi, storage, unfold

# Lets Django's generic classes take their type argument at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

environ.Env.read_env(BASE_DIR / ".env")
env = environ.FileAwareEnv()

DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).absolute()
DATABASE_URL = env("DATABASE_URL", default="").strip()
EMBEDDED = not DATABASE_URL
DEBUG = env.bool("DEBUG", default=False)
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")

# Generated into DATA_DIR on an embedded start, required otherwise.
if EMBEDDED:
    _secrets = embedded.secrets(DATA_DIR)
    DATABASE_URL = embedded.database_url(DATA_DIR)
else:
    _secrets = {}


def _required(name: str) -> str:
    value = env(name, default=_secrets.get(name, ""))
    if not value:
        raise ImproperlyConfigured(f"{name} must be set when DATABASE_URL is (see .env.example).")
    return str(value)


SECRET_KEY = _required("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
CREDENTIALS_KEYS = [key.strip() for key in _required("CREDENTIALS_KEYS").split(",") if key.strip()]

_own_hosts = [urlsplit(PUBLIC_URL).hostname or "localhost", "localhost", "127.0.0.1"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if EMBEDDED else _own_hosts)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
_https = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "rest_framework",
    "simple_history",
    "django_q",
    "apps.core",
    "apps.tenants",
    "apps.integrations",
    "apps.channels",
    "apps.ai",
    "apps.push",
    "apps.appeals",
    "apps.callanalysis",
    "apps.crm",
    "apps.ads",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "apps.core.short_way.ShortWay",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "apps.tenants.language.LanguageMiddleware",
    "apps.tenants.own_time.TenantTimeMiddleware",
    "apps.tenants.addresses.PlainAddressMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

SHORT_WAYS = {"/webhook/": "apps.channels.urls", "/live/": "apps.appeals.live.urls"}

# Addresses that the web server answers before Django, and the WSGI applications that do: `core.aside`.
ASIDE = {"/live/desk": "apps.appeals.live.asking.application"}

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"].update(
    ENGINE="django.db.backends.postgresql",
    # One connection a thread, kept: a pool breaks under django-q2's fork and is slower.
    CONN_MAX_AGE=None,
    CONN_HEALTH_CHECKS=True,
)
# A server that hangs must not hold a webhook longer than its sender waits (psycopg: seconds; milliseconds).
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 3,
    "tcp_user_timeout": 10_000,
    **DATABASES["default"].get("OPTIONS", {}),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# In its stead fcm-django is no installed app: it would bring an admin page that knows no organisations.
FCM_DJANGO_FCMDEVICE_MODEL = "push.Device"

_redis_url = env("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis_url}
    if _redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Rows of the desk's lists, some kilobytes each: at hand in the process that has written them.
    "rows": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "rows",
        "OPTIONS": {"MAX_ENTRIES": 4000},
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "home"
OTP_TOTP_ISSUER = "BatteryCRM"

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "unfold"]
TIME_ZONE = "Europe/Moscow"
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", openapi.VIEWER]
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": storage.backend(env("STORAGE_URL", default=""), MEDIA_ROOT),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
BODY_MAX_BYTES = 100 * 1024 * 1024  # of any request: the web server refuses more before Django hears of it
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024  # above the webhook door's own cap, which answers 413 itself

OUTBOUND_PRIVATE_NETWORKS = env.list("OUTBOUND_PRIVATE_NETWORKS", default=[])
OUTBOUND_PROXY = env("OUTBOUND_PROXY", default="")
OUTBOUND_CA_BUNDLE = env("OUTBOUND_CA_BUNDLE", default="")

# TLS is ended by a proxy in front, which redirects and adds HSTS for the subdomains it knows.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

# E-mails to administrators: none without EMAIL_URL.
_email_url = env("EMAIL_URL", default="")
MAIL_IS_SET_UP = bool(_email_url)
globals().update(env.email_url_config(_email_url or "dummymail://"))  # EMAIL_HOST and the like
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("EMAIL_FROM", default="BatteryCRM <batterycrm@localhost>")

METRICS_TOKEN = env("METRICS_TOKEN", default="")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.tenants.api.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.tenants.api.InTenant"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "apps.tenants.api.errors.answer",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = openapi.SETTINGS

# How long an answer of an operator can be undone, in organisations that have not chosen otherwise.
UNDO_SECONDS = 5

WORKERS = env.int("WORKERS", default=4)
Q_CLUSTER = {
    "name": "work",
    "orm": "default",
    "workers": WORKERS,
    # A row's own lease, not these, decides when it is taken again; they only bound a hung process.
    "timeout": 600,
    "retry": 1300,
    "queue_limit": WORKERS,
    "bulk": 1,
    "poll": 0.1,
    "save_limit": -1,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "recycle": 5000,
    "label": _("Queue"),
}

LOG_FORMAT = env("LOG_FORMAT", default="text")
LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOGGING = logs.configure(LOG_FORMAT, LOG_LEVEL)
LOGGING_CONFIG = "logging.config.dictConfig"

UNFOLD = unfold.SETTINGS
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.reports.AddressesHidden"
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
