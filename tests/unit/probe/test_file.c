/* SPDX-License-Identifier: BSD-3-Clause */
/* track_file and FILE_CHECK: files of the test's folder, written, renamed, removed. */
#include "probe_rig.h"

#define FILE_OF(more) "track_file f {\nfile $D/f\n" more "\n}\n"
#define CHECK(more) \
	"virtual_server 192.0.2.1 80 {\nprotocol TCP\nreal_server 127.0.0.1 80 {\nweight 10\n" \
	"FILE_CHECK {\ntrack_file f\n" more "\n}\n}\n}\n"

static struct vd_probe_view
file(void)
{
	return rig_view_of(VD_PROBE_FILE, 0);
}

static bool
told(int64_t value)
{
	return RIG_WAIT(rig_last().value == value);
}

/* As an editor does it: a new file in the place of the old one. */
static void
replace(const char *text)
{
	rig_put("f.new", text, 0644);
	rename(rig_path("f.new"), rig_path("f"));
}

static void
begin(const char *text, const char *conf)
{
	unlink(rig_path("f"));
	if (text != NULL)
		rig_put("f", text, 0644);
	rig_start();
	rig_configure(conf);
	CU_ASSERT(RIG_WAIT(rig_count() > 0));
}

static void
test_changes(void)
{
	struct vd_probe_view v;

	begin("-7\n", FILE_OF(""));
	CU_ASSERT(rig_last().kind == VD_PROBE_FILE && rig_last().value == -7);
	v = file();
	CU_ASSERT_STRING_EQUAL(v.type, "track_file");
	CU_ASSERT_STRING_EQUAL(v.name, "f");
	CU_ASSERT_STRING_EQUAL(v.state, "up");
	CU_ASSERT(v.value == -7 && v.next_run == VD_TIME_NEVER && v.changes == 0);
	rig_put("f", "12\n", 0644);
	CU_ASSERT(told(12));
	replace("13\n");
	CU_ASSERT(told(13));
	rename(rig_path("f"), rig_path("g"));
	CU_ASSERT(told(0));
	v = file();
	CU_ASSERT_STRING_EQUAL(v.last_error, "No such file or directory");
	CU_ASSERT_STRING_EQUAL(v.state, "down");
	rename(rig_path("g"), rig_path("f"));
	CU_ASSERT(told(13));
	CU_ASSERT_STRING_EQUAL(file().last_error, "");
	unlink(rig_path("f"));
	CU_ASSERT(told(0));
	/* The same number again is no news. */
	rig_put("f", "5\n", 0644);
	CU_ASSERT(told(5));
	rig_put("f", "5 \n", 0644);
	rig_put("f", "6\n", 0644);
	CU_ASSERT(told(6));
	rig_stop();
	for (size_t i = 1; i < rig.n; i++)
		CU_ASSERT(rig.v[i].value != rig.v[i - 1].value);
}

/* At once: a look once a second would take longer for all of them. */
static void
test_changes_are_told_at_once(void)
{
	vd_time began = vd_io_now();
	char text[16];

	begin("0\n", FILE_OF(""));
	for (int i = 1; i <= 20; i++) {
		snprintf(text, sizeof(text), "%d\n", i);
		if (i % 2 == 0)
			rig_put("f", text, 0644);
		else
			replace(text);
		CU_ASSERT(told(i));
	}
	CU_ASSERT(vd_io_now() - began < 15 * VD_SEC);
	rig_stop();
}

static void
test_no_number(void)
{
	begin("5\n", FILE_OF(""));
	rig_put("f", "none\n", 0644);
	CU_ASSERT(told(0));
	CU_ASSERT_STRING_EQUAL(file().last_error, "no number: \"none\"");
	/* Too large: ignored. */
	rig_put("f", "7\n", 0644);
	CU_ASSERT(told(7));
	rig_put("f", "99999999999\n", 0644);
	CU_ASSERT(RIG_WAIT(file().last_error[0] != '\0'));
	CU_ASSERT(file().value == 7);
	/* Emptied, by somebody who closes it: 0. */
	rig_put("f", "", 0644);
	CU_ASSERT(told(0));
	rig_stop();
}

/* What inotify does not tell: a folder that comes later, and one that is another one now. */
static void
test_folders_come_and_go(void)
{
	char rm[256];

	rig_start();
	rig_configure("track_file f {\nfile $D/sub/f\n}\n");
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && rig_last().value == 0);
	mkdir(rig_path("sub"), 0755);
	rig_put("sub/f", "3\n", 0644);
	CU_ASSERT(told(3));
	rig_put("sub/f", "4\n", 0644);
	CU_ASSERT(told(4));
	rename(rig_path("sub"), rig_path("sub.old"));
	mkdir(rig_path("sub"), 0755);
	rig_put("sub/f", "5\n", 0644);
	CU_ASSERT(told(5));
	rig_put("sub/f", "6\n", 0644);
	CU_ASSERT(told(6));
	snprintf(rm, sizeof(rm), "rm -rf %s %s", rig_path("sub"), rig_path("sub.old"));
	CU_ASSERT(system(rm) == 0 && told(0));
	rig_stop();
}

