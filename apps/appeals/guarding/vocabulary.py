"""Russian and English words for numbers, in the forms in which they stand in sentences."""

from collections.abc import Mapping
from decimal import Decimal


def _each(**forms: str) -> dict[str, int]:
    return {form: int(name[1:]) for name, written in forms.items() for form in written.split()}


UNITS: Mapping[str, int] = _each(
    n0="ноль нуля zero",
    n1="один одна одну одно одного одной одном одним one",
    n2="два две двух двум двумя two",
    n3="три трех трем тремя three",
    n4="четыре четырех четырем four",
    n5="пять пяти пятью five",
    n6="шесть шести шестью six",
    n7="семь семи seven",
    n8="восемь восьми eight",
    n9="девять девяти девятью nine",
)
TEENS: Mapping[str, int] = _each(
    n10="десять десяти десятью ten",
    n11="одиннадцать одиннадцати eleven",
    n12="двенадцать двенадцати twelve",
    n13="тринадцать тринадцати thirteen",
    n14="четырнадцать четырнадцати fourteen",
    n15="пятнадцать пятнадцати fifteen",
    n16="шестнадцать шестнадцати sixteen",
    n17="семнадцать семнадцати seventeen",
    n18="восемнадцать восемнадцати eighteen",
    n19="девятнадцать девятнадцати nineteen",
)
TENS: Mapping[str, int] = _each(
    n20="двадцать двадцати twenty",
    n30="тридцать тридцати thirty",
    n40="сорок сорока forty",
    n50="пятьдесят пятидесяти fifty",
    n60="шестьдесят шестидесяти sixty",
    n70="семьдесят семидесяти seventy",
    n80="восемьдесят восьмидесяти eighty",
    n90="девяносто девяноста ninety",
)
HUNDREDS: Mapping[str, int] = _each(
    n100="сто ста сотка сотку сотки соточка соточку",
    n200="двести двухсот двумстам",
    n300="триста трехсот тремстам",
    n400="четыреста четырехсот четыремстам",
    n500="пятьсот пятисот пятистам пятихатка пятихатку",
    n600="шестьсот шестисот шестистам",
    n700="семьсот семисот семистам",
    n800="восемьсот восьмисот восьмистам",
    n900="девятьсот девятисот девятистам",
)
HUNDRED = frozenset({"hundred"})
THOUSAND = frozenset(
    _each(
        n1000="тысяча тысячи тысяч тысячу тысяче тысячей тысячам тыща тыщи тыщ тыщу "
        "косарь косаря косарей thousand"
    )
)
# A banknote or a round sum by its name: thousands are meant, as with any small number that is spoken.
BY_NAME: Mapping[str, Decimal] = {
    **dict.fromkeys(("полтора", "полторы", "полутора"), Decimal("1.5")),
    **dict.fromkeys(("тройка", "тройку", "трешка", "трешку"), Decimal(3)),
    **dict.fromkeys(("пятерка", "пятерку", "пятерочка", "пятерочку"), Decimal(5)),
    **dict.fromkeys(("десятка", "десятку"), Decimal(10)),
    **dict.fromkeys(("пятнашка", "пятнашку"), Decimal(15)),
    **dict.fromkeys(("двадцатка", "двадцатку"), Decimal(20)),
}
ORDINAL_STEMS: Mapping[str, int] = {
    "перв": 1,
    "втор": 2,
    "трет": 3,
    "четверт": 4,
    "пят": 5,
    "шест": 6,
    "седьм": 7,
    "восьм": 8,
    "девят": 9,
    "десят": 10,
    "одиннадцат": 11,
    "двенадцат": 12,
    "тринадцат": 13,
    "четырнадцат": 14,
    "пятнадцат": 15,
    "шестнадцат": 16,
    "семнадцат": 17,
    "восемнадцат": 18,
    "девятнадцат": 19,
    "двадцат": 20,
    "тридцат": 30,
}
