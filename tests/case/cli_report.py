#!/usr/bin/env python3
"""validate: the files it writes, and what becomes of them when it cannot."""

import csv
import gzip
import html.parser
import json
import os
import re
import resource
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from cli import HEADER  # noqa: E402

MIXED = ('coupon_code,redeemed,redeem_date,shop\n'
         'A1,1,2026-01-05,"K\u00f6ln, S\u00fcd"\n'
         '<script>a b</script>,1,2026-01-05,x\n'
         'B2,1,2026-02-30,"a\nb"\n'
         '=1+2,1,2026/01/07,x\n'
         'A1,1,2026-01-05,x\n'
         ' C3,1,2026-01-06,"say ""hi"""\n'
         '"D4\x07",1,2026-01-06,x\n'
         'E5,1,2026-01-06,x\n')


class Page(html.parser.HTMLParser):
    """What is in a page: its tags in order, its text, what it would load."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words, self.loads = [], [], '', []
        self.feed(text)
        cd.equal('tags left open', self.open, [])

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ('meta', 'br', 'link', 'img'):
            self.open.append(tag)
        self.loads += [v for k, v in attrs if k in ('src', 'href')]

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        cd.equal('closed', tag, self.open.pop())

    def handle_data(self, data):
        if self.open and self.open[-1] != 'style':
            self.words += data


def left(room):
    """Nothing half-made may stay: names that begin with a dot."""
    for where, _, names in os.walk(room.work):
        for name in names:
            cd.check(not name.startswith('.'), f'{where}/{name} was left')


def page(room):
    room.write('a <b>&.csv', MIXED)
    room.run('validate', '--report', 'r.html', 'a <b>&.csv', exit_code=65)
    text = cd.read(room.path('r.html'))
    seen = Page(text)
    cd.equal('charts', seen.tags.count('svg'), 2)
    cd.equal('scripts', seen.tags.count('script'), 0)
    cd.equal('loaded from elsewhere', seen.loads, [])
    cd.check("default-src 'none'" in text, 'no content policy')
    for words in ('a <b>&.csv', '<script>a b</script>', 'date-invalid',
                  'February 2026 has 28 days', '2026-01-06', 'D4\\x07',
                  '5 rows are broken', 'What to do:'):
        cd.check(words in seen.words, f'{words} is not in the page')
    cd.check('<script' not in text, 'a cell became a tag')
    # More files on one page, one of which cannot be read.
    room.write('good.csv', HEADER + 'A1,1,2026-01-05\n')
    room.run('validate', '--force', '--report', 'r.html', 'good.csv',
             'none.csv', exit_code=66)
    words = Page(cd.read(room.path('r.html'))).words
    for text in ('All is well', 'could not be checked', 'none.csv'):
        cd.check(text in words, f'{text} is not in the page')
    left(room)


def page_for_the_eye(room):
    """What to do first, how rows add up, and what is wrong with a code."""
    long = 'A' * 40
    room.write('a.csv', HEADER + 'A B1,1,2026-01-05\n'
               '\u00c4B2,1,2026-01-05\nB3\u200b,1,2026-01-05\n'
               '"C\x014",1,2026-01-05\nD5,1,2026-01-05\n'
               'D5,1,2026-01-05\nE6,0,\n' + f'{long},1,2026-02-30\n')
    room.run('validate', '--report', 'r.html', 'a.csv', exit_code=65)
    text = cd.read(room.path('r.html'))
    for value in ('A<mark> </mark>B1', '<mark>\u00c4</mark>B2',
                  'B3<mark>\\xe2\\x80\\x8b</mark>', 'C<mark>\\x01</mark>4'):
        cd.check(f'<code>{value}</code>' in text, f'{value} is not marked')
    cd.check('<p class="tally">8 rows = 2 good + 1 repeated + 5 broken; of '
             'the good ones 1 not redeemed</p>' in text, 'no tally')
    # At 375 px the columns stand below each other, and no code is broken.
    style = text[:text.index('</style>')]
    cd.check('td.v code{white-space:pre;overflow-wrap:normal}' in style and
             '.places td{display:block' in style and
             '.places td.v{overflow-x:auto' in style, 'codes may break')
    cd.check('<td class="v"><code>2026-02-30</code>' in text, 'no cell')
    # The file as a whole, then damage by a spreadsheet, then rows, then the
    # rest, however many there are.
    room.write('b.csv', HEADER + '4.21E+11,1,2026-01-05\n' +
               'A B,1,2026-01-05\n' * 3 + 'F1,1,2026-01-05,\n' * 9)
    room.run('validate', '--report', 's.html', 'b.csv', exit_code=65)
    cd.equal('order', re.findall(r'<h3>([a-z-]+) ', cd.read(
        room.path('s.html')))[:2], ['code-scientific', 'code-space'])
    room.write('c.csv', 'Nummer;x\n' + 'A B,1,2026-01-05\n' * 3)
    room.run('validate', '--report', 't.html', 'c.csv', exit_code=65)
    cd.equal('first', re.findall(r'<h3>([a-z-]+) ', cd.read(
        room.path('t.html')))[0], 'header-missing')


def several(room):
    """A report of each kind in one go; one that cannot be made stops all."""
    names = ['r.html', 'r.csv', 'r.json']
    flags = [word for name in names for word in ('--report', name)]
    room.write('c.csv', MIXED)
    room.run('validate', *flags, 'c.csv', exit_code=65)
    for name in names:
        cd.check('date-invalid' in cd.read(room.path(name)), name)
        os.unlink(room.path(name))
    room.run('validate', *flags, '--report', 'none/r.csv', 'c.csv',
             exit_code=73)
    cd.check(not any(os.path.exists(room.path(n)) for n in names),
             'a report was left')
    room.run('validate', *flags, *flags, 'c.csv', exit_code=64)
    left(room)


def page_of_all(room):
    """Several files are listed with their ends; each is a link away."""
    room.write('a.csv', HEADER + 'B1,1,2026-01-05\n')
    room.write('b<i>.csv', 'Nummer;redeemed;redeem_date\nA7001;1;2026-01-05\n')
    room.write('c.csv', MIXED)
    room.write('d.csv', HEADER + 'D1,1,2026-01-05,\n')
    names = ['a.csv', 'b<i>.csv', 'c.csv', 'd.csv', 'none.csv']
    room.run('validate', '--force', '--report', 'r.html', *names, exit_code=66)
    text = cd.read(room.path('r.html'))
    seen = Page(text)
    cd.equal('links', seen.loads, ['#all'] + [f'#f{n}' for n in range(1, 6)])
    for n in range(1, 6):
        cd.equal(f'file {n}', text.count(f'<section id="f{n}">'), 1)
    table = Page(text[text.index('<section id="all">'):].replace(
        '</body>', '').replace('</html>', '')).words.split()
    cd.equal('the list', table[:table.index('Lines,')], (
        'All files filerowsgoodbroken a.csv110good '
        'b<i>.csv000cannot be used c.csv825broken rows '
        'd.csv110to look at none.csv000could not be checked').split())
    # What is advised in a terminal is on the page as well.
    cd.check("coupondrop validate --delimiter ';' --columns" in seen.words and
             'columns: {code: Nummer}' in seen.words, seen.words)
    room.run('validate', '--force', '--report', 'r.html', 'a.csv',
             exit_code=0)
    cd.check('All files' not in cd.read(room.path('r.html')), 'a list of one')


def page_of_days(room):
    """Two days, years of them, and a scale that fits beside the chart."""
    for rows, day, words in [
            (1, lambda n: '2026-01-05', ['2026-01-05']),
            (3000, lambda n: f'{2016 + n % 10}-01-05', ['2016', '2025']),
            (3000, lambda n: f'202{4 + n % 2}-0{1 + n % 9}-05',
             ['2024-01', '2025-09']),
            (30000, lambda n: '2026-01-05', ['40 k', '20 k'])]:
        room.write('a.csv', HEADER + ''.join(
            f'A{n},1,{day(n)}\n' for n in range(rows)))
        room.run('validate', '--force', '--report', 'r.html', 'a.csv',
                 exit_code=0)
        seen = Page(cd.read(room.path('r.html')))
        for word in words:
            cd.check(word in seen.words, f'{word} is not in {seen.words}')


def tables(room):
    room.write('a.csv', MIXED)
    found = room.json('validate', 'validate', '--report', 'r.json', 'a.csv',
                      exit_code=65)
    kept = json.loads(cd.read(room.path('r.json')))
    cd.equal('report', kept['files'], found['files'])
    cd.equal('exit', kept['exit'], 65)
    room.run('validate', '--report', 'R.CSV', 'a.csv', exit_code=65)
    with open(room.path('R.CSV'), newline='', encoding='utf-8') as f:
        rows = list(csv.DictReader(f))
    places = [(r['rule'], int(r['line']), int(r['column']), int(r['byte']),
               int(r['record'] or 0)) for r in rows]
    cd.equal('places', places,
             [(x['rule'], x['line'], x['column'], x['byte'],
               x['record'] or 0) for x in found['files'][0]['findings']])
    by_rule = {r['rule']: r for r in rows}
    cd.equal('formula', by_rule['date-format']['value'], '2026/01/07')
    cd.equal('fix', by_rule['date-format']['fix'], '2026-01-07')
    cd.equal('first', by_rule['duplicate-code']['first_line'], '2')
    room.write('b.csv', HEADER + '"=1,2",1,2026-01-05\n')
    room.run('validate', '--force', '--report', 'r.csv', 'b.csv', exit_code=65)
    cd.check('"\'=1,2"' in cd.read(room.path('r.csv')), 'a formula')
    room.write('=cmd.csv', HEADER + 'A B,1,2026-01-05\n')
    room.run('validate', '--force', '--report', 'r.csv', '=cmd.csv',
             exit_code=65)
    cd.check('\n"\'=cmd.csv",2,' in cd.read(room.path('r.csv')),
             'a name that is a formula')


def many(room):
    n = 150000              # more than a table lists
    room.write('many.csv', HEADER + 'A B,1,2026-01-05\n' * n)
    file = room.json('validate', 'validate', '--report', 'r.csv', 'many.csv',
                     exit_code=65)['files'][0]
    cd.equal('listed', len(file['findings']), 1000)
    cd.equal('omitted', file['findings_omitted'], n - 1000)
    cd.equal('by rule', file['by_rule'], {'code-space': n})
    with open(room.path('r.csv'), encoding='utf-8') as f:
        cd.equal('in the report', sum(1 for _ in f), 100001)
    room.run('validate', '--report', 'r.html', 'many.csv', exit_code=65)
    cd.check(os.path.getsize(room.path('r.html')) < 100000, 'a long page')
    cd.check(f'{n - 200:,} more' in cd.read(room.path('r.html')), 'the rest')
    room.run('validate', '-q', '--max-findings', n, '--force', '--report',
             'r.csv', 'many.csv', exit_code=65)
    with open(room.path('r.csv'), encoding='utf-8') as f:
        cd.equal('all of them', sum(1 for _ in f), n + 1)


def split(room):
    room.write('a.csv', MIXED)
    room.run('validate', '--split', 'parts/deep', 'a.csv', exit_code=65)
    where = room.path('parts/deep')
    cd.equal('files', sorted(os.listdir(where)),
             ['findings.csv', 'invalid.csv', 'valid.csv'])
    cd.equal('valid', cd.read(os.path.join(where, 'valid.csv')),
             'coupon_code,redeemed,redeem_date,shop\n'
             'A1,1,2026-01-05,"K\u00f6ln, S\u00fcd"\n'
             'E5,1,2026-01-06,x\n')
    with open(os.path.join(where, 'invalid.csv'), newline='',
              encoding='utf-8') as f:
        rows = list(csv.reader(f))
    cd.equal('reasons', [r[-2:] + r[:1] for r in rows], [
        ['line', 'problems', 'coupon_code'],
        ['3', 'code-space', '<script>a b</script>'],
        ['4', 'date-invalid', 'B2'],
        ['6', 'date-format', "'=1+2"],
        ['8', 'code-space', ' C3'],
        ['9', 'control-char', 'D4\x07']])
    cd.equal('header', rows[0][:-2],
             ['coupon_code', 'redeemed', 'redeem_date', 'shop'])
    # A good row in the dialect it came in: the same settings read it.
    flags = ['--delimiter', ';', '--encoding', 'windows-1252', '--columns',
             'code: N\u00fcmmer', '--header', 'yes']
    room.write('b.csv', 'N\u00fcmmer;redeemed;redeem_date;x\n'
               'A1;1;2026-01-05;"\u00e4;\u00f6"\nB 1;1;2026-01-05;\n'
               .encode('windows-1252'))
    room.run('validate', *flags, '--split', 'p', 'b.csv', exit_code=65)
    room.run('validate', *flags, 'p/valid.csv', exit_code=0)
    with open(room.path('p/invalid.csv'), 'rb') as f:
        broken = f.read()
    cd.equal('broken', broken.decode('windows-1252'),
             'N\u00fcmmer;redeemed;redeem_date;x;line;problems\n'
             'B 1;1;2026-01-05;;3;code-space\n')
    # Corrected, they are read likewise; those that are not, once more.
    room.write('p/better.csv', broken.replace(b'B 1', b'B1'))
    room.run('validate', *flags, 'p/better.csv', exit_code=0)
    room.run('validate', *flags, '--split', 'p2', 'p/invalid.csv',
             exit_code=65)
    with open(room.path('p2/invalid.csv'), 'rb') as f:
        cd.equal('once more', f.read(), broken.replace(b';3;', b';2;'))
    # As a spreadsheet with semicolons opens it.
    cd.equal('problems', cd.read(room.path('p/findings.csv')).splitlines()[1:],
             ['"b.csv";3;1;2;52;error;code-space;coupon_code;"B 1";'
              '"space inside the code";;;;;;'])
    with open(room.path('p/findings.csv'), 'rb') as f:
        cd.equal('mark', f.read(8), b'\xef\xbb\xbffile;')
    room.write('c.txt', 'A1\nB 2\nA1\n')
    room.run('validate', '--split', 'q', 'c.txt', exit_code=65)
    cd.equal('txt', cd.read(room.path('q/valid.txt')), 'A1\n')
    cd.equal('broken', cd.read(room.path('q/invalid.txt')), 'B 2\n')
    cd.equal('files', sorted(os.listdir(room.path('q'))),
             ['findings.csv', 'invalid.txt', 'valid.txt'])
    # Wide characters stay wide, with a mark only where there was one.
    text = 'Code;x\nA1;\u00e4\nB 1;\U0001f600\n'
    for name, start, extra in [('utf-16-le', b'', ['--encoding', 'utf-16le']),
                               ('utf-16-be', b'\xfe\xff', []),
                               ('utf-32-le', b'', ['--encoding', 'utf-32le'])]:
        wide = [*extra, '--delimiter', ';', '--redeemed', '1', '--redeem-date',
                '2026-01-05']
        room.write('w.csv', start + text.encode(name))
        room.run('validate', *wide, '--force', '--split', 'w', '--fix',
                 'f.csv', 'w.csv', exit_code=65)
        for part, rows in (('valid', 'Code;x\nA1;\u00e4\n'),
                           ('invalid', 'Code;x;line;problems\n'
                            'B 1;\U0001f600;3;code-space\n')):
            with open(room.path(f'w/{part}.csv'), 'rb') as f:
                cd.equal(f'{part} in {name}', f.read(),
                         start + rows.encode(name))
        room.run('validate', *wide, 'w/valid.csv', exit_code=0)
        with open(room.path('f.csv'), 'rb') as f:
            cd.equal(f'fixed in {name}', f.read(),
                     text.encode(name if extra else 'utf-8'))
    room.run('validate', '--split', 'q', 'c.txt', 'b.csv', exit_code=64)
    left(room)


def private(room):
    """What holds codes is for its owner, whatever the umask."""
    room.write('a.csv', MIXED)
    before = os.umask(0)
    try:
        room.run('validate', '--split', 'deep/er', '--fix', 'fixed.csv',
                 '--report', 'r.html', '--report', 'r.csv', '--report',
                 'r.json', 'a.csv', exit_code=65)
    finally:
        os.umask(before)
    for name in ('deep', 'deep/er'):
        cd.equal(name, os.stat(room.path(name)).st_mode & 0o7777, 0o700)
    for name in ('deep/er/valid.csv', 'deep/er/invalid.csv', 'fixed.csv',
                 'deep/er/findings.csv', 'r.html', 'r.csv', 'r.json'):
        cd.equal(name, os.stat(room.path(name)).st_mode & 0o7777, 0o600)


def fix(room):
    text = '\ufeff' + MIXED + '\n\nF6,1,2026-01-06,x\r\n'
    room.write('a.csv', text)
    file = room.json('validate', 'validate', '--fix', 'b.csv', 'a.csv',
                     exit_code=65)['files'][0]
    cd.equal('input', cd.read(room.path('a.csv')), text.replace('\r\n', '\n'))
    want = MIXED.replace(' C3', 'C3').replace('2026/01/07', '2026-01-07')
    with open(room.path('b.csv'), 'rb') as f:
        cd.equal('fixed', f.read().decode(), want + 'F6,1,2026-01-06,x\n')
    cd.equal('changes', file['fixed']['by_rule'],
             {'bom': 1, 'code-space': 1, 'date-format': 1, 'row-blank': 2,
              'eol-mixed': 1})
    cd.equal('a change', [(x['line'], x['from'], x['to'])
                          for x in file['fixed']['list']
                          if x['rule'] == 'code-space'],
             [(8, ' C3', 'C3')])
    again = room.json('validate', 'validate', '--fix', 'c.csv', 'b.csv',
                      exit_code=65)['files'][0]
    cd.equal('nothing more', again['fixed']['changes'], 0)
    with open(room.path('c.csv'), 'rb') as f:
        cd.equal('fixed twice', f.read().decode(),
                 want + 'F6,1,2026-01-06,x\n')
    # What is told to do holds for all that it is told of.
    room.write('f.csv', HEADER + "'A1',1,2026-01-06\n''B2'',1,2026-01-06\n")
    ended = room.run('validate', 'f.csv', exit_code=65)
    cd.check('f.csv:2:1\n      do: nothing is lost by correcting it: --fix OUT'
             in ended.out and 'f.csv:3:1\n      do: Look up' in ended.out,
             f'{ended}')
    ended = room.run('validate', '--fix', 'g.csv', 'f.csv', exit_code=65)
    cd.check('f.csv:2:1\n      do: use the corrected file.' in ended.out and
             'f.csv:3:1\n      do: Look up' in ended.out and
             '  code-charset: 1 corrected, 1 not: line 3\n' in ended.out,
             f'{ended}')
    room.write('h.csv', HEADER + ''.join(
        f' A{n},1,2026-01-06\nB {n},1,2026-01-06\n' for n in range(20)))
    ended = room.run('validate', '--fix', 'i.csv', 'h.csv', exit_code=65)
    cd.check('  20  code-space ' in ended.out and '  code-space: 20 corrected, '
             '20 not: lines 3, 5, 7, 9 and 16 more\n' in ended.out, f'{ended}')
    # Dates of two kinds need two settings, and so are told apart.
    room.write('m.csv', HEADER + 'A1,1,17.11.2025\nA2,1,11/17/2025\n'
               'A3,1,18.11.2025\nA4,1,2025-11-17\n')
    for limit, second in ((9, '   1  date-format            "11/17/2025": not '
                           'written as YYYY-MM-DD; it fits\n      '
                           'date_format: "%m/%d/%Y"\n      m.csv:3:6\n'),
                          (1, '   2  date-format            more: ')):
        said = room.run('validate', '--max-findings', limit, 'm.csv',
                        exit_code=65).out
        cd.equal('settings that break the others', said.count(
            'set date_format to'), 0 if limit == 9 else 1)
        cd.check(f'   {2 if limit == 9 else 1}  date-format            '
                 '"17.11.2025": not written as YYYY-MM-DD; it fits\n      '
                 'date_format: "%d.%m.%Y"\n      m.csv:2:6' in said and
                 second in said, said)
    ended = room.run('validate', '--fix', 'a.csv', 'a.csv', exit_code=64)
    cd.check('another one' in ended.err, f'{ended}')
    room.write('d.csv', 'Nummer\nA1\n')
    room.run('validate', '--fix', 'e.csv', 'd.csv', exit_code=65)
    cd.check(not os.path.exists(room.path('e.csv')), 'nothing to correct')
    left(room)


def over_what_is_read(room):
    """What is read is never written over, by no name, not with --force."""
    os.mkdir(room.path('d'))
    for name in ('a.csv', 'd/valid.csv', 'd/invalid.csv', 'd/valid.txt',
                 'known.csv'):
        room.write(name, MIXED)
    os.symlink('a.csv', room.path('link.csv'))
    for flags, name in [
            (['--report', 'a.csv'], 'a.csv'),
            (['--report', 'link.csv'], 'a.csv'),
            (['--fix', './a.csv'], 'a.csv'),
            (['--split', 'd'], 'd/valid.csv'),
            (['--split', 'd'], 'd/invalid.csv'),
            (['--split', 'd'], 'd/valid.txt'),
            (['--known-codes', 'known.csv', '--report', 'known.csv'],
             'a.csv')]:
        ended = room.run('validate', '--force', *flags, name,
                         exit_code=64)
        cd.check('another one' in ended.err, f'{ended}')
        for kept in (name, 'known.csv'):
            with open(room.path(kept), 'rb') as f:
                cd.equal(f'{kept} after {flags}', f.read(), MIXED.encode())
    with open(room.path('a.csv'), 'rb') as f:
        again = subprocess.run(
            [cd.PROGRAM, 'validate', '--force', '--report', 'a.csv', '-'],
            stdin=f,
            capture_output=True, timeout=cd.RUN_SECONDS, env=room.env(),
            cwd=room.work)
        cd.equal('exit', again.returncode, 64)
    cd.equal('a.csv', os.path.getsize(room.path('a.csv')), len(MIXED.encode()))
    left(room)


def what_is_there(room):
    """A file of another day is kept, unless --force is given."""
    room.write('a.csv', MIXED)
    os.mkdir(room.path('d'))
    for name in ('r.html', 'f.csv', 'd/findings.csv'):
        room.write(name, 'of yesterday')
    os.mkdir(room.path('e'))
    room.write('e/valid.txt', 'of yesterday')
    for flags, name in [(['--report', 'r.html'], 'r.html'),
                        (['--fix', 'f.csv'], 'f.csv'),
                        (['--split', 'd'], 'd/findings.csv'),
                        (['--split', 'e'], 'e/valid.txt'),
                        (['--report', 'n.csv', '--fix', 'f.csv'], 'f.csv')]:
        ended = room.run('validate', *flags, 'a.csv', exit_code=73)
        cd.check(f'{name} is there already' in ended.err and
                 '--force' in ended.err, f'{ended}')
        cd.equal(name, cd.read(room.path(name)), 'of yesterday')
        cd.equal('nothing was said', ended.out, '')
    cd.equal('files of d', os.listdir(room.path('d')), ['findings.csv'])
    cd.check(not os.path.exists(room.path('n.csv')), 'half of it was done')
    ended = room.run('validate', '--json', '--fix', 'f.csv', 'a.csv',
                     exit_code=73)
    cd.equal('error', json.loads(ended.out)['error']['exit'], 73)
    room.run('validate', '--force', '--report', 'r.html', '--fix', 'f.csv',
             '--split', 'd', 'a.csv', exit_code=65)
    for name in ('r.html', 'f.csv', 'd/findings.csv', 'd/valid.csv'):
        cd.check('of yesterday' not in cd.read(room.path(name)), name)
    # Two that go by one name are noticed in the end.
    ended = room.run('validate', '--report', 'x.csv', '--report', 'x.csv',
                     'a.csv', exit_code=73)
    cd.check('x.csv' in ended.err, f'{ended}')
    left(room)


def fix_name(room):
    """A corrected file is read as what it is, by its name."""
    room.write('a.csv', HEADER + 'A1,1,2026-01-05\n')
    room.write('a.txt', ' A1\nB2\n')
    with gzip.open(room.path('a.txt.gz'), 'wb') as f:
        f.write(b' A1\nB2\n')
    # Of two causes the worse one is the exit code.
    for given, name, code, says in (
            ('a.csv', 'b.csv.gz', 64, 'not packed'),
            ('a.csv', 'b.ZIP', 64, 'not packed'),
            ('a.csv', 'b.txt', 64, 'ends in .csv'),
            ('a.txt', 'b.csv', 65, 'ends in .txt'),
            ('a.txt.gz', 'b', 65, 'ends in .txt')):
        ended = room.run('validate', '--fix', name, given, exit_code=code)
        cd.check(says in ended.err and name in ended.err, f'{ended}')
        cd.check(not os.path.exists(room.path(name)), name)
    room.run('validate', '--format', 'txt', '--fix', 'b', 'a.txt.gz',
             exit_code=65)
    room.run('validate', '--fix', 'b.txt', 'a.txt.gz', exit_code=65)
    for name in 'b', 'b.txt':
        cd.equal(name, cd.read(room.path(name)), 'A1\nB2\n')
    left(room)


def strict(room):
    room.write('a.csv', HEADER + 'A1,1,2026-01-05\nA1,1,2026-01-05\n')
    room.run('validate', 'a.csv', exit_code=0)
    ended = room.run('validate', '--strict', '-q', 'a.csv', exit_code=65)
    cd.check('duplicate-code' in ended.out, f'{ended}')
    room.write('b.csv', HEADER + 'A1,1,2026-01-05\n')
    room.run('validate', '--strict', 'b.csv', exit_code=0)


def refused(room):
    room.write('a.csv', MIXED)
    room.write('file', 'x')
    os.mkdir(room.path('dir.html'))
    for flags, code, words in [
            (['--report', 'r.pdf'], 64, '.html'),
            (['--report', 'none/r.html'], 73, 'none/r.html'),
            (['--report', 'dir.html'], 73, 'folder'),
            (['--split', 'file'], 73, 'file'),
            (['--fix', 'none/x.csv'], 73, 'none/x.csv'),
            (['--report', '/dev/full'], 74, '/dev/full'),
            (['--fix', '/dev/full'], 74, 'No space')]:
        ended = room.run('validate', *flags, 'a.csv', exit_code=code)
        cd.check(words in ended.err, f'{ended}')
        ended = room.run('validate', '--json', *flags, 'a.csv',
                         exit_code=code)
        cd.check(json.loads(ended.out)['error']['exit'] == code, f'{ended}')
    cd.check(not os.path.isfile('/dev/full'), 'the device was replaced')
    left(room)


def limited(room, size, *args):
    """The program, with no file allowed to be larger than size bytes."""
    p = subprocess.run(
        [cd.PROGRAM, *map(str, args)], cwd=room.work, timeout=300,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=room.env(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                              (size, size)))
    return cli.Ended(args, p.returncode, p.stdout, p.stderr)


def full_disk(room):
    """A report, parts, a copy, and what does not fit in memory."""
    room.write('a.csv', HEADER + 'A B,1,2026-01-05\n' * 20000)
    room.write('r.html', 'the report of before')
    for flags in (['--report', 'r.csv'], ['--report', 'r.json'],
                  ['--split', 'p'], ['--fix', 'f.csv']):
        ended = limited(room, 65536, 'validate', *flags, 'a.csv')
        cd.equal(f'exit of {ended}', ended.exit, 74)
        left(room)
        for name in ('r.csv', 'r.json', 'f.csv', 'p/invalid.csv'):
            cd.check(not os.path.exists(room.path(name)), f'half a {name}')
    ended = limited(room, 4096, 'validate', '--report', 'r.html', '--force',
                    'a.csv')
    cd.equal(f'exit of {ended}', ended.exit, 74)
    cd.equal('report', cd.read(room.path('r.html')), 'the report of before')
    with open(room.path('big.txt'), 'w', encoding='ascii') as f:
        for start in range(0, 3000000, 10000):
            f.write(''.join(f'{i}\n' for i in range(start, start + 10000)))
    room.run('validate', '--memory', '16M', 'big.txt', exit_code=0)
    ended = limited(room, 65536, 'validate', '--memory', '16M', 'big.txt')
    cd.equal(f'exit of {ended}', ended.exit, 74)
    cd.check('duplicates' in ended.err, f'{ended}')
    cd.equal('left', os.listdir(room.path('tmp')), [])


def changing(room):
    """A file that grows, and one that shrinks, while it is read."""
    path = room.write('a.csv', HEADER)
    row = b'M746209500,1,2026-01-05\n'
    for change in (len(row), -len(row)):
        with open(path, 'r+b') as f:
            f.seek(len(HEADER))
            f.write(row * 300000)
            f.truncate()
            stop = threading.Event()

            def move():
                while not stop.wait(0.001):
                    size = f.seek(0, os.SEEK_END)
                    if change > 0:
                        f.write(row)
                    else:
                        f.truncate(size + change)
                    f.flush()

            thread = threading.Thread(target=move)
            thread.start()
            try:
                ended = room.run('validate', 'a.csv', exit_code=66)
            finally:
                stop.set()
                thread.join()
        cd.check('changed while it was read' in ended.err, f'{ended}')


def no_line_end(room):
    """Up to 2 GiB without one; the file has no blocks on the disk."""
    with open(room.path('a.csv'), 'wb') as f:
        f.truncate(256 << 20)
    room.run('validate', 'a.csv', exit_code=65)
    with open(room.path('b.csv'), 'wb') as f:
        f.write(HEADER.encode())
        f.truncate(2 << 30)
    file = room.json('validate', 'validate', 'b.csv', exit_code=65)['files'][0]
    cd.equal('rules', file['by_rule'], {'line-too-long': 1})
    cd.equal('rows', [file['rows'], file['invalid'], file['bytes']],
             [1, 1, 2 << 30])
    room.run('validate', '--format', 'txt', 'b.csv', exit_code=65)


cli.main(page, page_for_the_eye, several, page_of_all, page_of_days, tables,
         many, split, private,
         fix, fix_name, over_what_is_read, what_is_there, strict, refused, full_disk,
         changing, no_line_end)
