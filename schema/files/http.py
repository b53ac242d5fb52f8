"""`/files/…`: bytes in by an announced upload, bytes out by a signed link."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import IO
from uuid import UUID

import orjson
import structlog
from graphql import GraphQLError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from infra import storage
from infra.errors import DomainError, Forbidden
from infra.ids import encode_id
from infra.settings import settings
from infra.telemetry import told
from schema.context import PRINCIPALS, Context
from schema.errors import Code, refused
from schema.http.endpoint import context_of, identity_of, spender_of
from schema.http.incoming import Incoming
from schema.http.negotiation import JSON
from schema.http.respond import Outcome, respond
from schema.http.status import Envelope, Returned
from schema.limits.bucket import Buckets
from schema.organisation.ids import row_id
from services.files import links, queries, service
from services.files.intake import Found, examine
from services.files.models import File
from services.files.rules import MEDIA_TYPES, SUFFIXES, Copy, path
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.scope import Scope, ScopeKind
from tenants.session import reading, unit_of_work

UPLOAD_POINTS = 20
"""What an upload costs its client beside GraphQL requests: as much as a picture takes to draw."""
UPLOAD_TIMEOUT_S = 120.0
"""From the first header to the answer: 20 MiB at 1.5 Mbit/s."""
DRAWN_AT_ONCE = 2
"""Pictures that one process draws at a time; each may take some hundred MB."""
_FORM_BYTES = 64 << 10
"""What a form may have around its file."""

log = logging.getLogger(__name__)


class Files:
    """Takes and gives files over HTTP."""

    def __init__(self, buckets: Buckets, timeout_s: float = UPLOAD_TIMEOUT_S) -> None:
        self._buckets = buckets
        self._timeout_s = timeout_s
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    async def __call__(self, request: Request) -> Response:
        """The answer to one HTTP request; its faults are answers too."""
        began = time.perf_counter()
        context = context_of(Incoming.of(request.scope, request.receive))
        structlog.contextvars.bind_contextvars(request_id=context.request_id)
        try:
            response = await self._answered(request, context)
            facts = {
                "request_id": context.request_id,
                "method": request.method,
                "tenant": context.scope.tenant_id,
                "status": response.status_code,
                "ms": round((time.perf_counter() - began) * 1_000, 2),
            }
            told(log, "file", facts)
        finally:
            structlog.contextvars.clear_contextvars()
        return response

    async def _answered(self, request: Request, context: Context) -> Response:
        try:
            match request.method:
                case "OPTIONS":
                    return Response(None, 204, {"Allow": _ALLOWED})
                case "POST":
                    return await self._take(request, context)
                case "GET" | "HEAD":
                    return await _give(request)
            raise Returned(
                Envelope.METHOD, "请用 GET 或 POST", "use GET or POST", {"Allow": _ALLOWED}
            )
        except DomainError as error:
            return _refusal(context, error)
        except GraphQLError as error:
            return respond(Outcome([error]), context, JSON)
        except Exception as error:
            failed = GraphQLError(str(error), original_error=error)
            return respond(Outcome([failed]), context, JSON)

    async def _take(self, request: Request, context: Context) -> Response:
        # A bearer token and nothing ambient: a page elsewhere cannot send one (decision 0015).
        identity = identity_of(request.headers.get("authorization"))
        if identity is None:
            raise refused(Code.UNAUTHENTICATED)
        taken = self._buckets.take(*spender_of(identity, context.address), UPLOAD_POINTS)
        if not taken.allowed:
            raise refused(Code.THROTTLED, wait_s=taken.retry_after_s)
        principal = await PRINCIPALS.reload(identity.tenant_id, identity.account_id)
        context.principal = principal
        if principal is None:
            raise refused(Code.UNAUTHENTICATED)
        require(principal, Permission.FILE_UPLOAD)
        if principal.scope.kind is not ScopeKind.COUNTY:
            raise Forbidden("supervisors write in no tenant")
        upload_id = row_id(request.path_params["word"], principal.tenant_id, "File")
        async with reading(principal.scope) as session:
            bounds = await service.bounds_of(session, principal, upload_id)
        async with asyncio.timeout(self._timeout_s):
            most = max(bounds.image_bytes, bounds.document_bytes)
            received = await _received(request, min(most, settings().upload_mib << 20))
            try:
                async with self._drawing:
                    found = await asyncio.to_thread(
                        examine, received.file, bounds.image_bytes, bounds.document_bytes
                    )
                with found.display or contextlib.nullcontext():
                    file = await _store(principal, upload_id, received.file, found)
            finally:
                await received.close()
        return _answer(file)


_ALLOWED = "GET, HEAD, POST, OPTIONS"


async def _received(request: Request, most_bytes: int) -> UploadFile:
    """The form's one file, on disk when it is large. Raises Returned."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Returned(
            Envelope.MEDIA_TYPE,
            "请以 multipart/form-data 上传，文件字段名为 file",
            "send multipart/form-data with the file in the field `file`",
            {"Accept-Post": "multipart/form-data"},
        )
    parser = MultiPartParser(
        request.headers, _bounded(request, most_bytes + _FORM_BYTES), max_files=1, max_fields=8
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise _no_form() from None
    except ClientDisconnect:
        raise Returned(Envelope.PARAMETERS, "上传中断", "the upload was cut off") from None
    given = form.get("file")
    if not isinstance(given, UploadFile):
        await form.close()
        raise _no_form()
    return given


def _no_form() -> Returned:
    return Returned(
        Envelope.PARAMETERS,
        "表单须含一个名为 file 的文件，且不含其他文件",
        "the form has one file, in the field `file`",
    )


async def _bounded(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body as it arrives, as long as it is not too large."""
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > most_bytes:
            raise Returned(
                Envelope.TOO_LARGE,
                f"文件最大 {(most_bytes - _FORM_BYTES) >> 20} MiB",
                f"a file has at most {(most_bytes - _FORM_BYTES) >> 20} MiB",
            )
        yield chunk


async def _store(principal: Principal, upload_id: UUID, content: IO[bytes], found: Found) -> File:
    """Bind the upload to these bytes, store them outside any transaction, then say so.

    What a crash between the two leaves behind, the sweep finds by the upload's row.
    """
    async with unit_of_work(principal.scope, "upload.begin") as session:
        await service.begin_upload(session, principal, upload_id)
    paths = {copy: path(principal.tenant_id, upload_id, copy) for copy in Copy}
    await storage.put(paths[Copy.ORIGINAL], content)
    if found.display is not None:
        await storage.put(paths[Copy.DISPLAY], found.display)
    try:
        async with unit_of_work(principal.scope, "upload.finish") as session:
            return await service.finish_upload(session, principal, upload_id, found)
    except DomainError:
        # Swept while the bytes were on their way: nobody looks for them any more.
        await storage.delete(*paths.values())
        raise


def _answer(file: File) -> Response:
    body = {
        "file": {
            "id": encode_id("File", file.tenant_id, file.id),
            "type": file.type,
            "sizeBytes": file.size_bytes,
            "sha256": file.sha256.hex(),
        },
        "userErrors": [],
    }
    return Response(orjson.dumps(body), 201, _HEADERS, media_type=JSON)


def _refusal(context: Context, error: DomainError) -> Response:
    """Faults that the sender can mend, in the form of a mutation's `userErrors`."""
    faults = [
        {
            "field": list(fault.field),
            "message": fault.en if context.language == "en" else fault.zh,
            "code": fault.code.value,
        }
        for fault in error.faults
    ]
    body = {"file": None, "userErrors": faults}
    return Response(orjson.dumps(body), 422, _HEADERS, media_type=JSON)


async def _give(request: Request) -> Response:
    """A copy of a file, to whoever holds a link to it that was made lately."""
    link = links.opened(request.path_params["word"])
    if link is None:
        raise _nothing()
    async with reading(Scope.county(link.tenant_id)) as session:
        kind = await queries.served_type(session, link.file_id)
    if kind is None:
        raise _nothing()
    try:
        stored = await storage.get(path(link.tenant_id, link.file_id, link.copy))
    except storage.Absent:
        raise _nothing() from None
    headers = _GIVEN | {
        "Content-Length": str(stored.size_bytes),
        "Content-Disposition": f'attachment; filename="{link.file_id}.{SUFFIXES[kind]}"',
    }
    body: AsyncIterator[bytes] = stored.chunks
    if request.method == "HEAD":
        return Response(None, 200, headers, media_type=MEDIA_TYPES[kind])
    return StreamingResponse(body, 200, headers, media_type=MEDIA_TYPES[kind])


def _nothing() -> Returned:
    """One answer for a link that is over, bent, or to nothing."""
    return Returned(Envelope.PATH, "链接无效或已过期", "not a link, or not any more")


_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_GIVEN = {
    # Kept by the reader's own browser as long as a link lives, by nothing between.
    "Cache-Control": f"private, max-age={links.LIFETIME_S}, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
