"""endpoints.json says what fal's own documents say, parameter by parameter."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
SEEDS = Path(os.environ.get("ZOETROPE_SEEDS") or ROOT.parent / "shared" / "seeds")
DESCRIBED: Json = json.loads((ROOT / "sandbox" / "fal" / "endpoints.json").read_text("utf-8"))
DOCUMENTS = {
    "fal-ai/wan-i2v": "wan-2.1-i2v.txt",
    "fal-ai/wan-flf2v": "wan-2.1-flf2v.txt",
    "fal-ai/wan/v2.2-a14b/image-to-video": "wan-2.2-a14b-i2v.txt",
    "wan/v2.6/image-to-video": "wan-2.6-i2v.txt",
}
TYPES = {"float": "number", "integer": "integer", "boolean": "boolean", "string": "string"}
# In the plain document a name, its type and its description run together: "seed integer* requiredThe seed …".
PLAIN = re.compile(r"^(\w+) (string|integer|boolean|float|\w+Enum)(\* required)?([A-Z].*)?$")

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the documents of fal are not here (ZOETROPE_SEEDS)")


def parameter(name: str, kind: str, *, required: bool, choices: list[str] | None, found: Json) -> Json:
    return {
        "name": name,
        "type": TYPES.get(kind, "string"),
        "required": required,
        "default": found.get("default"),
        "minimum": found.get("minimum"),
        "maximum": found.get("maximum"),
        "max_length": found.get("max_length"),
        "enum": choices,
    }


def marked(text: str) -> tuple[str, list[Json], list[str]]:
    """Id, parameters and names of the output, of a document with headings and bullets."""
    [id] = re.findall(r"^- \*\*Model ID\*\*: `(.*)`$", text, re.M)
    head, tail = text.split("### Output Schema")
    given = head.split("### Input Schema")[1].split("**Required Parameters Example**")[0]
    parameters: list[Json] = []
    for bullet in re.split(r"^(?=- \*\*`)", given, flags=re.M)[1:]:
        [(name, kind, need)] = re.findall(r"\A- \*\*`(\w+)`\*\* \(`(\w+)`, _(required|optional)_\):", bullet)
        found: Json = {}
        for default in re.findall(r"^  - Default: `(.*)`$", bullet, re.M):
            found["default"] = json.loads(default)
        for least, most in re.findall(r"^  - Range: `(.*)` to `(.*)`$", bullet, re.M):
            found |= {"minimum": json.loads(least), "maximum": json.loads(most)}
        options = re.findall(r"^  - Options: (.*)$", bullet, re.M)
        choices = [json.loads(option) for option in re.findall(r"`(.*?)`", options[0])] if options else None
        parameters.append(parameter(name, kind, required=need == "required", choices=choices, found=found))
    return id, parameters, re.findall(r"^- \*\*`(\w+)`", tail, re.M)


def plain(text: str) -> tuple[str, list[Json], list[str]]:
    """The same of a document that was copied from a web page."""
    [id] = set(re.findall(r'fal\.(?:subscribe|queue\.\w+)\("(.*?)"', text))
    given, gives = text.split("\nInput#\n")[1].split("Output#\n")
    lines = given.splitlines()
    parameters: list[Json] = []
    for at, line in enumerate(lines):
        if not (match := PLAIN.match(line)):
            continue
        name, kind, required, about = match[1], match[2], bool(match[3]), match[4] or ""
        found: Json = {}
        for default in re.findall(r"Default value: (\S+)$", about):
            found["default"] = json.loads(default)
        for most in re.findall(r"Max (\d+) characters", about):
            found["max_length"] = int(most)
        values = re.findall(r"^Possible enum values: (.*)$", lines[at + 1])
        choices = values[0].split(", ") if kind.endswith("Enum") else None
        parameters.append(parameter(name, kind, required=required, choices=choices, found=found))
    top = gives.split("Other types#")[0]
    return id, parameters, ["video", *(match[1] for line in top.splitlines() if (match := PLAIN.match(line)))]


def read(id: str) -> tuple[str, list[Json], list[str]]:
    text = (SEEDS / DOCUMENTS[id]).read_text("utf-8")
    return marked(text) if "### Input Schema" in text else plain(text)


def test_every_endpoint_has_its_document() -> None:
    assert set(DESCRIBED) == set(DOCUMENTS)


@pytest.mark.parametrize("id", DOCUMENTS)
def test_every_parameter_is_as_its_document_says_and_in_its_order(id: str) -> None:
    told, parameters, _ = read(id)
    assert told == id
    assert len(parameters) >= 10
    assert [one["name"] for one in DESCRIBED[id]["input"]] == [one["name"] for one in parameters]
    for ours, theirs in zip(DESCRIBED[id]["input"], parameters, strict=True):
        assert ours == theirs
        assert type(ours["default"]) is type(theirs["default"])


@pytest.mark.parametrize("id", DOCUMENTS)
def test_every_result_has_the_keys_of_its_document(id: str) -> None:
    _, _, output = read(id)
    assert {"video", "seed", *DESCRIBED[id]["output_extra"]} == set(output)


def test_the_limits_of_files_are_those_of_the_document() -> None:
    text = (SEEDS / DOCUMENTS["wan/v2.6/image-to-video"]).read_text("utf-8")
    files: Json = DESCRIBED["wan/v2.6/image-to-video"]["files"]
    image, audio = files["image_url"], files["audio_url"]
    assert f"Image dimensions must be between {image['min_side']} and {image['max_side']}." in text
    assert f"Max size: {image['max_bytes'] // 10**6}MB" in text
    assert f"Duration: {audio['min_seconds']} to {audio['max_seconds']} s." in text
    assert f"File size: Up to {audio['max_bytes'] // 10**6} MB." in text


def test_a_film_of_the_newest_model_is_described_as_its_document_says() -> None:
    text = (SEEDS / DOCUMENTS["wan/v2.6/image-to-video"]).read_text("utf-8")
    described = [found[1] for line in text.split("VideoFile#")[1].splitlines() if (found := PLAIN.match(line))]
    told = ["url", "content_type", "file_name", "file_size", *DESCRIBED["wan/v2.6/image-to-video"]["video_extra"]]
    assert [name for name in described if name != "file_data"] == told
