"""Finds the levels that training code wraps around a model's keys, by trying, not by a list.

DataParallel puts `module.` before every key, `torch.compile` puts `_orig_mod.` anywhere, a general
checkpoint holds the model under `model.` or `state_dict.`, adapters add `base_model.model.`. A
rewriting is what makes many keys of A equal to keys of B: levels dropped anywhere on either side,
then one prefix of A exchanged for one of B (either may be empty). Candidates are the prefixes and
levels that really occur; they are tried on a sample and the best one is then applied to all keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from inspector.checkpoint.types import Tensor

# Names that only ever wrap. They matter for ties, for levels that both sides have, and for deciding
# whether a single matching key is evidence enough; any other name is found just as well.
WRAPPERS = frozenset(
    {
        *("module", "model", "net", "network", "original_module", "base_model", "base_layer"),
        *("state_dict", "model_state_dict", "default", "_orig_mod", "_forward_module"),
        *("_fsdp_wrapped_module", "_checkpoint_wrapped_module"),
    }
)
# Copies of a model that should not be taken for it where the model itself is there, too.
TWINS = ("ema", "average", "avg", "teacher", "target", "optim", "swa")

_SAMPLE = 2000
_VOTERS = 24
_PREFIXES = 12
_MAX_DEPTH = 5
_MAX_ROUNDS = 12
_LEVEL_CHOICES = 4

Tensors = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Side:
    """What is taken off the keys of one file: levels anywhere, then a prefix with its dot."""

    levels: frozenset[str] = frozenset()
    prefix: str = ""

    def cores(self, keys: Iterable[str]) -> dict[str, str]:
        """Return what is left of each key that has the prefix, and the first such key."""
        start, levels = len(self.prefix), self.levels
        found: dict[str, str] = {}
        for key in keys:
            bare = without_levels(key, levels) if levels else key
            if bare.startswith(self.prefix):
                found.setdefault(bare[start:], key)
        return found

    @property
    def taken(self) -> list[str]:
        """What is taken off, for people: `module.`."""
        return [*(f"{level}." for level in sorted(self.levels)), *filter(None, [self.prefix])]

    @property
    def steps(self) -> frozenset[str]:
        """The names of all levels taken off."""
        return self.levels | frozenset(self.prefix.split(".")[:-1])


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Two sides that leave equal keys."""

    a: Side
    b: Side

    def describe(self) -> str:
        """Say it in words: "removing `module.`", "replacing `net.` by `model.`"."""
        replaced = bool(self.a.prefix and self.b.prefix)
        levels = Side(self.a.levels | self.b.levels).taken
        if not replaced:
            taken = dict.fromkeys([*self.a.taken, *self.b.taken])
            return "removing " + " and ".join(f"`{level}`" for level in taken)
        words = f"replacing `{self.a.prefix}` by `{self.b.prefix}`"
        return words + "".join(f" and removing `{level}`" for level in levels)

    @property
    def rank(self) -> tuple[int, int]:
        """Lower is the likelier explanation where two explain equally many keys."""
        taken = self.a.taken + self.b.taken
        twins = sum(twin in level.lower() for level in taken for twin in TWINS)
        return twins, sum(level.count(".") for level in taken)


def without_levels(key: str, levels: frozenset[str]) -> str:
    """Drop every step of `key` named in `levels`, except the last step."""
    if not levels:
        return key
    *modules, leaf = key.split(".")
    return ".".join([step for step in modules if step not in levels] + [leaf])


