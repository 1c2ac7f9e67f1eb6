"""What people ask about an item, by a table of words; greetings and cries for a person; what a sentence is about without them. Pure."""

import re
from collections.abc import Sequence
from enum import StrEnum
from unicodedata import normalize

from hall.services.search import phrases
from hall.services.search import text as texts


class Wish(StrEnum):
    """What somebody wants to know of an item."""

    BRING = "bring"
    TIME = "time"
    FEE = "fee"
    PLACE = "place"
    CAN = "can"
    APPLY = "apply"
    FLOW = "flow"
    BASIS = "basis"
    AMOUNT = "amount"


class Small(StrEnum):
    """What is said to somebody, not about something."""

    HELLO = "hello"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WHO = "who"
    PERSON = "person"
    NOT_THIS = "not_this"
    REPEAT = "repeat"
    CONFUSED = "confused"
    PROGRESS = "progress"
    GENUINE = "genuine"


# The longest word that fits counts, so 能不能在网上办 asks for the way and not for the conditions.
WISH_WORDS: dict[Wish, str] = {
    Wish.BRING: (
        "要带什么 要带啥 带什么 带啥 带哪些 拿什么 拿啥 拿哪些 准备什么 准备啥 准备哪些 需要什么 需要啥 需要哪些 要什么东西 要什么材料 要啥材料 "
        "要哪些材料 什么材料 啥材料 哪些材料 材料清单 申请材料 交什么 交哪些 提交什么 提供什么 提供哪些 什么证件 啥证件 哪些证件 什么手续 啥手续 "
        "复印件 原件 几份材料 要带 用带 需要带"
    ),
    Wish.TIME: (
        "多长时间 多久 多少天 几天 几个工作日 多少个工作日 几个月 多少时间 什么时候能办好 什么时候办好 什么时候能拿 什么时候能下来 啥时候能拿 "
        "啥时候能下来 啥时候办好 办结 时限 要等 等几天 当天能 当场能 快不快 最快"
    ),
    Wish.FEE: (
        "多少钱 几块钱 多钱 花钱 花多少 要钱 收钱 收不收费 收费吗 怎么收费 收费标准 收费 费用 工本费 手续费 免费 贵不贵 交多少 缴多少 要交钱 掏钱"
    ),
    Wish.PLACE: (
        "在哪里 在哪儿 在哪 去哪里 去哪儿 去哪 上哪里 上哪儿 上哪 到哪里 到哪儿 到哪 哪里办 哪儿办 哪办 什么地方 啥地方 地址 地点 哪个窗口 几号窗口 "
        "哪个部门 什么部门 归谁管 谁管 找谁 哪个单位 电话 几点上班 几点下班 几点开门 上班时间 办公时间 周末 星期六 星期天 怎么走"
    ),
    Wish.CAN: (
        "能不能办 可不可以办 能办吗 可以办吗 能办不 可以办不 能办么 能不能申请 能申请吗 可以申请吗 谁可以办 谁能办 什么条件 啥条件 哪些条件 条件 "
        "符合 够不够格 有资格 多少岁 几岁 多大岁数 多大年纪 年龄 办得了 办得了吗 能不能 可不可以 行不行"
    ),
    Wish.APPLY: (
        "直接申办 立即申办 立即办 现在就办 马上办 我要申办 网上办 网上能办 网上可以办 能在网上 能不能在网上 可以在网上 在网上办 能网上办 能不能网上办 "
        "线上办 手机上办 手机能办 网上申请 在线办 在线申请 全程网办 申请入口 办理入口 跑几趟 跑几次 跑一趟 要不要去现场 要去现场 用不用去"
    ),
    Wish.FLOW: "办理流程 什么流程 啥流程 流程 几步 步骤 什么程序 怎么个办法 先办什么 办理程序",
    # What one gets, not what one pays; for how long it lasts, not how long it takes.
    Wish.AMOUNT: (
        "领多少钱 给多少钱 发多少钱 补多少钱 拿多少钱 赔多少钱 贷多少钱 贷多少 报多少 领多少 补多少 补助多少 补贴多少 报销多少 报销比例 补助标准 "
        "补贴标准 一个月多少 一年多少 领多久 领几个月 发多久 发几个月 管多久 管几年 用几年 能用多久 有效期"
    ),
    Wish.BASIS: "什么依据 依据 哪条法律 什么法律 哪个文件 什么文件规定 凭什么",
}
SMALL_WORDS: dict[Small, str] = {
    Small.HELLO: "您好 你好 你好啊 您好啊 在吗 在不在 有人吗 早上好 上午好 下午好 晚上好 哈喽 嗨 喂 hello hi",
    Small.THANKS: "谢谢 谢谢您 谢谢你 多谢 感谢 谢了 知道了 明白了 好的 好 行 嗯 哦 收到",
    Small.GOODBYE: "再见 拜拜 没有了 没了 不用了 没事了 没啥了 没别的了 就这样 那就这样 好的那就这样 bye",
    Small.NOT_THIS: "不是 不对 不是这个 不对不是这个 不是这件 不是这件事 都不对 都不是 说的不是这个 不是我要的 没有我要的",
    Small.REPEAT: "再说一遍 再说一次 重说一遍 你再说一遍 刚才说啥 刚才说的啥",
    Small.CONFUSED: "没听懂 听不懂 看不懂 没看懂 不明白 没明白 啥意思 什么意思 你说的啥意思 你说的什么意思 这是啥意思",
    Small.WHO: "你是谁 您是谁 你是什么 你是人吗 你是机器人吗 你是机器人 你是真人吗 你能干什么 你会什么 你叫什么",
    Small.PERSON: (
        "人工 转人工 人工客服 人工服务 找人 我要找人 找人问 找个人 真人 找工作人员 联系工作人员 工作人员 客服 给我回电话 回电话 打电话 我想咨询 我要咨询 "
        "咨询 我要投诉 问人"
    ),
}
# What is not about an item but about what the hall has on other pages.
_ELSEWHERE = {
    Small.PERSON: re.compile("给我打电话|给我打个电话|给我回电话|给我回个电话|打给我|转人工|人工客服|找个人说"),
    Small.PROGRESS: re.compile(
        "进度|办到哪|办到什么|办好没|办好了没|办好了吗|办下来没|批下来没|批下来了吗|审到哪|流水号|我的办件|我的申请"
    ),
    Small.GENUINE: re.compile("验真|真伪|是真的还是假的|证是真是假|查真假"),
}
# What asks whether one certain thing must be brought.
MUST_WORDS = "要不要 用不用 需不需要 还要 还用 用得着 必须 原件 复印件 要带 用带 带不带 要交 要拿 要提供 需要带 需要交 需要提供"
_OPEN = re.compile("什么|啥|哪些|多少|几")
_TO_BRING = re.compile("带|拿|交|提供|原件|复印件")
# Words of the index that tell nothing of what is meant.
_SAYS_NOTHING = frozenset(["没有", "自己", "晚上", "现在", "最高", "时候", "家里", "手续", "今天", "明天"])
# Left over of 那这个呢 and the like: nothing that could be looked up.
_FILLERS = re.compile(
    "那么|那|这个|这件|这事|那个|它|呢|嘛|么|不|没|有|给|请|问|帮|查|看|说|告诉|大概|一共|总共|到底|还|再|又|才|就|得|要|用|能|会|是|多|少|几|事|钱|天|拿证|下证|出证|到手|下来"
)
_FIRST = re.compile(r"第?([1-9１-９一二三四五六七八九])(?:个|项|件|条)?")
_FIGURES = "一二三四五六七八九"
_GENERIC = re.compile("|".join(sorted(map(re.escape, phrases.GENERIC), key=len, reverse=True)))
_QUESTION = re.compile(r"[吗么?]|怎|咋|多少|几|哪|谁|啥|什么|能不|可不可以|要不|用不用|是不是|有没有|行不|不$")
_MEASURE = re.compile("(?<=[开办])(?:了|一)?(?:个|家|间|所)?[小大]?")
_LONG_NUMBER = re.compile(r"\d(?:[ \-]?\d){6,}[Xx]?")


