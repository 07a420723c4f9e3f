#!/usr/bin/env python3
"""Uploads whose connections end at many places of the exchange.

COUPONDROP_SLOW=1 tries 50 places with each kind of server."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cutting  # noqa: E402

WAYS = ['reset', 'one', 'close', 'half', 'dead']
KINDS = {'http': 12, 'ftp': 12, 'sftp': 12, 'https': 5, 'ftpes': 5,
         'ftps': 5, 'ssh': 5, 'striped': 5, 'ssh striped': 5}


def test(work):
    kinds = dict.fromkeys(KINDS, 50) if cutting.SLOW else KINDS
    cutting.each_kind(work, kinds, WAYS)


cd.main(test)
