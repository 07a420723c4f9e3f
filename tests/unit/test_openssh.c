/*
 * The ssh program: its command line, its words, and its questions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/secret.h"
#include "../../src/base/base64.h"
#include "../../transfer/openssh_internal.h"
#include "../../transfer/xfer_internal.h"

#define PIN	"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static char host[] = "files.example.com";

struct bench {
	struct openssh	c;
	struct xfer	x;
	struct err	e;
	char		answer[4096];
	char		key[200];	/* of a server, in base64 */
	char		print[HOSTKEY_PRINT];
	const char	*pins[2];
};

static int
setup(void **state)
{
	/* Type ssh-ed25519 and 32 bytes. */
	unsigned char blob[51] = "\0\0\0\13ssh-ed25519\0\0\0\40";
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	memset(blob + 19, 'k', 32);
	base64_encode(blob, sizeof(blob), b->key);
	hostkey_print(blob, sizeof(blob), b->print);
	b->x.url.host = host;
	b->x.url.port = 2222;
	b->x.times.connect_ms = 1500;
	b->x.times.final_ms = 300000;
	b->c.x = &b->x;
	b->c.pid = getpid();	/* the ssh that starts the helper */
	b->c.fd = b->c.said_fd = b->c.listener = b->c.helper =
	    b->c.life = -1;
	b->c.plan = (struct openssh_plan){
		.x = &b->x, .user = "pos", .self = "/bin/self", .family = -1,
	};
	err_clear(&b->e);
	err_clear(&b->c.why);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	openssh_listen_end(&b->c);
	free(b);
	return 0;
}

static bool
has(const struct openssh_list *l, const char *word)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->word[i], word) == 0)
			return true;
	return false;
}

static void
arguments_of_a_key_login(void **state)
{
	struct bench *b = *state;
	struct openssh_list l;

	b->x.target.identity_file = "/k/100%/id";
	b->c.plan.agent = "/agent";
	assert_int_equal(openssh_arguments(&b->c.plan, &l, &b->e), 0);
	assert_string_equal(l.word[1], "-F");
	assert_string_equal(l.word[2], "none");
	assert_true(has(&l, "-oBatchMode=yes"));
	assert_true(has(&l, "-oStrictHostKeyChecking=yes"));
	assert_true(has(&l, "-oUserKnownHostsFile=none"));
	assert_true(has(&l, "-oIdentityAgent=none"));
	assert_true(has(&l, "/k/100%%/id"));
	assert_true(has(&l, "-oHostKeyAlgorithms=-*-cert-v01@openssh.com"));
	assert_true(has(&l, "-oPreferredAuthentications=publickey"));
	assert_true(has(&l, "-oConnectTimeout=4"));
	assert_true(has(&l, "2222"));
	assert_string_equal(l.word[l.n - 3], "--");
	assert_string_equal(l.word[l.n - 2], host);
	assert_string_equal(l.word[l.n - 1], "sftp");
	assert_null(l.word[l.n]);
	openssh_list_free(&l);
}

static void
no_secret_goes_along(void **state)
{
	static const char word[] = "correct horse";
	struct bench *b = *state;
	struct openssh_list l, v;
	size_t i;

	b->x.target.password = secret_new(word, sizeof(word) - 1, &b->e);
	b->c.plan.asks = true;
	setenv("MY_PASSWORD", word, 1);
	assert_int_equal(openssh_arguments(&b->c.plan, &l, &b->e), 0);
	assert_int_equal(openssh_variables(&b->c.plan, "/s", &v, &b->e), 0);
	assert_true(has(&l, "-oBatchMode=no"));
	assert_true(has(&l, "-oPreferredAuthentications=password,"
	    "keyboard-interactive"));
	assert_true(has(&v, "SSH_ASKPASS_REQUIRE=force"));
	assert_true(has(&v, OPENSSH_SOCKET "=/s"));
	for (i = 0; i < l.n; i++)
		assert_null(strstr(l.word[i], word));
	for (i = 0; i < v.n; i++)
		assert_null(strstr(v.word[i], word));
	unsetenv("MY_PASSWORD");
	openssh_list_free(&l);
	openssh_list_free(&v);
	secret_free((struct secret *)b->x.target.password);
}

