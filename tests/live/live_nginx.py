#!/usr/bin/env python3
"""nginx with WebDAV: up with a password, fetched without."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import live  # noqa: E402


def endpoint(work, stack, secret):
    return live.nginx(work, stack, secret, 'http')


live.main(endpoint)
