#!/usr/bin/env python3
"""The answer to a submission is lost: what settles it, and what a person may.

With two new tasks that could be ours nothing is guessed.  Each of the three
decisions must end right, and none may send what was not asked for.
"""

import os
import sys
import threading

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import BANK, cd, rule  # noqa: E402

LOST = rule('reset', when='after')
FOREIGN_ROWS = 3


def adopted(work):
    """One new task: it must be ours."""
    with case.Case(work, 'adopted', [LOST]) as c:
        some = case.rows(c.in_bank[:case.ROWS])
        run = c.run(c.drop(some)).json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok', error=None,
                    updated=len(some))
        case.expect('task', run['parts'][0]['task'], inferred=True,
                    state='done', word='COMPLETE',
                    ref=f'platform:{c.box.tasks()[0]["task_id"]}')
        cd.equal('calls', c.calls(), 1)
        c.bank_holds(some)
        cd.check('adopted' in c.cd('show', json=False).stdout,
                 'the journal does not say that the task was adopted')


class Torn(case.Case):
    """A held run: ours and a foreign task, and no answer."""

    def __init__(self, work, name, **job):
        super().__init__(work, name, [rule('delay', ms=2000), LOST],
                         job=job)

    def foreign(self):
        """Another program's task, made while ours waits for its answer."""
        case.until('our call', lambda: self.box.tasks())
        url = self.put('foreign.csv', ''.join(
            code + '\n' for code, _ in self.others).encode())
        self.post([('bank_id', BANK), ('data_url', url), ('redeemed', 1),
                   ('redeem_date', self.others[0][1])])

    def __enter__(self):
        super().__enter__()
        self.rows = case.rows(self.in_bank[:case.ROWS])
        self.others = case.rows(self.in_bank[-FOREIGN_ROWS:], case.day(3))
        self.file = self.drop(self.rows)
        return self

    def hold(self):
        helper = threading.Thread(target=self.foreign)
        helper.start()
        result = self.run(self.file, exit_code=7)
        helper.join()
        ours, other = [f'platform:{t["task_id"]}' for t in self.box.tasks()]
        run = result.json['runs'][0]
        cd.equal('error', case.error_word(run), 'unknown-outcome')
        cd.check(ours in run['error']['message'] and
                 other in run['error']['message'],
                 f'the candidates are not named: {result}')
        self.held(run)
        self.held(self.show())
        return ours

    def held(self, run):
        case.expect('held run', run, state='held', outcome='unconfirmed',
                    updated=0, unaccounted=len(self.rows))
        case.expect('batch', run['parts'][0], state='unknown', task=None)

    def ended(self, run, calls, outcome='ok'):
        case.expect('run', run, state='finished', outcome=outcome)
        cd.equal('calls', self.calls(), calls)
        self.bank_holds(self.rows + self.others)
        cd.equal('staged files', self.staged(), ['foreign.csv'])


def stays(work):
    """Asking again settles nothing; a second file is not held up."""
    with Torn(work, 'stays') as c:
        c.hold()
        for args in ([], ['last']):
            run = c.resume(*args, exit_code=7).json['runs'][0]
            c.held(run)
        cd.equal('calls', c.calls(), 2)
        said = c.cd('resume', json=False, exit_code=7)
        for word in ('--adopt', '--resubmit', '--give-up'):
            cd.check(word in said.stdout + said.stderr,
                     f'{word} is not offered: {said}')
        more = case.rows(c.in_bank[case.ROWS:case.ROWS + 5])
        result = c.run(c.drop(more, 'more.csv'))
        case.expect('second run', result.json['runs'][-1],
                    state='finished', outcome='ok')
        # The first file is not sent again by itself.
        c.run(c.file, exit_code=7)
        c.bank_holds(c.rows + c.others + more)


def wrong_words(work):
    """A decision that makes no sense changes nothing."""
    with Torn(work, 'words') as c:
        ours = c.hold()
        c.resume('last', '--adopt', ours, '--give-up', exit_code=64)
        c.resume('--give-up', exit_code=64)
        c.resume('last', '--adopt', 'nobody:1', exit_code=66)
        # Two ids are not one; what can be no task is not waited for.
        for ref in ('platform:', f'{ours},{ours}', f'{ours}/1', f'{ours} ',
                    '7/1', '7\n'):
            c.resume('last', '--adopt', ref, exit_code=66)
        c.held(c.show())
        c.ended(c.resume('last', '--adopt', ours).json['runs'][0], 2)
        c.resume('last', '--adopt', ours, exit_code=64)


def person_adopts(work):
    with Torn(work, 'adopt') as c:
        ours = c.hold()
        run = c.resume('last', '--adopt', ours,
                       '--note', 'ticket 5512').json['runs'][0]
        case.expect('task', run['parts'][0]['task'], ref=ours, state='done')
        c.ended(run, 2)
        cd.check('ticket 5512' in c.cd('show', json=False).stdout,
                 'the note is not shown')


def person_adopts_by_type(work):
    """mapp:ID and the bare number are references, too."""
    for form in ('mapp:', ''):
        with Torn(work, 'type' + form.strip(':')) as c:
            number = c.hold().split(':')[1]
            c.ended(c.resume('last', '--adopt', form + number)
                    .json['runs'][0], 2)


