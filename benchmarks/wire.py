"""A visitor without a browser: a session with the server over its websocket, as the page itself holds one."""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import re
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

Seen = TypeVar("Seen")
_STREAM = "/_stcore/stream"
#: What a reader reads: these elements make up an answer. Others hold ids of their session.
_READ = ("markdown", "html", "metric", "component_instance", "plotly_chart")
_MAPS = ("component_instance", "plotly_chart")
_SELECTS = ("selectbox", "multiselect")
# The atlas's own lists are HTML; one component tells the server what was chosen (`ess.ui.bridge`).
_LISTS = re.compile(r'data-(?:set|filter)="(?P<key>\w+)"(?P<inside>.*?)</(?:select|div)>', re.DOTALL)
_CODES = re.compile(r'(?:value|data-code)="([^"]*)"')
_BRIDGE = "atlas_controls"
_TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{id}__events"


@dataclass
class Answer:
    """What one run of the script sent.

    Attributes
    ----------
    seconds
        From the request to the message that the script has finished.
    map_seconds
        To the map's message; None when no map was sent.
    size
        Bytes received.
    exceptions
        Messages of exceptions and errors that the script showed.
    digest
        Of what a reader reads: two runs with the same digest said the same.
    fragment
        Whether a part of the page was run instead of the page.
    """

    seconds: float = 0.0
    map_seconds: float | None = None
    size: int = 0
    exceptions: list[str] = field(default_factory=list)
    digest: str = ""
    fragment: bool = False


@dataclass(frozen=True)
class Widget:
    """A list on the page: its kind, what it offers, and the fragment that its changes run.

    A list of the atlas's own is called by the key that it sets, and offers codes.
    """

    id: str
    label: str
    kind: str
    options: tuple[str, ...]
    fragment: str
    page: str


