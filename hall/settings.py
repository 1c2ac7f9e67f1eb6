"""Every setting of the hall, read from the environment. docs/how-to/configure.md lists them for those who run it."""

import importlib.util
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from hall import __version__
from hall.support.environment import env, env_flag, env_list, env_networks, env_number

BASE_DIR = Path(__file__).resolve().parent.parent
# Everything that the hall writes outside the database: embedded database, files, generated secrets, built static files.
VAR_DIR = Path(env("HALL_VAR", str(BASE_DIR / "var"))).resolve()
# The catalogue and the base tables that the product ships.
DATA_DIR = Path(env("HALL_DATA", str(BASE_DIR / "data"))).resolve()
VERSION = __version__

DEBUG = False


def _secret(name: str) -> str:
    """A secret from the environment; without one, made once and kept in the data folder, readable by its owner only."""
    given = env(name)
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured(f"{name} is too short: at least 32 characters")
        return given
    path = VAR_DIR / "secrets" / name.removeprefix("HALL_").lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        try:
            path.hardlink_to(fresh)  # two processes starting at once agree on the first one's secret
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="utf-8").strip()


# Signs cookies and form tokens.
SECRET_KEY = _secret("HALL_SECRET_KEY")
# Protects identity numbers, phones and form contents at rest; lose it and they are lost.
FIELD_KEY = _secret("HALL_FIELD_KEY")

# The address that people type; links in documents and QR codes start with it, never with a Host header.
PUBLIC_ADDRESS = (env("HALL_PUBLIC_ADDRESS", "http://127.0.0.1:8000")).rstrip("/")
ALLOWED_HOSTS = env_list("HALL_ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]", urlsplit(PUBLIC_ADDRESS).hostname or "localhost"))
# Behind TLS cookies are marked Secure and browsers are told to stay on TLS.
IS_TLS = PUBLIC_ADDRESS.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_ADDRESS] if IS_TLS else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_flag("HALL_BEHIND_PROXY", False) else None
# With a proxy in front, the client's address is the last one the proxy added.
IS_BEHIND_PROXY = env_flag("HALL_BEHIND_PROXY", False)


def _database(address: str) -> dict[str, object]:
    parts = urlsplit(address)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("HALL_DATABASE_URL must look like postgresql://user:password@host:5432/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        # Persistent: a new connection per request costs 2.7 times the requests per second.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            # A lock held too long is answered with a clear sentence instead of a hanging page.
            "options": f"-c lock_timeout={env_number('HALL_LOCK_TIMEOUT_MS', 3000)} -c statement_timeout={env_number('HALL_STATEMENT_TIMEOUT_MS', 15000)}",
        },
    }


# Without it `hall run` starts the embedded server and sets it for its children.
DATABASE_URL = env("HALL_DATABASE_URL", "postgresql://hall@127.0.0.1:5432/hall")
DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "hall.support.access",
    "hall.support.audit",
    "hall.support.identity",
    "hall.support.filestore",
    "hall.support.workdays",
    "hall.support.jobs",
    "hall.integration.plugins",
    "hall.services.catalogue",
    "hall.services.search",
    "hall.services.serials",
    "hall.services.licences",
    "hall.services.notices",
    "hall.services.papers",
    "hall.services.recognition",
    "hall.services.inspections",
    "hall.services.forms",
    "hall.services.guidance",
    "hall.services.materials",
    "hall.services.cases",
    "hall.services.applications",
    "hall.services.ratings",
    "hall.services.appointments",
    "hall.services.payments",
    "hall.services.apps.HallServices",
]

MIDDLEWARE = [
    "hall.presentation.design.middleware.outage",
    "hall.presentation.design.middleware.headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hall.presentation.design.middleware.page_cache",
    "hall.presentation.api.turnstile.turnstile",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "hall.presentation.design.middleware.compress",
    "django.middleware.csrf.CsrfViewMiddleware",
    "hall.presentation.design.middleware.actor",
    "hall.presentation.design.middleware.refusals",
]

ROOT_URLCONF = "hall.urls"
WSGI_APPLICATION = "hall.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "hall" / "presentation" / "design" / "templates", BASE_DIR / "hall" / "presentation" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "hall.presentation.design.environment.environment",
            "context_processors": ["hall.presentation.design.context.page"],
        },
    }
]

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = ["hall.support.identity.sessions.AccountBackend"]
PASSWORD_HASHERS = ["hall.support.identity.passwords.HallArgon2"]

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "hall_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Idle time after which one has to sign in again; form contents survive it, they are saved as a draft.
SESSION_COOKIE_AGE = env_number("HALL_SESSION_MINUTES", 120, at_least=5) * 60
SESSION_SAVE_EVERY_REQUEST = False
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "hall.presentation.design.errors.csrf_failure"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "hall" / "presentation" / "design" / "static", VAR_DIR / "generated"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000

