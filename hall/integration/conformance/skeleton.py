"""Writing the beginning of a plugin: a package with its entry points, an adapter that works, its far side, its tests, a README."""

import keyword
import re
from pathlib import Path

_TEXTS = Path(__file__).with_name("skeletons")
# Port → the group's title, as the README calls it.
PORTS = {"message": "通知通道", "licence": "证照库", "lookup": "人口库和法人库核对", "check": "表单校验"}
_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")


def write(*, name: str, port: str, into: Path) -> Path:
    """The package's folder, which passes its own tests as it is. Raises: ValueError, FileExistsError."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name == "hall":
        raise ValueError(f"{name!r}: a name is 3 to 40 small letters, digits and underscores, and begins with a letter")
    if port not in PORTS:
        raise ValueError(f"{port!r}: there is a skeleton for {', '.join(sorted(PORTS))}")
    folder = into / name
    if folder.exists():
        raise FileExistsError(f"{folder} is there already")
    files = {"pyproject.toml": "pyproject", "README.md": "readme", f"tests/test_{name}.py": "tests"}
    files |= {f"src/{name}/__init__.py": port} | ({f"src/{name}/rig.py": f"{port}_rig"} if port != "check" else {})
    words = {
        "@NAME@": name,
        "@CLASS@": "".join(part.capitalize() for part in name.split("_")),
        "@UPPER@": name.upper(),
        "@PORT@": port,
        "@TITLE@": PORTS[port],
        "@RIG@": "" if port == "check" else f'\n[project.entry-points."hall.rig"]\n{name} = "{name}.rig:Rig"\n',
    }
    for place, text in files.items():
        written = (_TEXTS / f"{text}.txt").read_text(encoding="utf-8")
        for word, value in words.items():
            written = written.replace(word, value)
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(written, encoding="utf-8", newline="\n")
    return folder
