/* dump.c - see dump.h. */
#include "dump.h"
#include "around.h"

#define PLACE_MIN 4u /* digits of a place */
#define PLACE_MAX 8u

/* Pairs of digits, with one or two blanks between groups of them; three end them, or a '|', and so
 * do two behind groups of four digits (xxd), and a whole row. */
static void read_bytes(struct dump_row *row, struct rest r)
{
    size_t i = 0;

    while (i < r.n && row->n < DUMP_ROW_MAX) {
        size_t blanks = 0;

        while (i < r.n && r.p[i] == ' ')
            i++, blanks++;
        if (row->n > 0 &&
            (blanks > 2 || (row->xxd && blanks > 1) || (blanks > 1 && row->n % 8 != 0)))
            return;
        if (r.n - i < 2 || rest_hex(r.p[i]) < 0 || rest_hex(r.p[i + 1]) < 0)
            return;
        if (!row->xxd && i + 2 < r.n && r.p[i + 2] != ' ')
            return;
        row->bytes[row->n++] = (uint8_t)(rest_hex(r.p[i]) << 4 | rest_hex(r.p[i + 1]));
        i += 2;
        if (!row->xxd && row->n == 16)
            return;
    }
}

static bool read_row(struct rest r, struct dump_row *row)
{
    size_t digits = 0;

    *row = (struct dump_row){0};
    while (digits < r.n && digits <= PLACE_MAX && rest_hex(r.p[digits]) >= 0)
        row->place = row->place * 16 + (size_t)rest_hex(r.p[digits++]);
    if (digits < PLACE_MIN || digits > PLACE_MAX)
        return false;
    rest_drop(&r, digits);
    row->alone = r.n == 0;
    row->xxd = r.n > 2 && r.p[0] == ':' && r.p[1] == ' ';
    if (row->alone)
        return true;
    if (!row->xxd && (r.n < 4 || r.p[0] != ' ' || r.p[1] != ' '))
        return false;
    rest_drop(&r, row->xxd ? 1 : 2);
    read_bytes(row, r);
    return row->n > 0;
}

bool dump_row_read(struct rest line, struct dump_row *row, enum tws_side *dir)
{
    rest_trim(&line);
    if (around_drop_mark(&line, dir))
        rest_trim(&line);
    return read_row(line, row);
}

bool dump_is_squeezed(struct rest line)
{
    rest_trim(&line);
    return line.n == 1 && line.p[0] == '*';
}
