#include "bytes.h"
#include "guard.h"
#include <criterion/criterion.h>

static const uint8_t in[] = {0x80, 0x01, 0x02, 0xff, 0x05};

Test(bytes, are_taken_up_to_the_last_and_no_further)
{
    const uint8_t *base = guarded(in, sizeof in), *p = NULL;
    struct tws_cursor c = {base, sizeof in};
    uint32_t n = 7;
    uint8_t b = 7;

    cr_expect(tws_take_be32(&c, &n));
    cr_expect_eq(n, 0x800102ffu);
    cr_expect_not(tws_take_be32(&c, &n));
    cr_expect_not(tws_take(&c, 2, &p));
    cr_expect_not(tws_take(&c, SIZE_MAX, &p));
    cr_expect(p == NULL && n == 0x800102ffu && c.left == 1, "a take that fails takes nothing");
    cr_expect(tws_take_u8(&c, &b));
    cr_expect(b == 5 && c.left == 0 && c.p == base + sizeof in);
    cr_expect_not(tws_take_u8(&c, &b));
    cr_expect(tws_take(&c, 0, &p));
    cr_expect_eq(p, base + sizeof in);
    unguard(base, sizeof in);
}
