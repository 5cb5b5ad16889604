"""The self-signed certificate of `manage.py up --tls`: browsers give no microphone to a plain-http page on a LAN."""

import contextlib
import datetime
import ipaddress
import os
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Browsers refuse certificates valid for more than 398 days.
VALID = datetime.timedelta(days=397)
RENEW_BEFORE = datetime.timedelta(days=30)


def lan_address() -> str:
    """The address other machines of this network reach this one by; loopback when there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it asks the routing table (address of RFC 5737).
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def own_names() -> list[str]:
    """Every name and address under which a browser may know this machine."""
    name = socket.gethostname()
    found = {"localhost", "127.0.0.1", "::1", lan_address(), name, f"{name.split('.')[0]}.local"}
    with contextlib.suppress(OSError):
        found |= {entry[4][0] for entry in socket.getaddrinfo(name, None) if "%" not in str(entry[4][0])}
    return sorted(found)


def paths(var: Path) -> tuple[Path, Path]:
    """Private key and certificate (PEM) of an installation."""
    return var / "tls" / "key.pem", var / "tls" / "certificate.pem"


def ensure_certificate(var: Path, names: list[str]) -> None:
    """Makes them for these names, or keeps them until they expire or a name is missing."""
    key_path, certificate_path = paths(var)
    if key_path.exists() and _covers(certificate_path, names):
        return
    key_path.parent.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_path.unlink(missing_ok=True)
    with os.fdopen(os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    certificate_path.write_bytes(_signed(key, names).public_bytes(serialization.Encoding.PEM))


def _signed(key: ec.EllipticCurvePrivateKey, names: list[str]) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Openfloor on this machine")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + VALID)
    builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _covers(path: Path, names: list[str]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        known = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    fresh = found.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > RENEW_BEFORE
    return fresh and {_general(name) for name in names} <= set(known)
