"""Finding a person's picture in JSON-LD of every shape, and bearing with what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.providers.linked_data import person_images

A, B = "https://x.test/a.png", "https://x.test/b.png"


def images(*documents: Any) -> list[str]:
    return list(person_images(json.dumps(document) for document in documents))


@pytest.mark.parametrize(
    "image",
    [
        A,
        [A],
        {"@type": "ImageObject", "url": A},
        {"@type": "ImageObject", "contentUrl": A},
        [{"@type": "ImageObject", "url": [A]}],
        [None, 7, {"url": None}, A],
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "person",
    [
        {"@type": "Person"},
        {"@type": ["Organization", "Person"]},
        {"@type": "schema:Person"},
        {"@type": "http://schema.org/Person"},
    ],
    ids=repr,
)
def test_a_persons_image_comes_in_many_shapes(person: dict[str, Any], image: Any) -> None:
    assert images({"@context": "https://schema.org", **person, "image": image}) == [A]


@pytest.mark.parametrize(
    "document",
    [
        [{"@type": "WebSite", "image": B}, {"@type": "Person", "image": A}],
        {"@graph": [{"@type": "WebPage", "image": B}, {"@type": "Person", "image": A}]},
        [{"@graph": [{"@type": "Person", "image": A}]}],
        {"@type": "ProfilePage", "image": B, "mainEntity": {"@type": "Person", "image": A}},
        {"@type": "ProfilePage", "mainEntity": [{"@type": "Organization", "image": A}]},
        {"@graph": [{"@type": "ProfilePage", "mainEntity": {"@id": "#me"}}, {"@id": "#me", "image": A}]},
        {
            "@graph": [
                {"@type": "Person", "image": {"@id": "#picture"}},
                {"@type": "ImageObject", "@id": "#picture", "url": A, "contentUrl": A},
            ]
        },
    ],
    ids=str,
)
def test_the_person_is_found_wherever_it_stands(document: Any) -> None:
    assert set(images(document)) == {A}


def test_only_whom_the_page_is_about_counts() -> None:
    others = {"@type": "Person", "image": B}
    page = {"@type": "ProfilePage", "mainEntity": {"@type": "Person", "image": A}}
    assert images(others, page) == [A]


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "Person"},
        {"@type": "Person", "image": None},
        {"@type": "Person", "image": {"@id": "#nowhere"}},
        {"@type": "Person", "@id": "#me", "image": {"@id": "#me"}},
        {"@type": "Organization", "image": A, "logo": A},
        {"@type": None, "image": A},
        {"@type": [7, {}], "image": A},
        {"@type": "ProfilePage", "mainEntity": 7},
        {"@graph": {"@type": "Person", "image": A}},
        "Person",
        7,
        None,
    ],
    ids=str,
)
def test_what_names_no_person_gives_no_picture(document: Any) -> None:
    assert images(document) == []


@pytest.mark.parametrize(
    "script", ["", "{", "[" * 100_000, '{"a":' * 50_000, "9" * 5_000, "NaN", "\ufeff{}", "// no\n{}", "\x00"]
)
def test_scripts_that_are_no_json_are_passed_over(script: str) -> None:
    good = json.dumps({"@type": "Person", "image": A})
    assert list(person_images([script, good])) == [A]


def test_the_work_is_bounded() -> None:
    nested: Any = {"@type": "Person", "image": A}
    for _ in range(200):
        nested = [nested]
    assert images(nested) == []
    crowd = [{"@type": "Person", "image": A}] * 5_000
    assert len(images(crowd)) < 5_000


KEYS = st.sampled_from(["@type", "@graph", "@id", "image", "url", "contentUrl", "mainEntity"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Person", "ProfilePage", "#a", A]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)


@given(document=VALUES)
def test_no_document_does_harm(document: Any) -> None:
    assert all(isinstance(image, str) for image in images(document))
