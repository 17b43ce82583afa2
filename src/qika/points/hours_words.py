"""Words with which Chinese lists write opening hours, and what each says in OSM's grammar.

Applied in order after Unicode normalisation (NFKC), so longer phrases stand before their parts.
Characters of Chinese punctuation are written as escapes, for they are data here.
"""

REPLACED: tuple[tuple[str, str], ...] = (
    # separators that normalisation leaves
    ("\u3001", ","),  # enumeration comma
    ("\u3002", ";"),  # full stop
    ("\u2013", "-"),
    ("\u2014", "-"),
    ("\u2015", "-"),
    ("\u2212", "-"),
    ("\u301c", "-"),  # wave dash
    ("~", "-"),
    ("至", "-"),
    ("到", "-"),
    ("和", ","),
    ("及", ","),
    ("(", " "),
    (")", " "),
    ("[", " "),
    ("]", " "),
    ("\n", ";"),
    # headings, with a slip of character recognition seen in lists of 2020
    *(
        (heading, " ")
        for kind in ("开诊", "门诊", "营业", "服务", "办公", "工作", "上班", "开放")
        for heading in (f"{kind}时间", f"{kind}时问")
    ),
    # holidays; the State Council's word and what people write for it
    ("国家法定节假日", "PH"),
    ("法定节假日", "PH"),
    ("法定假日", "PH"),
    ("节假日", "PH"),
    ("公众假期", "PH"),
    ("除PH外", "PH off "),
    ("PH除外", "PH off "),
    # whole weeks
    ("全年无休", "PH usual "),
    ("法定工作日", "Mo-Fr "),
    ("工作日", "Mo-Fr "),
    ("双休日", "Sa-Su "),
    ("周末", "Sa-Su "),
    ("每天", " "),
    ("每日", " "),
    # closed, or as on other days
    ("不营业", " off "),
    ("不开放", " off "),
    ("不办公", " off "),
    ("不上班", " off "),
    ("停诊", " off "),
    ("休息", " off "),
    ("正常营业", " usual "),
    ("正常上班", " usual "),
    ("照常营业", " usual "),
    ("照常上班", " usual "),
    ("照常", " usual "),
    # times
    ("二十四小时", "24小时"),
    ("全天候", "24小时"),
    ("全天", "24小时"),
    ("凌晨", " A"),
    ("早上", " A"),
    ("早晨", " A"),
    ("上午", " A"),
    ("早", " A"),
    ("中午", " N"),
    ("下午", " P"),
    ("晚上", " E"),
    ("夜间", " E"),
    ("晚", " E"),
    ("营业", " "),
    ("开放", " "),
    ("接诊", " "),
)
"""``A N P E`` mark times of the morning, noon, afternoon and evening."""

WEEKDAYS: dict[str, str] = {
    "一": "Mo",
    "二": "Tu",
    "三": "We",
    "四": "Th",
    "五": "Fr",
    "六": "Sa",
    "日": "Su",
    "天": "Su",
}
"""What follows 周, 星期 or 礼拜."""