static void
arguments_with_a_configuration(void **state)
{
	struct bench *b = *state;
	struct openssh_list l;

	b->x.target.ssh_config = "/etc/my.conf";
	b->c.plan.aes = true;
	b->c.plan.certs = true;
	b->c.plan.family = HOSTKEY_RSA;
	assert_int_equal(openssh_arguments(&b->c.plan, &l, &b->e), 0);
	assert_true(has(&l, "/etc/my.conf"));
	assert_false(has(&l, "-oIdentityFile=none"));
	assert_false(has(&l, "-oCiphers=^aes128-gcm@openssh.com"));
	assert_false(has(&l, "-oHostKeyAlgorithms=rsa-sha2-512,"
	    "rsa-sha2-256"));
	openssh_list_free(&l);
}

static void
words(void **state)
{
	static const struct {
		const char	*said;
		enum err_code	 code;
		const char	*line;
	} rows[] = {
		{ "", ERR_BROKEN, "" },
		{ "Authenticated to x\n", ERR_BROKEN, "" },
		{ "hello\r\nworld\r\n", ERR_BROKEN, "world" },
		{ "ssh: Could not resolve hostname x: Name or service not "
		    "known\r\n", ERR_RESOLVE, "ssh: Could not resolve "
		    "hostname x: Name or service not known" },
		{ "Unable to negotiate with 1.2.3.4 port 22: no matching "
		    "cipher found.\n", ERR_PROTOCOL, "Unable to negotiate "
		    "with 1.2.3.4 port 22: no matching cipher found." },
		/* The cause comes before what followed from it. */
		{ "Load key \"/k\": invalid format\nu@h: Permission denied "
		    "(publickey).\n", ERR_SECRET, "Load key \"/k\": invalid "
		    "format" },
		{ "u@h: Permission denied (publickey).\n", ERR_LOGIN,
		    "u@h: Permission denied (publickey)." },
		{ "x\nsubsystem request failed on channel 0\nConnection "
		    "closed.\n", ERR_UNSUPPORTED,
		    "subsystem request failed on channel 0" },
		{ "Certificate invalid: expired\r\nNo ED25519 host key is "
		    "known for [h]:22 and you have requested strict "
		    "checking.\r\nHost key verification failed.\r\n",
		    ERR_HOSTKEY,
		    "Certificate invalid: expired; No ED25519 host key is "
		    "known for [h]:22 and you have requested strict checking; "
		    "Host key verification failed." },
		{ "Host key verification failed.\r\nConnection closed by "
		    "UNKNOWN port 65535\r\n", ERR_HOSTKEY,
		    "Host key verification failed." },
		{ "kex_exchange_identification: Connection closed by remote "
		    "host\r\nConnection closed by 1.2.3.4 port 22\r\n",
		    ERR_CONNECT, "kex_exchange_identification: Connection "
		    "closed by remote host; Connection closed by 1.2.3.4 port "
		    "22" },
		{ "a notice\nof two lines\nu@h: Permission denied (none).\n",
		    ERR_LOGIN, "u@h: Permission denied (none)." },
		{ "a\33[31mred", ERR_BROKEN, "a\\x1b[31mred" },
	};
	char line[1200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(openssh_explain(rows[i].said, ERR_BROKEN, line,
		    sizeof(line)), rows[i].code);
		assert_string_equal(line, rows[i].line);
	}
}

static void
login_is_seen(void **state)
{
	(void)state;
	assert_false(openssh_logged_in(""));
	assert_false(openssh_logged_in("not Authenticated to x\n"));
	assert_false(openssh_logged_in("Authenticated to half a li"));
	assert_true(openssh_logged_in("Hi\nAuthenticated to x using \"y\".\n"));
}

