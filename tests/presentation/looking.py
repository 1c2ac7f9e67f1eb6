"""What is asked of every page as it stands in a browser; each question returns its findings, none when all is well."""

from playwright.sync_api import Page

from tests.presentation.design import axe

DESK_WIDTH, PHONE_WIDTH = 1440, 320
MODES = {"light": {}, "contrast": {"data-contrast": "high"}, "elder": {"data-mode": "elder"}}
# Rules whose answer depends on colour or on size; the others see the same page in every mode.
_SIZES = ["target-size", "scrollable-region-focusable"]
_VISUAL = ["color-contrast", "link-in-text-block", *_SIZES]
_STRUCTURE = """() => {
  const found = [];
  const title = document.title.replace(/^错误：/, "");
  if (!/^\\S.* - \\S/.test(title)) found.push("title: " + document.title);
  if (document.querySelectorAll("h1").length !== 1) found.push("h1: " + document.querySelectorAll("h1").length);
  for (const e of document.querySelectorAll("main [style], header [style], footer [style]")) found.push("style attribute: " + e.outerHTML.slice(0, 80));
  for (const a of document.querySelectorAll("a[href^='#']")) {
    const id = decodeURIComponent(a.getAttribute("href").slice(1));
    if (!document.getElementById(id)) found.push("link to nothing: #" + id);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) found.push("id twice: " + id);
  const words = document.body.innerText;
  for (const bad of ["None", "undefined", "NaN", "{{", "}}", "/div>", "&lt;", "Traceback"]) if (words.includes(bad)) found.push("on the page: " + bad);
  for (const e of document.querySelectorAll("main img")) if (e.complete && !e.naturalWidth) found.push("broken picture: " + e.src);
  return found;
}"""


def faults(page: Page) -> list[str]:
    """Every finding about the page: structure, accessibility in three modes, width on a small phone."""
    page.set_viewport_size({"width": DESK_WIDTH, "height": 900})
    found = list(page.evaluate(_STRUCTURE)) + [f"light: {one}" for one in axe.violations(page)]
    # The large print has the colours of the light page (tests/presentation/design/test_sources.py), and larger text asks for less contrast.
    for mode, rules in (("contrast", _VISUAL), ("elder", _SIZES)):
        _wear(page, mode)
        found += [f"{mode}: {one}" for one in _visual(page, rules)]
    page.set_viewport_size({"width": PHONE_WIDTH, "height": 800})
    for mode in ("elder", "light"):
        _wear(page, mode)
        found += [f"{mode} at {PHONE_WIDTH}: {one}" for one in _too_wide(page)]
    return found + [f"phone: {one}" for one in _visual(page, _VISUAL)]


def _wear(page: Page, mode: str) -> None:
    page.evaluate(
        "(worn) => { const e = document.documentElement; e.removeAttribute('data-mode'); e.removeAttribute('data-contrast');"
        " for (const [name, value] of Object.entries(worn)) e.setAttribute(name, value); }",
        MODES[mode],
    )


def _visual(page: Page, rules: list[str]) -> list[str]:
    result = page.evaluate("(rules) => axe.run(document, {runOnly: {type: 'rule', values: rules}, resultTypes: ['violations']})", rules)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


def _too_wide(page: Page) -> list[str]:
    try:
        axe.assert_no_sideways_scroll(page)
    except AssertionError as wide:
        return [str(wide)]
    return []
