"""What a wording may say, what it must, and that whatever is typed comes out as typed."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hall.services.papers import rules, samples
from hall.services.papers.defaults import DEFAULTS
from hall.services.papers.kinds import KINDS, DocType
from hall.services.papers.rules import Wording
from hall.support.documents import fonts
from hall.support.documents.contents import Grid
from hall.support.documents.wording import unprintable
from tests.make.papers import squeezed, text_of

ACCEPTANCE, CORRECTION, GRANT = KINDS[DocType.ACCEPTANCE], KINDS[DocType.CORRECTION], KINDS[DocType.GRANT]


def changed(doc_type: DocType, **parts: str) -> Wording:
    kind, default = KINDS[doc_type], DEFAULTS[doc_type]
    return rules.tidied(kind, {part: parts.get(part, getattr(default, part)) for part in kind.parts})


def test_every_kind_has_a_sound_wording_from_the_start() -> None:
    assert set(DEFAULTS) == set(KINDS) == set(DocType)
    assert {kind: rules.findings(KINDS[kind], wording) for kind, wording in DEFAULTS.items() if rules.findings(KINDS[kind], wording)} == {}
    words = [kind.number_word for kind in KINDS.values()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("doc_type", "parts", "part", "said"),
    [
        (DocType.ACCEPTANCE, {"opening": "您好，{申请日}"}, "opening", "“{申请日}”不是这份文书能填的内容，请从列表里选。"),
        (DocType.ACCEPTANCE, {"opening": "{受理理由"}, "opening", "“{受理理由”这一段的大括号不成对。大括号里只写列表中的内容。"),
        (DocType.ACCEPTANCE, {"opening": "受理}"}, "opening", "“受理}”这一段的大括号不成对。大括号里只写列表中的内容。"),
        (DocType.ACCEPTANCE, {"opening": "{{受理理由}}"}, "opening", "“{{受理理由}}”这一段的大括号不成对。大括号里只写列表中的内容。"),
        (DocType.ACCEPTANCE, {"opening": "{}"}, "opening", "“{}”不是这份文书能填的内容，请从列表里选。"),
        (DocType.ACCEPTANCE, {"opening": "现予受理。"}, "details", "缺少 {受理理由}：受理通知书必须写明“受理理由”。"),
        (DocType.ACCEPTANCE, {"details": "受理日期：{受理日期}\n承诺时限：{承诺时限}\n预计办结：{预计办结日期}"}, "details",
         "缺少 {收费}：受理通知书必须写明“收费”。"),
        (DocType.ACCEPTANCE, {"title": ""}, "title", "请写标题，只写一行。"),
        (DocType.ACCEPTANCE, {"title": "受理\n通知书"}, "title", "请写标题，只写一行。"),
        (DocType.ACCEPTANCE, {"title": "长" * 41}, "title", "标题太长，最多 40 个字。"),
        (DocType.ACCEPTANCE, {"title": "{申请人}"}, "title", "标题里不能用 {申请人}。"),
        (DocType.ACCEPTANCE, {"closing": "长" * 2001}, "closing", "结尾太长，最多 2000 个字。"),
        (DocType.ACCEPTANCE, {"closing": "段\n" * 41}, "closing", "结尾太长，最多 40 段。"),
        (DocType.ACCEPTANCE, {"details": "没有名称"}, "details",
         "要点表每行写“名称：内容”，名称最多 20 个字，不能有大括号。请改“没有名称”。"),
        (DocType.ACCEPTANCE, {"details": "{申请人}：{收费}"}, "details",
         "要点表每行写“名称：内容”，名称最多 20 个字，不能有大括号。请改“{申请人}：{收费}”。"),
        (DocType.CORRECTION, {"opening": "{补正内容}"}, "opening", "{补正内容} 是清单，只能放在正文里，独占一段。"),
        (DocType.CORRECTION, {"body": "请补正：{补正内容}"}, "body", "{补正内容} 是清单，只能放在正文里，独占一段。"),
        (DocType.CORRECTION, {"closing": "请按时补正，不然{逾期后果}。"}, "closing", "缺少“逾期”：补正告知书必须写明逾期不补正会怎样。"),
        (DocType.GRANT, {"opening": "{申请日期}{受理日期}{决定}{理由}\n{依据}"}, "opening",
         "{理由} 可能没有内容，没有时整段不印，不能和必须写明的 {申请日期} 放在一段。"),
        (DocType.GRANT, {"remedies": "不服可以在{复议期限}内申请行政复议。"}, "remedies", "缺少 {起诉期限}：准予决定书必须写明“起诉期限”。"),
        (DocType.GRANT, {"remedies": "不服可以在{复议期限}或{起诉期限}内申请行政复议。"}, "remedies",
         "缺少“行政诉讼”：准予决定书必须写明可以提起行政诉讼。"),
        (DocType.CLOSURE, {"opening": "{评价期限}内可以评价。"}, "closing", "缺少“投诉”：办结通知必须写明怎样投诉。"),
    ],
)  # fmt: skip
def test_a_wording_that_cannot_be_used_is_refused_in_a_clear_sentence(
    doc_type: DocType, parts: dict[str, str], part: str, said: str
) -> None:
    with pytest.raises(rules.BadWording) as refused:
        rules.check(KINDS[doc_type], changed(doc_type, **parts))
    assert (refused.value.at_field, refused.value.shown) == (part, said)


def test_braces_of_any_keyboard_and_spaces_inside_them_are_understood() -> None:
    wording = changed(
        DocType.ACCEPTANCE, opening="您好，｛ 申请人 ｝：{受理理由}", details="办结:{预计办结日期}\n时限：{承诺时限}，{收费}，{受理日期}"
    )
    rules.check(ACCEPTANCE, wording)
    filled = rules.fill(ACCEPTANCE, wording, rules.sample_values(ACCEPTANCE))
    assert filled.opening[0].startswith("您好，山东示例新能源科技有限公司：经审核")
    assert filled.details == (("办结", "2026年3月16日"), ("时限", "10 个工作日，不收费，2026年3月2日"))


def test_a_value_is_not_read_for_placeholders_and_what_is_empty_leaves_its_paragraph_out() -> None:
    values = rules.sample_values(GRANT) | {"decision": "决定{依据}。", "reason": ""}
    filled = rules.fill(GRANT, DEFAULTS[DocType.GRANT], values)
    assert "决定{依据}。" in filled.opening[0]
    assert [line[:3] for line in filled.opening] == ["您于 ", "依据："]
    assert filled.title == "准予行政许可决定书"
    payment = KINDS[DocType.PAYMENT]
    without_day = rules.fill(payment, DEFAULTS[DocType.PAYMENT], rules.sample_values(payment) | {"pay_by": ""})
    assert [label for label, _ in without_day.details] == ["应缴合计", "缴款码"]
    assert isinstance(without_day.body[0], Grid)


def test_a_paper_that_would_lack_what_it_must_contain_is_not_made() -> None:
    with pytest.raises(ValueError, match="due_on"):
        rules.fill(ACCEPTANCE, DEFAULTS[DocType.ACCEPTANCE], rules.sample_values(ACCEPTANCE) | {"due_on": ""})


TYPED = st.text(st.one_of(st.characters(), st.sampled_from("#$@\\<>*_`~=[]()\"'{}：:/-+　 中文Я")), min_size=1, max_size=60)


@settings(max_examples=80, deadline=None)
@given(TYPED)
@example('#eval("1+1") $x^2$ @引用 \\u{41}')
@example("</script><b> `raw` *粗* // 注释 = 标题")
@example("very" * 60 + "ж" * 90 + "。" * 90)
@example("理由")
def test_whatever_is_typed_is_refused_or_comes_out_as_typed(text: str) -> None:
    wording = changed(DocType.ACCEPTANCE, closing=text)
    if rules.findings(ACCEPTANCE, wording):
        assert re.search(r"[{}｛｝]", text)
    elif unprintable(text):
        assert any(ord(letter) not in fonts.coverage() for letter in text)
    else:
        printed = text_of(samples.sample_pdf(ACCEPTANCE, wording))
        assert all(squeezed(line) in printed for line in wording.closing.split("\n"))