def match_by_rewriting(a: Tensors, b: Tensors) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each rewriting that holds, in words, with its key pairs; the best one first.

    `a` and `b` are the tensors not matched so far; the caller takes the pairs out of them before
    asking for the next.
    """
    for _ in range(_MAX_ROUNDS):
        if not a or not b:
            return
        for rewriting in _candidates(a, b):
            pairs = _convincing_pairs(rewriting, a, b)
            if pairs:
                yield f"matched by {rewriting.describe()}", pairs
                break
        else:
            return


def _candidates(a: Tensors, b: Tensors) -> list[Rewriting]:
    """Return the few rewritings that explain most of a sample, best first."""
    sample_a, sample_b = _sample(list(a)), _sample(list(b))
    scored: dict[Rewriting, float] = {}
    for levels_a, levels_b in _level_choices(sample_a, sample_b):
        cores_b = {without_levels(key, levels_b) for key in b} if levels_b else b.keys()
        prefixes_a = _prefixes(sample_a, levels_a)
        prefixes_b = _prefixes(sample_b, levels_b)
        for prefix_a, (count, voters) in prefixes_a.items():
            for prefix_b in prefixes_b:
                if prefix_a == prefix_b and not (levels_a or levels_b):
                    continue
                hits = sum(prefix_b + core in cores_b for core in voters)
                if hits:
                    rewriting = Rewriting(Side(levels_a, prefix_a), Side(levels_b, prefix_b))
                    scored[rewriting] = count * hits / len(voters)
        if max(scored.values(), default=0) >= 0.9 * min(len(sample_a), len(sample_b)):
            break  # the choices to come drop more levels and would explain no more
    best = sorted(scored, key=lambda one: (-scored[one], one.rank))
    return best[:6]


def _sample(keys: Sequence[str]) -> Sequence[str]:
    """Return at most `_SAMPLE` keys, spread evenly."""
    step = -(-len(keys) // _SAMPLE)
    return keys[:: max(step, 1)]


def _prefixes(keys: Sequence[str], levels: frozenset[str]) -> dict[str, tuple[int, list[str]]]:
    """Return the commonest prefixes: how many keys have each, and what it leaves of a few."""
    counts: Counter[str] = Counter()
    bare = [without_levels(key, levels) for key in keys]
    for key in bare:
        end = 0
        for _ in range(_MAX_DEPTH):
            end = key.find(".", end) + 1
            if not end:
                break
            counts[key[:end]] += 1
    found = {"": (len(bare), _voters(bare))}
    for prefix, count in counts.most_common(_PREFIXES):
        under = [key[len(prefix) :] for key in bare if key.startswith(prefix)]
        found[prefix] = (count, _voters(under))
    return found


def _voters(cores: list[str]) -> list[str]:
    return cores[:: max(len(cores) // _VOTERS, 1)][: _VOTERS + 1]


def _level_choices(
    a: Sequence[str], b: Sequence[str]
) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return sets of levels to drop from A and B: none, one side's own, the known wrappers."""
    steps_a, steps_b = _steps(a), _steps(b)
    none: frozenset[str] = frozenset()
    choices = [(none, none)]
    choices += [(frozenset([level]), none) for level in _own_levels(steps_a, steps_b)]
    choices += [(none, frozenset([level])) for level in _own_levels(steps_b, steps_a)]
    known = (WRAPPERS & steps_a.keys(), WRAPPERS & steps_b.keys())
    choices += [(frozenset(known[0]), frozenset(known[1]))]
    return list(dict.fromkeys(choices))


def _steps(keys: Sequence[str]) -> Counter[str]:
    return Counter(step for key in keys for step in set(key.split(".")[:-1]))


def _own_levels(own: Counter[str], other: Counter[str]) -> list[str]:
    names = [name for name in own if name not in other and not name.isdigit()]
    return sorted(names, key=lambda name: (name not in WRAPPERS, -own[name]))[:_LEVEL_CHOICES]


def _convincing_pairs(rewriting: Rewriting, a: Tensors, b: Tensors) -> list[tuple[str, str]]:
    """Return the pairs of keys that the rewriting makes equal; the first of several twins wins.

    Empty where so few keys or shapes fit that it may be chance.
    """
    cores_a, cores_b = rewriting.a.cores(a), rewriting.b.cores(b)
    pairs = [(key, cores_b[core]) for core, key in cores_a.items() if core in cores_b]
    return pairs if _convincing(rewriting, pairs, a, b, len(cores_a), len(cores_b)) else []


def _convincing(
    rewriting: Rewriting,
    pairs: list[tuple[str, str]],
    a: Tensors,
    b: Tensors,
    under_a: int,
    under_b: int,
) -> bool:
    """Whether chance is out of the question; `under_a` keys of A have the prefix of A."""
    fitting = sum(a[key_a].shape == b[key_b].shape for key_a, key_b in pairs)
    if not pairs or fitting * 2 < len(pairs):
        return False
    taken_a, taken_b = rewriting.a.steps, rewriting.b.steps
    if taken_a | taken_b <= WRAPPERS:
        return True
    if taken_a and taken_b:  # one name for another needs more evidence than a name too many
        enough = len(pairs) >= 0.9 * max(under_a, under_b)
        return len(pairs) >= 4 and enough and fitting == len(pairs)
    return 2 * len(pairs) >= min(under_a, under_b) and 2 * len(pairs) >= min(len(a), len(b))
