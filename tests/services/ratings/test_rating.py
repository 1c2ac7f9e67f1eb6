from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from hall.services.notices import queries as notices
from hall.services.ratings import commands, queries, rules
from hall.services.ratings.models import Rating, RatingScore
from hall.services.ratings.queries import DeskReview, ReviewRow
from hall.support.access.actors import VISITOR, NotAllowed, Role, SignInNeeded
from hall.support.audit.models import TrailEntry
from hall.support.jobs import queue
from tests.make.finished import make_finished_case, make_item_version, make_open_case
from tests.make.people import NOW, actor_for, citizen_actor, enterprise_actor, make_agency, make_citizen, staff_actor
from tests.make.ratings import FIVES, make_rating, rate

pytestmark = pytest.mark.django_db


def test_a_finished_case_is_rated_once_and_shown_to_its_applicant() -> None:
    zhang = citizen_actor()
    serial = make_finished_case(zhang)
    rate(zhang, serial, grade=4, dimensions={"guide": 5, "attitude": 4, "speed": 3}, tags=["slow", "kind"], text="两天办好。")
    mine = queries.rating_of_case(zhang, serial, now=NOW)
    assert mine is not None
    assert (mine.grade, mine.guide, mine.attitude, mine.speed) == (4, 5, 4, 3)
    assert (mine.tags, mine.text, mine.can_supplement) == (("态度好", "办理太慢"), "两天办好。", True)
    assert TrailEntry.objects.filter(deed="rating.given", subject=serial).count() == 1


def test_another_rating_of_the_same_case_is_refused_and_changes_nothing() -> None:
    zhang = citizen_actor()
    serial = make_finished_case(zhang)
    rate(zhang, serial, grade=5)
    with pytest.raises(rules.AlreadyRated):
        rate(zhang, serial, grade=1, text="改主意了")
    with pytest.raises(rules.AlreadyRated):
        rate(zhang, serial, grade=5, is_anonymous=True)
    assert [score.n5 for score in RatingScore.objects.all()] == [1, 1]
    assert Rating.objects.get().grade == 5


def test_a_second_click_on_the_button_is_the_same_rating() -> None:
    zhang = citizen_actor()
    serial = make_finished_case(zhang)
    first = rate(zhang, serial, grade=2, tags=["slow"], text="慢")
    again = rate(zhang, serial, grade=2, tags=["slow"], text="慢", now=NOW + timedelta(days=40))
    assert again == replace(first, is_new=False)
    assert {score.count for score in RatingScore.objects.all()} == {1}


def test_nobody_rates_for_somebody_else() -> None:
    zhang, li = citizen_actor(), citizen_actor(name="李四")
    serial = make_finished_case(zhang)
    for stranger, refusal in (
        (li, rules.RatingMissing),
        (VISITOR, SignInNeeded),
        (staff_actor(Role.CLERK), NotAllowed),
        (staff_actor(Role.SUPERVISOR), NotAllowed),
    ):
        with pytest.raises(refusal):
            rate(stranger, serial)
    assert queries.rating_of_case(li, serial) is None
    assert not Rating.objects.exists()


def test_a_colleague_rates_and_reads_for_the_same_enterprise_only_while_acting_for_it() -> None:
    li = enterprise_actor()
    assert li.enterprise_id
    serial = make_finished_case(li)
    colleague = make_citizen(name="王五")
    make_agency(li.enterprise_id, colleague)
    with pytest.raises(rules.RatingMissing):
        rate(actor_for(colleague), serial)
    rate(actor_for(colleague, enterprise_id=li.enterprise_id), serial)
    assert queries.rating_of_case(li, serial) is not None
    assert queries.rating_of_case(actor_for(colleague), serial) is None
    assert queries.item_reviews(Rating.objects.get().item_code)[0].shown_name == "济南泉城餐饮有限公司"


def test_an_open_or_withdrawn_case_is_not_rated() -> None:
    zhang = citizen_actor()
    with pytest.raises(rules.RatingMissing):
        rate(zhang, make_open_case(zhang))
    with pytest.raises(rules.CaseNotRateable):
        rate(zhang, make_finished_case(zhang, close_kind="withdrawn", state="withdrawn"))
    with pytest.raises(rules.RatingMissing):
        rate(zhang, "no such number")


