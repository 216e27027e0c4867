/* SPDX-License-Identifier: BSD-3-Clause */
/* Weights that do not do what their author wanted. */
#include "validate_world.h"

#define SCRIPTS \
	"'vrrp_script':[{'name':'s','script':'/bin/true'},{'name':'t','script':'/bin/true'}]," \
	"'track_file':[{'name':'f','file':'/f'},{'name':'g','file':'/g'}],"
#define ONE(more) "{" SCRIPTS "'vrrp_instance':[" INSTANCE("A", "1", VIP("10.0.0.9") "," more) "]}"
#define AT        "m: warning: vrrp_instance[0].track_"
#define NOTE      "m: note: vrrp_instance[0].track_"

static void
test_gap(void)
{
	/* The lower node of a pair, and a swing as large as the customary gap: nothing to say. */
	expect(ONE("'priority':90,'track_script':[{'name':'s','weight':-2}]"), "");
	expect(ONE("'priority':150,'track_script':[{'name':'s','weight':-50}]"), "");
	expect(ONE("'priority':150,'track_script':[{'name':'s','weight':0}]"), "");
	expect(ONE("'priority':150,'track_script':[{'name':'s','weight':-2}]"),
			NOTE "script[0]: weights bring priority 150 of A down to 148 at most: that "
			     "causes failover only to a peer with priority 149 or more (weight 0 "
			     "makes its failure a fault)\n");
	expect(ONE("'state':'MASTER','priority':100,'track_script':[{'name':'s','weight':2}],"
		   "'track_interface':[{'name':'eth1','weight':-3}]"),
			NOTE "interface[0]: weights bring priority 102 of A down to 97 at most: "
			     "that causes failover only to a peer with priority 98 or more (weight "
			     "0 makes its failure a fault)\n");
	expect(ONE("'priority':101,'track_script':[{'name':'s','weight':-1}]"),
			AT "script[0]: s: weight 1 can never cause failover: an equal priority "
			   "does not preempt (2 at least, and more than the peer's priority is "
			   "below this)\n");
	/* What reverse and files add is not known here. */
	expect(ONE("'priority':101,'track_script':[{'name':'s','weight':-1,'reverse':true}]"), "");
	expect(ONE("'priority':101,'track_script':[{'name':'s','weight':-1}],"
		   "'track_file':[{'name':'f','weight':9}]"),
			"");
}

static void
test_limits(void)
{
	expect(ONE("'priority':254,'track_script':[{'name':'s','weight':60}]"),
			AT "script[0]: s: its weight cannot raise priority 254\n");
	expect(ONE("'priority':1,'track_script':[{'name':'s','weight':-60}]"),
			AT "script[0]: s: its weight cannot lower priority 1\n");
	expect(ONE("'priority':100,'track_script':[{'name':'s','weight':-120}]"),
			NOTE "script[0]: s: of its weight 120 only 99 counts: 1 is the lowest "
			     "priority\n");
	expect(ONE("'priority':200,'track_script':[{'name':'s','weight':60}]"),
			NOTE "script[0]: s: of its weight 60 only 54 counts: 254 is the highest "
			     "priority\n");
	expect(ONE("'priority':200,'track_script':[{'name':'s','weight':50},{'name':'t','weight':"
		   "60}]"),
			AT "script[0]: s: its failure alone changes nothing: the priority is 310, "
			   "with all weights, and 254 is the most that counts (a lower "
			   "priority)\n" NOTE
			   "script[1]: t: of its weight 60 only 4 counts: 254 is the highest "
			   "priority\n");
}

static void
test_swallowed(void)
{
	expect(ONE("'priority':200,'track_script':[{'name':'s','weight':60},{'name':'t','weight':"
		   "60}]"),
			AT "script[0]: s: its failure alone changes nothing: the priority is 320, "
			   "with "
			   "all weights, and 254 is the most that counts (a lower priority)\n" AT
			   "script[1]: t: its failure alone changes nothing: the priority is 320, "
			   "with "
			   "all weights, and 254 is the most that counts (a lower priority)\n");
}

static void
test_nopreempt(void)
{
	expect(ONE("'nopreempt':true,'priority':100,'track_script':[{'name':'s','weight':-60}]"),
			NOTE "script[0]: s: a lowered priority moves no address to a peer with "
			     "nopreempt (weight 0 makes its failure a fault)\n");
}

