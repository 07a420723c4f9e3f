#!/usr/bin/env python3
"""validate: what it reads, what it says, how it ends."""

import datetime
import gzip
import json
import os
import shlex
import shutil
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from cli import HEADER  # noqa: E402

SAMPLES = os.path.join(cd.TOP, 'samples')
BROKEN = os.path.join(SAMPLES, 'broken')
GOLDEN = os.path.join(cd.TOP, 'tests', 'golden', 'cli')
ROW = 'M746209500,1,2026-01-05\n'

# Rules that need a setting to be broken, and the setting.
SETTINGS = {'code-pattern': ['--code-pattern', 'M[0-9]{9}'],
            'code-unknown': ['--known-codes',
                             os.path.join(SAMPLES, 'known-codes.txt')]}
WARNINGS = {'bom', 'code-zero-lost', 'date-future', 'date-missing',
            'duplicate-case', 'duplicate-code', 'eol-mixed',
            'quote-rows', 'redeemed-missing', 'row-blank', 'title-row'}

MIXED = (
    'Gutscheincode;Eingel\xf6st;Datum;Filiale\n'
    'M746209500;ja;16.01.2026;K\xf6ln\n'
    'M746209501;ja;17.01.2026;Kiel\n'
    'M746209500;ja;16.01.2026;Bonn\n'
    '4,21E+11;ja;17.01.2026;Kiel\n'
    '4,21E+11;ja;17.01.2026;Bonn\n'
    '4,21E+11;ja;18.01.2026;Bonn\n'
    '4,21E+11;ja;18.01.2026;Kiel\n'
    '4,21E+11;ja;18.01.2026;Ulm\n'
    'M746209502;ja;31.11.2025;Bonn\n'
    'M746209503;vielleicht;18.01.2026;Bonn\n'
    'M746209504;nein;;Bonn\n'
    'M746209505;ja;17.01.2026;Bonn;4\n'
    '\n'
    'M746209506;ja;17.01.2026;Bonn\n'
    'M746209506;ja;19.01.2026;Bonn\n').encode('windows-1252')
MIXED_FLAGS = [
    '--delimiter', ';', '--encoding', 'windows-1252', '--date-format',
    '%d.%m.%Y', '--columns',
    'code: Gutscheincode, redeemed: Eingel\xf6st, redeem_date: Datum',
    '--redeemed-words', 'yes: [ja], no: [nein]']


