"""Bar codes, for hand scanners that read nothing else."""

import re

import zxingcpp


def barcode_picture(text: str) -> str:
    """A bare SVG file of a Code 128 bar code: no quiet zone, which the paper gives; stretched to any height without harm."""
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128).to_svg(add_quiet_zones=False)
    width, bars = re.search(r'<svg width="(\d+)"', drawn), re.search(r'<path d="([^"]+)"', drawn)
    assert width and bars, "the library draws one path in a picture of a stated width"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width[1]} 50" shape-rendering="crispEdges"><path d="{bars[1]}"/></svg>'
