"""Passwords: what may be one, how it is stored (Argon2id) and checked in the same time for logins that nobody has."""

import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from hall.support.refusals import Refusal

CITIZEN_LENGTH = 8
STAFF_LENGTH = 10
LONGEST = 128  # more would only cost time


class WeakPassword(Refusal):
    sentence = "这个密码太简单，请换一个。"
    field = "password"


class HallArgon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: OWASP's figures. Django's 100 MiB a sign-in would let a crowd eat the memory."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


@lru_cache(maxsize=1)
def _common() -> tuple[frozenset[str], CommonPasswordValidator]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line and not line.startswith("#")), CommonPasswordValidator()


def _is_common(password: str) -> bool:
    ours, theirs = _common()
    if password.lower() in ours:
        return True
    try:
        theirs.validate(password)
    except ValidationError:
        return True
    return False


def _normal(password: str) -> str:
    # Full-width letters of a Chinese input method count as the plain ones.
    return unicodedata.normalize("NFKC", password)


def check_new(password: str, *, own_words: Iterable[str] = (), is_staff: bool = False) -> None:
    """Let a new password pass: 8 signs (staff 10), not digits only, not a common one, not the person's phone, name or user name.

    Raises: WeakPassword. Source: GB/T 22239 8.1.4.1; lists instead of rules about kinds of signs as NIST SP 800-63B advises.
    """
    normal, least = _normal(password), STAFF_LENGTH if is_staff else CITIZEN_LENGTH
    if len(normal) < least:
        raise WeakPassword(f"密码至少 {least} 位，请再加几位。")
    if len(normal) > LONGEST:
        raise WeakPassword(f"密码最多 {LONGEST} 位，请缩短一些。")
    if normal.isdigit():
        raise WeakPassword("密码不能全是数字，请加上字母或符号。")
    if len(set(normal)) < 4 or _is_common(normal):
        raise WeakPassword("这个密码太常见，容易被猜中，请换一个。")
    if normal.lower() in {_normal(word).lower() for word in own_words if word}:
        raise WeakPassword("密码不能与您的姓名、手机号或用户名相同。")


def hashed(password: str) -> str:
    """The form in which a password is stored."""
    return make_password(_normal(password))


@lru_cache(maxsize=4)
def _nobodys(hashers: tuple[str, ...]) -> str:
    return make_password("nobody has this password")


def matches(password: str, stored: str | None, *, upgrade: Callable[[str], None]) -> bool:
    """Whether the password is the stored one; None (nobody has this login) costs the same time and never matches.

    `upgrade` is called with the newly stored form when the old one was made with weaker settings.
    """
    nobodys, normal = _nobodys(tuple(settings.PASSWORD_HASHERS)), _normal(password)[: LONGEST + 1]
    if stored is None:
        check_password(normal, nobodys)
        return False
    return check_password(normal, stored, setter=lambda raw: upgrade(make_password(raw)))
