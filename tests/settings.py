"""The hall's settings, cheaper where cost is the point: password hashing, and static files without a build."""

from hall.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.ground.passwords.CheapArgon2"]
# Nothing by itself: tests beat where it is the point.
PLUGIN_BEAT_SECONDS = 0
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