class Session:
    """One session. Open it with ``async with``; `run` is one change and its whole answer."""

    def __init__(self, port: int, query: str = "") -> None:
        self.address = f"ws://127.0.0.1:{port}{_STREAM}"
        self.query = query.lstrip("?")
        self.page = ""
        self.widgets: dict[str, Widget] = {}
        self.states: dict[str, WidgetState] = {}
        self._parts: list[bytes] = []
        self._bridge: Widget | None = None
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self.address,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            open_timeout=60,
            ping_interval=None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def open(self) -> Answer:
        """The first run of the page."""
        return await self.run()

    async def choose(self, label: str, *chosen: str) -> Answer:
        """Choose options of the list called `label`, as a press on them does.

        Raises
        ------
        LookupError
            When the page has no such list.
        """
        found = next((one for one in self.widgets.values() if one.label == label), None)
        if found is None:
            raise LookupError(f"the page has no list {label!r}; it has {self.labels()}.")
        if found.kind == "own":
            return await self._tell(found, chosen)
        state = WidgetState(id=found.id)
        if found.kind == "selectbox":
            state.string_value = chosen[0]
        else:
            state.string_array_value.data.extend(chosen)
        self.states[found.id] = state
        return await self.run(found)

    async def _tell(self, found: Widget, codes: tuple[str, ...]) -> Answer:
        """Choose codes of one of the atlas's own lists, through the component that listens to them."""
        if self._bridge is None:
            raise LookupError("the page has lists of its own, but no component that listens to them.")
        choice = {"name": "set", "key": found.label, "codes": codes}
        told = WidgetState(
            id=_TRIGGER.format(id=self._bridge.id),
            json_trigger_value=json.dumps([{"event": "choice", "value": choice}]),
        )
        return await self.run(self._bridge, told)

    def labels(self) -> list[str]:
        """The lists on the page."""
        return sorted(one.label for one in self.widgets.values())

    def options(self, label: str) -> tuple[str, ...]:
        """What the list called `label` offers; nothing when there is no such list."""
        return next((one.options for one in self.widgets.values() if one.label == label), ())

    async def run(self, pressed: Widget | None = None, *told: WidgetState) -> Answer:
        """Ask for a run and read its messages to the last one.

        Raises
        ------
        ConnectionError
            When the session is not open.
        """
        if self._socket is None:
            raise ConnectionError("the session is not open.")
        answer = Answer(fragment=bool(pressed and pressed.fragment))
        self._parts = []
        begun = time.perf_counter()
        await self._socket.send(self._request(pressed, told).SerializeToString())
        while True:
            received = await self._socket.recv()
            now = time.perf_counter() - begun
            answer.size += len(received)
            if self._take(ForwardMsg.FromString(bytes(received)), answer, now):  # type: ignore[arg-type]
                answer.seconds = now
                answer.digest = hashlib.sha256(b"\0".join(sorted(self._parts))).hexdigest()[:16]
                return answer

    def _request(self, pressed: Widget | None, told: tuple[WidgetState, ...]) -> BackMsg:
        request = BackMsg()
        asked = request.rerun_script
        asked.query_string = self.query
        asked.page_script_hash = self.page
        asked.widget_states.widgets.extend([*self.states.values(), *told])
        if pressed is not None:
            asked.fragment_id = pressed.fragment
        return request

    def _take(self, message: ForwardMsg, answer: Answer, now: float) -> bool:
        """Take one message in; whether it was the last of the run."""
        match message.WhichOneof("type"):
            case "new_session":
                self._begin(message)
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "delta":
                self._take_delta(message.delta, message.metadata.active_script_hash, answer, now)
            case "script_finished":
                return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False

    def _begin(self, message: ForwardMsg) -> None:
        """A run of the whole page says anew which lists there are."""
        self.page = message.new_session.page_script_hash
        if not message.metadata.run.fragment_ids:
            self.widgets.clear()

    def _take_delta(self, delta: Delta, page: str, answer: Answer, now: float) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            answer.exceptions.append(element.exception.message[:200])
        elif kind == "alert" and element.alert.format == Alert.ERROR:  # how the atlas shows that it failed
            answer.exceptions.append(element.alert.body[:200])
        elif kind in _SELECTS:
            self._take_list(getattr(element, kind), kind, delta.fragment_id, page)
        elif kind == "html":
            self._take_own_lists(element.html.body)
        elif kind == "bidi_component" and _BRIDGE in element.bidi_component.component_name:
            self._take_bridge(element.bidi_component.id, delta.fragment_id, page)
        if kind in _READ:
            self._parts.append(read_text(element, kind))
        if kind in _MAPS or "data-map=" in element.html.body:
            answer.map_seconds = now

    def _take_bridge(self, name: str, fragment: str, page: str) -> None:
        """The component that listens to the lists; without a state of its own, its callback finds none."""
        self._bridge = Widget(name, "", "bridge", (), fragment, page)
        self.states[name] = WidgetState(id=name, json_value="{}")

    def _take_own_lists(self, body: str) -> None:
        for found in _LISTS.finditer(body):
            codes = tuple(map(html.unescape, _CODES.findall(found["inside"])))
            self._keep(Widget(found["key"], found["key"], "own", codes, "", ""))

    def _keep(self, widget: Widget) -> None:
        self.widgets[widget.id] = widget

    def _take_list(self, listed: Any, kind: str, fragment: str, page: str) -> None:
        """A list, and the value that the server gave it, which the browser sends back with every run."""
        self._keep(Widget(listed.id, listed.label, kind, tuple(listed.options), fragment, page))
        state = WidgetState(id=listed.id)
        if kind == "selectbox" and listed.set_value and listed.raw_value:
            state.string_value = listed.raw_value
            self.states[listed.id] = state
        elif kind == "multiselect" and listed.set_value:
            state.string_array_value.data.extend(listed.raw_values)
            self.states[listed.id] = state


def finish(work: Coroutine[Any, Any, Seen]) -> Seen:
    """What a coroutine returns, run in a thread of its own: Playwright keeps a loop in the calling one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


def read_text(element: Element, kind: str) -> bytes:
    """What an element tells a reader, without ids."""
    if kind == "component_instance":
        sent = json.loads(element.component_instance.json_args)
        return json.dumps([sent.get("script"), sent.get("feature_group")]).encode()
    if kind == "plotly_chart":
        return element.plotly_chart.spec.encode()
    return bytes(getattr(element, kind).SerializeToString(deterministic=True))
