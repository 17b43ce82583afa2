"""What every peer does between reading and answering: one lookup, one sum of days."""

from datetime import date, timedelta

CHANNELS = ("bank", "entrusted", "hospital", "pharmacy", "online")
TODAY = date(2026, 11, 22)
REGIONS = {
    f"{province}{city:02d}00": {
        "name": f"City {city} of province {province}",
        "days": 300 if city % 3 else 180,
        "hotline": "12333",
        "offered": CHANNELS[: 3 + city % 3],
    }
    for province in range(11, 66)
    for city in range(1, 11)
}
PAPERS = {
    channel: ["card", "identity document", *(["letter"] if channel == "entrusted" else [])]
    for channel in CHANNELS
}


def decided(
    card_number: str, region: str, channel: str, collected_on: date, *,
    lat: float, lon: float, bank: str, holder: bool,
) -> dict[str, object] | None:  # fmt: skip
    """Give the thirteen fields of the answer; None for a region that is not known."""
    known = REGIONS.get(region)
    if known is None:
        return None
    due_on = collected_on + timedelta(days=known["days"])
    left = (due_on - TODAY).days
    return {
        "card": f"{card_number[:3]}****{card_number[-2:]}",
        "region": region,
        "name": known["name"],
        "channel": channel,
        "offered": channel in known["offered"],
        "due_on": due_on.isoformat(),
        "days_left": left,
        "overdue": left < 0,
        "documents": PAPERS[channel],
        "bank": bank,
        "hotline": known["hotline"],
        "holder": holder,
        "near": f"{lat:.3f},{lon:.3f}",
    }
