"""Is this file what it says, whole and harmless? And: is it good enough to work with?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hall.support.filestore import apart, images, packages, rules
from hall.support.filestore.rows import FileRow, ScanState
from hall.support.filestore.signatures import HEAD_BYTES, KIND_NAMES, Kind, sniff

# Below it, small print and seals cannot be read. Source: domain.md §3.1 (≥150 dpi for scans).
SCAN_DPI = 150
PICTURE_MIN_PIXELS = 600
PAGES_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file turned out to be. `extension` has no dot."""

    media_type: str
    extension: str
    pages: int | None = None
    width: int | None = None
    height: int | None = None


def inspect(path: Path, *, extension: str, accept: Sequence[str]) -> Inspected:
    """Tell the type by the bytes, compare it with the extension and the accepted formats, and really open the file.

    Raises: WrongFileType, DangerousFile, UnreadableFile.
    Source: domain.md §3.1 规范化校验; trust.md rows 10-12.
    """
    wanted = {rules.canonical_extension(word) for word in accept}
    accepted = [word for word in (*rules.MEDIA_TYPES, "jsonl") if word in wanted]
    with path.open("rb") as source:
        kind = sniff(source.read(HEAD_BYTES))
    actual = _acceptable(path, kind, accepted)
    if actual != extension:
        raise _disagreement(actual, extension)
    if actual == "pdf":
        return Inspected(rules.MEDIA_TYPES[actual], actual, pages=apart.inspect(path).pages)
    if actual in images.PIXEL_LIMITS:
        picture = images.inspect(path, actual)
        return Inspected(rules.MEDIA_TYPES[actual], actual, width=picture.width, height=picture.height)
    if actual != "jsonl":  # lines of text: whoever asked for them reads them as data only
        packages.inspect(path, actual)
    return Inspected(rules.MADE_TYPES[actual], actual)


def _acceptable(path: Path, kind: Kind, accepted: Sequence[str]) -> str:
    if kind in {Kind.EXECUTABLE, Kind.SCRIPT}:
        raise rules.DangerousFile(f"这个文件是{KIND_NAMES[kind]}，不能上传。请换成 {rules.format_list(accepted)} 文件。")
    if kind is Kind.GLUED_PDF:
        raise rules.DangerousFile("PDF 前面夹带了其他内容，没有保存。请打开后用“打印”另存为新的 PDF，再上传。")
    actual: str | None = kind.value
    name = KIND_NAMES.get(kind, "")
    if kind is Kind.ZIP:
        actual = packages.kind_of(path)
        name = {"docx": "Word 文档", "xlsx": "Excel 表格", "pptx": "PowerPoint 演示文稿", "ofd": "OFD 版式文件"}.get(actual or "", "压缩包")
    if kind is Kind.TEXT and "jsonl" in accepted:
        return "jsonl"
    if actual is not None and actual in accepted:
        return actual
    wanted = rules.format_list(accepted)
    if not name:
        raise rules.WrongFileType(f"认不出这个文件的格式，可能已经损坏或加密。请换成 {wanted} 文件后再上传。")
    raise rules.WrongFileType(f"文件内容是{_spaced(name)}，这里只收 {wanted}。{_advice(kind, actual, accepted)}")


def _advice(kind: Kind, actual: str | None, accepted: Sequence[str]) -> str:
    if kind is Kind.HEIC:
        return "请在手机“设置—相机—格式”里选“兼容性最佳”后重拍，或把照片转换为 JPG 再上传。"
    if actual in {"docx", "xlsx", "pptx", "ofd"} or kind in {Kind.OLD_OFFICE, Kind.RTF, Kind.TEXT}:
        return "请打开后另存为 PDF，再上传。" if "pdf" in accepted else "请换成图片再上传。"
    if kind in {Kind.GIF, Kind.BMP, Kind.WEBP, Kind.TIFF, Kind.SVG, Kind.PNG, Kind.JPG}:
        return "请用画图等软件另存为 JPG 或 PNG，再上传。" if "jpg" in accepted or "png" in accepted else "请转换格式后再上传。"
    if kind in {Kind.ARCHIVE, Kind.ZIP}:
        return "请解压后把里面的文件逐个上传。"
    return "请换一份文件再上传。"


