"""iot DescribeEndpoint: which address programs are told."""

from __future__ import annotations

from typing import Any

from rigs.jobs.api import Params
from rigs.jobs.refusals import ApiError

AWS_MQTT_PORT = "8883"
DATA = ("iot:Data", "iot:Data-ATS")
# jobs-protocol §7, evidence.md Part 2 k.
JOBS_GONE = (
    "IoT Jobs and Commands APIs are now available through iot:Data-ATS endpoints instead of iot:Jobs endpoints. "
    "Please use iot:Data-ATS."
)


def endpoint(params: Params, address: str) -> dict[str, Any]:
    """The endpoint's address, of a cloud whose MQTT endpoint is at `address` (host:port).

    AWS gives a host without a port, and unmodified programs do one of two things with it. Devices (awsiotsdk,
    mosquitto_pub -h, the embedded SDKs) take it as a host and add 8883 or 8443 themselves: "host:port" is no host name
    to them. boto3's data clients build https://{endpointAddress}. So on AWS's own port, 8883, the answer is AWS's: the
    host alone, and such devices run as they are. On any other port they would have to be told it anyway, and nothing
    else tells it: the answer is host:port, as emulators give it (https://github.com/localstack/docs/pull/890). boto3
    finds its way by AWS_ENDPOINT_URL or endpoint_url, which do not depend on this answer; https://{endpointAddress}
    alone cannot reach this cloud, whose operator's port speaks plain HTTP.
    """
    kind = params.get("endpointType", "iot:Data")
    if kind == "iot:Jobs":
        raise ApiError("InvalidRequestException", JOBS_GONE)
    if kind == "iot:CredentialProvider":
        text = "the local cloud has no credential provider: it takes any key, and signatures are not checked"
        raise ApiError("InvalidRequestException", text)
    if kind not in DATA:
        text = f"{kind!r} is no endpoint type; known: {', '.join(DATA)}, iot:CredentialProvider, iot:Jobs"
        raise ApiError("InvalidRequestException", text)
    host, _, port = address.rpartition(":")
    return {"endpointAddress": host if port == AWS_MQTT_PORT else address}
