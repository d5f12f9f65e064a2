/*
 * Times one change inside the page, by the same rule for every application: from the key press to the frame after
 * the one in which the new picture was there. Nothing is polled from outside, which would disturb what is timed.
 */
(function () {
  "use strict";
  if (window !== window.top) { return; }

  var QUIET = 300; // ms without a change in the page, after the script has ended: everything has settled
  var pressed = 0, changed = 0;

  function frames() {
    return Array.from(document.querySelectorAll("iframe"), function (frame) { return frame.contentWindow; });
  }

  /* What is on the screen, as a text that changes when it is painted anew; null while there is nothing. */
  var pictures = {
    line: function () {
      var lines = Array.from(document.querySelectorAll("[data-testid=stMarkdownContainer]"));
      var shown = lines.map(function (line) { return line.textContent; });
      return shown.filter(function (text) { return text.startsWith("shown"); }).pop() || null;
    },
    atlas: function () {
      var frame = frames().find(function (one) { return one.atlas && one.atlas.painted; });
      return frame ? frame.performance.timeOrigin + " " + frame.atlas.painted : null;
    },
    folium: function () {
      var fills = frames().map(function (frame) {
        var paths = frame.document.querySelectorAll("path.leaflet-interactive[fill^='#']");
        return Array.from(paths, function (path) { return path.getAttribute("fill"); }).join("");
      }).join("");
      return fills || null;
    }
  };

  function until(found) {
    return new Promise(function (resolve) {
      (function look() {
        var value = found();
        if (value) { resolve(value); } else { requestAnimationFrame(look); }
      })();
    });
  }

  function nextFrame() {
    return new Promise(function (resolve) {
      requestAnimationFrame(function () { resolve(performance.now()); });
    });
  }

  async function time(kind, before) {
    await until(function () { var now = pictures[kind](); return now && now !== before && pressed; });
    var repainted = await nextFrame();
    await until(function () {
      var idle = document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning";
      return idle && performance.now() - Math.max(changed, repainted) > QUIET;
    });
    return {repainted: repainted - pressed, settled: Math.max(changed, repainted) - pressed};
  }

  window.bench = {
    shown: function (kind) { return until(pictures[kind]).then(nextFrame); },
    picture: function (kind) { return pictures[kind](); },
    arm: function (kind) {
      var before = pictures[kind]();
      pressed = changed = 0;
      window.addEventListener("keydown", function (event) { pressed = event.timeStamp; }, {capture: true, once: true});
      window.bench.outcome = time(kind, before);
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

  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(function (records) {
      var inPage = records.some(function (record) {
        var place = record.target.nodeType === 1 ? record.target : record.target.parentElement;
        return place && place.closest("[data-testid=stMain]");
      });
      if (inPage) { requestAnimationFrame(function () { changed = performance.now(); }); }
    }).observe(document.documentElement, {childList: true, characterData: true, subtree: true});
  });
})();
