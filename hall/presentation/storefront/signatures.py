"""What anybody needs to check our signatures without us: the public keys, and the list of what no longer holds (§5.3.3, domain §10)."""

import hashlib
import json

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.services.cases import results
from hall.support.signing.keys import all_keys, published, signing_key

LIST_CONTEXT = b"govhall revocations 1\0"


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Every key that ever signed, the retired ones too. No SQL."""
    return _open_json({"about": "docs/offline/verify_licence.py", "keys": [published(key) for key in all_keys().values()]})


@require_safe
def revoked(request: HttpRequest) -> HttpResponse:
    """The results that were revoked or replaced, signed. A code is named by its SHA-256: who has the paper can find it, nobody else can
    open its page. One SQL statement."""
    listed = {
        "made_at": timezone.now().replace(microsecond=0).isoformat(),
        "results": [
            {
                "code_sha256": hashlib.sha256(row.verify_code.encode()).hexdigest(),
                "number": row.number,
                "version": row.version,
                "status": row.status,
                "at": row.at.replace(microsecond=0).isoformat(),
            }
            for row in results.no_longer_valid()
        ],
    }
    key = signing_key()
    signature = key.sign(LIST_CONTEXT + canonical(listed)) if key is not None else b""
    return _open_json({"list": listed, "key_id": key.key_id if key else "", "signature": signature.hex()})


def canonical(content: object) -> bytes:
    """The bytes that are signed: JSON with sorted names and no spaces, in UTF-8."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _open_json(content: object) -> HttpResponse:
    response = HttpResponse(json.dumps(content, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
