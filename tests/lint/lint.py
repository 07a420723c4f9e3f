#!/usr/bin/env python3
"""Hold the sources to the rules of this project.

    lint.py [TOP]

Prints one line per problem, `file:line: what`, then what was measured; exits
with 1 when there was a problem.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
from csource import Source  # noqa: E402
from cited import Cited  # noqa: E402
from figures import Figures  # noqa: E402

COLUMNS = 80
FILE_LINES = 700
FUNCTION_LINES = 100
MOST_FUNCTION_LINES = 60        # of 95 % of the functions

# Which rooms a room may include from.  Later rooms may name earlier ones.
BASE = {'base'}
COUPON = BASE | {'format', 'coupon'}
CONFIG = COUPON | {'net', 'schedule', 'transfer', 'provider', 'config'}
PIPELINE = CONFIG | {'db', 'ledger', 'pipeline'}
LAYERS = {
    'base': BASE,
    'format': BASE | {'format'},
    'db': BASE | {'db'},
    'net': BASE | {'net'},
    'schedule': BASE | {'schedule'},
    'transfer': BASE | {'net', 'transfer'},
    'coupon': COUPON,
    'provider': COUPON | {'provider'},
    'ledger': BASE | {'db', 'ledger'},
    'config': CONFIG - {'net'},
    'pipeline': PIPELINE,
    'doctor': PIPELINE | {'doctor'},
    'report': PIPELINE | {'doctor', 'report'},
    'sandbox': COUPON | {'db', 'net', 'transfer', 'sandbox'},
    'serve': PIPELINE | {'doctor', 'report', 'serve'},
}
# cmd and main.c stand above all rooms.
LAYERS['cmd'] = set(LAYERS) | {'cmd'}
LAYERS['main'] = LAYERS['cmd'] | {'main'}
LAYERS['man'] = LAYERS['cmd'] | {'man'}

# The same for readers, as rows: room, what is there, what it may use.
ROOMS = 'src/doc/architecture.md'
ROOM = re.compile(r'^\| `((?:src/)?\w+)` \|[^|]*\| ([^|]*) \|$', re.M)

# Foreign libraries, and the only rooms that may know them.
LIBRARIES = [
    (r'sqlite3\.h', {'db'}),
    (r'libssh2.*\.h', {'transfer'}),
    (r'microhttpd\.h', {'net'}),
    (r'curl/', {'net', 'transfer', 'main'}),    # main sets it up
    (r'libxml/', {'format'}),
    (r'(zlib\.h|minizip/|isa-l)', {'format'}),
    (r'yaml\.h', {'config'}),
]
# Those that only one file may include: a .c, or a private header.
SINGLE = ['sqlite3.h', 'libssh2.h', 'microhttpd.h']

BANNED = re.compile(
    r'\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|gets|atoi|'
    r'atol|atoll|atof|localtime|gmtime|ctime|asctime|system|popen|tmpnam|'
    r'mktemp|tempnam|rand|srand|alloca)\s*\(')

# What tells the time, or waits: for base/clock.c only.
TIME = re.compile(
    r'(?<![\w.>])(time|clock_gettime|gettimeofday|nanosleep|clock_nanosleep|'
    r'usleep|sleep|localtime_r|mktime)\s*\(')
CLOCK = 'src/base/clock.c'
# The machine's clock, whatever clock was handed in.
OWN_CLOCK = re.compile(
    r'\bclock_system\b|\b(clock_(wall|mono|sleep)|tz_open)\s*\(NULL\b')
OWN_CLOCKS = {
    CLOCK: 'it is made here',
    'src/base/clock.h': 'and declared',
    'src/base/tz.c': 'what NULL stands for',
    'src/main.c': 'hands it to the commands',
    'src/base/log.c': 'what happened on this machine',
    'src/base/secret_source.c': 'commands on this machine',
    'src/db/db.c': 'locks that other processes hold',
}

# Files that may have mutable variables outside of functions, and why.
MUTABLE = {
    'src/base/stop.c': 'signals belong to the process',
    'src/base/fault.c': 'counts for the process, in test builds only',
}

LIMITS = 'src/base/limits.h'

# Split, or this file would find itself.
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X)\b')
FOREIGN = re.compile(r'(/wo' r'rk/|\.\./sha' r'red|(?<![\w.-])sha' r'red/)')

# Files with comments that begin with # on a line of their own.
SCRIPTS = ('.py', '.sh', '.inc', '.am', '.ac')

GENERATED_DIRS = {'.git', 'autom4te.cache', 'build-aux', '__pycache__'}
# .git is a file in a second work tree.
GENERATED = {'.git', 'configure', 'configure~', 'aclocal.m4', 'Makefile.in'}


class Lint:
    def __init__(self, top):
        self.top = top
        self.problems = []
        self.figures = Figures()
        self.cited = Cited(self.say)
        self.single = {name: [] for name in SINGLE}
        self.headers = {}       # header -> (header it includes, line)
        self.limits = set()     # those that the product uses

    def say(self, path, line, what):
        self.problems.append((path, line, what))

    # -- one C file --------------------------------------------------------

    def c_file(self, path):
        src = Source(path, self.read(path))
        product = not path.startswith('tests/')
        self.check_lines(src)
        self.check_words(src)
        self.check_includes(src, product)
        if path.endswith('.h'):
            self.check_guard(src)
            self.check_contracts(src)
        if product:
            if path != LIMITS:
                self.limits |= set(re.findall(r'\bLIM_\w+', src.code))
            self.figures.add(src)
            self.check_mutable(src)
            self.check_clock(src)
        self.cited.source(src, product)

    def check_lines(self, src):
        count = len(src.lines) - 1
        if count > FILE_LINES:
            self.say(src.path, count, f'{count} lines, more than '
                     f'{FILE_LINES}')
        for n, line in enumerate(src.lines, 1):
            width = len(line.expandtabs(8))
            if width > COLUMNS:
                self.say(src.path, n, f'{width} columns')
            if line != line.rstrip():
                self.say(src.path, n, 'space at the end of the line')
        for m in src.comments:
            if m.group().startswith('//'):
                self.say(src.path, src.line_of(m.start()), 'C++ comment')
        if src.text and not src.text.endswith('\n'):
            self.say(src.path, count + 1, 'no line end at the end')

    def check_words(self, src):
        if src.path == 'src/base/ban.h':
            return
        for m in BANNED.finditer(src.code):
            self.say(src.path, src.line_of(m.start()),
                     f'{m.group(1)} is banned')

    def check_clock(self, src):
        if src.path != CLOCK:
            for m in TIME.finditer(src.code):
                self.say(src.path, src.line_of(m.start()),
                         f'{m.group(1)}: time comes from a struct clock')
        if src.path not in OWN_CLOCKS:
            for m in OWN_CLOCK.finditer(src.code):
                self.say(src.path, src.line_of(m.start()),
                         'use the clock that is handed in')

    def check_lengths(self):
        for f in self.figures.functions:
            if f.lines > FUNCTION_LINES:
                self.say(f.path, f.line, f'{f.name} has {f.lines} lines, '
                         f'more than {FUNCTION_LINES}')
        if self.figures.functions:
            most = self.figures.at(95)
            if most > MOST_FUNCTION_LINES:
                self.say('src', 0, f'one function in 20 has more than {most} '
                         f'lines, more than {MOST_FUNCTION_LINES}')

    def check_guard(self, src):
        path = src.path.removeprefix('src/')
        if path.startswith('tests/'):
            path = os.path.basename(path)   # after any folder
        guard = re.sub(r'\W', '_', path.upper())
        got = [line for _, line in src.directives()]
        if (len(got) < 3 or not got[0].startswith('#ifndef ') or
                not got[0].endswith(guard) or
                got[1] != got[0].replace('#ifndef', '#define') or
                not got[-1].startswith('#endif')):
            self.say(src.path, 1, f'no include guard {guard}')

    def check_contracts(self, src):
        for s in src.statements:
            if not s.declares_function() or s.text.startswith('static'):
                continue
            name = s.name()
            line = src.line_of(s.name_offset())
            comment = src.comment_before(s.start)
            if not re.search(rf'\b{name}\b', comment):
                self.say(src.path, line, f'no comment with the contract of '
                         f'{name} right above it')
            if re.search(rf'\b{name}\([^)]*\): see \w+\.?\s*\*/', comment):
                self.say(src.path, line, f'the contract of {name} says no '
                         f'more than where it is')

    # -- includes ----------------------------------------------------------

    def layer(self, path):
        parts = path.split('/')
        if parts[0] == 'src':
            return parts[1] if len(parts) > 2 else 'main'
        return parts[0]

    def check_includes(self, src, product):
        for line, bracket, name in src.includes():
            if bracket == '"':
                self.check_own_header(src, line, name, product)
            elif product:
                self.check_library(src, line, name)

    def check_own_header(self, src, line, name, product):
        here = os.path.dirname(src.path)
        target = os.path.normpath(os.path.join(here, name))
        if not os.path.isfile(os.path.join(self.top, target)):
            self.say(src.path, line, f'there is no {target}')
            return
        if not product:
            return
        if src.path.endswith('.h'):
            self.headers.setdefault(src.path, []).append((target, line))
        # To its folder, and to the folders in it.
        home = os.path.dirname(target)
        if (target.endswith('_internal.h') and
                not (here + '/').startswith(home + '/')):
            self.say(src.path, line, f'{target} is private to its folder')
        own, other = self.layer(src.path), self.layer(target)
        if own not in LAYERS:
            self.say(src.path, 1, f'{own} is in no layer')
        elif other not in LAYERS[own]:
            self.say(src.path, line, f'{own} may not use {other}')

    def check_circles(self):
        """No header includes, by whatever way, itself."""
        for header, includes in sorted(self.headers.items()):
            for target, line in includes:
                seen, todo = set(), [target]
                while todo:
                    at = todo.pop()
                    if at not in seen:
                        seen.add(at)
                        todo += [t for t, _ in self.headers.get(at, [])]
                if header in seen:
                    self.say(header, line, f'{target} includes this header')

    def check_library(self, src, line, name):
        if name in self.single:
            self.single[name].append((src.path, line))
        for pattern, rooms in LIBRARIES:
            if (re.match(pattern, name) and
                    self.layer(src.path) not in rooms):
                self.say(src.path, line, f'{name} belongs to '
                         f'{", ".join(sorted(rooms))}')

    def check_single(self):
        for name, users in self.single.items():
            if not users:
                self.say('src', 0, f'nothing includes {name}')
            for path, line in users:
                if (path.endswith('.h') and
                        not path.endswith('_internal.h')):
                    self.say(path, line, f'{name} in a public header')
            for path, line in users[1:]:
                self.say(path, line, f'{name} is already included by '
                         f'{users[0][0]}')

    def check_limits(self):
        if not os.path.isfile(os.path.join(self.top, LIMITS)):
            return
        for n, line in enumerate(self.read(LIMITS).split('\n'), 1):
            m = re.match(r'#define (LIM_\w+)', line)
            if m and m.group(1) not in self.limits:
                self.say(LIMITS, n, f'nothing is limited by {m.group(1)}')

    # -- variables ---------------------------------------------------------

    def check_mutable(self, src):
        if src.path in MUTABLE:
            return
        for s in src.statements:
            if s.function:
                body = s.text.index('{')
                for m in re.compile(r'\bstatic\b[^;{]*[;{]').finditer(
                        s.text, body):
                    if not is_const(m.group()):
                        self.say(src.path, src.line_of(s.start + m.start()),
                                 'mutable static variable')
            elif declares_variable(s) and not is_const(s.head()):
                self.say(src.path, src.line_of(s.start),
                         'mutable variable outside of functions')

    # -- the whole tree ----------------------------------------------------

    def read(self, path):
        with open(os.path.join(self.top, path), encoding='utf-8',
                  errors='replace', newline='') as f:
            return f.read()

    def tree(self):
        """Paths of all files that somebody wrote."""
        for folder, dirs, names in os.walk(self.top):
            here = os.path.relpath(folder, self.top)
            dirs[:] = sorted(d for d in dirs if d not in GENERATED_DIRS and
                             not (here == '.' and d.startswith('build')))
            for name in sorted(names):
                path = os.path.normpath(os.path.join(here, name))
                if path not in GENERATED and not name.endswith(('.o', '.a')):
                    yield path

    def check_text(self, path):
        full = os.path.join(self.top, path)
        with open(full, 'rb') as f:
            data = f.read()
        if b'\0' in data[:8192]:
            return
        text = data.decode('utf-8', 'replace')
        for n, line in enumerate(text.split('\n'), 1):
            m = UNFINISHED.search(line)
            if m and not path.startswith('tests/golden/'):
                self.say(path, n, f'{m.group()}: unfinished')
            m = FOREIGN.search(line)
            if m:
                self.say(path, n, f'{m.group()} is outside of the project')
        if path == 'README.md' or path.startswith('src/doc/'):
            self.cited.document(path, text)
        elif not path.endswith(('.c', '.h')) and (
                path.endswith(SCRIPTS) or path == 'bootstrap'):
            self.cited.script(path, text)

    def check_rooms(self):
        """The table of rooms says what LAYERS says."""
        if not os.path.isfile(os.path.join(self.top, ROOMS)):
            return
        text = self.read(ROOMS)
        said = {}
        for m in ROOM.finditer(text):
            line = text.count('\n', 0, m.start()) + 1
            said[self.layer(m.group(1) + '/x/x')] = (
                line, set(re.findall(r'\w+', m.group(2))) - {'nothing'})
        there = {self.layer(f.path) for f in self.figures.functions}
        for room in sorted(there - {'main', 'man'} - set(said)):
            self.say(ROOMS, 0, f'the table lacks {room}')
        for room, (line, uses) in sorted(said.items()):
            may = (LAYERS.get(room, set()) & there) - {room}
            if room != 'cmd' and uses != may:
                self.say(ROOMS, line, f'{room} may use '
                         f'{", ".join(sorted(may))}')

    def run(self):
        for path in self.tree():
            if not os.path.isfile(os.path.join(self.top, path)):
                continue    # a socket, or gone meanwhile
            if path.endswith(('.c', '.h')) and path.startswith(
                    ('src/', 'transfer/', 'tests/')):
                self.c_file(path)
            self.cited.path(path)
            self.check_text(path)
        self.check_single()
        self.check_circles()
        self.check_limits()
        self.check_lengths()
        self.check_rooms()
        self.cited.check()


def declares_variable(s):
    head = s.head().rstrip(';').strip()
    if not head or head.startswith(('typedef', '_Static_assert')):
        return False
    if re.fullmatch(r'(struct|union|enum)\s+\w+', head) or (
            '=' not in head and re.search(r'\}\s*;$', s.text)):
        return False    # a type and nothing of it
    return not s.declares_function()


def is_const(declaration):
    """Whether what is declared, not what it points to, is constant."""
    head = re.split(r'[=\[{;]', declaration)[0]
    if '*' in head:
        return head.rsplit('*', 1)[1].strip().startswith('const')
    return re.search(r'\bconst\b', head) is not None


def main(argv):
    here = os.path.dirname(os.path.abspath(__file__))
    top = argv[1] if len(argv) > 1 else os.path.join(here, '..', '..')
    lint = Lint(os.path.realpath(top))
    lint.run()
    for path, line, what in sorted(lint.problems):
        print(f'{path}:{line}: {what}')
    for line in lint.figures.table():
        print(line)
    print(f'{len(lint.problems)} problems')
    return 1 if lint.problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
