"""Days, times and distances in words."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton

from qika.terms.names import Language
from qika.web.speech import SPEECH

_LOCALE = {Language.ZH: Locale.parse("zh_CN"), Language.EN: Locale.parse("en_GB")}
"""Read once: to find a locale by its name costs more than to write a day."""
KILOMETRE = 1_000


@lru_cache(maxsize=4_096)
def day_in_words(day: date, language: Language) -> str:
    """Write a day: 18 June 2027, or its Chinese form."""
    return format_date(day, "long", _LOCALE[language])


@lru_cache(maxsize=1_024)
def month_in_words(day: date, language: Language) -> str:
    """Write the month of a day: June 2027, or its Chinese form."""
    return format_skeleton("yMMMM", day, locale=_LOCALE[language])


@lru_cache(maxsize=4_096)
def day_near(day: date, today: date, language: Language) -> str:
    """Write a day close to today: today, tomorrow, else month, day and weekday."""
    speech = SPEECH[language]
    if day == today:
        return speech.t("today")
    if day == today + timedelta(days=1):
        return speech.t("tomorrow")
    return format_skeleton("MMMMEd", day, locale=_LOCALE[language])


@lru_cache(maxsize=4_096)
def weekday_in_words(day: date, language: Language) -> str:
    """Write the weekday of a day."""
    return format_date(day, "EEEE", _LOCALE[language])


def clock_of(moment: datetime) -> str:
    """Write the time of day, 24 hours."""
    return f"{moment:%H:%M}"


def distance_in_words(metres: float, language: Language) -> str:
    """Write a distance in metres below one kilometre, else in kilometres."""
    speech = SPEECH[language]
    if metres < KILOMETRE:
        return speech.t("distance-m", metres=str(round(metres, -1) or 0).removesuffix(".0"))
    return speech.t("distance-km", kilometres=f"{metres / KILOMETRE:.1f}")
