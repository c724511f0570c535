"""Which ways to write a device or a work are one: the built-in ones, and a tenant's own on top of them.

Everything is compared as stems (`stem`), so that «аккумулятор» and «аккумулятора» are one word. What stands
in `PriceItem.device_key` and `work_key` was made with these tables: whoever changes them adds a migration
that calls `keys.rekey` for every tenant.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

Stems = tuple[str, ...]
Synonyms = Mapping[Stems, Stems]

MOST_WORDS = 3  # of one synonym

_CYRILLIC = re.compile(r"[а-я]+")
_LONG_ENDINGS = re.compile(r"(?<=.{4})(?:ого|его|ому|ему|ыми|ими|ами|ями)$")
_SHORT_ENDINGS = re.compile(r"(?<=.{5})(?:ах|ях|ов|ев|ам|ям|ом|ем|ым|им|ых|их)$")
_VOWELS = re.compile(r"(?<=.{3})[аеиоуыэюяйь]+$")


def stem(word: str) -> str:
    """Without its Russian ending, or nearly so; a Latin word stays as it is."""
    if len(word) < 4 or not _CYRILLIC.fullmatch(word):
        return word
    for endings in (_LONG_ENDINGS, _SHORT_ENDINGS):
        cut = endings.sub("", word)
        if cut != word:
            return cut
    return _VOWELS.sub("", word)


def _table(lines: str) -> dict[Stems, Stems]:
    """Lines of «canonical: ways to write it, separated by commas»."""
    found: dict[Stems, Stems] = {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        canonical, _colon, ways = line.partition(":")
        for way in ways.split(","):
            found[_stems(way)] = _stems(canonical)
    return found


def _stems(text: str) -> Stems:
    return tuple(stem(word) for word in text.split())


DEVICES = _table(
    """
    apple: эппл, эпл, эпал, апл, аппл, эпплл
    iphone: айфон, ифон, aйфон, iфон
    ipad: айпад
    macbook: макбук, mac book
    imac: аймак
    airpods: аирподс, эйрподс, эирподс
    watch: вотч
    samsung: самсунг
    galaxy: галакси, гэлакси, галэкси, гелакси
    xiaomi: сяоми, ксиоми, ксяоми, шаоми, хиаоми, сяо ми
    redmi: редми
    poco: поко, pocophone
    mi: ми
    huawei: хуавей, хуавэй, хуавеи
    honor: хонор, онор
    realme: реалми, рилми
    oppo: оппо
    vivo: виво
    tecno: техно, текно
    infinix: инфиникс
    nokia: нокиа, нокия
    sony: сони
    xperia: иксперия
    asus: асус
    lenovo: леново
    google: гугл
    pixel: пиксель, пиксел
    oneplus: one plus, ванплас
    pro: про
    max: макс
    pro max: промакс, promax
    plus: плюс, плас
    mini: мини
    ultra: ультра
    lite: лайт
    note: нот, ноут, ноте
    air: эйр, аир
    se: се, эсе
    xr: хр, икс р
    xs: хс, икс эс
    x: х, икс
    s: с, эс
    a: а
    e: е
    t: т
    k: к
    m: м
    n: н
    o: о
    p: р, п
    f: ф
    """
)
# Say nothing of which device it is.
DEVICE_NOISE = frozenset(
    _stems("смартфон телефон мобильный phone планшет ноутбук laptop tablet часы модель model gb гб tb тб")
)
MAKERS = frozenset(
    _stems(
        "apple samsung xiaomi huawei honor realme oppo vivo tecno infinix nokia sony asus lenovo google"
        " oneplus"
    )
)
# A name of its own that tells the maker.
FAMILIES = {
    "iphone": "apple",
    "ipad": "apple",
    "macbook": "apple",
    "imac": "apple",
    "airpods": "apple",
    "watch": "apple",
    "galaxy": "samsung",
    "redmi": "xiaomi",
    "poco": "xiaomi",
    "mi": "xiaomi",
    "pixel": "google",
    "xperia": "sony",
}
# What is left out when people write the maker and the number: «Samsung S21», «Apple 13 Pro».
USUAL_FAMILY = {"apple": "iphone", "samsung": "galaxy"}

WORKS = _table(
    """
    аккумулятор: акб, аккум, акум, акумулятор, аккамулятор, батарея, батарейка, battery, accumulator, akb
    дисплей: экран, матрица, lcd, screen, display, дисплейный модуль, экранный модуль
    дисплей: модуль дисплея, модуль экрана
    стекло: glass
    камера: camera, фотокамера
    динамик: speaker, спикер
    микрофон: mic, microphone
    разъем: гнездо, порт, коннектор, connector, port, разьем
    зарядка: charging, зарядное, заряд
    задняя крышка: задник, back cover
    кнопка: button
    вода: влага, залитие, жидкость
    прошивка: прошить, перепрошивка, software, по
    диагностика: diagnostics, диагностирование, проверка
    замена: заменить, поменять, сменить, менять, смена, replacement, replace, переклейка, переклеить
    ремонт: починка, починить, отремонтировать, repair, fix
    чистка: почистить, очистка, cleaning
    """
)
# What is done, as against what with.
ACTIONS = frozenset(_stems("замена ремонт восстановление установка услуга работа цена стоимость"))
WORK_NOISE = frozenset(_stems("на для и с со в во по под от к из или the of for a an with and"))


def read(stems: Sequence[str], synonyms: Synonyms) -> list[str]:
    """The longest way to write a thing goes first: «сяо ми» before «ми»."""
    found: list[str] = []
    at = 0
    while at < len(stems):
        for length in range(min(MOST_WORDS, len(stems) - at), 0, -1):
            means = synonyms.get(tuple(stems[at : at + length]))
            if means is not None:
                found += means
                at += length
                break
        else:
            found.append(stems[at])
            at += 1
    return found


def with_own(built_in: Synonyms, own: Iterable[tuple[Stems, Stems]]) -> Synonyms:
    """A tenant's word may mean one of the built-in ways to write something, and goes before them."""
    return {**built_in, **{word: tuple(read(means, built_in)) for word, means in own}}