def person_adopts_wrong(work):
    """The foreign task is followed, but does not pass for ours."""
    # Made while the client waits for the list of tasks there were before.
    with case.Case(work, 'wrong', [
            rule('delay', 'utilities.getTasks', ms=2000),
            rule('reset', nth=3)]) as c:
        some = case.rows(c.in_bank[:case.ROWS])
        url = c.put('foreign.csv', c.in_bank[-1].encode())
        run = {}

        def client():
            run.update(c.run(c.drop(some), exit_code=7).json['runs'][0])

        helper = threading.Thread(target=client)
        helper.start()
        case.until('the first question', lambda: c.calls('utilities.getTasks'))
        for _ in range(2):
            c.post([('bank_id', BANK), ('data_url', url), ('redeemed', 1),
                    ('redeem_date', case.day(1))])
        helper.join()
        first = f'platform:{c.box.tasks()[0]["task_id"]}'
        run = c.resume('last', '--adopt', first,
                       exit_code=11).json['runs'][0]
        case.expect('run', run, state='finished', outcome='none', updated=0,
                    failed=len(some), retryable=True)


def somebody_elses(work):
    """Ours never arrived, and the only new task is another program's.

    Looked at while it runs or when it has ended, whether it went well or not,
    and whatever the job says of verification: it says nothing of our rows.
    """
    slow = rule('word', word='PROCESSING', polls=3, nth=2)
    fail = rule('fail', output='boom', nth=2)
    for name, faults, verify in (
            ('runs', [slow], 'sample'), ('runs-off', [slow], 'off'),
            ('ends', [], 'sample'), ('ends-off', [], 'off'),
            ('fails', [slow, fail], 'sample'), ('failed', [fail], 'off')):
        print(f'  {name}', flush=True)
        with case.Case(work, name, [rule('reset'), *faults],
                       job={'verify': verify}) as c:
            some = case.rows(c.in_bank[:5])
            file = c.drop(some)
            c.run(file, exit_code=7)
            url = c.put('foreign.csv', ''.join(
                code + '\n' for code in c.in_bank[-5:]).encode())
            c.post([('bank_id', BANK), ('data_url', url), ('redeemed', 1),
                    ('redeem_date', case.day(1))])
            task = f'platform:{c.box.tasks()[0]["task_id"]}'
            if not name.startswith('runs'):
                case.until('the end of the task', lambda c=c: c.box.tasks()[0][
                    'status'] in ('COMPLETE', 'ERROR'))
            for _ in range(2):
                run = c.resume('last', exit_code=7).json['runs'][0]
                case.expect('run', run, state='held', updated=0, failed=0,
                            unaccounted=5, retryable=False)
                case.expect('batch', run['parts'][0], state='unknown',
                            task=None, updated=None, failed=None)
                cd.equal('error', case.error_word(run), 'unknown-outcome')
                cd.check(task in run['error']['message'],
                         f'{task} is not in {run["error"]["message"]}')
            if name.startswith('runs'):
                said = c.cd('show', json=False).stdout
                cd.check('bear out' in said, f'not in the journal: {said}')
            # A person may still say that it is, or send again.
            if verify == 'sample':
                c.resume('last', '--adopt', task, exit_code=11)
            else:
                c.resume('last', '--resubmit', exit_code=12)
                c.bank_holds(some + ([] if 'fail' in name else case.rows(
                    c.in_bank[-5:])))


def person_resubmits(work):
    with Torn(work, 'resubmit') as c:
        c.hold()
        run = c.resume('last', '--resubmit').json['runs'][0]
        cd.equal('tasks', len(c.box.tasks()), 3)
        c.ended(run, 3)


def looked_up_before_only(work):
    """What a call whose answer was lost did was not so before it."""
    lookup = 'coupon.getDetails'
    with case.Case(work, 'before', [
            rule('code', lookup, code=999),     # the first of four codes
            rule('reset', when='after', nth=4),
            rule('status', lookup, status=503, nth=5, count=4)],
            job={'retries': 0}) as c:
        some = case.rows(c.in_bank[:4])
        run = c.run(c.drop(some), job='inline',
                    exit_code=None).json['runs'][0]
        cd.equal('batch', run['parts'][0]['state'], 'unknown')
        c.bank_holds(some)
        run = c.resume('last', '--resubmit').json['runs'][0]
        case.expect('run', run, outcome='ok', updated=4, already=0)


def person_gives_up(work):
    """Closed as unknown: no evidence, so it is never called good."""
    with Torn(work, 'give-up') as c:
        c.hold()
        run = c.resume('last', '--give-up', exit_code=12).json['runs'][0]
        case.expect('batch', run['parts'][0], state='cancelled')
        cd.equal('error', case.error_word(run), 'unconfirmed')
        c.ended(run, 2, 'unconfirmed')
        c.resume(exit_code=5)
        c.run(c.file, exit_code=7)      # not sent again by itself


def job_resubmits(work):
    """on_unknown: resubmit is the job's standing word."""
    with Torn(work, 'job', on_unknown='resubmit') as c:
        helper = threading.Thread(target=c.foreign)
        helper.start()
        run = c.run(c.file).json['runs'][0]
        helper.join()
        c.ended(run, 3)


case.main(adopted, stays, wrong_words, person_adopts, person_adopts_by_type,
          person_adopts_wrong, somebody_elses, person_resubmits, looked_up_before_only,
          person_gives_up, job_resubmits)
