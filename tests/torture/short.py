#!/usr/bin/env python3
"""A few places of each way and each kind of cut; `make torture` tries all."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import night  # noqa: E402
from night import cd  # noqa: E402

SKIP = 77

# A program under a sanitizer may not start with another library before it.
alone = subprocess.run(
    [cd.PROGRAM, '--version'], stdin=subprocess.DEVNULL, capture_output=True,
    timeout=cd.RUN_SECONDS, env=cd.environment(LD_PRELOAD=night.LIBRARY))
if alone.returncode != 0 or alone.stderr:
    print(f'not with {night.LIBRARY}: {alone.stderr.decode()[:200]}')
    sys.exit(SKIP)
night.main(['--step', '150', '--first', '30', '--resumes', '1'])
