"""The checks that come with the hall: comparing, sums, ages and periods, registers, code tables, one case at a time."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Self

from hall.integration.ports.check import Answered, AnswerKind, CheckQuestion, Finding, FormCheck, Parameter, Takes
from hall.integration.ports.lookup import Match
from hall.integration.ports.plugin import ReadSetting

K = AnswerKind
_ORDER: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "le": ("不大于", le),
    "lt": ("小于", lt),
    "ge": ("不小于", ge),
    "gt": ("大于", gt),
    "eq": ("等于", eq),
    "ne": ("不等于", ne),
}
_RELATION = Parameter("relation", "应当", options=tuple((key, words) for key, (words, _) in _ORDER.items()))
_AMOUNTS = frozenset({K.NUMBER, K.MONEY})


class _Check(FormCheck):
    """What all have in common: they need no setting."""

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Always there."""
        return cls()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _plain(value: float, kind: AnswerKind) -> str:
    if kind in {K.MONEY, K.MONEYS}:
        return f"{value / 100:,.2f} 元"
    return f"{value:g}" if abs(value) < 10**6 else f"{value:,.0f}"


def _comparable(answer: Answered) -> Any:
    """Numbers as they are, money in yuan, dates and texts as texts."""
    return answer.value / 100 if answer.kind is K.MONEY else answer.value


class Compare(_Check):
    """Two answers of the form against each other: an end not before a start, an amount within another."""

    name = "compare"
    title = "两项比较"
    help = "第一项和第二项比大小、先后或是否相同，如“停业日期不早于开业日期”。"
    takes = (
        Takes("第一项", frozenset({K.NUMBER, K.MONEY, K.DATE, K.TEXT, K.ID_NUMBER})),
        Takes("第二项", frozenset({K.NUMBER, K.MONEY, K.DATE, K.TEXT, K.ID_NUMBER})),
    )
    parameters = (_RELATION,)

    def examine(self, question: CheckQuestion) -> Finding | None:
        """Compares what is of one sort; different sorts are nothing to compare."""
        first, second = question.answers
        relation = _ORDER.get(question.parameters.get("relation", ""))
        if first is None or second is None or relation is None:
            return None
        values = _comparable(first), _comparable(second)
        if isinstance(values[0], str) is not isinstance(values[1], str) or (first.kind is K.DATE) is not (second.kind is K.DATE):
            return None
        words, holds = relation
        if first.kind is K.DATE:
            words = {"不大于": "不晚于", "小于": "早于", "不小于": "不早于", "大于": "晚于"}.get(words, words)
        if holds(*values):
            return None
        return Finding(f"{first.title}应{words}{second.title}（{second.shown}），现在是 {first.shown}，请核对这两项", first.name)


class SumWithin(_Check):
    """The sum of a column against an amount of the form or a fixed one."""

    name = "sum_within"
    title = "合计比较"
    help = "明细表一列的合计和另一项（或一个数）比较，如“投资明细合计等于投资总额”。"
    takes = (
        Takes("明细表的列", frozenset({K.NUMBERS, K.MONEYS})),
        Takes("比较的项（不选就填下面的数）", _AMOUNTS, is_optional=True),
    )
    parameters = (_RELATION, Parameter("most", "数（金额以元为单位）", is_number=True, is_optional=True))

    def examine(self, question: CheckQuestion) -> Finding | None:
        """Adds up and compares, money in fen."""
        column, other = question.answers
        relation = _ORDER.get(question.parameters.get("relation", ""))
        if column is None or relation is None:
            return None
        is_money = column.kind is K.MONEYS
        total = round(sum(column.value), 6)
        if other is not None:
            limit, told = (other.value if is_money or other.kind is K.NUMBER else other.value / 100), f"{other.title}（{other.shown}）"
            if is_money and other.kind is K.NUMBER:
                limit = other.value * 100
        else:
            given = _number(question.parameters.get("most", ""))
            if given is None:
                return None
            limit = round(given * 100) if is_money else given
            told = f" {_plain(limit, column.kind)}"
        words, holds = relation
        if holds(total, limit):
            return None
        return Finding(
            f"{column.title}的合计应{words}{told}，现在是 {_plain(total, column.kind)}，请核对每一行", column.name.partition(".")[0]
        )


