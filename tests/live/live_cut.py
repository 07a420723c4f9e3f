#!/usr/bin/env python3
"""Uploads whose connections end at many places of the exchange.

COUPONDROP_SLOW=1 tries 50 places with each kind of server."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cutting  # noqa: E402

WAYS = ['reset', 'one', 'close', 'half', 'dead', 'short']
KINDS = {'ftp': 12, 'http': 12, 'sftp': 12, 'striped': 4, 'ssh striped': 2,
         'ftp direct': 5, 'sftp direct': 4, 'https': 4, 'ftpes': 4, 'ftps': 4,
         'ssh': 4}


def test(work):
    kinds = dict.fromkeys(KINDS, 50) if cutting.SLOW else KINDS
    cutting.each_kind(work, kinds, WAYS)
    # A server that restarts, at each step of an upload.
    steps = os.path.join(work, 'steps')
    os.mkdir(steps)
    cutting.each_kind(steps, {'sftp': None, 'ftp': None}, ['short'])


cd.main(test)
