"""Misspelt words: a slip of one letter, in a long word of two."""

from collections.abc import Iterable

# A short word with another letter is another word: «pro», «max», «se».
SHORTEST, LONG = 5, 8


def alike(word: str, other: str) -> bool:
    if word == other:
        return True
    shorter = min(len(word), len(other))
    if shorter < SHORTEST or not (word.isalpha() and other.isalpha()):
        return False
    return _slips(word, other, most=2 if shorter >= LONG else 1)


def mended(word: str, known: Iterable[str]) -> str:
    """The known word that it is plainly meant for; itself where there is none, or more than one."""
    like = {one for one in known if alike(word, one)}
    return like.pop() if len(like) == 1 else word


def same_device(mine: frozenset[str], other: frozenset[str]) -> bool:
    """But for a slip in a long word: every number and every short word must be there, in both."""
    left, right = mine - other, other - mine
    if len(left) != len(right):
        return False
    return all(any(alike(word, one) for one in right) for word in left)


def _slips(word: str, other: str, *, most: int) -> bool:
    """Whether so many letters left out, put in, changed or swapped make one of the other."""
    if abs(len(word) - len(other)) > most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(word, 1):
        older, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and word[i - 2] == theirs:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1] <= most