def _born_on(answer: Answered) -> date | None:
    text = answer.value.replace("-", "") if answer.kind is K.DATE else answer.value[6:14]
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


class Age(_Check):
    """An age in whole years between two limits."""

    name = "age"
    title = "年龄"
    help = "按身份证号码或出生日期算周岁，看是否在范围内，如“年满 18 周岁”。"
    takes = (Takes("身份证号码或出生日期", frozenset({K.ID_NUMBER, K.DATE})),)
    parameters = (
        Parameter("least", "不小于（周岁）", is_number=True, is_optional=True),
        Parameter("most", "不大于（周岁）", is_number=True, is_optional=True),
    )

    def examine(self, question: CheckQuestion) -> Finding | None:
        """Counts whole years up to today."""
        (answer,) = question.answers
        born_on = _born_on(answer) if answer is not None else None
        if answer is None or born_on is None:
            return None
        today = question.today
        age = max(today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day)), 0)
        least, most = (_number(question.parameters.get(name, "")) for name in ("least", "most"))
        if least is not None and age < least:
            return Finding(f"{answer.title}对应的年龄是 {age} 周岁，这件事要求年满 {least:g} 周岁，请核对号码或日期", answer.name)
        if most is not None and age > most:
            return Finding(f"{answer.title}对应的年龄是 {age} 周岁，这件事要求不超过 {most:g} 周岁，请核对号码或日期", answer.name)
        return None


class ValidFor(_Check):
    """A date not too soon and not too far from today: a licence that still holds, a paper that is not too old."""

    name = "valid_for"
    title = "日期离今天"
    help = "看日期离今天多少天，如“有效期至少还有 30 天”“检验报告不超过 180 天”。"
    takes = (Takes("日期", frozenset({K.DATE, K.DATE_RANGE})),)
    parameters = (
        Parameter("ahead", "至少在今天之后几天", "证件有效期用", is_number=True, is_optional=True),
        Parameter("behind", "最多在今天之前几天", "报告、证明的出具日期用", is_number=True, is_optional=True),
    )

    def examine(self, question: CheckQuestion) -> Finding | None:
        """Of a range, its end counts for `ahead` and its start for `behind`."""
        (answer,) = question.answers
        if answer is None:
            return None
        is_range = answer.kind is K.DATE_RANGE
        first, last = (answer.value["from"], answer.value["to"]) if is_range else (answer.value, answer.value)
        ahead, behind = (_number(question.parameters.get(name, "")) for name in ("ahead", "behind"))
        wanted = question.today + timedelta(days=int(min(max(ahead or 0, -40_000), 40_000)))
        if ahead is not None and date.fromisoformat(last) < wanted:
            return Finding(f"{answer.title}应在 {wanted} 或以后，现在是 {last}，请换用仍在有效期内的，或先办理延续", answer.name)
        oldest = question.today - timedelta(days=int(min(max(behind or 0, -40_000), 40_000)))
        if behind is not None and date.fromisoformat(first) < oldest:
            return Finding(f"{answer.title}应在 {oldest} 或以后，现在是 {first}，请提供更近的一份", answer.name)
        return None


class _RegisterMatch(_Check):
    """A name and a number that belong together in a register; not knowing is told and lets pass."""

    parameters = ()
    register: str
    paper: str

    def examine(self, question: CheckQuestion) -> Finding | None:
        """Asks the register, when both are there."""
        name, number = question.answers
        if name is None or number is None:
            return None
        match self._ask(question, name.value, number.value):
            case Match.NO:
                return Finding(f"{name.title}和{number.title}与{self.register}登记的不一致，请对照{self.paper}逐字核对", number.name)
            case Match.UNKNOWN:
                return Finding(f"{name.title}和{number.title}没有核对：{self.register}没有应答", number.name, is_unknown=True)
        return None

    @abstractmethod
    def _ask(self, question: CheckQuestion, name: Any, number: Any) -> Match: ...


