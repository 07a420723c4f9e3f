"""An FTP server whose ways can be chosen, for what real ones do only on bad
days."""

import contextlib
import hashlib
import os
import socket
import socketserver
import ssl
import struct
import threading

from stubs import Threaded


class Session(socketserver.StreamRequestHandler):
    """One control connection."""

    def handle(self):
        self.data = None
        self.source = None
        self.type = 'A'
        self.private = False
        with self.server.lock:
            self.asked = []
            self.server.asked.append(self.asked)
        with contextlib.suppress(OSError, ValueError):
            self.say('220 odd')
            while line := self.rfile.readline():
                text = line.decode().rstrip('\r\n')
                self.asked.append(text)
                word, _, rest = text.partition(' ')
                answer = getattr(self, 'do_' + word.lower(), None)
                if word in self.server.answers:
                    self.say(self.server.answers[word])
                elif answer is None:
                    self.say('502 not here')
                elif answer(rest) == 'end':
                    return

    def say(self, line):
        self.wfile.write(line.encode() + b'\r\n')
        self.wfile.flush()

    def do_user(self, _):
        self.say('331 password')

    def do_pass(self, _):
        self.say('230 in')

    def do_pwd(self, _):
        self.say('257 "/"')

    def do_type(self, kind):
        self.type = kind
        self.say('200 so be it')

    def do_feat(self, _):
        if not self.server.feat:
            self.say('502 not here')
            return
        self.say('211-it can')
        for word in self.server.feat:
            self.say(' ' + word)
        self.say('211 end')

    def do_auth(self, _):
        if self.server.auth is not None:
            self.say(self.server.auth)
            return
        self.say('234 go on')
        self.secure(self.request)

    def secure(self, sock):
        sock = self.server.tls.wrap_socket(sock, server_side=True)
        self.request = self.connection = sock
        self.rfile = sock.makefile('rb')
        self.wfile = sock.makefile('wb')

    def do_pbsz(self, _):
        self.say('200 0')

    def do_prot(self, level):
        self.private = level == 'P'
        self.say('200 so be it')

    def listen(self):
        if self.data is not None:
            self.data.close()
        self.data = socket.create_server(('127.0.0.1', 0))
        return self.data.getsockname()[1]

    def do_epsv(self, _):
        if self.server.epsv == 'no':
            self.say('500 what?')
        elif self.server.epsv == 'blocked':
            self.say(f'229 come (|||{self.server.hole.port}|)')
        else:
            self.say(f'229 come (|||{self.listen()}|)')

    def do_pasv(self, _):
        port = self.listen()
        where = ','.join(self.server.address.split('.'))
        self.say(f'227 come ({where},{port >> 8},{port & 255})')

    def open_data(self):
        self.data.settimeout(20)
        sock, _ = self.data.accept()
        if self.private:
            sock = self.server.tls.wrap_socket(sock, server_side=True)
        return sock

    def do_stor(self, path):
        self.say('150 go')
        self.server.types.append(self.type)
        body = b''
        with self.open_data() as sock:
            while block := sock.recv(65536):
                body += block
                if self.server.full or self.server.cut:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                    struct.pack('ii', 1, 0))
                    break
        if self.server.full:
            self.say(self.server.full)
            return None
        if self.server.cut:
            self.server.cut -= 1
            self.server.files[path] = body
            return 'end'
        self.server.files[path] = body[:self.server.keep]
        if self.server.lost:
            self.server.lost -= 1
            return 'end'
        if self.server.silent:
            self.server.silent -= 1
            self.server.patience.wait(self.server.delay)
        self.say('226 all is well')
        return None

    def do_opts(self, what):
        self.say('200 so be it' if 'HASH' in self.server.hashes and
                 what == 'HASH SHA-256' else '501 no')

    def tell_hash(self, command, line, path):
        if command not in self.server.hashes:
            self.say('502 not here')
        elif path not in self.server.files:
            self.say('550 no such file')
        else:
            self.say(line.format(hashlib.sha256(
                self.server.files[path][:self.server.hashed]).hexdigest()))

    def do_hash(self, path):
        self.tell_hash('HASH', '213 SHA-256 0-9 {} ' + path, path)

    def do_xsha256(self, path):
        self.tell_hash('XSHA256', '250 {}', path)

    def do_retr(self, path):
        if path not in self.server.files:
            self.say('550 no such file')
            return
        self.say('150 here it is')
        with self.open_data() as sock:
            sock.sendall(self.server.files[path])
            if self.private and self.server.polite:
                sock.unwrap()
        self.say('226 all is well')

    def do_size(self, path):
        if not self.server.sizes:
            self.say('502 not here')
        elif path in self.server.files and self.server.sees:
            self.say(f'213 {len(self.server.files[path])}')
        else:
            self.say(self.server.unseen)

    def do_dele(self, path):
        if self.server.dele is not None:
            self.say(self.server.dele)
            return
        gone = self.server.files.pop(path, None)
        self.say('550 no such file' if gone is None else '250 gone')

    def do_mlsd(self, _):
        if not self.server.lists:
            self.say('500 what?')
            return
        self.say('150 here it is')
        with self.open_data() as sock:
            for name, body in self.server.files.items():
                sock.sendall(f'type=file;size={len(body)}; {name}\r\n'
                             .encode())
        self.say('226 all is well')

    def do_nlst(self, _):
        if not self.server.names:
            self.say('550 Not enough privileges.')
            return
        self.say('150 here it is')
        with self.open_data() as sock:
            for name in map(os.path.basename, self.server.files):
                if name[0] != '.':
                    sock.sendall(f'{name}\r\n'.encode())
        self.say('226 all is well')

    def do_rnfr(self, path):
        self.source = path
        self.say('350 to what?' if path in self.server.files else
                 '550 no such file')

    def do_rnto(self, path):
        if self.server.taken is not None and path in self.server.files:
            self.say(self.server.taken)
            return
        self.server.files[path] = self.server.files.pop(self.source)
        self.say('250 done')

    def do_quit(self, _):
        if self.server.mute:
            self.server.patience.wait(self.server.delay)
        self.say('221 bye')
        return 'end'


