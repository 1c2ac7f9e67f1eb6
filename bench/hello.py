"""A bare page on the very server that the hall uses, with its settings: `python -m bench.hello PORT`."""

import argparse
import importlib
import sys
from collections.abc import Callable, Iterable
from typing import Any

from hall.presentation.commandline import lifeline, serving

_BODY = b"Hello, world"


def hello(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(_BODY)))])
    return [_BODY]


def load(target: str) -> Any:
    """In place of the hall's own loader."""
    lifeline.hold_parent()
    return hello


if __name__ == "__main__":
    # By its importable name: the server's processes look it up there.
    serving.application = importlib.import_module("bench.hello").load
    sys.exit(serving.serve(argparse.Namespace(host="127.0.0.1", port=int(sys.argv[1]))))