def test_rating_ends_fifteen_days_after_closing() -> None:
    zhang = citizen_actor()
    serial = make_finished_case(zhang, closed_at=NOW)
    with pytest.raises(rules.RatingOver):
        rate(zhang, serial, now=NOW + timedelta(days=16))
    rate(zhang, serial, now=NOW + timedelta(days=15))


def test_a_refused_rating_leaves_nothing() -> None:
    zhang = citizen_actor()
    serial = make_finished_case(zhang)
    with pytest.raises(rules.ReasonMissing):
        rate(zhang, serial, grade=1)
    with pytest.raises(rules.DimensionMissing):
        rate(zhang, serial, dimensions={**FIVES, "speed": 0})
    assert not Rating.objects.exists() and not RatingScore.objects.exists()


def test_scores_count_items_and_departments_and_show_from_five_ratings(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    item = make_item_version().item_id
    for grade in (5, 5, 4, 2):
        make_rating(grade=grade, item_code=item, tags=["slow"] if grade == 2 else [])
    few = queries.item_score(item)
    assert few is not None
    assert (few.count, few.grades, few.shown, few.dimension("guide"), few.satisfied_percent) == (4, (0, 1, 0, 1, 2), None, None, None)
    make_rating(grade=3, item_code=item, tags=["slow", "kind"])
    other = make_item_version().item_id
    make_rating(grade=1, item_code=other, tags=["slow"])
    with django_assert_num_queries(6):
        score, department = queries.item_score(item), queries.department_score("SD02")
        scores, departments = queries.item_scores([item, other, "NONE"]), queries.department_scores()
        tags, department_tags = queries.item_tags(item), queries.department_tags("SD02")
    assert score is not None and department is not None
    assert (score.shown, score.dimension("speed"), score.satisfied_percent, score.ranking) == (3.8, 5.0, 80.0, None)
    assert (department.count, department.shown) == (6, 3.3)
    assert set(scores) == {item, other} and set(departments) == {"SD02"}
    assert [(tag.name, tag.count) for tag in tags] == [("办理太慢", 2), ("态度好", 1)]
    assert [(tag.name, tag.count) for tag in department_tags] == [("办理太慢", 3), ("态度好", 1)]
    assert queries.item_score("NONE") is None and queries.department_score("NONE") is None


def test_public_reviews_come_newest_first_page_by_page_and_masked(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    item = make_item_version().item_id
    ids = [make_rating(item_code=item, text=f"第 {n} 条，电话 13812340000") for n in range(5)]
    make_rating()
    with django_assert_num_queries(2):
        first = queries.item_reviews(item, limit=3)
        rest = queries.item_reviews(item, before=first[-1].rating_id, limit=3)
    assert [row.rating_id for row in (*first, *rest)] == ids[::-1]
    assert first[0].shown_name == "李*明"
    assert first[0].text == "第 4 条，电话 138****0000"
    assert (first[0].created_at.hour, first[0].created_at.minute) == (0, 0)


def test_the_department_filters_its_reviews() -> None:
    good, bad = make_rating(grade=5), make_rating(grade=1)
    answered = make_rating(grade=2)
    make_rating(grade=1, department_code="SD03")
    commands.reply_to_rating(actor=staff_actor(Role.CLERK), rating_id=answered, text="已整改。", now=NOW)

    def ids(only: str) -> list[int]:
        return [row.rating_id for row in queries.department_reviews("SD02", only=only)]

    assert ids("all") == [answered, bad, good]
    assert ids("low") == [answered, bad]
    assert ids("unanswered") == [bad, good]


def test_an_anonymous_rater_stays_hidden_from_everybody_else() -> None:
    zhang, clerk = citizen_actor(name="张小三"), staff_actor(Role.CLERK)
    serial = make_finished_case(zhang)
    rating = rate(zhang, serial, grade=1, text="态度差", is_anonymous=True).rating_id
    item = Rating.objects.get().item_code
    rows: list[ReviewRow | DeskReview] = [*queries.item_reviews(item), *queries.department_reviews("SD02"), *queries.desk_reviews(clerk)]
    assert len(rows) == 3
    for row in rows:
        words = repr(asdict(row))
        assert "匿名用户" in words
        assert serial not in words and "张" not in words and "account_id" not in words
    assert queries.rating_of_case(clerk, serial) is None
    assert queries.rating_of_case(staff_actor(Role.LEADER), serial) is None
    mine = queries.rating_of_case(zhang, serial)
    assert mine is not None and mine.is_anonymous
    # The desk may answer all the same, and its deed in the trail does not name the case.
    commands.reply_to_rating(actor=clerk, rating_id=rating, text="已核实，向您致歉。", now=NOW)
    assert not TrailEntry.objects.filter(deed="rating.answered", subject=serial).exists()


def test_the_desk_sees_the_case_of_a_named_rating_of_its_own_department_only() -> None:
    zhang = citizen_actor()
    serial = make_finished_case(zhang)
    rate(zhang, serial)
    (row,) = queries.desk_reviews(staff_actor(Role.CLERK))
    assert (row.serial, row.can_reply) == (serial, True)
    assert queries.desk_reviews(staff_actor(Role.REVIEWER))[0].can_reply is False
    assert queries.desk_reviews(staff_actor(Role.CLERK, department_code="SD03")) == []
    assert queries.rating_of_case(staff_actor(Role.CLERK), serial) is not None
    assert queries.rating_of_case(staff_actor(Role.CLERK, department_code="SD03"), serial) is None
    with pytest.raises(NotAllowed):
        queries.desk_reviews(zhang)


def test_the_department_answers_once_and_the_rater_is_told() -> None:
    zhang = citizen_actor()
    assert zhang.account_id
    serial = make_finished_case(zhang)
    rating = rate(zhang, serial).rating_id
    clerk, leader = staff_actor(Role.CLERK), staff_actor(Role.LEADER)
    commands.reply_to_rating(actor=clerk, rating_id=rating, text="感谢您的评价。", now=NOW)
    with pytest.raises(rules.AlreadyAnswered):
        commands.reply_to_rating(actor=leader, rating_id=rating, text="再谢。", now=NOW)
    queue.run_due_now()
    (notice,) = notices.notices_of(zhang.account_id)
    assert (notice.kind, notice.link) == ("rating_answered", f"/my/cases/{serial}")
    mine = queries.rating_of_case(zhang, serial)
    assert mine is not None and mine.reply == "感谢您的评价。"


def test_only_clerk_and_leader_of_the_department_answer() -> None:
    rating = make_rating()
    for stranger, refusal in (
        (VISITOR, SignInNeeded),
        (citizen_actor(), NotAllowed),
        (staff_actor(Role.REVIEWER), NotAllowed),
        (staff_actor(Role.SUPERVISOR), NotAllowed),
        (staff_actor(Role.CLERK, department_code="SD03"), NotAllowed),
    ):
        with pytest.raises(refusal):
            commands.reply_to_rating(actor=stranger, rating_id=rating, text="谢谢。", now=NOW)
    with pytest.raises(rules.RatingMissing):
        commands.reply_to_rating(actor=staff_actor(Role.CLERK), rating_id=10**9, text="谢谢。", now=NOW)
    with pytest.raises(rules.TextMissing):
        commands.reply_to_rating(actor=staff_actor(Role.CLERK), rating_id=rating, text=" ", now=NOW)
    assert queries.department_reviews("SD02")[0].reply == ""


def test_a_supplement_is_added_once_in_time_and_leaves_the_score() -> None:
    zhang, li = citizen_actor(), citizen_actor(name="李四")
    serial = make_finished_case(zhang)
    rate(zhang, serial, grade=3)
    with pytest.raises(rules.RatingMissing):
        commands.supplement_rating(actor=li, serial=serial, text="x", now=NOW)
    with pytest.raises(rules.SupplementOver):
        commands.supplement_rating(actor=zhang, serial=serial, text="晚了", now=NOW + timedelta(days=9))
    commands.supplement_rating(actor=zhang, serial=serial, text="后来窗口来过电话。", now=NOW + timedelta(days=2))
    with pytest.raises(rules.AlreadySupplemented):
        commands.supplement_rating(actor=zhang, serial=serial, text="又来", now=NOW + timedelta(days=3))
    mine = queries.rating_of_case(zhang, serial, now=NOW + timedelta(days=3))
    assert mine is not None
    assert (mine.supplement, mine.can_supplement, mine.grade) == ("后来窗口来过电话。", False, 3)
    assert {score.count for score in RatingScore.objects.all()} == {1}
