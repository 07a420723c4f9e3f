#!/usr/bin/env python3
"""Drops that are not quite right, come twice, or stop on the way."""

import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

MANY = 300


def puts(c):
    """Uploads that reached the file server."""
    return cd.read(c.box.err).count('method=PUT')


def missing_codes(work):
    """One code of ten is not in the bank: found out one by one."""
    good = case.codes(MANY)[MANY // 10:]
    for name, args, exit_code, word in (
            ('failed', [], 11, 'task-failed'),
            ('accepted', ['--max-failed', '20'], 3, 'partial')):
        for verify in ('sample', 'all'):
            with case.Case(work, f'{name}-{verify}', bank=good) as c:
                some = case.rows(case.codes(MANY))
                random.Random(7).shuffle(some)
                bad = [row for row in some if row[0] not in set(good)]
                run = c.run(c.drop(some), '--verify', verify, *args,
                            exit_code=exit_code).json['runs'][0]
                case.expect('run', run, state='finished', basis='verify',
                            outcome='partial', updated=len(good),
                            failed=len(bad), unaccounted=0, retryable=True,
                            severity='error' if exit_code == 11 else
                            'warning')
                cd.equal('error', case.error_word(run), word)
                cd.equal('verify', run['parts'][0]['verify'],
                         {'asked': MANY, 'applied': len(good), 'already': 0,
                          'missing': len(bad), 'unknown': 0, 'bound': 0.0})
                case.refused_rows(run, bad)
                c.bank_holds([row for row in some if row not in bad])


GERMAN = {'delimiter': ';', 'encoding': 'windows-1252',
          'date_format': '%d.%m.%Y', 'redeemed_words': {
              'yes': ['ja'], 'no': ['nein']},
          'columns': {'code': 'Gutschein', 'redeemed': 'Eingel\u00f6st',
                      'redeem_date': 'Datum'}}


def german(c, name, some):
    """A drop as GERMAN has it."""
    text = 'Gutschein;Eingel\u00f6st;Datum\n' + ''.join(
        f'{code};ja;{date[8:]}.{date[5:7]}.{date[:4]}\n'
        for code, date in some)
    with open(c.path(name), 'wb') as f:
        f.write(text.encode('windows-1252'))
    return c.path(name)


def sent_again(work):
    """What a run wrote for a person can be sent by the same job, whatever its
    own files look like."""
    good = case.codes(13)[2:]
    with case.Case(work, 'again', bank=good, job=GERMAN) as c:
        some = case.rows(case.codes(11), '2026-01-05')
        drop = german(c, 'drop.csv', some +
                      [('LOST CODE', '2026-01-05')])
        run = c.run(drop, '--max-reject', '1', exit_code=11).json['runs'][0]
        case.refused_rows(run, some[:2])
        files = run['files']
        valid = c.cd('validate', '-j', 'file', files['failed'], exit_code=0)
        cd.equal('valid', valid.json['files'][0]['valid'], 2)
        both = c.cd('validate', '-j', 'file', files['failed'],
                    files['set_aside'], exit_code=65).json['files']
        cd.equal('together', [(f['valid'], f['by_rule']) for f in both],
                 [(2, {}), (0, {'code-space': 1})])
        cd.write(files['failed'], cd.read(files['failed']).replace(
            some[0][0], good[-2]))
        again = c.run(files['failed'], exit_code=11).json['runs'][0]
        cd.equal('rows', (again['rows']['read'], again['rows']['sent']),
                 (2, 2))
        case.refused_rows(again, some[1:2])
        with open(files['set_aside'], 'rb+') as f:
            aside = f.read().replace(b'LOST CODE', good[-1].encode())
            f.seek(0)
            f.truncate()
            f.write(aside)
        c.run(files['set_aside'])
        c.bank_holds(some[2:] + case.rows(good[-2:], '2026-01-05'))
        # Anywhere else it is a file of the job.
        copy = cd.write(c.path('failed.csv'), cd.read(files['failed']))
        c.run(copy, exit_code=65)


def shown_codes(work):
    """The log tells codes as show_codes says, ten of a batch at the most."""
    good = case.codes(MANY)[MANY // 10:]
    bad = set(case.codes(MANY)) - set(good)
    shown = {'masked': {f'{code[:2]}***{code[-2:]}' for code in bad},
             'full': bad, 'none': {'***'}}
    for how, args in (('masked', []), ('full', ['--show-codes', 'full']),
                      ('none', ['--show-codes', 'none'])):
        with case.Case(work, f'shown-{how}', bank=good) as c:
            log = c.run(c.drop(case.rows(case.codes(MANY))), '-v',
                        '--verify', 'all', *args, exit_code=11).stderr
            told = re.findall(r'code was not applied.* code=(\S+)', log)
            cd.equal('codes told', len(told), 10)
            cd.check(set(told) <= shown[how], f'{how}: {told}')
            cd.check(how == 'full' or not any(code in log for code in bad),
                     f'{how}: a code is in the log')
            # A line that should name columns may hold codes instead.
            some = case.codes(MANY)[:4]
            file = cd.write(c.path('bare.csv'), ';'.join(some) + '\n')
            ended = c.run(file, '-v', *args, exit_code=65)
            told = ended.stderr + ended.stdout
            cd.check(('this line has: ' in told) and
                     (how == 'full') == (some[0] in told),
                     f'{how}: a code is in the error: {ended}')


def wrong_bank(work):
    """Found out before a byte is uploaded."""
    with case.Case(work, 'codes') as c:
        file = c.drop(case.rows(case.codes(MANY, 5000)))
        for args, what in (([], 'none of 300'),
                           (['--bank', '601'], 'no bank 601'),
                           (['--bank-name', 'Winter'], '"Winter"')):
            run = c.run(file, *args, exit_code=10).json['runs'][0]
            case.expect('run', run, state='cancelled', updated=0)
            cd.equal('error', case.error_word(run), 'bank')
            cd.check(what in run['error']['message'],
                     f'{what} is not in "{run["error"]["message"]}"')
        cd.equal('uploads', puts(c), 0)
        cd.equal('calls', c.calls(), 0)
        c.resume(exit_code=5)
        # Right again, the file is as new.
        some = case.rows(c.in_bank[:case.ROWS])
        c.run(c.drop(some), '--bank-name', 'Winter', exit_code=10)
        c.run(c.drop(some), '--bank-name', case.BANK_NAME)
        c.bank_holds(some)


def twice(work):
    with case.Case(work, 'twice') as c:
        some = case.rows(c.in_bank[:case.ROWS])
        file = c.drop(some)
        run = c.run(file).json['runs'][0]
        cd.equal('error', case.error_word(c.run(file, exit_code=5).json),
                 'nothing-to-do')
        other = c.drop(some[::-1], 'other.csv')
        again = c.run(other, exit_code=6).json
        cd.equal('error', case.error_word(again), 'repeat')
        cd.equal('content', again['runs'][0]['content_id'],
                 run['content_id'])
        cd.equal('calls', c.calls(), 1)
        c.run(file, '--again')
        c.run(other, '--again')
        cd.equal('calls', c.calls(), 3)
        # Other settings by hand are another errand; the content decides.
        c.run(file, '--bank', '601', exit_code=10)
        c.run(file, '--sample', '5', exit_code=6)
        # Another date is another content.
        moved = case.rows(c.in_bank[:case.ROWS], case.day(2))
        c.run(c.drop(moved, 'moved.csv'))
        c.bank_holds(moved)


def set_aside(work):
    """Broken rows go to a file, the others to the platform."""
    with case.Case(work, 'aside') as c:
        some = case.rows(c.in_bank[:case.ROWS])
        broken = ['BAD CODE,1,2026-01-01', f'{c.in_bank[-1]},1,2026-02-30']
        file = cd.write(c.path('drop.csv'), case.csv_text(some) +
                        '\n'.join(broken) + '\n')
        run = c.run(file, exit_code=65).json['runs'][0]
        case.expect('run', run, state='rejected', updated=0)
        cd.equal('error', case.error_word(run), 'rules')
        c.run(file, '--max-reject', '1', exit_code=65)
        cd.equal('calls', c.calls(), 0)
        run = c.run(file, '--max-reject', '2',
                    exit_code=3).json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok',
                    severity='warning', updated=len(some))
        cd.equal('rows', run['rows'], {
            'read': len(some) + 2, 'sent': len(some), 'repeated': 0,
            'skipped': 0, 'rejected': 2, 'left_out': 0})
        cd.equal('error', case.error_word(run), 'partial')
        aside = cd.read(run['files']['set_aside'])
        for row in broken:
            cd.check(row in aside, f'{row} is not set aside: {aside}')
        cd.check(some[0][0] not in aside, f'a good row is set aside: {aside}')
        c.bank_holds(some)


def all_set_aside(work):
    """Where every row that would be sent is set aside, somebody is needed."""
    broken = ['BAD CODE,1,2026-01-01', 'AB123456,1,2026-02-30']
    for name, more, code, word in (('broken', broken, 3, 'partial'),
                                   ('none', [], 5, 'nothing-to-do')):
        with case.Case(work, f'all-{name}') as c:
            file = cd.write(c.path('drop.csv'), case.csv_text([]) + '\n'.join(
                ['AB123457,0,', *more]) + '\n')
            run = c.run(file, '--max-reject', '100%',
                        exit_code=code).json['runs'][0]
            cd.equal('error', case.error_word(run), word)
            cd.equal('rows', (run['rows']['read'], run['rows']['skipped'],
                              run['rows']['rejected'], run['submitted']),
                     (1 + len(more), 1, len(more), 0))
            cd.equal('calls', c.calls(), 0)
            status = c.cd('status', json=False, exit_code=code % 5).stdout
            cd.check(('2 of 3 rows set aside as broken' in status) ==
                     bool(more), status)
            if more:
                aside = cd.read(run['files']['set_aside'])
                cd.check(all(row in aside for row in more), aside)
                c.cd('ack', 'last', '--note', 'seen')
                c.cd('status')


def above(work):
    """A title above the header is counted and named; a row there is broken."""
    with case.Case(work, 'above') as c:
        some = case.rows(c.in_bank[:case.ROWS])
        late = f'{c.in_bank[-1]},1,2026-01-05'
        file = cd.write(c.path('drop.csv'), 'Coupons of week 1\n' + late +
                        '\n' + case.csv_text(some))
        run = c.run(file, exit_code=65).json['runs'][0]
        cd.equal('error', case.error_word(run), 'rules')
        cd.equal('calls', c.calls(), 0)
        result = c.run(file, '-v', '--max-reject', '1', exit_code=3)
        cd.check('line left out line=1 ' in result.stderr, result.stderr)
        run = result.json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok',
                    updated=len(some))
        cd.equal('rows', run['rows'], {
            'read': len(some) + 2, 'sent': len(some), 'repeated': 0,
            'skipped': 0, 'rejected': 1, 'left_out': 1})
        text = c.cd('show', 'last', json=False).stdout
        cd.check(f'{len(some) + 2} read = {len(some)} sent + 0 repeated + '
                 '1 set aside + 1 left out (above the header)\n' in text,
                 text)
        aside = cd.read(run['files']['set_aside']).splitlines()
        cd.equal('set aside', aside, [
            'line,problems,coupon_code,redeemed,redeem_date',
            f'2,title-row,{late}'])


