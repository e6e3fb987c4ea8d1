# Facts, budgets and results in; a table on stdout and JSON in the file `json`.
#
#     awk -f table.awk -v json=FILE facts.tsv budgets.tsv results.tsv
BEGIN { FS = "\t" }
FNR == 1 { file++ }
file == 1 { fact[++facts] = $1; value[$1] = $2; next }
file == 2 && /^#/ { next }
file == 2 {
    key = $1 FS $2 FS $3
    order[++keys] = key
    unit[key] = $4; budget[key] = $5; against[key] = $6
    share[key] = $7; durable[key] = $8
    next
}
{
    key = $1 FS $2 FS $3
    all[key] = all[key] " " $4
    n[key]++
}

# The median, least and greatest of a list of numbers.
function spread(key,   list, count, i, k, swap) {
    count = split(all[key], list, " ")
    for (i = 2; i <= count; i++)
        for (k = i; k > 1 && list[k - 1] + 0 > list[k] + 0; k--) {
            swap = list[k]; list[k] = list[k - 1]; list[k - 1] = swap
        }
    low[key] = list[1]; high[key] = list[count]
    i = int((count + 1) / 2)
    middle[key] = count % 2 ? list[i] : (list[i] + list[i + 1]) / 2
}

function good(value, wanted) {
    if (wanted == "-")
        return ""
    if (wanted ~ /^>=/ && value >= substr(wanted, 3) + 0)
        return "yes"
    if (wanted ~ /^<=/ && value <= substr(wanted, 3) + 0)
        return "yes"
    return "NO"
}

function shown(value) {
    return value >= 100 ? sprintf("%.0f", value) : sprintf("%.2f", value)
}

function quoted(text) {
    if (text == "" || text == "-")
        return "null"
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

function num(value) {
    return value == "" ? "null" : sprintf("%.3f", value)
}

# One row of figures as an object.
function put_json(key, part,   runs) {
    runs = all[key]
    gsub(/ /, ",", runs)
    printf "%s{\"row\":%s,\"who\":%s,\"metric\":%s,\"unit\":%s,",
        printed++ ? ",\n" : "\n", quoted(part[1]), quoted(part[2]),
        quoted(part[3]), quoted(unit[key]) > json
    printf "\"median\":%s,\"min\":%s,\"max\":%s,\"runs\":[%s],",
        middle[key], low[key], high[key], substr(runs, 2) > json
    printf "\"budget\":%s,\"against\":%s,\"ratio\":%s,\"share\":%s,",
        quoted(budget[key]), quoted(against[key]), num(ratio),
        quoted(share[key]) > json
    printf "\"met\":%s,\"durability\":%s}",
        met == "" ? "null" : (met == "yes" ? "true" : "false"),
        quoted(durable[key]) > json
}

function put_table(key, part,   wanted, note) {
    wanted = budget[key]
    if (wanted == "-")
        wanted = share[key] == "-" ? "" : share[key] "x"
    note = ratio == "" ? "" : sprintf("%.2f of %s", ratio, against[key])
    printf format, part[1], part[2], part[3], shown(middle[key]),
        shown(low[key]) ".." shown(high[key]), unit[key], wanted, met, note,
        durable[key]
}

function judge(key, part,   other, enough) {
    other = part[1] FS against[key] FS part[3]
    ratio = ""
    if (against[key] != "-" && n[other] && middle[other] > 0)
        ratio = middle[key] / middle[other]
    met = good(middle[key], budget[key])
    enough = ratio == "" ? "" : good(ratio, share[key])
    if (enough == "NO" || met == "")
        met = enough
}

END {
    printf "{" > json
    for (i = 1; i <= facts; i++) {
        printf "%s: %s\n", fact[i], value[fact[i]]
        printf "%s:%s,\n", quoted(fact[i]), quoted(value[fact[i]]) > json
    }
    printf "\"results\":[" > json
    format = "%-16s %-15s %-4s %10s %21s %-8s %10s %4s  %-22s %s\n"
    printf "\n" format, "row", "who", "", "median", "spread", "unit",
        "budget", "met", "ratio", "durability"
    for (i = 1; i <= keys; i++)
        if (n[order[i]])
            spread(order[i])
    for (i = 1; i <= keys; i++) {
        if (!n[order[i]])
            continue
        split(order[i], part, FS)
        judge(order[i], part)
        put_table(order[i], part)
        put_json(order[i], part)
    }
    print "\n]}" > json
}
