"""The table of map providers, and what an operator has to set before a map is shown."""

from importlib.resources import files

import pytest

from qika.partners.tiles.providers import Layer, Terms, providers_of
from qika.wiring import Settings, TilesSettingError, chosen_tiles

PACKAGED = providers_of((files("qika.partners.tiles") / "providers.toml").read_text("utf-8"))
ROW = """
[[provider]]
id = "own"
url = "https://tiles.example/{z}/{x}/{y}.png?k={key}"
crs = "gcj02"
attribution = { zh = "示例", en = "Example" }
approval = "GS(2026)0001"
key_setting = "OWN_KEY"
zoom = [3, 18]
terms = "verified"
"""


def test_the_packaged_rows_are_examples_that_nobody_has_verified():
    assert set(PACKAGED) == {"tianditu", "amap"}
    for one in PACKAGED.values():
        assert one.terms is Terms.NOT_VERIFIED
        assert one.approval == ""


def test_addresses_follow_the_row():
    tianditu, amap = PACKAGED["tianditu"], PACKAGED["amap"]
    assert tianditu.address(Layer.LABELS, 12, 3346, 1786, "a/b").startswith(
        "https://t4.tianditu.gov.cn/cva_w/wmts?SERVICE=WMTS&REQUEST=GetTile&"
    )
    assert tianditu.address(Layer.LABELS, 12, 3346, 1786, "a/b").endswith(
        "&TILEMATRIX=12&TILEROW=1786&TILECOL=3346&tk=a%2Fb"
    )
    assert amap.address(Layer.STREETS, 12, 3347, 1786, "") == (
        "https://webrd02.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8"
        "&x=3347&y=1786&z=12"
    )


@pytest.mark.parametrize(
    ("layer", "z", "x", "y", "there"),
    [
        (Layer.STREETS, 4, 0, 0, True),
        (Layer.STREETS, 4, 15, 15, True),
        (Layer.STREETS, 4, 16, 0, False),
        (Layer.STREETS, 4, 0, 16, False),
        (Layer.STREETS, 3, 0, 0, False),
        (Layer.STREETS, 19, 0, 0, False),
        (Layer.LABELS, 4, 0, 0, False),
    ],
)
def test_a_tile_is_within_the_level_and_the_world(layer, z, x, y, there):
    assert PACKAGED["amap"].has(layer, z, x, y) is there


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://tiles", "ftp://tiles"),
        ("https://tiles", "http://tiles"),  # a key in the clear
        ("tiles.example", "{key}.example"),
        ("tiles.example", "{x}.example"),
        ("tiles.example", "user@tiles.example"),
        ("tiles.example", "{s}.example"),  # without subdomains
        ("{z}/{x}", "{x}"),
        ("{y}", "{y.__class__}"),
        ("{y}", "{0}"),
        ("?k={key}", ""),
        ("OWN_KEY", "own key"),
        ("gcj02", "mars"),
        ("[3, 18]", "[18, 3]"),
        ("[3, 18]", "[3, 40]"),
        ('id = "own"', 'id = "../own"'),
        ('id = "own"', 'id = "own\\n"'),
        ("approval", "aproval"),
        ('"verified"', '"perhaps"'),
        ("\n[[provider]]", ROW + "\n[[provider]]"),
    ],
)
def test_a_wrong_row_is_refused(old, new):
    assert old in ROW
    with pytest.raises(ValueError, match=r"."):
        providers_of(ROW.replace(old, new, 1))


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path, tiles="own")


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OWN_KEY", "OWN_KEY_FILE", "QIKA_TILES_KEY", "QIKA_TILES_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def fault_of(settings) -> str:
    with pytest.raises(TilesSettingError) as refused:
        chosen_tiles(settings)
    return refused.value.fault


def test_without_a_choice_there_is_no_street_map(tmp_path):
    assert chosen_tiles(Settings(tmp_path)) is None


def test_the_key_comes_from_the_environment_or_from_a_file(settings, monkeypatch, tmp_path):
    (settings.data / "tiles.toml").write_text(ROW)
    monkeypatch.setenv("OWN_KEY", "abc-123")
    chosen = chosen_tiles(settings)
    assert chosen is not None
    assert (chosen.provider.id, chosen.key, chosen.verified) == ("own", "abc-123", True)
    (tmp_path / "key").write_text("def-456\n")
    monkeypatch.setenv("OWN_KEY_FILE", str(tmp_path / "key"))
    chosen = chosen_tiles(settings)
    assert chosen is not None
    assert chosen.key == "def-456"


def test_what_is_missing_or_wrong_is_said_by_its_kind(settings, monkeypatch, tmp_path):
    assert fault_of(settings) == "unknown"
    (settings.data / "tiles.toml").write_text(ROW)
    assert fault_of(settings) == "key"
    monkeypatch.setenv("OWN_KEY", "a key with spaces")
    assert fault_of(settings) == "key"
    monkeypatch.setenv("OWN_KEY_FILE", str(tmp_path / "nowhere"))
    assert fault_of(settings) == "key"
    (settings.data / "tiles.toml").write_text(ROW.replace("GS(2026)0001", " "))
    assert fault_of(settings) == "approval"
    (settings.data / "tiles.toml").write_text("[[provider]")
    assert fault_of(settings) == "table"
    assert fault_of(Settings(tmp_path / "elsewhere", tiles="tianditu")) == "approval"


def test_a_row_of_the_operator_goes_before_the_packaged_one(settings, tmp_path):
    row = ROW.replace('"own"', '"amap"').replace('key_setting = "OWN_KEY"\n', "")
    (settings.data / "tiles.toml").write_text(row.replace("?k={key}", ""))
    chosen = chosen_tiles(Settings(tmp_path, tiles="amap"))
    assert chosen is not None
    assert chosen.provider.approval == "GS(2026)0001"
