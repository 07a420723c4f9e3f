"""Certificates for the servers of a test."""

import base64
import datetime
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


def chain(folder, days):
    """cert.pem and key.pem, issued by an authority "middle" that is good for
    so many days (of a long life) and sent along; root.pem vouches for it."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def at(day):
        return (now + datetime.timedelta(day)).strftime('%Y%m%d%H%M%SZ')

    os.makedirs(folder)
    conf, index = (os.path.join(folder, n) for n in ('ca.conf', 'index'))
    cd.write(index, '')
    cd.write(conf, f'[ca]\ndefault_ca=a\n[a]\ndatabase={index}\n'
             f'new_certs_dir={folder}\nrand_serial=yes\n'
             'default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n'
             '[up]\nbasicConstraints=critical,CA:true\n'
             'subjectKeyIdentifier=hash\n'
             '[own]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n')

    def issue(name, by, extensions, left):
        pem, key, request = (os.path.join(folder, name + end) for end in (
            '.pem', '.key', '.req'))
        openssl('req', '-newkey', 'ec', '-pkeyopt',
                'ec_paramgen_curve:prime256v1', '-nodes', '-subj',
                f'/CN={name}', '-keyout', key, '-out', request)
        openssl('ca', '-batch', '-notext', '-config', conf, '-extensions',
                extensions, '-in', request, '-out', pem,
                '-startdate', at(-300), '-enddate', at(left),
                *(['-cert', by + '.pem', '-keyfile', by + '.key']
                  if by else ['-selfsign', '-keyfile', key]))
        return os.path.join(folder, name)

    root = issue('root', None, 'up', 1000)
    middle = issue('middle', root, 'up', days)
    own = issue('own', middle, 'own', 1000)
    cd.write(os.path.join(folder, 'cert.pem'),
             cd.read(own + '.pem') + cd.read(middle + '.pem'))
    cd.write(os.path.join(folder, 'key.pem'), cd.read(own + '.key'), 0o600)
    return root + '.pem'


def pin_of(cert):
    key = openssl('x509', '-in', cert, '-noout', '-pubkey')
    pem = os.path.join(os.path.dirname(cert), 'public.pem')
    cd.write(pem, key.decode())
    der = openssl('pkey', '-pubin', '-in', pem, '-outform', 'DER')
    return 'sha256//' + base64.b64encode(
        hashlib.sha256(der).digest()).decode()
