import logging
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.metadata import EntryPoint, EntryPoints
from types import SimpleNamespace
from typing import Any

import pytest

from hall.integration.plugins import finder
from hall.integration.plugins.finder import PluginBroken, PluginState

pytestmark = pytest.mark.django_db


class Good:
    @classmethod
    def configured(cls, read: Any) -> "Good | None":
        return cls() if read("HALL_TEST_GOOD") else None


class Broken:
    @classmethod
    def configured(cls, read: Any) -> "Broken":
        raise RuntimeError("no such driver")


@pytest.fixture(autouse=True)
def _points(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    points = [
        EntryPoint("good", "tests_finder_plugins:Good", "hall.test"),
        EntryPoint("broken", "tests_finder_plugins:Broken", "hall.test"),
        EntryPoint("missing", "no_such_module_anywhere:Thing", "hall.test"),
        EntryPoint("not_a_plugin", "json:loads", "hall.test"),
    ]
    monkeypatch.setitem(sys.modules, "tests_finder_plugins", SimpleNamespace(Good=Good, Broken=Broken))
    monkeypatch.setattr(metadata, "entry_points", lambda group: EntryPoints(points).select(group=group))
    finder.forget()
    yield
    finder.forget()


def test_broken_plugins_harm_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALL_TEST_GOOD", "1")
    found = {row.name: row for row in finder.found("hall.test")}
    assert {name: row.state for name, row in found.items()} == {
        "good": PluginState.READY,
        "broken": PluginState.BROKEN,
        "missing": PluginState.BROKEN,
        "not_a_plugin": PluginState.BROKEN,
    }
    assert found["broken"].fault == "RuntimeError: no such driver"
    assert list(finder.ready("hall.test")) == ["good"]


def test_a_plugin_without_settings_is_off() -> None:
    assert {row.name: row.state for row in finder.found("hall.test")}["good"] is PluginState.OFF
    assert finder.ready("hall.test") == {}


def test_a_plugin_is_made_once_until_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALL_TEST_GOOD", "1")
    first = finder.ready("hall.test")["good"]
    assert finder.ready("hall.test")["good"] is first
    finder.forget()
    assert finder.ready("hall.test")["good"] is not first


def test_a_group_without_plugins_is_empty() -> None:
    assert finder.found("hall.nothing") == ()


def test_known_faults_pass_and_others_are_contained(caplog: pytest.LogCaptureFixture) -> None:
    def fails(fault: Exception) -> Any:
        def action() -> None:
            raise fault

        return action

    with pytest.raises(ConnectionResetError):
        finder.call("x", fails(ConnectionResetError()))
    with pytest.raises(KeyError):
        finder.call("x", fails(KeyError("k")), known=(KeyError,))
    with caplog.at_level(logging.ERROR), pytest.raises(PluginBroken) as broken:
        finder.call("x", fails(ValueError("13812340000")))
    assert "ValueError" in str(broken.value)
    assert broken.value.__context__ is None
    assert "13812340000" not in caplog.text + str(broken.value)


def test_a_call_returns_what_the_plugin_returns() -> None:
    assert finder.call("x", lambda: 7) == 7
