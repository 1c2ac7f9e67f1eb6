"""The town's people with a window each, and the pages that each of them can reach."""

import secrets
from dataclasses import dataclass, field
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
from playwright.sync_api import Browser, BrowserContext, Page

from hall.presentation.commandline.demo import people
from tests.ground.servers import ServedHall

ITEM, DECLARED = "370126014000", "护士执业注册"
PHONES = {person.name: person.phone for person in (people.CITIZEN, people.AGENT, *people.NEIGHBOURS)}


@dataclass
class Reach:
    """Opens pages as somebody; one window for each person."""

    hall: ServedHall
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    _windows: dict[str, Page] = field(default_factory=dict)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def window(self, login: str = "") -> Page:
        """The window of the one with this phone or user name; of a visitor without one."""
        if login not in self._windows:
            context = self.browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
            self._contexts.append(context)
            page = context.new_page()
            page.on("pageerror", lambda fault: self.complaints.append(f"{page.url}: {fault}"))
            page.on(
                "console",
                lambda said: self.complaints.append(f"{page.url}: {said.text}") if "Content Security Policy" in said.text else None,
            )
            if login:
                self._sign_in(page, login)
            self._windows[login] = page
        return self._windows[login]

    def _new_window(self) -> Page:
        context = self.browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: self.complaints.append(f"{page.url}: {fault}"))
        page.on(
            "console", lambda said: self.complaints.append(f"{page.url}: {said.text}") if "Content Security Policy" in said.text else None
        )
        return page

    def _sign_in(self, page: Page, login: str) -> None:
        page.goto(self.hall.url("/sign-in"))
        page.fill("#f-login", login)
        page.fill("#f-password", people.PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda url: urlsplit(url).path != "/sign-in")
        if login == people.AGENT.phone:
            page.goto(self.hall.url("/my/enterprises"))
            page.click("text=为它办事")
            page.wait_for_url(self.hall.url("/my"))

    def open(self, login: str, path: str, *, status: int = 200) -> Page:
        """Open a path in somebody's window; the answer has the expected status."""
        page = self.window(login)
        answer = page.goto(self.hall.url(path))
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return page

    def serials(self) -> dict[str, tuple[str, str, str]]:
        """For each state one case: its serial number, its applicant's login and its department's code."""
        with psycopg.connect(self.hall.database_url) as connection:
            rows = connection.execute(
                "SELECT DISTINCT ON (state) state, serial, applicant_name, department_code FROM cases_case WHERE serial IS NOT NULL ORDER BY state, id"
            ).fetchall()
        return {state: (serial, PHONES.get(name, people.AGENT.phone), department) for state, serial, name, department in rows}

    def unrated(self) -> tuple[str, str]:
        """A closed case that nobody rated, and its applicant's login."""
        with psycopg.connect(self.hall.database_url) as connection:
            row = connection.execute(
                "SELECT c.serial, c.applicant_name FROM cases_case c LEFT JOIN ratings_rating r ON r.serial = c.serial"
                " WHERE c.state = 'closed' AND r.id IS NULL ORDER BY c.id LIMIT 1"
            ).fetchone()
        assert row is not None
        return row[0], PHONES.get(row[1], people.AGENT.phone)

    def one(self, query: LiteralString) -> str:
        """One value out of the town's books."""
        with psycopg.connect(self.hall.database_url) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return str(row[0])

    def open_as_newcomer(self, path: str) -> Page:
        """Open a path as somebody who registered a moment ago."""
        if "newcomer" not in self._windows:
            page = self._windows["newcomer"] = self._new_window()
            page.goto(self.hall.url("/register"))
            page.fill("#f-phone", f"139{secrets.randbelow(10**8):08d}")
            page.fill("#f-name", "周小雨")
            number = f"370102{1950 + secrets.randbelow(50)}0716{secrets.randbelow(900):03d}0"
            page.fill("#f-id_number", people.with_check_digit(number))
            page.fill("#f-password", people.PASSWORD)
            page.check("#f-agree")
            page.click("main form button")
            page.wait_for_url(self.hall.url("/my"))
        return self.open("newcomer", path)

    def close(self) -> None:
        for context in self._contexts:
            context.close()
