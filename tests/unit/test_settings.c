#include "guard.h" /* bytes that end at a page nobody may read: one over-read, one crash */
#include "settings.h"
#include <criterion/criterion.h>

/* Values from the text of settings files, cut anywhere. */

static const char ini[] = "; a comment\r\n[Logon]\r\nUseSSL=true\r\n [IBGateway] \r\n"
                          " apionly = yes \r\nTrustedIPs=\r\n[Other]\r\nApiOnly=no\r\nTail=end";
static const char xml[] = "<?xml?>\n<ApiSettingsMore port=\"1\"/><ApiSettings report=\"9\" "
                          "port=\"4002\"\n readOnlyApi=\"true\"/>\n<ApiSettings port=\"7\"/>";

static struct tws_cursor text(const char *s)
{
    return (struct tws_cursor){(const uint8_t *)s, strlen(s)};
}

Test(settings, ini)
{
    char v[SETTINGS_VALUE];

    cr_assert(settings_ini(text(ini), "IBGateway", "ApiOnly", v));
    cr_expect_str_eq(v, "yes");
    cr_assert(settings_ini(text(ini), "ibgateway", "TrustedIPs", v));
    cr_expect_str_eq(v, "");
    cr_assert(settings_ini(text(ini), "Other", "Tail", v));
    cr_expect_str_eq(v, "end");
    cr_expect_not(settings_ini(text(ini), "IBGateway", "UseSSL", v));
    cr_expect_not(settings_ini(text(""), "IBGateway", "UseSSL", v));
}

Test(settings, xml)
{
    char v[SETTINGS_VALUE];

    cr_assert(settings_xml(text(xml), "ApiSettings", "port", v));
    cr_expect_str_eq(v, "4002");
    cr_assert(settings_xml(text(xml), "ApiSettings", "readOnlyApi", v));
    cr_expect_str_eq(v, "true");
    cr_expect_not(settings_xml(text(xml), "ApiSettings", "dde", v));
    cr_expect_not(settings_xml(text("<ApiSettings port=\"4"), "ApiSettings", "port", v));
}

Test(settings, option)
{
    char v[SETTINGS_VALUE];

    cr_assert(settings_option(text("# -Xmx1m\n-Xmx768m\n -Xmx1024m\n"), "-Xmx", v));
    cr_expect_str_eq(v, "1024m");
    cr_expect_not(settings_option(text("# -Xmx1m\n"), "-Xmx", v));
}

Test(settings, a_value_longer_than_its_place_is_cut)
{
    char line[200] = "[a]\nb=", v[SETTINGS_VALUE];

    memset(line + 6, 'x', sizeof line - 7);
    cr_assert(settings_ini(text(line), "a", "b", v));
    cr_expect_eq(strlen(v), SETTINGS_VALUE - 1);
}

static void at_every_cut(const char *all)
{
    char v[SETTINGS_VALUE];

    for (size_t n = 0; n <= strlen(all); n++) {
        struct tws_cursor c = {guarded((const uint8_t *)all, n), n};

        (void)settings_ini(c, "Other", "Tail", v);
        (void)settings_xml(c, "ApiSettings", "readOnlyApi", v);
        (void)settings_option(c, "-Xmx", v);
        unguard(c.p, n);
    }
}

Test(settings, nothing_is_read_behind_the_end)
{
    at_every_cut(ini);
    at_every_cut(xml);
    at_every_cut("-Xmx768m");
}
