"""Pictures of documents as people hand them in: sharp, soft, askew, sideways, dark, scanned, taken with a phone."""

import functools
import io
import json
import math
import random
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, PngImagePlugin

from hall.integration.adapters.sandbox_ocr import CHUNK

_FONT = str(next(Path(manimgx_fonts_cjk.__file__).parent.glob("*.ttc")))
_WORDS = (
    "为规范行政许可的设定和实施保护公民法人和其他组织的合法权益维护公共利益和社会秩序保障和监督行政机关有效实施行政管理根据宪法制定本法"
)
RED = (205, 30, 40)


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size, index=2)


def _words(dice: random.Random, count: int) -> str:
    return "".join(dice.choice(_WORDS) for _ in range(count))


def draw_seal(draw: ImageDraw.ImageDraw, x: int, y: int, radius: int) -> None:
    """A red round seal with its star and words."""
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=RED, width=max(3, radius // 14))
    draw.regular_polygon((x, y, radius // 3), 5, fill=RED)
    for number, letter in enumerate("某省某某局行政许可专用"):
        angle = math.radians(200 + number * 14)
        place = (x + 0.75 * radius * math.cos(angle), y + 0.75 * radius * math.sin(angle))
        draw.text(place, letter, font=_font(max(12, radius // 5)), fill=RED, anchor="mm")


def draw_page(seed: int = 1, *, wide: int = 1240, size: int = 28, seal: bool = False, table: bool = False) -> Image.Image:
    """A page of A4 in letters of this size; 1,240 pixels wide are 150 dpi."""
    dice, high = random.Random(seed), round(wide * 1.414)
    sheet = Image.new("RGB", (wide, high), "white")
    draw, margin = ImageDraw.Draw(sheet), wide // 9
    draw.text((wide // 2, margin), _words(dice, 10), font=_font(round(size * 1.7)), fill="black", anchor="mm")
    y, line = margin + 3 * size, round(size * 1.7)
    if table:
        columns, row = (margin, margin + wide // 5, wide // 2, wide // 2 + wide // 6), round(size * 2.2)
        for number in range(11):
            draw.line((margin, y + number * row, wide - margin, y + number * row), fill="black", width=2)
        for x in (*columns, wide - margin):
            draw.line((x, y, x, y + 10 * row), fill="black", width=2)
        for number in range(10):
            for x in columns:
                draw.text((x + 10, y + number * row + row // 4), _words(dice, dice.randint(2, 5)), font=_font(size), fill="black")
        y += 10 * row + size
    most = (wide - 2 * margin) // size
    while y < high - margin - 3 * size:
        count = most if dice.random() < 0.75 else dice.randint(4, most - 3)
        draw.text((margin, y), _words(dice, count), font=_font(size), fill=(20, 20, 20))
        y += line
    if seal:
        draw_seal(draw, wide - 3 * margin, high - 2 * margin, wide // 9)
    return sheet


LICENCE = (
    ("统一社会信用代码", "91370100MA3F4Q2N41"),
    ("名称", "济南泉城文化传播有限公司"),
    ("类型", "有限责任公司"),
    ("法定代表人", "张晓明"),
    ("注册资本", "壹佰万元整"),
    ("成立日期", "2019年05月21日"),
    ("营业期限", "2019年05月21日至2049年05月20日"),
    ("住所", "济南市历下区泉城路一百八十号"),
)
ID_CARD = (("姓名", "李晓燕"), ("性别", "女  民族 汉"), ("出生", "1988 年 6 月 15 日"), ("住址", "济南市历下区泉城路一百八十号"))
ID_NUMBER = "370102198806150023"


def draw_licence(lines: tuple[tuple[str, str], ...] = LICENCE, *, seal: bool = True) -> Image.Image:
    """A business licence."""
    sheet = Image.new("RGB", (1600, 1130), (252, 250, 240))
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((30, 30, 1570, 1100), outline=(190, 150, 70), width=12)
    draw.ellipse((740, 70, 860, 190), fill=(200, 40, 40))
    draw.text((800, 250), "营业执照", font=_font(90), fill="black", anchor="mm")
    for number, (title, value) in enumerate(lines):
        draw.text((150, 340 + number * 82), title, font=_font(34), fill=(60, 60, 60))
        draw.text((480, 338 + number * 82), value, font=_font(36), fill="black")
    if seal:
        draw_seal(draw, 1270, 870, 150)
    return sheet


def draw_id_card(lines: tuple[tuple[str, str], ...] = ID_CARD, number: str = ID_NUMBER) -> Image.Image:
    """The side of an identity card with the face."""
    tone = np.linspace(225, 245, 1012)[None, :].repeat(638, 0)
    sheet = Image.fromarray(np.stack([tone - 5, tone, tone + 6], 2).clip(0, 255).astype("uint8"))
    draw = ImageDraw.Draw(sheet)
    for place, (title, value) in enumerate(lines):
        draw.text((70, 70 + place * 90), title, font=_font(26), fill=(70, 110, 170))
        draw.text((170, 66 + place * 90), value, font=_font(34), fill="black")
    draw.text((90, 550), "公民身份号码", font=_font(26), fill=(70, 110, 170))
    draw.text((340, 540), number, font=_font(40), fill="black")
    draw.ellipse((720, 120, 900, 330), fill=(220, 190, 170))
    draw.rectangle((690, 330, 930, 470), fill=(60, 60, 80))
    return sheet


def card_lines(lines: tuple[tuple[str, str], ...] = ID_CARD, number: str = ID_NUMBER) -> list[Any]:
    """What stands on `draw_id_card` and where, as a reader would say it: text, left, top, right, bottom."""
    found: list[Any] = []
    for place, (title, value) in enumerate(lines):
        found += [
            [title, 70, 70 + place * 90, 122, 100 + place * 90],
            [value, 170, 66 + place * 90, 170 + 34 * len(value), 104 + place * 90],
        ]
    return [*found, ["公民身份号码", 90, 550, 246, 580], [number, 340, 540, 340 + 22 * len(number), 584]]


def licence_lines(lines: tuple[tuple[str, str], ...] = LICENCE) -> list[Any]:
    """The same of `draw_licence`."""
    found: list[Any] = [["营业执照", 620, 205, 980, 295]]
    for place, (title, value) in enumerate(lines):
        top = 340 + place * 82
        found += [[title, 150, top, 150 + 34 * len(title), top + 38], [value, 480, top - 2, 480 + 34 * len(value), top + 40]]
    return found


def with_words(picture: Image.Image, lines: list[Any]) -> bytes:
    """A PNG with its words beside it, for the sandbox reader."""
    beside, target = PngImagePlugin.PngInfo(), io.BytesIO()
    beside.add_text(CHUNK, json.dumps(lines))
    picture.save(target, "PNG", pnginfo=beside)
    return target.getvalue()


def draw_portrait() -> Image.Image:
    """A portrait of two inches: soft shapes, no lines."""
    sheet = Image.new("RGB", (413, 579), (60, 120, 200))
    draw = ImageDraw.Draw(sheet)
    draw.ellipse((120, 120, 300, 360), fill=(230, 195, 170))
    draw.ellipse((110, 90, 310, 220), fill=(30, 25, 25))
    draw.rectangle((60, 400, 360, 579), fill=(40, 40, 60))
    return soften(grain(sheet, 3), 0.8)


# --- what happens to them ---------------------------------------------------------------------------------------------------------


def soften(picture: Image.Image, sigma: float) -> Image.Image:
    """Out of focus by this many pixels."""
    return picture.filter(ImageFilter.GaussianBlur(sigma))


def grain(picture: Image.Image, strength: float, seed: int = 0) -> Image.Image:
    """The noise of a sensor."""
    dice = np.random.default_rng(seed)
    noise = dice.normal(0, strength, (picture.height, picture.width, 1))
    return Image.fromarray((np.asarray(picture, dtype=np.float32) + noise).clip(0, 255).astype("uint8"))


def tilt(picture: Image.Image, degrees: float, ground: tuple[int, int, int] = (250, 250, 250)) -> Image.Image:
    """Turned a little against the clock."""
    return picture.rotate(degrees, expand=True, resample=Image.Resampling.BICUBIC, fillcolor=ground)


def turn(picture: Image.Image) -> Image.Image:
    """On its side."""
    return picture.transpose(Image.Transpose.ROTATE_90)


def dim(picture: Image.Image, share: float) -> Image.Image:
    """With this share of the light."""
    return picture.point(lambda value: round(value * share))


def scan(picture: Image.Image, seed: int = 0) -> Image.Image:
    """As an office scanner gives it."""
    return grain(soften(picture, 0.6), 4, seed)


def phone(picture: Image.Image, seed: int = 0, *, sigma: float = 0.8) -> Image.Image:
    """Held over a table: its edges show, the light falls off, the hand is not quite straight."""
    dice, edge = random.Random(seed), round(picture.width * 0.12)
    ground = (90 + dice.randint(0, 40), 70, 50)
    table = grain(Image.new("RGB", (picture.width + 2 * edge, picture.height + 2 * edge), ground), 12, seed)
    table.paste(picture, (edge, edge))
    held = soften(tilt(table, dice.uniform(-1.8, 1.8), ground), sigma)
    light = np.linspace(1, 0.6, held.width)[None, :, None]
    return grain(Image.fromarray((np.asarray(held, dtype=np.float32) * light).astype("uint8")), 5, seed)


def as_jpg(picture: Image.Image, quality: int = 80) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()


def as_scan(*pictures: Image.Image, dpi: int = 150) -> bytes:
    """A PDF of scanned pages."""
    target = io.BytesIO()
    pictures[0].save(target, "PDF", resolution=dpi, save_all=True, append_images=pictures[1:])
    return target.getvalue()