class PersonMatch(_RegisterMatch):
    """A name and an identity number that belong together."""

    name = "person_match"
    title = "人口库核对"
    help = "姓名和身份证号码是否一致。人口库没有应答时不拦申请人，部门会看到“没有核对”。"
    takes = (Takes("姓名", frozenset({K.TEXT})), Takes("身份证号码", frozenset({K.ID_NUMBER})))
    register, paper = "人口库", "身份证"

    def _ask(self, question: CheckQuestion, name: Any, number: Any) -> Match:
        return question.around.person(name, number)


class OrganisationMatch(_RegisterMatch):
    """A name and a credit code that belong together."""

    name = "organisation_match"
    title = "法人库核对"
    help = "单位名称和统一社会信用代码是否一致。法人库没有应答时不拦申请人，部门会看到“没有核对”。"
    takes = (Takes("单位名称", frozenset({K.TEXT})), Takes("统一社会信用代码", frozenset({K.USCC})))
    register, paper = "法人库", "营业执照"

    def _ask(self, question: CheckQuestion, name: Any, number: Any) -> Match:
        return question.around.organisation(name, number)


class OneOpenCase(_Check):
    """No second case of the same item while one is under way."""

    name = "one_open_case"
    title = "不能重复申请"
    help = "同一申请人的同一事项还在办理时，不能再交一份。"
    takes = ()
    parameters = ()

    def examine(self, question: CheckQuestion) -> Finding | None:
        """Whether there is one."""
        if not question.around.has_open_case():
            return None
        return Finding("您这个事项还有一件正在办理，办结或撤回后才能再申请。请到“我的办件”查看进度")


class InTable(_Check):
    """A value in a department's code table, and an amount that fits the attributes of that value."""

    name = "in_table"
    title = "专业代码表"
    help = "按部门维护的代码表检查：代码是否在表里，数量是否符合这个代码的要求，如各食品类别要求的最小面积。"
    takes = (
        Takes("代码", frozenset({K.CHOICE, K.CHOICES, K.TEXT})),
        Takes("要比较的数", _AMOUNTS, is_optional=True),
    )
    parameters = (
        Parameter("table", "代码表", is_table=True),
        Parameter("attribute", "表里的哪一列", "要比较数时填写列名", is_optional=True),
        Parameter("relation", "这个数应当", options=_RELATION.options, is_optional=True),
    )

    def examine(self, question: CheckQuestion) -> Finding | None:
        """Of several values chosen, each counts."""
        code, amount = question.answers
        if code is None:
            return None
        given = code.value if isinstance(code.value, list) else [code.value]
        for value in given:
            attributes = question.around.attributes(question.parameters.get("table", ""), value)
            if attributes is None:
                return Finding(f"{code.title}“{code.shown}”不在部门公布的代码表里，请核对后重新选择或填写", code.name)
            found = self._compare(question, amount, attributes, value)
            if found is not None:
                return found
        return None

    def _compare(self, question: CheckQuestion, amount: Answered | None, attributes: Mapping[str, str], value: str) -> Finding | None:
        limit = _number(attributes.get(question.parameters.get("attribute", ""), ""))
        relation = _ORDER.get(question.parameters.get("relation", ""))
        if amount is None or limit is None or relation is None:
            return None
        words, holds = relation
        if holds(_comparable(amount), limit):
            return None
        named = attributes.get("名称") or value
        return Finding(f"“{named}”要求{amount.title}{words} {limit:g}，现在是 {amount.shown}，请核对", amount.name)
