/*
 * record-number.c - numbers into their fields, exactly
 *
 * A number that does not fit is refused, not rounded.
 */
#include "config.h"

#include "core/conf.h"
#include "core/decimal.h"
#include "task/record-field.h"

int record_set_integer(const struct field *field, struct task_record *record,
                       struct value *value, const struct task_rules *rules,
                       struct err *err)
{
    int *member = record_member(field, record);
    int64_t num = 0;
    bool good;

    (void)rules;
    if (value->json)
        good = json_integer(value->json, &num) && num >= field->min &&
               num <= field->max;
    else
        good =
            conf_parse_int(value->text, field->min, field->max, &num, err) == 0;
    if (!good)
        return record_refuse(field, value, err);
    *member = (int)num;
    return 0;
}

int record_set_money(const struct field *field, struct task_record *record,
                     struct value *value, const struct task_rules *rules,
                     struct err *err)
{
    int64_t *member = record_member(field, record);
    const char *text = value->json ? value->json->data : value->text;
    size_t len = value->json ? value->json->len : value->len;
    int64_t units;

    (void)rules;
    if (decimal_parse(text, len, 12, field->max, &units) != 1)
        return record_refuse(field, value, err);
    *member = units;
    return 0;
}
