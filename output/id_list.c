/* id_list.c - the account ids of a list. */
#include "id_list.h"

static bool is_number(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((text[i] < '0' || text[i] > '9') && text[i] != '.' && text[i] != '-')
            return false;
    return true;
}

bool id_list_next(struct id_list *l, size_t *from, size_t *len)
{
    while (l->at <= l->len) {
        bool share = l->behind;
        size_t end = l->at;

        while (end < l->len && l->text[end] != ',' && l->text[end] != '/')
            end++;
        *from = l->at;
        *len = end - l->at;
        l->behind = end < l->len && l->text[end] == '/';
        l->at = end + 1;
        if (!share || !is_number(l->text + *from, *len))
            return true;
    }
    return false;
}
