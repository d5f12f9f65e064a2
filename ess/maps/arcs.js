/*
 * Lines between countries: great circles on the map's canvas, three-legged marks for three parties.
 *
 * Python says which countries are joined, how wide, and what a hover says; where they are comes from the layer
 * itself, so that a line always ends at the point by which a small state is seen. Texts are set by the layer,
 * through textContent only.
 */
(function () {
  "use strict";

  var STEPS = 64, BOW = 0.16, ARROW = 9, PRESSED = 14; // pixels of the last two
  var COLOURS = {pair: "#1f5c7a", three: "#8a4b08", chosen: "#b3261e"};
  var RADIAN = Math.PI / 180;

  function vector(at) {
    var lat = at[0] * RADIAN, lon = at[1] * RADIAN;
    return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
  }

  function place(v) {
    return [Math.atan2(v[2], Math.hypot(v[0], v[1])) / RADIAN, Math.atan2(v[1], v[0]) / RADIAN];
  }

  function cross(a, b) {
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  }

  function mixed(a, one, b, other) {
    return a.map(function (part, i) { return part * one + b[i] * other; });
  }

  /* Points of the shorter great circle between two places, moved aside in the middle for a lane other than 0.
     Places at opposite ends of the Earth have no shortest way: theirs goes by a pole. */
  function wayBetween(from, to, lane) {
    var a = vector(from), b = vector(to), normal = cross(a, b), length = Math.hypot.apply(null, normal);
    var angle = Math.atan2(length, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
    if (length < 1e-9) {
      normal = Math.abs(a[2]) < 0.9 ? cross(a, [0, 0, 1]) : cross(a, [1, 0, 0]);
      length = Math.hypot.apply(null, normal);
    }
    normal = normal.map(function (part) { return part / length; });
    var ahead = cross(normal, a), points = [];
    for (var i = 0; i <= STEPS; i += 1) {
      var t = i / STEPS, on = mixed(a, Math.cos(angle * t), ahead, Math.sin(angle * t));
      points.push(place(mixed(on, 1, normal, lane * BOW * angle * Math.sin(Math.PI * t))));
    }
    points[0] = from;
    points[STEPS] = to;
    return points;
  }

  /* A line that crosses the antimeridian goes on at the other side of the map. */
  function split(points) {
    var parts = [[points[0]]];
    for (var i = 1; i < points.length; i += 1) {
      var one = points[i - 1], next = points[i], step = next[1] - one[1];
      if (Math.abs(step) > 180) {
        var side = step < 0 ? 180 : -180, beyond = next[1] + 2 * side, part = beyond - one[1];
        var lat = part ? one[0] + (next[0] - one[0]) * (side - one[1]) / part : one[0];
        parts[parts.length - 1].push([lat, side]);
        parts.push([[lat, -side]]);
      }
      parts[parts.length - 1].push(next);
    }
    return parts;
  }

  /* Where the legs of a mark meet: the middle of its parties on the globe. */
  function middle(places) {
    var sum = places.map(vector).reduce(function (all, v) { return mixed(all, 1, v, 1); });
    return Math.hypot.apply(null, sum) < 1e-9 ? places[0] : place(sum);
  }

  function Arcs(atlas) {
    this.atlas = atlas;
    this.layers = [];
    this.heads = [];
    this.told = null;
    atlas.map.on("zoomend", this.drawHeads, this);
  }

  Arcs.prototype.paint = function (arcs) {
    var self = this, told = JSON.stringify([arcs, this.atlas.view, this.atlas.state.chosen]), points = {};
    if (told === this.told) { return; }
    this.told = told;
    this.layers.forEach(function (layer) { self.atlas.map.removeLayer(layer); });
    this.layers = [];
    this.tips = [];
    this.atlas.units().forEach(function (unit) { points[unit.id] = unit.at; });
    this.arcs = (arcs || []).map(function (arc) {
      var at = arc.ends.map(function (iso3) { return points[iso3]; }).filter(Boolean);
      return Object.assign({at: at}, arc);
    }).filter(function (arc) { return arc.at.length > 1; });
    this.arcs.slice().reverse().forEach(function (arc) { self.draw(arc); });
    this.drawHeads();
    this.atlas.units().forEach(function (unit) {
      if (unit.symbol && self.atlas.map.hasLayer(unit.symbol)) { unit.symbol.bringToFront(); }
    });
  };

  Arcs.prototype.draw = function (arc) {
    var self = this, state = this.atlas.state, hub = arc.three ? middle(arc.at) : null;
    var ways = hub ? arc.at.map(function (at) { return wayBetween(at, hub, 0); })
      : [wayBetween(arc.at[0], arc.at[1], arc.lane)];
    var aside = state.chosen && arc.ends.indexOf(state.chosen) < 0;
    var colour = arc.chosen ? COLOURS.chosen : arc.three ? COLOURS.three : COLOURS.pair;
    var parts = [].concat.apply([], ways.map(split));
    var line = L.polyline(parts, {
      renderer: this.atlas.renderer, interactive: false, smoothFactor: 0.5, color: colour, weight: arc.width,
      opacity: aside && !arc.chosen ? 0.15 : 0.75, dashArray: arc.dashed ? "2 6" : null
    });
    var hit = L.polyline(parts, {
      renderer: this.atlas.renderer, smoothFactor: 0.5, weight: Math.max(PRESSED, arc.width), opacity: 0
    });
    hit.on("mouseover mousemove", function (event) { self.atlas.tell(arc.texts, event.containerPoint); });
    hit.on("mouseout", function () { self.atlas.tip.style.display = "none"; });
    hit.on("click", function () { self.atlas.report({pair: arc.key}); });
    arc.way = ways[0];
    arc.hub = hub;
    arc.colour = colour;
    [line, hit].forEach(function (layer) { self.layers.push(layer.addTo(self.atlas.map)); });
  };

  /* Heads have one size on the screen: they are drawn anew when the map is nearer or farther. */
  Arcs.prototype.drawHeads = function () {
    var self = this;
    this.heads.forEach(function (head) { self.atlas.map.removeLayer(head); });
    this.heads = [];
    (this.arcs || []).forEach(function (arc) {
      if (arc.hub) { self.head(arc, arc.hub, [0, -1]); }
      if (arc.arrow) {
        var at = Math.round(STEPS * 0.6), map = self.atlas.map;
        var step = map.latLngToLayerPoint(arc.way[at + 1]).subtract(map.latLngToLayerPoint(arc.way[at - 1]));
        var length = Math.hypot(step.x, step.y) || 1;
        self.head(arc, arc.way[at], [step.x / length, step.y / length]);
      }
    });
  };

  Arcs.prototype.head = function (arc, at, way) {
    var map = this.atlas.map, size = ARROW + arc.width / 2, point = map.latLngToLayerPoint(at);
    var corners = [[1, 0], [-0.6, 0.8], [-0.6, -0.8]].map(function (corner) {
      return map.layerPointToLatLng(point.add([
        size * (corner[0] * way[0] - corner[1] * way[1]), size * (corner[0] * way[1] + corner[1] * way[0])
      ]));
    });
    this.heads.push(L.polygon(corners, {
      renderer: this.atlas.renderer, interactive: false, fillColor: arc.colour, fillOpacity: 1, color: "#ffffff",
      weight: 1
    }).addTo(map));
  };

  window.atlasWay = function (from, to, lane) { return split(wayBetween(from, to, lane)); };
  window.atlasArcs = function (atlas, arcs) {
    if (!atlas.lines) { atlas.lines = new Arcs(atlas); }
    atlas.lines.paint(arcs);
  };
})();
