"""From facts, a material's standard and the applicant to a verdict. Pure; thresholds are measured in tests/services/inspections.

Only what makes a file useless in any eyes is refused; everything that a machine can be wrong about is 请看一眼.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hall.services.catalogue.rows import MaterialRow
from hall.services.inspections import reading
from hall.services.inspections.standards import Applied, applied
from hall.support.filestore.facts import FileFacts, PageFacts
from hall.support.filestore.rows import FileRow, ScanState
from hall.support.filestore.rules import FORMAT_NAMES, format_list, size_words

SHARP_FROM = 0.35
STRAIGHT_TO_DEGREES = 2.5
SIDEWAYS_FROM = 1.25
LIGHT_FROM = 110
COLOURED_FROM = 0.004
SEAL_FROM = 0.34
_WORDS_TO_JUDGE_BY = 30


class Level(StrEnum):
    FINE = "pass"
    LOOK = "look"
    REFUSE = "refuse"


LEVEL_NAMES: dict[Level, str] = {Level.FINE: "通过", Level.LOOK: "请看一眼", Level.REFUSE: "不收"}
_ORDER = (Level.REFUSE, Level.LOOK, Level.FINE)


class Mend(StrEnum):
    """What the hall can do about it itself."""

    TURN = "turn"
    STRAIGHTEN = "straighten"
    COMPRESS = "compress"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the card. `remedy` says how to mend it."""

    level: Level
    sentence: str
    remedy: str = ""
    mend: Mend | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose document it should be. `owns` tells whether a number is the applicant's own, without giving it away."""

    name: str
    owns: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """One file of one material. `also_in` names other materials of the same application that hold the very same content."""

    file: FileRow
    accept: tuple[str, ...]
    max_bytes: int
    standard: Applied
    also_in: tuple[str, ...] = ()


def asked_of(material: MaterialRow, file: FileRow, also_in: Sequence[str] = ()) -> Asked:
    """The question about one file of one material."""
    return Asked(file, material.accept, material.max_bytes, applied(material.kind, material.standard), tuple(also_in))


def wants_words(material: MaterialRow) -> bool:
    """Whether the material's standard asks for what only words can say: whose it is, how long it holds."""
    standard = applied(material.kind, material.standard)
    return standard.in_force or standard.of_applicant


def refusal_of(asked: Asked) -> str:
    """Why the file cannot be handed in, "" when it can."""
    return next((finding.sentence for finding in at_once(asked) if finding.level is Level.REFUSE), "")


def worst(findings: Sequence[Finding]) -> Level:
    """The level of the card."""
    return next((level for level in _ORDER if any(finding.level is level for finding in findings)), Level.FINE)


