"""Settings of plugins: kept sealed, taken over by every process, pinned by the environment, refused with a sentence."""

import threading
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hall.integration.plugins import breaker, commands, exchanges, finder, queries, rules, stored
from hall.integration.plugins.exchanges import BreakerState, Called, Outcome
from hall.integration.plugins.finder import PluginState
from hall.integration.plugins.models import Breaker, Exchange, Minute, Plugin
from hall.integration.ports.plugin import Setting, SettingKind
from hall.support.access.actors import NotAllowed, Role
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.refusals import Conflict, NotFound
from tests.ground.waiting import wait_until
from tests.make.crowds import at_once
from tests.make.people import NOW, make_department, staff_actor
from tests.make.plugins import KEY, URL, Strange, plugged, strange

ADDRESS, SECRET = "https://strange.example.cn/find", "very-secret-shared-key"
GROUP = "hall.licence"


def configure(actor: Any, *, revision: int = 0, departments: tuple[str, ...] = (), cleared: Any = (), **typed: str) -> int:
    values = {URL: ADDRESS, KEY: SECRET} | {f"HALL_STRANGE_{name.upper()}": value for name, value in typed.items()}
    return commands.configure(
        actor=actor,
        group=GROUP,
        name="strange",
        typed=values,
        cleared=frozenset(cleared),
        departments=departments,
        revision=revision,
        now=NOW,
    )


def plugin() -> Any:
    finder.refresh()
    return finder.found(GROUP)[0]


@pytest.fixture
def admin() -> Any:
    return staff_actor(Role.SYS_ADMIN)


@pytest.mark.django_db
def test_settings_are_kept_sealed_and_taken_over_and_the_trail_tells_their_names_only(admin: Any) -> None:
    with strange():
        assert plugin().state is PluginState.OFF
        assert configure(admin, number="7", kind="b") == 1
        row = plugin()
        assert (row.state, row.plugin.url, row.plugin.key, row.plugin.kind) == (PluginState.READY, ADDRESS, SECRET, "b")
        kept = bytes(Plugin.objects.get().settings)
        assert SECRET.encode() not in kept and b"strange" not in kept
        (entry,) = [one for one in trail.entries_before(limit=5) if one.deed == "plugin.configured"]
        assert entry.subject == "licence strange"
        assert entry.detail == f"changed: {KEY}, {KIND}, HALL_STRANGE_NUMBER, {URL}"
        page = queries.plugin(group=GROUP, name="strange", now=NOW)
        assert page is not None and SECRET not in repr(page)
        assert {one.setting.name: (one.value, one.is_set) for one in page.settings}[KEY] == ("", True)


KIND = "HALL_STRANGE_KIND"


@pytest.mark.django_db
def test_a_secret_left_empty_stays_and_one_that_is_cleared_goes(admin: Any) -> None:
    with strange():
        configure(admin)
        configure(admin, revision=1, key="", kind="b")
        assert plugin().plugin.key == SECRET
        with pytest.raises(rules.BadSetting, match="密钥"):
            configure(admin, revision=2, key="", cleared=[KEY])
        assert configure(admin, revision=2, url="", key="", cleared=[KEY]) == 3
        assert plugin().state is PluginState.OFF


