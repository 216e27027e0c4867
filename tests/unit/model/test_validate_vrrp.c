/* SPDX-License-Identifier: BSD-3-Clause */
/* What keepalived resets, drops or refuses of an instance, and what would make a pair one-sided. */
#include "validate_world.h"

#define HEX32  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT32 "12345678901234567890123456789012"
#define HMAC(more) \
	"{'vrrp_instance':[" INSTANCE("A", "1", VIP("10.0.0.9") ",'auth_hmac':{" more "}") "]}"
#define ONE(more) "{'vrrp_instance':[" INSTANCE("A", "1", more) "]}"
#define AT        "m: warning: vrrp_instance[0]."

static void
test_strict_resets(void)
{
	struct vd_model *m;
	const struct vd_model_vrrp_instance *i;
	char *lines = validate(
			"{'vrrp_instance':[" INSTANCE("A", "1",
					"'strict_mode':true,'accept':false,'preempt_delay':5,"
					"'lower_prio_no_advert':false,'higher_prio_send_advert':"
					"true,"
					"'down_timer_adverts':4,'garp_lower_prio_repeat':2,"
					"'garp_lower_prio_delay':7,'vmac_xmit_base':true,"
					"'use_vmac':{'mac':'02:00:00:00:00:07'},"
					"'unicast_peer':[{'address':'10.0.0.3'}]," VIP(
							"10.0.0.9")) "]}",
			true, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			AT "lower_prio_no_advert: lower_prio_no_advert is reset by vrrp_strict: a "
			   "lower advert is not answered\n" AT
			   "higher_prio_send_advert: higher_prio_send_advert is reset by "
			   "vrrp_strict: it gives way in silence\n" AT
			   "down_timer_adverts: down_timer_adverts is reset by vrrp_strict: 3 is "
			   "used\n" AT "garp_lower_prio_repeat: garp_lower_prio_repeat is reset by "
			   "vrrp_strict: no gratuitous ARP after a lower advert\n" AT
			   "garp_lower_prio_delay: garp_lower_prio_delay is reset by vrrp_strict: "
			   "no gratuitous ARP after a lower advert\n" AT
			   "preempt_delay: preempt_delay is reset by vrrp_strict: it preempts at "
			   "once\n" AT
			   "vmac_xmit_base: vmac_xmit_base is reset by vrrp_strict: adverts leave "
			   "with the virtual MAC address\n" AT
			   "use_vmac.mac: a MAC address of one's own is reset by vrrp_strict: the "
			   "virtual router's is used\n"
			   "m: note: vrrp_instance[0].unicast_peer: unicast_peer under "
			   "vrrp_strict: the RFCs have multicast only; adverts go by unicast all "
			   "the same, as keepalived's do\n");
	i = &m->instances.v[0];
	CU_ASSERT_TRUE(i->lower_prio_no_advert);
	CU_ASSERT_FALSE(i->higher_prio_send_advert);
	CU_ASSERT_EQUAL(i->down_timer_adverts, 3);
	CU_ASSERT_EQUAL(i->garp_lower_prio_repeat, 0);
	CU_ASSERT_EQUAL(i->garp_lower_prio_delay, 0);
	CU_ASSERT_EQUAL(i->preempt_delay, 0);
	CU_ASSERT_FALSE(i->vmac_xmit_base);
	CU_ASSERT_EQUAL(i->use_vmac.mac.b[0], 0);
	CU_ASSERT_EQUAL(i->unicast_peer.n, 1);
	vd_model_free(m);
	free(lines);
}

/* What global_defs say gives way in silence, as in keepalived. */
static void
test_strict_inherits(void)
{
	struct vd_model *m;
	const struct vd_model_vrrp_instance *i;
	char *lines = validate(
			"{'global_defs':{'vrrp_strict':true,'vrrp_lower_prio_no_advert':"
			"false,'vrrp_higher_prio_send_advert':true,"
			"'vrrp_down_timer_adverts':7,'vrrp_garp_lower_prio_repeat':3},"
			"'vrrp_instance':[" INSTANCE("A", "1",
					"'accept':false,'priority':255,'state':'BACKUP'," VIP(
							"10.0.0.9")) "]}",
			true, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			AT "state: state BACKUP with priority 255: under vrrp_strict an address "
			   "owner starts as MASTER; that is used (say state MASTER)\n");
	i = &m->instances.v[0];
	CU_ASSERT_EQUAL(i->state, VD_MODEL_STATE_MASTER);
	CU_ASSERT_TRUE(i->lower_prio_no_advert);
	CU_ASSERT_FALSE(i->higher_prio_send_advert);
	CU_ASSERT_EQUAL(i->down_timer_adverts, 3);
	CU_ASSERT_EQUAL(i->garp_lower_prio_repeat, 0);
	CU_ASSERT_EQUAL(i->garp_lower_prio_delay, 0);
	vd_model_free(m);
	free(lines);
}