def until(work):
    """Stop on the way; resume goes on from there."""
    for step, states, staged in (('validated', [], 0),
                                 ('packed', ['prepared'], 0),
                                 ('staged', ['staged'], 1)):
        with case.Case(work, step) as c:
            some = case.rows(c.in_bank[:case.ROWS])
            file = c.drop(some)
            run = c.run(file, '--until', step).json['runs'][0]
            case.expect('run', run, state='held', error=None)
            cd.equal('batches', [p['state'] for p in run['parts']], states)
            cd.equal('staged files', len(c.staged()), staged)
            cd.equal('calls', c.calls(), 0)
            # Held until a person says so: not by the next run of the job.
            more = case.rows(c.in_bank[case.ROWS:case.ROWS + 5])
            c.run(c.drop(more, 'more.csv'))
            c.bank_holds(more)
            run = c.resume().json['runs'][0]
            case.expect('run', run, state='finished', outcome='ok')
            cd.equal('staged files', c.staged(), [])
            c.bank_holds(some + more)
    with case.Case(work, 'given-up') as c:
        some = case.rows(c.in_bank[:case.ROWS])
        c.run(c.drop(some), '--until', 'staged')
        run = c.resume('last', '--give-up', exit_code=5).json['runs'][0]
        case.expect('run', run, state='cancelled', outcome='none',
                    updated=0, unaccounted=0)
        cd.equal('state', run['parts'][0]['state'], 'cancelled')
        cd.equal('staged files', c.staged(), [])
        c.run(c.drop(some))
        c.bank_holds(some)


