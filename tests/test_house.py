"""Rules that a reader of the code could miss: dangerous calls, the one gate for text, plain names."""

from __future__ import annotations

import ast
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.code import EVERYTHING, SHIPPED, calls, code_files, dotted, project_files, read_tree
from tests.conftest import OutsideConnectionError, find_shared, is_loopback

Fault = tuple[int, str]
Check = Callable[[ast.Module], Iterator[Fault]]

UNPICKLERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"}
RUNNERS = {"eval", "exec", "compile", "__import__", "yaml.load", "yaml.unsafe_load", "yaml.full_load"}
OPEN_XML = {"resolve_entities": True, "load_dtd": True, "huge_tree": True, "no_network": False}
GATE = Path("ess/escape.py")
GATES = {"html", "fill", "joined", "safe"}
TEXT_SINKS = {"Popup", "Tooltip", "DivIcon", "GeoJsonPopup", "GeoJsonTooltip"}
TEXT_KEYWORDS = {"popup", "tooltip"}
NAMED_KEYWORDS = {"name", "attr", "html", "layer_name", "tiles", "caption"}

PLAIN_NAMES = {"df", "data", "temp", "tmp"}
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "manager", "misc"}
EMPTY_STARTS = ("process_", "handle_")

FOREIGN_WORDS = tuple(
    "".join(parts)
    for parts in (
        ("/wo", "rk/"), ("/ro", "ot/"), ("/tm", "p/w/"), ("/op", "t/"), ("/ho", "me/"), ("file", ":///"),
        ("pypi", ".org"), ("python", "hosted"), ("registry", ".npmjs"), ("crates", ".io"),
    )
)  # fmt: skip
"""Machine paths and registry hosts, in two parts so that this file does not hold them."""


def dangerous_calls(tree: ast.Module) -> Iterator[Fault]:
    """Code made from text, objects made from bytes, a shell."""
    for call in calls(tree):
        name = dotted(call.func)
        if name in RUNNERS or name.endswith(".eval") or has_keyword(call, "shell", True):
            yield call.lineno, name
        if has_keyword(call, "engine", "python"):
            yield call.lineno, f"{name}(engine='python')"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            sources = (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
            )
            yield from ((node.lineno, source) for source in sources if source.split(".")[0] in UNPICKLERS)


def open_xml(tree: ast.Module) -> Iterator[Fault]:
    """XML readers that follow entities, document types or the network."""
    for call in calls(tree):
        yield from (
            (call.lineno, f"{name}={value}")
            for name, value in OPEN_XML.items()
            if has_keyword(call, name, value)
        )


def has_keyword(call: ast.Call, name: str, value: object) -> bool:
    """Whether a call passes this constant, or something unknown, for a dangerous keyword."""
    return any(
        keyword.arg == name and isinstance(keyword.value, ast.Constant) and keyword.value.value == value
        for keyword in call.keywords
    )


def unsafe_html(tree: ast.Module) -> Iterator[Fault]:
    """HTML that is neither a constant nor made by the gate, and templates that are not constants."""
    for call in calls(tree):
        name = dotted(call.func)
        yield from (
            (call.lineno, keyword.arg)
            for keyword in call.keywords
            if keyword.arg in {"unsafe_allow_html", "unsafe_allow_javascript"}
        )
        if name.endswith((".html", "components.html")) and not is_gate(call.func) and not all_safe(call):
            yield call.lineno, f"{name}(…)"
        if name in {"escape.fill", "fill", "escape.Markup", "Markup"} and not all(
            map(is_constant, call.args)
        ):
            yield call.lineno, f"{name} with a template that is not a constant"


def is_gate(func: ast.expr) -> bool:
    """Whether a called thing is the gate of `ess.escape`."""
    module, _, name = dotted(func).rpartition(".")
    return name in GATES and (
        module == "escape" or module.endswith(".escape") or (not module and name == "safe")
    )


def all_safe(call: ast.Call) -> bool:
    """Whether every text argument is a constant or comes from the gate."""
    return all(is_safe(argument) for argument in [*call.args, *(keyword.value for keyword in call.keywords)])


def is_safe(value: ast.expr) -> bool:
    """Whether a value is a constant or comes from the gate."""
    return is_constant(value) or (isinstance(value, ast.Call) and is_gate(value.func))


