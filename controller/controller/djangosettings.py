"""What Django and its REST framework are told of the settings."""

from __future__ import annotations

from typing import Any, Protocol

from controller.settings import API_VERSION, DatabaseSettings, Settings

DATABASE_PATIENCE = 10.0
"""Seconds a request waits for a connection: a database that restarts meanwhile is not noticed."""
RECONNECT_SECONDS = 4.0
"""How long the pool goes on before it begins anew, so that no two attempts are further apart than 2 s."""

ABOUT_API = """The API of the platform.

Every answer has the headers `DEIS_API_VERSION` and `DEIS_PLATFORM_VERSION`. A slash at the end of an address is optional,
but where `x-slash-required` says otherwise; nobody is redirected. `HEAD` works wherever `GET` does, `OPTIONS` on every
route. Lists come in pages. Times are in UTC. Bodies are JSON; forms are understood where they always were. An address
that does not exist is answered 404 with a page of HTML, another method than those here 405 with a detail.
"""
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "controller.api.texts.PlatformJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "controller.api.errors.build_error_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Workflow",
    "VERSION": f"{API_VERSION}.0",
    "DESCRIPTION": ABOUT_API,
    "ENUM_NAME_OVERRIDES": {},
    "PARSER_WHITELIST": ["rest_framework.parsers.JSONParser"],
    "POSTPROCESSING_HOOKS": ["controller.api.openapi.document.complete"],
    "SORT_OPERATIONS": False,
}


def build_django_settings(settings: Settings) -> dict[str, Any]:
    """What ``django.conf.settings.configure`` is given."""
    return {
        "SECRET_KEY": settings.secret_key.reveal(),
        "DEBUG": False,
        "ALLOWED_HOSTS": ["*"],
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "APPEND_SLASH": False,
        "ROOT_URLCONF": "controller.api.urls",
        "MIDDLEWARE": [],
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": False,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 32 * 1024 * 1024,
        "LOGGING_CONFIG": None,
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "controller.model.config.ModelConfig",
            "rest_framework",
        ],
        "AUTH_USER_MODEL": "controller.User",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "PASSWORD_HASHERS": [
            "controller.model.passwords.PlatformPasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ],
        "DATABASES": {"default": build_database(settings.database)},
        "REST_FRAMEWORK": REST_FRAMEWORK,
        "SPECTACULAR_SETTINGS": SPECTACULAR,
    }


def build_database(database: DatabaseSettings) -> dict[str, Any]:
    """Django's connections; each process has a pool of them."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.name,
        "USER": database.user,
        "PASSWORD": database.password.reveal(),
        "HOST": database.host,
        "PORT": str(database.port),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "pool": {
                "min_size": 1,
                "max_size": database.pool_size,
                "timeout": DATABASE_PATIENCE,
                "reconnect_timeout": RECONNECT_SECONDS,
                "reconnect_failed": keep_trying,
            },
        },
    }


class Pool(Protocol):
    """The driver's pool of connections."""

    def check(self) -> None: ...


def keep_trying(pool: Pool) -> None:
    """Whoever waits for a connection gets one soon after the database is back, however long it was away: the pool
    itself would wait longer from one attempt to the next, and in the end until somebody else asks."""
    pool.check()
