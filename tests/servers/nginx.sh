#!/bin/sh
# nginx.sh STATE_DIR: a WebDAV folder on nginx.  Environment:
#
#	TLS=1			https (and HTTP/2), certificate STATE/cert.pem
#	DAV_USER, DAV_PASSWORD	basic authentication
#	DAV_METHODS		default "PUT DELETE MOVE"
#	NGINX_EXTRA		more lines for the server
#
# STATE/access.log has "CONNECTION METHOD STATUS" for each request.
# Beside /: /small/ takes at most 64 KB (413), /busy answers 503 with
# Retry-After, /moved points elsewhere (301).
. "$(dirname "$0")/lib.sh"

listen_options=
tls=
if [ "${TLS:-0}" = 1 ]; then
	make_cert
	listen_options=' ssl http2'
	tls="ssl_certificate $STATE/cert.pem;
		ssl_certificate_key $STATE/key.pem;"
fi
auth=
if [ -n "${DAV_USER:-}" ]; then
	printf '%s:%s\n' "$DAV_USER" \
	    "$(printf '%s' "${DAV_PASSWORD:?}" | openssl passwd -5 -stdin)" \
	    > "$STATE/htpasswd"
	auth="auth_basic drop; auth_basic_user_file $STATE/htpasswd;"
fi
# As root, workers would become "nobody" and could not write the folder.
run_as=
[ "$(id -u)" != 0 ] || run_as='user root;'
mkdir -p "$STATE/tmp" "$ROOT/small"

start() {
	cat > "$STATE/nginx.conf" <<-C
	$run_as
	worker_processes 1;
	pid $STATE/pid;
	error_log $STATE/log warn;
	events { worker_connections 128; }
	http {
	    log_format connections '\$connection \$request_method \$status';
	    access_log $STATE/access.log connections;
	    client_body_temp_path $STATE/tmp/body;
	    proxy_temp_path $STATE/tmp/proxy;
	    fastcgi_temp_path $STATE/tmp/fastcgi;
	    uwsgi_temp_path $STATE/tmp/uwsgi;
	    scgi_temp_path $STATE/tmp/scgi;
	    default_type application/octet-stream;
	    server {
	        listen 127.0.0.1:$PORT$listen_options;
	        server_name localhost;
	        $tls
	        root $ROOT;
	        client_max_body_size 0;
	        ${NGINX_EXTRA:-}
	        dav_methods ${DAV_METHODS:-PUT DELETE MOVE};
	        location / { $auth }
	        location /small/ { client_max_body_size 64k; }
	        location /busy { add_header Retry-After 7 always; return 503; }
	        location /moved { return 301 /elsewhere; }
	    }
	}
	C
	nginx -e "$STATE/log" -c "$STATE/nginx.conf" > "$STATE/start.log" 2>&1
}

start_on 1 start
