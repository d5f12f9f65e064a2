"""The readable page of the interface: routes, parameters, limits; plain HTML without a script."""

from __future__ import annotations

from collections.abc import Sequence

from ess.api.v1.asking import ROOT, Portfolio, address
from ess.api.v1.document import example_values
from ess.api.v1.operations import Operation
from ess.api.v1.parameters import Parameter
from ess.api.v1.refusals import MEANINGS
from ess.api.v1.rules import RULES, limits
from ess.escape import Markup, fill, joined
from ess.locales import LANGUAGES, Translator

_NAMES = {"fr": "Français", "en": "English", "ar": "العربية"}

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}
code{font-family:ui-monospace,monospace;direction:ltr;unicode-bidi:isolate}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:start;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #d0d7de}
th{font-weight:600}nav a{margin-inline-end:1rem}small{color:#59636e}
a{color:#0b57a4}
"""


def build_page(operations: Sequence[Operation], portfolio: Portfolio, t: Translator) -> str:
    """The page in the language of `t`."""
    return fill(
        '<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        "<style>{style}</style></head><body>{languages}<h1>{title}</h1>{rules}{limits}{routes}{footer}"
        "</body></html>",
        lang=t.lang,
        direction="rtl" if t.is_rtl else "ltr",
        title=t("Programming interface of the atlas"),
        style=Markup(_STYLE),
        languages=_languages(t),
        rules=_rules(t),
        limits=_limits(t),
        routes=joined(_route(one, portfolio, t) for one in operations),
        footer=_footer(portfolio, t),
    )


def _languages(t: Translator) -> Markup:
    links = joined(
        fill(
            '<a href="{address}" hreflang="{lang}" lang="{lang}">{name}</a>',
            address=address("", query=[("lang", lang)]),
            lang=lang,
            name=_NAMES[lang],
        )
        for lang in LANGUAGES
        if lang != t.lang
    )
    home = fill('<a href="/sources?lang={lang}">{name}</a>', lang=t.lang, name=t("Sources and methods"))
    return fill("<nav>{home}{links}</nav>", home=home, links=links)


def _rules(t: Translator) -> Markup:
    document = fill(
        '<p><a href="{address}">openapi.json</a> <small>{what}</small></p>',
        address=address("openapi.json"),
        what=t("The whole description for programs, OpenAPI 3.1"),
    )
    return joined([*(fill("<p>{text}</p>", text=t(text)) for text in RULES), document])


def _limits(t: Translator) -> Markup:
    items = joined(fill("<li>{line}</li>", line=line) for line in limits(t))
    refusals = joined(
        fill("<li><code>{status}</code> {meaning}</li>", status=status, meaning=t(meaning))
        for status, meaning in MEANINGS.items()
    )
    return fill(
        "<h2>{limits}</h2><ul>{items}</ul><h2>{heading}</h2><ul>{refusals}</ul>",
        limits=t("Limits"),
        items=items,
        heading=t("Refusals"),
        refusals=refusals,
    )


def _route(operation: Operation, portfolio: Portfolio, t: Translator) -> Markup:
    return fill(
        '<h2 id="{name}"><code>{path}</code></h2><p>{meaning} {example}</p><div class="scroll"><table><thead>'
        "<tr><th>{parameter}</th><th>{what}</th><th>{values}</th></tr></thead><tbody>{rows}</tbody></table></div>",
        name=operation.name,
        path=operation.path,
        meaning=t(operation.meaning),
        example=_example(operation, portfolio, t),
        parameter=t("Parameter"),
        what=t("Meaning"),
        values=t("Values"),
        rows=joined(_parameter(one, t) for one in operation.parameters),
    )


def _example(operation: Operation, portfolio: Portfolio, t: Translator) -> Markup:
    """A link to the route; none where nothing of the snapshot can be asked for."""
    needed = [one for one in operation.parameters if one.required]
    given = {one: example_values(one, operation.name, portfolio)[:1] for one in needed}
    if not all(given.values()):
        return Markup()
    parts = {one.name: found[0] for one, found in given.items() if one.place == "path"}
    query = [(one.name, str(found[0])) for one, found in given.items() if one.place == "query"]
    path = operation.path.removeprefix(f"{ROOT}/").format(**parts)
    link = address(*path.split("/"), query=[*query, ("lang", t.lang)])
    return fill('<a href="{link}">{label}</a>', link=link, label=t("Example"))


def _parameter(parameter: Parameter, t: Translator) -> Markup:
    return fill(
        "<tr><td><code>{name}</code></td><td>{meaning}</td><td>{values}{marks}</td></tr>",
        name=parameter.name,
        marks=_marks(parameter, t),
        meaning=t(parameter.meaning),
        values=_values(parameter, t),
    )


def _marks(parameter: Parameter, t: Translator) -> Markup:
    told = [t("needed")] if parameter.required else []
    told += [t("may be repeated")] if parameter.repeated else []
    return fill(" <small>{told}</small>", told=t.list(told)) if told else Markup()


def _values(parameter: Parameter, t: Translator) -> Markup:
    schema = parameter.form.schema()
    if "enum" in schema:
        told = joined(fill("<code>{code}</code> ", code=code) for code in schema["enum"])
    elif schema["type"] == "integer":
        told = fill("<code>{least}…{most}</code> ", least=schema["minimum"], most=schema["maximum"])
    else:
        told = fill("{text} ", text=t("code or name") if parameter.repeated else t("text"))
    if parameter.default is None:
        return told
    usual = t("usually {value}", value=parameter.default)
    return joined([told, fill("<small>{usual}</small>", usual=usual)])


def _footer(portfolio: Portfolio, t: Translator) -> Markup:
    snapshot = portfolio.snapshot
    as_of = t.date(snapshot.as_of) if snapshot.as_of else t("date not known")
    text = t("Snapshot {id}, as of {date}", id=snapshot.id[:12], date=as_of)
    return fill("<hr><p><small>{text}</small></p>", text=text)
