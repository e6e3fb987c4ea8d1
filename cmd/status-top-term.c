/*
 * status-top-term.c - the terminal; the only file that knows ncurses
 *
 * Whatever ends us, the terminal is given back as it was: by the loop, by
 * exit(3), or, while we wait for a database, by the signal handler itself.
 * (It then runs beside code of a database, never beside code of ncurses.)
 */
#include "config.h"

#include <langinfo.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "cmd/status-top.h"
#include "core/clock.h"

/* Last: term.h has macros with the names of everything. */
#include <curses.h>
#include <term.h>

static SCREEN *terminal;
static volatile sig_atomic_t caught;
static volatile sig_atomic_t waiting;

static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void term_die(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static void on_signal(int number)
{
    caught = number;
    if (waiting) {
        term_close();
        term_die(number);
    }
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction old;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < LENGTH(deadly); i++)
        if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(deadly[i], &action, NULL);
}

static void set_colors(void)
{
    static const short colors[] = {
        [SCREEN_GOOD] = COLOR_GREEN,
        [SCREEN_INFO] = COLOR_CYAN,
        [SCREEN_WARN] = COLOR_YELLOW,
        [SCREEN_BAD] = COLOR_RED,
    };

    start_color();
    use_default_colors();
    for (size_t i = 0; i < LENGTH(colors); i++)
        if (colors[i])
            init_pair((short)i, colors[i], -1);
}

static bool colored;

int term_open(bool color, struct err *err)
{
    const char *type = getenv("TERM");
    int known = 0;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        err_set(err, ERR_USAGE, "top needs a terminal");
        return err_hint(err, "'overview' and 'events -f' can go into a pipe");
    }
    /* newterm() would keep memory of a type that it does not know. */
    if (type && *type && strcmp(type, "dumb") != 0 &&
        setupterm(type, STDOUT_FILENO, &known) == OK) {
        del_curterm(cur_term);
        terminal = newterm(type, stdout, stdin);
    }
    if (!terminal) {
        err_set(err, ERR_USAGE, "top cannot use a terminal of type '%s'",
                type ? type : "");
        return err_hint(err, "set TERM, or use 'overview' and 'events -f'");
    }
    set_term(terminal);
    atexit(term_close);
    catch_signals();
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    colored = color && has_colors();
    if (colored)
        set_colors();
    return 0;
}

void term_close(void)
{
    if (terminal && !isendwin())
        endwin();
}

void term_size(int *rows, int *cols)
{
    getmaxyx(stdscr, *rows, *cols);
}

bool term_ascii(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

int term_signal(void)
{
    return caught;
}

void term_waiting(bool waits)
{
    waiting = waits;
    if (waits && caught)
        on_signal(caught);
}

/* --- drawing -------------------------------------------------------------- */

static chtype style(int attr)
{
    int base = attr & ~SCREEN_SELECTED;
    chtype style = (attr & SCREEN_SELECTED) ? A_REVERSE : A_NORMAL;

    switch (base) {
    case SCREEN_TITLE:
    case SCREEN_HEAD:
        return style | A_BOLD;
    case SCREEN_DIM:
        return style | (colored ? A_DIM : A_NORMAL);
    case SCREEN_BAR:
        return style | A_REVERSE;
    case SCREEN_GOOD:
    case SCREEN_INFO:
    case SCREEN_WARN:
    case SCREEN_BAD:
        if (colored)
            return style | (chtype)COLOR_PAIR(base);
        return base >= SCREEN_WARN ? style | A_BOLD : style;
    default:
        return style;
    }
}

/* Cells that look alike go out together. */
static void paint_row(const struct screen *screen, int row)
{
    struct buf run = {0};
    int start = 0;

    for (int col = 0; col <= screen->cols; col++) {
        const struct screen_cell *cell =
            col < screen->cols ? screen_at(screen, row, col) : NULL;
        int attr = screen_at(screen, row, start)->attr;

        if (run.len > 0 && (!cell || cell->attr != attr)) {
            attrset((int)style(attr));
            mvaddnstr(row, start, run.data, (int)run.len);
            buf_reset(&run);
            start = col;
        }
        if (cell && cell->len > 0)
            buf_put(&run, cell->text, cell->len);
        else if (cell && cell->width == 1)
            buf_byte(&run, ' ');
    }
    buf_release(&run);
}

void term_paint(const struct screen *screen)
{
    erase();
    for (int row = 0; row < screen->rows; row++)
        paint_row(screen, row);
    refresh();
}

/* --- keys ----------------------------------------------------------------- */

static enum top_key special(wint_t code)
{
    static const struct {
        int code;
        enum top_key key;
    } keys[] = {
        {KEY_UP, TOP_KEY_UP},
        {KEY_DOWN, TOP_KEY_DOWN},
        {KEY_LEFT, TOP_KEY_LEFT},
        {KEY_RIGHT, TOP_KEY_RIGHT},
        {KEY_PPAGE, TOP_KEY_PAGE_UP},
        {KEY_NPAGE, TOP_KEY_PAGE_DOWN},
        {KEY_HOME, TOP_KEY_HOME},
        {KEY_END, TOP_KEY_END},
        {KEY_ENTER, TOP_KEY_ENTER},
        {KEY_BTAB, TOP_KEY_BACK_TAB},
        {KEY_BACKSPACE, TOP_KEY_BACKSPACE},
    };

    for (size_t i = 0; i < LENGTH(keys); i++)
        if ((wint_t)keys[i].code == code)
            return keys[i].key;
    return TOP_KEY_NONE;
}

enum top_key term_key(int64_t usec, char character[8])
{
    mbstate_t state = {0};
    char bytes[MB_LEN_MAX];
    wint_t code = 0;
    size_t len;
    int got;

    timeout(usec > 0 ? (int)((usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC) : 0);
    got = get_wch(&code);
    if (got == ERR)
        return TOP_KEY_NONE;
    if (got == KEY_CODE_YES)
        return special(code);
    switch (code) {
    case '\r':
    case '\n':
        return TOP_KEY_ENTER;
    case '\t':
        return TOP_KEY_TAB;
    case 27:
        return TOP_KEY_ESCAPE;
    case 8:
    case 127:
        return TOP_KEY_BACKSPACE;
    default:
        break;
    }
    len = wcrtomb(bytes, (wchar_t)code, &state);
    if (len >= 8 || code < ' ')
        return TOP_KEY_NONE;
    memcpy(character, bytes, len);
    character[len] = '\0';
    return TOP_KEY_CHAR;
}
