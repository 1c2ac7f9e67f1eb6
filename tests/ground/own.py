"""The databases of one test process.

Nothing here weakens the product: its append-only triggers stay, and only the flush between transactional tests steps around them, as
the tables' owner.
"""

import psycopg
from django.db import connection, transaction

from hall.services.catalogue import implementing, queries
from hall.services.guidance import queries as guidance
from hall.support.workdays import queries as workdays
from tests.ground import built, databases
from tests.ground.databases import own_name


class Own:
    """This test process's databases: an empty one for most tests, and a shipped one, made when the first test asks for it."""

    def __init__(self) -> None:
        databases.clone(own_name())
        self._made, self._used = {own_name()}, ""
        # On the class: a browser in the same process has Django open a second connection to the same database.
        type(connection.ops).execute_sql_flush = lambda *_: self._flush()  # type: ignore[method-assign]

    def end(self) -> None:
        connection.close()
        for name in self._made:
            databases.drop(name)

    def choose(self, purpose: str) -> None:
        """Be on the empty database for `""`, on a clone of that template for another purpose, until the next call."""
        name = own_name(purpose and f"_{purpose}")
        if self._used == name:
            return
        if name not in self._made:
            with psycopg.connect(databases.clone(name, of=built.template(purpose)[0])) as fresh:
                fresh.execute("TRUNCATE procrastinate_jobs CASCADE")  # what follows from building it is nobody's test
            self._made.add(name)
        databases.use(name)
        self._used = name
        forget()

    def _flush(self) -> None:
        if self._used == own_name():
            _empty()
            return
        # What a test committed beside the shipped rows cannot be told from them: the next test gets a new clone.
        connection.close()
        databases.drop(self._used)
        self._made.discard(self._used)
        self._used = ""


def forget() -> None:
    """What this process keeps of one database is wrong on another."""
    queries._kept_versions.clear()
    guidance._kept_trees.clear()
    implementing.forget_regions()
    workdays.forget_calendar()


def _empty() -> None:
    """Empty every table that holds rows, the queue's and the append-only trail's too.

    As the owner we switch the refusing triggers off for this one transaction; the product's code never does.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'")
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        filled = [table for (table,) in cursor.fetchall()]
        cursor.execute("SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger WHERE NOT tgisinternal AND (tgtype & 32) <> 0")
        refusing = cursor.fetchall()
        if filled:
            for table, trigger in refusing:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")
            for table, trigger in refusing:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
