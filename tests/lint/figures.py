"""What the sources of the program measure, for the table the lint prints.

src/doc/architecture.md keeps two of these tables to compare with.
"""

import re

HEADER_LINES = 150
PARAMETERS = 5
SHORT = 10


class Function:
    """A function definition of the program."""

    def __init__(self, src, s):
        self.name = s.name()
        self.path = src.path
        self.line = src.line_of(s.name_offset())
        self.lines = src.line_of(s.end) - self.line + 1
        self.parameters = parameters(s)
        self.static = (src.path.endswith('.c') and
                       s.text.startswith('static'))
        self.once = self.static and called_once(src, s)


def parameters(s):
    """How many parameters the function of this statement has."""
    text = s.head()
    at = text.index('(', re.search(r'\w+\s*\(', text).start())
    depth, count = 0, 1
    for end in range(at, len(text)):
        c = text[end]
        depth += (c == '(') - (c == ')')
        count += c == ',' and depth == 1
        if depth == 0:
            break
    return 0 if text[at + 1:end].strip() in ('', 'void') else count


def called_once(src, s):
    """Whether the file names the function at one other place, in a call."""
    uses = []
    for m in re.finditer(rf'\b{s.name()}\b(\s*\()?', src.bare):
        declared = any(d.start <= m.start() < d.end and
                       d.declares_function() and
                       d.name_offset() == m.start()
                       for d in src.statements)
        if not declared:
            uses.append(m.group(1))
    return len(uses) == 1 and uses[0] is not None


class Figures:
    def __init__(self):
        self.lines = 0
        self.functions = []
        self.headers = []       # (lines, path)

    def add(self, src):
        """Count a file of the program."""
        count = len(src.lines) - 1
        self.lines += count
        if src.path.endswith('.h'):
            self.headers.append((count, src.path))
        for s in src.statements:
            if s.function:
                self.functions.append(Function(src, s))

    def at(self, percent):
        """So many percent of the functions have at most so many lines."""
        lines = sorted(f.lines for f in self.functions)
        return lines[(len(lines) - 1) * percent // 100]

    def rows(self):
        """(what, how much) of each row of the table."""
        if not self.functions:
            return
        static = [f for f in self.functions if f.static]
        once = [f for f in static if f.once]
        longest = max(self.functions, key=lambda f: f.lines)
        most = max(self.headers, default=(0, 'none'))
        yield 'lines of .c and .h in `src/` and `transfer/`', self.lines
        yield 'functions', len(self.functions)
        yield 'lines of a function, median', self.at(50)
        yield 'lines of a function, 95 % have at most', self.at(95)
        yield ('lines of a function, most',
               f'{longest.lines} (`{longest.name}`)')
        yield ('static functions called once',
               f'{len(once)} of {len(static)}: '
               f'{100 * len(once) / max(len(static), 1):.0f} %')
        yield (f'of these {SHORT} lines or shorter',
               sum(f.lines <= SHORT for f in once))
        yield (f'of these with {PARAMETERS} or more parameters',
               sum(f.parameters >= PARAMETERS for f in once))
        yield (f'headers over {HEADER_LINES} lines',
               sum(n > HEADER_LINES for n, _ in self.headers))
        yield 'lines of a header, most', f'{most[0]} (`{most[1]}`)'
        yield (f'functions with more than {PARAMETERS} parameters',
               sum(f.parameters > PARAMETERS for f in self.functions))

    def table(self):
        """The lines of the table."""
        for what, much in self.rows():
            yield f'| {what} | {much} |'