def is_constant(value: ast.expr) -> bool:
    """Whether a value is written in the code: no text from data can be in it. Capitals name constants."""
    if isinstance(value, ast.List | ast.Tuple):
        return all(is_constant(part) for part in value.elts)
    return isinstance(value, ast.Constant) or dotted(value).rpartition(".")[2].isupper()


def folium_sinks(tree: ast.Module) -> Iterator[Fault]:
    """Text that Folium would put into HTML or script, and that did not pass the gate."""
    known = folium_names(tree)
    if not known:
        return
    for call in calls(tree):
        name = dotted(call.func)
        is_folium = name.split(".")[0] in known
        if name.rpartition(".")[2] in TEXT_SINKS and not all_safe(call):
            yield call.lineno, f"{name}(…)"
        watched = TEXT_KEYWORDS | (NAMED_KEYWORDS if is_folium else set())
        for keyword in call.keywords:
            if keyword.arg in watched and not (is_safe(keyword.value) or is_sink(keyword.value)):
                yield call.lineno, f"{name}({keyword.arg}=…)"


def is_sink(value: ast.expr) -> bool:
    """Whether a value is itself a popup or tooltip, which is looked at by itself."""
    return isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in TEXT_SINKS


def folium_names(tree: ast.Module) -> set[str]:
    """The names under which a file knows Folium and what it took from it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {n.asname or "folium" for n in node.names if n.name.split(".")[0] == "folium"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "folium":
            names |= {n.asname or n.name for n in node.names}
    return names


def empty_names(tree: ast.Module) -> Iterator[Fault]:
    """Names that say nothing of what they hold or do."""
    yield from ((line, name) for line, name in given_names(tree) if says_nothing(name))


def says_nothing(name: str) -> bool:
    """Whether a name is one of the words that this project avoids."""
    words = set(name.lower().strip("_").split("_"))
    camel = name.endswith(("Manager", "Helper", "Helpers", "Utils"))
    return (
        name in PLAIN_NAMES or name.lstrip("_").startswith(EMPTY_STARTS) or bool(words & EMPTY_WORDS) or camel
    )


def given_names(tree: ast.Module) -> Iterator[Fault]:
    """Every name that the code itself chooses: variables, parameters, functions, classes, aliases."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name


def faults(root: Path, check: Check, places: tuple[str, ...]) -> list[str]:
    """What a check finds below `root`, with file and line."""
    return [
        f"{path.relative_to(root)}:{line}: {found}"
        for path in code_files(root, places)
        if check is not unsafe_html or path != root / GATE
        for line, found in check(read_tree(path))
    ]


def foreign_words(root: Path) -> list[str]:
    """Files of the project that name a path of some machine or the host of a package registry."""
    return [
        f"{path.relative_to(root)}: {word}"
        for path in project_files(root)
        for word in FOREIGN_WORDS
        if word.encode() in path.read_bytes()
    ]


def empty_file_names(root: Path) -> list[str]:
    """Modules and folders whose names say nothing."""
    return [str(path.relative_to(root)) for path in code_files(root, EVERYTHING) if says_nothing(path.stem)]


CHECKS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "dangerous": (dangerous_calls, SHIPPED),
    "xml": (open_xml, EVERYTHING),
    "html": (unsafe_html, SHIPPED),
    "folium": (folium_sinks, SHIPPED),
    "names": (empty_names, EVERYTHING),
}


@pytest.mark.parametrize("check", CHECKS)
def test_house_rule_holds(root: Path, check: str) -> None:
    assert faults(root, *CHECKS[check]) == []


def test_no_file_names_a_machine_or_a_registry(root: Path) -> None:
    assert foreign_words(root) == []


def test_no_module_has_an_empty_name(root: Path) -> None:
    assert empty_file_names(root) == []


def plant(root: Path, code: str, name: str = "ess/planted.py") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8")


