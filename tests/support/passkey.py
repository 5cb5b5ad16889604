"""A passkey as somebody's phone would have registered it (WebAuthn, 5.1.3 and 6.5), without the phone."""

import os

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import User


def give_passkey(user: User, name: str = "Phone") -> Authenticator:
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    raw_id = os.urandom(16)
    credential = AttestedCredentialData.create(Aaguid.NONE, raw_id, public)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    made = AttestationObject.create("none", AuthenticatorData.create(b"\0" * 32, flags, 0, credential), {})
    client = CollectedClientData.create("webauthn.create", b"challenge", "http://localhost")
    response = {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(made)}
    registered = {"id": websafe_encode(raw_id), "rawId": websafe_encode(raw_id), "type": "public-key"}
    data = {"name": name, "credential": registered | {"response": response}}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)
