#!/usr/bin/env python3
"""Each rule of the lint finds what it is there for, and nothing else."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lint import Lint  # noqa: E402
from csource import Source  # noqa: E402
from figures import Figures  # noqa: E402

BASE = {
    'src/db/db.c': '#include <sqlite3.h>\n',
    'src/net/server.c': '#include <microhttpd.h>\n',
    'transfer/ssh2_internal.h':
        '#ifndef TRANSFER_SSH2_INTERNAL_H\n'
        '#define TRANSFER_SSH2_INTERNAL_H\n'
        '#include <libssh2.h>\n'
        '#endif\n',
}

# A function that no cap is near to.
SHORT = 'int\ng(void)\n{\n}\n'


def header(guard, text):
    return f'#ifndef {guard}\n#define {guard}\n{text}#endif\n'


class Rules(unittest.TestCase):
    def lint(self, files):
        with tempfile.TemporaryDirectory() as top:
            for path, text in {**BASE, **files}.items():
                path = os.path.join(top, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(text)
            lint = Lint(top)
            lint.run()
            return [f'{path}:{line}: {what}'
                    for path, line, what in lint.problems]

    def finds(self, expected, files):
        self.assertEqual(self.lint(files), [expected])

    def passes(self, files):
        self.assertEqual(self.lint(files), [])

    def test_clean_tree(self):
        self.passes({})

    def test_wide_line(self):
        self.passes({'src/base/a.c': '/*' + 'x' * 76 + '*/\n'})
        self.finds('src/base/a.c:1: 81 columns',
                   {'src/base/a.c': '/*' + 'x' * 77 + '*/\n'})

    def test_clock(self):
        self.passes({'src/base/clock.c':
                     'int\ng(void)\n{\n\ttime(NULL);\n}\n'})
        for call in ('time(NULL)', 'clock_gettime(c, &t)', 'sleep(1)',
                     'nanosleep(&t, NULL)', 'mktime(&t)'):
            name = call.split('(')[0]
            self.finds(f'src/db/a.c:4: {name}: time comes from a struct '
                       'clock',
                       {'src/db/a.c': f'int\ng(void)\n{{\n\t{call};\n}}\n'})
        self.passes({'src/db/a.c': 'int\ng(void)\n{\n\to.sleep(1);\n'
                     '\tsqlite3_sleep(1);\n\tclock_sleep(c, 1);\n}\n'})
        for call in ('clock_mono(&clock_system)', 'clock_wall(NULL)',
                     'tz_open(NULL, n, e)'):
            self.finds('src/db/a.c:4: use the clock that is handed in',
                       {'src/db/a.c': f'int\ng(void)\n{{\n\t{call};\n}}\n'})

    def test_tab_is_eight(self):
        self.finds('src/base/a.c:2: 81 columns', {
            'src/base/a.c': '/*\n' + '\t' * 10 + 'x\n*/\n'})

    def test_long_file(self):
        self.passes({'src/base/a.c': '\n' * 700})
        self.finds('src/base/a.c:701: 701 lines, more than 700',
                   {'src/base/a.c': '\n' * 701})

    def test_long_function(self):
        text = 'int\nf(void)\n{\n' + '\t;\n' * 97 + '}\n' + SHORT * 30
        self.passes({'src/base/a.c': text})
        text = text.replace('{\n', '{\n\t;\n', 1)
        self.finds('src/base/a.c:2: f has 101 lines, more than 100',
                   {'src/base/a.c': text})

    def test_long_function_in_test(self):
        self.passes({'tests/unit/a.c':
                     'int\nf(void)\n{\n' + '\t;\n' * 200 + '}\n'})

    def test_comment_of_cxx(self):
        self.finds('src/base/a.c:1: C++ comment',
                   {'src/base/a.c': '// x\n'})
        self.passes({'src/base/a.c':
                     'const char *const u = "http://x";\n'})

    def test_trailing_space(self):
        self.finds('src/base/a.c:1: space at the end of the line',
                   {'src/base/a.c': '/* */ \n'})

    def test_banned(self):
        text = 'int\nf(char *p)\n{\n\treturn %s;\n}\n'
        self.finds('src/base/a.c:4: atoi is banned',
                   {'src/base/a.c': text % 'atoi(p)'})
        self.passes({'src/base/a.c': text % 'my_atoi("atoi(")'})
        self.passes({'src/base/ban.h':
                     header('BASE_BAN_H', '#pragma GCC poison atoi\n')})

    def test_contract(self):
        path, guard = 'src/base/a.h', 'BASE_A_H'
        self.passes({path: header(guard, '/*\n * f(x): x.\n */\n'
                                  'int\tf(int);\n')})
        missing = ('src/base/a.h:%d: no comment with the contract of f '
                   'right above it')
        self.finds(missing % 3, {path: header(guard, 'int\tf(int);\n')})
        self.finds(missing % 5, {path: header(
            guard, '/* f(x): x. */\n\nint\tf(int);\n')})
        self.finds(missing % 4, {path: header(
            guard, '/* Does it. */\nint\tf(int);\n')})
        self.finds(missing % 5, {path: header(
            guard, '/* g(), f() */\nint\tg(int);\nint\tf(int);\n')
            .replace('g(), f()', 'g(), h()')})

    def test_contract_elsewhere(self):
        path, guard = 'src/base/a.h', 'BASE_A_H'
        self.finds(f'{path}:4: the contract of f says no more than where it '
                   'is', {path: header(guard, '/* f(x): see g. */\n'
                                       'int\tf(int);\n')})
        self.passes({path: header(guard, '/* f(x): see whether it is. */\n'
                                  'int\tf(int);\n')})

    def test_circle(self):
        names = {n: f'src/base/{n}.h' for n in 'abc'}

        def tree(**includes):
            return {names[n]: header(f'BASE_{n.upper()}_H', (
                f'#include "{to}.h"\n' if to else ''))
                for n, to in includes.items()}
        self.passes(tree(a='b', b='c', c=''))
        self.assertEqual(self.lint(tree(a='b', b='c', c='a')), [
            f'src/base/{n}.h:3: src/base/{to}.h includes this header'
            for n, to in ('ab', 'bc', 'ca')])

    def test_contract_with_attribute(self):
        self.passes({'src/base/a.h': header(
            'BASE_A_H', '/* f(s): say. */\nint\tf(const char *, ...)\n'
            '\t    __attribute__((format(printf, 1, 2)));\n')})

    def test_no_contract_needed(self):
        self.passes({'src/base/a.h': header(
            'BASE_A_H', 'typedef int (*f)(int);\nstruct s {\n'
            '\tint (*g)(int);\n};\nstatic inline int\nh(void)\n{\n'
            '\treturn 0;\n}\n')})

    def test_guard(self):
        self.finds('src/base/a.h:1: no include guard BASE_A_H',
                   {'src/base/a.h': header('A_H', '')})
        self.finds('src/base/a.h:1: no include guard BASE_A_H',
                   {'src/base/a.h': 'struct s;\n'})

    def test_layers(self):
        below = {'src/base/b.h': header('BASE_B_H', '')}
        above = {'src/pipeline/p.h': header('PIPELINE_P_H', '')}
        use = '#include "../%s"\n'
        self.passes({**below, 'src/format/a.c': use % 'base/b.h'})
        self.passes({**above, 'src/cmd/a.c': use % 'pipeline/p.h'})
        self.finds('src/base/a.c:1: base may not use pipeline',
                   {**above, 'src/base/a.c': use % 'pipeline/p.h'})
        for room in ('sandbox', 'config'):
            self.finds(f'src/{room}/a.c:1: {room} may not use pipeline',
                       {**above, f'src/{room}/a.c': use % 'pipeline/p.h'})
        self.finds('src/base/a.c:1: there is no src/gone.h',
                   {'src/base/a.c': use % 'gone.h'})
        self.finds('src/attic/a.c:1: attic is in no layer',
                   {**below, 'src/attic/a.c': use % 'base/b.h'})

    def test_limits(self):
        files = {'src/base/limits.h': header('BASE_LIMITS_H',
                 '#define LIM_A\t1\n#define LIM_B\t2\n'),
                 'src/base/a.c': 'int a(void) { return LIM_A; } /* LIM_B */\n'}
        self.finds('src/base/limits.h:4: nothing is limited by LIM_B', files)

    def test_private_header(self):
        own = {'src/base/b_internal.h': header('BASE_B_INTERNAL_H', '')}
        self.passes({**own, 'src/base/a.c': '#include "b_internal.h"\n'})
        self.passes({**own, 'tests/unit/a.c':
                     '#include "../../src/base/b_internal.h"\n'})
        self.passes({**own, 'src/base/in/a.c':
                     '#include "../b_internal.h"\n'})
        inner = {'src/base/in/b_internal.h':
                 header('BASE_IN_B_INTERNAL_H', '')}
        self.finds('src/base/a.c:1: src/base/in/b_internal.h is private to '
                   'its folder', {**inner, 'src/base/a.c':
                                  '#include "in/b_internal.h"\n'})
        self.finds('src/db/a.c:1: src/base/b_internal.h is private to its '
                   'folder', {**own, 'src/db/a.c':
                              '#include "../base/b_internal.h"\n'})

    def test_library_elsewhere(self):
        self.finds('src/base/a.c:1: yaml.h belongs to config',
                   {'src/base/a.c': '#include <yaml.h>\n'})

    def test_library_twice(self):
        self.finds('src/db/more.c:1: sqlite3.h is already included by '
                   'src/db/db.c',
                   {'src/db/more.c': '#include <sqlite3.h>\n'})

    def test_library_in_public_header(self):
        self.finds('src/db/db.h:3: sqlite3.h in a public header', {
            'src/db/db.c': '', 'src/db/db.h':
            header('DB_DB_H', '#include <sqlite3.h>\n')})

    def test_mutable(self):
        outside = 'src/base/a.c:1: mutable variable outside of functions'
        for text in ['static int n;\n', 'int n = 3;\n',
                     'static const char *words[] = { "a" };\n',
                     'static struct { int a; } s;\n',
                     'static int (*hook)(int);\n']:
            with self.subTest(text):
                self.finds(outside, {'src/base/a.c': text})
        self.finds('src/base/a.c:4: mutable static variable', {
            'src/base/a.c': 'static int\nf(void)\n{\n\tstatic int n;\n\n'
            '\treturn n++;\n}\n'})

    def test_constant(self):
        for text in ['static const int n = 3;\n', 'struct s;\n',
                     'static const char *const words[] = { "a" };\n',
                     'static const struct { char *a; } s[] = { { 0 } };\n',
                     'static int (*const hook)(int) = f;\n',
                     'enum e { A, B };\n', 'static int f(int *);\n',
                     '_Static_assert(1, "x");\n']:
            with self.subTest(text):
                self.passes({'src/base/a.c': text})

    def test_mutable_allowed(self):
        self.passes({'src/base/stop.c': 'static int n;\n'})

    def test_unfinished(self):
        word = 'TO' 'DO'
        self.finds(f'tests/a.sh:1: {word}: unfinished',
                   {'tests/a.sh': f'# {word}: later\n'})
        self.passes({'tests/a.sh': 'mktemp XX' 'XXXX\n'})

    def test_foreign_path(self):
        path = '/wo' 'rk/'
        self.finds(f'tests/a.sh:1: {path} is outside of the project',
                   {'tests/a.sh': f'cd {path}main\n'})

    def test_generated(self):
        self.passes({'build/a.c': 'int n; \n',
                     'configure': 'TO' 'DO\n'})

    def test_readme(self):
        self.passes({'README.md': '| `src/db/` | SQLite | `a/b` |\n'})
        self.finds('README.md:1: names src/gone/, which is not there',
                   {'README.md': '`src/gone/`\n'})

    def test_many_long_functions(self):
        text = ''.join(f'int\nf{n}(void)\n{{\n' + '\t;\n' * 57 + '}\n'
                       for n in range(10))
        self.passes({'src/base/a.c': text})
        self.finds('src:0: one function in 20 has more than 61 lines, more '
                   'than 60',
                   {'src/base/a.c': text.replace('{\n', '{\n\t;\n')})

    def test_file_in_comment(self):
        path = 'src/base/a.c'
        for name in ['db.c', 'db/db.c', 'src/db/db.c', 'src/db/',
                     '../db/db.c', 'src/db/db', 'sqlite3.h', '<linux/magic.h>', 'a*.c',
                     'X.zip', 'src/db/{a,b}.c']:
            with self.subTest(name):
                self.passes({path: f'/* As in {name}, and so on. */\n'})
        for name in ['gone.c', 'src/base/db.c', 'src/gone/', 'gone.md']:
            with self.subTest(name):
                self.finds(f'{path}:1: names {name}, which is not there',
                           {path: f'/*\n * As in\n * {name}.\n */\n'})
                self.finds(f'tests/a.sh:2: names {name}, which is not there',
                           {'tests/a.sh': f'\n# As in {name}.\n'})

    def test_name_in_comment(self):
        path = 'src/config/a.c'
        code = ('static const struct option rows[] = {\n'
                '\t{ "api_key", SECT_TOP, OPT_STR, "max_parts" },\n};\n')
        for name in ['`api_key`', '`api_key_file`', '`api_key:`', 'api_key',
                     '`rows`', 'max_parts', 'curl_easy_init', 'POLL_CAP',
                     'poll_*', '`config show`', '"some_thing" %s_more']:
            with self.subTest(name):
                self.passes({path: f'/* See {name}. */\n{code}'
                             if 'some' not in name else
                             f'/* some_thing */\nint some_thing(void);\n'})
        for name in ['`poll_cap`', '`gone`', '`gone:`', 'poll_cap']:
            with self.subTest(name):
                said = self.lint({path: f'/* See {name}. */\n{code}'})
                self.assertIn(f'{path}:1: names {name}, which is not there',
                              said)
        # Those of tests are no names of the program.
        self.passes({'tests/unit/a.c': '/* As poll_cap says. */\n'})

    def test_rooms(self):
        path = 'src/doc/architecture.md'
        table = ('| `src/base` | a | nothing |\n'
                 '| `src/db` | a | %s |\n| `src/cmd` | a | all above |\n')
        code = {f'src/{room}/a.c': SHORT for room in ('base', 'db', 'cmd')}
        self.passes({**code, path: table % 'base'})
        self.finds(f'{path}:2: db may use base',
                   {**code, path: table % 'base, net'})
        self.finds(f'{path}:0: the table lacks net',
                   {**code, path: table % 'base', 'src/net/a.c': SHORT})

    def test_heading(self):
        doc = {'src/doc/facts.md': '# Facts\n\n## `a.b`: one\n'}
        path = 'src/base/a.c'
        self.passes({**doc, path: '/*\n * So (facts.md "a.b: one").\n */\n'})
        self.finds(f'{path}:1: facts.md has no heading "two"',
                   {**doc, path: '/* So (facts.md "two"). */\n'})
        self.finds(f'{path}:1: [M13, S4] stands nowhere: cite a heading '
                   'of src/doc', {path: '/* As documented [M13, S4]. */\n'})

    def test_document(self):
        path = 'src/doc/a.md'
        self.passes({path: 'The `f()` of `src/db/db.c`:\n\n    no_word\n',
                     'src/db/db.c': '#include <sqlite3.h>\nint f(void);\n'})
        self.finds(f'{path}:1: src/db/db.c has no f()',
                   {path: 'The `f()` in `src/db/db.c`.\n',
                    'src/base/f.c': 'int f(void);\n'})
        self.finds(f'{path}:3: names `g()`, which is not there',
                   {path: 'Text.\n\nThe `g()`.\n'})


class Measured(unittest.TestCase):
    def rows(self, path, text):
        figures = Figures()
        figures.add(Source(path, text))
        return dict(figures.rows())

    def test_lines_of_functions(self):
        rows = self.rows('src/a.c', ''.join(
            f'int\nf{n}(void)\n{{\n' + '\t;\n' * n + '}\n'
            for n in range(1, 22)))
        self.assertEqual(rows['functions'], 21)
        self.assertEqual(rows['lines of a function, median'], 14)
        self.assertEqual(rows['lines of a function, 95 % have at most'], 23)
        self.assertEqual(rows['lines of a function, most'], '24 (`f21`)')

    def test_called_once(self):
        rows = self.rows('src/a.c', (
            'static int once(int);\n'
            'static int\nonce(int a)\n{\n\treturn a;\n}\n'
            'static int\nhook(int a)\n{\n\treturn a;\n}\n'
            'static int\ntwice(void)\n{\n\treturn once(1);\n}\n'
            'int\nall(void)\n{\n\tset(hook);\n'
            '\treturn twice() + twice();\n}\n'))
        self.assertEqual(rows['static functions called once'], '1 of 3: 33 %')
        self.assertEqual(rows['of these 10 lines or shorter'], 1)

    def test_parameters(self):
        rows = self.rows('src/a.c', (
            'int\nf(int a, int (*g)(int, int), int b, int c, int d)\n'
            '{\n\treturn 0;\n}\n'
            'int\ng(int a, int b, int c, int d, int e, int h)\n'
            '{\n\treturn 0;\n}\n'
            'int\nh(void)\n{\n\treturn 0;\n}\n'))
        self.assertEqual(rows['functions with more than 5 parameters'], 1)

    def test_headers(self):
        rows = self.rows('src/a.h', '\n' * 147 + SHORT)
        self.assertEqual(rows['headers over 150 lines'], 1)


if __name__ == '__main__':
    unittest.main()
