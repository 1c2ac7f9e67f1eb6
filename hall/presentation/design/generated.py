"""Static files made at set-up, without a build tool: one style sheet, one script, one icon sprite; then Django collects and compresses.

Sources stay small files beside their components (`static/components/*.css`, `static/js/*.js`); visitors get three requests.
"""

import hashlib
import re
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from hall.presentation.design import sprite

SOURCES = Path(__file__).parent / "static"
# What nobody asks for by its own name: our sources and the parts of htmx that the hall does not use.
NOT_COLLECTED = ["components", "families", "js", "tokens.css", "elements.css", "ext", "htmx-4*", "htmax-4*", "htmx-2.js", "django-htmx.js"]


def stylesheet() -> str:
    """tokens, elements and every component in one file; cascade layers make their order harmless."""
    paths = [SOURCES / "tokens.css", SOURCES / "elements.css", *sorted((SOURCES / "components").glob("*.css"))]
    return "\n".join(minified(path.read_text(encoding="utf-8")) for path in paths) + "\n"


def families() -> dict[str, str]:
    """Style sheets of single families of pages, by file name (`static/families/guide.css`); their templates link them in the block `head`."""
    return {path.name: minified(path.read_text(encoding="utf-8")) + "\n" for path in sorted((SOURCES / "families").glob("*.css"))}


def minified(css: str) -> str:
    """Without comments and needless space. Text in quotes is left alone."""
    parts = re.split(r'("[^"]*")', re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    for at in range(0, len(parts), 2):
        part = re.sub(r"\s+", " ", parts[at])
        part = re.sub(r"\s*([{};,>])\s*", r"\1", part)
        parts[at] = re.sub(r":\s+", ":", part).replace(";}", "}")
    return "".join(parts).strip()


def script() -> str:
    """Our modules in one file, each in a block of its own; they import nothing and need no order."""
    paths = sorted((SOURCES / "js").glob("*.js"))
    return "\n".join("{\n" + path.read_text(encoding="utf-8").strip() + "\n}" for path in paths) + "\n"


def build_generated() -> Path:
    """Write hall.css, hall.js, icons.svg and the families' style sheets into VAR_DIR/generated. Unchanged files are not touched. Returns the folder."""
    folder = settings.VAR_DIR / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"hall.css": stylesheet(), "hall.js": script(), "icons.svg": sprite.build(), **families()}.items():
        target = folder / name
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        fresh = target.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8", newline="\n")
        fresh.replace(target)
    return Path(folder)


def prepare_static() -> bool:
    """Everything that a server needs before its first page: build, collect, hash and compress. Skipped when nothing changed.

    Returns whether there was something to do. `hall run` and the browser tests call it once before the server starts.
    """
    folder = build_generated()
    stamp = settings.STATIC_ROOT / ".made-of"
    made_of = hashlib.sha256(repr([version(name) for name in ("django", "django-htmx", "whitenoise")]).encode())
    for path in sorted((*folder.iterdir(), *(path for path in SOURCES.rglob("*") if path.is_file()))):
        made_of.update(path.name.encode() + path.read_bytes())
    if stamp.exists() and stamp.read_text(encoding="ascii") == made_of.hexdigest():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=NOT_COLLECTED)
    stamp.write_text(made_of.hexdigest(), encoding="ascii")
    return True
