"""What the columns of a table mean: a form with one line a meaning, and the whole mapping as text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ess.escape import file_name, markdown, plain
from ess.exports.labels import code_label
from ess.ingest.meanings import KINDS, AmountMeaning, TableMapping
from ess.locales import N_
from ess.ui.context import Context
from ess.ui.importing import choices
from ess.ui.importing.intake import Given, Intake
from ess.ui.importing.recognising import show_refusal

_SAMPLE_ROWS = 5
_ABREAST = 3
_LONGEST_SAMPLE = 40
_LONGEST_TEXT = 50_000

LABELS = {
    "id": N_("Identifier"),
    "title": N_("Title"),
    "description": N_("Description"),
    "recipients": N_("Partner countries"),
    "providers": N_("Provider (country or institution)"),
    "region": N_("Region"),
    "start": N_("Start"),
    "end": N_("End"),
    "year": N_("Year"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "stage": N_("Stage"),
}
ROWS = {
    "activities": N_("activities: each row is one"),
    "locations": N_("locations of activities: an amount repeated on each row counts once"),
    "transactions": N_("transactions: the amounts of an activity's rows are added"),
    "figures": N_("figures about countries, without activities"),
    "matrix": N_("a matrix of amounts between providers and partners"),
}


def show_mappings(context: Context, intake: Intake) -> None:
    """The mapping of each table: unfolded where somebody has to check it."""
    t = context.t
    for number, given in enumerate(intake.usable):
        if not given.is_table:
            continue
        name, unfolded = markdown(given.name), not given.is_known and intake.reading is None
        with st.expander(t("Columns of {name}", name=name), expanded=unfolded, icon=":material/table_chart:"):
            show_rows(context, given)
            form = Form(context, intake, given, f"{intake.generation} {number}")
            form.show()
            show_text(form)


def show_rows(context: Context, given: Given) -> None:
    """The first rows of the table, as they are written."""
    look = given.look or {}
    st.caption(context.t("The first rows, as they are written:"))
    headings = [plain(column) for column in look["columns"]]
    rows = [dict(zip(headings, map(plain, row), strict=False)) for row in look["rows"][:_SAMPLE_ROWS]]
    st.dataframe(rows, hide_index=True, height="content")


def choose(
    label: str, options: Mapping[str, str], chosen: str, key: str, take: Callable[[str], None]
) -> None:
    """A list of labels over codes; what is chosen is taken at once."""
    st.session_state[key] = chosen
    st.selectbox(
        label,
        list(options),
        key=key,
        format_func=options.__getitem__,
        on_change=lambda: take(st.session_state[key]),
    )


@dataclass(frozen=True)
class Form:
    """What a row is, and one line a meaning; every change is taken at once."""

    context: Context
    intake: Intake
    given: Given
    key: str

    @property
    def mapping(self) -> TableMapping:
        """The mapping as it stands."""
        return self.given.mapping or TableMapping()

    @property
    def look(self) -> Mapping[str, Any]:
        """The table as it was recognised."""
        return self.given.look or {}

    def change(self, mapping: TableMapping) -> None:
        """Take a changed mapping; an earlier report no longer holds."""
        self.given.take_mapping(mapping)
        self.intake.reading = self.intake.published = None

    def show(self) -> None:
        """The whole form."""
        t, mapping = self.context.t, self.mapping
        for note in mapping.notes:
            st.caption(f":material/info: {markdown(note)}")
        rows = {kind: t(text) for kind, text in ROWS.items() if kind in (*choices.ROWS, mapping.rows)}
        choose(
            t("One row of this table is"), rows, mapping.rows, f"rows {self.key}",
            lambda kind: self.change(choices.with_rows(self.mapping, kind)),
        )  # fmt: skip
        for heading, meanings in choices.SHOWN.items():
            st.markdown(f"**{t(heading)}**")
            for first in range(0, len(meanings), _ABREAST):
                for cell, meaning in zip(st.columns(_ABREAST), meanings[first:], strict=False):
                    with cell:
                        self.show_meaning(meaning)
        self.show_amount()
        if self.given.fault is not None and not self.given.draft:
            show_refusal(self.context, self.given.fault)
        st.caption(
            t("Left blank, a meaning is not read. What this form does not show stays as the text says.")
        )

    def columns(self, heading: str) -> dict[str, str]:
        """The columns to choose from, with one that the mapping names and the table does not have."""
        options = {"": self.context.t("(not in this table)")}
        options |= {column: plain(column) for column in (*self.look["columns"], heading) if column}
        return options

    def choose_column(self, label: str, chosen: str, name: str, take: Callable[[str], None]) -> None:
        """A list of the table's columns, and below it what stands in the chosen one."""
        heading = choices.heading_of(self.look["columns"], chosen)
        choose(label, self.columns(heading), heading, f"{name} {self.key}", take)
        self.show_sample(heading)

    def show_sample(self, heading: str) -> None:
        """The first values of a column."""
        sample = choices.sample_of(self.look["columns"], self.look["rows"], heading)
        shown = [markdown(textwrap.shorten(one, _LONGEST_SAMPLE, placeholder="…")) for one in sample]
        if shown:
            st.caption(self.context.t("for example {values}", values=" · ".join(shown)))

    def show_meaning(self, meaning: str) -> None:
        """The line of one meaning, and what else the mapping says of it."""
        if meaning == choices.SECTOR:
            self.show_sector()
            return
        t, mapping = self.context.t, self.mapping
        self.choose_column(
            t(LABELS[meaning]), choices.column_of(mapping, meaning), meaning,
            lambda column: self.change(choices.with_column(self.mapping, meaning, column)),
        )  # fmt: skip
        if further := choices.further_columns(mapping, meaning):
            columns = t.list(markdown(column) for column in further)
            st.caption(t("Read from {columns} as well.", columns=columns))
        if constant := mapping.constants.get(meaning, ""):
            st.caption(t("Where the row says nothing: {constant}.", constant=markdown(constant)))

    def show_sector(self) -> None:
        """The column of sectors and how they are written."""
        t, sector = self.context.t, choices.sector_of(self.mapping)
        column, scheme = (sector.column, sector.scheme) if sector else ("", choices.SECTOR_SCHEMES[0])

        def take(column: str, scheme: str) -> None:
            self.change(choices.with_sector(self.mapping, column, scheme))

        self.choose_column(t("Sector"), column, "sector", lambda column: take(column, scheme))
        if column:
            schemes = {code: code_label("tag_scheme", code, t) for code in choices.SECTOR_SCHEMES}
            choose(
                t("Its sectors are written as"), schemes, scheme, f"scheme {self.key}",
                lambda scheme: take(column, scheme),
            )  # fmt: skip

    def show_amount(self) -> None:
        """The first column of amounts, its kind and its currency; further ones are named."""
        t, mapping = self.context.t, self.mapping
        amount = choices.amount_of(mapping) or AmountMeaning("", "commitment")
        st.markdown(f"**{t('How much')}**")
        cells = st.columns(_ABREAST)
        with cells[0]:
            self.choose_column(
                t("Amount"), amount.column, "amount", lambda column: self.take_amount(amount, column=column)
            )
        if amount.column:
            self.show_kind_and_currency(amount, cells[1:])
        if len(mapping.amounts) > 1:
            rest = t.list(markdown(one.column) for one in mapping.amounts[1:])
            st.caption(t("Further amounts are read from {columns}.", columns=rest))

    def take_amount(self, amount: AmountMeaning, **changes: str) -> None:
        """Take what was chosen for the first column of amounts."""
        changed = replace(amount, **changes)  # type: ignore[arg-type]
        self.change(choices.with_amount(self.mapping, changed if changed.column else None))

    def show_kind_and_currency(self, amount: AmountMeaning, cells: Sequence[DeltaGenerator]) -> None:
        """What kind of amount it is, and in which currency: one for all rows, or a column that says it."""
        t = self.context.t
        with cells[0]:
            labels = {kind: code_label("finance_kind", kind, t) for kind in KINDS}
            choose(
                t("Kind of amount"), labels, amount.kind, f"kind {self.key}",
                lambda kind: self.take_amount(amount, kind=kind),
            )  # fmt: skip
        with cells[1]:
            heading = choices.heading_of(self.look["columns"], amount.currency_column)
            choose(
                t("Column of the currency"), self.columns(heading), heading, f"currency column {self.key}",
                lambda column: self.take_amount(amount, currency_column=column),
            )  # fmt: skip
            name = f"currency {self.key}"
            st.session_state[name] = amount.currency
            st.text_input(
                t("or one currency for all rows (code such as EUR)"), key=name, max_chars=3,
                on_change=lambda: self.take_amount(amount, currency=st.session_state[name].strip().upper()),
            )  # fmt: skip


def show_text(form: Form) -> None:
    """The whole mapping as text, to be changed or taken away for the command line."""
    t, given, name = form.context.t, form.given, f"mapping text {form.key}"

    def take() -> None:
        given.take_text(st.session_state[name])
        form.intake.reading = form.intake.published = None

    label = t("The whole mapping as text (YAML)")
    drawer = st.popover(label, icon=":material/code:", key=f"text of {form.key}", on_change="rerun")
    if drawer.open:
        with drawer:
            st.session_state[name] = given.mapping_text
            st.text_area(
                label,
                key=name,
                height=420,
                max_chars=_LONGEST_TEXT,
                label_visibility="collapsed",
                on_change=take,
            )
            if given.fault is not None and given.draft:
                show_refusal(form.context, given.fault)
            st.caption(t("With the command line:") + " `python -m ess import FILE --mapping mapping.yml`")
    st.download_button(
        t("Download the mapping"),
        given.mapping_text,
        file_name=file_name(given.path.stem, "mapping") + ".mapping.yml",
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
        key=f"take mapping {form.key}",
    )
