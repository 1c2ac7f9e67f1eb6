"""Looking into docx and xlsx files, which are ZIP packages: limits first, then members, then a real read."""

import re
import stat
import zipfile
from pathlib import Path
from typing import IO
from xml.parsers import expat

from hall.support.filestore import rules

MEMBER_LIMIT = 2_000
TOTAL_LIMIT_BYTES = 200 * 1024 * 1024
RATIO_LIMIT = 100
_RATIO_FREE_BYTES = 4 * 1024 * 1024  # short repetitive tables pack better than 1:100 and harm nobody
_NAMES = {"docx": "Word", "xlsx": "Excel"}
_MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_PROGRAMS = re.compile(
    r"\.(exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|msi|jar|lnk|sh|py|app|apk|cpl|reg|html?|svg|zip|rar|7z|gz|docm|xlsm|pptm|dotm|xltm)$",
    re.IGNORECASE,
)
_MACROS = re.compile(r"(vbaproject|vbadata|macrosheets/|activex/|/xlm)", re.IGNORECASE)
_OBJECTS = re.compile(r"embeddings/.*\.bin$", re.IGNORECASE)
_OUTSIDE = re.compile(rb'TargetMode\s*=\s*["\']External["\']', re.IGNORECASE)
_HARMLESS_OUTSIDE = re.compile(rb'Type\s*=\s*["\'][^"\']*/(hyperlink|image)["\']', re.IGNORECASE)
_RELATION = re.compile(rb"<[\w:]*Relationship\b[^>]*>")
_CHUNK_BYTES = 1 << 18

_BROKEN = "文件打不开，可能没有保存完整。请用 Office 或 WPS 打开后重新保存，再上传。"
_BOMB = "文件解压后异常庞大，没有保存。请用 Office 或 WPS 打开后另存为新文件，再上传。"
_MACRO = "文件里含有宏或可运行的程序，没有保存。请另存为不含宏的 {name} 文件，或导出为 PDF 后再上传。"
_LINKED = "文件链接了外部模板或对象，打开时会自动连网，没有保存。请导出为 PDF 后再上传。"
_TWO_THINGS = "文件前后夹带了其他内容，没有保存。请用 Office 或 WPS 打开后另存为新文件，再上传。"


def kind_of(path: Path) -> str | None:
    """`docx`, `xlsx`, `pptx` or `ofd` by the members, None for any other ZIP. Raises: UnreadableFile for a broken one."""
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as fault:
        raise rules.UnreadableFile(_BROKEN) from fault
    if "OFD.xml" in names:
        return "ofd"
    if "[Content_Types].xml" in names:
        if any(name.startswith("ppt/") for name in names):
            return "pptx"
        return next((kind for kind, main in _MAIN.items() if main in names), None)
    return None


def inspect(path: Path, kind: str) -> None:
    """Read every member, within limits. `kind` is `docx` or `xlsx`. Raises: UnreadableFile, DangerousFile."""
    try:
        with zipfile.ZipFile(path) as package:
            members = package.infolist()
            _check_frame(path, package, members)
            for member in members:
                _check_member(member, kind)
            spent = 0
            for member in members:
                spent += _read_member(package, member, kind, TOTAL_LIMIT_BYTES - spent)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, zipfile.LargeZipFile) as fault:
        raise rules.UnreadableFile(_BROKEN) from fault
    except RuntimeError as fault:  # how zipfile reports a password
        raise rules.UnreadableFile("文件设置了密码，工作人员打不开。请取消密码后再上传。") from fault


def _check_frame(path: Path, package: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MEMBER_LIMIT:
        raise rules.DangerousFile(_BOMB)
    total, size = sum(member.file_size for member in members), path.stat().st_size
    if total > TOTAL_LIMIT_BYTES or (total > _RATIO_FREE_BYTES and total > size * RATIO_LIMIT):
        raise rules.DangerousFile(_BOMB)
    if len({member.filename for member in members}) != len(members):
        raise rules.DangerousFile(_TWO_THINGS)
    with path.open("rb") as source:
        source.seek(max(0, size - 22 - len(package.comment)))
        is_closed = source.read(4) == b"PK\x05\x06"
    if package.comment or not is_closed or min(member.header_offset for member in members) != 0:
        raise rules.DangerousFile(_TWO_THINGS)


def _check_member(member: zipfile.ZipInfo, kind: str) -> None:
    name = member.orig_filename
    if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or "\x00" in name or ":" in name:
        raise rules.DangerousFile("文件内部的路径不正常，没有保存。请用 Office 或 WPS 打开后另存为新文件，再上传。")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise rules.DangerousFile(_TWO_THINGS)
    if member.flag_bits & 0x1:
        raise rules.UnreadableFile("文件设置了密码，工作人员打不开。请取消密码后再上传。")
    if _PROGRAMS.search(name) or _MACROS.search(name) or _OBJECTS.search(name):
        raise rules.DangerousFile(_MACRO.format(name=_NAMES[kind]))


def _read_member(package: zipfile.ZipFile, member: zipfile.ZipInfo, kind: str, left: int) -> int:
    # Counted while reading: the sizes written in the package are the sender's word.
    is_markup = member.filename.endswith((".xml", ".rels"))
    with package.open(member) as source:
        if not is_markup:
            return _drain(source, left)
        content = source.read(left + 1)
    if len(content) > left:
        raise rules.DangerousFile(_BOMB)
    _check_markup(content)
    if member.filename == "[Content_Types].xml" and b"macroenabled" in content.lower():
        raise rules.DangerousFile(_MACRO.format(name=_NAMES[kind]))
    if member.filename.endswith(".rels"):
        _check_relations(content)
    return len(content)


def _drain(source: IO[bytes], left: int) -> int:
    size = 0
    while chunk := source.read(_CHUNK_BYTES):
        if size == 0 and chunk.startswith((b"MZ", b"\x7fELF", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf")):
            raise rules.DangerousFile
        size += len(chunk)
        if size > left:
            raise rules.DangerousFile(_BOMB)
    return size


def _check_markup(content: bytes) -> None:
    def refuse_types(*_: object) -> None:
        raise rules.DangerousFile("文件里含有不正常的定义（DTD），没有保存。请用 Office 或 WPS 打开后另存为新文件，再上传。")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_types
    try:
        parser.Parse(content, True)
    except expat.ExpatError as fault:
        raise rules.UnreadableFile(_BROKEN) from fault


def _check_relations(content: bytes) -> None:
    for relation in _RELATION.findall(content):
        if _OUTSIDE.search(relation) and not _HARMLESS_OUTSIDE.search(relation):
            raise rules.DangerousFile(_LINKED)
