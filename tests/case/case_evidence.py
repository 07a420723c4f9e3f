#!/usr/bin/env python3
"""What is claimed where the platform's word and its bank do not agree.

Each platform here has one mood, by its seed: of some rows it does nothing, it
counts others than it applied, or its look-ups cannot be read.
"""

import csv
import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
import stubs  # noqa: E402
from case import cd, rule  # noqa: E402

# What a seed of the sandbox's moods makes of it.
HONEST = 16                         # and counts truly
SAYS_ALL, SAYS_NONE = 10, 2         # a fifth is lost; nothing is
BLURRED = 40                        # some look-ups cannot be read
ROWS = case.ROWS


def platform(work, name, seed, **more):
    return case.Case(work, name, args=['--moods', seed], job={
        'lag': '1ms', **more})


def listed(path):
    """The codes in a file of rows."""
    if path is None:
        return []
    with open(path, encoding='utf-8', newline='') as f:
        return sorted(row['coupon_code'] for row in csv.DictReader(f))


def by_hand(c, rows):
    """The rows are so before the client comes."""
    for code, day in rows:
        c.post([('bank_id', case.BANK), ('coupon_code', code),
                ('redeemed', 1), ('redeem_date', day)])


def wrong(c, rows):
    bank = c.box.bank(case.BANK)
    return sorted(code for code, day in rows if bank[code] != ('1', day))


def same_in_show(c, run):
    cd.equal('shown', {**c.show(), 'seconds': None},
             {**run, 'seconds': None})


def totals_say_all(work):
    """Totals that add up are nothing against rows that were looked up."""
    with platform(work, 'looked-up', SAYS_ALL) as c:
        rows = case.rows(c.in_bank[:ROWS])
        run = c.run(c.drop(rows), exit_code=11).json['runs'][0]
        lost = wrong(c, rows)
        cd.check(0 < len(lost) < ROWS, f'another platform: {lost}')
        case.expect('run', run, outcome='partial', basis='verify',
                    updated=ROWS - len(lost), already=0, failed=len(lost),
                    unaccounted=0)
        part = run['parts'][0]
        case.expect('batch', part, updated=ROWS, failed=0, basis='verify')
        cd.check(f'counted {ROWS} updated and 0 failed' in part['doubt'],
                 part['doubt'])
        cd.equal('verify', part['verify'], {
            'asked': ROWS, 'applied': ROWS - len(lost), 'already': 0,
            'missing': len(lost), 'unknown': 0, 'bound': 0.0})
        cd.equal('failed.csv', listed(run['files']['failed']), lost)
        cd.equal('unknown.csv', run['files']['unknown'], None)
        same_in_show(c, run)
        cd.check(f'{ROWS - len(lost)} applied, {len(lost)} not applied' in
                 c.cd('show', json=False).stdout, 'not in the text')
    with platform(work, 'believed', SAYS_ALL, verify='off') as c:
        rows = case.rows(c.in_bank[:ROWS])
        run = c.run(c.drop(rows)).json['runs'][0]
        case.expect('run', run, outcome='ok', basis='counters', updated=ROWS)
        cd.check("the platform's own count" in
                 c.cd('show', json=False).stdout, 'no basis in the text')


def totals_say_none(work):
    """Each row is so, and the platform counts none: said, and never ok."""
    with platform(work, 'none', SAYS_NONE) as c:
        rows = case.rows(c.in_bank[:ROWS])
        file = c.drop(rows)
        result = c.run(file, exit_code=12)
        run = result.json['runs'][0]
        cd.equal('wrong in the bank', wrong(c, rows), [])
        case.expect('run', run, outcome='unconfirmed', basis='verify',
                    updated=ROWS, failed=0, unaccounted=0)
        cd.equal('error', case.error_word(run), 'unconfirmed')
        said = f'counted 0 updated and {ROWS} failed'
        for where in (run['parts'][0]['doubt'], run['error']['message'],
                      c.cd('show', json=False).stdout):
            cd.check(said in where, f'{said} is not in {where}')
        cd.equal('files', (run['files']['failed'], run['files']['unknown']),
                 (None, None))
        same_in_show(c, run)
        c.run(file, exit_code=7)
        c.cd('status', exit_code=3)


def does_nothing(nth, said='done'):
    """A task that ends well and did nothing."""
    return [rule('fail', output=said, nth=nth),
            rule('word', word='COMPLETE', nth=nth)]


def so_before(work):
    """Rows that were so before are no work of the task."""
    for name, before, said, code, want in (
            ('all', ROWS, 'done', 0, {'outcome': 'ok', 'failed': 0}),
            ('all-counted', ROWS, f'{ROWS} updated, 0 failed, {ROWS} total',
             0, {'outcome': 'ok', 'failed': 0}),
            ('most', ROWS - 4, 'done', 11, {'outcome': 'partial',
                                            'failed': 4}),
            ('most-counted', ROWS - 4,
             f'{ROWS} updated, 0 failed, {ROWS} total', 11,
             {'outcome': 'partial', 'failed': 4})):
        with case.Case(work, name, does_nothing(before + 1, said),
                       args=['--moods', HONEST], job={'lag': '1ms'}) as c:
            rows = case.rows(c.in_bank[:ROWS])
            by_hand(c, rows[:before])
            run = c.run(c.drop(rows), exit_code=code).json['runs'][0]
            case.expect(name, run, updated=0, already=before, unaccounted=0,
                        basis='verify', **want)
            cd.equal('failed.csv', listed(run['files']['failed']),
                     sorted(code for code, _ in rows[before:]))
            cd.equal('verify', run['parts'][0]['verify']['already'], before)
            cd.check(f'0 applied, {before} already so before' in
                     c.cd('show', json=False).stdout, 'not in the text')
            same_in_show(c, run)