def _table(words: dict[Wish, str]) -> tuple[re.Pattern[str], dict[str, Wish]]:
    known = {word: wish for wish, text in words.items() for word in text.split()}
    return re.compile("|".join(sorted(map(re.escape, known), key=len, reverse=True))), known


_WISH, _WISH_OF = _table(WISH_WORDS)
_SMALL_OF = {word: small for small, text in SMALL_WORDS.items() for word in text.split()}
_MUST = re.compile("|".join(map(re.escape, sorted(MUST_WORDS.split(), key=len, reverse=True))))


def plain(sentence: str) -> str:
    """The sentence in one shape: half width, small letters, simplified, without spaces and punctuation."""
    return texts.plain_query(sentence).replace(" ", "")


def wishes_in(sentence: str, *, name: str = "") -> tuple[Wish, ...]:
    """What is asked, in the order of asking. Words that belong to the `name` of the item ask nothing: 缴费证明打印 does not ask for a fee."""
    found = [match for match in _WISH.finditer(plain(sentence)) if match[0] not in name]
    return tuple(dict.fromkeys(_WISH_OF[match[0]] for match in found))


def small_in(sentence: str) -> Small | None:
    """A greeting, thanks, or a cry for a person, when the sentence is nothing else; or that somebody looks for another page of the hall."""
    said = plain(sentence)
    small = _SMALL_OF.get(said.removesuffix("吧").removesuffix("了啊").removesuffix("啊"))
    return small or next((elsewhere for elsewhere, words in _ELSEWHERE.items() if words.search(said)), None)