/* Emptied and held open, as a writer does it between two system calls: not believed at once. */
static void
test_half_written(void)
{
	vd_time began;
	int fd;

	begin("5\n", FILE_OF(""));
	began = vd_io_now();
	fd = open(rig_path("f"), O_WRONLY | O_TRUNC);
	CU_ASSERT(fd >= 0);
	/* Two looks of the timer, a second apart: then it is. */
	CU_ASSERT(told(0));
	CU_ASSERT(vd_io_now() - began >= VD_SEC);
	CU_ASSERT(file().last_run > 0);
	CU_ASSERT(write(fd, "8\n", 2) == 2);
	close(fd);
	CU_ASSERT(told(8));
	rig_stop();
}

static void
test_init_file(void)
{
	begin(NULL, FILE_OF("init_file 4"));
	CU_ASSERT(rig_last().value == 4);
	CU_ASSERT_STRING_EQUAL(rig_get("f"), "4\n");
	rig_stop();
	begin("9\n", FILE_OF("init_file 4"));
	CU_ASSERT(rig_last().value == 9);
	rig_stop();
	begin("99999\n", FILE_OF("init_file 4 overwrite"));
	CU_ASSERT(rig_last().value == 4);
	CU_ASSERT_STRING_EQUAL(rig_get("f"), "4\n");
	/* Not by a reload. */
	rig_put("f", "6\n", 0644);
	CU_ASSERT(told(6));
	rig_serial[0] = 2;
	rig_configure(FILE_OF("init_file 4 overwrite"));
	CU_ASSERT(RIG_WAIT(rig_view_of(VD_PROBE_FILE, 0).value == 6));
	rig_stop();
}

/* A folder may be anybody's: what a link points to is not overwritten. */
static void
test_init_file_follows_no_link(void)
{
	unlink(rig_path("f"));
	rig_put("other", "secret\n", 0644);
	CU_ASSERT(symlink(rig_path("other"), rig_path("f")) == 0);
	rig_start();
	rig_configure(FILE_OF("init_file 4 overwrite"));
	CU_ASSERT(RIG_WAIT(rig_count() == 1));
	CU_ASSERT_STRING_EQUAL(rig_get("other"), "secret\n");
	rig_stop();
	unlink(rig_path("f"));
}

/* A FIFO that nobody writes to must not hold the thread. */
static void
test_no_plain_file(void)
{
	unlink(rig_path("f"));
	CU_ASSERT(mkfifo(rig_path("f"), 0600) == 0);
	rig_start();
	rig_configure(FILE_OF("init_file 4 overwrite"));
	CU_ASSERT(RIG_WAIT(rig_count() == 1) && rig_last().value == 0);
	rig_stop();
	unlink(rig_path("f"));
}

/* ---- FILE_CHECK ---- */

/* Weight 0: any number but 0 is a failure. */
static void
test_check_weight_0(void)
{
	begin("0\n", FILE_OF("weight 0") CHECK(""));
	CU_ASSERT(RIG_WAIT(rig_count() == 2));
	CU_ASSERT(rig_view(0).up && rig_view(0).value == -1);
	CU_ASSERT_STRING_EQUAL(rig_view(0).type, "FILE_CHECK");
	rig_put("f", "3\n", 0644);
	CU_ASSERT(RIG_WAIT(!rig_view(0).up));
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error, "the number is 3");
	CU_ASSERT_STRING_EQUAL(rig_view(0).state, "down");
	CU_ASSERT(RIG_WAIT(rig_count_of(VD_PROBE_CHECK, 0) == 2));
	rig_put("f", "-3\n", 0644);
	CU_ASSERT(RIG_WAIT(strcmp(rig_view(0).last_error, "the number is -3") == 0));
	unlink(rig_path("f"));
	CU_ASSERT(RIG_WAIT(rig_view(0).up && rig_count_of(VD_PROBE_CHECK, 0) == 3));
	/* A request is answered with what is known. */
	CU_ASSERT(rig_run(0));
	rig_stop();
}

static void
test_check_reverse(void)
{
	begin("0\n", FILE_OF("") CHECK("weight 0 reverse"));
	CU_ASSERT(RIG_WAIT(rig_count() == 2));
	CU_ASSERT(!rig_view(0).up);
	rig_put("f", "1\n", 0644);
	CU_ASSERT(RIG_WAIT(rig_view(0).up));
	rig_stop();
}

/* With a weight: below -253 is a failure. */
static void
test_check_weight(void)
{
	begin("-126\n", FILE_OF("weight 5") CHECK("weight 2"));
	CU_ASSERT(RIG_WAIT(rig_count() == 2));
	CU_ASSERT(rig_view(0).up && rig_view(0).value == -1);
	rig_put("f", "-127\n", 0644);
	CU_ASSERT(RIG_WAIT(!rig_view(0).up));
	CU_ASSERT_STRING_EQUAL(rig_view(0).last_error, "the number is -127, times weight -254");
	rig_put("f", "127\n", 0644);
	CU_ASSERT(RIG_WAIT(rig_view(0).up));
	rig_stop();
}