static void
test_preempt_and_vmac(void)
{
	expect(ONE("'nopreempt':true,'preempt_delay':5,'vmac_xmit_base':true," VIP("10.0.0.9")),
			AT "preempt_delay: preempt_delay is ignored with nopreempt\n" AT
			   "vmac_xmit_base: vmac_xmit_base means something with use_vmac only (add "
			   "use_vmac)\n");
	expect(ONE("'vmac_xmit_base':true,'use_vmac':{'name':'v'}," VIP("10.0.0.9")), "");
}

static void
test_no_address(void)
{
	expect(ONE("'version':3"),
			"m: error: vrrp_instance[0]: vrrp_instance A has no virtual_ipaddress, and "
			"version 3 needs one (add virtual_ipaddress)\n");
	expect(ONE("'strict_mode':true,'accept':false"),
			"m: error: vrrp_instance[0]: vrrp_instance A has no virtual_ipaddress, and "
			"vrrp_strict needs one (add virtual_ipaddress)\n");
	expect(ONE("'version':3,'no_virtual_ipaddress':true"), "");
	expect(ONE("'virtual_ipaddress':[{'address':'fe80::9'},{'address':'2001:db8::9'}]"), "");
	expect(ONE("'unicast_peer':[{'address':'2001:db8::3'}]," VIP("2001:db8::9")), "");
}

/* A model with n IPv4 or IPv6 addresses; how many are advertised and how many were moved. */
static void
count_addresses(bool v6, unsigned int n, const char *more, size_t advertised)
{
	struct vd_strbuf text = {0};
	struct vd_model *m;
	char *lines, want[64];

	vd_strbuf_printf(&text,
			"{'vrrp_instance':[{'name':'A','interface':'eth0','virtual_router_id':1,%s"
			"'virtual_ipaddress_excluded':[{'address':'10.9.9.9'}],"
			"'virtual_ipaddress':[",
			more);
	for (unsigned int k = 1; k <= n; k++)
		vd_strbuf_printf(&text,
				v6 ? "%s{'address':'fe80::%x:%x'}" : "%s{'address':'10.1.%u.%u'}",
				k > 1 ? "," : "", k / 256, k % 256);
	vd_strbuf_puts(&text, "]}]}");
	lines = validate(text.s, true, &m);
	snprintf(want, sizeof(want), "an advert has room for %zu addresses", advertised);
	CU_ASSERT_EQUAL(strstr(lines, want) != NULL, n > advertised);
	CU_ASSERT_EQUAL(m->instances.v[0].virtual_ipaddress.n, advertised);
	CU_ASSERT_EQUAL(m->instances.v[0].virtual_ipaddress_excluded.n, 1 + n - advertised);
	if (n > advertised)
		CU_ASSERT_EQUAL(m->instances.v[0]
						.virtual_ipaddress_excluded.v[n - advertised]
						.address.addr.b[15],
				n % 256);
	vd_model_free(m);
	free(lines);
	vd_strbuf_free(&text);
}

/* As many as keepalived 2.2.7 advertises with an MTU of 1500. */
static void
test_room(void)
{
	count_addresses(false, 255, "", 255);
	count_addresses(false, 300, "", 255);
	count_addresses(true, 89, "", 89);
	count_addresses(true, 90, "", 89);
	count_addresses(true, 90, "'auth_hmac':{'key':[{'id':1,'secret':'" TEXT32 "'}]},", 88);
}

static void
test_authentication(void)
{
	static const char warn[] = "m: warning: vrrp_instance[0].authentication: ";
	struct vd_strbuf b = {0};
	struct vd_model *m;
	char *lines;

	vd_strbuf_printf(&b, "%sauthentication is dropped: it has no password (add auth_pass)\n",
			warn);
	expect(ONE("'authentication':{'auth_type':'PASS'}," VIP("10.0.0.9")), b.s);
	vd_strbuf_reset(&b);
	vd_strbuf_printf(&b, "%sauthentication is dropped: VRRP version 3 has none\n", warn);
	expect(ONE("'version':3,'authentication':{'auth_type':'PASS','auth_pass':'x'}," VIP(
			       "10.0.0.9")),
			b.s);
	vd_strbuf_reset(&b);
	vd_strbuf_printf(&b, "%sauth_pass has no effect without auth_type (add: auth_type PASS)\n",
			warn);
	expect(ONE("'authentication':{'auth_pass':'x'}," VIP("10.0.0.9")), b.s);
	vd_strbuf_free(&b);
	lines = validate(ONE("'state':'MASTER','priority':100,'authentication':{'auth_type':'AH',"
			     "'auth_pass':'x'}," VIP("10.0.0.9")),
			true, &m);
	CU_ASSERT_STRING_EQUAL(lines,
			AT "state: state MASTER is ignored with auth_type AH (say state BACKUP)\n");
	CU_ASSERT_EQUAL(m->instances.v[0].state, VD_MODEL_STATE_BACKUP);
	CU_ASSERT_EQUAL(m->instances.v[0].authentication.auth_type, VD_MODEL_AUTH_AH);
	vd_model_free(m);
	free(lines);
}

