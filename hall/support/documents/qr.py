"""QR codes, as pictures that pages and documents carry inside themselves."""

from html import escape

import segno


def qr_svg(text: str, *, title: str = "二维码") -> str:
    """An inline SVG that scales to its container and tells screen readers what it is for. `text` is what a scanner reads."""
    code = segno.make_qr(text, error="m")
    side = code.symbol_size(border=4)[0]
    return (
        f'<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f'<title>{escape(title)}</title><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{_path(code, 4)}"/></svg>'
    )


def qr_picture(text: str) -> str:
    """A bare SVG file for documents: no quiet zone, which the paper gives."""
    code = segno.make_qr(text, error="m")
    side = code.symbol_size(border=0)[0]
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path d="{_path(code, 0)}"/></svg>'


def _path(code: segno.QRCode, border: int) -> str:
    """One path of horizontal bars: small, and without hairlines between modules."""
    bars = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                bars.append(f"M{start + border} {y + border}h{x - start}v1h{start - x}z")
            x += 1
    return "".join(bars)
