#!/usr/bin/env python3
"""What is gone or different when a run goes on, and what must not be touched.

The source file, the run's folder, an endpoint of the configuration, the job's
settings: each may change between two attempts.
"""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402

RUNNING = ['--running', '1s']


class Drop(case.Case):
    """A drop of two days, and rows for another one."""

    def __enter__(self):
        super().__enter__()
        self.rows = [(code, case.day(1 + n % 2))
                     for n, code in enumerate(self.in_bank[:case.ROWS])]
        self.more = case.rows(self.in_bank[case.ROWS:case.ROWS + 5])
        self.file = self.drop(self.rows)
        return self

    def job(self, **settings):
        """Other settings from now on."""
        self.settings[2].update(settings)
        self.configure()

    def rename_endpoint(self):
        text = cd.read(self.config)
        cd.write(self.config, text.replace('  files:', '  others:')
                 .replace('"files"', '"others"'))

    def ended(self, run, **want):
        case.expect('run', run, state='finished', outcome='ok', error=None,
                    updated=len(self.rows), **want)

    def break_off(self):
        """Sent, and not waited for."""
        self.job(deadline='1ms')
        self.run(self.file, exit_code=4)
        self.job(deadline='60s')

    def replace(self):
        """Tonight's file under the name of last night's."""
        os.rename(self.drop(self.more, 'new.csv'), self.file)


def source_replaced(work):
    """The file that came meanwhile is not the one that is done."""
    os.makedirs(os.path.join(work, 'done'))
    for after in ('delete', f'move:{work}/done'):
        with Drop(work, after.split(':')[0], args=RUNNING) as c:
            c.job(after_done=after)
            with c.start('run', '-j', 'file', c.file) as p:
                try:
                    case.until('the tasks', lambda: len(c.box.tasks()) == 2)
                    c.replace()
                    cd.equal('exit', p.wait(120), 0)
                except BaseException:
                    p.kill()
                    raise
            cd.equal('file', cd.read(c.file), case.csv_text(c.more))
            cd.equal('moved files', os.listdir(f'{work}/done'), [])
            c.run(c.file)
            c.bank_holds(c.rows + c.more)
            cd.check(not os.path.exists(c.file), 'the file is still there')
    cd.equal('moved files', os.listdir(f'{work}/done'), ['drop.csv'])


def source_beside_older(work):
    """A name that is taken is not written over; the file gets another."""
    os.makedirs(os.path.join(work, 'done'))
    cd.write(os.path.join(work, 'done', 'drop.csv'), 'older\n')
    with Drop(work, 'taken') as c:
        c.job(after_done=f'move:{work}/done')
        run = c.run(c.file).json['runs'][0]['run']
        cd.check(not os.path.exists(c.file), 'the file is still there')
        cd.equal('older file', cd.read(os.path.join(work, 'done', 'drop.csv')),
                 'older\n')
        cd.equal('this file', cd.read(os.path.join(
            work, 'done', f'drop-{run}.csv')), case.csv_text(c.rows))


def source_vanished(work):
    """Nobody needs it once it is packed."""
    for step in ('packed', 'staged'):
        with Drop(work, step) as c:
            c.run(c.file, '--until', step)
            os.unlink(c.file)
            c.ended(c.resume().json['runs'][0])
            c.bank_holds(c.rows)


def source_other(work):
    """Changed or gone before it was packed: the run ends, the file is new."""
    for change in ('replace', 'append', 'remove'):
        with Drop(work, change) as c:
            c.run(c.file, '--until', 'validated')
            if change == 'replace':
                c.replace()
            elif change == 'append':
                with open(c.file, 'a', encoding='utf-8') as f:
                    f.write(f'{c.more[0][0]},1,{c.more[0][1]}\n')
            else:
                os.unlink(c.file)
            run = c.resume(exit_code=66).json['runs'][0]
            case.expect('run', run, state='cancelled', updated=0)
            c.resume(exit_code=5)
            cd.equal('calls', c.calls(), 0)
            if change == 'remove':
                c.drop(c.rows)
            c.run(c.file)
            c.bank_holds({'replace': c.more, 'append': c.rows + c.more[:1],
                          'remove': c.rows}[change])


def called_off(work):
    """A run that was only received can be given up."""
    with Drop(work, 'received') as c:
        c.run(c.file, '--until', 'validated')
        c.resume('last', '--give-up', exit_code=5)
        case.expect('run', c.show(), state='cancelled', updated=0)
        c.resume(exit_code=5)
        c.run(c.file)
        c.bank_holds(c.rows)