static void
test_hmac(void)
{
	static const char key[] = "m: error: vrrp_instance[0].auth_hmac.key[0]: key 1: ";
	struct vd_strbuf b = {0};

	expect(HMAC("'key':[{'id':1,'secret':'hex:" HEX32 "'},{'id':2,'secret':'file:/etc/k'},"
		    "{'id':3,'secret':'" TEXT32 "'}],'active_key':2"),
			"");
	expect(HMAC("'mode':'enforce'"),
			"m: error: vrrp_instance[0].auth_hmac: auth_hmac has no "
			"key (add: key NUMBER SECRET)\n");
	vd_strbuf_printf(&b, "%sa key has 32 to 64 bytes\n", key);
	expect(HMAC("'key':[{'id':1,'secret':'1234567890123456789012345678901'}]"), b.s);
	expect(HMAC("'key':[{'id':1,'secret':'" TEXT32 TEXT32 "x'}]"), b.s);
	vd_strbuf_reset(&b);
	vd_strbuf_printf(&b, "%shex: wants 64 to 128 digits, two for each byte\n", key);
	expect(HMAC("'key':[{'id':1,'secret':'hex:" HEX32 "0'}]"), b.s);
	expect(HMAC("'key':[{'id':1,'secret':'hex:00'}]"), b.s);
	vd_strbuf_reset(&b);
	vd_strbuf_printf(&b, "%shex: wants hexadecimal digits\n", key);
	expect(HMAC("'key':[{'id':1,'secret':'hex:" HEX32 "0g'}]"), b.s);
	vd_strbuf_reset(&b);
	vd_strbuf_printf(&b, "%sfile: wants the whole path of a file\n", key);
	expect(HMAC("'key':[{'id':1,'secret':'file:k'}]"), b.s);
	vd_strbuf_free(&b);
	expect(HMAC("'key':[{'id':1,'secret':'" TEXT32 "'},{'id':1,'secret':'" TEXT32
		    "'}],'active_key':4"),
			"m: error: vrrp_instance[0].auth_hmac.key[1]: key 1 is already defined "
			"(vrrp_instance[0].auth_hmac.key[0]) (give each its own number)\n"
			"m: error: vrrp_instance[0].auth_hmac.active_key: active_key 4: there is "
			"no such key\n");
	expect("{'vrrp_instance':[" INSTANCE("A", "1",
			       VIP("10.0.0.9") ",'auth_hmac':{'key':[{'id':1,'secret':'" TEXT32
					       "'}]},'authentication':{'auth_type':'PASS',"
					       "'auth_pass':'x'}") "]}",
			"m: note: vrrp_instance[0].authentication: authentication beside "
			"auth_hmac: an advert must pass both\n");
}

static void
test_unicast_families(void)
{
	expect(ONE("'unicast_src_ip':'2001:db8::2','unicast_peer':[{'address':'2001:db8::3'},"
		   "{'address':'10.0.0.3','min_ttl':9,'max_ttl':8},{'address':'224.0.0.1'}]," VIP(
				   "10.0.0.9")),
			"m: error: vrrp_instance[0].unicast_src_ip: unicast_src_ip 2001:db8::2: "
			"the instance is IPv4\n"
			"m: error: vrrp_instance[0].unicast_peer[0]: unicast_peer 2001:db8::3: "
			"the instance is IPv4\n" AT
			"unicast_peer[1]: min_ttl 9 above max_ttl 8: every advert of this peer is "
			"refused\n"
			"m: error: vrrp_instance[0].unicast_peer[2]: unicast_peer: 224.0.0.1 is "
			"not the address of one station\n");
	expect(ONE("'mcast_src_ip':'10.0.0.2','virtual_ipaddress':[{'address':'fe80::9'}]"),
			"m: error: vrrp_instance[0].mcast_src_ip: mcast_src_ip 10.0.0.2: the "
			"instance is IPv6\n");
}