@pytest.mark.parametrize(
    ("check", "code"),
    [
        ("dangerous", "eval(text)"),
        ("dangerous", "exec(text)"),
        ("dangerous", "frame.eval(text)"),
        ("dangerous", "frame.query(text, engine='python')"),
        ("dangerous", "def late():\n    import pickle"),
        ("dangerous", "from joblib import load"),
        ("dangerous", "yaml.load(text)"),
        ("dangerous", "run(text, shell=True)"),
        ("xml", "XMLParser(resolve_entities=True)"),
        ("xml", "XMLParser(no_network=False)"),
        ("xml", "iterparse(path, huge_tree=True)"),
        ("xml", "XMLParser(load_dtd=True)"),
        ("html", "st.markdown('x', unsafe_allow_html=True)"),
        ("html", "st.html('x', unsafe_allow_javascript=True)"),
        ("html", "st.html(title)"),
        ("html", "st.html(f'<b>{title}</b>')"),
        ("html", "column.html('<b>' + title)"),
        ("html", "components.v1.html(title)"),
        ("html", "st.html(escape.fill(template, title=title))"),
        ("html", "escape.Markup(title)"),
        ("html", "fill(template, title=title)"),
        ("folium", "import folium\nfolium.Popup(title)"),
        ("folium", "import folium\nfolium.Popup(html.escape(title))"),
        ("folium", "from folium import Marker\nMarker(place, tooltip=title)"),
        ("folium", "from folium.plugins import MarkerCluster as M\nM(name=title)"),
        ("folium", "import folium\nfolium.Marker(place, popup=folium.Popup(f'{title}'))"),
        ("folium", "import folium\nfolium.TileLayer(attr=title)"),
        ("names", "df = 1"),
        ("names", "def read(data): ..."),
        ("names", "def process_rows(): ..."),
        ("names", "class CountryManager: ..."),
        ("names", "import pandas as data"),
        ("names", "for temp in rows: ..."),
        ("names", "date_utils = 1"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, check: str, code: str) -> None:
    plant(tmp_path, code)
    assert len(faults(tmp_path, *CHECKS[check])) == 1


@pytest.mark.parametrize(
    ("check", "code"),
    [
        ("dangerous", "re.compile(text)\nframe.query(text)\nyaml.safe_load(text)"),
        ("xml", "XMLParser(resolve_entities=False, no_network=True)"),
        ("html", "st.html('<hr>')\nst.html(STYLE)\nst.html(escape.fill('<b>{title}</b>', title=title))"),
        ("html", "st.html(escape.joined(rows))\nescape.html(title)"),
        (
            "folium",
            "import folium\nfolium.Popup(escape.html(title))\nfolium.Map(tiles=None, attr=ATTRIBUTION)",
        ),
        ("folium", "import folium\nMeasure(name=title)"),
        ("names", "row.data\nupdate = 1\nmanaged = 2\nprocessed = 3\nimport pandas as pd"),
    ],
)
def test_right_code_is_left_alone(tmp_path: Path, check: str, code: str) -> None:
    plant(tmp_path, code)
    assert faults(tmp_path, *CHECKS[check]) == []


@pytest.mark.parametrize("word", FOREIGN_WORDS)
def test_a_planted_word_is_found(tmp_path: Path, word: str) -> None:
    plant(tmp_path, f"# see {word}x", "README.md")
    assert foreign_words(tmp_path) == [f"README.md: {word}"]


def test_a_planted_file_name_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "", "ess/ui/helpers.py")
    assert empty_file_names(tmp_path) == ["ess/ui/helpers.py"]


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "2001:db8::1"])
def test_another_host_cannot_be_reached(host: str) -> None:
    with pytest.raises(OutsideConnectionError, match=host):
        socket.create_connection((host, 80), timeout=1)


def test_another_host_cannot_be_reached_by_number() -> None:
    with socket.socket() as client, pytest.raises(OutsideConnectionError):
        client.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(OutsideConnectionError):
        client.sendto(b"", ("192.0.2.1", 53))


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address, timeout=5) as client:
            assert client.getpeername() == address
    assert is_loopback(("::1", 80, 0, 0))


def test_a_test_that_needs_the_shared_folder_is_skipped_by_name(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="needs shared"):
        find_shared({"ATLAS_SHARED": str(tmp_path / "absent")})


def test_such_a_skip_is_a_failure_where_the_folder_is_required(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="needs shared"):
        find_shared({"ATLAS_SHARED": str(tmp_path / "absent"), "ATLAS_REQUIRE_SHARED": "1"})


def test_the_shared_folder_may_be_named(tmp_path: Path) -> None:
    assert find_shared({"ATLAS_SHARED": str(tmp_path)}) == tmp_path
