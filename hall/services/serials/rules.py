"""The 24 digits of a unified serial number: division 6, department 3, date 8, channel 1, sequence 5, check 1 (domain.md §9.7)."""

from datetime import date
from enum import IntEnum

from hall.support.refusals import Refusal

LENGTH = 24
MOST_A_DAY = 99_999


class Channel(IntEnum):
    """Where the application came in."""

    WEB = 1
    WECHAT = 2
    MOBILE = 3
    WINDOW = 4
    DEPARTMENT = 5
    MIGRATION = 6
    KIOSK = 7
    HOTLINE = 8


class SerialsUsedUp(Refusal):
    """More than 99,999 applications for one department, day and channel."""

    sentence = "今天的申办编号已用完，您填写的内容已保存，请明天再提交。"
    status = 503


def check_digit(digits: str) -> str:
    """The ISO 7064 MOD 11,10 check digit over decimal digits."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def compose(*, division_code: str, department_number: int, issued_on: date, channel: Channel, sequence: int) -> str:
    """The whole number, check digit included. Raises: SerialsUsedUp past 99,999."""
    if sequence > MOST_A_DAY:
        raise SerialsUsedUp
    digits = f"{division_code}{department_number:03d}{issued_on:%Y%m%d}{channel:d}{sequence:05d}"
    return digits + check_digit(digits)


def is_valid(serial: str) -> bool:
    """Whether the text is 24 plain digits with the right check digit."""
    return len(serial) == LENGTH and serial.isascii() and serial.isdigit() and check_digit(serial[:-1]) == serial[-1]


def normalised(text: str) -> str:
    """The digits of a number as people type or paste it: with dashes, spaces or full-width digits."""
    return "".join(str(int(c)) for c in text if c.isdecimal())[: LENGTH + 1]


def grouped(serial: str) -> str:
    """The number in groups, for people: 370000-013-20261123-1-00001-8."""
    if len(serial) != LENGTH:
        return serial
    return "-".join((serial[:6], serial[6:9], serial[9:17], serial[17], serial[18:23], serial[23]))