def endpoint_gone(work):
    """A renamed endpoint: said so, and the run can be called off; what was
    staged is removed all the same."""
    with Drop(work, 'unsent') as c:
        c.run(c.file, '--until', 'packed')
        c.rename_endpoint()
        result = c.resume(exit_code=78)
        said = result.json['runs'][0]['error']['message']
        cd.check('"files"' in said and '--give-up' in said,
                 f'not said what to do: {said}')
        run = c.resume('last', '--give-up', exit_code=5).json['runs'][0]
        case.expect('run', run, state='cancelled', updated=0)
        c.bank_holds([])
    with Drop(work, 'sent', args=RUNNING) as c:
        c.break_off()
        c.rename_endpoint()
        result = c.resume()
        c.ended(result.json['runs'][0])
        c.bank_holds(c.rows)
        # The endpoint that has its server now brings the login.
        cd.equal('staged files', c.staged(), [])


def job_gone(work):
    """A job taken out of the configuration holds up no other run."""
    with Drop(work, 'job') as c:
        c.run(c.file, '--until', 'packed')
        c.run(c.drop(c.more, 'more.csv'), '--until', 'packed', job='inline')
        text = cd.read(c.config)
        cd.write(c.config, text.replace('  file:', '  other:'))
        runs = c.resume(exit_code=78).json['runs']
        cd.equal('states', [r['state'] for r in runs], ['held', 'finished'])
        cd.equal('errors', [case.error_word(r) for r in runs],
                 ['config', None])
        c.resume(runs[0]['run'], '--give-up', exit_code=5)
        case.expect('run', c.show(runs[0]['run']), state='cancelled')
        c.bank_holds(c.more)


def folder_gone(work):
    """Without its packages a run cannot go on, and says what to do."""
    with Drop(work, 'unsent') as c:
        c.run(c.file, '--until', 'packed')
        shutil.rmtree(os.path.join(c.state, 'runs'))
        run = c.resume(exit_code=74).json['runs'][0]
        cd.check('--give-up' in run['error']['message'],
                 f'not said what to do: {run["error"]["message"]}')
        c.resume('last', '--give-up', exit_code=5)
        c.run(c.file)
        c.bank_holds(c.rows)
    with Drop(work, 'sent', args=RUNNING) as c:
        c.break_off()
        shutil.rmtree(os.path.join(c.state, 'runs'))
        c.job(verify='all')
        c.ended(c.resume().json['runs'][0], basis='verify')


def package_damaged(work):
    """What was packed is not what lies there: not uploaded."""
    with Drop(work, 'cut') as c:
        c.run(c.file, '--until', 'packed')
        for path in glob.glob(os.path.join(c.state, 'runs', '*', '*.zip')):
            os.truncate(path, os.path.getsize(path) - 1)
        c.resume(exit_code=74)
        cd.equal('staged files', c.staged(), [])
        c.bank_holds([])


def packing_changed(work):
    """What lies there is announced as what it is."""
    for was, now in (('zip', 'none'), ('none', 'zip'), ('zip', 'gzip')):
        with Drop(work, f'{was}-{now}', job={'packing': was}) as c:
            c.run(c.file, '--until', 'staged')
            c.job(packing=now)
            c.ended(c.resume().json['runs'][0])
            c.bank_holds(c.rows)


def same_content_at_once(work):
    """Two processes, two files, the same coupons: sent once."""
    with Drop(work, 'twice') as c:
        other = c.drop(c.rows[::-1], 'other.csv')
        args = ['run', '--provider', 'platform', '--bank', str(case.BANK),
                '--endpoint', 'files', '--timezone', 'UTC', '--config',
                c.config]
        both = [subprocess.Popen([cd.PROGRAM, *args, path],
                                 stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL,
                                 env=cd.environment(c.work))
                for path in (c.file, other)]
        exits = sorted(p.wait(120) for p in both)
        # On its way while the other looked, or through already.
        cd.check(exits in ([0, 4], [0, 6]), f'exits: {exits}')
        cd.equal('calls', c.calls(), 2)
        c.bank_holds(c.rows)