def subject_of(sentence: str, *, is_narrow: bool = True) -> str:
    """What the sentence is about, without the asking; "" when nothing is left. 补办, 变更 and the like say nothing of it (`is_narrow`)."""
    left = phrases.ASKING.sub(" ", _WISH.sub(" ", plain(sentence)))
    if is_narrow:
        left = _GENERIC.sub(" ", left)
    left = re.sub(f"[{''.join(phrases.GLUE)}]", "", _FILLERS.sub("", left)).replace(" ", "")
    return left if len(left) > 1 else ""


def without_measures(sentence: str) -> str:
    """开个小饭馆 and 开一家大饭馆 as 开饭馆: how bundles are called."""
    return _MEASURE.sub("", plain(sentence))


def is_question(sentence: str) -> bool:
    """Whether something is asked: 换证要体检吗, but not 驾照快到期了."""
    return bool(_QUESTION.search(normalize("NFKC", sentence).strip()))


def heard_in(sentence: str, understood: Sequence[str]) -> tuple[str, ...]:
    """Those of the words that search understood which stand in the sentence, none within another; all of them for pinyin and initials."""
    said = plain(sentence)
    if said.isascii():
        return tuple(understood)
    heard = [
        word
        for word in dict.fromkeys(understood)
        if len(word) > 1 and word in said and word not in _SAYS_NOTHING and word not in phrases.GENERIC
    ]
    return tuple(word for word in heard if not any(word != other and word in other for other in heard))


def share_of(heard: Sequence[str], sentence: str) -> float:
    """How much of what the sentence is about are these words, 0 to 1."""
    said = plain(sentence)
    if said.isascii():
        return 1.0 if heard else 0.0
    about = subject_of(sentence) or said
    return min(1.0, sum(map(len, heard)) / len(about))


def asks_whether_needed(sentence: str) -> bool:
    """Whether one certain thing is asked for: 要不要户口本, 身份证复印件用不用."""
    asked = plain(sentence)
    return bool(_MUST.search(asked)) and not _OPEN.search(asked)


def asks_to_bring(sentence: str) -> bool:
    """The same, said so that it makes sense while it is still open what is to be done: 户口本要不要带, but not 要不要办健康证."""
    return asks_whether_needed(sentence) and bool(_TO_BRING.search(plain(sentence)))


def place_of(sentence: str) -> int:
    """Which of the offered ones is meant by 2, 第二个 or 二; 0 for none."""
    found = _FIRST.fullmatch(plain(sentence))
    if not found:
        return 0
    figure = normalize("NFKC", found[1])
    return int(figure) if figure.isascii() else _FIGURES.index(figure) + 1


def is_same(said: str, offered: str) -> bool:
    """Whether what was said names what was offered: the same words, or a part of them of two characters and more."""
    mine, theirs = plain(said), plain(offered)
    return bool(mine) and (mine == theirs or (len(mine) > 1 and mine in theirs) or (len(theirs) > 1 and theirs in mine))


def likeness(one: str, other: str) -> float:
    """How alike two texts are: the share of their pairs of characters, 0 to 1."""
    mine, theirs = set(texts.pairs(plain(one))), set(texts.pairs(plain(other)))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def without_numbers(sentence: str) -> str:
    """The sentence with long numbers covered: phones, identity and card numbers are not kept."""
    return _LONG_NUMBER.sub(lambda found: f"{found[0][:3]}****", sentence)
