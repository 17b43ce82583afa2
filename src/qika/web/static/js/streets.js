// The street map: opened on a tap, drawn by Leaflet from tiles of our own origin. The sketch map
// and the list stay what they are; where streets cannot be had, the sketch map comes back.
"use strict";
(() => {
  const FAILURES_MAX = 4; // tiles that fail before any has come
  const TARGET = 44; // pixels, as large as a finger

  function load(kind, address) {
    return new Promise((resolve, reject) => {
      const element = document.createElement(kind);
      if (kind === "link") Object.assign(element, { rel: "stylesheet", href: address });
      else element.src = address;
      element.onload = resolve;
      element.onerror = reject;
      document.head.append(element);
    });
  }

  function text(...parts) {
    const element = document.createElement("span");
    element.textContent = parts.filter(Boolean).join(" ");
    return element;
  }

  // Leaflet empties a tile that it lets go of by an address of kind `data:`, which our pages
  // refuse; the same without an address.
  function tileLayer(address, zoom) {
    const Layer = L.TileLayer.extend({
      _removeTile(key) {
        L.GridLayer.prototype._removeTile.call(this, key);
      },
      _abortLoading() {
        for (const [key, { el, coords }] of Object.entries(this._tiles)) {
          if (coords.z === this._tileZoom || el.complete) continue;
          el.onload = el.onerror = null;
          el.removeAttribute("src");
          el.remove();
          delete this._tiles[key];
          this.fire("tileabort", { tile: el, coords });
        }
      },
    });
    return new Layer(address, { minZoom: zoom[0], maxZoom: zoom[1] });
  }

  function pin(one) {
    const icon = L.divIcon({
      className: `street-pin ${one.kind} ${one.open}`,
      html: text(one.letter),
      iconSize: [TARGET, TARGET],
      iconAnchor: [TARGET / 2, TARGET],
      popupAnchor: [0, -TARGET],
    });
    const said = text(one.letter, one.name, one.far);
    const marker = L.marker(one.at, { icon, title: said.textContent, riseOnHover: true });
    return marker.bindPopup(said, { closeButton: false });
  }

  function place(at) {
    const icon = L.divIcon({ className: "street-place", iconSize: [20, 20] });
    return L.marker(at, { icon, interactive: false, keyboard: false });
  }

  function draw(box, told, words, failed) {
    const [least, most] = told.zoom;
    const map = L.map(box, {
      attributionControl: false, zoomControl: false, scrollWheelZoom: false,
      minZoom: least, maxZoom: most,
    });
    L.control.zoom({ zoomInTitle: words.in, zoomOutTitle: words.out }).addTo(map);
    const credit = L.control.attribution().addTo(map);
    credit.setPrefix(false);
    credit.addAttribution(text(told.credit).innerHTML);
    let come = 0, missed = 0;
    for (const address of told.layers) {
      tileLayer(address, told.zoom)
        .on("tileload", () => { come += 1; })
        .on("tileerror", () => {
          missed += 1;
          if (!come && missed === FAILURES_MAX) failed();
        })
        .addTo(map);
    }
    told.pins.slice().reverse().forEach((one) => pin(one).addTo(map));
    const all = told.pins.map((one) => one.at);
    if (told.near) {
      place(told.near).addTo(map);
      all.push(told.near);
    }
    map.fitBounds(all, { padding: [TARGET, TARGET], maxZoom: Math.min(16, most), animate: false });
    return map;
  }

  function prepare(holder) {
    const figure = holder.closest("figure");
    const [button, said, box] = ["button", "[role=status]", ".streets-map"]
      .map((one) => holder.querySelector(one));
    const words = holder.dataset;
    let map = null, files = null;

    function show(open) {
      box.hidden = !open;
      figure.classList.toggle("on-streets", open);
      button.textContent = open ? words.close : words.open;
      button.setAttribute("aria-expanded", String(open));
    }

    function close(message) {
      if (map) map.remove();
      map = null;
      show(false);
      said.textContent = message;
    }

    async function open() {
      said.textContent = words.opening;
      files ||= Promise.all([load("link", words.style), load("script", words.script)]);
      try {
        await files;
        show(true);
        map = draw(box, JSON.parse(words.streets), words, () => close(words.failed));
        said.textContent = "";
        box.focus({ preventScroll: true });
      } catch {
        files = null;
        close(words.failed);
      }
    }

    button.addEventListener("click", () => (map ? close("") : open()));
    show(false);
    holder.hidden = false;
  }

  document.querySelectorAll("[data-streets]").forEach(prepare);
})();