@pytest.mark.django_db
def test_the_environment_wins_and_what_it_pins_is_not_kept(admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "https://pinned.example.cn/")
    with strange():
        configure(admin)
        assert plugin().plugin.url == "https://pinned.example.cn/"
        page = queries.plugin(group=GROUP, name="strange", now=NOW)
        assert page is not None and page.settings[0].is_pinned and page.settings[0].value == "https://pinned.example.cn/"
        monkeypatch.delenv(URL)
        finder.forget()
        assert plugin().state is PluginState.OFF, "what the form sent for a pinned setting was not kept"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"url": "strange"}, URL, "完整的网址"),
        ({"url": "https://10.0.0.8/"}, URL, "内网地址"),
        ({"url": "https://169.254.169.254/latest"}, URL, "内网地址"),
        ({"url": "http://localhost:80/"}, URL, "内网地址"),
        ({"url": "https://2130706433/"}, URL, "内网地址"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, URL, "内网地址"),
        ({"url": "https://x.example/\x00"}, URL, "看不见的字符"),
        ({"url": "https://x.example/" + "a" * 3000}, URL, "太长"),
        ({"number": "３"}, "HALL_STRANGE_NUMBER", "整数"),
        ({"number": "-1"}, "HALL_STRANGE_NUMBER", "整数"),
        ({"kind": "c"}, KIND, "重新选择"),
        ({"key": ""}, KEY, "请填写"),
        ({"url": "https://refuse-me.example/"}, None, "不接受"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence_and_nothing_changes(
    admin: Any, typed: dict[str, str], field: str | None, words: str
) -> None:
    with strange():
        with pytest.raises(rules.BadSetting, match=words) as refused:
            configure(admin, **typed)
        assert refused.value.at_field == field
        assert SECRET not in refused.value.shown
        assert not Plugin.objects.exists() and plugin().state is PluginState.OFF


@pytest.mark.django_db
def test_a_private_network_that_the_operator_named_may_be_reached(admin: Any, settings: Any) -> None:
    from hall.support.environment import env_networks

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HALL_PLUGIN_PRIVATE", "10.0.0.0/8, licences.gov.internal")
        settings.PLUGIN_PRIVATE_NETWORKS, settings.PLUGIN_PRIVATE_HOSTS = env_networks("HALL_PLUGIN_PRIVATE")
    with strange():
        assert configure(admin, url="https://10.0.0.8/") == 1
        assert configure(admin, revision=1, url="https://licences.gov.internal/") == 2
        assert plugin().reach.trusted == {"licences.gov.internal"}


@pytest.mark.django_db
def test_a_department_has_its_own_and_all_others_have_the_halls(admin: Any) -> None:
    class Own(Strange):
        name = "own"

    make_department(code="SD02")
    with plugged(GROUP, Own, Strange):
        configure(admin)
        values = {URL: ADDRESS, KEY: SECRET}
        deed = partial(commands.configure, actor=admin, group=GROUP, name="own", typed=values, cleared=frozenset(), revision=0, now=NOW)
        with pytest.raises(rules.NoDepartment):
            deed(departments=("NO1",))
        deed(departments=("SD02",))
        finder.refresh()
        assert list(finder.ready(GROUP, "SD02")) == ["own", "strange"]
        assert list(finder.ready(GROUP, "SD33")) == list(finder.ready(GROUP)) == ["strange"]
    with plugged("hall.message", Strange), pytest.raises(rules.HallWideOnly):
        commands.configure(
            actor=admin, group="hall.message", name="strange", typed={}, cleared=frozenset(), departments=("SD02",), revision=0, now=NOW
        )


@pytest.mark.django_db
def test_a_pause_holds_until_it_is_taken_back_and_twice_is_once(admin: Any) -> None:
    with strange():
        configure(admin)
        for deed, state in ((commands.pause, PluginState.PAUSED), (commands.resume, PluginState.READY)):
            for _ in range(2):
                deed(actor=admin, group=GROUP, name="strange", now=NOW)
            assert plugin().state is state
            assert list(finder.ready(GROUP)) == (["strange"] if state is PluginState.READY else [])
        deeds = [one.deed for one in trail.entries_before(limit=10)]
        assert deeds.count("plugin.paused") == deeds.count("plugin.resumed") == 1


@pytest.mark.django_db
def test_only_an_administrator_and_only_what_is_installed(admin: Any) -> None:
    with strange():
        for role in (Role.SUPERVISOR, Role.AUDITOR, Role.MEDIATOR):
            with pytest.raises(NotAllowed):
                configure(staff_actor(role))
        for group, name in ((GROUP, "nobody"), ("hall.nothing", "strange"), ("console_scripts", "hall")):
            with pytest.raises(NotFound):
                commands.pause(actor=admin, group=group, name=name, now=NOW)
        assert not Plugin.objects.exists()


@pytest.mark.django_db
def test_settings_sealed_under_another_key_are_told_and_entered_anew(admin: Any, settings: Any) -> None:
    with strange():
        configure(admin)
        settings.FIELD_KEY = "another key of the same hall, long enough"
        finder.forget()
        assert plugin().state is PluginState.BROKEN and "HALL_FIELD_KEY" in plugin().fault
        assert configure(admin, revision=1) == 2
        assert plugin().state is PluginState.READY


@pytest.mark.django_db
def test_a_plugin_that_did_not_change_is_not_made_anew(admin: Any) -> None:
    class Other(Strange):
        name = "other"

    with plugged(GROUP, Other, Strange):
        configure(admin)
        finder.refresh()
        first = finder.ready(GROUP)["strange"]
        commands.pause(actor=admin, group=GROUP, name="other", now=NOW)
        assert finder.refresh() and not finder.refresh()
        assert finder.ready(GROUP)["strange"] is first


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_one_is_told_to_look_again() -> None:
    admin = staff_actor(Role.SYS_ADMIN)
    with strange():
        for round_ in range(8):
            outcomes = at_once([partial(configure, admin, revision=round_, number=str(place + round_ * 2)) for place in range(2)])
            assert [one for one in outcomes if not isinstance(one, Conflict)] == [round_ + 1]


@pytest.mark.django_db(transaction=True)
def test_what_another_process_changed_is_noticed_and_what_was_called_written_down_by_the_beat_alone(settings: Any) -> None:
    with strange():
        settings.PLUGIN_BEAT_SECONDS = 0.05
        assert finder.ready(GROUP) == {}
        sealed = protection.encrypt_json({URL: ADDRESS, KEY: SECRET}, purpose=stored.SEALED)
        Plugin.objects.create(group=GROUP, name="strange", settings=sealed, revision=1, changed_at=NOW)
        wait_until(lambda: finder.ready(GROUP), seconds=10, what="the change")
        exchanges.note(called())
        wait_until(Exchange.objects.exists, seconds=10, what="the record")
        settings.PLUGIN_BEAT_SECONDS = 0
        wait_until(lambda: "plugins" not in {thread.name for thread in threading.enumerate()}, seconds=10, what="the end of the beat")


def called(outcome: Outcome = Outcome.OK, *, at: Any = NOW, ms: int = 40) -> Called:
    return Called(GROUP, "strange", at, "find", "strange.example.cn", ms, outcome)


def _count() -> None:
    exchanges._count([called()])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_guarded", [True, False])
def test_processes_that_count_the_same_minute_lose_nothing(is_guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_guarded:  # the control: what is written last stands alone
        monkeypatch.setattr(exchanges, "ADD_UP", exchanges.ADD_UP.replace("m.calls + excluded.calls", "excluded.calls"))
    for _ in range(6):
        at_once([_count] * 4)
    assert (Minute.objects.get().calls == 24) is is_guarded


@pytest.mark.django_db
def test_the_lamp_the_chart_and_the_breakers_of_all_processes_are_read_back(admin: Any) -> None:
    from datetime import timedelta

    from hall.integration.plugins.jobs import shorten

    with strange():
        configure(admin)
        for minutes in (1, 1, 2, 50):
            exchanges.note(called(at=NOW - timedelta(minutes=minutes), ms=100 * minutes))
        exchanges.note(called(Outcome.AWAY, at=NOW - timedelta(minutes=3)))
        for _ in range(150):
            exchanges.note(called(Outcome.TIMEOUT, at=NOW - timedelta(hours=3)))
        exchanges.flush([BreakerState("strange", "open", 4)])
        Breaker.objects.update(seen_at=NOW)
        (row,) = [one for one in queries.plugins(now=NOW) if one.group == GROUP]
        assert (row.calls, row.failures, row.success, row.lamp, row.lamp_words, row.breaker) == (5, 1, "80%", "red", "熔断", "open")
        assert [step.calls for step in row.steps if step.calls] == [1, 4]
        exchanges.flush([BreakerState("strange", "closed", 0)])
        assert Breaker.objects.get().state == "closed"
        Breaker.objects.update(seen_at=NOW)
        Exchange.objects.bulk_create([Exchange(group=GROUP, name="strange", at=NOW, method="x", ms=1, outcome="ok") for _ in range(150)])
        assert shorten(now=NOW + timedelta(days=3)) > 0
        assert Exchange.objects.count() == 100 and not Minute.objects.exists() and not Breaker.objects.exists()
        exchanges._said.clear()


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(typed=st.dictionaries(st.sampled_from(["A", "B", "C"]), st.text(max_size=12), max_size=3))
def test_whatever_is_typed_is_kept_as_it_should_be_or_refused(typed: dict[str, str]) -> None:
    declared = (
        Setting("A", "甲", SettingKind.NUMBER),
        Setting("B", "乙", SettingKind.SECRET),
        Setting("C", "丙", SettingKind.CHOICE, choices=(("x", "某"),)),
    )
    try:
        kept = rules.read_settings(declared, typed, held={"B": "old"}, cleared=frozenset(), pinned=frozenset())
    except rules.BadSetting:
        return
    assert set(kept) <= {"A", "B", "C"} and kept["B"] == (typed.get("B", "").strip() or "old")
    assert "A" not in kept or kept["A"].isdigit()
    assert kept.get("C", "x") == "x"


@pytest.mark.parametrize(
    ("state", "health", "lamp"),
    [
        ("paused", rules.Health(), "paused"),
        ("off", rules.Health(), "none"),
        ("ready", rules.Health(), "green"),
        ("ready", rules.Health(100, 0, 2000), "green"),
        ("ready", rules.Health(100, 1, 2000), "yellow"),
        ("ready", rules.Health(10, 0, 20_000), "yellow"),
        ("ready", rules.Health(2, 2, 100), "yellow"),
        ("ready", rules.Health(6, 3, 100), "red"),
        ("ready", rules.Health(6, 0, 100, is_open=True), "red"),
        ("ready", rules.Health(6, 0, 100, is_half_open=True), "yellow"),
    ],
)
def test_the_lamp_says_what_matters_first(state: str, health: rules.Health, lamp: str) -> None:
    assert rules.lamp_of(state, health)[0] == lamp


def test_a_breaker_is_let_go_by_hand_and_one_in_the_list_is_the_worst_of_its_name() -> None:
    one = breaker.Breaker("by hand", 1)
    for _ in range(breaker.FAILURES):
        with pytest.raises(OSError, match="down"):
            one.call(_down)
    assert one.state().state == "open"
    breaker.close("by hand")
    assert one.state() == BreakerState("by hand", "closed", 0)


def _down() -> None:
    raise OSError("down")


class Silent:
    """Declares nothing; reads a second setting once it has the first."""

    name = "silent"

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    @classmethod
    def configured(cls, read: Any) -> "Silent | None":
        url = read("HALL_SILENT_URL")
        return cls(url, read("HALL_SILENT_KEY") or "") if url else None


@pytest.mark.django_db
def test_a_plugin_that_declares_nothing_gets_a_form_from_what_it_reads(admin: Any) -> None:
    with plugged(GROUP, Silent):
        deed = partial(commands.configure, actor=admin, group=GROUP, name="silent", cleared=frozenset(), departments=(), now=NOW)
        deed(typed={"HALL_SILENT_URL": ADDRESS}, revision=0)
        assert [(one.name, one.kind) for one in plugin().settings] == [
            ("HALL_SILENT_KEY", SettingKind.SECRET),
            ("HALL_SILENT_URL", SettingKind.URL),
        ]
        deed(typed={"HALL_SILENT_URL": ADDRESS, "HALL_SILENT_KEY": SECRET}, revision=1)
        assert (plugin().plugin.url, plugin().plugin.key) == (ADDRESS, SECRET)