/* Be the process that ssh starts, with these arguments; its exit code. */
static int
question(struct bench *b, const char *p, const char *q, const char *r,
    const char *s)
{
	char *argv[] = { (char *)"self", (char *)p, (char *)q, (char *)r,
	    (char *)s, NULL };
	int argc = q == NULL ? 2 : 5, out[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	if ((pid = fork()) == 0) {
		dup2(out[1], STDOUT_FILENO);
		setenv(OPENSSH_SOCKET, b->c.name, 1);
		_exit(xfer_helper(argc, argv));
	}
	close(out[1]);
	while (waitpid(pid, &status, WNOHANG) == 0)
		openssh_answer(&b->c);
	n = read(out[0], b->answer, sizeof(b->answer) - 1);
	close(out[0]);
	b->answer[n > 0 ? n : 0] = '\0';
	return WEXITSTATUS(status);
}

static void
host_keys_are_judged(void **state)
{
	struct bench *b = *state;
	char want[300];

	assert_int_equal(openssh_listen(&b->c, &b->e), 0);
	b->x.target.host_keys = b->pins;
	b->pins[0] = b->print;
	assert_int_equal(question(b, "hostkey", "HOSTNAME", "[h]:2222",
	    b->key), 0);
	snprintf(want, sizeof(want), "[h]:2222 ssh-ed25519 %s\n", b->key);
	assert_string_equal(b->answer, want);
	assert_string_equal(b->x.host_print, b->print);

	b->pins[0] = PIN;
	assert_int_not_equal(question(b, "hostkey", "HOSTNAME", "[h]:2222",
	    b->key), 0);
	assert_string_equal(b->answer, "");
	assert_int_equal(b->c.verdict, XFER_KEY_CHANGED);
	assert_int_equal(b->c.why.code, ERR_HOSTKEY);

	b->x.target.host_keys = NULL;
	assert_int_not_equal(question(b, "hostkey", "HOSTNAME", "[h]:2222",
	    b->key), 0);
	assert_int_equal(b->c.verdict, XFER_KEY_UNKNOWN);
	assert_int_not_equal(question(b, "hostkey", "HOSTNAME", "[h]:2222",
	    "@@"), 0);
	assert_int_equal(b->c.why.code, ERR_PROTOCOL);
}

static void
secrets_are_given_once(void **state)
{
	struct bench *b = *state;

	assert_int_equal(openssh_listen(&b->c, &b->e), 0);
	b->x.target.password = secret_new("pw 1", 4, &b->e);
	assert_int_not_equal(question(b, "Enter passphrase for key '/k': ",
	    NULL, NULL, NULL), 0);
	assert_int_equal(question(b, "u@h's password: ", NULL, NULL, NULL),
	    0);
	assert_string_equal(b->answer, "pw 1\n");
	assert_int_not_equal(question(b, "u@h's password: ", NULL, NULL,
	    NULL), 0);
	assert_string_equal(b->answer, "");
	b->x.target.passphrase = secret_new("pp 2", 4, &b->e);
	assert_int_equal(question(b, "Enter passphrase for key '/k': ",
	    NULL, NULL, NULL), 0);
	assert_string_equal(b->answer, "pp 2\n");
	secret_free((struct secret *)b->x.target.password);
	secret_free((struct secret *)b->x.target.passphrase);
}

/* The ssh that leads to a jump host asks for that host. */
static void
no_other_ssh_is_answered(void **state)
{
	struct bench *b = *state;

	assert_int_equal(openssh_listen(&b->c, &b->e), 0);
	b->x.target.password = secret_new("pw 1", 4, &b->e);
	b->x.target.host_keys = b->pins;
	b->pins[0] = b->print;
	b->c.pid = getppid();
	assert_int_not_equal(question(b, "u@h's password: ", NULL, NULL,
	    NULL), 0);
	assert_string_equal(b->answer, "");
	assert_int_not_equal(question(b, "hostkey", "HOSTNAME", "[h]:2222",
	    b->key), 0);
	assert_string_equal(b->answer, "");
	b->c.pid = getpid();
	assert_int_equal(question(b, "u@h's password: ", NULL, NULL, NULL),
	    0);
	secret_free((struct secret *)b->x.target.password);
}

static void
no_call_for_help(void **state)
{
	char *argv[] = { (char *)"self", NULL };

	(void)state;
	unsetenv(OPENSSH_SOCKET);
	assert_int_equal(xfer_helper(1, argv), -1);
	setenv(OPENSSH_SOCKET, "/nonexistent/socket", 1);
	assert_int_equal(xfer_helper(1, argv), 1);
	unsetenv(OPENSSH_SOCKET);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(arguments_of_a_key_login), TEST(no_secret_goes_along),
		TEST(arguments_with_a_configuration), TEST(words),
		TEST(login_is_seen), TEST(host_keys_are_judged),
		TEST(secrets_are_given_once), TEST(no_other_ssh_is_answered),
		TEST(no_call_for_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
