"""Which program may do what: a bearer key of one brand, with scopes; answers given once are given again."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Response, after_this_request, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from referral.api.documents import mistakes
from referral.api.operations import OPERATIONS, Operation
from referral.brands import actions, queries
from referral.brands.rules import Scope, scopes_of
from referral.campaigns import queries as campaigns
from referral.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Unauthenticated
from referral.plumbing import answers
from referral.plumbing.clock import now
from referral.plumbing.db import confine, of_brand
from referral.plumbing.signing import fingerprint, is_api_key
from referral.plumbing.transaction import in_transaction

if TYPE_CHECKING:
    from referral.brands.models import ApiKey, Brand

Answered = tuple[BaseModel | dict[str, Any], int] | tuple[BaseModel | dict[str, Any], int, dict[str, str]] | Response
View = Callable[..., Answered]

_USE_NOTED = timedelta(hours=1)


def needs(scope: Scope, operation: Operation) -> Callable[[View], Callable[..., Response]]:
    """Open a call to keys with a scope, and describe it.

    The view is given the brand, the campaign where the address names one, and the document where the call takes one.
    """

    def decorate(view: View) -> Callable[..., Response]:
        @functools.wraps(view)
        def guarded(**arguments: Any) -> Response:
            brand = _admit(scope)
            if any("\0" in text for text in arguments.values()):
                raise NotFound("not_found")  # nothing here has such a name, and PostgreSQL would not look for it
            if "campaign" in arguments:
                arguments["campaign"] = campaigns.by_slug(brand, arguments["campaign"])
            if operation.takes is not None:
                arguments["document"] = _document(operation.takes, operation.largest)
            key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
            if key is None:
                return _response(view(brand=brand, **arguments))
            return _once(brand.id, key, lambda: _response(view(brand=brand, **arguments)))

        guarded.access = scope  # type: ignore[attr-defined]
        OPERATIONS[view.__module__.rsplit(".", 1)[-1], view.__name__] = operation
        return guarded

    return decorate


def _admit(scope: Scope) -> Brand:
    """Give the brand of the key in hand, and confine the request to it."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not is_api_key(secret.strip()):
        raise Unauthenticated("key_missing")
    found = queries.key_by_hash(fingerprint(secret.strip()))
    if found is None:
        raise Unauthenticated("key_unknown")
    brand, key = found
    confine(brand.id)
    if scope not in scopes_of(key.scopes):
        raise Forbidden("scope_missing", scope=str(scope))
    if request.method not in {"GET", "HEAD"}:
        actions.note_use(key)
    elif key.last_used_at is None or now() - key.last_used_at > _USE_NOTED:
        _note_use_afterwards(brand, key)
    return brand


def _note_use_afterwards(brand: Brand, key: ApiKey) -> None:
    """Note the use of a key by a call that reads, in which nothing can be written, once it is answered."""
    brand_id, key_id = brand.id, key.id

    @after_this_request
    def note(response: Response) -> Response:
        with of_brand(brand_id):
            in_transaction(lambda: actions.note_use(queries.key_by_id(queries.by_id(brand_id), key_id)))
        return response


def _document(model: type[BaseModel], largest: int) -> BaseModel:
    """Read the document sent.

    Raises:
        Refusal: `json_malformed`, for which the status is 400.
        Invalid: `document_invalid`, with the fields that are wrong.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    request.max_content_length = largest
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        if any(one["type"] == "json_invalid" for one in found):
            raise Refusal("json_malformed") from error
        raise Invalid("document_invalid", errors=mistakes(found)) from error


def _response(answered: Answered) -> Response:
    if isinstance(answered, Response):
        return answered
    document, status, *rest = answered
    body = document.model_dump_json() if isinstance(document, BaseModel) else json.dumps(document, ensure_ascii=False)
    return Response(body, status=status, mimetype="application/json", headers=rest[0] if rest else {})


def _once(brand_id: int, key: str, work: Callable[[], Response]) -> Response:
    """Answer a request with an Idempotency-Key as it was answered before; keep what is answered now.

    Raises:
        Invalid: `idempotency_key_invalid`, not 1 to 255 visible characters.
        Conflict: `idempotency_key_reused` for another request.
    """
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid("idempotency_key_invalid")
    said = hashlib.sha256(b"\n".join((request.method.encode(), request.path.encode(), request.get_data()))).hexdigest()
    before = answers.given(brand_id, key)
    if before is None:
        place = answers.reserve(brand_id, key, said)
        response = work()
        answers.keep(place, response.status_code, response.get_data(as_text=True))
        return response
    if before.request_hash != said:
        raise Conflict("idempotency_key_reused")
    return Response(before.body, status=before.status, mimetype="application/json", headers={"Idempotency-Hit": "true"})
