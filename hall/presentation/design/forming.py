"""The designer of forms, the same for departments at their desk and for the hall in its console; each says who may come in and where it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.design.check_form import CheckForm
from hall.presentation.design.column_form import COLUMN_KINDS, OPERATIONS
from hall.presentation.design.field_form import FieldForm
from hall.presentation.design.form_rows import section_rows
from hall.presentation.design.form_texts import storable
from hall.services.forms import checking, commands, groups, queries, rules
from hall.services.forms.queries import FormFile
from hall.services.recognition import queries as recognition
from hall.support.access.actors import Actor, Role
from hall.support.formrules import editing
from hall.support.formrules.answering import gathered
from hall.support.formrules.definition import BadForm, FieldError, FormDefinition
from hall.support.formrules.view import FormView, form_view
from hall.support.formrules.vocabulary import Kind
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 20
DONE = {
    "saved": "已保存。",
    "submit": "已提交，等大厅审核后发布。",
    "publish": "已发布。新的申请用新表单；在办的办件和已经开始填的草稿仍用原来的。",
    "return": "已退回，部门改好后会再提交。",
    "discard": "草稿已放弃，使用中的表单不受影响。",
    "restore": "已把旧版本放进草稿，改好后再提交。",
    "caught-up": "已记下，继续用这份草稿。",
    "import": "已导入，请看下面的检查结果。",
    "group-saved": "已存成字段组，别的表单可以放进去。",
    "group-renewed": "已换成新版，请看检查结果。",
}
# The inputs of the designer, apart from those of the form that is shown beside them.
PREFIX = "e."


def number_of(text: str, most: int = 9) -> int:
    """A number in an address or form; -1 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= most else -1


