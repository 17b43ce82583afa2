// «Use my location»: asked for on a tap only, rounded, and put into the field of the form.
// Nothing is sent: the reader sees what was filled in, and sends the form or does not.
"use strict";
(() => {
  const DECIMALS = 3; // about 100 m: enough to put points in order, too little to find a door
  const ASKING = { enableHighAccuracy: false, timeout: 10000, maximumAge: 60000 };
  const REASONS = { 1: "refused", 2: "unavailable", 3: "late" };

  function prepare(box) {
    const button = box.querySelector("button");
    const said = box.querySelector("[role=status]");
    const field = document.getElementById(box.dataset.locate);
    if (!field || !field.form || !navigator.geolocation || !window.isSecureContext) return;

    function say(name) {
      said.textContent = said.dataset[name];
      button.disabled = name === "asking";
      button.setAttribute("aria-busy", String(name === "asking"));
    }

    function fill(place) {
      const { latitude, longitude } = place.coords;
      field.value = `${latitude.toFixed(DECIMALS)},${longitude.toFixed(DECIMALS)}`;
      field.removeAttribute("aria-invalid");
      system().value = "WGS84"; // what browsers give
      say("found");
      field.dispatchEvent(new Event("change", { bubbles: true }));
      (field.form.querySelector("[type=submit]") || field).focus();
    }

    function system() {
      const name = box.dataset.crs;
      let hidden = field.form.elements.namedItem(name);
      if (!hidden) {
        hidden = document.createElement("input");
        hidden.type = "hidden";
        hidden.name = name;
        field.form.append(hidden);
      }
      return hidden;
    }

    button.addEventListener("click", () => {
      say("asking");
      navigator.geolocation.getCurrentPosition(fill, (error) => {
        say(REASONS[error.code] || "unavailable");
        field.focus();
      }, ASKING);
    });
    box.hidden = false;
  }

  document.querySelectorAll("[data-locate]").forEach(prepare);
})();
