from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.training import datasets
from core.training.datasets import content_sha256, fetch_https, load_dataset, training_table
from core.training.tasks import Dataset, LoadedDataset, Task

REAL = b"customer,age,city,left\nA,30,Lima,no\nB,,Quito,yes\nC, ,Lima,no\n"
SHA256 = hashlib.sha256(REAL).hexdigest()


def stand_in() -> pd.DataFrame:
    return pd.DataFrame({"customer": ["X"], "age": [50], "city": ["La Paz"], "left": ["yes"]})


DATASET = Dataset(
    name="people",
    title="People",
    credit="nobody",
    filenames=("people.csv", "people-copy.csv"),
    url="https://data.example/people.csv",
    sha256=SHA256,
    stand_in=stand_in,
    identifiers=("customer",),
)
TASK = Task(
    name="leaving",
    title="Leaving",
    question="Who leaves?",
    kind="classification",
    dataset=DATASET,
    target="left",
    class_names=("no", "yes"),
    algorithms=(),
    experiment="leaving",
)


class Source:
    """Answers with ``content`` (or refuses) and counts how often it was asked."""

    def __init__(self, content: bytes | None = REAL) -> None:
        self.content, self.asked = content, 0

    def __call__(self, url: str) -> bytes:
        self.asked += 1
        if self.content is None:
            raise URLError("no network")
        return self.content


@pytest.fixture(autouse=True)
def every_host_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "_unreachable", {})


def load(folder: Path, source: Source, *, downloads: bool = True, dataset: Dataset = DATASET) -> LoadedDataset:
    return load_dataset(
        dataset, data_dir=folder / "data", cache_dir=folder / "cache", downloads=downloads, fetch=source
    )


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_of_your_own_comes_before_a_download(tmp_path: Path) -> None:
    put(tmp_path, "data/people-copy.csv", b"customer,age,city,left\nZ,1,Lima,no\n")
    source = Source()
    loaded = load(tmp_path, source)
    assert (loaded.origin, loaded.source, source.asked) == ("file", "people-copy.csv", 0)
    assert loaded.frame["customer"].tolist() == ["Z"]
    assert loaded.sha256 == hashlib.sha256(b"customer,age,city,left\nZ,1,Lima,no\n").hexdigest()


def test_the_first_filename_wins(tmp_path: Path) -> None:
    for name in DATASET.filenames:
        put(tmp_path, f"data/{name}", REAL)
    assert load(tmp_path, Source()).source == "people.csv"


def test_a_download_is_fetched_once_and_kept(tmp_path: Path) -> None:
    source = Source()
    first, second = load(tmp_path, source), load(tmp_path, source)
    assert (first.origin, first.source, first.sha256) == ("download", DATASET.url, SHA256)
    assert source.asked == 1
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["people.csv"]


def test_a_kept_download_is_used_without_a_network(tmp_path: Path) -> None:
    put(tmp_path, "cache/people.csv", REAL)
    assert load(tmp_path, Source(None), downloads=False).origin == "download"


def test_a_damaged_kept_download_is_fetched_anew(tmp_path: Path) -> None:
    path = put(tmp_path, "cache/people.csv", REAL[:-5])
    source = Source()
    assert load(tmp_path, source).origin == "download"
    assert (source.asked, path.read_bytes()) == (1, REAL)


def test_a_download_with_another_checksum_is_refused(tmp_path: Path) -> None:
    loaded = load(tmp_path, Source(REAL + b"D,99,Lima,yes\n"))
    assert loaded.origin == "stand-in"
    assert not (tmp_path / "cache").exists()


def test_a_stand_in_is_never_labelled_as_real(tmp_path: Path) -> None:
    loaded = load(tmp_path, Source(None))
    assert (loaded.origin, loaded.source) == ("stand-in", "pizarra stand-in")
    assert loaded.sha256 not in {SHA256, ""}


def test_a_silent_host_is_asked_once_in_ten_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(None)
    load(tmp_path, source)
    load(tmp_path, source)
    assert source.asked == 1
    for host in datasets._unreachable:
        monkeypatch.setitem(datasets._unreachable, host, 0.0)
    load(tmp_path, source)
    assert source.asked == 2


