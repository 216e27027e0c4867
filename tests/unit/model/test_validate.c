/* SPDX-License-Identifier: BSD-3-Clause */
#include "validate_world.h"

#define SERVICE(more) "{'address':'10.0.0.9','port':80,'protocol':'TCP','lb_algo':'rr'," more "}"

static void
test_interfaces(void)
{
	expect("{'vrrp_instance':[{'name':'A','interface':'eth','virtual_router_id':1," VIP(
			       "10.0.0.9") "},{'name':'B','interface':'eth0.7','virtual_router_id':"
					   "1,"
					   "'virtual_ipaddress':[{'address':'10.0.0.8','dev':'xyz'}"
					   "],"
					   "'track_interface':[{'name':'eth2'}]}]}",
			"m: error: vrrp_instance[0].interface: interface eth: no port of the "
			"dataplane file has this name (did you mean eth0?)\n"
			"m: error: vrrp_instance[1].virtual_ipaddress[0].dev: dev xyz: no port of "
			"the dataplane file has this name\n"
			"m: error: vrrp_instance[1].track_interface[0]: track_interface eth2: no "
			"port of the dataplane file has this name (did you mean eth0?)\n");
	expect("{'vrrp_instance':[{'name':'A','virtual_router_id':1," VIP("10.0.0.9") "}]}",
			"m: error: vrrp_instance[0]: vrrp_instance A has no interface (add: "
			"interface NAME of a port)\n");
	expect("{'global_defs':{'dynamic_interfaces':true},'vrrp_instance':[{'name':'A',"
	       "'interface':'tun3','virtual_router_id':1," VIP("10.0.0.9") "}]}",
			"m: warning: vrrp_instance[0].interface: interface tun3: no port of the "
			"dataplane file has this name\n");
}

static void
test_instances(void)
{
	expect("{'vrrp_instance':[" INSTANCE("A", "1", VIP("10.0.0.9")) "," INSTANCE(
			       "B", "1", VIP("10.0.0.9")) "," INSTANCE("C", "1",
			       VIP("2001:db8::1")) "," INSTANCE("A", "4", VIP("224.0.0.1")) "]}",
			"m: error: vrrp_instance[1].virtual_router_id: virtual_router_id 1 with "
			"IPv4 "
			"on eth0 is that of A\n"
			"m: warning: vrrp_instance[1].virtual_ipaddress[0]: 10.0.0.9 is also an "
			"address of vrrp_instance A (two nodes can hold it at once)\n"
			"m: warning: vrrp_instance[2].virtual_ipaddress[0]: the first "
			"virtual_ipaddress of an IPv6 instance is to be link-local; 2001:db8::1 is "
			"not (put one from fe80::/10 first)\n"
			"m: error: vrrp_instance[3]: vrrp_instance A is already defined "
			"(vrrp_instance[0])\n"
			"m: error: vrrp_instance[3].virtual_ipaddress[0]: virtual_ipaddress: "
			"224.0.0.1 is not the address of one station\n");
	expect("{'vrrp_instance':[" INSTANCE("A", "1",
			       "'virtual_ipaddress':[{'address':'10.0.0.9'},{'address':'10.0.0.9/"
			       "24'},"
			       "{'address':'2001:db8::1'}],'virtual_ipaddress_excluded':[{'address'"
			       ":"
			       "'10.0.0.9'}]") "," INSTANCE("B", "2", "'priority':10") "]}",
			"m: warning: vrrp_instance[0].virtual_ipaddress[1]: 10.0.0.9 is listed "
			"twice "
			"(vrrp_instance[0].virtual_ipaddress[0]); once counts\n"
			"m: error: vrrp_instance[0].virtual_ipaddress[2]: 2001:db8::1 is not of "
			"the "
			"family of the instance's first address (put it into "
			"virtual_ipaddress_excluded)\n"
			"m: warning: vrrp_instance[0].virtual_ipaddress_excluded[0]: 10.0.0.9 is "
			"listed twice (vrrp_instance[0].virtual_ipaddress[0]); once counts\n"
			"m: warning: vrrp_instance[1]: vrrp_instance B has no virtual_ipaddress\n");
}

/* The configuration that every tutorial copies: one warning for each of three consequences. */
static void
test_strict(void)
{
	struct vd_model *m;
	char *lines = validate("{'global_defs':{'vrrp_strict':true},'vrrp_instance':[" INSTANCE(
					       "VI_1", "51",
					       "'state':'MASTER','priority':100,'authentication':{"
					       "'auth_type':'PASS','auth_pass':'1111'}," VIP(
							       "10.0.0.9")) "]}",
			true, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			"m: warning: vrrp_instance[0].state: state MASTER with priority 100: under "
			"vrrp_strict only an address owner (255) starts as MASTER; BACKUP is used "
			"(say state BACKUP)\n"
			"m: warning: global_defs.vrrp_strict: vrrp_strict means no_accept: virtual "
			"addresses answer no ping and take no traffic but that of virtual_servers "
			"(without vrrp_strict, or with version 3 and accept, they do)\n"
			"m: warning: vrrp_instance[0].authentication: authentication is dropped: "
			"vrrp_strict has none\n");
	free(lines);
	CU_ASSERT_EQUAL(m->instances.v[0].state, VD_MODEL_STATE_BACKUP);
	CU_ASSERT_EQUAL(m->instances.v[0].authentication.auth_type, VD_MODEL_AUTH_NONE);
	vd_model_free(m);
}

