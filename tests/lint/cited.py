"""What comments and documents name has to be there: files, keys of the
configuration, functions, headings.

In a comment, and in the text of src/doc and README.md:

    src/x/y.c, y.h, tests/case/    a file or folder, by its path or the end of it
    platforms.md "Tasks"           a heading of that document
    `max_parts`, `jobs:`           a key of the configuration, or a word that is
                                   a name or a string in the sources
    `follow_wait()`, follow_wait   a function, a variable, a key: in comments of
                                   the program any name with an underscore
    `f()` in `src/x/y.c`           in that file
    <sys/vfs.h>, curl_easy_init    nothing: those of others are not looked at
"""

import posixpath
import re

FILE = re.compile(r'(?<![\w./~*{}$<-])((?:[\w.-]+/)*[\w-]+'
                  r'\.(?:c|h|py|sh|inc|md|am|ac))(?![\w/]|\.\w)')
FOLDER = re.compile(r'(?<![\w./~-])((?:src|tests|transfer|samples)/'
                    r'(?:[\w-]+/)*[\w-]*)(?![\w/*-]|\.\w)')
HEADING = re.compile(r'\b([\w-]+\.md) "([^"]+)"')
WORD = re.compile(r'`([a-z][a-z0-9_]*|[A-Z]+_[A-Z0-9_]+)(:|\(\))?`')
PLACED = re.compile(r'`(\w+)\(\)` in `([\w./-]+\.[ch])`')
NAME = re.compile(r'(?<![\w./*%{$<-])([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?![\w*/-]|\.\w)')
TAG = re.compile(r'\[[A-Z]\d{1,2}\b[^\]]*\]')
OPTION = re.compile(r'\{\s*"(\w+)",\s*SECT_')
# Has the words of others, which need not be words of the program.
PLATFORMS = 'src/doc/platforms.md'
# Names that the libraries below the program begin with.
FOREIGN_WORDS = ('curl_', 'libssh2_', 'sqlite3_')
# Where the value of a secret comes from, at the end of its key.
SOURCES = ('_file', '_env', '_command', '_credential')


def plain(comment):
    """The text of a comment as one line."""
    return ' '.join(re.sub(r'^\s*(/\*+|\*/|\*|#+)', '', line).strip()
                    for line in comment.split('\n')).removesuffix('*/')


class Cited:
    """Collects names while files are read; check() says what is not there."""

    def __init__(self, say):
        self.say = say
        self.paths = set()
        self.headings = {}      # base name of a document -> set of headings
        self.words = set()      # identifiers and words of strings
        self.words_of = {}      # the same, by path
        self.keys = set()
        self.product = set()    # C files of the program
        self.system = set()     # <...> headers
        self.texts = []         # (path, line, text, is a document)

    # -- collecting --------------------------------------------------------

    def path(self, path):
        """A file of the tree."""
        self.paths.add(path)
        while path := posixpath.dirname(path):
            self.paths.add(path)

    def source(self, src, product):
        """A C file; tests may cite, but are not what is cited."""
        for m in src.comments:
            self.texts.append((src.path, src.line_of(m.start()),
                               plain(m.group()), False))
        self.system.update(name for _, kind, name in src.includes()
                           if kind == '<')
        if product:
            self.product.add(src.path)
            # Strings, too: elements and words of a platform are names.
            text = src.text
            for m in reversed(src.comments):
                text = text[:m.start()] + text[m.end():]
            words = set(re.findall(r'[A-Za-z_]\w*', text))
            self.words_of[src.path] = words
            self.words.update(words)
            self.keys.update(OPTION.findall(text))

    def document(self, path, text):
        """A text for people, in Markdown."""
        name = posixpath.basename(path)
        self.headings[name] = set(
            h.strip(' #`').replace('`', '')
            for h in re.findall(r'^#+ .*$', text, re.M))
        shown = re.sub(r'^    .*$', '', text, flags=re.M)   # examples
        for m in re.finditer(r'(?:^(?!$).*\n?)+', shown, re.M):
            line = text.count('\n', 0, m.start()) + 1
            self.texts.append((path, line, ' '.join(m.group().split('\n')),
                               True))

    def script(self, path, text):
        """A script: only its comments on lines of their own."""
        for m in re.finditer(r'^[ \t]*(?:#|dnl\b).*$', text, re.M):
            self.texts.append((path, text.count('\n', 0, m.start()) + 1,
                               plain(m.group()), False))

    # -- judging -----------------------------------------------------------

    def check(self):
        for path, line, text, document in self.texts:
            for what in self.missing(path, text, document):
                self.say(path, line, what)

    def missing(self, path, text, document):
        for name in FILE.findall(text) + FOLDER.findall(text):
            if not self.is_file(name, path):
                yield f'names {name}, which is not there'
        for name, heading in HEADING.findall(text):
            if heading not in self.headings.get(name, ()):
                yield f'{name} has no heading "{heading}"'
        for name, mark in WORD.findall(text):
            if path != PLATFORMS and not self.is_word(name, mark):
                yield f'names `{name}{mark}`, which is not there'
        for name, where in PLACED.findall(text):
            if name not in self.words_of.get(where, ()):
                yield f'{where} has no {name}()'
        for name in [] if document else NAME.findall(text):
            if path in self.product and not self.is_word(name, ''):
                yield f'names {name}, which is not there'
        for tag in [] if document else TAG.findall(text):
            yield f'{tag} stands nowhere: cite a heading of src/doc'

    def is_file(self, name, path):
        name = name.rstrip('/')
        here = posixpath.join(posixpath.dirname(path), name)
        # A program is built from a file of its name.
        return (name in self.paths or f'{name}.c' in self.paths or
                name in self.system or
                posixpath.normpath(here) in self.paths or
                any(p.endswith('/' + name) for p in self.paths))

    def is_word(self, name, mark):
        if mark == ':':
            return name in self.keys or name in self.words
        if name.startswith(FOREIGN_WORDS):
            return True
        for ending in SOURCES:
            if name.removesuffix(ending) in self.keys:
                return True
        return name in self.keys or name in self.words