static void
test_owner(void)
{
	struct vd_model *m;
	char *lines = validate(ONE("'priority':255,'track_script':[{'name':'s','weight':-60},"
				   "{'name':'t','weight':0}],'track_interface':[{'name':'eth1',"
				   "'weight':5}]"),
			true, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			AT "interface[0]: eth1: its weight never counts with priority 255 (weight "
			   "0 makes its failure a fault)\n" AT
			   "script[0]: s: its weight never counts with priority 255 (weight 0 "
			   "makes its failure a fault)\n");
	CU_ASSERT_EQUAL(m->instances.v[0].track_interface.n, 0);
	CU_ASSERT_EQUAL_FATAL(m->instances.v[0].track_script.n, 1);
	CU_ASSERT_STRING_EQUAL(m->instances.v[0].track_script.v[0].name, "t");
	vd_model_free(m);
	free(lines);
}

#define PAIR(more) \
	"{" SCRIPTS "'vrrp_instance':[" INSTANCE("A", "1", \
			VIP("10.0.0.9") ",'priority':100,'track_script':[{'name':'s'," \
					"'weight':-60}]," \
					"'track_interface':[{'name':'eth1','weight':-" \
					"60}]," \
					"'track_file':[{'name':'f'},{'name':'g','" \
					"weight':7}]") "," INSTANCE("B", "2", \
			VIP("10.0.0.10")) "]," \
					  "'vrrp_sync_group':[{'name':'G','group':['A','B']" more \
					  "}]}"

static void
test_sync_group(void)
{
	struct vd_model *m;
	const struct vd_model_vrrp_instance *i;
	char *lines = validate(PAIR(""), true, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			AT "interface[0]: eth1: weights do not count in vrrp_sync_group G: its "
			   "failure is a fault (say weight 0, or sync_group_tracking_weight)\n" AT
			   "script[0]: s: weights do not count in vrrp_sync_group G: it is not "
			   "tracked (weight 0 makes its failure a fault; or track it in the "
			   "group)\n" AT
			   "file[0]: f: weights do not count in vrrp_sync_group G: its failure is "
			   "a fault (say weight 0, or sync_group_tracking_weight)\n" AT
			   "file[1]: g: weights do not count in vrrp_sync_group G: it is not "
			   "tracked (weight 0 makes its failure a fault; or track it in the "
			   "group)\n");
	i = &m->instances.v[0];
	CU_ASSERT_EQUAL_FATAL(i->track_interface.n, 1);
	CU_ASSERT_EQUAL(i->track_interface.v[0].weight, 0);
	CU_ASSERT_EQUAL(i->track_script.n, 0);
	CU_ASSERT_EQUAL_FATAL(i->track_file.n, 1);
	CU_ASSERT_EQUAL(i->track_file.v[0].weight, 0);
	CU_ASSERT_TRUE(vd_model_given(&i->track_file.v[0].obj, &i->track_file.v[0].weight));
	vd_model_free(m);
	free(lines);
	expect(PAIR(",'sync_group_tracking_weight':true"), "");
}

static void
test_group_tracks(void)
{
	struct vd_model *m;
	char *lines = validate(
			"{" SCRIPTS "'vrrp_instance':[" INSTANCE("A", "1",
					VIP("10.0.0.9") ",'priority':255") "," INSTANCE("B", "2",
					VIP("10.0.0.10") ",'priority':255") "],"
									    "'vrrp_sync_group':[{'"
									    "name':'G','group':['A'"
									    ",'B'],"
									    "'track_script':[{'"
									    "name':'s','weight':-5}"
									    ",{'name':'t'}]}]}",
			true, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			"m: warning: vrrp_sync_group[0].track_script[0]: s: its weight does not "
			"count in vrrp_sync_group G, which has a member with priority 255: its "
			"failure is a fault (say weight 0)\n");
	CU_ASSERT_EQUAL(m->sync_groups.v[0].track_script.v[0].weight, 0);
	vd_model_free(m);
	free(lines);
}

/* A track_file's own weight is what its entries inherit; without one it is 1. */
static void
test_track_file_weight(void)
{
	struct vd_model *m;
	char *lines = validate("{'track_file':[{'name':'f','file':'/f','weight':{'value':9}},"
			       "{'name':'g','file':'/g'}],'vrrp_instance':[" INSTANCE("A", "1",
					       VIP("10.0.0.9") ",'track_file':[{'name':'f'},"
							       "{'name':'g'}]") "]}",
			true, &m);

	CU_ASSERT_EQUAL(m->track_files.v[0].weight.value, 9);
	CU_ASSERT_EQUAL(m->instances.v[0].track_file.v[0].weight, 9);
	CU_ASSERT_EQUAL(m->instances.v[0].track_file.v[1].weight, 1);
	vd_model_free(m);
	free(lines);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_track_file_weight),
			VD_TEST(test_gap),
			VD_TEST(test_limits),
			VD_TEST(test_swallowed),
			VD_TEST(test_nopreempt),
			VD_TEST(test_owner),
			VD_TEST(test_sync_group),
			VD_TEST(test_group_tracks),
	};

	return vd_test_main("model/validate_weight", tests, VD_ARRAY_LEN(tests));
}