static void
test_resets(void)
{
	expect("{'vrrp_instance':[" INSTANCE("A", "1",
			       "'state':'MASTER','priority':100,'nopreempt':true,'preempt_delay':5,"
			       "'advert_int':0.5,'unicast_src_ip':'10.0.0.2'," VIP(
					       "10.0.0.9")) "]}",
			"m: warning: vrrp_instance[0].advert_int: version 2 has whole seconds; 1 s "
			"is used (version 3 has hundredths)\n"
			"m: warning: vrrp_instance[0].nopreempt: nopreempt is ignored with state "
			"MASTER (say state BACKUP on both nodes)\n"
			"m: warning: vrrp_instance[0].preempt_delay: preempt_delay is ignored with "
			"state MASTER (say state BACKUP)\n"
			"m: warning: vrrp_instance[0].unicast_src_ip: without unicast_peer adverts "
			"go "
			"by multicast (add unicast_peer)\n");
}

static void
test_tracks(void)
{
	expect("{'vrrp_script':[{'name':'chk_web','script':'/bin/true x'}],"
	       "'vrrp_instance':[" INSTANCE("A", "1",
			       "'priority':255,'track_script':[{'name':"
			       "'chk_wob'},{'name':'chk_web','weight':5}]," VIP(
					       "10.0.0.9")) "],"
							    "'vrrp_sync_group':[{'name':'G','group'"
							    ":['A','B']},"
							    "{'name':'H','group':['A']}]}",
			"m: error: vrrp_instance[0].track_script[0]: track_script: chk_wob is not "
			"defined (did you mean chk_web?)\n"
			"m: warning: vrrp_instance[0].track_script[1]: chk_web: its weight never "
			"counts with priority 255 (weight 0 makes its failure a fault)\n"
			"m: error: vrrp_sync_group[0].group: vrrp_sync_group G: there is no "
			"vrrp_instance B\n"
			"m: error: vrrp_sync_group[1].group: vrrp_instance A is already in "
			"vrrp_sync_group G\n"
			"m: note: vrrp_sync_group[1].group: vrrp_sync_group H has one instance "
			"only: there is nothing to keep in step\n");
}

static void
test_servers(void)
{
	struct vd_model *m;
	char *lines = validate(
			"{'virtual_server':[" SERVICE(
					"'lb_kind':{'method':'DR'},'quorum':9,'hysteresis':3,"
					"'real_server':[{'address':'10.0.0.3','port':81},"
					"{'address':'10.0.0.3','port':80},"
					"{'address':'2001:db8::3','port':80},"
					"{'address':'10.5.0.3','port':80}]") "]}",
			true, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			"m: warning: virtual_server[0].real_server[0].port: real_server 10.0.0.3: "
			"DR "
			"leaves the port as it is; 80 is used, not 81\n"
			"m: error: virtual_server[0].real_server[2]: real_server 2001:db8::3: DR "
			"cannot carry IPv4 clients to an IPv6 server (lb_kind FNAT can)\n"
			"m: warning: virtual_server[0].real_server[1]: real_server 10.0.0.3:80 is "
			"listed twice in tcp 10.0.0.9:80; the first counts\n"
			"m: warning: virtual_server[0].quorum: quorum 9 of tcp 10.0.0.9:80 is "
			"above "
			"the weight of all its servers; 3 is used\n"
			"m: warning: virtual_server[0].hysteresis: hysteresis 3 of tcp 10.0.0.9:80 "
			"is not below its quorum; 2 is used\n"
			"m: warning: virtual_server[0].real_server[2]: real_server 2001:db8::3 of "
			"tcp 10.0.0.9:80: no port has a way there (add a gateway or a route to the "
			"dataplane file)\n"
			"m: warning: virtual_server[0].real_server[3]: real_server 10.5.0.3 of tcp "
			"10.0.0.9:80 is on no subnet of a port, and DR reaches no farther (lb_kind "
			"FNAT can)\n");
	free(lines);
	CU_ASSERT_EQUAL(m->virtual_servers.v[0].real_servers.n, 3);
	CU_ASSERT_EQUAL(m->virtual_servers.v[0].real_servers.v[0].port, 80);
	CU_ASSERT_EQUAL(m->virtual_servers.v[0].quorum, 3);
	CU_ASSERT_EQUAL(m->virtual_servers.v[0].hysteresis, 2);
	vd_model_free(m);
	expect("{'virtual_server':[" SERVICE(
			       "'quorum':1") ",{'address':'10.0.0.2','protocol':'TCP',"
					     "'real_server':[{'address':'10.0.0.3',"
					     "'port':80,'weight':0}]}]}",
			"m: warning: virtual_server[0]: virtual_server tcp 10.0.0.9:80 has no "
			"real_server: its clients are refused\n"
			"m: warning: virtual_server[1]: virtual_server tcp 10.0.0.2:0 has no port, "
			"which is for persistent services only: every port is served (add the "
			"port)\n"
			"m: warning: virtual_server[1].address: virtual_server tcp 10.0.0.2:0 is "
			"on "
			"the own address of eth0: the host itself cannot be reached there\n"
			"m: warning: virtual_server[1]: virtual_server tcp 10.0.0.2:0: every "
			"weight "
			"is 0, so no server takes new connections\n");
}

