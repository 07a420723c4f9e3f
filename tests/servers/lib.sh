# Shared by the server scripts; sourced, not run.
#
#	. "$(dirname "$0")/lib.sh" STATE_DIR
#
# Everything of a server lives in STATE_DIR: configuration, keys, log, root/
# (the files it serves), and once it answers: port and pid.  Servers bind
# 127.0.0.1 only and run as whoever calls, root included.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# in_use PORT: is there a TCP socket with this local port?  Asking the kernel
# instead of connecting also finds sockets that are closing.
in_use() {
	_hex=$(printf ':%04X' "$1")
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
	    awk -v p="$_hex" 'index($2, p) { found = 1 } END { exit !found }'
}

# random_port: below the range that the kernel gives to clients.
random_port() {
	_r=$(od -An -N2 -tu2 /dev/urandom)
	echo $((20000 + _r % 12000))
}

# free_port N: the first of N neighbouring ports nobody uses.
free_port() {
	while :; do
		_p=$(random_port)
		_i=0
		while [ $_i -lt "$1" ] && ! in_use $((_p + _i)); do
			_i=$((_i + 1))
		done
		[ $_i -lt "$1" ] || break
	done
	echo "$_p"
}

# wait_up PORT: until somebody listens there, 10 seconds at most.
wait_up() {
	_hex=$(printf '0100007F:%04X' "$1")
	_i=0
	while [ $_i -lt 200 ]; do
		awk -v p="$_hex" '$2 == p && $4 == "0A" { found = 1 }
		    END { exit !found }' /proc/net/tcp && return 0
		sleep 0.05
		_i=$((_i + 1))
	done
	return 1
}

# start_on N COMMAND: pick ports, let COMMAND (it writes the configuration for
# $PORT and starts the server) run, and try again on other ports when somebody
# was faster.
start_on() {
	_try=0
	while [ $_try -lt 5 ]; do
		PORT=$(free_port "$1")
		if "$2" && wait_up "$PORT" && [ -s "$STATE/pid" ]; then
			echo "$PORT" > "$STATE/port"
			return 0
		fi
		_try=$((_try + 1))
	done
	cat "$STATE/start.log" "$STATE/log" >&2 2>/dev/null || :
	die "the server does not start"
}

# make_cert: key.pem and a self-signed cert.pem for localhost, 127.0.0.1 and
# 127.0.0.2, where tests put a proxy.  It is good for 7 days; with CERT_LEFT in
# the environment for so many days more, and made a year ago.
make_cert() {
	[ -f "$STATE/cert.pem" ] && return 0
	if [ -n "${CERT_LEFT:-}" ]; then
		make_old_cert
	else
		request_cert -x509 -days 7 -out "$STATE/cert.pem"
	fi || die "no certificate could be made"
	chmod 600 "$STATE/key.pem"
}

request_cert() {
	openssl req "$@" -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -subj /CN=localhost \
	    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:127.0.0.2' \
	    -keyout "$STATE/key.pem" 2> /dev/null
}

# Only `openssl ca` takes a date to begin with.
make_old_cert() {
	mkdir -p "$STATE/ca"
	: > "$STATE/ca/index"
	cat > "$STATE/ca/config" <<-C
	[ca]
	default_ca = own
	[own]
	database = $STATE/ca/index
	new_certs_dir = $STATE/ca
	rand_serial = yes
	default_md = sha256
	policy = any
	copy_extensions = copy
	[any]
	commonName = supplied
	C
	request_cert -new -out "$STATE/ca/request.pem" &&
	    openssl ca -batch -notext -selfsign -config "$STATE/ca/config" \
	    -keyfile "$STATE/key.pem" -in "$STATE/ca/request.pem" \
	    -out "$STATE/cert.pem" \
	    -startdate "$(date -u -d '1 year ago' +%Y%m%d%H%M%SZ)" \
	    -enddate "$(date -u -d "$CERT_LEFT days" +%Y%m%d%H%M%SZ)" \
	    > /dev/null 2>&1
}

# make_key FILE TYPE: an SSH key pair without a passphrase.
make_key() {
	[ -f "$1" ] || ssh-keygen -q -t "$2" -m PEM -N '' -f "$1"
}

[ $# -ge 1 ] || die "usage: ${0##*/} STATE_DIR"
mkdir -p "$1/root"
STATE=$(cd "$1" && pwd)
ROOT=$STATE/root
rm -f "$STATE/pid" "$STATE/port"
