#!/usr/bin/env python3
"""Files of all sizes over one connection to ProFTPD, in all its modes.
COUPONDROP_SLOW=1 sends 300 MiB in each mode, not in one."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import ftpmodes  # noqa: E402


def modes(files, server):
    ftpmodes.plain(files, server)
    ftpmodes.with_reuse(files, server, 'ftpes')
    lax = server(MODE='ftpes',
                 PROFTPD_EXTRA='TLSOptions NoSessionReuseRequired')
    ftpmodes.send(files, lax)
    ftpmodes.only_1_3(files, server(MODE='ftpes', TLS_PROTOCOL='TLSv1.3'))


cd.main(lambda work: ftpmodes.run(work, 'proftpd', modes))
