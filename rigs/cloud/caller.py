"""sts GetCallerIdentity, and nothing else of STS: scripts that set up an account call it to learn its number.

STS speaks AWS's query protocol: a form in, XML out
(https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
"""

from __future__ import annotations

from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from aiohttp import web

from rigs.jobs.names import ACCOUNT

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_IDENTITY = (
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/jobrig</Arn><UserId>AIDAJOBRIGLOCALCLOUD</UserId><Account>{ACCOUNT}</Account>"
)


def answer(body: bytes, request_id: str) -> web.Response:
    """The one identity that everybody has here; 400 InvalidAction for other actions."""
    action = parse_qs(body.decode(errors="replace")).get("Action", [""])[0]
    if action == "GetCallerIdentity":
        inner, status = f"<GetCallerIdentityResult>{_IDENTITY}</GetCallerIdentityResult>", 200
        text = f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}">{inner}{_meta(request_id)}</GetCallerIdentityResponse>'
    else:
        told, status = f"the local cloud does not play sts {escape(action)}; it plays GetCallerIdentity", 400
        error = f"<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{told}</Message></Error>"
        text = f'<ErrorResponse xmlns="{_NAMESPACE}">{error}<RequestId>{request_id}</RequestId></ErrorResponse>'
    return web.Response(body=text.encode(), status=status, content_type="text/xml")


def _meta(request_id: str) -> str:
    return f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
