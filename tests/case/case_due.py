#!/usr/bin/env python3
"""A job that cron did not start when it was due is seen in the morning."""

import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402


def status(c, exit_code):
    """The line of the job, and what a program reads."""
    text = c.cd('status', json=False, exit_code=exit_code).stdout
    line, = [x for x in text.splitlines() if x.startswith('file ')]
    job, = [j for j in c.cd('status', exit_code=exit_code).json['jobs']
            if j['job'] == 'file']
    return line, job, text


def made_earlier(c, seconds):
    """The ledger as if all its runs were older."""
    db = sqlite3.connect(os.path.join(c.state, 'ledger.db'))
    with db:
        db.execute('UPDATE runs SET created = created - ?',
                   (seconds * 1000,))
    db.close()


def missed(work):
    with case.Case(work, 'missed', job={'schedule': '* * * * *'}) as c:
        line, job, _ = status(c, 0)
        cd.check(line.endswith(' none yet'), line)
        cd.equal('missed', job['missed'], None)
        c.run(c.drop(case.rows(c.in_bank[:case.ROWS])))
        line, job, _ = status(c, 0)
        cd.equal('missed', job['missed'], None)
        cd.check(re.search(r' [A-Z][a-z][a-z] \d\d:\d\d {2,}ok', line), line)
        made_earlier(c, 20 * 60)
        status(c, 0)
        made_earlier(c, 20 * 60)
        line, job, text = status(c, 3)
        found = re.search(r' MISSED \w{3} (\S+ \S+): no run since$', line)
        cd.check(found, line)
        cd.equal('missed', job['missed'], found.group(1).replace(' ', 'T') +
                 ':00Z')
        cd.equal('needed', job['needed'], True)
        cd.equal('outcome', job['outcome'], 'ok')
        cd.check(text.endswith('\n1 needs a person\n'), text)
        # The next run mends it.
        c.run(c.drop(case.rows(c.in_bank[-5:]), 'more.csv'))
        cd.equal('missed', status(c, 0)[1]['missed'], None)


def not_scheduled(work):
    with case.Case(work, 'none') as c:
        c.run(c.drop(case.rows(c.in_bank[:case.ROWS])))
        made_earlier(c, 10 * 86400)
        line, job, text = status(c, 0)
        cd.check('NEXT' not in text and line.count(' ok') == 1, text)
        cd.equal('next and missed', (job['next'], job['missed']),
                 (None, None))


case.main(missed, not_scheduled)
