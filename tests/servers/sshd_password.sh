#!/bin/sh
# sshd_password.sh STATE_DIR: OpenSSH with SFTP, by password.  Environment:
#
#	SSH_USER, SSH_PASSWORD	default mapp and secret; its home is STATE/root
#	SSHD_EXTRA		more lines for sshd_config; they win over the
#				usual ones
#	SSH_DIALOGUE		1: in a dialogue led by PAM, not in one message;
#				needs root
#
# sshd looks passwords up where the system has them, so it gets a passwd and a
# shadow of its own in a mount namespace, seen by nobody else.  Without the
# right to make one (not root, or root of a plain container), a user namespace
# gives it; an inner one makes sshd an ordinary user again, because as a
# would-be root it would try to change to users that do not exist there.
. "$(dirname "$0")/lib.sh"

user=${SSH_USER:-mapp}
hash=$(printf '%s' "${SSH_PASSWORD:-secret}" | openssl passwd -6 -stdin)
sshd=$(command -v sshd) || die "there is no sshd"

if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	uid=0
	gid=0
	mkdir -p -m 0755 /run/sshd
	outer='unshare -m'
	inner=
elif unshare -rm true 2>/dev/null; then
	uid=1000
	gid=1000
	outer='unshare -rm'
	inner="unshare -U --map-user=$uid --map-group=$gid"
else
	die "neither mount nor user namespaces may be made here"
fi

make_key "$STATE/host_ed25519" ed25519
{
	printf '%s:x:%s:%s::%s:/bin/sh\n' "$user" "$uid" "$gid" "$ROOT"
	printf 'sshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n'
} > "$STATE/passwd"
printf '%s:x:%s:\nnogroup:x:65534:\n' "$user" "$gid" > "$STATE/group"
(umask 077; printf '%s:%s:19000:0:99999:7:::\n' "$user" "$hash" \
    > "$STATE/shadow")

cat > "$STATE/private.sh" <<'C'
for file in passwd group shadow; do
	mount --bind "$STATE/$file" "/etc/$file" || exit 1
done
exec "$@"
C
pam=no
if [ "${SSH_DIALOGUE:-0}" = 1 ]; then
	[ -z "$inner" ] || die "only root has PAM"
	pam=yes
	mkdir -p "$STATE/pam"
	printf '%s\n' 'auth required pam_unix.so nodelay' \
	    'account required pam_permit.so' \
	    'session required pam_permit.so' > "$STATE/pam/sshd"
	sed -i '1i mount --bind "$STATE/pam" /etc/pam.d || exit 1' \
	    "$STATE/private.sh"
fi

start() {
	cat > "$STATE/sshd_config" <<-C
	${SSHD_EXTRA:-}
	Port $PORT
	ListenAddress 127.0.0.1
	PidFile $STATE/pid
	HostKey $STATE/host_ed25519
	AuthorizedKeysFile $STATE/authorized_keys
	StrictModes no
	UsePAM $pam
	PermitRootLogin yes
	PubkeyAuthentication no
	PasswordAuthentication $([ $pam = yes ] && echo no || echo yes)
	KbdInteractiveAuthentication $pam
	LogLevel VERBOSE
	Subsystem sftp internal-sftp
	C
	STATE=$STATE $outer sh "$STATE/private.sh" $inner \
	    "$sshd" -f "$STATE/sshd_config" -E "$STATE/log" \
	    > "$STATE/start.log" 2>&1
}

start_on 1 start
awk -v p="$PORT" '{ print "[127.0.0.1]:" p, $1, $2 }' \
    "$STATE/host_ed25519.pub" > "$STATE/known_hosts"
