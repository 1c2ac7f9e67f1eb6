"""Names of uploaded files: shown and offered for download, never used as a path."""

import re
import unicodedata

from hall.support.filestore.rules import DangerousFile, canonical_extension

STEM_LIMIT = 100
_UNSAFE = re.compile(r'[<>:"/\\|?*%]')
_BENDS_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Device names of Windows: a download called so cannot be saved there.
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def split_name(declared: str) -> tuple[str, str]:
    """The clean stem and the canonical extension (without dot, may be empty) of the name that the browser sent.

    Folder parts are dropped, odd spaces and unsafe signs replaced, a long stem is cut.
    Raises: DangerousFile for control and direction-changing characters, which make a name look like another one.
    """
    name = unicodedata.normalize("NFC", declared)
    if _BENDS_DIRECTION.search(name) or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name.strip()):
        raise DangerousFile("文件名里有看不见的控制字符，可能被人改过。请重新命名后再上传。")
    # Joiners and byte order marks come along when names are copied; without them the name reads the same.
    name = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    name = re.split(r"[/\\]", name)[-1]
    name = re.sub(r"\s+", " ", name).strip().rstrip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    stem = _UNSAFE.sub("_", stem).strip(" .")[:STEM_LIMIT].rstrip(" .")
    if not stem or _RESERVED.match(stem):
        stem = f"文件_{stem}".rstrip("_")
    return stem, canonical_extension(extension.strip())
