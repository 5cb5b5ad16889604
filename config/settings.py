"""All settings, by topic. Each reads one environment variable of the same name unless said otherwise.

Runs on a fresh checkout with no environment at all; refuses a half-configured production with one line.
"""

from email.utils import parseaddr

from config import copies, entrance, logs, numbers, push
from config import env as environment
from config.env import BASE_DIR, Misconfigured

env = environment.read()

# --- What kind of installation -------------------------------------------------------------------------------------

# Development conveniences: generated key, embedded Redis and SQLite, the demo. DEBUG=0 wherever strangers come.
DEBUG = env.bool("DEBUG", default=True)
# Everything this installation writes: database, socket, media, mail, generated keys.
VAR_DIR = environment.var_dir(env)
# Signs sessions, guest cookies and bearer tokens. Generated and kept under VAR_DIR while DEBUG is on.
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise Misconfigured("DEBUG=0 needs SECRET_KEY: set it to a long random string and keep it.")
    try:
        SECRET_KEY = environment.generated_key(VAR_DIR / "keys" / "secret_key")
    except OSError as error:
        raise Misconfigured(f"VAR_DIR {VAR_DIR} cannot be written: {error.strerror}.") from error
# Host names this server answers to; never "*", which would also open the websockets to any origin.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
if not ALLOWED_HOSTS:
    raise Misconfigured("DEBUG=0 needs ALLOWED_HOSTS: the host names people use, separated by commas.")
# Origins allowed to POST when a proxy terminates TLS, e.g. https://rooms.example.org.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Parts ----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "django_htmx",
    "lucide",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "accounts",
    "rooms",
    "recordings",
    "moderation",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.closing_accounts",
    "accounts.seen.NoteSessions",
]
if DEBUG:
    MIDDLEWARE.append("config.middleware.own_not_found_page")
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
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
                "accounts.context.inbox",
                "rooms.context.dock",
                "rooms.context.for_you",
                "accounts.context.requests",
            ],
            "builtins": ["config.icons"],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database -------------------------------------------------------------------------------------------------------

# DATABASE_URL, e.g. postgres://user:password@host/name; SQLite under VAR_DIR otherwise.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'openfloor.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN: read-then-write transactions then wait instead of failing "locked".
    _database.setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    )
else:
    # A pool in place of persistent connections, which pile up in the threads of an ASGI server.
    _database.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=10)}
    _database["CONN_MAX_AGE"] = 0

# --- Redis: channel layer, cache, broker, relay bus -------------------------------------------------------------------

# REDIS_URL, e.g. redis://host:6379/0; the embedded server's unix socket otherwise.
REDIS_URL = env.str("REDIS_URL", default=f"unix://{environment.redis_socket(VAR_DIR)}")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "openfloor:layer"},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "openfloor:cache",
    }
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "global_keyprefix": "openfloor:celery:"}
if not CELERY_BROKER_URL.startswith("redis+socket"):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"socket_timeout": 30, "socket_keepalive": True}

# --- People ---------------------------------------------------------------------------------------------------------

# Each with a sentence of its own in config/entrance.py.
vars().update(entrance.read(env, debug=DEBUG))

# --- Mail -----------------------------------------------------------------------------------------------------------

# EMAIL_URL, e.g. smtp+tls://user:password@host:587; printed and kept under VAR_DIR/mail otherwise.
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "accounts.mail.PrintedAndKeptBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
# Seconds a mail server may keep a process waiting at each step.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Openfloor <openfloor@localhost>")
# Where reports of messages go.
ABUSE_EMAIL = env.str("ABUSE_EMAIL", default=parseaddr(DEFAULT_FROM_EMAIL)[1])

# --- Web push -------------------------------------------------------------------------------------------------------

# Each with a sentence of its own in config/push.py.
vars().update(push.read(env, keys=VAR_DIR / "keys", sender=DEFAULT_FROM_EMAIL, debug=DEBUG))

