#!/usr/bin/env python3
"""Each response code of coupon.updateDetails: deserved, and survived.

First a call made by hand earns it from the sandbox.  Then the client gets
it, says so, ends with the documented exit code, and loses nothing: when the
code has gone, the same drop goes through.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import BANK, cd  # noqa: E402

# code: (exit code, calls until the client gives up)
CODES = {
    428: (70, 1), 445: (77, 1), 477: (70, 1), 644: (76, 2), 646: (70, 1),
    647: (70, 1), 648: (70, 1), 649: (70, 1), 654: (75, 3), 667: (78, 1),
    682: (11, 1), 683: (70, 1), 685: (70, 1),
}
GO_ON = {445, 654}      # may pass: the run stays, and resume sends it


def by_hand(c):
    """{code: arguments of a call that earns it}."""
    some = c.in_bank[0]
    good = c.put('good.csv', f'{some}\n'.encode())
    bad = c.put('bad.csv', b'A' * 41 + b'\n')
    ftp = [('bank_id', BANK), ('ftp_server', '127.0.0.1')]
    login = [('ftp_user_name', 'u'), ('ftp_user_pass', 'p')]
    return {
        428: [('coupon_code', some)],
        477: [('bank_id', BANK), ('coupon_code', some),
              ('redeem_date', '20.11.2026')],
        644: [('bank_id', BANK), ('data_url', good),
              ('compression', '.zip')],
        646: ftp + [('data_url', good)],
        647: ftp + [('filename', 'a.csv'), ('ftp_user_name', 'u')],
        648: ftp + login,
        649: ftp + login + [('filename', 'a.csv.gz')],
        654: [('bank_id', BANK), ('data_url', good.replace('good', 'no'))],
        667: [('bank_id', BANK + 1), ('coupon_code', some)],
        682: [('bank_id', BANK), ('data_url', bad)],
        683: [('bank_id', BANK), ('redeemed', 1)],
        685: [('bank_id', BANK), ('data_url', good), ('coupon_code', some)],
    }


def code_of(answer):
    item = answer.find('item')
    text = item.findtext('responseCode') or \
        item.findtext('responseData/responseCode')
    return int(text)


def deserved(work):
    with case.Case(work, 'hand') as c:
        calls = by_hand(c)
        cd.equal('codes that a call earns', sorted([*calls, 445]),
                 sorted(CODES))
        for code, arguments in calls.items():
            cd.equal(f'code of {arguments}', code_of(c.post(arguments)),
                     code)
        cd.equal('code for a wrong key', code_of(c.post(
            calls[683], key='nobody')), 445)
        cd.equal('tasks', c.box.tasks(), [])
        c.bank_holds([])
        # The same call with nothing wrong is taken.
        answer = c.post([('bank_id', BANK), ('coupon_code', c.in_bank[0]),
                         ('redeemed', 1), ('redeem_date', case.day(1))])
        cd.equal('code of a good call', code_of(answer), 210)
        c.bank_holds(case.rows(c.in_bank[:1]))


def said(result, code):
    """One sentence on standard error that names the code."""
    lines = result.stderr.splitlines()
    cd.check(lines and lines[0].startswith('coupondrop: ') and
             any(f' {code}' in line for line in lines),
             f'the code {code} is not in the words: {result}')


def refused(run, code):
    """What the ledger says of a refused run."""
    part = run['parts'][0]
    cd.equal('error of the batch', case.error_word(part), f'mapp-{code}')
    cd.equal('task of the batch', part['task'], None)
    case.expect('refused run', run, updated=0,
                state='active' if code in GO_ON else 'finished')
    cd.equal('state of the batch', part['state'],
             'staged' if code in GO_ON else 'failed')


def given(work, code):
    exit_code, tries = CODES[code]
    fault = case.rule('code', code=code, count=2 * tries)
    with case.Case(work, str(code), [fault]) as c:
        some = case.rows(c.in_bank[:case.ROWS])
        drop = c.drop(some)
        result = c.run(drop, exit_code=exit_code)
        run = result.json['runs'][0]
        cd.equal('error', case.error_word(run), f'mapp-{code}')
        cd.equal('error of all', case.error_word(result.json),
                 f'mapp-{code}')
        refused(run, code)
        refused(c.show(), code)

        def again(**more):
            if code in GO_ON:
                return c.resume(run['run'], **more)
            return c.run(drop, **more)

        said(again(exit_code=exit_code, json=False), code)
        cd.equal('calls', c.calls(), 2 * tries)
        cd.equal('tasks', c.box.tasks(), [])
        c.bank_holds([])
        run = again().json['runs'][0]
        case.expect('the run in the end', run, state='finished',
                    outcome='ok', updated=len(some), error=None)
        cd.equal('calls', c.calls(), 2 * tries + 1)
        c.bank_holds(some)
        cd.equal('staged files', c.staged(), [])


def survived(work):
    for code in CODES:
        print(f'  {code}', flush=True)
        given(work, code)


def half(work):
    """One of two batches is refused: only its rows are sent again."""
    fault = case.rule('code', code=648, nth=2)
    with case.Case(work, 'half', [fault]) as c:
        first = case.rows(c.in_bank[:case.ROWS], case.day(2))
        second = case.rows(c.in_bank[case.ROWS:], case.day(1))
        drop = c.drop(first + second)
        run = c.run(drop, exit_code=70).json['runs'][0]
        case.expect('run', run, state='finished', outcome='partial',
                    updated=len(first), failed=len(second), unaccounted=0)
        cd.equal('error', case.error_word(run), 'mapp-648')
        case.refused_rows(run, second)
        c.bank_holds(first)
        for path in drop, c.drop(second + first, 'other.csv'):
            cd.equal('error', case.error_word(
                c.run(path, exit_code=11).json), 'repeat-failed')
        c.run(run['files']['failed'])
        c.bank_holds(first + second)
        cd.equal('calls', c.calls(), 3)


case.main(deserved, survived, half)
