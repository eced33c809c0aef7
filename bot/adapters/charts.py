"""Draws charts of spending as PNG, with Pillow and the font that it brings, which knows Latin letters alone."""

import asyncio
import io
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from bot.domain.chart import Chart, Days, Parts, Ranks, brief, day_labels, mark, scale
from bot.domain.language import say

WIDTH = 1040  # pixels: twice what Discord shows, so that it is sharp
EDGE, PAD, GAP = 28, 26, 20  # around the picture, in a card, between cards
HEADER = 84  # pixels of height, like all of these
PLOT = 236
DAY_NAMES = 46
CARD_TITLE = 54
ROW, TALL_ROW, TALLEST_ROW = 36, 60, 84
BAR = 20
LEGEND_ROW = 34
SWATCH = 16
NARROW_LABEL = 120  # longer ones stand above their bars
BROADEST = 64  # of a day's bar
TITLE, HEAD, TEXT = 34, 25, 22  # sizes of letters
KEPT = "·"  # beyond ASCII

GROUND, CARD, LINE = "#1b1c20", "#26282e", "#3a3d45"
BRIGHT, SOFT = "#f2f3f5", "#a9adb7"
# Okabe and Ito's, which people with any colour vision can tell apart, somewhat lighter for the dark ground
COLOURS = ("#5ab4ec", "#f0a62f", "#20b38a", "#d987b4", "#f2e65c", "#e8743b", "#9097a3")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class _Box(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left


async def draw(chart: Chart) -> bytes:
    """The chart as PNG, 1040 pixels wide. The same chart gives the same bytes."""
    return await asyncio.to_thread(_png, chart)


def _png(chart: Chart) -> bytes:
    page = _Page(chart)
    file = io.BytesIO()
    page.image.save(file, "PNG", compress_level=4)
    return file.getvalue()


class _Page:
    """A picture that is being drawn."""

    def __init__(self, chart: Chart) -> None:
        self._title, self._head, self._text = (ImageFont.load_default(size) for size in (TITLE, HEAD, TEXT))
        legend = self._legend_rows(chart.kinds, WIDTH - 2 * EDGE - 2 * PAD) if len(chart.kinds) > 1 else []
        legend = [] if chart.ranks else legend
        days = CARD_TITLE + PLOT + DAY_NAMES + PAD // 2 + LEGEND_ROW * len(legend)
        below = max((self._height(ranks) for ranks in chart.ranks), default=0)
        height = HEADER + EDGE + days + (GAP + below if chart.ranks else 0)
        self.image = Image.new("RGB", (WIDTH, height), GROUND)
        self._draw = ImageDraw.Draw(self.image)
        self._header(chart)
        self._days(chart.days, _Box(EDGE, HEADER, WIDTH - EDGE, HEADER + days), legend)
        wide = (WIDTH - 2 * EDGE - GAP * (len(chart.ranks) - 1)) // max(len(chart.ranks), 1)
        for number, ranks in enumerate(chart.ranks):
            left = EDGE + number * (wide + GAP)
            self._ranks(ranks, _Box(left, HEADER + days + GAP, left + wide, HEADER + days + GAP + below))

    def _header(self, chart: Chart) -> None:
        note = _plain(chart.note)
        room = WIDTH - 2 * EDGE - self._text.getlength(note) - GAP
        self._write((EDGE + 4, 56), self._fit(chart.title, self._title, room), self._title, bold=True)
        self._write((WIDTH - EDGE - 4, 56), note, self._text, SOFT, "rs")

    # ---- by day ----

    def _days(self, days: Days, card: _Box, legend: list[list[tuple[int, str]]]) -> None:
        self._card(card, days.title)
        sums = [sum(_positive(parts)) for parts in days.amounts]
        most = max(sums, default=0)
        marks = scale(most)
        base, top = card.top + CARD_TITLE + PLOT, card.top + CARD_TITLE + 24
        names = [mark(amount, marks[1]) for amount in marks] if most else []
        left = card.left + PAD + round(max(map(self._text.getlength, names), default=0)) + 14
        plot = _Box(left, top, card.right - PAD - 14, base)
        for amount, name in zip(marks, names, strict=bool(most)):
            y = base - round((base - top) * amount / marks[-1])
            self._draw.line((plot.left, y, plot.right, y), SOFT if amount == 0 else LINE)
            self._write((plot.left - 14, y), name, self._text, SOFT, "rm")
        slot = plot.width / max(len(sums), 1)
        for number, parts in enumerate(days.amounts):
            self._column(_positive(parts), *_edges(plot.left, slot, number), plot, marks[-1])
        if most:
            self._values(sums, slot, plot, marks[-1])
        else:
            self._draw.line((plot.left, base, plot.right, base), SOFT)
            middle = (plot.left + plot.right) // 2, (top + base) // 2
            self._write(middle, _plain(say("Nothing was spent")), self._head, SOFT, "mm")
        for number, name in day_labels(days.first, len(sums), slot, self._text.getlength, GAP) if sums else ():
            self._write((round(plot.left + (number + 0.5) * slot), base + 30), name, self._text, SOFT, "ms")
        for row, entries in enumerate(legend):
            self._legend(entries, card.left + PAD, base + DAY_NAMES + LEGEND_ROW * row + LEGEND_ROW // 2)

    def _column(self, parts: Parts, left: int, right: int, plot: _Box, most: int) -> None:
        """One day, its kinds upon each other; a day without anything leaves a trace."""
        total, before = sum(parts), 0
        if not total:
            self._draw.rectangle((left, plot.bottom - 3, right - 1, plot.bottom - 1), LINE)
        height = plot.bottom - plot.top
        for colour, part in zip(_colours(parts), parts, strict=True):
            low = plot.bottom - round(height * before / most)
            before += part
            high = min(plot.bottom - round(height * before / most), low - (part > 0))
            seam = 1 if part != before and low - high > 2 and right - left > 4 else 0  # told apart also without colours
            if part:
                self._draw.rectangle((left, high, right - 1, low - 1 - seam), colour)

    def _values(self, sums: Sequence[int], slot: float, plot: _Box, most: int) -> None:
        """Amounts above the bars: all of them where they fit, else the highest."""
        told = [brief(amount) for amount in sums]
        each = max(map(self._text.getlength, told)) + 8 <= slot
        peak = max(range(len(sums)), key=sums.__getitem__)
        for number, amount in enumerate(sums):
            if amount and (each or number == peak):
                half = self._text.getlength(told[number]) / 2
                x = min(max(plot.left + (number + 0.5) * slot, plot.left + half), plot.right + 14 - half)
                y = plot.bottom - round((plot.bottom - plot.top) * amount / most) - 7
                self._draw.text((round(x), y), told[number], CARD, self._text, "ms", stroke_width=5)  # hides the line
                self._write((round(x), y), told[number], self._text, BRIGHT, "ms")

    # ---- who and what ----

    def _ranks(self, ranks: Ranks, card: _Box) -> None:
        self._card(card, ranks.title)
        sums = [sum(_positive(row.parts)) for row in ranks.rows]
        told, labels = [brief(amount) for amount in sums], [_plain(row.label) for row in ranks.rows]
        most, tall = max(sums, default=0), self._tall(ranks)
        inner = _Box(card.left + PAD, card.top + CARD_TITLE, card.right - PAD, card.bottom - PAD // 2)
        row_height = min((inner.bottom - inner.top) // max(len(sums), 1), TALLEST_ROW) if tall else ROW
        beside = round(max(map(self._text.getlength, told), default=0)) + 14
        left = inner.left + (0 if tall else round(max(map(self._text.getlength, labels), default=0)) + 14)
        for number, row in enumerate(ranks.rows):
            top = inner.top + number * row_height
            line = top + (14 if tall else ROW // 2)
            bar = _Box(
                left, top + (30 if tall else 8), inner.right - (0 if tall else beside), top + (50 if tall else 28)
            )
            label = self._fit(labels[number], self._text, inner.width - beside)
            self._write((inner.left if tall else left - 14, line), label, self._text, BRIGHT, "lm" if tall else "rm")
            self._write((inner.right, line), told[number], self._text, anchor="rm")
            self._row(_positive(row.parts), bar, most)

    def _row(self, parts: Parts, bar: _Box, most: int) -> None:
        self._draw.rectangle((bar.left, bar.top, bar.right - 1, bar.bottom - 1), "#2f323a")
        before = 0
        for colour, part in zip(_colours(parts), parts, strict=True):
            left = bar.left + round(bar.width * before / max(most, 1))
            before += part
            right = bar.left + round(bar.width * before / max(most, 1))
            if part:
                begins = min(left, bar.right - 2)  # so that the least can be seen
                self._draw.rectangle((begins, bar.top, max(right, begins + 2) - 1, bar.bottom - 1), colour)

    def _height(self, ranks: Ranks) -> int:
        return CARD_TITLE + len(ranks.rows) * (TALL_ROW if self._tall(ranks) else ROW) + PAD // 2

    def _tall(self, ranks: Ranks) -> bool:
        """Whether the labels stand above the bars, because they are long."""
        return any(self._text.getlength(_plain(row.label)) > NARROW_LABEL for row in ranks.rows)

    # ---- what all have ----

    def _card(self, card: _Box, title: str) -> None:
        self._draw.rounded_rectangle((card.left, card.top, card.right - 1, card.bottom - 1), 12, CARD)
        name = self._fit(title, self._head, card.width - 2 * PAD)
        self._write((card.left + PAD, card.top + 38), name, self._head, bold=True)

    def _legend_rows(self, kinds: Sequence[str], room: int) -> list[list[tuple[int, str]]]:
        """The kinds by number and name, in as many rows as they need."""
        rows: list[list[tuple[int, str]]] = [[]]
        used = 0
        for number, kind in enumerate(kinds):
            name = self._fit(kind, self._text, room - 2 * SWATCH)
            takes = round(self._text.getlength(name)) + SWATCH + 10 + GAP
            if rows[-1] and used + takes > room:
                rows, used = [*rows, []], 0
            rows[-1].append((number, name))
            used += takes
        return rows

    def _legend(self, entries: list[tuple[int, str]], x: int, y: int) -> None:
        for number, name in entries:
            colour = COLOURS[min(number, len(COLOURS) - 1)]
            self._draw.rectangle((x, y - SWATCH // 2, x + SWATCH - 1, y + SWATCH // 2 - 1), colour)
            self._write((x + SWATCH + 10, y), name, self._text, SOFT, "lm")
            x += SWATCH + 10 + round(self._text.getlength(name)) + GAP

    def _write(  # noqa: PLR0913 - a text has a place and a look
        self,
        at: tuple[int, int],
        text: str,
        font: Font,
        colour: str = BRIGHT,
        anchor: str = "ls",
        *,
        bold: bool = False,
    ) -> None:
        self._draw.text(at, text, colour, font, anchor, stroke_width=0.5 if bold else 0, stroke_fill=colour)

    def _fit(self, text: str, font: Font, room: float) -> str:
        """As much of the text as there is room for."""
        text = _plain(text)
        if font.getlength(text) <= room:
            return text
        while text and font.getlength(f"{text}...") > room:
            text = text[:-1]
        return f"{text}..."


def _plain(text: str) -> str:
    """What the font can write of it."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in letters if " " <= sign <= "~" or sign in KEPT)


def _positive(parts: Parts) -> Parts:
    return tuple(max(part, 0) for part in parts)


def _colours(parts: Parts) -> list[str]:
    return [COLOURS[min(number, len(COLOURS) - 1)] for number in range(len(parts))]


def _edges(left: int, slot: float, number: int) -> tuple[int, int]:
    """Where a day's bar begins and ends, in pixels: with gaps, as long as there is room for them."""
    begins, ends = left + number * slot, left + (number + 1) * slot
    width = min(slot * 0.74, BROADEST) if slot >= 4 else slot
    middle = (begins + ends) / 2
    if width == slot:
        return round(begins), max(round(ends), round(begins) + 1)
    return round(middle - width / 2), max(round(middle + width / 2), round(middle - width / 2) + 1)
