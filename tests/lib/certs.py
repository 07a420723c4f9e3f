"""Certificates for the servers of a test."""

import base64
import hashlib
import os
import subprocess

import cd


def openssl(*args):
    p = subprocess.run(['openssl', *args], capture_output=True, timeout=60)
    cd.check(p.returncode == 0, f'openssl {args}: {p.stderr}')
    return p.stdout


def certificate(folder, names='DNS:localhost,IP:127.0.0.1', days=7):
    """key.pem and cert.pem, self-signed; days may be negative."""
    os.makedirs(folder, exist_ok=True)
    key, request, cert, ext = (os.path.join(folder, n) for n in (
        'key.pem', 'request.pem', 'cert.pem', 'names'))
    cd.write(ext, f'subjectAltName={names}\n')
    openssl('req', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:prime256v1', '-nodes', '-subj',
            '/CN=localhost', '-keyout', key, '-out', request)
    os.chmod(key, 0o600)
    openssl('x509', '-req', '-in', request, '-signkey', key, '-days',
            str(days), '-extfile', ext, '-out', cert)
    return cert


def pin_of(cert):
    key = openssl('x509', '-in', cert, '-noout', '-pubkey')
    pem = os.path.join(os.path.dirname(cert), 'public.pem')
    cd.write(pem, key.decode())
    der = openssl('pkey', '-pubin', '-in', pem, '-outform', 'DER')
    return 'sha256//' + base64.b64encode(
        hashlib.sha256(der).digest()).decode()
