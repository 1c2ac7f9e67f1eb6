"""Words of people against the shipped catalogue: what must come first, and how well all judged queries do."""

import csv
import json
from collections import defaultdict

import pytest

from hall.services.search import queries
from tests.make import search as make

JUDGEMENTS = make.DATA / "judgements" / "queries.csv"

FIRST = {
    "孩子上户口": "出生登记",
    "办驾照": "机动车驾驶证初次申领",
    "开饭店": "食品经营许可",
    "公积金提取": "住房公积金提取",
    "身份证丢了": "居民身份证换领、补领",
    "身份證遺失補領": "居民身份证换领、补领",
    "身份证补领": "居民身份证换领、补领",
    "结婚证补领": "补领婚姻登记证",
    "食品经营许可正": "食品经营许可",
    "ＥＴＣ": "高速公路ETC办理指引",
    "营业执照变更地址": "公司变更登记",
    "民政局离婚": "内地居民离婚登记",
    "个人所得税退税怎么办理": "个人所得税年度汇算清缴",
}
AMONG_THREE = {
    "shenfenzheng": "居民身份证申领",
    "sengfenzen": "居民身份证申领",
    "sfz": "居民身份证申领",
    "身份zheng": "居民身份证申领",
    "gjj": "住房公积金提取",
}
# By words alone, as where the meaning process is away (test_meaning.py has the whole).
LEAST_HIT_AT_3 = {"official": 0.95, "colloquial": 0.9, "typo": 0.9, "pinyin": 0.9, "initials": 0.85, "department": 0.9, "question": 0.9}


@pytest.mark.shipped
@pytest.mark.django_db
def test_people_find_what_they_mean_in_their_own_words() -> None:
    names = {item["code"]: item["name"] for item in make.shipped_items()}
    for query, name in FIRST.items():
        found = [names[hit.code] for hit in queries.search_items(q=query).hits[:3]]
        assert found[:1] == [name], (query, found)
    for query, name in AMONG_THREE.items():
        found = [names[hit.code] for hit in queries.search_items(q=query).hits[:3]]
        assert name in found, (query, found)


@pytest.mark.shipped
@pytest.mark.django_db
def test_every_item_is_found_first_by_its_own_full_name() -> None:
    for item in make.shipped_items():
        page = queries.search_items(q=item["name"], limit=1)
        assert [hit.code for hit in page.hits] == [item["code"]], item["name"]
        assert page.did_you_mean is None, item["name"]


@pytest.mark.shipped
@pytest.mark.django_db
def test_judged_queries_reach_the_bar_of_each_kind() -> None:
    ranks: dict[str, list[bool]] = defaultdict(list)
    for row in _judged():
        found = [hit.code for hit in queries.search_items(q=row["query"]).hits[:3]]
        if row["kind"] in LEAST_HIT_AT_3:
            ranks[row["kind"]].append(not set(found).isdisjoint(row["right"].split()))
    reached = {kind: sum(hits) / len(hits) for kind, hits in ranks.items()}
    assert reached.keys() == LEAST_HIT_AT_3.keys()
    assert {kind: share for kind, share in reached.items() if share < LEAST_HIT_AT_3[kind]} == {}


def test_no_judged_query_is_copied_into_the_words_of_the_catalogue() -> None:
    with (make.DATA / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        words = {row["citizen_term"] for row in csv.DictReader(file)}
    with (make.DATA / "items.jsonl").open(encoding="utf-8") as file:
        words |= {word for line in file for word in json.loads(line)["keywords"]}
    with (make.DATA / "situations.jsonl").open(encoding="utf-8") as file:
        words |= {sentence for line in file for sentence in json.loads(line)["situations"]}
    copied = [row["query"] for row in _judged() if row["query"] in words]
    assert copied == []


def _judged() -> list[dict[str, str]]:
    with JUDGEMENTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
