"""Whether a licence holds, by its number and holder, and codes in pictures: for anybody who has one in hand (§5.3.3).

Nobody learns here what he did not know: only the standing is told, never a date, an issuer or a name; a wrong holder and an unknown
number get the same words after the same steps.
"""

from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hall.presentation.storefront.verify import NOTHING_ASKED, answer, context_of
from hall.services.cases import queries as cases
from hall.services.cases import results
from hall.services.catalogue import queries as catalogue
from hall.services.licences import commands, rules
from hall.services.licences.commands import Wanted
from hall.services.licences.rows import Looked
from hall.services.licences.wording import public_answer
from hall.support.access import throttles
from hall.support.access.actors import Actor
from hall.support.filestore import codes
from hall.support.identity import masking, protection
from hall.support.refusals import Refusal
from hall.support.signing import papers
from hall.support.signing.codes import PREFIX, NotOurs, read_code
from hall.support.signing.keys import all_keys

TRIES, WINDOW_SECONDS = 20, 600
_FIELDS = {"cert_type": "cert_type", "holder": "holder"}
# However many addresses ask: one licence's holder cannot be guessed.
NUMBER_TRIES, NUMBER_WINDOW_SECONDS = 20, 3600


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def licence(request: HttpRequest) -> HttpResponse:
    """By number and holder; sent in the body, so that neither stands in a log or a history. Seven SQL statements."""
    if request.method != "POST":
        return redirect("storefront:verify")
    typed = {name: request.POST.get(name, "").strip()[:120] for name in ("cert_type", "licence_number", "holder")}
    try:
        looked = _look(request, typed)
    except Refusal as refusal:
        errors = [(_FIELDS.get(refusal.at_field or "", "licence_number"), refusal.shown)]
        return _page(request, {"typed": typed, "errors": errors}, refusal.status)
    told = public_answer(looked, timezone.localdate())
    said = {
        "typed": typed if told.is_open else NOTHING_ASKED["typed"],
        "answer": told,
        "name": looked.cert_name,
        "number": typed["licence_number"],
        "holder": typed["holder"] if len(typed["holder"]) > 5 else masking.mask_name(typed["holder"]),
        "now": timezone.now(),
    }
    return _page(request, said, told.status)


def _page(request: HttpRequest, licence: dict[str, object], status: int) -> HttpResponse:
    return render(request, "storefront/verify/page.html", context_of(licence=NOTHING_ASKED | licence), status=status)


def _look(request: HttpRequest, typed: dict[str, str]) -> Looked:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    names = {row.code: row.name for row in catalogue.cert_types()}
    if typed["cert_type"] not in names:
        raise rules.WrongType
    wanted = Wanted(typed["cert_type"], names[typed["cert_type"]])
    throttles.count_try(f"verify-licence:{actor.address}", limit=TRIES, window_seconds=WINDOW_SECONDS, now=now)
    digest = protection.lookup_digest(rules.plain(typed["licence_number"]), purpose="verify.throttle")
    throttles.count_try(f"verify-number:{digest}", limit=NUMBER_TRIES, window_seconds=NUMBER_WINDOW_SECONDS, now=now)
    return commands.verify_by_number(actor=actor, wanted=wanted, number=typed["licence_number"], holder_name=typed["holder"], now=now)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def picture(request: HttpRequest) -> HttpResponse:
    """By a photo of the paper, or the PDF itself: code and signature are checked here. Nothing is kept."""
    if request.method != "POST":
        return redirect("storefront:verify")
    actor: Actor = request.actor  # type: ignore[attr-defined]
    throttles.count_try(f"verify-picture:{actor.address}", limit=TRIES, window_seconds=WINDOW_SECONDS, now=timezone.now())
    given = request.FILES.get("picture")
    stream = cast(BinaryIO, given.file) if given is not None else None
    try:
        return _paper(request, codes.read_pdf(stream)) if codes.is_pdf(stream) else _code(request, codes.read_upload(stream))
    except Refusal as refusal:
        return render(request, "storefront/verify/page.html", context_of(picture={"error": refusal.shown}), status=refusal.status)


def _paper(request: HttpRequest, content: bytes) -> HttpResponse:
    """A PDF: its own signature, and the record that its bytes belong to. Raises: Changed, ForeignPaper, Unsigned."""
    seal = papers.look_at(content, all_keys()).seal
    code = results.verify_code_of_file(content)
    if seal is papers.Seal.CHANGED:
        raise Changed
    if code is None:
        raise ForeignPaper
    return answer(request, code, cases.verified_document(code=code), seal="intact" if seal is papers.Seal.INTACT else "")


def _code(request: HttpRequest, texts: list[str]) -> HttpResponse:
    """The codes of a picture: one with a signature is checked here, one with our address leads on. Raises: ForgedCode, ForeignCode."""
    signed = [text for text in texts if text.startswith(PREFIX)]
    if not signed:
        return redirect("storefront:verify_document", codes.document_code(texts))
    try:
        read = read_code(signed[0], all_keys())
    except NotOurs:
        raise ForgedCode from None
    return answer(request, read.claims.verify_code, cases.verified_document(code=read.claims.verify_code), seal="code")


class Changed(Refusal):
    sentence = "这个文件在签名之后被改动过，请不要相信它的内容。请向出具部门索取原件。"


class ForeignPaper(Refusal):
    sentence = "这不是本大厅出具的文件，或者不是原来的文件（例如另存、打印、截取过）。可以输入文书上的核验码或编号查验。"


class ForgedCode(Refusal):
    sentence = "这个二维码不是本大厅签发的，或者内容被改动过，请不要相信它。"
