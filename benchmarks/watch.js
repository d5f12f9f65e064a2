/*
 * Times one change inside the page, by the same rule for every application: each part of the answer (map, legend,
 * table, figures; or one line) has its own observer, and a part is repainted in the frame after the one in which
 * it last changed. Nothing is polled from outside, which would disturb what is timed.
 */
(function () {
  "use strict";
  if (window !== window.top) { return; }

  var QUIET = 250; // ms without a change of any part, after the script has ended: the answer is complete
  var NOTHING = 3000; // ms after which a change that changed nothing is over
  var PATIENCE = 60000;
  var pressed = 0, times = {}, painted = 0, moved = false;

  /* Where each part is. The first selector that finds something counts. */
  var places = {
    legend: [".atlas-legend"],
    table: [".atlas-table", "[data-testid=stMain] [data-testid=stDataFrame]", "[data-testid=stMain] table"],
    figures: [".place-above", ".atlas-figures", ".st-key-map-headlines"]
  };

  function frames() {
    return Array.from(document.querySelectorAll("iframe"), function (frame) { return frame.contentWindow; });
  }

  function find(name) {
    return places[name].reduce(function (found, selector) {
      return found.length ? found : Array.from(document.querySelectorAll(selector));
    }, []);
  }

  /* A text that changes when the part changes; null while there is nothing. Streamlit's table is a canvas. */
  function markup(name) {
    return function () {
      return find(name).map(function (element) {
        return element.querySelector("canvas") ? "painted " + painted : element.innerHTML;
      }).join("") || null;
    };
  }

  function words(name) {
    return function () {
      return find(name).map(function (element) { return element.textContent; }).join("") || null;
    };
  }

  function fills(paths) {
    return paths.map(function (path) { return path.getAttribute("fill") || path.style.fill; }).join("") || null;
  }

  var pictures = {
    line: function () {
      var lines = Array.from(document.querySelectorAll("[data-testid=stMarkdownContainer]"));
      var shown = lines.map(function (line) { return line.textContent; });
      return shown.filter(function (text) { return text.startsWith("shown"); }).pop() || null;
    },
    map: function () {
      var frame = frames().find(function (one) { return one.atlas && one.atlas.painted; });
      return frame ? frame.performance.timeOrigin + " " + frame.atlas.painted : null;
    },
    plotly: function () { return fills(Array.from(document.querySelectorAll("path.choroplethlocation"))); },
    folium: function () {
      return fills(frames().flatMap(function (frame) {
        return Array.from(frame.document.querySelectorAll("path.leaflet-interactive[fill^='#']"));
      }));
    },
    legend: markup("legend"), table: markup("table"), figures: words("figures")
  };

  function look() { return new Promise(requestAnimationFrame); }

  function nextFrame() { return look().then(function () { return performance.now(); }); }

  async function until(found) {
    for (var end = performance.now() + PATIENCE; performance.now() < end; await look()) {
      var value = found();
      if (value) { return value; }
    }
    throw new Error("nothing was painted in time");
  }

  /* A part painted on a canvas of the page (Streamlit's table) changes without any change of the document. */
  ["drawImage", "fillText"].forEach(function (name) {
    var draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function () {
      if (pressed && find("table").some(holds(this.canvas))) { painted += 1; moved = true; }
      return draw.apply(this, arguments);
    };
  });

  function holds(canvas) { return function (element) { return element.contains(canvas); }; }

  /* Looks at every part whenever something moved, and notes when it last changed; ends when nothing does any more. */
  async function time(parts) {
    var before = parts.map(function (part) { return pictures[part](); }), last = 0;
    function compare(part, i) {
      var now = pictures[part]();
      if (!now || now === before[i]) { return; }
      before[i] = now;
      last = performance.now();
      nextFrame().then(function (when) { times[part] = when; });
    }
    await until(function () { return pressed; });
    var ran = pressed;
    await until(function () {
      parts.forEach(function (part, i) { if (moved || !places[part]) { compare(part, i); } });
      moved = false;
      var idle = document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning";
      if (!idle) { ran = performance.now(); }
      // One list on a peer's page always changes its picture, however long that takes.
      return idle && (last || parts.length > 1) && performance.now() - (last || ran + NOTHING) > QUIET;
    });
    return Object.fromEntries(Object.entries(times).map(function (entry) { return [entry[0], entry[1] - pressed]; }));
  }

  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(function () { moved = true; })
      .observe(document.documentElement, {childList: true, characterData: true, attributes: true, subtree: true});
  });

  window.bench = {
    shown: function (part) { return until(pictures[part]).then(nextFrame); },
    whole: function (parts) {
      return until(function () { return parts.every(function (part) { return pictures[part](); }); }).then(nextFrame);
    },
    picture: function (part) { return pictures[part] && pictures[part](); },
    changed: function (part, before) {
      return until(function () { var now = pictures[part](); return now && now !== before; }).then(nextFrame);
    },
    /* `outcome` will hold milliseconds from the key press to the repaint of each part that changed. */
    arm: function (parts) {
      pressed = painted = 0;
      times = {};
      window.addEventListener("keydown", function (event) { pressed = event.timeStamp; }, {capture: true, once: true});
      window.bench.outcome = time(parts);
    },
    /* Bytes over the network for files whose address holds `part`; 0 when all came from the browser's cache. */
    transferred: function (part) {
      return frames().flatMap(function (frame) { return frame.performance.getEntriesByType("resource"); })
        .filter(function (entry) { return entry.name.includes(part); })
        .reduce(function (total, entry) { return total + entry.transferSize; }, 0);
    },
    pixels: function () {
      return frames().map(function (frame) {
        var canvas = frame.document.querySelector("canvas");
        return canvas ? canvas.toDataURL() : "";
      }).join("");
    }
  };
})();
