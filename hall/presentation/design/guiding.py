"""The editor of guides, the same for departments at their desk and for the hall in its console; each says who may come in and where it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.design.guide_form import QuestionForm, check_days
from hall.services.guidance import commands, drawing, editing, queries
from hall.services.guidance.facts import Kinds
from hall.services.guidance.rows import GuideFile
from hall.services.guidance.sheet import make_sheet
from hall.services.guidance.tree import Tree, lengths, walk
from hall.services.guidance.wording import effect_words
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 30
TABS = (("", "全部"), ("draft", "有草稿"), ("review", "待审核"), ("stale", "要核对"))
DONE = {
    "saved": "已保存。",
    "submit": "已提交，等大厅审核后发布。",
    "publish": "已发布，公众马上就能用。",
    "return": "已退回，部门改好后会再提交。",
    "discard": "草稿已放弃，已发布的版本不受影响。",
    "restore": "已把旧版本放进草稿，改好后再发布。",
    "off": "已停用，公众看不到这份导办了。",
    "on": "已恢复，公众又能用了。",
}


@dataclass(frozen=True, slots=True)
class GuidePages:
    """The pages of the editor below one prefix. `actor_of` lets in and raises otherwise; `frame_of` gives the navigation around."""

    prefix: str
    actor_of: Callable[[HttpRequest], Actor]
    frame_of: Callable[[HttpRequest, Actor], dict[str, object]]

    def urls(self) -> list[URLPattern]:
        """The routes, to be listed in the module's own urls."""
        one, question = "/guides/<int:guide_id>", "/guides/<int:guide_id>/questions/<slug:key>"
        return [
            path("/guides", self.index, name="guides"),
            path("/guides/new", self.start, name="new_guide"),
            path(one, self.show, name="guide"),
            path(f"{one}/head", self.head, name="guide_head"),
            path(f"{one}/questions", self.add, name="new_question"),
            path(question, self.question, name="question"),
            path(f"{question}/move", self.move, name="move_question"),
            path(f"{one}/try", self.try_it, name="try_guide"),
            path(f"{one}/versions/<int:number>", self.version, name="guide_version"),
            path(f"{one}/deeds/<str:action>", self.act, name="guide_deed"),
        ]

    # --- reading ------------------------------------------------------------------------------------------------------------------

    def _file(self, request: HttpRequest, guide_id: int) -> tuple[Actor, GuideFile]:
        actor = self.actor_of(request)
        file = queries.guide_file(actor, guide_id) if guide_id < 2**63 else None
        if file is None:
            raise NotFound
        return actor, file

    def _context(self, request: HttpRequest, actor: Actor, **more: Any) -> dict[str, Any]:
        return {**self.frame_of(request, actor), "prefix": self.prefix, "is_hall": actor.has(Role.SYS_ADMIN), "words": effect_words, **more}

    @method_decorator(require_safe)
    def index(self, request: HttpRequest) -> HttpResponse:
        """The guides, keyset. Seven SQL statements."""
        return self._index(request, self.actor_of(request))

    def _index(self, request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
        after, only = request.GET.get("after", ""), request.GET.get("only", "")
        number = int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0
        rows = queries.desk_guides(actor, only=only, after=number, limit=PAGE_SIZE + 1)
        context = self._context(
            request,
            actor,
            rows=rows[:PAGE_SIZE],
            next_after=rows[PAGE_SIZE - 1].guide_id if len(rows) > PAGE_SIZE else None,
            tabs=TABS,
            only=only if only in dict(TABS) else "",
            refusal=refusal,
            typed=request.POST.get("item", "")[:12],
        )
        return render(request, "guides/index.html", context, status=refusal.status if refusal else 200)

    @method_decorator(require_safe)
    def show(self, request: HttpRequest, guide_id: int) -> HttpResponse:
        """One guide: its tree drawn and told, what is wrong with it, its versions. Ten SQL statements at most."""
        actor, file = self._file(request, guide_id)
        return self._show(request, actor, file)

    def _show(self, request: HttpRequest, actor: Actor, file: GuideFile, refusal: Refusal | None = None) -> HttpResponse:
        context = self._context(
            request,
            actor,
            file=file,
            drawing=drawing.draw(file.tree),
            faulty={finding.question for finding in file.findings},
            refusal=refusal,
            done="" if refusal else DONE.get(request.GET.get("done", ""), ""),
        )
        return render(request, "guides/page.html", context, status=refusal.status if refusal else 200)

    @method_decorator(require_safe)
    def version(self, request: HttpRequest, guide_id: int, number: int) -> HttpResponse:
        """One published version, to look at and to restore. Eleven SQL statements at most."""
        actor, file = self._file(request, guide_id)
        tree = queries.version_tree(actor, guide_id, number) if number < 2**31 else None
        if tree is None:
            raise NotFound
        context = self._context(request, actor, file=file, number=number, tree=tree, drawing=drawing.draw(tree))
        return render(request, "guides/version.html", context)

    @method_decorator(require_safe)
    def try_it(self, request: HttpRequest, guide_id: int) -> HttpResponse:
        """Walk through the draft as people will. Twelve SQL statements at most."""
        actor, file = self._file(request, guide_id)
        around = queries.around(file.kind, file.code)
        if around is None:
            raise NotFound
        choices = {name: str(value) for name, value in request.GET.items() if len(name) < 5 and len(value) < 5}
        walked = walk(file.tree, choices)
        context = self._context(
            request,
            actor,
            file=file,
            walked=walked,
            sheet=make_sheet(file.tree, walked, around),
            left=lengths(file.tree)[walked.question.key] if walked.question else 0,
            new=frozenset[str](),
            to={"sheet": ""},
        )
        return render(request, "guides/try.html", context)

    # --- writing ------------------------------------------------------------------------------------------------------------------

    def _go(self, guide_id: int, done: str = "") -> HttpResponseRedirect:
        return HttpResponseRedirect(f"{self.prefix}/guides/{guide_id}{f'?done={done}' if done else ''}")

    @method_decorator(require_POST)
    def start(self, request: HttpRequest) -> HttpResponse:
        """Begin the guide of an item or bundle, or go on with its draft."""
        actor = self.actor_of(request)
        code = request.POST.get("item", "").strip().upper()[:12]
        kind = Kinds.ITEM if len(code) == 12 else Kinds.BUNDLE
        try:
            return self._go(commands.start_draft(actor=actor, kind=kind, code=code, now=timezone.now()))
        except Refusal as refusal:
            return self._index(request, actor, refusal)

    def _save(self, actor: Actor, file: GuideFile, request: HttpRequest, tree: Tree) -> None:
        revision = request.POST.get("revision", "")
        number = int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 9 else -1
        commands.save_draft(actor=actor, guide_id=file.guide_id, revision=number, tree=tree, now=timezone.now())

    @method_decorator(require_POST)
    def head(self, request: HttpRequest, guide_id: int) -> HttpResponse:
        """Another name and introduction."""
        actor, file = self._file(request, guide_id)
        tree = editing.set_head(file.tree, title=request.POST.get("title", ""), intro=request.POST.get("intro", ""))
        try:
            self._save(actor, file, request, tree)
        except Refusal as refusal:
            return self._show(request, actor, file, refusal)
        return self._go(guide_id, "saved")

    @method_decorator(require_POST)
    def add(self, request: HttpRequest, guide_id: int) -> HttpResponse:
        """One question more, which is then written."""
        actor, file = self._file(request, guide_id)
        try:
            tree, key = editing.add_question(file.tree, text=request.POST.get("text", ""))
            self._save(actor, file, request, tree)
        except Refusal as refusal:
            return self._show(request, actor, file, refusal)
        return HttpResponseRedirect(f"{self.prefix}/guides/{guide_id}/questions/{key}")

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def question(self, request: HttpRequest, guide_id: int, key: str) -> HttpResponse:
        """One question with its answers and what each of them changes. Ten SQL statements at most."""
        actor, file = self._file(request, guide_id)
        question = file.tree.question(key)
        if question is None:
            raise NotFound
        form = QuestionForm(file.facts, file.tree, question)
        refusal: Refusal | None = None
        if request.method == "POST":
            try:
                tree, question = form.read(request.POST)
                check_days(request.POST)
                self._save(actor, file, request, tree)
            except Refusal as refused:
                # Nothing is lost: what was typed here stays on the page.
                refusal, form = refused, QuestionForm(file.facts, file.tree, question)
            else:
                go = f"{self.prefix}/guides/{guide_id}/questions/{question.key}?done=saved" if request.POST.get("go") == "stay" else ""
                return HttpResponseRedirect(go) if go else self._go(guide_id, "saved")
        context = self._context(
            request,
            actor,
            file=file,
            form=form,
            question=form.typed,
            came_from=editing.leading_to(file.tree, key),
            findings=[finding for finding in file.findings if finding.question == key],
            refusal=refusal,
            done="" if refusal else DONE.get(request.GET.get("done", ""), ""),
        )
        return render(request, "guides/question.html", context, status=refusal.status if refusal else 200)

    @method_decorator(require_POST)
    def move(self, request: HttpRequest, guide_id: int, key: str) -> HttpResponse:
        """Ask the question first, or take it out (`go`: first, drop)."""
        actor, file = self._file(request, guide_id)
        if file.tree.question(key) is None:
            raise NotFound
        change = editing.make_first if request.POST.get("go") == "first" else editing.drop_question
        try:
            self._save(actor, file, request, change(file.tree, key))
        except Refusal as refusal:
            return self._show(request, actor, file, refusal)
        return self._go(guide_id, "saved")

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, guide_id: int, action: str) -> HttpResponse:
        """Hand in, publish, return, give up, begin a draft, restore, take off the public pages, show again."""
        actor, file = self._file(request, guide_id)
        try:
            self._act(request, actor, file, action)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            return self._show(request, actor, file, refusal)
        return self._go(guide_id, action)

    def _act(self, request: HttpRequest, actor: Actor, file: GuideFile, action: str) -> None:
        now, guide_id = timezone.now(), file.guide_id
        given = {name: request.POST.get(name, "") for name in ("revision", "number")}
        revision, number = (int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1 for text in given.values())
        deeds: dict[str, Callable[[], object]] = {
            "start": lambda: commands.start_draft(actor=actor, kind=file.kind, code=file.code, now=now),
            "submit": lambda: commands.submit_draft(actor=actor, guide_id=guide_id, revision=revision, now=now),
            "publish": lambda: commands.publish_draft(actor=actor, guide_id=guide_id, revision=revision, now=now),
            "return": lambda: commands.return_draft(
                actor=actor, guide_id=guide_id, revision=revision, comment=request.POST.get("comment", ""), now=now
            ),
            "discard": lambda: commands.discard_draft(actor=actor, guide_id=guide_id, revision=revision, now=now),
            "restore": lambda: commands.restore_version(actor=actor, guide_id=guide_id, number=number, now=now),
            "off": lambda: commands.switch_guide(actor=actor, guide_id=guide_id, is_off=True, now=now),
            "on": lambda: commands.switch_guide(actor=actor, guide_id=guide_id, is_off=False, now=now),
        }
        if action not in deeds:
            raise NotFound
        deeds[action]()
