"""What stands in templates, style sheets and scripts, and how heavy it is."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.template import engines

from hall.presentation.design import generated, sprite

PRESENTATION = Path(generated.__file__).parent.parent
TEMPLATES = sorted(path for folder in ("design/templates", "templates") for path in (PRESENTATION / folder).rglob("*.html"))
NAMES = [str(path.relative_to(PRESENTATION)) for path in TEMPLATES]


def _markup(path: Path) -> str:
    return re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def _kilobytes(text: str) -> float:
    return len(gzip.compress(text.encode(), 9)) / 1000


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_no_template_needs_a_looser_policy(path: Path) -> None:
    text = _markup(path)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"'{]", text)
    assert "javascript:" not in text
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_template_parses_and_names_icons_of_the_sprite(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    engines["jinja2"].env.parse(text)  # type: ignore[attr-defined]
    used = set(re.findall(r"""\bicon\("([a-z0-9-]+)"\)""", text))
    assert used <= sprite.SYMBOLS


def test_no_link_leads_to_nowhere() -> None:
    dead = [name for name, path in zip(NAMES, TEMPLATES, strict=True) if re.search(r"""<a\b[^>]*\shref=(["'])#?\1""", _markup(path))]
    assert dead == []


def test_our_share_of_a_page_stays_light() -> None:
    assert _kilobytes(generated.stylesheet()) <= 16
    for name, sheet in generated.families().items():
        assert _kilobytes(sheet) <= 6, f"{name} is for a few pages only"
    assert _kilobytes(sprite.build()) <= 6
    htmx = next(Path(PRESENTATION.parent.parent / ".venv").glob("lib/*/site-packages/django_htmx/static/django_htmx/htmx-2.min.js"), None)
    assert _kilobytes(generated.script() + (htmx.read_text(encoding="utf-8") if htmx else "")) <= 30


def test_the_large_print_only_darkens_text() -> None:
    """So that contrast that holds on the light page holds there too; tests/presentation/looking.py rests on it."""
    sheet = generated.stylesheet() + "".join(generated.families().values())
    own = "".join(re.findall(r"""data-mode="?elder[^{}]*\{([^{}]*)\}""", sheet))
    assert "--tap:" in own
    assert re.findall(r"(?:^|;)(?:color|background[a-z-]*|opacity|filter):[^;]*", own) == []
    colours = dict(re.findall(r"(--[a-z0-9-]+):(#[0-9a-f]{6})\b", own))
    assert colours.keys() == {"--text-2", "--text-3"}
    for name, darker in colours.items():
        ink = re.search(rf"{name}:var\((--[a-z0-9-]+)\)", sheet)
        before = ink and re.search(rf"{ink[1]}:(#[0-9a-f]{{6}})\b", sheet)
        assert before
        assert all(int(darker[at : at + 2], 16) <= int(before[1][at : at + 2], 16) for at in (1, 3, 5)), name
    assert not re.search(r"--[a-z0-9-]+:(?:#[0-9a-f]{3}\b|rgb|hsl|oklch|var\()", own), "say it in six digits, so that this test can read it"


def test_minifying_keeps_what_counts() -> None:
    css = '.a::before { content: "a  {b} : c"; width: calc(1px + 2px); } /* gone */\n.b > .c, .d:hover { margin: 0 auto; }\n'
    assert generated.minified(css) == '.a::before{content:"a  {b} : c";width:calc(1px + 2px)}.b>.c,.d:hover{margin:0 auto}'


def test_the_sprite_has_every_symbol_once() -> None:
    assert sorted(re.findall(r'<symbol id="([^"]+)"', sprite.build())) == sorted(sprite.SYMBOLS)


def test_static_files_are_prepared_once(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [generated.SOURCES, tmp_path / "generated"]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    assert generated.prepare_static()
    names = {path.name for path in settings.STATIC_ROOT.rglob("*")}
    assert {"hall.css", "hall.css.gz", "icons.svg", "staticfiles.json", "htmx-2.min.js"} <= names
    assert any(re.fullmatch(r"hall\.[0-9a-f]{12}\.js", name) for name in names)
    assert "tokens.css" not in names
    assert not generated.prepare_static()
    (tmp_path / "generated" / "hall.css").write_text("spoilt", encoding="utf-8")
    generated.build_generated()
    assert "spoilt" not in (tmp_path / "generated" / "hall.css").read_text(encoding="utf-8")
