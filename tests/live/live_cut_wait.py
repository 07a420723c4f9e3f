#!/usr/bin/env python3
"""Uploads over lines that stall, delay, and answer too late, at many places.

COUPONDROP_SLOW=1 tries 50 places with each kind of server."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cutting  # noqa: E402

WAYS = ['stall', 'mute', 'late', 'freeze', 'slow']
KINDS = {'sftp': 5, 'ftp': 5, 'http': 4, 'https': 3, 'ftpes': 3, 'ftps': 3,
         'ssh': 3, 'striped': 2}


def given_up(work):
    """What the kernel still holds of an upload that was given up does not
    arrive later."""
    os.mkdir(work)
    with contextlib.ExitStack() as stack:
        one = cutting.Cutting(work, stack, 'http', window=4096)
        one.one(one.measure()[0] // 3, 'freeze')
        cd.equal('uploads that came late', one.late, 0)


def test(work):
    given_up(os.path.join(work, 'given-up'))
    kinds = dict.fromkeys(KINDS, 50) if cutting.SLOW else KINDS
    cutting.each_kind(work, kinds, WAYS)


cd.main(test)
