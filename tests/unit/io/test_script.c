/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vd_io_script.h"
#include "vd_test.h"

/* A folder of root's in /tmp, where the sticky bit guards it; most tests are about root's scripts and need it. */
static char dir[] = "/tmp/vd-script-XXXXXX";
static struct vd_strbuf why;

static const char *
path(const char *name)
{
	static char text[4][256];
	static unsigned int turn;
	char *p = text[turn++ % 4];

	snprintf(p, sizeof(text[0]), "%s/%s", dir, name);
	return p;
}

static void
put(const char *name, mode_t mode)
{
	int fd = open(path(name), O_WRONLY | O_CREAT, 0700);

	CU_ASSERT_FATAL(fd >= 0 && write(fd, "#!/bin/sh\n", 10) == 10);
	CU_ASSERT(fchmod(fd, mode) == 0);
	close(fd);
}

static void
folder(const char *name, mode_t mode)
{
	CU_ASSERT(mkdir(path(name), 0700) == 0 && chmod(path(name), mode) == 0);
}

static struct vd_io_script
check_as(const char *command, uid_t uid, gid_t gid)
{
	const struct vd_io_user u = {.known = true, .has = true, .uid = uid, .gid = gid};

	vd_strbuf_reset(&why);
	return vd_io_script_check(command, &u, &why);
}

static enum vd_io_script_verdict
verdict(const char *name)
{
	return check_as(path(name), 0, 0).verdict;
}

/* The sentence, with $D for the folder. */
static bool
said(const char *want)
{
	struct vd_strbuf b = {0};
	bool same;

	for (; *want != '\0'; want++) {
		if (want[0] == '$' && want[1] == 'D') {
			vd_strbuf_puts(&b, dir);
			want++;
		} else {
			vd_strbuf_putc(&b, *want);
		}
	}
	same = why.len == b.len && (b.len == 0 || strcmp(why.s, b.s) == 0);
	if (!same)
		printf("\nsaid: %s\nwant: %s\n", why.s == NULL ? "" : why.s, b.s);
	vd_strbuf_free(&b);
	return same;
}

static void
test_good(void)
{
	struct vd_io_script s;

	put("good", 0755);
	s = check_as(path("good"), 0, 0);
	CU_ASSERT(s.verdict == VD_IO_SCRIPT_OK && s.as_root && said(""));
	/* Group 0 writes as root does; the sticky bit of /tmp guards the folder. */
	put("of_group_0", 0775);
	CU_ASSERT(verdict("of_group_0") == VD_IO_SCRIPT_OK);
	/* Words after the first are arguments. */
	CU_ASSERT(check_as("/bin/sh -c \"exit 0\" /nowhere", 0, 0).verdict == VD_IO_SCRIPT_OK);
	CU_ASSERT(check_as("'/bin/sh' x", 0, 0).verdict == VD_IO_SCRIPT_OK);
}

static void
test_as_we_run(void)
{
	const struct vd_io_user us = {.known = true};
	struct vd_io_script s = vd_io_script_check("/bin/sh", &us, &why);

	CU_ASSERT(s.verdict == VD_IO_SCRIPT_OK);
	CU_ASSERT(s.as_root == (geteuid() == 0 || getegid() == 0));
}

static void
test_no_command(void)
{
	CU_ASSERT(check_as("", 0, 0).verdict == VD_IO_SCRIPT_NO_COMMAND);
	CU_ASSERT(check_as("   ", 0, 0).verdict == VD_IO_SCRIPT_NO_COMMAND);
	CU_ASSERT(check_as("'/bin/sh", 0, 0).verdict == VD_IO_SCRIPT_NO_COMMAND);
	CU_ASSERT(said("no program, or a quote that is never closed, in: '/bin/sh"));
}