# --- Rules in numbers (shared/rules.md) -------------------------------------------------------------------------------

# Each with a sentence of its own in config/numbers.py.
vars().update(numbers.read(env))

# --- Copies of the sound ----------------------------------------------------------------------------------------------

# Each with a sentence of its own in config/copies.py.
vars().update(copies.read(env, var_dir=VAR_DIR))

# --- Sound ----------------------------------------------------------------------------------------------------------

# What the relay binds and announces: one IPv4 or IPv6 address of this machine, or one of each with a comma between.
RELAY_ADDRESS = env.str("RELAY_ADDRESS", default="127.0.0.1")
# What the relay announces instead when a NAT maps a public address to it one to one; in the same form.
RELAY_PUBLIC_ADDRESS = env.str("RELAY_PUBLIC_ADDRESS", default="")
# The relay's UDP port for everybody's sound; 0 takes a free one, which no firewall can be told beforehand.
RELAY_PORT = env.int("RELAY_PORT", default=0)
# Milliseconds of sound in a listener's packet: 20; 60, a third of the cost for 40 ms more delay; auto, by load.
AUDIENCE_PTIME = env.str("AUDIENCE_PTIME", default="auto")
if AUDIENCE_PTIME not in ("20", "60", "auto"):
    raise Misconfigured("AUDIENCE_PTIME must be 20, 60 or auto.")
# The share of its time (0..1) a relay must be working for "auto" to mean 60.
AUDIENCE_PTIME_ABOVE = env.float("AUDIENCE_PTIME_ABOVE", default=0.5)
# Bytes in an SDP offer; a browser's audio offer is about 1.7 kB.
SDP_MAX_BYTES = env.int("SDP_MAX_BYTES", default=8 * 1024)
# Seconds in which an offered connection must be up.
OFFER_DEADLINE_SECONDS = env.int("OFFER_DEADLINE_SECONDS", default=15)
# The share of its time (0..1) a relay may spend working before it turns new listeners away.
RELAY_FULL_AT = env.float("RELAY_FULL_AT", default=0.8)
# A connection of which nothing is heard for so many seconds is closed; consent to send ends after 30 (RFC 7675).
SESSION_SILENCE_SECONDS = env.int("SESSION_SILENCE_SECONDS", default=15)
if not 5 <= SESSION_SILENCE_SECONDS <= 30:
    raise Misconfigured("SESSION_SILENCE_SECONDS must be from 5 to 30.")
# Seconds a web process waits for the relay's answer to an offer.
RELAY_TIMEOUT_SECONDS = env.int("RELAY_TIMEOUT_SECONDS", default=5)

# --- Browser --------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# TLS=1 when browsers reach this server by https, behind a proxy or with `manage.py up --tls`.
TLS = env.bool("TLS", default=not DEBUG)
# Where people find this server, for links in mails; the first of ALLOWED_HOSTS otherwise.
SITE_URL = env.str("SITE_URL", default=f"http{'s' if TLS else ''}://{ALLOWED_HOSTS[0].removeprefix('.')}").rstrip("/")
if not SITE_URL.startswith(("http://", "https://")):
    raise Misconfigured("SITE_URL must be the address people use, such as https://rooms.example.org.")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if TLS and not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    # Monitors on this machine ask without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

# --- Files ----------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Never served by address: copies of people's own data.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "private", "file_permissions_mode": 0o600},
    },
    # The sound of Spaces, replays and what is made of them.
    "copies": copies.store(env, var_dir=VAR_DIR),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# What one hears of another store is fetched from there.
CONTENT_SECURITY_POLICY["DIRECTIVES"]["media-src"] = ["'self'", *copies.origins(STORAGES["copies"])]

# --- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# The only language of the templates: otherwise Django's own sentences would follow the browser's language alone.
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- Logs -----------------------------------------------------------------------------------------------------------

LOGGING = logs.logging(env.str("LOG_LEVEL", default=""))