def golden(name, ended):
    path = os.path.join(GOLDEN, name + '.txt')
    if os.environ.get('GOLDEN') == 'write':
        os.makedirs(GOLDEN, exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(ended.out)
    cd.check(ended.out == cd.read(path),
             f'not as in {path}:\n{ended}')
    cd.equal('stderr', ended.err, '')


def report(room):
    room.write('mixed.csv', MIXED)
    room.write('good.csv', HEADER + ROW)
    room.write('years.csv', HEADER + ROW.replace('500', '502') + 'M746209501,1,2025-12-31\n')
    golden('mixed', room.run('validate', *MIXED_FLAGS, 'mixed.csv',
                             exit_code=65))
    golden('mixed-aside', room.run(
        'validate', *MIXED_FLAGS, '--max-reject', '20', 'mixed.csv',
        exit_code=65))
    golden('two-files', room.run('validate', 'good.csv', 'years.csv',
                                 exit_code=0))
    room.write('wrong.csv', 'Gutscheincode;Datum\nM746209500;2026-01-05\n')
    golden('delimiter', room.run('validate', 'wrong.csv', exit_code=65))
    golden('columns', room.run('validate', '--delimiter', ';', 'wrong.csv',
                               exit_code=65))


# Exports as they are, what is advised for them, and how many rows fit then.
ADVICE = [
    ('de.csv', MIXED, {
        'encoding': 'windows-1252', 'delimiter': ';', 'columns':
            'code: Gutscheincode, redeemed: Eingel\xf6st, redeem_date: Datum',
        'date_format': '%d.%m.%Y', 'redeemed_words': 'yes: [ja], no: [nein]'}),
    ('fr.csv', 'Magasin;Date de retrait;Code promo;Utilis\xe9\n' + ''.join(
        f'Lyon;{d}/01/2026;M7462095{d};oui\n' for d in range(10, 30)), {
        'delimiter': ';', 'columns': 'code: Code promo, redeemed: Utilis\xe9, '
        'redeem_date: Date de retrait', 'date_format': '%d/%m/%Y',
        'redeemed_words': 'yes: [oui], no: [non]'}),
    ('us.csv', 'Store,Coupon Code,Redeemed,Redeem Date\n' + ''.join(
        f'Austin,M7462095{d},TRUE,1/{d}/26\n' for d in range(10, 30)), {
        'columns': 'code: Coupon Code, redeem_date: Redeem Date',
        'date_format': '%m/%d/%y',
        'redeemed_words': 'yes: ["true"], no: ["false"]'}),
    ('sep.csv', 'sep=;\r\n' + HEADER.replace(',', ';') + ''.join(
        f'M7462095{d};1;{d}.01.2026;\r\n' for d in range(10, 30)), {
        'delimiter': ';', 'date_format': '%d.%m.%Y'}),
    ('tills.csv', HEADER + ''.join(
        f'M7462095{d},1,2026-01-{d} 14:{d}:05\n' for d in range(10, 30)), {
        'date_format': '%Y-%m-%d %H:%M:%S'}),
    ('unicode.txt', '\ufeff' + HEADER.replace(',', '\t') +
     ROW.replace(',', '\t'), {'format': 'csv', 'delimiter': 'tab'}),
    ('bare.csv', ROW * 3, {'header': 'no'}),
    ('--bare', ROW * 3, {'header': 'no'}),
    # A header below rows has names of columns, not words for yes and no.
    ('late.csv', ''.join(f'A{n:04},1,2026-01-05\n' for n in range(19)) +
     HEADER + ROW, {'header': 'no'}),
    ('later.csv', 'A1000,1,2026-01-05\nA2000,1,2026-01-05\n' + HEADER + ROW,
     {'header': 'no'}),
    ('foreign.csv', 'Voucher,redeemed,redeem_date\nA1000,1,2026-01-05\n'
     'A2000,1,2026-01-05\n' + HEADER + ROW, {'columns': 'code: Voucher'}),
    ('status.csv', 'Nummer,Status,Datum\n' + ''.join(
        f'A{n:04},redeemed,2026-01-05\n' for n in range(9)) +
     'Code,Status,Date\nA0010,open,2026-01-05\n', {
        'columns': 'code: Nummer, redeemed: Status, redeem_date: Datum',
        'redeemed_words': 'yes: [redeemed], no: [open]'}),
    ("o'clock, 7.csv", HEADER.replace('coupon_code', '"my: code"') + ROW * 3, {
        'columns': 'code: "my: code"'}),
]


def checked(room, *args):
    """The one file of an answer, however it ends."""
    return json.loads(room.run(*args).out)['files'][0]


def advice(room):
    """What is advised fits, and is what the printed command does."""
    for name, content, wanted in ADVICE:
        if isinstance(content, str):
            content = content.encode('utf-16-le' if name == 'unicode.txt'
                                     else 'utf-8')
        room.write(name, content)
        file = checked(room, 'validate', '--json', '--', name)
        cd.equal(f'advice for {name}', file['advice']['settings'], wanted)
        said = room.run('validate', '--', name, exit_code=65).out
        command = said[said.index('  coupondrop validate '):]
        command = command[:command.index('\nor in the configuration')]
        words = shlex.split(command)
        cd.equal('the command names', words[-1], name)
        better = checked(room, 'validate', '--json', *words[2:])
        cd.equal('good rows', better['valid'] + better['duplicates'],
                 file['advice']['good'])
        cd.check(better['valid'] > file['valid'] and (
            better['advice'] is None), f'{better}')
    # In the configuration it is the same.
    room.configure({'jobs': {'weekly': {
        'delimiter': ';', 'date_format': '%Y-%m-%d'}}})
    said = room.run('validate', '--config', room.config, '-j', 'weekly',
                    'sep.csv', exit_code=65).out
    cd.check('-j weekly --date-format %d.%m.%Y' in ' '.join(
        said.replace('\\\n', ' ').split()) and
             'job weekly:\n        date_format: "%d.%m.%Y"\n' in said, said)


def asks_like_run(room):
    """What a run would ask for is said at once, with the flags that give it."""
    given = {'redeemed': '1', 'redeem_date': 'yesterday'}
    for name, content, wanted, assumed in [
            ('a.txt', 'A1000\nA2000\n', given, ['redeemed', 'redeem_date']),
            ('b.csv', 'Code,Redeemed,Date\nA1000,1,2026-01-05\n',
             {'columns': 'redeem_date: Date'}, []),
            ('c.csv', 'Coupon Code,Redeemed,Date\nA1000,1,2026-01-05\n',
             {'columns': 'code: Coupon Code, redeem_date: Date'}, []),
            ('d.csv', 'coupon_code;Datum\nA1000;05.01.2026\n',
             {'delimiter': ';', 'columns': 'redeem_date: Datum',
              'date_format': '%d.%m.%Y', 'redeemed': '1'}, ['redeemed']),
            ('e.csv', 'coupon_code\nA1000\n', given,
             ['redeemed', 'redeem_date'])]:
        room.write(name, content)
        file = checked(room, 'validate', '--json', name)
        cd.equal(f'settings for {name}', file['advice']['settings'], wanted)
        cd.equal(f'assumed for {name}', file['advice']['assumed'], assumed)
        said = room.run('validate', name).out
        for flag in ('--redeemed 1', '--redeem-date yesterday'):
            key = flag[2:].split()[0].replace('-', '_')
            cd.equal(f'{flag} in {said}', f'\n{flag} says ' in said,
                     key in assumed)
        command = said[said.index('  coupondrop validate '):]
        words = shlex.split(command[:command.index('\nor in the')])
        after = checked(room, 'validate', '--json', *words[2:])
        cd.equal('then', [after['valid'], after['by_rule'], after['advice']],
                 [after['rows'], {}, None])
    room.configure({
        'providers': {'p': {'type': 'mapp', 'url': 'http://127.0.0.1:9/',
                            'api_key_file': 'k', 'shared_secret_file': 'k'}},
        'jobs': {'n': {'provider': 'p', 'bank': 600,
                       'notification_email': 'a@example.com'},
                 'omits': {'missing_date': 'omit'}}})
    room.write('k', 'k')
    os.chmod(room.path('k'), 0o600)
    # All of it at once, and no word of broken rows.
    ended = room.run('run', '--config', room.config, '-j', 'n', '--until',
                     'validated', 'a.txt', exit_code=65)
    cd.check('--redeemed 1' in ended.err and '--redeem-date' in ended.err and
             '2 read, 0 broken' in ended.out, f'{ended}')
    # A job that goes without dates does not ask for one.
    said = room.run('validate', '--config', room.config, '-j', 'omits',
                    'a.txt', exit_code=0).out
    cd.check('--redeemed 1 a.txt' in said and 'redeem-date yesterday' not in
             said.split('With these')[1], said)


def no_advice(room):
    """Where rows are broken for other reasons, nothing is advised."""
    for text in (HEADER + '4,05E+15,1,2026-01-05\n' * 9, HEADER, '',
                 HEADER + ROW + 'M1,1,2026-02-30\n' * 9, 'x\ny\n',
                 HEADER + 'M 1,1,2026-01-05\n' * 9):
        room.write('a.csv', text)
        file = checked(room, 'validate', '--json', 'a.csv')
        cd.check(file['advice'] is None, f'{text}: {file}')


def day_or_month(room):
    """Where nothing tells which comes first, both are named."""
    room.write('a.csv', HEADER + 'M1000,1,01/02/2026\nM1001,1,02/02/2026\n')
    said = room.run('validate', '--max-findings', '0', 'a.csv',
                    exit_code=65).out
    cd.check('--date-format %d/%m/%Y' in said and
             '%m/%d/%Y fits as well' in said, said)


def several_dates(room):
    """The day of the redemption is told by its name; else all are named."""
    def asked(names):
        room.write('a.csv', names + '\nA1000;01.10.2026;31.12.2026;'
                   '17.11.2026;1\nA2000;02.10.2026;31.12.2026;18.11.2026;1\n')
        file = checked(room, 'validate', '--json', 'a.csv')
        return (file['advice']['settings']['columns'],
                file['advice']['date_columns_too'],
                room.run('validate', 'a.csv', exit_code=65).out)
    found, too, said = asked('Voucher No;Issued;Valid until;Used on;Used')
    cd.check('redeem_date: Used on' in found and too == [] and
             'as well' not in said, f'{found} {too} {said}')
    found, too, said = asked('Voucher No;Issued;Valid until;Tag;Used')
    cd.check('redeem_date: Tag' in found and too == [], f'{found} {too}')
    found, too, said = asked('Voucher No;Eins;Zwei;Drei;Used')
    cd.check('redeem_date: Eins' in found and too == ['Zwei', 'Drei'] and
             'it may be "Zwei" or "Drei"' in said, f'{found} {too} {said}')
    found, too, said = asked('Voucher No;Issued;Valid;Expires;Used')
    cd.check('redeem_date' not in found, f'{found} {too}')


def lost_zeros(room):
    """Codes of two lengths are no damage; a column that lost zeros is."""
    def flags(codes, *args):
        room.write('a.csv', 'coupon_code,redeemed,redeem_date\n' + ''.join(
            f'{c},1,2026-01-05\n' for c in codes))
        file = room.json('validate', 'validate', *args, 'a.csv',
                         exit_code=0)['files'][0]
        return file['by_rule'].get('code-zero-lost', 0)
    many = [n * 7919 % 10000000 for n in range(1, 2000)]
    short = sum(n < 1000000 for n in many)
    cd.equal('lost', flags(many), short)
    cd.equal('kept', flags([f'{n:07}' for n in many] +
                           [f'{n}' for n in range(100000, 100100)]), 0)
    cd.equal('two kinds', flags([1000000 + n for n in range(60)] +
                                [1000 + n for n in range(40)]), 0)
    cd.equal('some longer', flags(many + [10 ** 9 + n for n in many[:100]]),
             0)
    cd.equal('a few', flags([12345678, 23456789, 3456789]), 1)
    cd.equal('a few, said to be right',
             flags([12345678, 23456789, 3456789], '--code-min', '7'), 0)
    # The same through blocks, and with a run's verdict.
    big = [n * 7919 % 10000000 for n in range(1, 20000)]
    cd.equal('lost, in blocks', flags(big), sum(n < 1000000 for n in big))
    cd.equal('kept, in blocks', flags([f'{n:07}' for n in big] + [4711]), 0)


def rounded(room):
    """Long codes that all end in zeros were rounded, and are no repetitions;
    by blocks as row by row.  Where a job says how codes look they are good."""
    def counts(codes, *args, exit_code=0):
        room.write('a.csv', HEADER + ''.join(
            f'{c},1,2026-01-05\n' for c in codes))
        file = room.json('validate', 'validate', *args, 'a.csv',
                         exit_code=exit_code)['files'][0]
        return (file['by_rule'].get('code-scientific', 0), file['valid'],
                file['duplicates'])
    for n in (20, 20000):
        exact = [4111222200000000 + k * 7919 for k in range(n)]
        lost = [f'{c // 10}0' for c in exact]
        cd.equal('exact', counts(exact), (0, n, 0))
        cd.equal('lost', counts(lost + lost[:9] + ['M1'], exit_code=65),
                 (n + 9, 1, 0))
        cd.equal('most lost', counts(lost + exact[1:5], exit_code=65),
                 (n, 4, 0))
        cd.equal('as they are', counts(lost, '--code-pattern', '[0-9]{16}'),
                 (0, n, 0))
        cd.equal('fifteen', counts([f'{c // 100}0' for c in exact]),
                 (0, n, 0))
    cd.equal('two prove nothing', counts(['4111222200000010'] * 2), (0, 1, 1))
    cd.equal('naught', counts(['0', '1234', '2345'], exit_code=65), (0, 2, 0))


def pages(room):
    """What is text, but not rows, is named."""
    for start, word in [
            ('<html><table>', 'HTML'), ('\ufeff \n<!DOCTYPE HTML>', 'HTML'),
            ('<?xml version="1.0"?>', 'XML'), ('[\n  {"code": 1}]', 'JSON'),
            ('{"code": 1}', 'JSON'), ('{\\rtf1', 'RTF')]:
        room.write('a.csv', start)
        ended = room.run('validate', 'a.csv', exit_code=66)
        cd.check(word in ended.err and 'not rows of text' in ended.err,
                 f'{ended}')
    room.write('a.csv', HEADER + '{7,1,2026-01-05\n<8,1,2026-01-05\n')
    room.run('validate', 'a.csv', exit_code=0)


def job_settings(room):
    room.write('mixed.csv', MIXED)
    room.configure({'jobs': {'weekly': {
        'delimiter': ';', 'encoding': 'windows-1252',
        'date_format': '%d.%m.%Y', 'columns': {
            'code': 'Gutscheincode', 'redeemed': 'Eingel\xf6st',
            'redeem_date': 'Datum'},
        'redeemed_words': {'yes': ['ja'], 'no': ['nein']}}}})
    args = ['validate', '-j', 'weekly', '--config', room.config]
    golden('mixed-job', room.run(*args, 'mixed.csv', exit_code=65))
    golden('mixed-job-aside', room.run(
        *args, '--max-reject', '20', 'mixed.csv', exit_code=65))
    # A flag wins over the job.
    found = room.json('validate', *args, '--delimiter', ',', 'mixed.csv',
                      exit_code=65)
    cd.check('header-missing' in found['files'][0]['by_rule'], f'{found}')


def samples(room):
    seen = set()
    for name in sorted(os.listdir(BROKEN)):
        rule = name.split('.')[0]
        want = 0 if rule in WARNINGS else 65
        args = ['validate', *SETTINGS.get(rule, []),
                os.path.join(BROKEN, name)]
        found = room.json('validate', *args, exit_code=want)
        # What explains a wrong character stands beside it.
        rules = set(found['files'][0]['by_rule'])
        if rule in ('code-lookalike', 'code-space'):
            rules.discard('code-charset')
        cd.equal(f'the rules of {name}', rules, {rule})
        ended = room.run(*args, exit_code=want)
        cd.check(f' {rule} ' in ended.out, f'{rule} is not in {ended}')
        seen.add(rule)
    cd.check(WARNINGS <= seen and len(seen) > 25, f'only {seen}')
    for name in ('redemptions.csv', 'codes.txt'):
        room.run('validate', os.path.join(SAMPLES, name), exit_code=0)


def kinds_of_input(room):
    text = (HEADER + ROW + 'M746209501,1,2026-02-30\n').encode()
    room.write('plain.csv', text)
    room.write('a.csv.gz', gzip.compress(text))
    with zipfile.ZipFile(room.path('a.zip'), 'w',
                         zipfile.ZIP_DEFLATED) as z:
        z.writestr('inner.csv', text)
    plain = room.json('validate', 'validate', 'plain.csv',
                      exit_code=65)['files'][0]
    for name, packing in [('a.csv.gz', 'gzip'), ('a.zip', 'zip')]:
        file = room.json('validate', 'validate', name,
                         exit_code=65)['files'][0]
        cd.equal(name, file, {**plain, 'path': name, 'packing': packing})
    for stdin, packing in [(text, 'none'), (gzip.compress(text), 'gzip')]:
        file = room.json('validate', 'validate', '-', stdin=stdin,
                         exit_code=65)['files'][0]
        cd.equal('stdin', file, {**plain, 'path': '-', 'packing': packing})
    cd.equal('left in the temporary folder', os.listdir(room.path('tmp')),
             [])
    room.write('codes.txt', 'M746209500\nM746209501\nM746209500\n')
    file = room.json('validate', 'validate', 'codes.txt',
                     exit_code=0)['files'][0]
    cd.equal('txt', [file[k] for k in ('format', 'delimiter', 'header',
                                       'rows', 'valid', 'duplicates')],
             ['txt', None, False, 3, 2, 1])
    file = room.json('validate', 'validate', '--format', 'txt', '-',
                     stdin=b'M746209500\n', exit_code=0)['files'][0]
    cd.equal('txt of stdin', file['format'], 'txt')
    os.mkfifo(room.path('pipe'))
    writer = os.fork()
    if writer == 0:
        with open(room.path('pipe'), 'wb') as f:
            f.write(text)
        os._exit(0)
    file = room.json('validate', 'validate', 'pipe', exit_code=65)
    os.waitpid(writer, 0)
    cd.equal('pipe', file['files'][0], {**plain, 'path': 'pipe'})


def settings(room):
    room.write('a.csv', 'c|r|d\nA1|1|05.01.26\n')
    room.run('validate', '--delimiter', '|', '--columns',
             'code: c, redeemed: r, redeem_date: d', '--date-format',
             '%d.%m.%y', 'a.csv', exit_code=0)
    room.write('b.csv', 'A1\t1\t2026-01-05\n')
    room.run('validate', '--delimiter=tab', '--header=no', 'b.csv',
             exit_code=0)
    room.write('c.txt', 'A1\nB22\n')
    for flags, rule in [
            (['--code-min', '3'], 'code-length'),
            (['--code-max', '2'], 'code-length'),
            (['--code-alphabet', 'A12'], 'code-charset'),
            (['--code-pattern', '[A-Z][0-9]'], 'code-pattern')]:
        found = room.json('validate', 'validate', *flags, '--redeemed', '1',
                          '--redeem-date', 'yesterday', 'c.txt',
                          exit_code=65)['files'][0]
        cd.equal(f'rules with {flags}', found['by_rule'], {rule: 1})
    today = datetime.datetime.now(datetime.timezone.utc).date()
    ended = room.run('validate', '--redeemed', '1', '--redeem-date',
                     'yesterday', '--timezone', 'UTC', 'c.txt', exit_code=0)
    days = [today - datetime.timedelta(days=n) for n in (1, 2)]
    cd.check(any(f'All dates {d.day} {d:%b %Y}.' in ended.out for d in days),
             f'{ended}')
    for flags, key in [
            (['--delimiter', 'ab'], 'delimiter'),
            (['--encoding', 'klingon'], 'encoding'),
            (['--date-format', '%Q'], 'date_format'),
            (['--code-pattern', '('], 'code_pattern'),
            (['--not-before', 'x'], 'not_before'),
            (['--redeem-date', '2026-02-30'], 'redeem_date'),
            (['--redeem-date', '2099-01-01'], 'redeem_date'),
            (['--not-before', '2099-01-01'], 'not_before'),
            (['--not-before', '0026-11-01'], 'not_before'),
            (['--code-alphabet', 'A-Z0-9'], 'code_alphabet'),
            (['--timezone', 'Mars/Base'], 'timezone')]:
        ended = room.run('validate', *flags, 'c.txt', exit_code=64)
        cd.check(key in ended.err and flags[1] in ended.err, f'{ended}')
        room.configure({'jobs': {'odd': {key: flags[1]}}})
        ended = room.run('validate', '--config', room.config, '-j', 'odd',
                         'c.txt', exit_code=78)
        cd.check(key in ended.err and flags[1] in ended.err, f'{ended}')
    room.write('d.csv', HEADER + ROW)
    for key, text, value in [
            ('columns', 'code: redeemed', {'code': 'redeemed'}),
            ('redeemed_words', 'yes: [ja, x], no: [nein, X]',
             {'yes': ['ja', 'x'], 'no': ['nein', 'X']})]:
        flag = '--' + key.replace('_', '-')
        ended = room.run('validate', flag, text, 'd.csv', exit_code=64)
        cd.check(f'{key}: "' in ended.err, f'{ended}')
        room.configure({'jobs': {'odd': {key: value}}})
        ended = room.run('validate', '--config', room.config, '-j', 'odd',
                         'd.csv', exit_code=78)
        cd.check(f'{key}: "' in ended.err, f'{ended}')


def max_findings(room):
    room.write('a.csv', HEADER + 'A B,1,2026-01-05\n' * 1500)
    for flags, n in [([], 1000), (['--max-findings', '7'], 7),
                     (['--max-findings', '0'], 0),
                     (['--max-findings', '2000'], 1500)]:
        file = room.json('validate', 'validate', *flags, 'a.csv',
                         exit_code=65)['files'][0]
        cd.equal(f'findings with {flags}', len(file['findings']), n)
        cd.equal('omitted', file['findings_omitted'], 1500 - n)
        cd.equal('by rule', file['by_rule'], {'code-space': 1500})
    ended = room.run('validate', '--max-findings', '3', 'a.csv',
                     exit_code=65)
    cd.check('1,500  code-space' in ended.out and '1,497' in ended.out,
             f'{ended}')


def unreadable(room):
    room.write('good.csv', HEADER + ROW)
    room.write('closed.csv', HEADER + ROW, mode=0)
    os.mkdir(room.path('folder'))
    shutil.copy(room.path('good.csv'), room.path('cut.csv.gz'))
    room.write('cut.csv.gz', gzip.compress(ROW.encode() * 9)[:-9])
    with zipfile.ZipFile(room.path('book.xlsx'), 'w') as z:
        for name in ('[Content_Types].xml', 'xl/workbook.xml'):
            z.writestr(name, '<x/>')
    cases = [('missing.csv', 'No such file'), ('folder', 'folder'),
             ('cut.csv.gz', 'cut'), ('book.xlsx', 'spreadsheet')]
    if os.geteuid() != 0:
        cases.append(('closed.csv', 'Permission denied'))
    for name, text in cases:
        ended = room.run('validate', name, exit_code=66)
        first = ended.err.splitlines()[0]
        cd.check(first.startswith('coupondrop: ') and name in first and
                 text in first, f'{ended}')
        cd.equal('stdout', ended.out, '')
        cd.equal('lines on stderr', len(ended.err.splitlines()), 2)
    # The others are checked all the same, and each trouble is told once.
    ended = room.run('validate', 'missing.csv', 'good.csv', 'folder',
                     exit_code=66)
    for text in ('missing.csv', 'folder is'):
        cd.equal(f'{text} in {ended}', ended.err.count(text), 1)
    cd.check('good.csv: 1 row' in ended.out, f'{ended}')
    found = room.json('validate', 'validate', '--report', 'r.json',
                      'missing.csv', 'good.csv', 'folder', exit_code=66)
    cd.equal('files', [f['path'] for f in found['files']], ['good.csv'])
    cd.equal('unread', [(f['path'], f['error']['exit'])
                        for f in found['unread']],
             [('missing.csv', 66), ('folder', 66)])
    kept = json.loads(cd.read(room.path('r.json')))
    for key in ('files', 'unread'):
        cd.equal(f'{key} of the report', kept[key], found[key])
    ended = room.run('validate', exit_code=64)
    cd.check('name a file' in ended.err, f'{ended}')


def output(room):
    room.write('good.csv', HEADER + ROW)
    room.write('bad.csv', HEADER + ROW.replace('01-05', '02-30'))
    with open('/dev/full', 'wb') as full:
        for args in (['validate', 'good.csv'], ['--help'], ['explain'],
                     ['validate', '--help'], ['completion', 'bash'],
                     ['--version']):
            ended = room.run(*args, exit_code=74, stdout=full)
            cd.check('cannot be written' in ended.err, f'{ended}')
    cd.equal('quiet', room.run('validate', '-q', 'good.csv',
                               exit_code=0).out, '')
    cd.check('date-invalid' in room.run('validate', '-q', 'bad.csv',
                                        exit_code=65).out, 'too quiet')


def no_room(room):
    ended = room.run('validate', '-', stdin=(HEADER + ROW).encode(),
                     exit_code=73, TMPDIR=room.path('nowhere'))
    cd.check('nowhere' in ended.err, f'{ended}')
    # Standard input has a name, and comes once.
    ended = room.run('validate', '-', stdin=(HEADER + 'A 1,1,\n').encode(),
                     exit_code=65)
    cd.check(ended.out.startswith('standard input: 1 row') and
             ' standard input:2:1' in ended.out, f'{ended}')
    ended = room.run('validate', '-', '-', exit_code=64)
    cd.check('once' in ended.err, f'{ended}')


cli.main(report, advice, asks_like_run, no_advice, day_or_month, several_dates,
         lost_zeros, rounded, pages, job_settings, samples, kinds_of_input,
         settings, max_findings, unreadable, output, no_room)