class Hole:
    """A port where nobody ever answers: its queue is full."""

    def __init__(self):
        self.socks = [socket.socket()]
        self.socks[0].bind(('127.0.0.1', 0))
        self.socks[0].listen(0)
        self.port = self.socks[0].getsockname()[1]
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(('127.0.0.1', self.port))
            self.socks.append(sock)

    def close(self):
        for sock in self.socks:
            sock.close()


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def server_close(self):
        self.patience.set()
        if self.hole is not None:
            self.hole.close()
        super().server_close()


def server(cert=None, **ways):
    """Its ways, which can be changed at any time:

    epsv: 'yes', 'no', or 'blocked' (promised, but unreachable); address: what
    PASV tells; keep: bytes of an upload that are kept; lost: how many uploads
    end with the control connection; silent: how many are answered late, after
    delay seconds; mute: QUIT is answered that late, too; sizes: SIZE works;
    polite: TLS on data ends with its good-bye; hashes: of HASH and XSHA256
    those that it has, over so many bytes as hashed says; dele: what DELE is
    answered with, while nothing goes; lists: MLSD works; names: NLST does, but
    not for hidden names; sees: SIZE finds what is there; unseen: what it says
    of what it does not find; answers: replies to other commands; full: what is
    said once some bytes have come, and no more are taken; cut: how many
    uploads end there with the control connection; feat: lines of
    FEAT; auth: what AUTH is answered with, while there is no TLS; taken: what
    RNTO is answered with, where the new name is taken.  files is what it has,
    types the TYPE of each
    upload, asked the commands of each control connection.
    """
    s = Server(('127.0.0.1', 0), Session)
    s.lock = threading.Lock()
    s.patience = threading.Event()
    s.files, s.types, s.asked = {}, [], []
    s.hole = Hole() if ways.get('epsv') == 'blocked' else None
    s.__dict__.update({
        'epsv': 'yes', 'address': '127.0.0.1', 'keep': None, 'lost': 0,
        'silent': 0, 'delay': 300, 'mute': False, 'sizes': True,
        'polite': True, 'hashes': (), 'hashed': None, 'dele': None,
        'lists': True, 'names': False, 'sees': True,
        'unseen': '550 no such file', 'answers': {}, 'full': None, 'cut': 0,
        'feat': (), 'auth': None,
        'taken': None, **ways})
    if cert is not None:
        s.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        s.tls.load_cert_chain(cert, cert.replace('cert.pem', 'key.pem'))
    return Threaded(s)


def words(asked):
    """The commands of one connection without what follows them."""
    return [line.partition(' ')[0] for line in asked]