static void
test_names(void)
{
	expect("{'virtual_server_group':[{'name':'web','entries':[{'address':'10.0.0.9-10',"
	       "'port':80},{'address':'10.0.0.10','port':80}]}],"
	       "'local_address_group':[{'name':'l6','entries':[{'address':'2001:db8::5'}]}],"
	       "'virtual_server':[{'group':'wob','protocol':'TCP','real_server':[{'address':"
	       "'10.0.0.3','port':1}]},{'group':'web','protocol':'TCP','lb_kind':{'method':'FNAT'},"
	       "'laddr_group_name':'l4','real_server':[{'address':'10.0.0.3','port':1}]},"
	       "{'address':'10.0.1.1','port':80,'protocol':'TCP','lb_kind':{'method':'FNAT'},"
	       "'laddr_group_name':'l6','real_server':[{'address':'10.0.0.3','port':1}]},"
	       "{'address':'2001:db8::1','port':80,'protocol':'TCP','lb_kind':{'method':'FNAT'},"
	       "'real_server':[{'address':'fe80::1','port':1}]}]}",
			"m: warning: virtual_server[0].group: there is no virtual_server_group "
			"wob: "
			"the service listens nowhere (did you mean web?)\n"
			"m: error: virtual_server[1].laddr_group_name: there is no "
			"local_address_group l4 (did you mean l6?)\n"
			"m: error: virtual_server[2].laddr_group_name: local_address_group l6 has "
			"no "
			"IPv4 address for the servers of tcp 10.0.1.1:80\n"
			"m: error: virtual_server[3].lb_kind: lb_kind FNAT: no port has an IPv6 "
			"address to send from to the servers of tcp [2001:db8::1]:80 (add "
			"laddr_group_name, or addresses to a port)\n"
			"m: warning: virtual_server_group[0].entries[1]: virtual_server_group web "
			"has this already (virtual_server_group[0].entries[0])\n");
}

static void
test_listeners(void)
{
	struct vd_model *m;
	char *lines = validate(
			"{'virtual_server_group':[{'name':'g','entries':[{'address'"
			":"
			"'10.0.0.1-20','port':80}]}],'virtual_server':["
			"{'group':'g','protocol':'TCP','real_server':[{'address':'"
			"10.9.0.3',"
			"'port':1}]}," SERVICE(
					"'real_server':[{'address':'10.9.0."
					"3','port':1}]") "," SERVICE("'real_server':[{'address':'"
								     "10.9.0.4','"
								     "port':1}]") ","
										  "{'address':'10."
										  "0.0.9','port':"
										  "80,'protocol':'"
										  "UDP','real_"
										  "server':[{"
										  "'address':'10.9."
										  "0.4','port':"
										  "1}]}]}",
			false, &m);

	CU_ASSERT_STRING_EQUAL(lines,
			"m: warning: virtual_server[1]: virtual_server tcp 10.0.0.9:80 is ignored: "
			"an "
			"earlier one (virtual_server[0]) listens there\n"
			"m: warning: virtual_server[2]: virtual_server tcp 10.0.0.9:80 is ignored: "
			"an "
			"earlier one (virtual_server[0]) listens there\n");
	if (m->virtual_servers.n != 2)
		printf("\n%s", lines);
	CU_ASSERT_EQUAL(m->virtual_servers.n, 2);
	free(lines);
	vd_model_free(m);
}

int
main(void)
{
	static const struct vd_test tests[] = {
			VD_TEST(test_interfaces),
			VD_TEST(test_instances),
			VD_TEST(test_strict),
			VD_TEST(test_resets),
			VD_TEST(test_tracks),
			VD_TEST(test_servers),
			VD_TEST(test_names),
			VD_TEST(test_listeners),
	};

	return vd_test_main("model/validate", tests, VD_ARRAY_LEN(tests));
}
