#!/usr/bin/env python3
"""Killed in the middle of an upload, at several places of the exchange.

The next resume ends with one proven file, cleanup finds nothing, and files of
others with names like ours stay, whatever ends."""

import contextlib
import os
import subprocess
import sys
from concurrent import futures

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cutting  # noqa: E402

STRANGER = '23456789abcdefghjkmnp'    # the id of no run here
KINDS = {'ftp': 4, 'striped': 2, 'sftp': 4, 'http': 3, 'ftpes': 2, 'ssh': 2,
         'ftp direct': 3}
if cutting.SLOW:
    KINDS = dict.fromkeys(KINDS, 20)


class Killing(cutting.Cutting):
    def files(self):
        return [f for f in super().files() if not self.theirs(f)]

    @staticmethod
    def theirs(name):
        return STRANGER in name or name in ('list.part', '.list.csv.part')

    def plant(self):
        """Files of others, some with the temporary names of another host."""
        for name in (f'.coupons-vm-{STRANGER}-1.csv.{STRANGER}.part',
                     f'coupons-vm-{STRANGER}-1.csv', 'list.part',
                     f'.list-{STRANGER}.csv.part', '.list.csv.part'):
            cd.write(os.path.join(self.server.root, name), name)
        return self.others()

    def others(self):
        return {name: cd.read(os.path.join(self.server.root, name))
                for name in os.listdir(self.server.root) if self.theirs(name)}

    def kill_at(self, at):
        """Start a run and kill it when it waits in the middle; its id."""
        self.fresh()
        self.times(cutting.WIDE)
        self.proxy.spoil(at, 'stall')
        args = [cd.PROGRAM, 'run', '--config', self.small.path, '-j', 'job',
                '--yes', self.file]
        with subprocess.Popen(args, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              env=cd.environment(self.work)) as p:
            hit = self.proxy.hit.wait(cutting.SECONDS)
            p.kill()
            p.wait()
        self.proxy.heal()
        cd.check(hit, f'byte {at} was never reached with {self.kind}')

    def one(self, at, how):
        what = f'with {self.kind}, killed at byte {at}'
        self.kill_at(at)
        others = self.plant()
        none = self.small.call('cleanup', '--json', exit_code=0)
        cd.equal(f'of a run that may go on {what}', none.json['items'], [])
        result = self.timed('resume')
        cd.equal(f'exit {what}: {result}', result.exit, cutting.DONE)
        self.check_end(result.json['runs'][0], what)
        none = self.small.call('cleanup', '--json', exit_code=0)
        cd.equal(f'left {what}', none.json['items'], [])
        cd.equal(f'files of others {what}', self.others(), others)
        self.seen[how, 'resumed'] += 1


def called_off(work, kind):
    """Another has our name: he keeps it, also when the run is given up."""
    folder = os.path.join(work, 'called-off-' + kind)
    os.mkdir(folder)
    with contextlib.ExitStack() as stack:
        one = cutting.Cutting(folder, stack, kind, on_exists='fail')
        one.settings['keep_staged'] = 'no'
        one.fresh()
        one.times(cutting.WIDE)
        packed = one.small.call('run', '-j', 'job', '--yes', '--json',
                                '--until', 'packed', one.file, exit_code=0)
        run = packed.json['runs'][0]
        name = run['parts'][0]['artifact']['name']
        path = os.path.join(one.server.root, name)
        cd.write(path, 'of another')
        no = one.small.call('resume', run['run'], '--json')
        cd.equal('why not', no.json['error']['word'], 'exists')
        one.small.call('resume', run['run'], '--give-up', '--json')
        cd.equal('his file', cd.read(path), 'of another')
        cd.equal('files', one.files(), [name])


def test(work):
    def try_kind(kind):
        folder = os.path.join(work, kind.replace(' ', '-'))
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            killing = Killing(folder, stack, kind)
            killing.all(KINDS[kind], ['kill'])
            return killing

    with futures.ThreadPoolExecutor(cutting.AT_ONCE) as pool:
        done = [pool.submit(try_kind, kind) for kind in KINDS]
        done += [pool.submit(called_off, work, kind)
                 for kind in ('http', 'ftp', 'sftp')]
        wrong = []
        for future in done:
            killing = future.result()
            if killing is not None:
                print(cutting.figures(killing), flush=True)
                wrong += killing.wrong
    cd.check(not wrong, f'{len(wrong)} cases: ' + '\n'.join(wrong))


cd.main(test)
