"""Signatures of fal's webhooks: Ed25519 over request id, user id, timestamp and the digest of the raw body."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.fal.endpoints import Json

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
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "standin", "use": "sig", "alg": "EdDSA", "x": x}]}
