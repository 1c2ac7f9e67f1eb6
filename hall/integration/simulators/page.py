"""The page on which a simulator is watched. Complete in itself: no script, nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Protocol

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;margin:0 auto;max-width:64rem;padding:1rem;color:#1b2430;background:#f5f7fa}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.125rem;margin:1.5rem 0 .5rem}form{display:inline}
button{font:inherit;min-height:2.75rem;margin:0 .5rem .5rem 0;padding:0 1rem;border:1px solid #6b7a8c;border-radius:6px;background:#fff;color:#0e3f7a}
button[aria-pressed=true]{background:#11509b;border-color:#11509b;color:#fff}button:focus-visible{outline:3px solid #1b2430;outline-offset:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;background:#fff}th,td{text-align:left;padding:.5rem .75rem;border-bottom:1px solid #e3e8ee;vertical-align:top;overflow-wrap:anywhere}
th{background:#eef2f6;white-space:nowrap}.n{white-space:nowrap}.muted{color:#4b5a6b}
"""


class Line(Protocol):
    """What the page needs of a line that was seen."""

    @property
    def at(self) -> float: ...
    @property
    def what(self) -> str: ...
    @property
    def fault(self) -> str: ...
    @property
    def outcome(self) -> str: ...


def html(
    title: str,
    fault: str,
    faults: Mapping[str, str],
    seen: Sequence[Line],
    shelf: tuple[str, tuple[str, ...], list[tuple[str, ...]]],
) -> str:
    """The whole page; it looks again every five seconds by itself."""
    buttons = "".join(
        f'<form method="post" action="/faults/{escape(name)}"><button aria-pressed="{"true" if name == fault else "false"}">'
        f"{escape(words)}</button></form>"
        for name, words in faults.items()
    )
    lines = [(f"{datetime.fromtimestamp(one.at):%H:%M:%S}", one.what, faults.get(one.fault, one.fault), one.outcome) for one in seen]
    heading, columns, rows = shelf
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="refresh" content="5"><title>{escape(title)}（模拟）</title><style>{_STYLE}</style></head><body><main>'
        f'<h1>{escape(title)}（模拟）</h1><p class="muted">只在这台机器上，给试用和演练用。现在：<b>{escape(faults[fault])}</b></p>'
        f"<h2>让它出故障</h2><p>{buttons}</p>{_table(heading, columns, rows) if rows else ''}"
        f"{_table('最近收到的请求', ('时间', '请求', '当时', '结果'), lines) if lines else '<p>还没有收到请求。</p>'}"
        f"</main></body></html>"
    )


def _table(heading: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    named = f'tabindex="0" role="region" aria-label="{escape(heading)}"'
    return f'<h2>{escape(heading)}</h2><div class="wide" {named}><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
