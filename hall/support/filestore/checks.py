"""Is this file what it says, whole and harmless? Whether it is good enough to work with is judged in services/inspections."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hall.support.filestore import apart, images, packages, rules
from hall.support.filestore.signatures import HEAD_BYTES, KIND_NAMES, Kind, sniff


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
