/*
 * The sites: points of activities, on a canvas of their own above the countries.
 *
 * The points of a selection are fetched once, as numbers (ess.maps.sites says how they are packed). They come
 * along the Z-order curve of the Web Mercator square, so the sites of a cell of any zoom's grid stand together
 * and one pass groups them. What is drawn then depends on the size of the map, not on the number of sites.
 * Texts reach the page through textContent and a canvas only.
 */
(function () {
  "use strict";

  var MARK = 0x31535341, STEPS = 10000, MERCATOR_LATITUDE = 85.0511287798;
  var EXACTNESS_BITS = 7, EXACT = 1, PLANNED = 8;
  var CELLS = 2; // doublings: a side of the 256 pixels of zoom 0 has four cells of 64 pixels
  var KEPT_LEVELS = 4; // groupings kept at once: a reader zooms back and forth, and memory must not grow
  var LARGEST = 30, DOT = 3.5; // pixels: radius of the fullest group, and of a single site
  var NEAR = 3; // pixels by which a press may miss
  var INK = "#1d2733", PAPER = "#ffffff", ROUND = 2 * Math.PI;

  /* ---- the file: see ess.maps.sites; typed arrays read it as it is where bytes run from the lowest ---- */

  function unpack(body) {
    var head = new Uint32Array(body, 0, 3), count = head[1], codes = head[2], at = 12;
    var letters = String.fromCharCode.apply(null, new Uint8Array(body, at, 3 * codes));
    if (head[0] !== MARK) { throw new Error("not a file of sites"); }
    at += 4 * Math.ceil(3 * codes / 4);
    var points = {
      count: count,
      codes: letters.match(/.../g) || [],
      longitude: unfold(new Uint8Array(body, at, 4 * count), count),
      latitude: unfold(new Uint8Array(body, at + 4 * count, 4 * count), count),
      country: new Uint16Array(body, at + 8 * count, count),
      flags: new Uint8Array(body, at + 10 * count, count)
    };
    project(points);
    return points;
  }

  function unfold(planes, count) {
    var steps = new Int32Array(count), sum = 0;
    for (var i = 0; i < count; i += 1) {
      var folded = planes[i] | planes[i + count] << 8 | planes[i + 2 * count] << 16 | planes[i + 3 * count] << 24;
      sum += (folded >>> 1) ^ -(folded & 1);
      steps[i] = sum;
    }
    return steps;
  }

  /* To shares of the Web Mercator square, once: what moves and zooms only scales and shifts them. Eight bytes a
     number, because a site must fall into the same cell here as where the sites were put in order. */
  function project(points) {
    points.x = new Float64Array(points.count);
    points.y = new Float64Array(points.count);
    for (var i = 0; i < points.count; i += 1) {
      var degrees = points.latitude[i] / STEPS;
      var bounded = Math.max(-MERCATOR_LATITUDE, Math.min(MERCATOR_LATITUDE, degrees)) * Math.PI / 180;
      points.x[i] = (points.longitude[i] / STEPS + 180) / 360;
      points.y[i] = 0.5 - Math.log(Math.tan(Math.PI / 4 + bounded / 2)) / (2 * Math.PI);
    }
  }

  /* ---- groups: the sites of one cell, at the middle of where they really are ---- */

  function cellsOf(points, level) {
    var side = Math.pow(2, level + CELLS), last = side - 1;
    return function (i) {
      var column = Math.floor(points.x[i] * side), row = Math.floor(points.y[i] * side);
      return Math.max(0, Math.min(last, row)) * side + Math.max(0, Math.min(last, column));
    };
  }

  function countRuns(points, cell) {
    var runs = 0, before = -1;
    for (var i = 0; i < points.count; i += 1) {
      var now = cell(i);
      if (now !== before) { runs += 1; before = now; }
    }
    return runs;
  }

  function group(points, level) {
    var cell = cellsOf(points, level), runs = countRuns(points, cell);
    var groups = {
      runs: runs, most: 1,
      x: new Float64Array(runs), y: new Float64Array(runs), first: new Uint32Array(runs),
      count: new Uint32Array(runs), exact: new Uint32Array(runs), planned: new Uint32Array(runs),
      solid: new Uint32Array(runs) // exactly placed and not merely planned
    };
    for (var i = 0, run = -1, before = -1; i < points.count; i += 1) {
      var now = cell(i), flags = points.flags[i];
      if (now !== before) { run += 1; before = now; groups.first[run] = i; }
      groups.count[run] += 1;
      groups.x[run] += points.x[i];
      groups.y[run] += points.y[i];
      var exact = (flags & EXACTNESS_BITS) === EXACT ? 1 : 0, planned = flags & PLANNED ? 1 : 0;
      groups.exact[run] += exact;
      groups.planned[run] += planned;
      groups.solid[run] += exact && !planned ? 1 : 0;
    }
    return centred(groups);
  }

  function centred(groups) {
    for (var run = 0; run < groups.runs; run += 1) {
      groups.x[run] /= groups.count[run];
      groups.y[run] /= groups.count[run];
      groups.most = Math.max(groups.most, groups.count[run]);
    }
    return groups;
  }

  /* The area of a circle is proportional to its count; one too small to be seen is drawn as a dot. */
  function radiusOf(count, most) {
    var one = Math.min(LARGEST / Math.sqrt(most), 1.5 * DOT);
    return count === 1 ? DOT : Math.max(DOT, one * Math.sqrt(count));
  }

  /* ---- the layer ---- */

  var SiteLayer = L.Layer.extend({
    initialize: function () {
      this.url = "";
      this.points = null;
      this.levels = [];
      this.shown = [];
      this.drawn = 0;
    },

    onAdd: function (map) {
      var pane = map.getPane("sites") || map.createPane("sites");
      pane.style.zIndex = 450; // above the countries, below what is said of them
      pane.style.pointerEvents = "none"; // presses are taken from the map: a canvas would hide the countries
      this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated", pane);
      this.canvas.setAttribute("aria-hidden", "true"); // the table and the pages of the countries say it in words
      this.tip = this.addTip(map);
      this.listeners = [
        ["mousemove", this.hover.bind(this), false],
        ["mouseleave", this.leave.bind(this), false],
        ["click", this.press.bind(this), true] // before the countries, which would be chosen instead
      ];
      this.listeners.forEach(function (one) { map.getContainer().addEventListener(one[0], one[1], one[2]); });
      this.redraw();
    },

    onRemove: function (map) {
      this.listeners.forEach(function (one) { map.getContainer().removeEventListener(one[0], one[1], one[2]); });
      cancelAnimationFrame(this.frame);
      this.frame = 0;
      this.leave();
      this.canvas.remove();
      this.tip.remove();
    },

    getEvents: function () {
      return {move: this.redraw, zoomend: this.redraw, resize: this.redraw, viewreset: this.redraw,
        zoomanim: this.scale};
    },

    /* sites: {url, words, exactness, thousands, direction} — see ess.maps.sites, which writes it. */
    show: function (sites) {
      this.said = sites;
      if (sites.url === this.url) { return; }
      this.url = sites.url;
      this.take(null); // what the new selection may leave out must not stay while the new points travel
      if (!sites.url) { return; }
      var self = this;
      fetch(sites.url)
        .then(function (answer) { return answer.arrayBuffer(); })
        .then(function (body) { if (self.url === sites.url) { self.take(unpack(body)); } }) // or refuse an error's text
        .catch(function () { if (self.url === sites.url) { self.lose(); } });
    },

    take: function (points) {
      this.points = points;
      this.levels = [];
      this.leave();
      this.tell("");
      if (this.detail) { this.detail.remove(); }
      this.redraw();
    },

    /* A legend that counts sites over a map without any must not go unexplained. */
    lose: function () {
      this.url = "";
      this.tell(this.said.words.lost);
    },

    tell: function (text) {
      if (!this.notice) {
        this.notice = L.DomUtil.create("div", "atlas-tip", this._map.getContainer());
        this.notice.setAttribute("role", "status");
        this.notice.style.top = this.notice.style.left = "50px";
      }
      this.notice.textContent = text;
      this.notice.style.display = text ? "block" : "none";
    },

    groupsAt: function (level) {
      var kept = this.levels.filter(function (one) { return one.level === level; })[0];
      if (!kept) { kept = {level: level, groups: group(this.points, level)}; }
      this.levels = [kept].concat(this.levels.filter(function (one) { return one !== kept; })).slice(0, KEPT_LEVELS);
      return kept.groups;
    },

    /* ---- drawing ---- */

    redraw: function () {
      if (!this.frame) { this.frame = requestAnimationFrame(this.draw.bind(this)); }
    },

    draw: function () {
      this.frame = 0;
      var pen = this.clear();
      this.shown = this.points ? this.inView() : [];
      for (var i = 0; i < this.shown.length; i += 1) { this.drawMark(pen, this.shown[i]); }
      this.drawn += 1;
      this._map.getContainer().dataset.sites = this.points ? this.points.count : 0;
    },

    clear: function () {
      var size = this._map.getSize(), ratio = window.devicePixelRatio || 1, canvas = this.canvas;
      var width = Math.round(size.x * ratio), height = Math.round(size.y * ratio), pen = canvas.getContext("2d");
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        canvas.style.width = size.x + "px";
        canvas.style.height = size.y + "px";
      }
      this.corner = this._map.containerPointToLatLng([0, 0]);
      L.DomUtil.setTransform(canvas, this._map.containerPointToLayerPoint([0, 0]), 1);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, size.x, size.y);
      return pen;
    },

    /* While Leaflet animates a zoom the canvas is only stretched, as the countries are. */
    scale: function (event) {
      var map = this._map, corner = map._latLngToNewLayerPoint(this.corner, event.zoom, event.center);
      L.DomUtil.setTransform(this.canvas, corner, map.getZoomScale(event.zoom));
      this.leave();
    },

    /* Groups whose circle touches the view, in pixels of the map, the largest first: small ones lie on top. */
    inView: function () {
      var map = this._map, zoom = map.getZoom(), groups = this.groupsAt(Math.max(0, Math.round(zoom)));
      var side = map.options.crs.scale(zoom), min = map.project(this.corner, zoom), size = map.getSize();
      var shown = [];
      for (var run = 0; run < groups.runs; run += 1) {
        var x = groups.x[run] * side - min.x, y = groups.y[run] * side - min.y;
        if (x > -LARGEST && y > -LARGEST && x < size.x + LARGEST && y < size.y + LARGEST) {
          shown.push({
            x: x, y: y, radius: radiusOf(groups.count[run], groups.most), count: groups.count[run],
            exact: groups.exact[run], planned: groups.planned[run], solid: groups.solid[run], first: groups.first[run]
          });
        }
      }
      return shown.sort(function (one, other) { return other.count - one.count; });
    },

    /* Filled where any site is exactly placed and not merely planned, else hollow; dashed where all are plans. */
    drawMark: function (pen, mark) {
      var planned = mark.planned === mark.count;
      pen.beginPath();
      pen.arc(mark.x, mark.y, mark.radius, 0, ROUND);
      pen.globalAlpha = mark.count > 1 ? 0.86 : 1;
      pen.fillStyle = mark.solid ? INK : PAPER;
      pen.fill();
      pen.globalAlpha = 1;
      pen.strokeStyle = mark.solid ? PAPER : INK;
      pen.lineWidth = 1.5;
      pen.setLineDash(planned ? [3, 2] : []);
      pen.stroke();
      if (mark.count > 1) {
        this.drawRing(pen, mark);
        this.drawCount(pen, mark);
      }
    },

    /* What tells a small group from a single site. */
    drawRing: function (pen, mark) {
      pen.beginPath();
      pen.arc(mark.x, mark.y, mark.radius + 2.5, 0, ROUND);
      pen.strokeStyle = INK;
      pen.lineWidth = 1.25;
      pen.stroke();
    },

    drawCount: function (pen, mark) {
      var text = this.number(mark.count);
      if (mark.radius < 8 || text.length * 6.2 > 2 * mark.radius) { return; } // the hover says it
      pen.font = "600 11px system-ui, 'Noto Sans', 'Noto Sans Arabic', sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillStyle = mark.solid ? PAPER : INK;
      pen.fillText(text, mark.x, mark.y + 0.5);
    },

    /* A whole number as the page's language writes it. */
    number: function (value) {
      var thousands = this.said.thousands;
      return String(value).replace(/\B(?=(\d{3})+$)/g, function () { return thousands; });
    },

    /* ---- hover and press ---- */

    addTip: function (map) {
      var tip = L.DomUtil.create("div", "atlas-tip", map.getContainer());
      tip.setAttribute("role", "status");
      ["strong", "span", "small", "small"].forEach(function (tag) { L.DomUtil.create(tag, "", tip); });
      return tip;
    },

    /* The mark under the pointer: of those that overlap the one that lies on top. */
    markAt: function (event) {
      if (event.target.closest(".leaflet-control, .leaflet-popup")) { return null; }
      var at = this._map.mouseEventToContainerPoint(event);
      for (var i = this.shown.length - 1; i >= 0; i -= 1) {
        var mark = this.shown[i], reach = mark.radius + NEAR;
        if (Math.pow(mark.x - at.x, 2) + Math.pow(mark.y - at.y, 2) <= reach * reach) { return mark; }
      }
      return null;
    },

    /* Runs after the countries' own hover, whose text makes way. */
    hover: function (event) {
      var mark = event.buttons ? null : this.markAt(event), container = this._map.getContainer();
      if (!mark || mark === this.detailed) { this.leave(); return; }
      container.querySelectorAll(".atlas-tip").forEach(function (tip) {
        if (tip !== this.tip && tip !== this.notice) { tip.style.display = "none"; }
      }, this);
      container.style.cursor = "pointer";
      mark.lines = mark.lines || this.lines(mark); // a full group is looked through once, not at every move
      this.fill(this.tip, mark.lines);
      this.place(mark);
    },

    leave: function () {
      this.tip.style.display = "none";
      this._map.getContainer().style.cursor = "";
    },

    fill: function (box, lines) {
      lines.forEach(function (text, i) {
        box.children[i].textContent = text;
        box.children[i].style.display = text ? "block" : "none";
      });
      box.dir = this.said.direction;
    },

    place: function (mark) {
      var size = this._map.getSize(), style = this.tip.style;
      style.display = "block";
      var box = this.tip.getBoundingClientRect(), below = mark.y + mark.radius + 8;
      style.left = Math.max(4, Math.min(mark.x + mark.radius + 8, size.x - box.width - 4)) + "px";
      style.top = Math.max(4, below + box.height > size.y ? mark.y - mark.radius - box.height - 8 : below) + "px";
    },

    lines: function (mark) {
      var words = this.said.words;
      if (mark.count === 1) { return this.siteLines(mark.first).concat(""); }
      var rough = mark.count - mark.exact;
      return [
        this.counted(words.sites, mark.count),
        rough ? this.counted(words.rough, rough) : "",
        mark.planned ? this.counted(words.planned, mark.planned) : "",
        this.closer(mark) ? words.closer : ""
      ];
    },

    siteLines: function (site) {
      var words = this.said.words, flags = this.points.flags[site];
      var country = this.country(site), unit = this.unit(country);
      return [
        unit ? window.atlas.name(unit) : country || words.nowhere,
        this.said.exactness[flags & EXACTNESS_BITS] || this.said.exactness[0],
        flags & PLANNED ? words.plan : ""
      ];
    },

    counted: function (words, count) {
      return words.split("{count}").join(this.number(count));
    },

    country: function (site) {
      return this.points.codes[this.points.country[site] - 1] || "";
    },

    unit: function (iso3) {
      var units = window.atlas && window.atlas.ready ? window.atlas.units() : [];
      return units.filter(function (unit) { return unit.id === iso3; })[0];
    },

    press: function (event) {
      var mark = this.dragged() ? null : this.markAt(event);
      if (!mark) { return; }
      event.stopPropagation();
      this.leave();
      var look = mark.count > 1 ? this.closer(mark) : null;
      if (look) { this._map.setView(look.at, look.zoom); } else { this.choose(mark); }
    },

    dragged: function () {
      return this._map.dragging.moved() || this._map.boxZoom.moved();
    },

    /* Where to look so that a group parts; null when no zoom of this map parts it. */
    closer: function (mark) {
      var map = this._map, box = this.boxOf(mark), most = map.getMaxZoom();
      if (map.getZoom() >= most || (box[0] === box[2] && box[1] === box[3])) { return null; }
      var bounds = L.latLngBounds(
        map.unproject([box[0] * 256, box[3] * 256], 0), map.unproject([box[2] * 256, box[1] * 256], 0));
      var zoom = map.getBoundsZoom(bounds, false, L.point(LARGEST, LARGEST));
      return {at: bounds.getCenter(), zoom: Math.min(most, Math.max(zoom, map.getZoom() + 1))};
    },

    /* West, north, east, south of a group's sites, which stand together, as shares of the square. */
    boxOf: function (mark) {
      var points = this.points, box = [1, 1, 0, 0];
      for (var i = mark.first; i < mark.first + mark.count; i += 1) {
        box[0] = Math.min(box[0], points.x[i]);
        box[1] = Math.min(box[1], points.y[i]);
        box[2] = Math.max(box[2], points.x[i]);
        box[3] = Math.max(box[3], points.y[i]);
      }
      return box;
    },

    /* A site, or sites that no zoom parts: say what is known, and choose the country, whose page lists the
       records. Sites of several countries in one place choose none. */
    choose: function (mark) {
      var map = this._map, box = L.DomUtil.create("div");
      ["strong", "span", "small", "small"].forEach(function (tag) { L.DomUtil.create(tag, "", box); });
      this.fill(box, this.lines(mark));
      this.detail = L.popup({closeButton: false, autoPan: false, offset: [0, 0]})
        .setLatLng(map.containerPointToLatLng([mark.x, mark.y]))
        .setContent(box)
        .openOn(map);
      this.detailed = mark;
      var country = this.country(mark.first);
      for (var i = mark.first; i < mark.first + mark.count; i += 1) {
        if (this.country(i) !== country) { return; }
      }
      if (country && window.atlas) { window.atlas.report({iso3: country}); }
    }
  });

  /* Show the sites of a selection on `map`; null or an empty address shows none. */
  window.atlasSites = function (map, sites) {
    if (!map.atlasSites) { map.atlasSites = new SiteLayer(); map.addLayer(map.atlasSites); }
    map.atlasSites.show(sites || {url: "", words: {}, exactness: [], thousands: ""});
  };
})();
