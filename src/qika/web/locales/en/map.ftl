# Sketch map, route links, tiles, location
map-title = Sketch map of the points
map-said = Your starting place is in the middle; north is up.
map-next = { "; " }
map-start = Start
map-north = N
map-caption = Sketch map: north is up, rings show straight-line distance. See “Directions” for the way.
map-closed = Hollow pins are closed now.
map-unknown = Dashed pins: opening hours not confirmed.
map-way-n = north
map-way-ne = north-east
map-way-e = east
map-way-se = south-east
map-way-s = south
map-way-sw = south-west
map-way-w = west
map-way-nw = north-west
map-routes = Directions
map-service-amap = Amap
map-service-tencent = Tencent Maps
map-service-baidu = Baidu Maps
map-unsure = The source does not say its coordinate system. The place may be some 100 m off; check the address.

locate-ask = Use my location
locate-asking = Finding your location, please wait.
locate-found = Your rough location is filled in, to about 100 m. Nothing is sent yet: go on with the form.
locate-refused = Your location was not shared, and that is fine. Write your district instead.
locate-late = Finding your location took too long. Write your district instead.
locate-unavailable = Your location cannot be found right now. Write your district instead.

streets-open = Show the street map
streets-close = Close the street map
streets-opening = Opening the street map.
streets-failed = The street map cannot be shown now. Use the list and the sketch map.
streets-name = Street map
streets-in = Zoom in
streets-out = Zoom out