static void
test_path(void)
{
	char old[4096], both[600];

	snprintf(old, sizeof(old), "%s", getenv("PATH"));
	folder("bin", 0755);
	folder("late", 0755);
	put("bin/prog", 0644);
	put("late/prog", 0755);
	setenv("PATH", path("bin"), 1);
	CU_ASSERT(check_as("prog x", 0, 0).verdict == VD_IO_SCRIPT_NOT_FOUND);
	CU_ASSERT(said("prog is in no folder of PATH"));
	/* What nobody may execute is passed over, as execvp() does. */
	snprintf(both, sizeof(both), "%s:%s", path("bin"), path("late"));
	setenv("PATH", both, 1);
	CU_ASSERT(check_as("prog x", 0, 0).verdict == VD_IO_SCRIPT_OK);
	chmod(path("late"), 0777);
	CU_ASSERT(check_as("prog x", 0, 0).verdict == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(said("$D/late/prog runs as root, and $D/late is writable by others (mode 0777)"));
	setenv("PATH", old, 1);
}

static void
test_not_found(void)
{
	put("file", 0755);
	CU_ASSERT(verdict("none") == VD_IO_SCRIPT_NOT_FOUND);
	CU_ASSERT(said("$D/none does not exist"));
	CU_ASSERT(verdict("none/x") == VD_IO_SCRIPT_NOT_FOUND);
	CU_ASSERT(verdict("file/x") == VD_IO_SCRIPT_NOT_FOUND);
	CU_ASSERT(said("$D/file/x cannot be reached: $D/file: Not a directory"));
	CU_ASSERT(symlink("nowhere", path("dangling")) == 0);
	CU_ASSERT(verdict("dangling") == VD_IO_SCRIPT_NOT_FOUND);
	CU_ASSERT(symlink("loop", path("loop")) == 0);
	CU_ASSERT(verdict("loop") == VD_IO_SCRIPT_NOT_FOUND);
	CU_ASSERT(said("$D/loop cannot be reached: $D/loop: Too many levels of symbolic links"));
}

static void
test_not_executable(void)
{
	put("plain", 0644);
	folder("folder", 0755);
	CU_ASSERT(verdict("plain") == VD_IO_SCRIPT_NOT_EXECUTABLE);
	CU_ASSERT(said("$D/plain may not be executed by root (mode 0644)"));
	CU_ASSERT(verdict("folder") == VD_IO_SCRIPT_NOT_EXECUTABLE);
	CU_ASSERT(said("$D/folder is not a file"));
	/* It cannot be run, so it cannot do harm. */
	put("plain_open", 0666);
	CU_ASSERT(verdict("plain_open") == VD_IO_SCRIPT_NOT_EXECUTABLE);
}

/* User 4711 of group 4712, whom no machine knows. */
static void
test_whose_it_is_counts(void)
{
	put("owner", 0744);
	put("group", 0654);
	put("other", 0665);
	CU_ASSERT(chmod(dir, 0755) == 0);
	CU_ASSERT(chown(path("owner"), 4711, 0) == 0 && chown(path("group"), 0, 4712) == 0);
	CU_ASSERT(check_as(path("owner"), 4711, 4712).verdict == VD_IO_SCRIPT_OK);
	CU_ASSERT(check_as(path("owner"), 4713, 4712).verdict == VD_IO_SCRIPT_NOT_EXECUTABLE);
	CU_ASSERT(said("$D/owner may not be executed by 4713 (mode 0744)"));
	CU_ASSERT(check_as(path("group"), 4711, 4712).verdict == VD_IO_SCRIPT_OK);
	CU_ASSERT(check_as(path("group"), 4711, 4713).verdict == VD_IO_SCRIPT_NOT_EXECUTABLE);
	CU_ASSERT(check_as(path("other"), 4711, 4712).verdict == VD_IO_SCRIPT_OK);
	/* The nearest class decides, also against its members. */
	CU_ASSERT(chown(path("other"), 0, 4712) == 0 && chmod(path("other"), 0665) == 0);
	CU_ASSERT(check_as(path("other"), 4711, 4712).verdict == VD_IO_SCRIPT_NOT_EXECUTABLE);
	/* Not root's: others may write, which is theirs to judge. */
	put("open", 0777);
	CU_ASSERT(check_as(path("open"), 4711, 4712).verdict == VD_IO_SCRIPT_OK);
	CU_ASSERT(!check_as(path("open"), 4711, 4712).as_root);
	CU_ASSERT(check_as(path("open"), 4711, 0).verdict == VD_IO_SCRIPT_INSECURE);
}

static void
test_folder_that_its_user_may_not_enter(void)
{
	folder("closed", 0750);
	put("closed/x", 0755);
	CU_ASSERT(verdict("closed/x") == VD_IO_SCRIPT_OK);
	CU_ASSERT(check_as(path("closed/x"), 4711, 4712).verdict == VD_IO_SCRIPT_NOT_FOUND);
	CU_ASSERT(said("$D/closed/x cannot be reached: $D/closed may not be entered by 4711"));
}

static void
test_insecure_file(void)
{
	struct vd_io_script s;

	put("by_others", 0757);
	s = check_as(path("by_others"), 0, 0);
	CU_ASSERT(s.verdict == VD_IO_SCRIPT_INSECURE && s.as_root);
	CU_ASSERT(said("$D/by_others runs as root, and $D/by_others is writable by others (mode "
		       "0757)"));
	put("by_group", 0775);
	CU_ASSERT(chown(path("by_group"), 0, 4712) == 0 && chmod(path("by_group"), 0775) == 0);
	CU_ASSERT(verdict("by_group") == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(said("$D/by_group runs as root, and $D/by_group is writable by its group (mode "
		       "0775)"));
	/* Its owner can always give himself the right to write. */
	put("of_4711", 0555);
	CU_ASSERT(chown(path("of_4711"), 4711, 0) == 0);
	CU_ASSERT(verdict("of_4711") == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(said("$D/of_4711 runs as root, and $D/of_4711 belongs to 4711"));
}

static void
test_insecure_folder(void)
{
	folder("wide", 0777);
	folder("wide/own", 0755);
	put("wide/own/x", 0755);
	CU_ASSERT(verdict("wide/own/x") == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(said("$D/wide/own/x runs as root, and $D/wide is writable by others (mode "
		       "0777)"));
	CU_ASSERT(chmod(path("wide"), 01777) == 0);
	CU_ASSERT(verdict("wide/own/x") == VD_IO_SCRIPT_OK);
	CU_ASSERT(chmod(path("wide"), 0755) == 0 && chown(path("wide"), 4711, 0) == 0);
	CU_ASSERT(verdict("wide/own/x") == VD_IO_SCRIPT_INSECURE);
	/* ".." leads out of a folder, but one was in it. */
	CU_ASSERT(verdict("wide/../good") == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(verdict("./good") == VD_IO_SCRIPT_OK);
	CU_ASSERT(chdir(dir) == 0);
	CU_ASSERT(check_as("./good", 0, 0).verdict == VD_IO_SCRIPT_OK);
	CU_ASSERT(check_as("wide/own/x", 0, 0).verdict == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(chdir("/") == 0);
}

static void
test_links(void)
{
	folder("safe", 0755);
	put("safe/x", 0755);
	folder("unsafe", 0777);
	put("unsafe/x", 0755);
	CU_ASSERT(symlink("safe/x", path("to_safe")) == 0);
	CU_ASSERT(symlink(path("safe"), path("to_folder")) == 0);
	CU_ASSERT(symlink("unsafe/x", path("to_unsafe")) == 0);
	CU_ASSERT(symlink("../safe/x", path("unsafe/link")) == 0);
	CU_ASSERT(verdict("to_safe") == VD_IO_SCRIPT_OK);
	CU_ASSERT(verdict("to_folder/x") == VD_IO_SCRIPT_OK);
	CU_ASSERT(verdict("to_unsafe") == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(said("$D/to_unsafe runs as root, and $D/unsafe is writable by others (mode "
		       "0777)"));
	/* A link that others can replace may point anywhere tomorrow. */
	CU_ASSERT(verdict("unsafe/link") == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(lchown(path("to_safe"), 4711, 0) == 0);
	CU_ASSERT(verdict("to_safe") == VD_IO_SCRIPT_INSECURE);
	CU_ASSERT(said("$D/to_safe runs as root, and $D/to_safe belongs to 4711"));
}

static void
test_set_user_id(void)
{
	put("suid", 0755);
	CU_ASSERT(check_as(path("suid"), 4711, 4712).verdict == VD_IO_SCRIPT_OK);
	CU_ASSERT(chmod(path("suid"), 04755) == 0);
	CU_ASSERT(check_as(path("suid"), 4711, 4712).as_root);
	folder("suid_open", 0777);
	put("suid_open/x", 02755);
	CU_ASSERT(check_as(path("suid_open/x"), 4711, 4712).verdict == VD_IO_SCRIPT_INSECURE);
}

static void
test_users(void)
{
	const struct vd_io_user def = {.known = true, .has = true, .uid = 7, .gid = 8};
	struct vd_io_user u;

	vd_strbuf_reset(&why);
	CU_ASSERT(vd_io_user_find(&u, "root", NULL, &why));
	CU_ASSERT(u.known && u.has && u.uid == 0 && u.gid == 0);
	CU_ASSERT(!vd_io_user_find(&u, "vd-no-such-user", NULL, &why));
	CU_ASSERT(!u.known && said("there is no user vd-no-such-user"));
	vd_strbuf_reset(&why);
	CU_ASSERT(!vd_io_user_find(&u, "root", "vd-no-such-group", &why));
	CU_ASSERT(!u.known && said("there is no group vd-no-such-group"));
	CU_ASSERT(vd_io_user_of_line(&u, NULL, NULL, &def, &why) && u.uid == 7 && u.gid == 8);
	CU_ASSERT(vd_io_user_of_line(&u, "root", NULL, &def, &why) && u.uid == 0);
	CU_ASSERT(!vd_io_user_of_line(&u, NULL, NULL, &(struct vd_io_user){0}, &why));
	CU_ASSERT(vd_io_user_script(&u, NULL, NULL, &why) && u.known);
	CU_ASSERT(u.has == (getpwnam(VD_IO_SCRIPT_USER) != NULL));
	CU_ASSERT(!vd_io_user_script(&u, "vd-no-such-user", NULL, &why) && !u.known);
}

static const struct vd_test tests[] = {
		VD_TEST(test_as_we_run),
		VD_TEST(test_no_command),
		VD_TEST(test_users),
		VD_TEST(test_good),
		VD_TEST(test_path),
		VD_TEST(test_not_found),
		VD_TEST(test_not_executable),
		VD_TEST(test_whose_it_is_counts),
		VD_TEST(test_folder_that_its_user_may_not_enter),
		VD_TEST(test_insecure_file),
		VD_TEST(test_insecure_folder),
		VD_TEST(test_links),
		VD_TEST(test_set_user_id),
};

int
main(void)
{
	size_t n = geteuid() == 0 ? sizeof(tests) / sizeof(tests[0]) : 3;
	char rm[64];
	int failed;

	umask(022);
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) != 0)
		return 1;
	failed = vd_test_main("io/script", tests, n);
	snprintf(rm, sizeof(rm), "rm -rf %s", dir);
	vd_strbuf_free(&why);
	return system(rm) != 0 || failed;
}
