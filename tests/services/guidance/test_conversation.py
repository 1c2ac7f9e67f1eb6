"""The guided conversation: it leads to an item, answers from the catalogue with the source, and says plainly what it does not know (§5.4)."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hall.services.guidance import dialogue
from hall.services.guidance import dialogue_words as words
from hall.services.guidance.dialogue_frames import FRAMES, SOURCES
from hall.services.guidance.dialogue_state import HALL, Talk, from_plain, to_plain
from hall.services.guidance.dialogue_words import Small, Wish
from tests.make.talks import PASSPORT, PUPPET, RESTAURANT, Shelf, make_shelf

# They repeat words of the index that stand in the sentence, or the hall's own number: nothing about an item.
WITHOUT_SOURCE = {"heard", "help", "contact", "contact_note"}


@pytest.fixture
def shelf(db: None) -> Shelf:
    return make_shelf()


def talked(shelf: Shelf, *said: str) -> Talk:
    """What a talk comes to; `!value` takes a choice."""
    talk = dialogue.opening()
    for one in said:
        talk = dialogue.chose(talk, one[1:], shelf) if one.startswith("!") else dialogue.said(talk, one, shelf)
    return talk


def answer(talk: Talk) -> str:
    return "\n".join(line.text for line in talk.messages[-1].lines)


def code_of(shelf: Shelf, name: str) -> str:
    return next(code for code, page in shelf.pages.items() if page.version.name == name)


def test_a_sentence_leads_to_the_item_and_what_was_asked_is_answered_at_once(shelf: Shelf) -> None:
    talk = talked(shelf, "食品那个证多少钱")
    assert talk.topic == ("item", code_of(shelf, RESTAURANT))
    assert "要收费：10 元。" in answer(talk) and "许可证工本费：10 元；减免：残疾人免收" in answer(talk)
    assert "要准备" not in answer(talk)


def test_what_is_asked_next_is_about_the_same_item(shelf: Shelf) -> None:
    talk = talked(shelf, "食品经营", "要带什么", "那要多久")
    assert "承诺 10 个工作日办结。" in answer(talk)
    assert talk.topic == ("item", code_of(shelf, RESTAURANT))


def test_one_certain_material_is_looked_up_in_the_list(shelf: Shelf) -> None:
    told = answer(talked(shelf, "食品经营", "户口本要不要带"))
    assert "材料清单里写着：" in told and "居民户口簿，原件 1 份" in told
    assert "申请表" not in told, "a form about the 户口簿 is not the 户口簿"
    assert "材料清单里没有写到您说的这一份" in answer(talked(shelf, "食品经营", "毕业证要不要带"))


def test_a_question_of_the_guide_is_answered_in_its_words(shelf: Shelf) -> None:
    assert "能，全国通办。" in answer(talked(shelf, "护照", "外地人能办护照不"))


def test_what_the_guide_does_not_say_is_not_invented(shelf: Shelf) -> None:
    talk = talked(shelf, "护照", "护照照片背景用什么颜色")
    assert "目录里没有写" in answer(talk) and "请打电话问清" in answer(talk)
    talk = talked(shelf, "护照", "孩子归谁")
    assert f"“{PASSPORT}”的办事指南里没有写这一点。" in answer(talk) and "如果问的是别的事" not in answer(talk)
    assert talk.topic == ("item", code_of(shelf, PASSPORT))


def test_a_question_that_may_be_about_something_else_leaves_the_way_back(shelf: Shelf) -> None:
    talk = talked(shelf, "护照", "食品和木偶哪个先办")
    assert "没有写这一点" in answer(talk) and answer(talk).endswith("如果问的是别的事，请选：")
    assert talk.choices[0].value == "back" and dialogue.said(talk, "第一个", shelf).topic == ("item", code_of(shelf, RESTAURANT))
    assert "要收费" not in answer(dialogue.said(talk, "多少钱", shelf)), "what follows is still about the passport"
    assert dialogue.chose(talk, "back", shelf).topic == ("item", code_of(shelf, PASSPORT))


def test_two_half_sentences_belong_together(shelf: Shelf) -> None:
    assert talked(shelf, "护照和食品", "都不是").topic == ("", "")
    talk = talked(shelf, "护照", "!none", "食品和护照", "补办")
    assert "请先选是哪一件" in answer(talk), "补办 alone decides nothing between the two"


def test_what_was_said_is_repeated_and_a_choice_that_is_not_there_is_told(shelf: Shelf) -> None:
    talk = talked(shelf, "食品经营", "要带什么")
    assert dialogue.said(talk, "再说一遍", shelf).messages[-1] == talk.messages[-1]
    assert "没有这一个可选" in answer(talked(shelf, "第三个")) and "没有这一个可选" in answer(dialogue.said(talk, "第9个", shelf))
    assert dialogue.said(talk, "啥意思", shelf).choices == talk.choices


def test_a_wish_waits_until_the_item_is_chosen(shelf: Shelf) -> None:
    talk = talked(shelf, "护照和食品", "那要多少钱", "几天能拿证")
    assert "请先选是哪一件" in answer(talk)
    talk = dialogue.said(talk, "2", shelf)
    assert talk.topic == ("item", code_of(shelf, RESTAURANT))
    assert "要收费" in answer(talk) and "承诺 10 个工作日" in answer(talk)


def test_another_matter_is_taken_up_and_said_so(shelf: Shelf) -> None:
    talk = talked(shelf, "护照", "木偶戏能网上办吗")
    assert answer(talk).startswith("换到这件事：") and "不在网上申办" in answer(talk)
    assert talk.topic == ("item", code_of(shelf, PUPPET))


def test_what_nobody_understands_is_said_and_a_person_offered(shelf: Shelf) -> None:
    talk = talked(shelf, "红烧肉的做法")
    assert "没有把握" in answer(talk)
    assert {"none", "person"} <= {choice.value for choice in talk.choices}


def test_the_guides_questions_end_in_the_sheet(shelf: Shelf) -> None:
    talk = talked(shelf, "护照", "!guide:start")
    assert talk.is_asking and "给谁办？" in answer(talk)
    talk = dialogue.said(talk, "给孩子", shelf)
    talk = dialogue.said(talk, "第二个", shelf)
    assert not talk.is_asking
    assert "按您的回答：承诺 3 个工作日办结。" in answer(talk) and "监护人身份证明" in answer(talk)
    sheet = next(choice for choice in talk.choices if choice.value == "sheet")
    assert sheet.href == f"/items/{talk.topic[1]}/guide/sheet?q1=a2&q2=a2"


def test_a_bundle_is_offered_first_and_leads_to_its_items(shelf: Shelf) -> None:
    talk = talked(shelf, "开办餐馆")
    assert talk.choices[0].value == "bundle:B1"
    talk = talked(shelf, "开办餐馆", "!bundle:B1", "多少钱")
    assert "请选其中一件" in answer(talk)
    assert "要收费" in answer(dialogue.said(talk, "1", shelf))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("你好", "您好。"),
        ("谢谢啊", "不客气。"),
        ("转人工", "电话：12345"),
        ("我叫王建国，你给我打电话", "电话：12345"),
        ("好的那就这样吧", "再见"),
        ("不对，不是这个", "请换个说法"),
        ("我的办件办到哪了", "查办到哪一步"),
        ("这个证是真的还是假的", "输入编号"),
        ("多少钱", "您想问的是哪件事？"),
        ("", "请先写一句话"),
        ("？？？", "没有可以查找的文字"),
    ],
)
def test_small_talk_has_its_answers(shelf: Shelf, said: str, told: str) -> None:
    assert told in answer(talked(shelf, said))


def test_numbers_of_people_are_covered_before_they_are_kept(shelf: Shelf) -> None:
    talk = talked(shelf, "护照 370102198506151235 或 138 0000 1234")
    kept = json.dumps(to_plain(talk), ensure_ascii=False)
    assert "长号码已经遮住" in answer(talk)
    assert "19850615" not in kept and "00001234" not in kept.replace(" ", "")


def test_a_very_long_talk_ends_and_grows_no_more(shelf: Shelf) -> None:
    talk = talked(shelf, *["你好"] * dialogue.MOST_MESSAGES)
    assert len(talk.messages) <= dialogue.MOST_MESSAGES + 2 and "从头开始" in answer(talk)
    assert dialogue.chose(talk, "again", shelf) == dialogue.opening()


def test_a_frame_that_is_gone_falls_away_with_its_line() -> None:
    row = to_plain(dialogue.opening())
    row["messages"][0]["lines"][0]["clauses"][0]["frame"] = "spoken in an older version"
    assert len(from_plain(json.loads(json.dumps(row))).messages[0].lines) == len(dialogue.opening().messages[0].lines) - 1


# --- nothing is invented ----------------------------------------------------------------------------------------------------------

TYPED = "彳亍孑孓囧槑嫑烎"
SENTENCES = st.one_of(
    st.sampled_from(
        [
            PASSPORT,
            "食品经营",
            "木偶",
            "开办餐馆",
            "护照和食品",
            "要带什么",
            "多少钱",
            "户口本要不要带",
            "在哪办",
            "依据",
            "流程",
            "都不是",
            "1",
            "第二个",
        ]
    ),
    st.sampled_from(
        ["能领多少钱", "能不能办", "网上能办吗", "给孩子", "丢了", "人工", "谢谢", "外地人能办护照吗", "今天天气怎么样", "进度查询"]
    ),
    st.text(max_size=30),
    st.text(alphabet=TYPED + "要多少钱带什么能办吗护照", max_size=12),
)
CHOICES = st.one_of(
    st.integers(0, 8).map(lambda at: f"#{at}"),
    st.sampled_from(
        ["item:", "item:999999999999", "wish:fee", "wish:x", "answer:q1=a1", "answer:q9=", "guide:start", "none", "back", "parts:B1", "x"]
    ),
    st.text(max_size=12),
)
STEPS = st.lists(st.tuples(st.booleans(), SENTENCES, CHOICES), max_size=12)


def _walk(shelf: Shelf, steps: list[tuple[bool, str, str]]) -> Talk:
    talk = dialogue.opening()
    for is_said, sentence, choice in steps:
        if is_said:
            talk = dialogue.said(talk, sentence, shelf)
            continue
        place = int(choice[1:]) if choice.startswith("#") and choice[1:].isdecimal() else -1
        value = talk.choices[place].value if 0 <= place < len(talk.choices) else choice
        talk = dialogue.chose(talk, value, shelf)
    return talk


def _values(talk: Talk) -> Iterator[str]:
    for message in talk.messages:
        for line in message.lines:
            yield from (value for clause in line.clauses for value in clause.values)
    yield from (value for choice in talk.choices for clause in (choice.label, choice.note) if clause for value in clause.values)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_said_every_sentence_is_a_frame_with_words_of_the_catalogue(shelf: Shelf, steps: list[tuple[bool, str, str]]) -> None:
    talk = _walk(shelf, steps)
    assert from_plain(json.loads(json.dumps(to_plain(talk)))) == talk
    published = shelf.words()
    for value in _values(talk):
        assert value in published or value.isdecimal() or all(part in published for part in value.split("、")), value
        assert not set(TYPED) & set(value), "a person's own words stand in no sentence of the hall"
    for message in talk.messages:
        assert bool(message.text) != (message.who == HALL)
        for line in message.lines:
            assert all(clause.frame in FRAMES for clause in line.clauses)
            if any(clause.values for clause in line.clauses) and not {clause.frame for clause in line.clauses} <= WITHOUT_SOURCE:
                assert line.source is not None and line.source.kind in SOURCES and line.source.href.startswith("/"), line.text


# --- words ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "wishes"),
    [
        ("身份证多少钱", [Wish.FEE]),
        ("能不能在网上办", [Wish.APPLY]),
        ("失业了能领多少钱", [Wish.AMOUNT]),
        ("要带啥，几天能拿", [Wish.BRING, Wish.TIME]),
        ("多少岁才能领", [Wish.CAN]),
        ("老伴走了", []),
    ],
)
def test_wishes_are_heard(sentence: str, wishes: list[Wish]) -> None:
    assert list(words.wishes_in(sentence)) == wishes


def test_words_of_the_items_own_name_ask_nothing() -> None:
    assert words.wishes_in("缴费证明打印", name="缴费证明打印") == ()


@pytest.mark.parametrize(
    ("sentence", "left"), [("那要多少钱呢", ""), ("几天能拿证", ""), ("开饭店要什么手续", "开饭店"), ("花店要带什么", "花店")]
)
def test_what_a_sentence_is_about_is_left_over(sentence: str, left: str) -> None:
    assert words.subject_of(sentence) == left


@pytest.mark.parametrize(("sentence", "small"), [("你好啊", Small.HELLO), ("找人吧", Small.PERSON), ("你好我要办护照", None)])
def test_small_talk_is_only_what_is_nothing_else(sentence: str, small: Small | None) -> None:
    assert words.small_in(sentence) == small


@pytest.mark.parametrize(
    ("sentence", "short"), [("我想开个小饭馆", "我想开饭馆"), ("开了一家大超市", "开一家大超市"), ("办一个诊所", "办诊所")]
)
def test_small_words_between_are_left_out_for_bundles(sentence: str, short: str) -> None:
    assert words.without_measures(sentence) == short


@given(st.text(max_size=60))
def test_any_text_has_wishes_a_subject_and_no_crash(text: str) -> None:
    words.wishes_in(text), words.small_in(text), words.subject_of(text), words.place_of(text), words.without_numbers(text)
    assert 0.0 <= words.share_of(words.heard_in(text, ("护照", "食品")), text) <= 1.0