def dry_run(work):
    with case.Case(work, 'dry') as c:
        some = case.rows(c.in_bank[:case.ROWS])
        file = c.drop(some)
        for job in ('file', 'inline'):
            run = c.run(file, '--dry-run', job=job).json['runs'][0]
            cd.equal('rows', run['rows']['sent'], len(some))
        cd.equal('state folder', os.path.exists(c.state), False)
        cd.equal('uploads', puts(c), 0)
        cd.equal('announced', c.calls(), 0)
        # It logs in, and looks at the bank and at some of its codes.
        for method in 'coupon.listBanks', 'coupon.getDetails':
            cd.check(c.calls(method) > 0, f'{method} was not called')
        c.cd('run', '-j', 'file', '--dry-run', '--bank', '611', file,
             exit_code=10)
        secret = c.box.shared_secret_file
        right = cd.read(secret)
        cd.write(secret, 'not-the-right-secret\n')
        said = c.run(file, '--dry-run', json=False, exit_code=77)
        cd.write(secret, right)
        for word in 'resume', 'coupondrop show', 'run 2', '/coupondrop-dry-':
            cd.check(word not in said.stdout + said.stderr, f'{said}')
        cd.check('only tried' in said.stdout, f'{said}')
        broken = c.drop(some[:3] + [('A B', some[0][1])], 'broken.csv')
        result = c.run(broken, '--dry-run', '--max-reject', '1',
                       exit_code=0)
        cd.equal('files', set(result.json['runs'][0]['files'].values()),
                 {None})
        c.run(file)
        c.bank_holds(some)


