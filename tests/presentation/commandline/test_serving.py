"""What the keeper of the web workers holds when it forks them."""

import json
import subprocess
import sys

import pytest

_LOAD_AND_COUNT = """
import json, os, threading
from hall.presentation.commandline import serving
before = set(os.listdir("/proc/self/fd"))
serving._share_memory()
from django.db import connections
print(json.dumps({
    "native threads": len(os.listdir("/proc/self/task")),
    "files": sorted(set(os.listdir("/proc/self/fd")) - before),
    "connections": [one.alias for one in connections.all(initialized_only=True) if one.connection is not None],
}))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers are forked on Linux only")
def test_a_loaded_application_holds_nothing_that_a_fork_could_break() -> None:
    done = subprocess.run([sys.executable, "-c", _LOAD_AND_COUNT], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == {"native threads": 1, "files": [], "connections": []}
