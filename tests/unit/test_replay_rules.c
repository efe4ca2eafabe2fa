#include "replay_rules.h"
#include "schema.h"
#include <criterion/criterion.h>

/* Every id that these tables name is one that the schema knows, in that direction. */
Test(replay_rules, name_known_messages)
{
    for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++) {
        bool out = tws_schema_find(TWS_CLIENT, id) != NULL;
        bool in = tws_schema_find(TWS_GATEWAY, id) != NULL;

        cr_expect(out || !(replay_continues(id) || replay_changes(id)), "out %d", (int)id);
        cr_expect(in || !(replay_firm(id) || replay_tells_change(id)), "in %d", (int)id);
        cr_expect(out || replay_space_of(TWS_CLIENT, id) == REPLAY_NO_KEY, "out %d", (int)id);
        cr_expect(in || replay_space_of(TWS_GATEWAY, id) == REPLAY_NO_KEY, "in %d", (int)id);
    }
    cr_expect_eq(replay_space_of(TWS_CLIENT, -1), REPLAY_NO_KEY);
    cr_expect_eq(replay_space_of(TWS_GATEWAY, 100000), REPLAY_NO_KEY);
}

Test(replay_rules, nothing_that_changes_something_is_forgotten)
{
    static const int32_t ids[] = {3, 4, 15, 19, 21, 58, 69, 109};

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        cr_expect_not_null(replay_changes(ids[i]), "%d", (int)ids[i]);
    cr_expect_null(replay_changes(1));
    cr_expect_null(replay_changes(71));
    cr_expect_null(replay_changes(-1));
}

/* A cancel continues what it cancels, so it has a key; what ends a list is owed. */
Test(replay_rules, agree_with_the_schema)
{
    for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++)
        if (replay_continues(id))
            cr_expect_neq(replay_space_of(TWS_CLIENT, id), REPLAY_NO_KEY, "%d", (int)id);
    cr_expect(replay_firm(9) && replay_firm(15) && replay_firm(52) && replay_firm(4));
    cr_expect(!replay_firm(1) && !replay_firm(3) && !replay_firm(10) && !replay_firm(61));
}
