#!/bin/sh
# proftpd.sh STATE_DIR: ProFTPD with one user whose home is STATE/root.
# Environment:
#
#	MODE=ftp|ftpes|ftps	plain (default), explicit or implicit TLS
#	FTP_USER, FTP_PASSWORD	default drop and secret
#	TLS_PROTOCOL		default "TLSv1.2 TLSv1.3"
#	TLS_REQUIRED		default on
#	PROFTPD_EXTRA		more configuration lines
#
# STATE/commands.log has one PASS for each control connection.
# With TLS, a data connection must resume the session of its control
# connection, which is the server's default and what users meet.
. "$(dirname "$0")/lib.sh"

PASSIVE=20	# ports for data connections, right after the first
user=${FTP_USER:-drop}
password=$(printf '%s' "${FTP_PASSWORD:-secret}" | openssl passwd -5 -stdin)
printf '%s:%s:%s:%s::%s:/bin/false\n' "$user" "$password" "$(id -u)" \
    "$(id -g)" "$ROOT" > "$STATE/passwd"
printf '%s:x:%s:\n' "$(id -gn)" "$(id -g)" > "$STATE/group"
# It refuses login files that others may read, or in a folder all may write.
chmod 600 "$STATE/passwd" "$STATE/group"
chmod 755 "$STATE"

tls_lines() {
	case ${MODE:-ftp} in
	ftp)	return ;;
	ftpes)	_options= ;;
	ftps)	_options='TLSOptions UseImplicitSSL' ;;
	*)	die "MODE is ftp, ftpes or ftps" ;;
	esac
	make_cert
	cat <<-C
	LoadModule mod_tls.c
	TLSEngine on
	TLSRequired ${TLS_REQUIRED:-on}
	TLSLog $STATE/tls.log
	TLSProtocol ${TLS_PROTOCOL:-TLSv1.2 TLSv1.3}
	TLSECCertificateFile $STATE/cert.pem
	TLSECCertificateKeyFile $STATE/key.pem
	$_options
	C
}

start() {
	cat > "$STATE/proftpd.conf" <<-C
	ModulePath /usr/lib/proftpd
	ServerType standalone
	ServerName drop
	DefaultAddress 127.0.0.1
	SocketBindTight on
	Port $PORT
	PassivePorts $((PORT + 1)) $((PORT + PASSIVE))
	UseIPv6 off
	UseReverseDNS off
	WtmpLog off
	User $(id -un)
	Group $(id -gn)
	RootLogin on
	AuthOrder mod_auth_file.c
	AuthUserFile $STATE/passwd
	AuthGroupFile $STATE/group
	RequireValidShell off
	PidFile $STATE/pid
	ScoreboardFile $STATE/scoreboard
	DelayEngine off
	SystemLog $STATE/log
	TransferLog $STATE/transfer.log
	ExtendedLog $STATE/commands.log AUTH
	AllowOverwrite on
	$(tls_lines)
	${PROFTPD_EXTRA:-}
	C
	proftpd -c "$STATE/proftpd.conf" > "$STATE/start.log" 2>&1
}

start_on $((PASSIVE + 1)) start
