"""boto3 calls with both halves on the trace, and errors sorted by whose fault they are."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError

from rigs.errors import RigFault, ServiceFault, UsageFault
from rigs.trace import records
from rigs.trace.store import Trace

Actor = Literal["operator", "another client"]
CONNECT_SECONDS, READ_SECONDS = 5, 10
# Codes that say that the rig's credentials are wrong, not that AWS refuses the operation.
CREDENTIALS = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "ForbiddenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnauthorizedException",
        "UnrecognizedClientException",
    }
)
THROTTLES = frozenset({"ThrottlingException", "TooManyRequestsException", "Throttling"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Keys to sign with; the local cloud takes any."""

    access_key: str = "jobrig"
    secret_key: str = "jobrig"


class Refused(Exception):
    """AWS refuses a call for a reason that belongs to Jobs (InvalidStateTransitionException, …); nobody's fault yet."""

    def __init__(self, call: str, code: str, message: str) -> None:
        super().__init__(f"{call}: {code}: {message}")
        self.call, self.code, self.message = call, code, message


class Calls:
    """Makes clients when they are first needed, calls them on the calling thread, writes both records of each call.

    Not to be used on the loop thread that serves the local cloud: boto3 blocks.
    """

    def __init__(
        self,
        trace: Trace,
        *,
        endpoint_url: str | None,
        region: str,
        ca_bundle: str | None,
        credentials: Credentials | None,
    ) -> None:
        self._trace, self._endpoint_url, self._region, self._verify = trace, endpoint_url, region, ca_bundle
        self._credentials = credentials
        self._session: Any = boto3.session.Session()
        self._clients: dict[str, Any] = {}
        self._making = threading.RLock()

    def __repr__(self) -> str:
        return f"<Calls to {self._endpoint_url or f'AWS {self._region}'}>"

    def make(self, actor: Actor, service: str, call: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """One call, as boto3 names it; raises Refused, ServiceFault, UsageFault or RigFault."""
        client = self._client(service)
        called = self._trace.append(records.Operator(event="called", actor=actor, call=call, arguments=dict(arguments)))
        try:
            reply = getattr(client, call)(**arguments)
        except (ClientError, BotoCoreError) as wrong:
            self._trace.append(
                records.Operator(event="answered", actor=actor, call=call, error=_short(wrong), of=called.n)
            )
            raise self._sorted(call, wrong) from wrong
        result = {key: value for key, value in reply.items() if key != "ResponseMetadata"}
        self._trace.append(records.Operator(event="answered", actor=actor, call=call, result=result, of=called.n))
        return result

    def _client(self, service: str) -> Any:
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def _made(self, service: str) -> Any:
        keys = self._credentials
        url = self._endpoint_url
        if url is None and service != "iot":  # Jobs moved to the Data-ATS endpoint (evidence.md Part 2 k)
            found = self.make("operator", "iot", "describe_endpoint", {"endpointType": "iot:Data-ATS"})
            url = f"https://{found['endpointAddress']}"
        return self._session.client(
            service,
            region_name=self._region,
            endpoint_url=url,
            verify=self._verify,
            aws_access_key_id=None if keys is None else keys.access_key,
            aws_secret_access_key=None if keys is None else keys.secret_key,
            config=Config(
                connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}
            ),
        )

    def _sorted(self, call: str, wrong: ClientError | BotoCoreError) -> Exception:
        where = f"{call} at {self._endpoint_url or f'AWS {self._region}'}"
        if isinstance(wrong, ClientError):
            return _refusal(call, where, wrong)
        if isinstance(wrong, NoCredentialsError):
            return UsageFault(f"{where}: no AWS credentials; set AWS_PROFILE or AWS_ACCESS_KEY_ID and its secret")
        if isinstance(wrong, ParamValidationError):
            return RigFault(f"{where}: the rig made a call that the model forbids: {wrong}")
        return ServiceFault(f"{where}: no answer: {wrong}; is the cloud running and reachable from this machine?")


def _refusal(call: str, where: str, wrong: ClientError) -> Exception:
    code, message = wrong.response["Error"].get("Code", "?"), wrong.response["Error"].get("Message", "")
    status = wrong.response["ResponseMetadata"].get("HTTPStatusCode", 0)
    if status >= 500 or code in THROTTLES:
        return ServiceFault(f"{where}: HTTP {status} {code}: {message}")
    if code in CREDENTIALS:
        return UsageFault(f"{where}: HTTP {status} {code}: {message}; check the credentials and their IAM policy")
    return Refused(call, code, message)


def _short(wrong: ClientError | BotoCoreError) -> str:
    if isinstance(wrong, ClientError):
        error = wrong.response["Error"]
        return f"{error.get('Code')}: {error.get('Message')}"
    return f"{type(wrong).__name__}: {wrong}"