@dataclass(frozen=True, slots=True)
class FormPages:
    """The pages of the designer below one prefix. `actor_of` lets in and raises otherwise; `frame_of` gives the navigation around."""

    prefix: str
    actor_of: Callable[[HttpRequest], Actor]
    frame_of: Callable[[HttpRequest, Actor], dict[str, object]]

    def urls(self) -> list[URLPattern]:
        """The routes, to be listed in the module's own urls."""
        one = "/forms/<int:form_id>"
        return [
            path("/forms", self.index, name="forms"),
            path("/forms/start", self.start, name="start_form"),
            path(one, self.show, name="form"),
            path(f"{one}/change", self.change, name="change_form"),
            path(f"{one}/head", self.head, name="form_head"),
            path(f"{one}/sections/<int:place>", self.section, name="form_section"),
            path(f"{one}/fields/<slug:name>", self.field, name="form_field"),
            path(f"{one}/checks", self.checks, name="form_checks"),
            path(f"{one}/groups/<str:action>", self.group, name="form_group"),
            path(f"{one}/try", self.try_it, name="try_form"),
            path(f"{one}/schema.json", self.export, name="form_schema"),
            path(f"{one}/schema", self.bring_in, name="import_form"),
            path(f"{one}/deeds/<str:action>", self.act, name="form_deed"),
        ]

    # --- reading ----------------------------------------------------------------------------------------------------------------------

    def _file(self, request: HttpRequest, form_id: int) -> tuple[Actor, FormFile]:
        actor = self.actor_of(request)
        file = queries.form_file(actor, form_id) if form_id < 2**63 else None
        if file is None:
            raise NotFound
        return actor, file

    def _context(self, request: HttpRequest, actor: Actor, **more: Any) -> dict[str, Any]:
        return {**self.frame_of(request, actor), "prefix": self.prefix, "is_hall": actor.has(Role.SYS_ADMIN), **more}

    @method_decorator(require_safe)
    def index(self, request: HttpRequest) -> HttpResponse:
        """Open drafts, and the items whose forms may be designed, keyset. Eight SQL statements."""
        return self._index(request, self.actor_of(request))

    def _index(self, request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
        after, name = request.GET.get("after", "")[:12], request.GET.get("q", "").strip()[:60]
        items = queries.items(actor, after=after, name=name, limit=PAGE_SIZE + 1)
        context = self._context(
            request,
            actor,
            drafts=queries.open_drafts(actor),
            items=items[:PAGE_SIZE],
            next_after=items[PAGE_SIZE - 1].code if len(items) > PAGE_SIZE else "",
            q=name,
            audiences=rules.AUDIENCE_NAMES,
            refusal=refusal,
            done="" if refusal else DONE.get(request.GET.get("done", ""), ""),
        )
        return render(request, "forms/index.html", context, status=refusal.status if refusal else 200)

    @method_decorator(require_safe)
    def show(self, request: HttpRequest, form_id: int) -> HttpResponse:
        """One form: its fields, the settings of the chosen one, what is wrong, how it looks on a phone. Nine SQL statements."""
        actor, file = self._file(request, form_id)
        return self._show(request, actor, file, chosen=request.GET.get("field", ""))

    def _show(
        self,
        request: HttpRequest,
        actor: Actor,
        file: FormFile,
        *,
        chosen: str = "",
        form: FieldForm | None = None,
        refusal: Refusal | None = None,
    ) -> HttpResponse:
        if form is None and chosen in editing.properties_of(file.schema):
            form = FieldForm(file.schema, chosen)
        faulty = {finding.field for finding in file.findings}
        offered = groups.groups(actor)
        context = self._context(
            request,
            actor,
            file=file,
            sections=section_rows(file.schema, faulty, {group.key: group.title for group in offered}),
            groups=offered,
            renewals=groups.renewals(offered, file),
            palette=editing.PALETTE,
            form=form,
            chosen=form.name if form else "",
            section_place=number_of(request.GET.get("section") or request.POST.get("section", "")),
            columns=COLUMN_KINDS,
            operations=OPERATIONS,
            has_reader=recognition.is_ready(),
            checks=CheckForm(file.schema) if form is None else None,
            preview=self._preview(file, {}, chosen=form.name if form else "") if not file.findings else None,
            refusal=refusal,
            done="" if refusal else DONE.get(request.GET.get("done", ""), ""),
        )
        return render(request, "forms/page.html", context, status=refusal.status if refusal else 200)

    def _preview(self, file: FormFile, values: Mapping[str, Any], *, chosen: str = "", step: int = 0) -> FormView:
        definition = FormDefinition.from_schema(file.schema)
        held = {**values, **definition.computed(values, timezone.localdate())}
        return form_view(definition, held, step=step or definition.step_of(chosen))

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def try_it(self, request: HttpRequest, form_id: int) -> HttpResponse:
        """Fill the form in as people will; nothing is kept. Eight SQL statements."""
        actor, file = self._file(request, form_id)
        try:
            definition = FormDefinition.from_schema(file.schema)
        except BadForm:
            return HttpResponseRedirect(f"{self.prefix}/forms/{form_id}")
        sent = request.POST if request.method == "POST" else {}
        typed = gathered((name, values if len(values) > 1 else values[0]) for name, values in request.POST.lists()) if sent else {}
        for field in definition.fields:
            # Nothing is sent while trying: the name of a chosen file stands for it.
            chosen = typed.get(field.name, {}).get("file") if field.takes_files and isinstance(typed.get(field.name), dict) else None
            if chosen:
                named = {"id": "", "name": str(chosen), "size": 0}
                typed[field.name] = [named] if field.kind is Kind.FILE else {**typed[field.name], "picture": named}
        today = timezone.localdate()
        checked = definition.check(typed, today)
        said = checking.run(definition, checked.values, checking.Nowhere(), today) if sent else []
        files = {field.name: typed[field.name] for field in definition.fields if field.takes_files and field.name in typed}
        held = {**definition.check_partial(typed, today).values, **definition.computed(typed, today), **files}
        context = self._context(
            request,
            actor,
            file=file,
            view=form_view(definition, held, _with_said(checked.errors, said) if sent else ()),
            unverified=[one.sentence for one in said if one.is_unknown],
            is_checked=bool(sent),
            width="phone" if request.GET.get("width") == "phone" else "desk",
        )
        return render(request, "forms/try.html", context)

    @method_decorator(require_safe)
    def export(self, request: HttpRequest, form_id: int) -> HttpResponse:
        """The form as JSON Schema text, to be kept and reviewed in a repository. Seven SQL statements."""
        _, file = self._file(request, form_id)
        answer = HttpResponse(rules.written(file.schema), content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{file.row.item_code}.{file.row.audience}.json"'
        return answer

    # --- writing ----------------------------------------------------------------------------------------------------------------------

    def _go(self, form_id: int, done: str = "", *, field: str = "", anchor: str = "") -> HttpResponseRedirect:
        query = "&".join(part for part in (f"field={field}" if field else "", f"done={done}" if done else "") if part)
        return HttpResponseRedirect(f"{self.prefix}/forms/{form_id}{f'?{query}' if query else ''}{f'#{anchor}' if anchor else ''}")

    def _save(self, request: HttpRequest, actor: Actor, file: FormFile, schema: Mapping[str, Any]) -> None:
        revision = number_of(request.POST.get("revision", ""))
        commands.save_draft(actor=actor, draft_id=file.row.draft_id, revision=revision, schema=schema, now=timezone.now())

    @method_decorator(require_POST)
    def start(self, request: HttpRequest) -> HttpResponse:
        """Begin the form of an item, or go on with its draft."""
        actor = self.actor_of(request)
        code, audience = request.POST.get("item", "").strip()[:12], request.POST.get("audience", "")
        try:
            return self._go(commands.start_draft(actor=actor, item_code=code, audience=audience, now=timezone.now()))
        except Refusal as refusal:
            if refusal.status in {401, 403}:
                raise
            return self._index(request, actor, refusal)

    @method_decorator(require_POST)
    def change(self, request: HttpRequest, form_id: int) -> HttpResponse:
        """Add, move, copy or take out a field or a section (`do`: what, colon, which)."""
        actor, file = self._file(request, form_id)
        what, _, which = request.POST.get("do", "").partition(":")
        try:
            schema, chosen = _changed(file.schema, what, which, number_of(request.POST.get("section", "")))
            self._save(request, actor, file, schema)
        except Refusal as refusal:
            return self._show(request, actor, file, chosen=which, refusal=refusal)
        return self._go(form_id, field=chosen, anchor=f"l-{chosen}" if chosen and what in {"up", "down"} else "settings" if chosen else "")

    @method_decorator(require_POST)
    def head(self, request: HttpRequest, form_id: int) -> HttpResponse:
        """Another name and introduction."""
        actor, file = self._file(request, form_id)
        title, note = (storable(request.POST.get(f"{PREFIX}{name}", "")).strip() for name in ("title", "note"))
        try:
            self._save(request, actor, file, editing.set_head(file.schema, title=title[:60], note=note[:300]))
        except Refusal as refusal:
            return self._show(request, actor, file, refusal=refusal)
        return self._go(form_id, "saved")

    @method_decorator(require_POST)
    def section(self, request: HttpRequest, form_id: int, place: int) -> HttpResponse:
        """Another heading of a section, and whether it begins a page."""
        actor, file = self._file(request, form_id)
        title, note = (storable(request.POST.get(f"{PREFIX}{name}", "")).strip() for name in ("title", "note"))
        is_step = request.POST.get(f"{PREFIX}step") == "1"
        try:
            schema = editing.set_section(file.schema, place, title=title[:60], note=note[:300], is_step=is_step)
            self._save(request, actor, file, schema)
        except Refusal as refusal:
            return self._show(request, actor, file, refusal=refusal)
        return self._go(form_id, "saved")

    @method_decorator(require_POST)
    def field(self, request: HttpRequest, form_id: int, name: str) -> HttpResponse:
        """The settings of one field."""
        actor, file = self._file(request, form_id)
        if name not in editing.properties_of(file.schema):
            raise NotFound
        sent = {key.removeprefix(PREFIX): storable(str(value)) for key, value in request.POST.items() if key.startswith(PREFIX)}
        form = FieldForm(file.schema, name, sent)
        try:
            stored, is_required = form.read()
            self._save(request, actor, file, editing.put_field(file.schema, name, stored, is_required=is_required))
        except Refusal as refusal:
            # Nothing is lost: what was written here stays on the page.
            return self._show(request, actor, file, form=form, refusal=refusal)
        return self._go(form_id, "saved", field=name)

    @method_decorator(require_POST)
    def checks(self, request: HttpRequest, form_id: int) -> HttpResponse:
        """The checks over several fields, and one more."""
        actor, file = self._file(request, form_id)
        sent = {key.removeprefix(PREFIX): storable(str(value)) for key, value in request.POST.items() if key.startswith(PREFIX)}
        schema = editing.put_checks(file.schema, CheckForm(file.schema).read(sent, sent.get("add", "")))
        try:
            self._save(request, actor, file, schema)
        except Refusal as refusal:
            return self._show(request, actor, file, refusal=refusal)
        return self._go(form_id, "saved", anchor="checks")

    @method_decorator(require_POST)
    def group(self, request: HttpRequest, form_id: int, action: str) -> HttpResponse:
        """Keep a section as a group of fields, copy a group into the form, or put its newer version in place of the older."""
        actor, file = self._file(request, form_id)
        key, now = storable(request.POST.get("group", "")), timezone.now()
        revision, place, number = (number_of(request.POST.get(name, "")) for name in ("revision", "section", "number"))
        try:
            if action == "save":
                groups.save_group(actor=actor, draft_id=form_id, revision=revision, place=place, title=key, now=now)
                return HttpResponseRedirect(f"{self.prefix}/forms/{form_id}?section={place}&done=group-saved#settings")
            if action == "insert":
                first = groups.insert_group(actor=actor, draft_id=form_id, revision=revision, key=key, now=now)
                return self._go(form_id, field=first, anchor=f"l-{first}")
            if action == "renew":
                groups.renew_group(actor=actor, draft_id=form_id, revision=revision, key=key, version=number, now=now)
                return self._go(form_id, "group-renewed")
        except NotFound:
            raise
        except Refusal as refusal:
            return self._show(request, actor, file, refusal=refusal)
        raise NotFound

    @method_decorator(require_POST)
    def bring_in(self, request: HttpRequest, form_id: int) -> HttpResponse:
        """Put the text of a form, pasted or as a file, in place of the draft."""
        actor, file = self._file(request, form_id)
        given = request.FILES.get("file")
        try:
            if given is not None and (given.size or 0) > rules.MOST_BYTES:
                raise rules.NotReadable(f"文件超过 {rules.MOST_BYTES // 1024} KB，没有导入。")
            text = given.read().decode("utf-8-sig", "replace") if given is not None else request.POST.get("schema", "")
            self._save(request, actor, file, rules.read_text(storable(text)))
        except Refusal as refusal:
            return self._show(request, actor, file, refusal=refusal)
        return self._go(form_id, "import")

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, form_id: int, action: str) -> HttpResponse:
        """Hand in, publish, return, give up, restore an old version, go on beside a newer one."""
        actor, file = self._file(request, form_id)
        try:
            self._act(request, actor, file, action)
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status in {401, 403}:
                raise
            return self._show(request, actor, file, refusal=refusal)
        if action in {"publish", "discard"}:
            return HttpResponseRedirect(f"{self.prefix}/forms?done={action}")
        return self._go(form_id, action)

    def _act(self, request: HttpRequest, actor: Actor, file: FormFile, action: str) -> None:
        now, draft_id, row = timezone.now(), file.row.draft_id, file.row
        revision, version = (number_of(request.POST.get(name, "")) for name in ("revision", "number"))
        comment = request.POST.get("comment", "")
        deeds: dict[str, Callable[[], object]] = {
            "submit": lambda: commands.submit_draft(actor=actor, draft_id=draft_id, revision=revision, now=now),
            "publish": lambda: commands.publish_draft(actor=actor, draft_id=draft_id, revision=revision, now=now),
            "return": lambda: commands.return_draft(actor=actor, draft_id=draft_id, revision=revision, comment=comment, now=now),
            "discard": lambda: commands.discard_draft(actor=actor, draft_id=draft_id, revision=revision, now=now),
            "caught-up": lambda: commands.catch_up(actor=actor, draft_id=draft_id, revision=revision, now=now),
            "restore": lambda: commands.start_draft(actor=actor, item_code=row.item_code, audience=row.audience, number=version, now=now),
        }
        if action not in deeds:
            raise NotFound
        deeds[action]()


def _with_said(errors: tuple[FieldError, ...], said: list[checking.Outcome]) -> tuple[FieldError, ...]:
    """What is wrong with single fields, then what the checks say."""
    return (*errors, *(FieldError(one.field, one.sentence) for one in said if not one.is_unknown))


def _changed(schema: Mapping[str, Any], what: str, which: str, section: int) -> tuple[dict[str, Any], str]:
    """The form after one step, and the field to show then. Raises: NoSuchStep, FormFull."""
    known = which in editing.properties_of(schema)
    if what == "add" and any(entry[0] == which for entry in editing.PALETTE):
        return editing.add_field(schema, which, section if section >= 0 else len(editing.sections_of(schema)) - 1)
    if what == "copy" and known:
        return editing.copy_field(schema, which)
    if what in {"up", "down"} and known:
        return editing.move_field(schema, which, -1 if what == "up" else 1), which
    if what == "drop" and known:
        return editing.drop_field(schema, which), ""
    if what == "add-section":
        return editing.add_section(schema), ""
    if what in {"section-up", "section-down"}:
        return editing.move_section(schema, number_of(which), -1 if what == "section-up" else 1), ""
    if what == "section-drop":
        return editing.drop_section(schema, number_of(which)), ""
    raise rules.NoSuchStep
