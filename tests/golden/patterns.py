#!/usr/bin/env python3
"""Writes what Python's re.search finds, with re.ASCII: patterns.json. Python 3.11; nothing else is needed.

    python3 patterns.py
"""

import json
import pathlib
import random
import re
import sys

NAMES = ["", "a", "b", "ab", "ba", "aab", "abc", "aaaa", "a.b", "a_b", "a b", "a-b", "a]b", "a{2}", "{", "}", "\n", "a\n",
         "a\nb", "0", "07", "x7", "-", "^", "$", "layer.0.weight", "layer.10.bias", "norm.weight", "encoder.norm",
         "token_embedding.weight", "head/kernel", "é", "aéb", "日本", "\t", "A", "Z_9", "aXb", "\\", "(", ")"]
BY_HAND = ["", "a", "ab", "a|b", "a|", "|", "(a|b)c", "(?:ab)+", "^a", "a$", "^$", "^", "$", r"\Aa\Z", r"a\Z", r"\ba", r"b\b", r"\B",
           r"a\Bb", ".", "..", "^.$", "^..$", "^...$", "a.b", r"a\.b", "a*", "a+", "^a+$", "a?b", "^a?b$", "a{2}", "^a{2}$", "a{2,}", "^a{2,3}$", "a{,2}b",
           "a{,}b", "a{", "a{}", "a{x}", "{", "}", "a{2", "a{2,1}", "a{1,2}{3}", "a**", "a*?", "a+?b", "a??b", "a{1,2}?b", "a*+", "*", "+a", "?",
           "{2}", "(*a)", "a|*", "^*", "$+", r"\b?", "(^a)*b", "(^)*a", "()", "()*", "(|a)+b", "((a*)*)*b", "(a|aa)+$", "(", ")", "(a", "a)", "((a)", "(?:a",
           "[ab]", "[^ab]", "^[^a]$", "[a-c]+", "[]a]", "[^]a]", "[a-]", "[-a]", "[a-c-z]", "[c-a]", r"[\d-z]", r"[a-\d]", r"[\w.]+", r"[\D]",
           r"[^\W_]", r"[\s]", r"[\b]", r"[\]]", r"[\\]", "[", "[a", "[]", "[^]", "[[]", r"[\x41-\x5a]", r"\d", r"\D", r"\w", r"\W",
           r"\s", r"\S", r"^\d+$", r"\.\d+\.", r"\x61", r"\n", r"\t", r"\\", r"\(", r"\/", r"\-", r"\_", r"\é", r"\q", r"\xg1", "\\",
           r"(a)\1", r"\1", "(?=a)", "(?!a)", "(?<=a)b", "(?P<n>a)", "(?i)A", "(?#c)a", r"\u0061", "é", "[é-ê]", "^.é.$", "^norm\\.|\\.bias$",
           "embedding", "layer\\.\\d+\\.(weight|bias)", "kernel$", "(?:^|/)kernel", "a" * 256, "(a{9}){9}", "(a?){20}a{4}", "(x+x+)+y"]
# Python knows these, and the library refuses them.
REFUSED = [r"(a)\1", "(?=a)", "(?!a)", "(?<=a)b", "(?P<n>a)", "(?i)A", "(?#c)a", r"\u0061", "a*+"]


def generated(numbers, depth=0):
    """An expression of random pieces."""
    atoms = ["a", "b", "c", ".", "[ab]", "[^a]", r"\w", r"\d", r"\.", "_", "^", "$", r"\b", r"\B"]
    text = ""
    for _ in range(numbers.randint(0, 4)):
        piece = numbers.choice(atoms)
        if depth < 3 and numbers.random() < 0.3:
            piece = numbers.choice(["(", "(?:"]) + generated(numbers, depth + 1) + ")"
        if piece not in ("^", "$", r"\b", r"\B"):
            few = ["", "", "", "?", "{2}", "{0,2}"]  # Python's own matching is exponential where loops are nested
            piece += numbers.choice(few if any(c in piece for c in "*+{") else few + ["*", "+", "*?", "{1,}"])
        text += piece + ("|" if numbers.random() < 0.15 else "")
    return text


def result(pattern):
    """The names in which it is found, one bit each; None if it is not understood."""
    if pattern in REFUSED:
        return None
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error:
        return None
    return "".join(str(int(compiled.search(name) is not None)) for name in NAMES)


if __name__ == "__main__":
    assert sys.version_info[:2] == (3, 11), "re of Python 3.11 is wanted"
    numbers = random.Random(1)
    patterns = list(dict.fromkeys(BY_HAND + [generated(numbers) for _ in range(1500)]))
    written = {"python": sys.version.split()[0], "names": NAMES, "found": {each: result(each) for each in patterns}}
    path = pathlib.Path(__file__).with_name("patterns.json")
    path.write_text(json.dumps(written, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
