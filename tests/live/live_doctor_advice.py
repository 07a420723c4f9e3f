#!/usr/bin/env python3
"""doctor: what it advises was tried, and what works is not failed."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import oddftp  # noqa: E402
import stubs  # noqa: E402
from small import Small  # noqa: E402
from visits import each, sftp, visit  # noqa: E402


def odd(work, stack, **ways):
    """A small drop to an FTP server with these ways."""
    password = cd.write(os.path.join(work, 'secret'), 'secret-up\n', 0o600)
    up = stack.enter_context(oddftp.server(**ways))
    url = f'ftp://drop@127.0.0.1:{up.port}/~/'
    return up.server, Small(work, stack, {
        'upload': url, 'upload_password_file': password, 'pull': url,
        'pull_password_file': password})


def lines(found):
    return [s['line'] for s in found['upload']['set']]


def refused_auth(work, stack):
    """TLS that is listed and then refused is not advised."""
    _, small = odd(work, stack, feat=['AUTH TLS', 'SIZE'],
                   auth='534 not today')
    found = visit(small, 0)
    cd.equal('lines', lines(found), [])
    said = [s for s in found['upload']['advice'] if 'ftpes://' in s]
    cd.check(len(said) == 1 and 'does not work here' in said[0] and
             'not today' in said[0], str(found))


def new_names_only(work, stack):
    """A rename to a name that is taken fails; a run never does that."""
    server, small = odd(work, stack, taken='451 what is that?')
    found = visit(small, 0)
    cd.equal('replace', found['upload']['replace'] != 'yes', True)
    cd.equal('needed', [s for s in found['upload']['set'] if s['needed']], [])
    small.run(exit_code=12)
    cd.equal('files left', list(server.files), [])


def taken_out(work, stack):
    """A default is no line to write: its key is to be taken out."""
    _, small = sftp(work, stack)
    small.config['endpoints']['files']['atomic'] = 'direct'
    small.save()
    found = visit(small, 0)
    cd.equal('line', [(s['line'], s['default'], s['needed'])
                      for s in found['upload']['set']],
             [('atomic: auto', True, False)])
    said = small.call('doctor', '-j', 'job', exit_code=0).stdout
    cd.check('take out  of the configuration, endpoint files:\n'
             '               atomic   # ' in said, said)


def signed(work, stack):
    """An address that is signed for one file is good, and stays unused."""
    query = 'X-Amz-Signature=abc'
    up = stack.enter_context(stubs.store(signed={
        ('PUT', '/in/a.zip'): query, ('GET', '/in/a.zip'): query,
        ('HEAD', '/in/a.zip'): query}))
    url = f'http://127.0.0.1:{up.port}/in/a.zip?{query}'
    small = Small(work, stack, {'upload': url, 'pull': url})
    found = visit(small, 0)
    cd.equal('ok', (found['upload']['ok'], found['pull']['ok']), (None, None))
    cd.check('signed for one file' in found['upload']['untried'], str(found))
    said = small.call('doctor', '-j', 'job', exit_code=0).stdout
    cd.check('upload     not tried: the address is signed' in said, said)
    cd.equal('asked', up.server.seen, [])
    small.run(exit_code=12)


def no_sizes(work, stack):
    """Who tells no sizes is believed by the content."""
    up = stack.enter_context(stubs.store())
    up.server.sizes = False
    url = f'http://127.0.0.1:{up.port}/in'
    small = Small(work, stack, {'upload': url, 'pull': url})
    found = visit(small, 0)
    cd.equal('look up', found['upload']['look_up'], 'unsupported')
    small.run(exit_code=12)


def not_there(work, stack):
    """One line about a server that is not there."""
    small = Small(work, stack, {'upload': 'http://127.0.0.1:9/in',
                                'pull': 'http://127.0.0.1:9/in'})
    said = small.call('doctor', '-j', 'job', exit_code=69).stdout
    about = said.splitlines()[1:]
    cd.check(len(about) == 1 and about[0].startswith(
        'upload     127.0.0.1:9             NOT REACHED: '), said)


cd.main(lambda work: each(work, contextlib.ExitStack, (
    refused_auth, new_names_only, taken_out, signed, no_sizes, not_there)))