def at_once(work):
    """Two runs of a job: the second says so, or waits."""
    with case.Case(work, 'once', [rule('delay', ms=3000)]) as c:
        some = case.rows(c.in_bank[:case.ROWS])
        more = case.rows(c.in_bank[case.ROWS:case.ROWS + 5])
        with c.start('run', '--json', '-j', 'file', c.drop(some)) as first:
            try:
                case.until('the first run', lambda: puts(c) > 0)
                second = c.drop(more, 'more.csv')
                result = c.run(second, exit_code=8)
                cd.equal('error', case.error_word(result.json), 'locked')
                cd.check(str(first.pid) in result.json['error']['message'],
                         f'the process is not named: {result}')
                c.run(second, '--wait-lock', '60s')
                cd.equal('exit of the first run', first.wait(60), 0)
            except BaseException:
                first.kill()
                raise
        c.bank_holds(some + more)
        cd.equal('calls', c.calls(), 2)


def standard_input(work):
    with case.Case(work, 'stdin') as c:
        some = case.rows(c.in_bank[:case.ROWS])
        text = case.csv_text(some)
        run = c.run('-', stdin=text).json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok', file='-')
        c.bank_holds(some)
        c.run('-', stdin=text, exit_code=6)
        cd.equal('error', case.error_word(
            c.run('-', stdin='', exit_code=65).json), 'rules')
        cd.equal('calls', c.calls(), 1)