# Uploaded files, content-addressed.
FILES_DIR = Path(env("HALL_FILES", str(VAR_DIR / "files")))
# One uploaded file; forms without files stay small.
UPLOAD_LIMIT_BYTES = env_number("HALL_UPLOAD_LIMIT_MB", 20, at_least=1) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A table of a form may have 50 rows of 8 cells.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1500
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
# What the library of one person, and of one enterprise, may hold in files of its own; results of the hall are not counted.
MATERIALS_PERSON_BYTES = env_number("HALL_MATERIALS_PERSON_MB", 500, at_least=1) * 1024 * 1024
MATERIALS_ENTERPRISE_BYTES = env_number("HALL_MATERIALS_ENTERPRISE_MB", 2000, at_least=1) * 1024 * 1024
# host:port of a clamd; without one files are "not scanned", never "clean".
CLAMD_ADDRESS = env("HALL_CLAMD", "")
# Below this much free space /readyz turns red and uploads are refused.
DISK_FLOOR_BYTES = env_number("HALL_DISK_FLOOR_MB", 200) * 1024 * 1024

# Six digits of the province or city that this hall serves; the first part of every serial number.
DIVISION_CODE = env("HALL_DIVISION", "370000")
# Requests of one department's own system at the machine door; one request may ask for a hundred numbers.
MACHINE_REQUESTS_A_MINUTE = env_number("HALL_MACHINE_REQUESTS_A_MINUTE", 3000, at_least=1)
HALL_NAME = env("HALL_NAME", "山东政务大厅")
# Where the meaning process listens; empty: search goes by words alone.
MEANING_ADDRESS = env("HALL_MEANING_ADDRESS", "")
# Before anything loads numpy: several threads spin while they wait for one another, seven times slower beside other work (decision 0015).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HOTLINE = env("HALL_HOTLINE", "12345")
# Roles that sign in with a code from their phone beside the password; others of the staff may. "none": nobody must.
SECOND_FACTOR_ROLES = frozenset(env_list("HALL_SECOND_FACTOR", ("sys_admin",))) - {"none"}
if not {"clerk", "reviewer", "dept_leader", "supervisor", "mediator", "finance", "sys_admin", "auditor"} >= SECOND_FACTOR_ROLES:
    raise ImproperlyConfigured("HALL_SECOND_FACTOR must list roles such as sys_admin,auditor, or be none")
# How often a process looks whether a plugin was changed in the console, and writes down what was called; 0: never by itself.
PLUGIN_BEAT_SECONDS = env_number("HALL_PLUGIN_BEAT_SECONDS", 2)
# Private networks and hosts that plugins set up in the console may reach; those set up by the environment may reach their own anyway.
PLUGIN_PRIVATE_NETWORKS, PLUGIN_PRIVATE_HOSTS = env_networks("HALL_PLUGIN_PRIVATE")
# Under what the open data may be used again; shown on /open and in each of its files.
OPEN_LICENCE = env("HALL_OPEN_LICENCE", "知识共享 署名 4.0 国际（CC BY 4.0）")
OPEN_LICENCE_ADDRESS = env("HALL_OPEN_LICENCE_ADDRESS", "https://creativecommons.org/licenses/by/4.0/deed.zh-hans")

# What new signing keys are made with: ed25519, or sm2 (SM2 with SM3) where gmssl-pyx is installed; and the folder of the keys.
SIGNING = env("HALL_SIGNING", "ed25519")
if SIGNING not in {"ed25519", "sm2"}:
    raise ImproperlyConfigured(f"HALL_SIGNING={SIGNING!r}: expected ed25519 or sm2")
if SIGNING == "sm2" and importlib.util.find_spec("gmssl_pyx") is None:
    raise ImproperlyConfigured("HALL_SIGNING=sm2 needs the package gmssl-pyx: install the hall with its extra, pip install 'govhall[sm]'")
SIGNING_KEYS_DIR = Path(env("HALL_SIGNING_KEYS", str(VAR_DIR / "keys")))

# A folder with the faces of official papers (小标宋, 仿宋, Noto Serif CJK); without it Noto Sans CJK is used throughout.
DOCUMENT_FONTS_DIR = env("HALL_DOCUMENT_FONTS", "")
# A folder with real seals, `<department's name>.png`; without one seals are drawn and marked 演示章.
SEALS_DIR = env("HALL_SEALS", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("HALL_LOG_LEVEL", "WARNING")},
    "loggers": {
        "hall": {"level": env("HALL_LOG_LEVEL", "INFO")},
        # Its lines carry job arguments; ours name the job only.
        "procrastinate": {"level": "WARNING"},
        # A refusal is a normal answer: a crowd that hears "full" writes no line each.
        "django.request": {"level": "ERROR"},
    },
}
