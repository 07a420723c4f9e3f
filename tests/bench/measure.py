#!/usr/bin/env python3
"""Run a command, and write how long it took and how much memory it needed.

    measure.py RESULT COMMAND...

RESULT gets two numbers: microseconds of wall time, and KiB of the largest
process.  Exits as the command does.
"""

import resource
import subprocess
import sys
import time

start = time.monotonic()
code = subprocess.run(sys.argv[2:], check=False).returncode
took = time.monotonic() - start
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
with open(sys.argv[1], 'w', encoding='ascii') as out:
    out.write(f'{int(took * 1e6)} {most}\n')
sys.exit(code)