def columns(work):
    """All dates in one file with three columns."""
    with case.Case(work, 'columns') as c:
        some = [(code, case.day(1 + n % 7))
                for n, code in enumerate(c.in_bank[:case.ROWS])]
        for n, header in enumerate(('no', 'yes')):
            run = c.run(c.drop(some), '--file-layout', 'columns',
                        '--file-header', header,
                        '--again').json['runs'][0]
            cd.equal('batches', [(p['rows'], p['redeem_date'])
                                 for p in run['parts']],
                     [(len(some), None)])
            case.expect('run', run, outcome='ok',
                        updated=0 if n else len(some),
                        already=len(some) if n else 0)
            cd.equal('calls', c.calls(), n + 1)
            c.bank_holds(some)
        # One file for each date would be too many.
        run = c.run(c.drop(some), '--max-parts', '6', '--again',
                    exit_code=10).json['runs'][0]
        cd.check('columns' in run['error']['message'],
                 f'no advice in "{run["error"]["message"]}"')


def packings(work):
    for packing, ends in (('none', '.csv'), ('zip', '.zip'),
                          ('gzip', '.csv')):
        with case.Case(work, packing) as c:
            some = case.rows(c.in_bank[:case.ROWS])
            run = c.run(c.drop(some), '--packing',
                        packing).json['runs'][0]
            name = run['parts'][0]['artifact']['name']
            cd.check(name.endswith(ends), f'{packing} is staged as {name}')
            c.bank_holds(some)


def verified(work):
    """What looking up proves, and what not looking up cannot."""
    with case.Case(work, 'verify', bank=case.codes(240)) as c:
        for at, verify, exit_code, outcome, asked, basis, updated in (
                (0, 'sample', 0, 'ok', 60, 'verify', 60),
                (0, 'all', 0, 'ok', 60, 'verify', 0),
                (60, '20', 0, 'ok', 20, 'sample', None),
                (120, '50%', 0, 'ok', 30, 'sample', None),
                (180, 'off', 12, 'unconfirmed', None, 'none', 0)):
            some = case.rows(c.in_bank[at:at + 60])
            run = c.run(c.drop(some), '--verify', verify, '--again',
                        exit_code=exit_code).json['runs'][0]
            case.expect('run', run, state='finished', outcome=outcome,
                        basis=basis, updated=updated)
            if verify == 'all':     # so since the run before
                cd.equal('already so', run['already'], 60)
            proof = run['parts'][0]['verify']
            cd.equal('codes looked up', proof and proof['asked'], asked)
        cd.equal('unaccounted', run['unaccounted'], len(some))
        c.bank_holds(case.rows(c.in_bank))


def so_before(work):
    """Rows that were so before say nothing of a call."""
    with case.Case(work, 'before', bank=case.codes(416)) as c:
        old = case.rows(c.in_bank[:380])
        c.run(c.drop(old))
        # None of the rows that could change did; most of 50 say nothing.
        for n, verify, updated, already in ((1, '50', 0, len(old)),
                                            (2, '5', None, None)):
            absent = case.rows(case.codes(4, first=1000 * n))
            mixed = old + absent
            random.Random(n).shuffle(mixed)
            run = c.run(c.drop(mixed), '--verify', verify,
                        exit_code=3).json['runs'][0]
            case.expect('run', run, outcome='partial', basis='verify',
                        updated=updated, already=already,
                        failed=len(absent), unaccounted=0)
            case.refused_rows(run, absent)
        # Only some were looked up before: which were so nobody knows.
        text = c.cd('show', 'last', json=False).stdout
        cd.check(f'{len(old)} applied or already so before' in text,
                 f'said as if all had been applied: {text}')
        # Enough others are drawn that they bear out the rest.
        fresh = case.rows(c.in_bank[380:])
        mixed = old + fresh
        random.Random(4).shuffle(mixed)
        c.run(c.drop(mixed), '--verify', '10', '--until', 'staged')
        asked = c.calls('coupon.getDetails')
        run = c.resume().json['runs'][0]
        asked = c.calls('coupon.getDetails') - asked
        proof = run['parts'][0]['verify']
        cd.check(proof['asked'] > 10, f'not drawn more widely: {proof}')
        if run['basis'] == 'sample':
            case.expect('run', run, outcome='ok', updated=None)
            cd.check(proof['applied'] > 0 and proof['already'] > 0,
                     f'not counted apart: {proof}')
            # They stay the same when the run is taken up again.
            cd.equal('codes looked up afterwards', asked, proof['asked'])
            cd.equal('bound', round(proof['bound'] * len(mixed)), reach(
                len(mixed), proof['asked'], proof['already']))
        else:   # by chance, hardly any that could change
            case.expect('run', run, outcome='ok', basis='verify')
        c.bank_holds(old + fresh)


