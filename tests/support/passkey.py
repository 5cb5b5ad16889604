"""A passkey as somebody's phone registers it and signs with it (WebAuthn, 5.1.3, 6.3.3 and 6.5), without the phone."""

import hashlib
import os

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import User


def give_passkey(user: User, name: str = "Phone", key: ec.EllipticCurvePrivateKey | None = None) -> Authenticator:
    key = key or ec.generate_private_key(ec.SECP256R1())
    public = ES256.from_cryptography_key(key.public_key())
    raw_id = os.urandom(16)
    credential = AttestedCredentialData.create(Aaguid.NONE, raw_id, public)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    made = AttestationObject.create("none", AuthenticatorData.create(b"\0" * 32, flags, 0, credential), {})
    client = CollectedClientData.create("webauthn.create", b"challenge", "http://localhost")
    response = {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(made)}
    registered = {"id": websafe_encode(raw_id), "rawId": websafe_encode(raw_id), "type": "public-key"}
    data = {"name": name, "credential": registered | {"response": response}}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def signed(passkey: Authenticator, key: ec.EllipticCurvePrivateKey, challenge: bytes, *, verified: bool) -> dict:
    """What the phone answers to a challenge of localhost: touched, and `verified` by finger, face or PIN or not."""
    flags = AuthenticatorData.FLAG.UP | (AuthenticatorData.FLAG.UV if verified else 0)
    data = AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), flags, 1)
    client = CollectedClientData.create("webauthn.get", challenge, "http://localhost")
    response = {
        "clientDataJSON": websafe_encode(client),
        "authenticatorData": websafe_encode(data),
        "signature": websafe_encode(key.sign(data + client.hash, ec.ECDSA(SHA256()))),
        "userHandle": websafe_encode(user_pk_to_url_str(passkey.user).encode()),
    }
    raw_id = passkey.data["credential"]["id"]
    return {"id": raw_id, "rawId": raw_id, "type": "public-key", "response": response, "clientExtensionResults": {}}
