"""Sums of money in a rewritten text: with a currency, with «тысяч», after «стоит», or large and bare."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from apps.appeals.guarding.figures import Found, Kind, Value

SPACE = r"[ \u00a0\u202f\u2009]"
NUMBER = (
    rf"(?:\d{{1,3}}(?:{SPACE}\d{{3}})+(?!\d)|\d{{1,3}}(?:[.,]\d{{3}})+(?![\d.,]\d)"
    r"|\d+(?:[.,]\d{1,2})?(?!\d))"
)
HALF = r"(?P<half>\s+с\s+половиной)?"
SCALE = r"(?:\s*(?:тыс\b\.?|тысяч\w*|тыщ\w*|т\.?\s?р\b\.?|косар\w*|thousand\b|grand\b)|[кk]\b)"
MILLION = r"(?:млн\b\.?|миллион\w*|million\b)"
CURRENCY = (
    r"(?:₽|руб(?:л\w*|\.)?|р\.|р\b|rub\b|\$|€|₸|usd\b|eur\b|kzt\b|byn\b|долл\w*|евро\b|тенге\b|сум(?:ов)?\b|"
    r"dollars?\b|euros?\b)"
)
COST = (
    r"(?:стои[тлм]\w*|стоимост\w*|цен[аыуе]\w*|обойд\w*|выйдет|выходит|составит|составля\w*|итого|всего|"
    r"предоплат\w*|доплат\w*|аванс\w*|скидк\w*|дешевле|дороже|costs?|price|total|pay|deposit|discount)"
)
ABOUT = r"(?:\s*[:=—–-]|\s+(?:будет|около|примерно|порядка|ориентировочно|от|до|в|на|за|с|is|about|from))*"

_UNIT_AFTER = re.compile(
    r"\s*-?\s*(?:гб|gb|мб|mb|тб|tb|ма\s?[·*]?\s?ч|mah|мм|см|км|метр\w*|дюйм\w*|ватт\w*|вт|w\b|гц|hz|мп\b|mp\b|%|"
    r"процент\w*|шт|штук\w*|дн\w*|день|час\w*|минут\w*|мин\b|сек\w*|лет\b|год\w*|г\.|кг|раз\w*|циклов|cycles|"
    r"month|day|year|hour|minute)"
)
_NAMED_BEFORE = re.compile(
    r"(?:№|#|номер\w*|дом|д\.|кв\.?|квартир\w*|офис\w*|строени\w*|корпус\w*|заказ\w*|обращени\w*|код\w*|артикул\w*|"
    r"индекс|imei|order|number|code|flat|office)\s*[:№#]?\s*$"
)
_COST_BEFORE = re.compile(rf"{COST}{ABOUT}\s*$")
_RANGE = re.compile(
    rf"(?<![\w.,])(?P<low>{NUMBER})\s*(?:[-–—]|до|или|to|or)\s*(?={NUMBER}{HALF}(?P<scale>{SCALE}|\s*{CURRENCY}))".replace(
        "(?P<half>", "(?:"
    )
)
_SUM = re.compile(
    rf"(?P<before>[$€₽]\s?)?(?<![\w.,])(?P<number>{NUMBER}){HALF}"
    rf"(?:(?P<scale>{SCALE})(?:\s+(?P<rest>\d{{1,3}})(?!\d))?|\s*(?P<million>{MILLION}))?"
    rf"(?:\s*(?P<after>{CURRENCY}))?"
)
_DISCOUNT = re.compile(
    r"(?:скидк\w*|дешевле|discount|off)\D{0,20}?(?P<a>\d{1,2}(?:[.,]\d)?)\s*(?:%|процент\w*|percent)"
    r"|(?P<b>\d{1,2}(?:[.,]\d)?)\s*(?:%|процент\w*|percent)\s*(?:скидк\w*|discount|off)"
)
_FREE = re.compile(r"(?<!не )\b(?:бесплатн\w*|безвозмездно|free of charge|for free)\b")
CURRENCIES = (
    ("RUB", ("₽", "р", "rub")),
    ("USD", ("$", "usd", "долл", "dollar")),
    ("EUR", ("€", "eur", "евро")),
    ("KZT", ("₸", "kzt", "тенге")),
    ("BYN", ("byn",)),
    ("UZS", ("сум",)),
)
LOOK_BACK = 60
LEAST_BARE, MOST_BARE = 100, 10_000_000


def price(amount: Decimal, currency: str = "") -> Value:
    return Value("price", f"{amount.normalize():f}", currency)


def find_prices(text: str) -> Iterator[Found]:
    for found in _FREE.finditer(text):
        yield Found(Kind.PRICE, found.start(), found.end(), frozenset({price(Decimal(0))}))
    for found in _DISCOUNT.finditer(text):
        group = "a" if found["a"] else "b"
        value = price(amount_of(found[group]), "%")
        yield Found(Kind.PRICE, found.start(group), found.end(), frozenset({value}))
    lows = {found.start(): found["scale"] for found in _RANGE.finditer(text)}
    for found in _SUM.finditer(text):
        if (read := _sum(text, found, lows.get(found.start("number"), ""))) is not None:
            yield Found(
                Kind.PRICE, found.start(), found.start() + len(found.group().rstrip()), frozenset({read})
            )


def _sum(text: str, found: re.Match[str], beside: str) -> Value | None:
    """`beside` is what stands behind the other end: «от 3 до 5 тысяч»."""
    amount = amount_of(found["number"]) + (Decimal("0.5") if found["half"] else 0)
    scale = found["scale"] or (beside if re.fullmatch(SCALE, beside) else "")
    if scale.strip():
        amount = amount * 1000 + int(found["rest"] or 0)
    if found["million"]:
        amount *= 1_000_000
    currency = _currency(found["before"] or found["after"] or beside)
    if scale or currency or found["million"] or _is_bare_sum(text, found, amount):
        return price(amount, currency)
    return None


def _is_bare_sum(text: str, found: re.Match[str], amount: Decimal) -> bool:
    before = text[: found.start()]
    if _UNIT_AFTER.match(text, found.end()) or text[found.end() : found.end() + 1].isalpha():
        return False
    if is_said_of_money(before):
        return True
    if _NAMED_BEFORE.search(before[-LOOK_BACK:]):
        return False
    return LEAST_BARE <= amount < MOST_BARE and amount == int(amount)


def is_said_of_money(before: str) -> bool:
    """Whether a number that follows these words is a price, be it ever so small."""
    return bool(_COST_BEFORE.search(before[-LOOK_BACK:]))


def _currency(written: str) -> str:
    written = written.strip()
    return next((name for name, heads in CURRENCIES if written and written.startswith(heads)), "")


def amount_of(written: str) -> Decimal:
    plain = re.sub(SPACE, "", written)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain):
        return Decimal(re.sub(r"[.,]", "", plain))
    return Decimal(plain.replace(",", "."))


# --- what is said aloud: «три пять» is 3500

_DEVICE_BEFORE = re.compile(
    r"(?:айфон\w*|iphone|ipad|айпад\w*|galaxy|гэлакси|галакси|samsung|самсунг\w*|redmi|редми|note|ноут|pixel|пиксель|"
    r"honor|хонор\w*|huawei|хуавей|poco|поко|realme|macbook|макбук\w*|watch|xiaomi|ксиоми|сяоми|pro|max|plus|про|макс)\s*$"
)
_SPOKEN = re.compile(rf"(?<![\w.,]){NUMBER}")
_BETWEEN = re.compile(r"(?:\s|\s?[-–—,.]\s?)")


def heard_prices(text: str) -> Iterator[Found]:
    """Every sum that a number in an operator's words may be. What is no sum was taken out before."""
    heard = [one for one in _SPOKEN.finditer(text) if not _DEVICE_BEFORE.search(text[: one.start()])]
    joined: set[int] = set()
    for place, (first, second) in enumerate(pairwise(heard)):
        between = text[first.end() : second.start()]
        values = _together(amount_of(first.group()), amount_of(second.group()))
        if values and _BETWEEN.fullmatch(between):
            yield Found(Kind.PRICE, first.start(), second.end(), values)
            # «Три пять» is not three; «3-5» may be from three to five.
            joined |= set() if between.strip() else {place, place + 1}
    for place, found in enumerate(heard):
        if place not in joined:
            amount = amount_of(found.group())
            small = {price(amount * 1000)} if 0 < amount < 1000 else set()
            yield Found(Kind.PRICE, found.start(), found.end(), frozenset({price(amount), *small}))


def _together(first: Decimal, second: Decimal) -> frozenset[Value]:
    """«три пять» 3500, «три пятьдесят» 3050 or 350, «десять двести» 10200."""
    if first != int(first) or second != int(second) or not (0 < first < 1000 and 0 < second < 1000):
        return frozenset()
    values = {price(first * 1000 + second * (100 if second < 10 else 1))}
    if first < 10 <= second < 100:
        values.add(price(first * 100 + second))
    return frozenset(values)
