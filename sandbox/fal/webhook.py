"""fal's webhooks: what they tell, and Ed25519 signatures over request and user id, timestamp and raw body's digest."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.fal.endpoints import Json
from sandbox.fal.requests import Request

NAMES = ("request-id", "user-id", "timestamp", "signature")


def message(request_id: str, user_id: str, timestamp: str, body: bytes) -> bytes:
    """What is signed: four lines, no newline at the end. The body is hashed as it is sent."""
    return "\n".join((request_id, user_id, timestamp, hashlib.sha256(body).hexdigest())).encode()


def sign(key: Ed25519PrivateKey, request_id: str, user_id: str, timestamp: str, body: bytes) -> dict[str, str]:
    """The four headers of a delivery; `timestamp` is in Unix seconds."""
    values = request_id, user_id, timestamp, key.sign(message(request_id, user_id, timestamp, body)).hex()
    return {f"x-fal-webhook-{name}": value for name, value in zip(NAMES, values, strict=True)}


def jwks(key: Ed25519PrivateKey) -> Json:
    """The key set as rest.fal.ai publishes it: base64url without padding."""
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": x[:8], "use": "sig", "alg": "EdDSA", "x": x}]}


def told(request: Request) -> Json:
    """What is delivered of a request that has ended."""
    body: Json = {"request_id": request.id, "gateway_request_id": request.id, "error": None, "status": "OK"}
    if request.answer:
        body["payload"] = request.answer.body
        if not request.answer.good:
            body |= {"status": "ERROR", "error": f"Invalid status code: {request.answer.status}"}
    return body


def lie(body: Json) -> Json:
    """What an attacker would like to be believed: another film."""
    video = {"url": "https://v3.fal.media/files/forged.mp4", "content_type": "video/mp4", "file_name": "forged.mp4"}
    return body | {"status": "OK", "error": None, "payload": {"video": video, "seed": 666}}
