/* SPDX-License-Identifier: BSD-3-Clause */
/* authentication and auth_hmac of an instance. */
#include <ctype.h>
#include <string.h>

#include "vd_model_validate_priv.h"

#define KEY_MIN  32
#define KEY_MAX  64
#define KEYS_MAX 8 /* as many as the engine holds */

static void
drop(struct vd_validate *c, struct vd_model_vrrp_instance *i, const char *hint, const char *why)
{
	vd_validate_say(c, VD_DIAG_WARNING, i->authentication.obj.place, hint,
			"authentication is dropped: %s", why);
	i->authentication.auth_type = VD_MODEL_AUTH_NONE;
}

static void
check_authentication(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	const struct vd_model_authentication *a = &i->authentication;

	if (a->auth_type == VD_MODEL_AUTH_NONE) {
		if (a->auth_pass != NULL)
			vd_validate_say(c, VD_DIAG_WARNING, a->obj.place, "add: auth_type PASS",
					"auth_pass has no effect without auth_type");
		return;
	}
	if (i->strict_mode)
		drop(c, i, NULL, "vrrp_strict has none");
	else if (i->version == 3)
		drop(c, i, NULL, "VRRP version 3 has none");
	else if (a->auth_pass == NULL || a->auth_pass[0] == '\0')
		drop(c, i, "add auth_pass", "it has no password");
	else if (a->auth_type == VD_MODEL_AUTH_AH && i->state == VD_MODEL_STATE_MASTER &&
			i->priority != 255) {
		/* The sequence number of a peer's adverts is to be known first. */
		vd_validate_say(c, VD_DIAG_WARNING, vd_model_place_of(&i->obj, &i->state),
				"say state BACKUP", "state MASTER is ignored with auth_type AH");
		i->state = VD_MODEL_STATE_BACKUP;
	}
}

/* What is wrong with the secret, or NULL. A file is read when it is used. */
static const char *
secret_fault(const char *s)
{
	size_t n;

	if (strncmp(s, "file:", 5) == 0)
		return s[5] == '/' ? NULL : "file: wants the whole path of a file";
	if (strncmp(s, "hex:", 4) != 0) {
		n = strlen(s);
		return n >= KEY_MIN && n <= KEY_MAX ? NULL : "a key has 32 to 64 bytes";
	}
	s += 4;
	for (n = 0; s[n] != '\0'; n++)
		if (!isxdigit((unsigned char)s[n]))
			return "hex: wants hexadecimal digits";
	return n % 2 == 0 && n >= 2 * KEY_MIN && n <= 2 * KEY_MAX
			? NULL
			: "hex: wants 64 to 128 digits, two for each byte";
}

static void
check_key(struct vd_validate *c, const struct vd_model_auth_hmac *h, size_t n)
{
	const struct vd_model_hmac_key *k = &h->key.v[n];
	const char *fault = k->secret != NULL ? secret_fault(k->secret) : "a key has a secret";

	if (fault != NULL)
		vd_validate_say(c, VD_DIAG_ERROR, k->obj.place, NULL, "key %d: %s", (int)k->id,
				fault);
	for (size_t i = 0; i < n; i++) {
		if (h->key.v[i].id != k->id)
			continue;
		vd_validate_say(c, VD_DIAG_ERROR, k->obj.place, "give each its own number",
				"key %d is already defined (%s)", (int)k->id,
				vd_validate_where(&h->key.v[i].obj.place));
		return;
	}
}

static bool
has_key(const struct vd_model_auth_hmac *h, int64_t id)
{
	for (size_t i = 0; i < h->key.n; i++)
		if (h->key.v[i].id == id)
			return true;
	return false;
}

static void
check_hmac(struct vd_validate *c, const struct vd_model_vrrp_instance *i)
{
	const struct vd_model_auth_hmac *h = &i->auth_hmac;

	if (!vd_model_given(&i->obj, &i->auth_hmac))
		return;
	if (h->key.n == 0) {
		vd_validate_say(c, VD_DIAG_ERROR, h->obj.place, "add: key NUMBER SECRET",
				"auth_hmac has no key");
		return;
	}
	for (size_t n = 0; n < h->key.n; n++)
		check_key(c, h, n);
	if (h->key.n > KEYS_MAX)
		vd_validate_say(c, VD_DIAG_ERROR, h->key.v[KEYS_MAX].obj.place, NULL,
				"auth_hmac has more than %d keys", KEYS_MAX);
	if (!has_key(h, h->active_key))
		vd_validate_say(c, VD_DIAG_ERROR, vd_model_place_of(&h->obj, &h->active_key), NULL,
				"active_key %d: there is no such key", (int)h->active_key);
	if (i->authentication.auth_type != VD_MODEL_AUTH_NONE)
		vd_validate_say(c, VD_DIAG_NOTE, i->authentication.obj.place, NULL,
				"authentication beside auth_hmac: an advert must pass both");
}

void
vd_validate_auth(struct vd_validate *c, struct vd_model_vrrp_instance *i)
{
	if (vd_validate_is_v6(i) && i->authentication.auth_type == VD_MODEL_AUTH_AH &&
			!i->strict_mode && i->version == 2)
		drop(c, i, NULL, "AH is not for IPv6");
	else
		check_authentication(c, i);
	check_hmac(c, i);
}
