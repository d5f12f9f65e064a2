/*
 * The country layer: shapes are fetched once and stay; a repaint only changes fills, outlines and hover texts.
 *
 * Why a script of our own: Folium's layers carry their shapes inside the page, so that every change sends
 * them again and remounts the map. Here Python sends the classes of the countries and nothing else.
 * Texts reach the page through textContent only, so that no text of a portfolio can become markup.
 */
(function () {
  "use strict";

  var SMALL_STATE_ZOOM = 6; // from here on the islands themselves are large enough to be clicked
  var LINE = {color: "#ffffff", weight: 0.6, opacity: 1};
  var EMPTY = "#dfe3e6";
  var PLAIN = "#eef2f0"; // below a circle
  var ZERO = 2.5; // radius of the empty circle that says zero

  /* ---- TopoJSON (arcs shared by neighbours, delta-coded integers) to Leaflet coordinates ---- */

  function decodeArcs(topology) {
    var scale = topology.transform.scale, origin = topology.transform.translate;
    return topology.arcs.map(function (arc) {
      var x = 0, y = 0;
      return arc.map(function (step) {
        x += step[0];
        y += step[1];
        return [y * scale[1] + origin[1], x * scale[0] + origin[0]];
      });
    });
  }

  function line(arcs, indexes) {
    var points = [];
    indexes.forEach(function (index) {
      var arc = index < 0 ? arcs[~index].slice().reverse() : arcs[index];
      points = points.concat(points.length ? arc.slice(1) : arc);
    });
    return points;
  }

  function polygons(arcs, geometry) {
    var parts = geometry.type === "Polygon" ? [geometry.arcs] : geometry.arcs;
    return parts.map(function (rings) {
      return rings.map(function (ring) { return line(arcs, ring); });
    });
  }

  function lines(arcs, geometry) {
    var parts = geometry.type === "LineString" ? [geometry.arcs] : geometry.arcs;
    return parts.map(function (part) { return line(arcs, part); });
  }

  /* ---- fills: a colour for a class, a pattern for what is not a figure ---- */

  function pattern(draw) {
    var size = 8, tile = document.createElement("canvas");
    tile.width = tile.height = size;
    var pen = tile.getContext("2d");
    draw(pen, size);
    return pen.createPattern(tile, "repeat");
  }

  function hatched(paper, ink) {
    return pattern(function (pen, size) {
      pen.fillStyle = paper;
      pen.fillRect(0, 0, size, size);
      pen.strokeStyle = ink;
      pen.lineWidth = 1.5;
      pen.beginPath();
      [-size, 0, size].forEach(function (shift) {
        pen.moveTo(shift, size);
        pen.lineTo(shift + size, 0);
      });
      pen.stroke();
    });
  }

  function ruled(paper, ink) {
    return pattern(function (pen, size) {
      pen.fillStyle = paper;
      pen.fillRect(0, 0, size, size);
      pen.fillStyle = ink;
      pen.fillRect(0, 1, size, 1.5);
      pen.fillRect(0, 5, size, 1.5);
    });
  }

  function dotted(paper, ink) {
    return pattern(function (pen, size) {
      pen.fillStyle = paper;
      pen.fillRect(0, 0, size, size);
      pen.fillStyle = ink;
      pen.beginPath();
      pen.arc(size / 2, size / 2, 1.6, 0, 2 * Math.PI);
      pen.fill();
    });
  }

  /* ---- the atlas ---- */

  function Atlas(map, config) {
    this.map = map;
    this.config = config;
    this.renderer = L.canvas({padding: 0.5});
    this.sets = {}; // object of the topology -> units drawn from it
    this.state = null;
    this.view = null;
    this.painted = 0;
    this.fitted = null;
    this.patterns = {};
    this.addTip();
    this.addFitButton();
    var self = this, container = map.getContainer();
    // Leaflet focuses its container when it is pressed; the page would then scroll to the frame, and what was
    // under the pointer would no longer be there when the click comes.
    container.focus = function () { HTMLElement.prototype.focus.call(container, {preventScroll: true}); };
    map.on("zoomend", function () { self.showSymbols(); });
    map.on("moveend", function () { self.remember(); });
    this.watch();
    fetch(config.shapes)
      .then(function (answer) { return answer.json(); })
      .then(function (topology) {
        self.read(topology);
        if (self.state) { self.paint(self.state); }
      });
  }

  Atlas.prototype.read = function (topology) {
    var self = this, arcs = decodeArcs(topology);
    Object.keys(topology.objects).forEach(function (name) {
      var geometries = topology.objects[name].geometries;
      self.sets[name] = name.indexOf("lines") === 0
        ? geometries.map(function (geometry) { return self.boundary(lines(arcs, geometry)); })
        : geometries.map(function (geometry) { return self.unit(geometry, polygons(arcs, geometry)); });
    });
    this.ready = true;
  };

  Atlas.prototype.boundary = function (points) {
    return {layers: [L.polyline(points, {
      renderer: this.renderer, interactive: false, color: "#ffffff", weight: 3, dashArray: "5 5"
    })]};
  };

  Atlas.prototype.unit = function (geometry, points) {
    var facts = geometry.properties;
    var unit = {id: facts.id || geometry.id, names: facts.n, at: [facts.p[1], facts.p[0]]};
    unit.shape = L.polygon(points, Object.assign({
      renderer: this.renderer, smoothFactor: 0.3, fillOpacity: 1, fillColor: EMPTY
    }, LINE));
    unit.layers = [unit.shape];
    if (facts.m) {
      unit.symbol = L.circleMarker(unit.at, {renderer: this.renderer, fillOpacity: 1, fillColor: EMPTY});
    }
    [unit.shape, unit.symbol].forEach(function (layer) { if (layer) { this.listen(unit, layer); } }, this);
    return unit;
  };

  Atlas.prototype.listen = function (unit, layer) {
    var self = this;
    layer.on("mouseover mousemove", function (event) { self.showTip(unit, event.containerPoint); });
    layer.on("mouseout", function () { self.tip.style.display = "none"; });
    layer.on("click", function () { self.report({iso3: unit.id}); });
  };

  /* Streamlit-folium waits a quarter of a second before it reports a click, and reports every move of the map.
     The page's own listener (controls.js) is told at once, and only what was chosen. */
  Atlas.prototype.report = function (choice) {
    var page = window.parent;
    page.document.dispatchEvent(new page.CustomEvent("atlas-press", {detail: choice}));
  };

  /* What the map shows stands in the page, in an element that names this map, and is painted in the frame in which
     it arrives. As an argument of the component it would come a frame later: the page is painted first. */
  Atlas.prototype.watch = function () {
    var self = this, page = window.parent.document, named = '[data-map="' + this.config.key + '"]', shown = null;
    function look() {
      var found = page.querySelector(named), told = found && found.textContent;
      if (!told || told === shown) { return; }
      shown = told;
      self.paint(JSON.parse(told));
    }
    new MutationObserver(look).observe(page.body, {childList: true, subtree: true, characterData: true});
    look();
  };

  Atlas.prototype.units = function () {
    return (this.sets.common || []).concat(this.sets[this.view] || []);
  };

  Atlas.prototype.show = function (view) {
    var self = this, wanted = ["common", view, "lines_" + view];
    Object.keys(this.sets).forEach(function (name) {
      self.sets[name].forEach(function (drawn) {
        drawn.layers.concat(drawn.symbol || []).forEach(function (layer) {
          if (wanted.indexOf(name) < 0) { self.map.removeLayer(layer); }
        });
        if (wanted.indexOf(name) >= 0) { drawn.layers.forEach(function (layer) { self.map.addLayer(layer); }); }
      });
    });
    this.view = view;
    this.showSymbols();
  };

  Atlas.prototype.showSymbols = function () {
    var self = this, small = this.map.getZoom() < SMALL_STATE_ZOOM;
    this.units().forEach(function (unit) {
      if (!unit.symbol) { return; }
      if (small) { self.map.addLayer(unit.symbol); } else { self.map.removeLayer(unit.symbol); }
    });
  };

  /* state: {view, lang, palette, classes: [[class, "ISOISO…"]], texts, extra, words, measure, home, chosen,
     fit: {key, bounds, at}, circles: absent or a radius for each text (null for none, below zero for a value
     below zero), sites: null or what sites.js draws} — see ess.maps.payload, which writes it. */
  Atlas.prototype.paint = function (state) {
    this.state = state;
    if (!this.ready) { return; }
    if (this.view !== state.view) { this.show(state.view); }
    this.facts = this.byCountry(state);
    this.restyle(state);
    this.circle(state.circles);
    this.fit(state.fit);
    this.label(state);
    if (window.atlasSites) { window.atlasSites(this.map, state.sites); }
    if (window.atlasArcs) { window.atlasArcs(this, state.arcs); }
    this.painted += 1;
    this.map.getContainer().dataset.painted = this.painted;
  };

  Atlas.prototype.byCountry = function (state) {
    var facts = {}, at = 0;
    state.classes.forEach(function (entry) {
      for (var i = 0; i < entry[1].length; i += 3) {
        var iso3 = entry[1].substr(i, 3);
        facts[iso3] = {fill: entry[0], text: state.texts[at] || "", extra: state.extra[iso3] || ""};
        if (state.circles) { facts[iso3].size = state.circles[at]; }
        at += 1;
      }
    });
    return facts;
  };

  Atlas.prototype.restyle = function (state) {
    var self = this, front = [];
    this.units().forEach(function (unit) {
      var fact = self.facts[unit.id], fill = fact ? self.fill(fact.fill, state) : EMPTY;
      var outlined = unit.id === state.home || unit.id === state.chosen;
      var style = {
        fillColor: fill,
        color: unit.id === state.chosen ? "#b3261e" : unit.id === state.home ? "#1d2733" : LINE.color,
        weight: outlined ? 1.8 : LINE.weight
      };
      unit.shape.setStyle(style);
      if (unit.symbol) {
        unit.symbol.setRadius(fact ? 6 : 2.5);
        unit.symbol.setStyle({
          fillColor: fill, color: outlined ? style.color : fact ? "#3f4a54" : "#b4bcc2", weight: outlined ? 2.2 : 1
        });
      }
      if (outlined) { front.push(unit); }
    });
    front.forEach(function (unit) { unit.shape.bringToFront(); });
    (this.sets["lines_" + this.view] || []).forEach(function (drawn) { drawn.layers[0].bringToFront(); });
    this.units().forEach(function (unit) {
      if (unit.symbol && self.map.hasLayer(unit.symbol)) { unit.symbol.bringToFront(); }
    });
  };

  Atlas.prototype.fill = function (name, state) {
    if (/^\d$/.test(name)) { return state.palette[+name]; }
    if (name === "home") { return "#fffdf5"; }
    if (!this.patterns[name]) {
      this.patterns[name] = name === "planned" ? dotted("#ffffff", "#5b6770")
        : name === "no_denominator" ? ruled("#ffffff", "#8a959d") : hatched("#ffffff", "#8a959d");
    }
    return this.patterns[name];
  };

  /* ---- proportional circles on the label points, largest below; the areas under them stay plain ----
     Small states have one like any other; their symbol, which would look like a circle, gives way to it. */

  Atlas.prototype.circle = function (sizes) {
    var self = this, sized = [];
    if (!sizes && !this.circled) { return; }
    this.circled = Boolean(sizes);
    Object.keys(this.sets).forEach(function (name) {
      self.sets[name].forEach(function (unit) { if (unit.circle) { self.map.removeLayer(unit.circle); } });
    });
    this.units().forEach(function (unit) {
      var fact = self.facts[unit.id], has = Boolean(sizes && fact && typeof fact.size === "number");
      if (unit.symbol) { unit.symbol.setStyle({opacity: has ? 0 : 1, fillOpacity: has ? 0 : 1}); }
      if (has) { sized.push([unit, fact]); }
    });
    sized.sort(function (one, other) { return Math.abs(other[1].size) - Math.abs(one[1].size); });
    sized.forEach(function (pair) { self.drawCircle(pair[0], pair[1]); });
  };

  Atlas.prototype.drawCircle = function (unit, fact) {
    var chosen = unit.id === this.state.chosen;
    if (!unit.circle) {
      unit.circle = L.circleMarker(unit.at, {renderer: this.renderer});
      this.listen(unit, unit.circle);
    }
    unit.shape.setStyle({fillColor: PLAIN});
    unit.circle.setRadius(Math.abs(fact.size) || ZERO);
    unit.circle.setStyle({
      fillColor: this.fill(fact.fill, this.state), fillOpacity: fact.size ? 1 : 0,
      color: chosen ? "#b3261e" : "#1d2733", weight: chosen ? 2.2 : 1, dashArray: fact.size < 0 ? "3 3" : null
    });
    this.map.addLayer(unit.circle);
    unit.circle.bringToFront();
  };

  /* ---- hover text ---- */

  Atlas.prototype.addTip = function () {
    this.tip = document.createElement("div");
    this.tip.className = "atlas-tip";
    this.tip.setAttribute("role", "status");
    ["strong", "span", "small", "small"].forEach(function (tag) {
      this.tip.appendChild(document.createElement(tag));
    }, this);
    this.map.getContainer().appendChild(this.tip);
  };

  Atlas.prototype.name = function (unit) {
    return unit.names[["fr", "en", "ar"].indexOf(this.state.lang)] || unit.id;
  };

  Atlas.prototype.showTip = function (unit, point) {
    if (!this.state) { return; }
    var fact = this.facts[unit.id] || {fill: "none", text: "", extra: ""};
    var words = this.state.words;
    var said = fact.text || words[fact.fill] || "";
    this.tell([this.name(unit), said, fact.text ? this.state.measure : "", fact.extra], point);
  };

  Atlas.prototype.tell = function (texts, point) {
    texts.forEach(function (text, i) {
      this.tip.children[i].textContent = text;
      this.tip.children[i].style.display = text ? "block" : "none";
    }, this);
    this.tip.dir = this.state.lang === "ar" ? "rtl" : "ltr";
    this.tip.style.display = "block";
    var size = this.map.getSize(), box = this.tip.getBoundingClientRect();
    this.tip.style.left = Math.max(4, Math.min(point.x + 14, size.x - box.width - 4)) + "px";
    this.tip.style.top = Math.max(4, point.y + 18 + box.height > size.y ? point.y - box.height - 12 : point.y + 18) + "px";
  };

  /* ---- where the map looks ---- */

  Atlas.prototype.fit = function (fit) {
    if (!fit || fit.key === this.fitted) { return; }
    var first = this.fitted === null;
    this.fitted = fit.key;
    this.bounds = fit.bounds;
    var kept = first ? this.recall(fit.key) : null, at = kept || fit.at;
    if (at) { this.map.setView([at[0], at[1]], at[2], {animate: false}); } else { this.home(); }
  };

  Atlas.prototype.home = function () {
    this.map.fitBounds(this.bounds, {animate: false, padding: [12, 12]});
  };

  /* A reader who opens a country and comes back finds the map where it was. */
  Atlas.prototype.remember = function () {
    if (this.fitted === null) { return; }
    var centre = this.map.getCenter();
    try {
      window.sessionStorage.setItem("atlas-" + this.config.key, JSON.stringify(
        [this.fitted, centre.lat, centre.lng, this.map.getZoom()]));
    } catch (error) { /* storage may be closed to this page: the map then opens as fitted */ }
  };

  Atlas.prototype.recall = function (key) {
    try {
      var kept = JSON.parse(window.sessionStorage.getItem("atlas-" + this.config.key));
      return kept && kept[0] === key ? kept.slice(1) : null;
    } catch (error) { return null; }
  };

  Atlas.prototype.addFitButton = function () {
    var self = this, Fit = L.Control.extend({
      options: {position: "topleft"},
      onAdd: function () {
        var bar = L.DomUtil.create("div", "leaflet-bar atlas-buttons");
        self.buttons = {
          fit: self.button(bar, "⤢", function () { self.home(); }),
          keep: self.button(bar, "⚲", function () {
            var centre = self.map.getCenter();
            self.report({at: [+centre.lat.toFixed(3), +centre.lng.toFixed(3), self.map.getZoom()]});
          })
        };
        return bar;
      }
    });
    this.map.addControl(new Fit());
  };

  Atlas.prototype.button = function (bar, sign, act) {
    var link = L.DomUtil.create("a", "", bar);
    link.textContent = sign;
    link.href = "#";
    link.setAttribute("role", "button");
    L.DomEvent.disableClickPropagation(link);
    L.DomEvent.on(link, "click", function (event) { L.DomEvent.stop(event); act(); });
    return link;
  };

  Atlas.prototype.label = function (state) {
    var words = state.words, container = this.map.getContainer();
    container.setAttribute("aria-label", words.map);
    container.lang = state.lang;
    [[".leaflet-control-zoom-in", words.zoom_in], [".leaflet-control-zoom-out", words.zoom_out]].forEach(
      function (pair) {
        var link = container.querySelector(pair[0]);
        if (link) { link.title = pair[1]; link.setAttribute("aria-label", pair[1]); }
      });
    Object.keys(this.buttons).forEach(function (name) {
      this.buttons[name].title = words[name];
      this.buttons[name].setAttribute("aria-label", words[name]);
    }, this);
  };

  /* The component library adds a style of the theme at every render and takes none away: in a long visit the
     frame would grow with every change. The last one is enough. */
  function dropOldThemes() {
    Array.from(document.head.querySelectorAll("style")).filter(function (style) {
      return style.textContent.indexOf("--primary-color") >= 0;
    }).slice(0, -1).forEach(function (style) { style.remove(); });
  }

  window.startAtlas = function (map, config) {
    if (window.Streamlit && window.Streamlit.events) {
      window.Streamlit.events.addEventListener(window.Streamlit.RENDER_EVENT, dropOldThemes);
    }
    window.atlas = new Atlas(map, config);
  };
})();