static void
test_unicast_self(void)
{
	struct vd_model *m;
	char *lines = validate(ONE("'unicast_peer':[{'address':'10.0.0.2'},{'address':'10.0.0.3'},"
				   "{'address':'10.0.0.3'},{'address':'10.0.0.7'}],"
				   "'unicast_src_ip':'10.0.0.7'," VIP("10.0.0.9")),
			true, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			AT
			"unicast_peer[0]: unicast_peer 10.0.0.2 is this node's own address and "
			"is left out\n" AT
			"unicast_peer[2]: unicast_peer 10.0.0.3 is listed twice; once counts\n" AT
			"unicast_peer[3]: unicast_peer 10.0.0.7 is this node's own address and "
			"is left out\n");
	CU_ASSERT_EQUAL(m->instances.v[0].unicast_peer.n, 1);
	vd_model_free(m);
	free(lines);
	expect(ONE("'unicast_peer':[{'address':'10.0.0.2'}]," VIP("10.0.0.9")),
			AT "unicast_peer[0]: unicast_peer 10.0.0.2 is this node's own address: no "
			   "other node hears its adverts (name the other node's)\n");
}

static void
test_unicast_source(void)
{
	struct vd_model *m;
	char *lines;

	/* eth0.7 has one address, two.box has two. */
	expect("{'vrrp_instance':[{'name':'A','interface':'two','virtual_router_id':1,"
	       "'unicast_peer':[{'address':'10.8.0.3'}]," VIP("10.8.0.9") "}]}",
			AT "unicast_peer: two has 2 IPv4 addresses: adverts leave from 10.8.0.2, "
			   "which the peer's unicast_peer must name (add unicast_src_ip)\n");
	expect(ONE("'unicast_peer':[{'address':'10.0.0.3'}]," VIP("10.0.0.9")), "");
	lines = validate(ONE("'mcast_src_ip':'10.0.0.2','unicast_peer':[{'address':'10.0.0.3'}]"
			     "," VIP("10.0.0.9")),
			true, &m);
	CU_ASSERT_STRING_EQUAL(lines,
			"m: note: vrrp_instance[0].mcast_src_ip: mcast_src_ip with unicast_peer: "
			"it is the source of unicast adverts (say unicast_src_ip)\n");
	CU_ASSERT_EQUAL(m->instances.v[0].unicast_src_ip.b[15], 2);
	vd_model_free(m);
	free(lines);
	lines = validate(ONE("'unicast_src_ip':'10.0.0.2'," VIP("10.0.0.9")), true, &m);
	CU_ASSERT_STRING_EQUAL(lines,
			AT "unicast_src_ip: without unicast_peer adverts go by "
			   "multicast (add unicast_peer)\n");
	CU_ASSERT_EQUAL(m->instances.v[0].mcast_src_ip.b[15], 2);
	vd_model_free(m);
	free(lines);
	expect(ONE("'mcast_src_ip':'10.0.0.4','unicast_src_ip':'10.0.0.2','unicast_peer':["
		   "{'address':'10.0.0.3'}]," VIP("10.0.0.9")),
			AT "mcast_src_ip: mcast_src_ip is ignored: unicast_src_ip is the source\n");
	expect(ONE("'unicast_fault_no_peer':true,'unicast_src_ip':'10.0.0.2'," VIP("10.0.0.9")),
			AT "unicast_fault_no_peer: vrrp_instance A has no unicast_peer and stays "
			   "in FAULT: unicast_fault_no_peer (add unicast_peer)\n");
}

static void
test_groups(void)
{
	expect("{'vrrp_instance':[" INSTANCE(
			       "A", "1", "'priority':255," VIP("10.0.0.9")) "," INSTANCE("B", "2",
			       VIP("10.0.0.10")) "],'vrrp_sync_group':[{'name':'G','group':["
						 "'A','B','A']}]}",
			"m: warning: vrrp_sync_group[0].group: vrrp_sync_group G has A twice; once "
			"counts\n"
			"m: warning: vrrp_sync_group[0].group: vrrp_sync_group G has instances "
			"with priority 255 and others: they cannot keep in step (give all of them "
			"255, or none)\n");
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_strict_resets),
			VD_TEST(test_strict_inherits),
			VD_TEST(test_preempt_and_vmac),
			VD_TEST(test_no_address),
			VD_TEST(test_room),
			VD_TEST(test_authentication),
			VD_TEST(test_hmac),
			VD_TEST(test_unicast_families),
			VD_TEST(test_unicast_self),
			VD_TEST(test_unicast_source),
			VD_TEST(test_groups),
	};

	return vd_test_main("model/validate_vrrp", tests, VD_ARRAY_LEN(tests));
}