def _disagreement(actual: str, extension: str) -> rules.WrongFileType:
    name = {"pdf": "PDF", "jpg": "JPG 图片", "png": "PNG 图片", "docx": "Word 文档", "xlsx": "Excel 表格", "jsonl": "文字"}[actual]
    if not extension:
        return rules.WrongFileType(f"文件名没有扩展名，文件内容是{_spaced(name)}。请把文件名改成以 .{actual} 结尾后再上传。")
    if {actual, extension} == {"jpg", "png"}:  # some phones and chat programs name them so
        return rules.WrongFileType(f"文件内容是{_spaced(name)}，扩展名却是 .{extension}。请把扩展名改成 .{actual} 后再上传。")
    remedy = f"请另存为 {extension.upper()} 后再上传。" if extension in rules.MEDIA_TYPES else f"请把文件名改成以 .{actual} 结尾后再上传。"
    return rules.WrongFileType(f"文件内容是{_spaced(name)}，扩展名却是 .{extension[:12]}。{remedy}")


def _spaced(name: str) -> str:
    # A space between Chinese and Latin letters, as the rest of the hall writes.
    return f" {name}" if name[0].isascii() else name


class CheckLevel(StrEnum):
    OK = "ok"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the standardisation check, ready to be shown beside the file."""

    level: CheckLevel
    sentence: str


def look(path: Path, file: FileRow) -> tuple[Check, ...]:
    """规范化校验 of one kept file: agreement, size, pages, blank pages, resolution, scan. Opens the file: some 10-300 ms.

    Source: domain.md §3.1. Duplicates and names on licences are the caller's to compare.
    """
    checks = [Check(CheckLevel.OK, f"格式与扩展名一致：{rules.FORMAT_NAMES[file.extension]}，{rules.size_words(file.size_bytes)}")]
    if file.pages is not None:
        checks += _pdf_checks(path, file.pages)
    elif file.is_image:
        checks += _picture_checks(path, file)
    return tuple(checks)


def scan_check(scan: ScanState) -> tuple[Check, ...]:
    """The line about the virus scan, where there is something to say."""
    if scan is ScanState.INFECTED:
        return (Check(CheckLevel.BLOCK, "后来的扫描在文件里发现了病毒，内容已删除。请上传一份干净的文件。"),)
    if scan is ScanState.HELD:
        return (Check(CheckLevel.WARN, "病毒扫描还没有完成，完成后工作人员才能打开，您不用重新上传。"),)
    return ()


def _pdf_checks(path: Path, pages: int) -> list[Check]:
    looks = apart.look(path, pages=PAGES_LOOKED_AT)
    checks = [Check(CheckLevel.OK, f"共 {pages} 页")]
    blank = [number for number, page in enumerate(looks, 1) if page.is_blank]
    if len(blank) == pages:
        checks.append(Check(CheckLevel.WARN, "整份文件看起来是空白的，请打开确认。"))
    elif blank:
        checks.append(Check(CheckLevel.WARN, f"第 {_page_list(blank)} 页看起来是空白的，请确认没有漏扫。"))
    coarse = [number for number, page in enumerate(looks, 1) if page.dpi is not None and page.dpi < SCAN_DPI]
    if coarse:
        lowest = min(page.dpi for page in looks if page.dpi is not None)
        checks.append(
            Check(
                CheckLevel.WARN, f"第 {_page_list(coarse)} 页的扫描只有 {lowest} dpi，小字可能看不清。建议用 {SCAN_DPI} dpi 以上重新扫描。"
            )
        )
    elif any(page.dpi for page in looks):
        checks.append(Check(CheckLevel.OK, "扫描清晰度足够"))
    return checks


def _picture_checks(path: Path, file: FileRow) -> list[Check]:
    width, height = file.width or 0, file.height or 0
    checks: list[Check] = []
    if min(width, height) < PICTURE_MIN_PIXELS:
        checks.append(Check(CheckLevel.WARN, f"图片较小（{width}×{height} 像素），小字可能看不清。请核对，必要时重新拍摄。"))
    else:
        checks.append(Check(CheckLevel.OK, f"图片清晰度足够（{width}×{height} 像素）"))
    if images.is_blank(images.thumbnail(path, 400)):
        checks.append(Check(CheckLevel.WARN, "图片看起来是空白的，请打开确认。"))
    return checks


def _page_list(numbers: Sequence[int]) -> str:
    shown = "、".join(str(number) for number in numbers[:8])
    return f"{shown} 等" if len(numbers) > 8 else shown
