"""What is derived where the data says nothing (domain §2 §3)."""

from hypothesis import given
from hypothesis import strategies as st

from hall.services.catalogue import rules
from hall.services.catalogue.rules import HandlingType, ItemType, OnlineDepth

DAYS = st.integers(0, 3650)
DEPTHS = st.sampled_from(list(OnlineDepth))


@given(days=DAYS, depth=DEPTHS)
def test_the_days_of_the_steps_add_up_to_the_promise(days: int, depth: OnlineDepth) -> None:
    steps = rules.default_flow_steps(applicable=True, online_depth=depth, promised_days=days)
    assert [step.name for step in steps] == ["申报", "受理", "审查", "决定", "送达"]
    assert sum(step.days for step in steps) == days
    assert all(step.days >= 0 and step.note for step in steps)


def test_an_item_that_nobody_applies_for_has_no_steps() -> None:
    assert rules.default_flow_steps(applicable=False, online_depth="info", promised_days=20) == ()


def test_only_a_long_licence_needs_the_head_of_department() -> None:
    def needs(item_type: str = "license", handling_type: str = "promise", days: int = 20) -> bool:
        return rules.default_leader_approval(item_type=item_type, handling_type=handling_type, statutory_days=days)

    assert needs()
    assert not needs(days=19)
    assert not needs(item_type="confirmation")
    assert not needs(handling_type=HandlingType.INSTANT)


@given(name=st.text(min_size=1, max_size=200), item_type=st.sampled_from(list(ItemType)))
def test_every_result_is_named_after_its_item(name: str, item_type: ItemType) -> None:
    result, kind = rules.default_result(name=name, item_type=item_type)
    assert result and len(result) <= 260
    assert kind in rules.ResultKind


def test_results_have_neutral_names() -> None:
    assert rules.default_result(name="企业投资项目核准", item_type="license")[0] == "企业投资项目核准决定书"
    assert rules.default_result(name="高速公路ETC办理指引", item_type="public_service")[0] == "高速公路ETC办理结果证明"
    assert rules.default_result(name="办理", item_type="other")[0] == "办理办理结果证明"


@given(first=st.integers(0, 5000), second=st.integers(0, 5000))
def test_more_words_never_stand_behind_fewer(first: int, second: int) -> None:
    if first <= second:
        assert rules.order_of(first) >= rules.order_of(second) >= 0


def test_only_a_published_item_on_application_with_depth_takes_applications() -> None:
    assert rules.is_declarable(status="published", applicable=True, online_depth="prelim")
    assert not rules.is_declarable(status="suspended", applicable=True, online_depth="full")
    assert not rules.is_declarable(status="published", applicable=False, online_depth="full")
    assert not rules.is_declarable(status="published", applicable=True, online_depth="booking")


def test_words_carry_their_chinese() -> None:
    assert ItemType("license").label == "行政许可"
    assert OnlineDepth.FULL.value == "full"
    assert set(rules.TYPE_CODES) == set(ItemType)
