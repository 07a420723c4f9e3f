#!/bin/sh
# vsftpd.sh STATE_DIR: vsftpd with anonymous logins, whose home is STATE/root
# and who may write in STATE/root/in.  Environment:
#
#	MODE=ftp|ftpes|ftps	plain (default), explicit or implicit TLS
#	TLS_ONLY=1.2|1.3	the only version of TLS it takes
#	VSFTPD_EXTRA		more configuration lines
#	COUPONDROP_VSFTPD	the program; default: the one in PATH
#
# STATE/log has one CONNECT for each control connection.
# With TLS, a data connection must resume the session of its control
# connection and end with TLS's own good-bye: the strictest server there is.
# Local users would need PAM and the rights of root; who logs in here is "ftp".
. "$(dirname "$0")/lib.sh"

PASSIVE=40	# ports for data connections, right after the first
vsftpd=${COUPONDROP_VSFTPD:-vsftpd}
command -v "$vsftpd" > /dev/null || die "there is no vsftpd"
mkdir -p "$ROOT/in" "$STATE/empty"
chmod a-w "$ROOT" "$STATE/empty"

# It knows no switch for TLS versions of today; OpenSSL's own file has one.
openssl_lines() {
	echo 'openssl_conf = init'
	echo '[init]'
	echo 'ssl_conf = ssl'
	echo '[ssl]'
	echo 'system_default = versions'
	echo '[versions]'
	[ -z "${TLS_ONLY:-}" ] || cat <<-C
	MinProtocol = TLSv$TLS_ONLY
	MaxProtocol = TLSv$TLS_ONLY
	C
}

tls_lines() {
	case ${MODE:-ftp} in
	ftp)	return ;;
	ftpes)	_implicit=NO ;;
	ftps)	_implicit=YES ;;
	*)	die "MODE is ftp, ftpes or ftps" ;;
	esac
	make_cert
	cat <<-C
	ssl_enable=YES
	ssl_tlsv1=YES
	ssl_ciphers=HIGH
	allow_anon_ssl=YES
	force_anon_logins_ssl=YES
	force_anon_data_ssl=YES
	rsa_cert_file=$STATE/cert.pem
	rsa_private_key_file=$STATE/key.pem
	implicit_ssl=$_implicit
	require_ssl_reuse=YES
	strict_ssl_read_eof=YES
	debug_ssl=YES
	C
}

start() {
	cat > "$STATE/vsftpd.conf" <<-C
	listen=YES
	background=NO
	listen_address=127.0.0.1
	listen_port=$PORT
	pasv_address=127.0.0.1
	pasv_min_port=$((PORT + 1))
	pasv_max_port=$((PORT + PASSIVE))
	run_as_launching_user=YES
	secure_chroot_dir=$STATE/empty
	seccomp_sandbox=NO
	local_enable=NO
	anonymous_enable=YES
	no_anon_password=NO
	anon_root=$ROOT
	anon_umask=022
	anon_world_readable_only=NO
	write_enable=YES
	anon_upload_enable=YES
	anon_mkdir_write_enable=YES
	anon_other_write_enable=YES
	xferlog_enable=YES
	log_ftp_protocol=YES
	vsftpd_log_file=$STATE/log
	$(tls_lines)
	${VSFTPD_EXTRA:-}
	C
	openssl_lines > "$STATE/openssl.cnf"
	OPENSSL_CONF=$STATE/openssl.cnf "$vsftpd" "$STATE/vsftpd.conf" \
	    > "$STATE/start.log" 2>&1 &
	# It ends when somebody else has the port, who would look like it.
	wait_up "$PORT" && sleep 0.1 && kill -0 $! 2> /dev/null &&
	    echo $! > "$STATE/pid"
}

start_on $((PASSIVE + 1)) start
