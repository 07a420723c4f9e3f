#!/bin/sh
# sshd.sh STATE_DIR: OpenSSH with SFTP, for the user who runs this, by key.
# Environment:
#
#	HOSTKEYS	types of host keys, default "ed25519 ecdsa"
#	SFTP_SERVER	the sftp subsystem, default "internal-sftp"
#	SSHD_EXTRA	more lines for sshd_config; they win over the usual ones
#	SSHD_DISK	size of a disk of its own for the files, as tmpfs(5) has
#			it; needs root.  Only the server sees them.
#
# Makes STATE/id_ed25519 and id_ecdsa (the login keys) and known_hosts (with
# the port).  Paths are absolute: URLs are sftp://USER@127.0.0.1:PORT/STATE/root
. "$(dirname "$0")/lib.sh"

hostkeys=${HOSTKEYS:-ed25519 ecdsa}
for type in $hostkeys; do
	make_key "$STATE/host_$type" "$type"
done
for type in ed25519 ecdsa; do
	make_key "$STATE/id_$type" "$type"
done
cat "$STATE/id_ed25519.pub" "$STATE/id_ecdsa.pub" > "$STATE/authorized_keys"
chmod 600 "$STATE/authorized_keys"
# Started as root, sshd wants its empty folder even without privilege
# separation users of its own.
[ "$(id -u)" != 0 ] || mkdir -p -m 0755 /run/sshd
sshd=$(command -v sshd) || die "there is no sshd"

start() {
	{
		echo "${SSHD_EXTRA:-}"
		for type in $hostkeys; do
			echo "HostKey $STATE/host_$type"
		done
		cat <<-C
		Port $PORT
		ListenAddress 127.0.0.1
		PidFile $STATE/pid
		AuthorizedKeysFile $STATE/authorized_keys
		StrictModes no
		UsePAM no
		PermitRootLogin prohibit-password
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		LogLevel VERBOSE
		Subsystem sftp ${SFTP_SERVER:-internal-sftp}
		C
	} > "$STATE/sshd_config"
	set -- "$sshd"
	[ -z "${SSHD_DISK:-}" ] || set -- unshare -m sh -c 'mount -t tmpfs \
	    -o size="$1" tmpfs "$2" && shift 2 && exec "$@"' sh \
	    "$SSHD_DISK" "$ROOT" "$sshd"
	# It starts itself again for each connection: by absolute path only.
	"$@" -f "$STATE/sshd_config" -E "$STATE/log" \
	    > "$STATE/start.log" 2>&1
}

start_on 1 start
for type in $hostkeys; do
	awk -v p="$PORT" '{ print "[127.0.0.1]:" p, $1, $2 }' \
	    "$STATE/host_$type.pub"
done > "$STATE/known_hosts"
