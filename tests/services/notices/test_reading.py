from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from hall.services.notices import commands, queries, rules
from hall.services.notices.models import Notice
from hall.support.access.actors import VISITOR, SignInNeeded
from tests.make.notices import make_notice
from tests.make.people import NOW, actor_for, make_citizen

pytestmark = pytest.mark.django_db


def make_many(account_id: int, number: int) -> None:
    Notice.objects.bulk_create(
        Notice(account_id=account_id, kind="moved", title="t", body="b", link="/", created_at=NOW, effect_key=f"many:{account_id}:{n}")
        for n in range(number)
    )


def test_unread_notices_are_counted_up_to_a_hundred(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    zhang, li = make_citizen(), make_citizen()
    make_many(zhang, 3)
    make_many(li, 120)
    with django_assert_num_queries(2):
        assert (queries.unread_count(zhang), queries.unread_count(li)) == (3, 100)
    assert queries.unread_count(make_citizen()) == 0


def test_the_newest_notices_come_first_page_by_page(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    zhang = make_citizen()
    told = [make_notice(zhang) for _ in range(5)]
    make_notice(make_citizen())
    with django_assert_num_queries(2):
        first = queries.notices_of(zhang, limit=3)
        second = queries.notices_of(zhang, before=first[-1].notice_id, limit=3)
    assert [row.notice_id for row in (*first, *second)] == told[::-1]


def test_a_notice_is_read_once_and_keeps_the_first_time() -> None:
    zhang = make_citizen()
    notice = make_notice(zhang)
    assert queries.notices_of(zhang)[0].is_unread
    commands.mark_read(actor=actor_for(zhang), notice_id=notice, now=NOW)
    commands.mark_read(actor=actor_for(zhang), notice_id=notice, now=NOW + timedelta(days=1))
    assert queries.notices_of(zhang)[0].read_at == NOW
    assert queries.unread_count(zhang) == 0


def test_nobody_reads_for_somebody_else() -> None:
    zhang, li = make_citizen(), make_citizen()
    notice = make_notice(zhang)
    with pytest.raises(rules.NoticeMissing):
        commands.mark_read(actor=actor_for(li), notice_id=notice, now=NOW)
    with pytest.raises(rules.NoticeMissing):
        commands.mark_read(actor=actor_for(li), notice_id=10**9, now=NOW)
    with pytest.raises(SignInNeeded):
        commands.mark_read(actor=VISITOR, notice_id=notice, now=NOW)
    assert commands.mark_all_read(actor=actor_for(li), now=NOW) == 0
    assert queries.unread_count(zhang) == 1


def test_reading_all_leaves_what_came_after_the_page_was_shown() -> None:
    zhang = make_citizen()
    shown, later = make_notice(zhang), make_notice(zhang)
    assert commands.mark_all_read(actor=actor_for(zhang), now=NOW, up_to=shown) == 1
    assert [row.notice_id for row in queries.notices_of(zhang) if row.is_unread] == [later]
    assert commands.mark_all_read(actor=actor_for(zhang), now=NOW) == 1
    with pytest.raises(SignInNeeded):
        commands.mark_all_read(actor=VISITOR, now=NOW)
