#!/usr/bin/env python3
"""Files of all sizes over one connection to vsftpd, the strictest by TLS.
COUPONDROP_SLOW=1 sends 300 MiB in each mode, not in one."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import ftpmodes  # noqa: E402


def modes(files, server):
    ftpmodes.plain(files, server)
    ftpmodes.with_reuse(files, server, 'ftps')
    new = server(MODE='ftpes', TLS_ONLY='1.3')
    ftpmodes.only_1_3(files, new)
    ftpmodes.small_1_3(files, new)


if ftpmodes.vsftpd() is None:
    print('skipped: there is no vsftpd; ./bootstrap check unpacks it')
    sys.exit(77)
cd.main(lambda work: ftpmodes.run(work, 'vsftpd', modes))