def refused_rows_survive(work):
    """Killed while tidying up: no refused row is lost."""
    bank = case.codes(2 * case.ROWS)
    lost = set(bank[:case.ROWS:10])
    with Drop(work, 'killed', bank=sorted(set(bank) - lost)) as c:
        c.rows = [(code, case.day(1 + n // 10 % 2))
                  for n, code in enumerate(bank[:case.ROWS])]
        bad = [row for row in c.rows if row[0] in lost]
        c.file = c.drop(c.rows)
        c.job(verify='all')
        with c.start('run', '-j', 'file', c.file,
                     COUPONDROP_FAULT='tidy-local:1=kill') as p:
            code = p.wait(120)
        if cd.has_faults():
            cd.equal('end', code, -signal.SIGKILL)
            c.resume(exit_code=11)
        else:
            cd.equal('exit', code, 11)
        case.refused_rows(c.show(), bad)


def two_answers_lost(work):
    """One new task and two runs without an answer: whose is it?"""
    faults = [case.rule('reset', when='before'),
              case.rule('reset', when='after', nth=2)]
    for verify in ('sample', 'off'):
        with case.Case(work, verify, faults, job={'verify': verify}) as c:
            one = case.rows(c.in_bank[:case.ROWS])
            two = case.rows(c.in_bank[case.ROWS:], case.day(2))
            first = c.run(c.drop(one, 'one.csv'),
                          exit_code=7).json['runs'][0]['run']
            if verify == 'sample':
                # The codes of the second changed, so it is the second's.
                run = c.run(c.drop(two, 'two.csv')).json['runs'][0]
                case.expect('run', run, state='finished', outcome='ok')
                c.resume(first, exit_code=7)
                c.resume(first, '--resubmit')
            else:
                second = c.run(c.drop(two, 'two.csv'),
                               exit_code=7).json['runs'][0]['run']
                for run in c.resume(exit_code=7).json['runs']:
                    case.expect('run', run, state='held')
                task = c.box.tasks()[0]['task_id']
                c.resume(second, '--adopt', f'platform:{task}', exit_code=12)
                c.resume(first, '--resubmit', exit_code=12)
            c.bank_holds(one + two)
            cd.equal('tasks', len(c.box.tasks()), 2)


def pick_up_breaks(work):
    """Once is no reason to send what was not compared."""
    for do, more in (('truncate', {'at': 10}), ('status', {'status': 503})):
        with case.Case(work, do, [case.rule(do, 'stage.GET', nth=3, count=2,
                                            **more)]) as c:
            some = case.rows(c.in_bank[:case.ROWS])
            run = c.run(c.drop(some)).json['runs'][0]
            cd.equal('rehearsed', run['parts'][0]['rehearsed'], 'full')
            c.bank_holds(some)


def told_by_pick_up(work):
    """What is said to be identical was fetched, and no other batch."""
    said = {'sample': '1 of 3 fetched back from this host: identical; 2 of 3 '
                      'compared by size only: the same',
            'full': 'fetched back from this host: identical'}
    for how, text in said.items():
        with case.Case(work, how, job={'rehearse': how}) as c:
            some = [row for n in range(3) for row in
                    case.rows(c.in_bank[2 * n:2 * n + 2], case.day(n + 1))]
            ended = c.cd('run', '-j', 'file', '-w', c.drop(some), json=False,
                         exit_code=0)
            cd.check(re.search(f'pick-up +{re.escape(text)} ', f'{ended}'),
                     f'{ended}')
            cd.equal('rehearsed', [p['rehearsed'] for p in c.show()['parts']],
                     ['full'] + [how] * 2)
            c.bank_holds(some)


def until_with_leftovers(work):
    """Stopping half-way is about this file, not about older runs."""
    with Drop(work, 'older', args=RUNNING) as c:
        c.break_off()
        for step in ('validated', 'packed', 'staged'):
            c.run(c.drop(c.more, f'{step}.csv'), '--until', step, '--again')
        c.ended(c.resume(exit_code=None).json['runs'][0])


def until_inline(work):
    """There is nothing to upload, and nothing is sent either."""
    with Drop(work, 'inline') as c:
        run = c.run(c.file, '--until', 'staged', job='inline').json['runs'][0]
        case.expect('run', run, state='held', error=None)
        c.run(c.drop(c.more, 'more.csv'), job='inline')
        c.bank_holds(c.more)
        c.ended(c.resume().json['runs'][0])
        c.bank_holds(c.rows + c.more)


case.main(source_replaced, source_beside_older, source_vanished,
          source_other, called_off, endpoint_gone, job_gone, folder_gone, package_damaged,
          packing_changed, same_content_at_once, refused_rows_survive,
          two_answers_lost, pick_up_breaks, told_by_pick_up,
          until_with_leftovers, until_inline)