static void
test_check_dynamic(void)
{
	struct vd_probe_config *c;

	begin("3\n", FILE_OF("") CHECK("weight 2\ndynamic"));
	CU_ASSERT(RIG_WAIT(rig_view(0).value == 16 && rig_count_of(VD_PROBE_CHECK, 0) == 1));
	rig_put("f", "-4\n", 0644);
	CU_ASSERT(RIG_WAIT(rig_view(0).value == 2 && rig_count_of(VD_PROBE_CHECK, 0) == 2));
	CU_ASSERT(rig_view(0).up && rig_view(0).changes == 0);
	/* Not below 0. */
	rig_put("f", "-40\n", 0644);
	CU_ASSERT(RIG_WAIT(rig_view(0).value == 0));
	rig_put("f", "-200\n", 0644);
	CU_ASSERT(RIG_WAIT(!rig_view(0).up && rig_view(0).value == -1));
	rig_put("f", "1\n", 0644);
	CU_ASSERT(RIG_WAIT(rig_view(0).up && rig_view(0).value == 12));
	/* A reload gives the server another weight. */
	c = rig_config(FILE_OF("") CHECK("weight 2\ndynamic"), NULL);
	vd_probe_config_weight(c, 100);
	vd_probe_configure(probe, c);
	CU_ASSERT(RIG_WAIT(rig_view(0).value == 102));
	CU_ASSERT(RIG_WAIT(rig_count_of(VD_PROBE_CHECK, 0) == 6));
	rig_stop();
}

/* The weight of the track_file where FILE_CHECK says none. */
static void
test_check_inherits_weight(void)
{
	begin("2\n", FILE_OF("weight 3") CHECK("dynamic"));
	CU_ASSERT(RIG_WAIT(rig_view(0).value == 16));
	rig_stop();
	begin("2\n", FILE_OF("") CHECK("dynamic"));
	CU_ASSERT(RIG_WAIT(rig_view(0).value == 12));
	rig_stop();
}

static void
test_check_suspended(void)
{
	begin("0\n", FILE_OF("") CHECK("weight 0"));
	CU_ASSERT(RIG_WAIT(rig_count() == 2));
	vd_probe_suspend(probe, 0, 1, true);
	CU_ASSERT(RIG_WAIT(strcmp(rig_view(0).state, "suspended") == 0));
	rig_put("f", "1\n", 0644);
	CU_ASSERT(RIG_WAIT(file().value == 1));
	CU_ASSERT(rig_view(0).up && rig_count_of(VD_PROBE_CHECK, 0) == 1);
	vd_probe_suspend(probe, 0, 1, false);
	CU_ASSERT(RIG_WAIT(!rig_view(0).up && rig_count_of(VD_PROBE_CHECK, 0) == 2));
	rig_stop();
}

/* One file for many: each is told, and it goes with the last of them. */
static void
test_shared(void)
{
	struct vd_strbuf b = {0};

	vd_strbuf_puts(&b, FILE_OF("") "track_file g {\nfile $D/f\n}\n");
	for (int i = 0; i < 20; i++)
		vd_strbuf_puts(&b, CHECK("dynamic"));
	begin("1\n", b.s);
	vd_strbuf_free(&b);
	CU_ASSERT(RIG_WAIT(rig_count() == 22));
	rig_put("f", "2\n", 0644);
	CU_ASSERT(RIG_WAIT(rig_view(19).value == 12 && rig_view_of(VD_PROBE_FILE, 1).value == 2));
	rig_configure(FILE_OF(""));
	CU_ASSERT(RIG_WAIT(strcmp(rig_view(0).state, "none") == 0));
	rig_put("f", "3\n", 0644);
	CU_ASSERT(RIG_WAIT(file().value == 3));
	rig_configure("");
	CU_ASSERT(RIG_WAIT(strcmp(file().state, "none") == 0));
	rig_stop();
}

static const struct vd_test tests[] = {
		VD_TEST(test_changes),
		VD_TEST(test_changes_are_told_at_once),
		VD_TEST(test_no_number),
		VD_TEST(test_folders_come_and_go),
		VD_TEST(test_half_written),
		VD_TEST(test_init_file),
		VD_TEST(test_init_file_follows_no_link),
		VD_TEST(test_no_plain_file),
		VD_TEST(test_check_weight_0),
		VD_TEST(test_check_reverse),
		VD_TEST(test_check_weight),
		VD_TEST(test_check_dynamic),
		VD_TEST(test_check_inherits_weight),
		VD_TEST(test_check_suspended),
		VD_TEST(test_shared),
};

RIG_MAIN("probe/file", tests)
