#!/usr/bin/env python3
"""ProFTPD with TLS by command (AUTH TLS)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import live  # noqa: E402


def endpoint(work, stack, secret):
    return live.proftpd(work, stack, secret, 'ftpes')


live.main(endpoint)
