"""C sources as the lint sees them: comments, functions, declarations.

This is not a parser.  It knows comments, strings, preprocessor lines and
braces, which is enough for sources in KNF, and it never guesses types.
"""

import re

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
                   r"|'(?:\\.|[^'\\\n])*'", re.S)
DIRECTIVE = re.compile(r'(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*')
ATTRIBUTE = re.compile(r'__attribute__\s*\(\(.*?\)\)(?!\))', re.S)
BRACES = re.compile(r'\{[^{}]*\}')


def blank(match):
    """The matched text as spaces; its line ends stay."""
    return re.sub(r'[^\n]', ' ', match.group())


class Statement:
    """A declaration or a function definition outside of all braces."""

    def __init__(self, start, end, text, function):
        self.start = start          # offsets into the file
        self.end = end
        self.text = text            # without comments and strings
        self.function = function    # a definition with a body

    def head(self):
        """The text without attributes and without what is in braces."""
        text = ATTRIBUTE.sub('', self.text)
        while BRACES.search(text):
            text = BRACES.sub('', text)
        return text.strip()

    def declares_function(self):
        head = self.head()
        paren = head.find('(')
        if (head.startswith('typedef') or paren < 1 or
                head[paren + 1:].lstrip().startswith('*')):
            return False
        before = head[:paren].rstrip()
        return ('=' not in before and (before[-1].isalnum() or
                before[-1] == '_') and not before.endswith('_assert'))

    def name(self):
        """The name of the function."""
        return re.search(r'(\w+)\s*\(', self.head()).group(1)

    def name_offset(self):
        text = ATTRIBUTE.sub(blank, self.text)
        return self.start + re.search(r'\w+\s*\(', text).start()


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split('\n')
        self.comments = [m for m in TOKEN.finditer(text)
                         if m.group()[0] == '/']
        self.code = TOKEN.sub(blank, text)
        self.bare = DIRECTIVE.sub(blank, self.code)
        self.statements = list(self._split())

    def line_of(self, offset):
        return self.text.count('\n', 0, offset) + 1

    def _split(self):
        depth = 0
        start = None
        body = False
        for m in re.finditer(r'[^\s]', self.bare):
            c, at = m.group(), m.start()
            if start is None:
                start = at
            if c in '{(':
                if c == '{' and depth == 0:
                    body = self.bare[start:at].rstrip().endswith(')')
                depth += 1
            elif c in '})':
                depth -= 1
            done = depth == 0 and (c == ';' or (c == '}' and body))
            if done:
                yield Statement(start, at + 1, self.bare[start:at + 1], body)
                start, body = None, False

    def functions(self):
        """(name, first line, length in lines) of each definition."""
        for s in self.statements:
            if s.function:
                first = self.line_of(s.name_offset())
                yield s.name(), first, self.line_of(s.end) - first + 1

    def directives(self):
        """(line number, text) of each preprocessor line."""
        for n, line in enumerate(self.code.split('\n'), 1):
            if line.lstrip().startswith('#'):
                yield n, self.lines[n - 1].strip()

    def includes(self):
        """(line number, bracket, name) of each #include."""
        for n, line in self.directives():
            m = re.match(r'#\s*include\s+([<"])([^>"]+)[>"]', line)
            if m:
                yield n, m.group(1), m.group(2)

    def comment_before(self, offset):
        """The comment that ends on the line above, or ''.

        Preprocessor lines may stand between.
        """
        for m in reversed(self.comments):
            if m.end() <= offset:
                gap = DIRECTIVE.sub('', self.text[m.end():offset])
                blank_lines = gap.replace('\n', '', 1)
                near = gap.strip() == '' and '\n\n' not in gap
                return m.group() if near and blank_lines != gap else ''
        return ''