def reach(rows, drawn, already=0):
    """Rows that can be missing when none of those drawn does, at 95 %."""
    none, missing = 1.0, 0
    strata, left = drawn - 2 - already, rows - 2 - already
    if strata <= 0:
        return rows - drawn
    while missing < rows - drawn:
        largest = -(-(left - missing) // strata)
        none *= (largest - 1) / largest
        if none < 0.05:
            break
        missing += 1
    return missing


def told_by_sample(work):
    """A batch looked up whole lends nothing to one of which a few were."""
    with case.Case(work, 'told') as c:
        some = [(code, case.day(1 + (n >= 40)))
                for n, code in enumerate(c.in_bank[:60])]
        c.run(c.drop(some), '--verify', '20')
        text = c.cd('show', 'last', json=False).stdout
        told = re.search(r'confirmed by sample: 40 of 40 \(at most '
                         r'(\d+\.\d\d)% can be missing\)', text)
        cd.check(told, f'no reach in {text}')
        percent = reach(40, 20) / 60 * 100
        cd.check(0 <= float(told.group(1)) - percent < 0.02,
                 f'{told.group(1)}%, should be {percent}')


def source(work):
    """The job's own source; afterwards it is moved away."""
    with case.Case(work, 'source', job={
            'source': 'in/*.csv', 'after_done': 'move:out'}) as c:
        os.mkdir(c.path('in'))
        os.mkdir(c.path('out'))
        days = [case.rows(c.in_bank[:20], case.day(1)),
                case.rows(c.in_bank[20:40], case.day(2))]
        for n, some in enumerate(days):
            c.drop(some, f'in/{n}.csv')
        result = c.cd('run', '-j', 'file', exit_code=0)
        cd.equal('files', [r['file'] for r in result.json['runs']],
                 ['0.csv', '1.csv'])
        cd.equal('left', os.listdir(c.path('in')), [])
        cd.equal('moved', sorted(os.listdir(c.path('out'))),
                 ['0.csv', '1.csv'])
        c.bank_holds(days[0] + days[1])
        c.cd('run', '-j', 'file', exit_code=5)


def refused_stays(work):
    """A source whose rows are nowhere else is not taken away."""
    with case.Case(work, 'stays', [rule('code', code=648)],
                   job={'after_done': 'delete'}) as c:
        some = case.rows(c.in_bank[:case.ROWS])
        file = c.drop(some)
        run = c.run(file, exit_code=70).json['runs'][0]
        case.refused_rows(run, some)
        cd.check(os.path.exists(file), 'the source is gone')
        c.run(file)
        cd.check(not os.path.exists(file), 'the source is still there')
        c.bank_holds(some)


case.main(missing_codes, sent_again, shown_codes, wrong_bank, twice,
          set_aside, all_set_aside, above, until, dry_run, at_once,
          standard_input, columns, packings, verified, so_before,
          told_by_sample, source, refused_stays)
