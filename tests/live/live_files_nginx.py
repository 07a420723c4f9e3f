#!/usr/bin/env python3
"""Files of all sizes over one connection to nginx, with WebDAV's MOVE and
without.  COUPONDROP_SLOW=1 sends 300 MiB in each mode, not in one."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import probe  # noqa: E402

PASSWORD = 'only-of-this-test'


def connections(server):
    """nginx writes its log after the answer; the probe has ended by now."""
    return {line.split()[0]
            for line in cd.read(server.path('access.log')).splitlines()}


def one(work, stack, files, scheme, methods, big):
    move = 'MOVE' in methods
    password = cd.write(os.path.join(work, 'secret'), PASSWORD + '\n', 0o600)
    server = stack.enter_context(cd.Server(
        work, 'nginx', f'{scheme}-{move}', TLS=str(int(scheme == 'https')),
        DAV_METHODS=methods, DAV_USER='drop', DAV_PASSWORD=PASSWORD))
    options = ['-u', 'drop', '-p', password]
    if scheme == 'https':
        options += ['-c', server.path('cert.pem')]
    said = files.send(options, f'{scheme}://127.0.0.1:{server.port}',
                      server.root, big, ignore=['small'])
    cd.equal('connections', len(connections(server)), 1)
    direct = [line for line in said.lines if line.endswith(' direct')]
    cd.check(move != bool(direct), f'by MOVE or not: {said}')


def test(work):
    with contextlib.ExitStack() as stack:
        files = stack.enter_context(probe.Files(work))
        for scheme in ('http', 'https'):
            for methods in ('PUT DELETE MOVE', 'PUT DELETE'):
                one(work, stack, files, scheme, methods,
                    big=scheme == 'https' and 'MOVE' in methods)


cd.main(test)
