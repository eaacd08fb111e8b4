"""Labels of images that a table, or the names of files, cannot say."""

from collections.abc import Callable

from bad_inputs.pictures import PHOTOS, photos
from bad_inputs.scene import QUICK, TRAIN, Row, Scene, both, file

FILES = ("0.png", "1.png", "2.png", "3.png")
"""What `photos` paints."""
GOOD = [f"{name},{'cat' if place % 2 else 'dog'}" for place, name in enumerate(FILES)]
OF_PHOTOS = PHOTOS[len(QUICK) :]
KNOWN = ("data.labels=labels.csv",)


def labelled(*overrides: str, labels: str = "labels.csv") -> tuple[str, ...]:
    return (TRAIN, *PHOTOS, f"data.labels={labels}", "network.conditional=true", *overrides)


def beside(name: str, content: bytes | str) -> Callable[[Scene], None]:
    """Four pictures and a table."""
    return both(photos("notes.txt", b"x"), file(f"photos/{name}", content))


def table(*lines: str, header: str = "file,label") -> Callable[[Scene], None]:
    return beside("labels.csv", "\n".join([header, *lines]))


AGES = table(*(f"{name},{place}" for place, name in enumerate(FILES)), header="file,age")

ROWS: dict[str, Row] = {
    "labels of a good table": Row(labelled(), ("4 images of 9 × 9 pixels, 2 classes", "Done."), table(*GOOD), 0),
    "labels for files that are not there": Row(
        labelled(), (*KNOWN, "2 of 6 names are of no image", "gone.png"), table("gone.png,cat", "x.png,dog", *GOOD), 0
    ),
    "labels for other files": Row(
        labelled(), (*KNOWN, "no column", "file, label", "data.file_column"), table("a.png,cat", "b.png,dog")
    ),
    "files without labels": Row(
        labelled(), (*KNOWN, "2 of 4 images", "no label", "data.labels=false"), table(*GOOD[:2])
    ),
    "an empty label": Row(labelled(), (*KNOWN, "1 of 4 images", "0.png"), table("0.png,", *GOOD[1:])),
    "a label that is NaN": Row(labelled(), (*KNOWN, "1 of 4 images", "0.png"), table("0.png,nan", *GOOD[1:])),
    "two labels for one file": Row(labelled(), (*KNOWN, "two labels for 0.png", "row 5"), table(*GOOD, "0.png,cat")),
    "two columns of labels of one name": Row(
        labelled(),
        (*KNOWN, "two columns called label"),
        table(*(f"{line},x" for line in GOOD), header="file,label,label"),
    ),
    "an empty table of labels": Row(labelled(), (*KNOWN, "is empty", "file,label"), beside("labels.csv", "\n")),
    "a table of labels without rows": Row(labelled(), (*KNOWN, "no column", "file, label"), table()),
    "a table of labels without a header": Row(
        labelled(), (*KNOWN, "0.png", "first line should name the columns"), table(*GOOD[1:], header=GOOD[0])
    ),
    "a column of labels of none": Row(
        labelled("data.label_column=species"),
        (*KNOWN, "data.label_column=species", "it has file, label"),
        table(*GOOD),
    ),
    "a column of files of none": Row(
        labelled("data.file_column=path"), (*KNOWN, "data.file_column=path", "it has file, label"), table(*GOOD)
    ),
    "several columns of labels": Row(
        labelled(),
        (*KNOWN, "data.label_column", "animal, age"),
        table(*(f"{line},{len(line)}" for line in GOOD), header="file,animal,age"),
    ),
    "a line of labels with a cell too many": Row(
        labelled(), (*KNOWN, "line 2 has 3 cells"), table("0.png,cat, black", *GOOD[1:])
    ),
    "labels that are no text": Row(labelled(), (*KNOWN, "UTF-8"), beside("labels.csv", b"file,label\n0.png,caf\xe9\n")),
    "labels that are no JSON": Row(
        labelled(labels="labels.json"),
        ("data.labels=labels.json", "no JSON", "line 1"),
        beside("labels.json", "{'a': 1}"),
    ),
    "labels of JSON that are cut off": Row(
        labelled(labels="labels.jsonl"),
        ("data.labels=labels.jsonl", "line 2 is no JSON"),
        beside("labels.jsonl", '{"file": "0.png", "label": 1}\n{"file": "1.p'),
    ),
    "labels of StyleGAN that are null": Row(
        labelled(labels="dataset.json"),
        ("data.labels=dataset.json", "null", "data.labels=false"),
        beside("dataset.json", '{"labels": null}'),
    ),
    "labels of parquet that are cut off": Row(
        labelled(labels="labels.parquet"),
        ("data.labels=labels.parquet", "cut off"),
        beside("labels.parquet", b"PAR1\x15\x04"),
    ),
    "a list of attributes that is cut off": Row(
        labelled(labels="list.txt"),
        ("data.labels=list.txt", "lists 5 images, and lists 2"),
        beside("list.txt", "5\nSmiling\n0.png 1\n1.png -1\n"),
    ),
    "labels in a spreadsheet": Row(
        labelled(labels="labels.xlsx"), ("data.labels=labels.xlsx", "suffix", ".csv"), beside("labels.xlsx", b"PK")
    ),
    "a table of labels that is not there": Row(
        labelled(labels="lable.csv"), ("data.labels=lable.csv", "no file", "labels.csv"), table(*GOOD)
    ),
    "labels that are no classes": Row(
        labelled(), (*KNOWN, "0.5", "no classes"), table(*(f"{name},{place / 2}" for place, name in enumerate(FILES)))
    ),
    "a pattern of labels without a group": Row(
        (TRAIN, *PHOTOS, "data.label_pattern='^[a-z]+_'"), ("data.label_pattern=", "0 groups"), table()
    ),
    "a pattern of labels that is none": Row(
        (TRAIN, *PHOTOS, "data.label_pattern='(a'"), ("data.label_pattern=(a", "no regular expression"), table()
    ),
    "names that a pattern does not fit": Row(
        (TRAIN, *PHOTOS, "data.label_pattern='([12]).png'"), ("2 of 4 images", "data.label_pattern=", "0.png"), table()
    ),
    "labels said twice": Row(
        (TRAIN, *PHOTOS, "data.label_pattern='(x)'", "data.labels=true"), ("data.label_pattern=(x)", "twice"), table()
    ),
    "numbers for labels that are words": Row(
        labelled("data.label_column=[label]"), (*KNOWN, "dog in label", "data.label_column=[label]"), table(*GOOD)
    ),
    "numbers for labels that are missing": Row(
        labelled("data.label_column=[age]"),
        (*KNOWN, "1 of 4 images", "3.png"),
        table("0.png,3", "1.png,4", "2.png,5", "3.png,NaN", header="file,age"),
    ),
    "numbers for labels that are all the same": Row(
        labelled("data.label_column=[age]"),
        (*KNOWN, "3 in age for every image", "data.label_column"),
        table(*(f"{name},3" for name in FILES), header="file,age"),
    ),
    "lists of labels of several lengths": Row(
        labelled(labels="dataset.json"),
        ("data.labels=dataset.json", "lists of 2 and of 1 numbers"),
        beside("dataset.json", '{"labels": [["0.png", [1, 0]], ["1.png", [1]], ["2.png", [0, 1]], ["3.png", [0, 0]]]}'),
    ),
    "numbers for labels that no network is told": Row(
        labelled("data.label_column=[age]", "network.conditional=false"),
        ("numbers (age)", "network.conditional=true", "data.labels=false"),
        AGES,
    ),
    "numbers for labels of an autoencoder": Row(
        (TRAIN, "model=vae", *OF_PHOTOS, *KNOWN, "data.label_column=[age]", "network.conditional=true"),
        ("numbers (age)", "model=cgan", "data.labels=false"),
        AGES,
    ),
    "classes of numbers": Row(
        labelled("data.label_column=[age]", "data.only=[3]"), ("data.only=[3]", "numbers (age)", "no classes"), AGES
    ),
    "balance of numbers": Row(
        labelled("data.label_column=[age]", "data.balance=true"), ("data.balance=true", "numbers (age)"), AGES
    ),
    "a classifier of numbers": Row(
        labelled("data.label_column=[age]", "metrics=labels"), ("metrics.class_frechet", "gives no labels"), AGES
    ),
    "columns of labels without a table": Row(
        (TRAIN, *PHOTOS, "data.labels=true", "data.label_column=[age]"), ("data.label_column=[age]", ".csv"), AGES
    ),
    "balance without labels": Row(
        (TRAIN, *PHOTOS, "data.balance=true"), ("data.balance=true", "without labels", "data.balance=false"), table()
    ),
}
