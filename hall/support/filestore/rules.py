"""What a file may be, and the sentences when it may not. Nothing here touches the disk or the database."""

from collections.abc import Sequence

from hall.support.refusals import NotFound, Refusal


class FileEmpty(Refusal):
    sentence = "这个文件是空的（0 字节），可能没有保存成功。请打开确认有内容后再上传。"


class FileTooLarge(Refusal):
    sentence = "文件太大了。请压缩或拆分后再上传。"
    status = 413


class WrongFileType(Refusal):
    sentence = "这种格式不能上传，请换成要求的格式。"


class DangerousFile(Refusal):
    sentence = "文件里含有可能危害他人电脑的内容，没有保存。请换一份文件。"


class UnreadableFile(Refusal):
    sentence = "文件打不开，可能已经损坏。请重新导出或扫描后再上传。"


class InfectedFile(Refusal):
    sentence = "文件中发现病毒，没有保存。请先用杀毒软件检查您的电脑，再上传干净的文件。"


class DiskFull(Refusal):
    sentence = "存储空间暂时不足，您已填写的内容不受影响，请过一会儿再上传。"
    status = 507


class FileMissing(NotFound):
    sentence = "没有找到这个文件，它可能已被删除。"


class FileHeld(Refusal):
    """The scanner has not answered yet; the content is not handed out until it has."""

    sentence = "这个文件还在等待病毒扫描，扫描完成后就能打开。您可以先查看预览。"
    status = 409


class NoPreview(Refusal):
    sentence = "这种文件不能在页面上预览，请下载后查看。"


# How people call the formats that can be accepted.
FORMAT_NAMES: dict[str, str] = {"pdf": "PDF", "jpg": "JPG", "png": "PNG", "docx": "Word", "xlsx": "Excel"}
MEDIA_TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What the hall writes itself beside these; of people it takes JSON Lines only where it asks for them, see `checks.inspect`.
MADE_TYPES: dict[str, str] = {**MEDIA_TYPES, "csv": "text/csv", "jsonl": "application/x-ndjson", "txt": "text/plain"}
# Other spellings of an extension; everything else must agree exactly.
EXTENSION_ALIASES: dict[str, str] = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}


def canonical_extension(extension: str) -> str:
    """`JPEG` → `jpg`; without a dot, lower case."""
    extension = extension.lower().lstrip(".")
    return EXTENSION_ALIASES.get(extension, extension)


def format_list(accept: Sequence[str]) -> str:
    """`PDF、JPG 或 PNG`, for sentences."""
    names = list(dict.fromkeys(FORMAT_NAMES.get(canonical_extension(word), word.upper()) for word in accept))
    return names[0] if len(names) == 1 else f"{'、'.join(names[:-1])} 或 {names[-1]}"


def size_words(size_bytes: int) -> str:
    """`20 MB`, `1.4 MB`, `87 KB`, `12 字节`. Binary units, as file managers show them."""
    if size_bytes < 1024:
        return f"{size_bytes} 字节"
    unit, size = ("KB", size_bytes / 1024) if size_bytes < 1024 * 1024 else ("MB", size_bytes / 1024 / 1024)
    return f"{size:.0f} {unit}" if size >= 100 or abs(size - round(size)) < 0.05 else f"{size:.1f} {unit}"


def too_large(max_bytes: int, size_bytes: int | None) -> FileTooLarge:
    """The refusal that names the limit, and the size where it is known."""
    limit = size_words(max_bytes)
    if size_bytes is None:
        return FileTooLarge(f"文件超过了 {limit} 的上限。请压缩、降低扫描分辨率或拆成几份后再上传。")
    shown = size_words(size_bytes)
    if shown == limit:  # a few bytes over: "20 MB exceeds 20 MB" would puzzle
        shown = f"{size_bytes:,} 字节"
    return FileTooLarge(f"文件有 {shown}，超过了 {limit} 的上限。请压缩、降低扫描分辨率或拆成几份后再上传。")
