"""All settings. Values come from the environment (see .env.example)."""

import logging
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config.backoffice import LOOK
from config.database import database
from config.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")  # nothing happens when there is none

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
TESTING = env.bool("TESTING", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).absolute()
IS_FOR_REAL = not (DEBUG or DEMO or TESTING)

SECRET_KEY = env.str(
    "SECRET_KEY", default="" if IS_FOR_REAL else "only-for-demo-and-development"
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if IS_FOR_REAL else ["*"])
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY to a long random text.")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names this site answers to.")
BASE_URL = env.str(
    "BASE_URL",
    default=f"https://{ALLOWED_HOSTS[0]}"
    if IS_FOR_REAL
    else f"http://{env.str('HOST', default='127.0.0.1')}:{env.str('PORT', default='8000')}",
)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # FORM_RENDERER needs its templates
    "axes",
    "csp",
    "django_htmx",
    "django_structlog",
    "import_export",
    "phonenumber_field",
    "procrastinate.contrib.django",
    "simple_history",
    "directory",
    "segments",
    "scheduling",
    "portal",
    *(["showcase"] if DEMO or TESTING else []),
]

MIDDLEWARE = [
    "config.busy.BusyInsteadOfBroken",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.CompressedPages",
    "config.csp.ContentSecurityPolicy",
    "config.size.TooLargeIsRefused",
    "config.logs.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "directory.middleware.TimedSignIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "directory.middleware.BackOfficeTime",
    "axes.middleware.AxesMiddleware",
]

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
                "directory.context.site",
            ],
        },
    }
]
FORM_RENDERER = "config.forms.Renderer"

DATABASES = {
    "default": database(env, data_dir=DATA_DIR, may_embed=not IS_FOR_REAL),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "config.auth.Backend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = reverse_lazy("portal:sign-in")  # the back office has its own page
LOGIN_REDIRECT_URL = reverse_lazy("portal:overview")
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # we say for how long
AXES_DISABLE_ACCESS_LOG = True  # who signed in when, from where: nobody asks
AXES_LOCKOUT_CALLABLE = "portal.views.sign_in.locked_page"
AXES_CLIENT_IP_CALLABLE = "config.origin.lockout_address"

# How long a sign-in lasts: since the last page, and at most.
CUSTOMER_IDLE_TIME = timedelta(minutes=30)
CUSTOMER_SIGN_IN_TIME = timedelta(hours=12)
STAFF_IDLE_TIME = timedelta(hours=2)
STAFF_SIGN_IN_TIME = timedelta(hours=8)
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: the longest of them
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", "Nederlands"), ("fr", "Français")]
LANGUAGES += [("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"  # people's zones are the offices' and the visitors', never this one
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]
PHONENUMBER_DEFAULT_REGION = env.str("PHONE_REGION", default="BE")

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "documents"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# Mail. Without a server the demo keeps each mail as a file that staff can read.
EMAIL_URL = env.str("EMAIL_URL", default="")
MAIL_DIR = DATA_DIR / "mail"
if EMAIL_URL:
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "scheduling.outbox.MailFiles"
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Parlour <no-reply@localhost>")

# Security. Over plain http (demo, development) cookies carry no Secure flag.
SECURE_COOKIES = IS_FOR_REAL
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_SSL_REDIRECT = SECURE_COOKIES and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"  # no-referrer would send "Origin: null"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https")
    if env.bool("BEHIND_TLS", default=False)
    else None
)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Jobs.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": 2,
    "shutdown_graceful_timeout": 20,
    "delete_jobs": "successful",
    "update_heartbeat_interval": 5,
    "stalled_worker_timeout": 15,
}

# Limits of what one visitor may post. The demo and the benchmarks are one visitor.
LIMIT_FACTOR = env.int("LIMIT_FACTOR", default=100 if DEMO else 1)
POSTS_PER_MINUTE = 120 * LIMIT_FACTOR
LIVE_HOLDS_PER_CLIENT = 40 * LIMIT_FACTOR
BOOKINGS_PER_HOUR_AND_EMAIL = 10 * LIMIT_FACTOR
HOLD_TIME = timedelta(minutes=10)
FLOW_IDLE_TIME = timedelta(hours=2)
FLOW_KEPT = timedelta(days=7)
RESUME_TIME = timedelta(hours=24)
LINK_PROBLEMS_KEPT = timedelta(days=90)
UPLOAD_MAX_BYTES = 10_000_000
UPLOADS_PER_APPOINTMENT = 20  # by each side
REQUEST_MAX_BYTES = UPLOADS_PER_APPOINTMENT * UPLOAD_MAX_BYTES + 5_000_000

# The clock. DEMO_CLOCK is the time when the demo started; it goes on from there.
CLOCK_OFFSET = timedelta(0)
if DEMO and env.str("DEMO_CLOCK", default=""):
    started = env.float("DEMO_CLOCK_SINCE", default=time.time())
    CLOCK_OFFSET = (
        datetime.fromisoformat(env.str("DEMO_CLOCK")).astimezone()
        - datetime.fromtimestamp(started).astimezone()
    )

UNFOLD = LOOK

# Logs: see config/logs.py.
LOG_DIR = DATA_DIR / "log"
LOGGING = logging_settings(LOG_DIR)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = ""  # also spares every page a look at the session
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