def the_tail(work):
    """The last row is always looked up; one that is lost has all looked up."""
    for rows, sample in ((51, 50), (1001, 'sample')):
        bank = case.codes(rows)
        with case.Case(work, f'tail-{rows}', bank=bank[:-1]) as c:
            run = c.run(c.drop(case.rows(bank)), '--verify', str(sample),
                        exit_code=3).json['runs'][0]
            case.expect('run', run, outcome='partial', basis='verify',
                        updated=rows - 1, failed=1, unaccounted=0)
            cd.equal('failed.csv', listed(run['files']['failed']), bank[-1:])


def unreadable(work):
    """What cannot be read is unknown, never a no."""
    with platform(work, 'blurred', BLURRED) as c:
        rows = case.rows(c.in_bank[:ROWS])
        run = c.run(c.drop(rows), exit_code=12).json['runs'][0]
        cd.equal('wrong in the bank', wrong(c, rows), [])
        unknown = run['unaccounted']
        cd.check(0 < unknown < ROWS, f'another platform: {unknown}')
        case.expect('run', run, outcome='unconfirmed', basis='verify',
                    updated=ROWS - unknown, failed=0)
        cd.equal('failed.csv', run['files']['failed'], None)
        cd.equal('unknown.csv', len(listed(run['files']['unknown'])), unknown)
        cd.equal('verify', run['parts'][0]['verify']['unknown'], unknown)
        cd.check(f'of {unknown} nothing is known' in
                 c.cd('show', json=False).stdout, 'not in the text')
        same_in_show(c, run)


def behind(work):
    """A bank that shows later what its task did is waited for, however many
    rows are looked up."""
    for verify in ('all', '5'):
        with case.Case(work, f'behind-{verify}', [
                rule('word', word='COMPLETE')], args=['--queued', '1s'],
                job={'lag': '60s'}) as c:
            rows = case.rows(c.in_bank[:ROWS])
            run = c.run(c.drop(rows), '--verify', verify).json['runs'][0]
            case.expect('run', run, outcome='ok', failed=0, unaccounted=0)
            c.bank_holds(rows)


def still_runs(work):
    """Not done, and the same file again: not done either."""
    with case.Case(work, 'runs', [rule('word', word='PROCESSING')],
                   job={'deadline': '200ms'}) as c:
        rows = case.rows(c.in_bank[:ROWS])
        file = c.drop(rows)
        c.run(file, exit_code=4)
        for path in file, c.drop(rows[::-1], 'copy.csv'):
            c.run(path, exit_code=4)
        cd.equal('error', case.error_word(c.run(
            path, job='inline', exit_code=7).json), 'repeat-sent')
        c.cd('status', exit_code=3)
        cd.equal('calls', c.calls(), 1)


ITEM = re.compile(r'<item>.*?</item>', re.S)


def no_action(items):
    """Refused in words, and yet updated."""
    return [re.sub('<responseCode>210<', '<responseCode>682<', i)
            for i in items]


def one_for_two(items):
    """The second says updated 2, the third is missing."""
    return [items[0], items[1].replace('<updated>1<', '<updated>2<'),
            *items[3:]]


def one_twice(items):
    """The second comes twice, the third not at all."""
    return [*items[:2], items[1], *items[3:]]


def items(work):
    """A row has its own item or nobody knows; look-ups settle it."""
    # Without look-ups: what is unknown, in the order of the rows.
    for name, change, unknown in (('no-action', no_action, range(6)),
                                  ('for-two', one_for_two, (1, 2)),
                                  ('twice', one_twice, (1, 2))):
        for verify in ('off', 'all'):
            inline(work, f'{name}-{verify}', verify, change, unknown)


def inline(work, name, verify, change, unknown):
    def rewrite(call, answer):
        found = ITEM.findall(answer)
        if 'coupon.updateDetails' not in call or len(found) < 3:
            return answer
        at = answer.index(found[0])
        end = answer.index(found[-1]) + len(found[-1])
        return answer[:at] + ''.join(change(found)) + answer[end:]

    with case.Case(work, name, job={'verify': verify, 'batch': 6}) as c:
        with stubs.rewriting(c.box.api, rewrite) as front:
            path = c.box.api.split('/', 3)[3]
            c.settings[0]['url'] = f'http://127.0.0.1:{front.port}/{path}'
            c.configure()
            rows = case.rows(c.in_bank[:6])
            codes = [code for code, _ in rows]
            # All are so in truth: to look them up shows it.
            doubtful = [] if verify == 'all' else [codes[n] for n in unknown]
            result = c.run(c.drop(rows), job='inline', exit_code=12 if
                           doubtful else 0).json['runs'][0]
            case.expect('run', result, outcome='unconfirmed' if doubtful else
                        'ok', updated=6 - len(doubtful), failed=0,
                        unaccounted=len(doubtful))
            cd.equal('failed.csv', result['files']['failed'], None)
            cd.equal('unknown.csv', listed(result['files']['unknown']),
                     sorted(doubtful))
            same_in_show(c, result)
            cd.equal('wrong in the bank', wrong(c, rows), [])


case.main(items, totals_say_all, totals_say_none, so_before, the_tail,
          unreadable, behind, still_runs)
