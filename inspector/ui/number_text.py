"""Numbers as a person reads them in the panels: few digits, true minus, thousands separated."""

from __future__ import annotations

import math

_MINUS = "\N{MINUS SIGN}"


def figure(value: float, digits: int = 4) -> str:
    """Return `value` with `digits` significant digits: "0.04216", "−1.2e−7", "NaN", "−∞"."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{_MINUS}∞"
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 10**7:
        return f"{int(value):,}".replace("-", _MINUS)
    if 1e-4 <= abs(value) < 10**7:
        places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
        text = f"{value:,.{places}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        text = (
            f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
        )
    return text.replace("-", _MINUS)


def whole(count: float) -> str:
    """Return a count with thousands separators: "4,096"."""
    return f"{round(count):,}".replace("-", _MINUS)


def share(part: float, total: float) -> str:
    """Return `part` of `total` in percent; what is not quite none or all never reads 0 or 100."""
    if not total:
        return "0 %"
    percent = 100 * part / total
    if 0 < percent < 0.01:
        return "< 0.01 %"
    if 99.99 < percent < 100:
        return "> 99.99 %"
    text = f"{percent:.2f}" if percent < 10 or percent > 99 else f"{percent:.1f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def seconds(duration: float) -> str:
    """Return a duration: "3 ms", "1.4 s"."""
    return f"{max(round(duration * 1000), 1)} ms" if duration < 1 else f"{duration:.1f} s"


def power_of_ten(exponent: int) -> str:
    """Return 10 to a whole power as an axis writes it: "1", "1,000", "10⁶", "0.01", "10⁻⁵"."""
    if 0 <= exponent <= 4:
        return f"{10**exponent:,}"
    if -3 <= exponent < 0:
        return f"{10.0**exponent:.{-exponent}f}"
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