def test_downloads_that_are_off_ask_nobody(tmp_path: Path) -> None:
    source = Source()
    assert load(tmp_path, source, downloads=False).origin == "stand-in"
    assert source.asked == 0


def test_a_dataset_that_is_nowhere_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"people is not in .*data and could not be.*a file named people\.csv"):
        load(tmp_path, Source(None), dataset=replace(DATASET, stand_in=None))


def test_only_https_is_fetched() -> None:
    with pytest.raises(DataError, match=r"must come over https, but its address is http://data\.example"):
        fetch_https("http://data.example/people.csv")


def test_a_cache_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    put(tmp_path, "cache", b"a file, not a folder")
    with pytest.raises(DataError, match=r"must be kept in .*cache, but.*PIZARRA_CACHE_DIR"):
        load(tmp_path, Source())


def test_missing_columns_are_named(tmp_path: Path) -> None:
    put(tmp_path, "data/people.csv", b"customer,left\nA,no\n")
    with pytest.raises(DataError, match=r"people\.csv must have every column of people, but it lacks age, city"):
        load(tmp_path, Source())


def test_words_among_numbers_are_pointed_at(tmp_path: Path) -> None:
    put(tmp_path, "data/people.csv", b"customer,age,city,left\nA,30,Lima,no\nB,old,Lima,no\n")
    with pytest.raises(DataError, match=r"Column age of people\.csv must hold numbers, but row 2 has 'old'"):
        load(tmp_path, Source())


@pytest.mark.parametrize("content", [b"", b'a,b\n"1,2\n', b"customer,age\n\xff\xfe\xfa,1\n"])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, content: bytes) -> None:
    put(tmp_path, "data/people.csv", content)
    with pytest.raises(DataError, match=r"people\.csv must be a readable table"):
        load(tmp_path, Source())


def test_numbers_are_doubles_and_blanks_are_missing(tmp_path: Path) -> None:
    put(tmp_path, "data/people.csv", REAL)
    frame = load(tmp_path, Source()).frame
    assert frame.dtypes.astype(str).to_dict() == {
        "customer": "str",
        "age": "float64",
        "city": "str",
        "left": "str",
    }
    assert frame["age"].isna().tolist() == [False, True, True]


def test_columns_come_in_declared_order_and_others_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "data/people.csv", b"left,note,city,age,customer\nno,hello,Lima,3,A\n")
    assert list(load(tmp_path, Source()).frame) == ["customer", "age", "city", "left"]


def test_the_same_content_has_the_same_checksum_and_other_content_another() -> None:
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", "y"]})
    assert content_sha256(frame) == content_sha256(frame.copy())
    assert content_sha256(frame) != content_sha256(frame.rename(columns={"a": "c"}))
    assert content_sha256(frame) != content_sha256(frame.fillna(2.0))


def test_rows_without_a_target_are_left_out_and_counted(tmp_path: Path) -> None:
    put(tmp_path, "data/people.csv", b"customer,age,city,left\nA,30,Lima,no\nB,31,Lima,\nC,32,Lima,yes\n")
    table = training_table(load(tmp_path, Source()), TASK)
    assert table.without_target == 1
    assert table.features.index.tolist() == [0, 2]
    assert table.target.tolist() == ["no", "yes"]


def test_identifiers_and_the_target_are_no_features(tmp_path: Path) -> None:
    assert list(training_table(load(tmp_path, Source()), TASK).features) == ["age", "city"]


def test_an_unknown_class_is_named(tmp_path: Path) -> None:
    put(tmp_path, "data/people.csv", b"customer,age,city,left\nA,30,Lima,maybe\n")
    with pytest.raises(DataError, match=r"left must be one of no, yes, but people\.csv also holds maybe"):
        training_table(load(tmp_path, Source()), TASK)


def test_a_file_without_any_target_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "data/people.csv", b"customer,age,city,left\nA,30,Lima,\n")
    with pytest.raises(DataError, match=r"rows with a value for left, but people\.csv has none"):
        training_table(load(tmp_path, Source()), TASK)
