"""Signs requests with botocore and awscrt: one JSON object a line on stdin, its answer a line on stdout.

Strings hold one byte per character, as in the signer under test.
"""

import datetime
import json
import sys

import botocore.auth
from awscrt import auth as crt
from awscrt import http as crt_http
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NO_SUCH_SIGNER = {"unsupported": "has no such signer"}


def text(byte_string):
    return byte_string.encode("latin1").decode("utf-8")


def date_of(wire):
    return datetime.datetime.strptime(wire["timestamp"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)


def botocore_signer(wire):
    single = wire["rules"]["pathEncoding"] == "single"
    if wire["algorithm"] == "sigv4a" or single == wire["rules"]["pathNormalization"]:
        return None
    module = botocore.auth
    if "expires" in wire:
        signer, options = (module.S3SigV4QueryAuth if single else module.SigV4QueryAuth), {"expires": wire["expires"]}
    else:
        signer, options = (module.S3SigV4Auth if single else module.SigV4Auth), {}

    class WithPayloadHash(signer):
        def payload(self, request):
            return wire["payloadHash"]

    keys = wire["credentials"]
    unsigned_token = "expires" in wire and wire["rules"]["unsignedQueryToken"]
    token = None if unsigned_token else keys.get("sessionToken")
    return WithPayloadHash(
        Credentials(keys["accessKeyId"], keys["secretAccessKey"], token), wire["service"], wire["region"], **options
    )


def sign_with_botocore(wire):
    signer = botocore_signer(wire)
    if signer is None:
        return NO_SUCH_SIGNER
    headers = [(name, text(value)) for name, value in wire["headers"]]
    request = AWSRequest(wire["method"], f"https://{headers[0][1]}{text(wire['target'])}")
    for name, value in headers:
        request.headers[name] = value
    request.headers["x-amz-content-sha256"] = wire["payloadHash"]
    date = date_of(wire)
    botocore.auth.get_current_datetime = lambda: date
    signer.add_auth(request)
    if "expires" in wire:
        return {"signature": request.url.rpartition("&X-Amz-Signature=")[2]}
    return {"authorization": request.headers["Authorization"]}


def sign_with_awscrt(wire):
    keys = wire["credentials"]
    in_query = "expires" in wire
    config = crt.AwsSigningConfig(
        algorithm=getattr(
            crt.AwsSigningAlgorithm, "V4_ASYMMETRIC" if wire["algorithm"] == "sigv4a" else "V4"
        ),
        signature_type=getattr(
            crt.AwsSignatureType, "HTTP_REQUEST_QUERY_PARAMS" if in_query else "HTTP_REQUEST_HEADERS"
        ),
        credentials_provider=crt.AwsCredentialsProvider.new_static(
            keys["accessKeyId"], keys["secretAccessKey"], keys.get("sessionToken")
        ),
        region=wire["region"],
        service=wire["service"],
        date=date_of(wire),
        use_double_uri_encode=wire["rules"]["pathEncoding"] == "double",
        should_normalize_uri_path=wire["rules"]["pathNormalization"],
        signed_body_value=wire["payloadHash"],
        signed_body_header_type=crt.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
        expiration_in_seconds=wire.get("expires"),
        omit_session_token=in_query and wire["rules"]["unsignedQueryToken"],
    )
    headers = crt_http.HttpHeaders([(name, text(value)) for name, value in wire["headers"]])
    request = crt_http.HttpRequest(wire["method"], text(wire["target"]), headers)
    signed = crt.aws_sign_request(request, config).result(timeout=10)
    if in_query:
        _, _, rest = signed.path.partition("X-Amz-Signature=")
        return {"signature": rest.partition("&")[0]}
    return {"authorization": signed.headers.get("Authorization")}


def answer(sign, wire):
    try:
        return sign(wire)
    except UnicodeDecodeError:
        return {"unsupported": "takes text alone, not bytes"}
    except Exception as error:  # noqa: BLE001 - whatever a peer throws is its answer
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    case = json.loads(line)
    print(
        json.dumps({"botocore": answer(sign_with_botocore, case), "awscrt": answer(sign_with_awscrt, case)}),
        flush=True,
    )
