"""智能导办，用一句话问 (§5.4): a guided conversation in plain pages. What people say stands in no address; a cookie holds only a token."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hall.presentation.design.basket import is_from_own_page
from hall.presentation.design.context import division_of
from hall.services.guidance import dialogue, talks
from hall.services.guidance.dialogue_state import HALL, Message, Source, Talk
from hall.support.access.actors import Actor
from hall.support.refusals import Refusal

COOKIE, PATH = "hall_talk", "/ask"
# Sentences to begin with, in people's own words; each is said by a click.
EXAMPLES = (
    "身份证丢了怎么补",
    "想开个小饭馆要办什么",
    "孩子刚出生，怎么上户口",
    "退休要带什么材料",
    "二手房过户多少钱",
    "老人八十了有什么补贴",
)


class ForeignPage(Refusal):
    """The browser says that the request came from a page that is not ours; nothing happened."""

    sentence = "没有收到您的话。请在本站的页面里再说一次。"
    status = 403


@dataclass(frozen=True, slots=True)
class Part:
    """Neighbouring lines of a message: one paragraph each, or a list; `source` links to where they can be checked."""

    is_list: bool
    texts: tuple[str, ...]
    source: Source | None


def token_of(request: HttpRequest) -> str:
    """The token of the visitor's talk, "" without one."""
    return request.COOKIES.get(COOKIE, "")


def parts_of(message: Message) -> list[Part]:
    """The lines of one message as they are shown: the source stands once, after the last line that it stands for."""
    parts: list[Part] = []
    for (source, is_entry), lines in groupby(message.lines, key=lambda line: (line.source, line.is_entry)):
        if parts and parts[-1].source == source:
            parts[-1] = Part(parts[-1].is_list, parts[-1].texts, None)
        parts.append(Part(is_entry, tuple(line.text for line in lines), source))
    return parts


def _shown(messages: Sequence[Message]) -> list[tuple[Message, list[Part]]]:
    return [(message, parts_of(message)) for message in messages]


@csrf_exempt  # the buttons also stand on pages kept for everybody, which hold no form token: the browser's word on where it came from is asked
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The talk. Posting says a sentence, takes a choice or forgets the talk. One SQL statement, seven with a topic in the address."""
    if request.method == "POST":
        return _act(request)
    topic = _topic(request)
    talk = talks.talk_of(token_of(request), now=timezone.now())
    if topic:
        talk = talks.begun_with(topic, talk=talk, division_code=division_of(request))
    shown = talk or dialogue.opening()
    kind, code = shown.topic
    context = {
        "talk": shown,
        "messages": _shown(shown.messages),
        "newest": _newest(shown),
        "is_new": talk is None,
        "topic": topic,
        "topic_name": talks.topic_name(shown, division_code=division_of(request)) if code else "",
        "topic_href": f"/{'items' if kind == 'item' else 'bundles'}/{code}" if code else "",
        "examples": EXAMPLES,
        "hall": HALL,
        "most": dialogue.MOST_SAID,
    }
    return render(request, "storefront/ask/page.html", context)


def _topic(request: HttpRequest) -> str:
    for kind in ("item", "bundle"):
        code = request.GET.get(kind, "")
        if code.isascii() and code.isalnum() and len(code) <= 12:
            return f"{kind}:{code}"
    return ""


def _newest(talk: Talk) -> int:
    """Where the newest exchange begins: the person's last words, or the first message."""
    return max((at for at, message in enumerate(talk.messages) if message.who != HALL), default=0)


def _act(request: HttpRequest) -> HttpResponse:
    if not is_from_own_page(request):
        raise ForeignPage
    if request.POST.get("forget"):
        talks.forget(token_of(request))
        response = HttpResponseRedirect(PATH)
        response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
        return response
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = request.POST.get("seen", "")
    held = talks.go_on(
        actor=actor,
        token=token_of(request),
        sentence=request.POST.get("sentence", ""),
        choice=request.POST.get("choice", ""),
        seen=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 5 else None,
        topic=request.POST.get("topic", "")[:20],
        division_code=division_of(request),
        now=timezone.now(),
    )
    response = HttpResponseRedirect(f"{PATH}#now")
    response.set_cookie(
        COOKIE,
        held.token,
        max_age=int(talks.KEPT.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
