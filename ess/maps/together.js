/*
 * Maps that stand side by side move together: what one shows is compared with what the other shows there.
 *
 * Each map has a frame of its own; they tell each other through the page, so that the server hears of nothing.
 */
(function () {
  "use strict";

  window.joinMaps = function (map, key) {
    var page = window.parent, following = false;

    function tell() {
      if (following) { return; }
      var centre = map.getCenter();
      page.document.dispatchEvent(new page.CustomEvent("atlas-move", {
        detail: {key: key, at: [centre.lat, centre.lng, map.getZoom()]}
      }));
    }

    function follow(event) {
      var told = event.detail;
      if (told.key === key) { return; }
      following = true; // what follows is not told on: two maps would push each other for ever
      map.setView([told.at[0], told.at[1]], told.at[2], {animate: false});
      following = false;
    }

    map.on("move moveend", tell);
    page.document.addEventListener("atlas-move", follow);
    window.addEventListener("pagehide", function () {
      page.document.removeEventListener("atlas-move", follow);
    });
  };
})();