def sorted_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The gravest first."""
    return tuple(sorted(findings, key=lambda finding: _ORDER.index(finding.level)))


def at_once(asked: Asked) -> list[Finding]:
    """What can be said before anything was measured: kind, size, pages, scan. The only place where a file is refused."""
    file, found = asked.file, []
    if file.extension not in asked.accept:
        said = f"这份是 {FORMAT_NAMES.get(file.extension, file.extension)}，这里只收 {format_list(asked.accept)}。"
        found.append(Finding(Level.REFUSE, said, "请另存为要求的格式，再上传一次。"))
    if file.size_bytes > asked.max_bytes:
        said = f"文件有 {size_words(file.size_bytes)}，超过了 {size_words(asked.max_bytes)} 的上限。"
        found.append(Finding(Level.REFUSE, said, "请压缩或拆成几份。", Mend.COMPRESS))
    if asked.standard.most_pages is not None and (file.pages or 1) > asked.standard.most_pages:
        said = f"共 {file.pages} 页，这份材料最多 {asked.standard.most_pages} 页。"
        found.append(Finding(Level.REFUSE, said, "请只留需要的页，或拆成几份。", Mend.SPLIT))
    if file.scan is ScanState.INFECTED:
        found.append(Finding(Level.REFUSE, "后来的扫描在文件里发现了病毒，内容已删除。", "请上传一份干净的文件。"))
    if file.scan is ScanState.HELD:
        found.append(Finding(Level.LOOK, "病毒扫描还没有完成，完成后工作人员才能打开，您不用重新上传。"))
    if asked.also_in:
        said = f"同一个文件也放在“{'”“'.join(asked.also_in)}”里。"
        found.append(Finding(Level.LOOK, said, "请确认没有传错；确实是同一份的，不用改。"))
    if all(finding.level is Level.LOOK for finding in found):
        pages = f"，共 {file.pages} 页" if file.pages else f"，{file.width}×{file.height} 像素" if file.width else ""
        found.append(Finding(Level.FINE, f"{FORMAT_NAMES.get(file.extension, '')}，{size_words(file.size_bytes)}{pages}"))
    return found


def of_looks(asked: Asked, facts: FileFacts) -> list[Finding]:
    """What the measured pages say: blank, coarse, soft, dark, askew, colourless, without a seal. Never a refusal."""
    if not facts.pages:
        return []
    standard, is_pdf = asked.standard, asked.file.pages is not None
    numbered = list(enumerate(facts.pages, 1))

    def where(test: Callable[[PageFacts], bool]) -> str:
        hit = [number for number, page in numbered if test(page)]
        return "" if not hit else f"第 {_page_list(hit)} 页" if is_pdf else "图片"

    found: list[Finding] = []
    if all(page.is_blank for page in facts.pages):
        if standard.no_blank:
            found.append(Finding(Level.LOOK, "整份文件看起来是空白的。", "请打开确认，传错了就换一份。"))
        return found
    if standard.no_blank and (place := where(lambda page: page.is_blank)):
        found.append(Finding(Level.LOOK, f"{place}看起来是空白的。", "请确认没有漏扫。"))
    found += _resolution(asked, facts, where)
    if standard.legible:
        found += _legible(where, facts)
    if standard.in_colour and all(page.colour < COLOURED_FROM for page in facts.pages):
        found.append(Finding(Level.LOOK, "看起来是黑白的，这份材料要彩色的。", "请按彩色重新扫描或拍照。"))
    if standard.has_seal:
        if max(page.seal for page in facts.pages) < SEAL_FROM:
            remedy = "如果章盖得淡、不是红色或不是圆的，不用理会；确实没盖的，请盖章后再传。"
            found.append(Finding(Level.LOOK, "没有看到红色圆章，这份材料要盖章。", remedy))
        else:
            found.append(Finding(Level.FINE, "看到红色圆章（只看颜色和形状，不辨真伪）"))
    return found


def _resolution(asked: Asked, facts: FileFacts, where: Callable[[Callable[[PageFacts], bool]], str]) -> list[Finding]:
    standard = asked.standard
    if asked.file.pages is None:
        short = min(facts.pages[0].width, facts.pages[0].height)
        if short >= standard.least_pixels:
            return []
        said = f"图片较小，短边只有 {short} 像素，小字可能看不清。"
        return [Finding(Level.LOOK, said, f"请用原图，短边 {standard.least_pixels} 像素以上。")]
    place = where(lambda page: page.dpi is not None and page.dpi < standard.least_dpi)
    if not place:
        return []
    lowest = min(page.dpi for page in facts.pages if page.dpi is not None)
    return [Finding(Level.LOOK, f"{place}的扫描只有 {lowest} dpi，小字可能看不清。", f"请用 {standard.least_dpi} dpi 以上重新扫描。")]


def _legible(where: Callable[[Callable[[PageFacts], bool]], str], facts: FileFacts) -> list[Finding]:
    found = []
    if place := where(lambda page: page.sharpness is not None and page.sharpness < SHARP_FROM):
        found.append(Finding(Level.LOOK, f"{place}有些模糊，小字可能看不清。", "请放平、对准焦点，重新拍摄或扫描。"))
    if place := where(lambda page: not page.is_blank and page.paper < LIGHT_FROM):
        found.append(Finding(Level.LOOK, f"{place}偏暗。", "请到亮处重拍，不要有影子。"))
    if place := where(is_sideways):
        found.append(Finding(Level.LOOK, f"{place}的文字像是横躺着的。", "请转正，工作人员就不用歪着头看。", Mend.TURN))
    if place := where(is_askew):
        most = max((abs(page.tilt) for page in facts.pages if page.tilt is not None), default=0.0)
        found.append(Finding(Level.LOOK, f"{place}歪了约 {most:.0f} 度。", "看得清就不用改。", Mend.STRAIGHTEN))
    if not found and any(page.sharpness is not None for page in facts.pages):
        found.append(Finding(Level.FINE, "清楚、端正"))
    return found


def is_sideways(page: PageFacts) -> bool:
    """Whether the lines of text run up or down the page."""
    return page.sideways is not None and page.sideways >= SIDEWAYS_FROM


def is_askew(page: PageFacts) -> bool:
    """Whether the lines of text are visibly tilted."""
    return page.tilt is not None and abs(page.tilt) > STRAIGHT_TO_DEGREES


def of_words(asked: Asked, words: str, subject: Subject | None, today: date, *, is_recognised: bool = False) -> list[Finding]:
    """What the words say: a period that is over, another's name or number. Silent where there are too few words to judge by.

    Of words that a machine recognised, only numbers whose check digit fits count as another's.
    """
    text, found = reading.plain(words), []
    if len(text) < _WORDS_TO_JUDGE_BY:
        return []
    if asked.standard.in_force and (last := reading.ends_on(text)) is not None:
        said = f"{last.year} 年 {last.month} 月 {last.day} 日"
        if last < today:
            found.append(Finding(Level.LOOK, f"读到的有效期到 {said}，看起来已经过期。", "请换一份有效的；读错了就不用理会。"))
        else:
            found.append(Finding(Level.FINE, f"有效期到 {said}"))
    if asked.standard.of_applicant and subject is not None and not reading.is_back_of_card(text):
        found += _holder(text, subject, reading.sound_numbers(words) if is_recognised else reading.numbers(text))
    return found


def _holder(text: str, subject: Subject, numbers: Sequence[str]) -> list[Finding]:
    if reading.names(text, subject.name) or any(subject.owns(number) for number in numbers):
        return [Finding(Level.FINE, "读到了申请人的名称或号码")]
    if numbers:
        return [Finding(Level.LOOK, "文件里的号码和申请人的不一样。", "请确认是不是这次申请人的证件。")]
    return [Finding(Level.LOOK, "没有在文件里读到申请人的名称。", "请确认是不是这次申请人的证件。")]


def of_others() -> Finding:
    """For staff only: an applicant is never told what others handed in."""
    return Finding(Level.LOOK, "另一位申请人也交过内容完全相同的文件。", "请核对是不是这位申请人自己的材料；系统不显示对方是谁。")


def _page_list(numbers: Sequence[int]) -> str:
    shown = "、".join(str(number) for number in numbers[:8])
    return f"{shown} 等" if len(numbers) > 8 else shown
